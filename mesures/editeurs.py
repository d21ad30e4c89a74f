"""Huit enseignants sur la même case : aucune saisie confirmée n'est perdue, chaque perdant est averti.

Le témoin écrit sans comparer les versions : il doit perdre des saisies, sinon l'essai ne prouve rien.
"""

from collections.abc import Callable
from dataclasses import dataclass
from threading import Barrier, Thread
from time import sleep

from django.db import OperationalError, connection, transaction

from centres.journal import verifier_chaine
from centres.models import Evenement, Utilisateur
from evaluations.models import Positionnement, Situation
from evaluations.services.positionnements import ConflitDeVersion, enregistrer_cellule
from mesures.banc import Banc
from mesures.donnees import EDITEURS
from mesures.mesure import Mesure

SAISIES = 200
# Entre deux saisies : sans elle, SQLite laisse le même enseignant reprendre la main et plus personne ne se croise.
PAUSE = 0.003
BUDGETS = {"perdues": "= 0", "perdants_muets": "= 0", "temoin_perdues": "> 0 : le témoin perd"}


@dataclass
class Releve:
    """Ce qu'un enseignant a vu : saisies confirmées (par la version obtenue), conflits annoncés,
    et saisies que la base, trop occupée, a refusées (le navigateur les garde et les renvoie)."""

    confirmees: list[tuple[int, str]]
    avertis: int = 0
    occupees: int = 0


def mesurer(banc: Banc) -> list[Mesure]:
    return mesurer_editeurs(banc.trente, "sqlite")


def mesurer_editeurs(situation: Situation, base: str) -> list[Mesure]:
    ligne = Positionnement.objects.filter(situation=situation).order_by("-pk").first()
    if ligne is None:
        raise RuntimeError("grille vide")
    avant = ligne.version
    releves = _ensemble(lambda rang: _editer(rang, situation.pk, ligne))
    confirmees = [saisie for releve in releves for saisie in releve.confirmees]
    journal = _versions_au_journal(situation, ligne, avant)
    perdues = [saisie for saisie in confirmees if journal.get(saisie[0]) != saisie[1]]
    ligne.refresh_from_db()
    en_trop = (ligne.version - avant) - len(confirmees)
    muets = EDITEURS * SAISIES - len(confirmees) - sum(releve.avertis + releve.occupees for releve in releves)
    ruptures = len(verifier_chaine(f"situation:{situation.pk}").ruptures)
    temoin = _ensemble(lambda _: _ecraser(ligne.pk))
    version = ligne.version
    ligne.refresh_from_db()
    perdues_temoin = sum(len(releve.confirmees) for releve in temoin) - (ligne.version - version)
    lus = {
        "confirmees": (len(confirmees), "saisies"),
        "perdues": (len(perdues) + abs(en_trop) + ruptures, "saisies"),
        "avertis": (sum(releve.avertis for releve in releves), "conflits annoncés"),
        "base_occupee": (sum(releve.occupees for releve in releves), "refus annoncés"),
        "perdants_muets": (muets, "saisies"),
        "temoin_perdues": (perdues_temoin, "saisies"),
    }
    return [
        Mesure(f"editeurs_8x200.{base}.{nom}", valeur, unite, budget=BUDGETS.get(nom, ""))
        for nom, (valeur, unite) in lus.items()
    ]


def _ensemble(geste: Callable[[int], Releve]) -> list[Releve]:
    """Huit fils, huit connexions, un seul départ."""
    depart = Barrier(EDITEURS)
    releves: list[Releve] = []

    def courir(rang: int) -> None:
        try:
            depart.wait()
            releves.append(geste(rang))
        finally:
            connection.close()

    fils = [Thread(target=courir, args=(rang,)) for rang in range(EDITEURS)]
    for fil in fils:
        fil.start()
    for fil in fils:
        fil.join()
    if len(releves) != EDITEURS:
        raise RuntimeError("un des enseignants s'est arrêté en route")
    return releves


def _editer(rang: int, situation_id: int, ligne: Positionnement) -> Releve:
    utilisateur = Utilisateur.objects.get(username=f"enseignant{rang}")
    vue, releve = ligne.version, Releve([])
    for numero in range(SAISIES):
        texte = f"enseignant {rang}, saisie {numero}"
        sleep(PAUSE)
        try:
            ecrite = enregistrer_cellule(
                utilisateur=utilisateur,
                situation_id=situation_id,
                inscription_id=ligne.inscription_id,
                detaillee_id=ligne.detaillee_id,
                valeur=1 + numero % 4,
                version=vue,
                observation=texte,
            )
            vue = ecrite.version
            releve.confirmees.append((vue, texte))
        except ConflitDeVersion as conflit:
            releve.avertis += 1
            vue = conflit.actuel.version if conflit.actuel else 0
        except OperationalError:
            releve.occupees += 1
    return releve


def _ecraser(pk: int) -> Releve:
    """Lire, puis écrire sans regarder si quelqu'un est passé entre les deux."""
    releve = Releve([])
    for numero in range(SAISIES):
        lue = Positionnement.objects.get(pk=pk)
        sleep(PAUSE)
        try:
            with transaction.atomic():
                Positionnement.objects.filter(pk=pk).update(version=lue.version + 1, niveau=1 + numero % 4, etat="")
        except OperationalError:
            releve.occupees += 1
            continue
        releve.confirmees.append((lue.version + 1, str(numero)))
    return releve


def _versions_au_journal(situation: Situation, ligne: Positionnement, depuis: int) -> dict[int, str]:
    evenements = Evenement.objects.filter(
        chaine=f"situation:{situation.pk}", objet=f"{ligne._meta.label_lower}:{ligne.pk}"
    )
    apres = evenements.order_by("rang").values_list("apres", flat=True)
    return {lu["version"]: lu["observation"] for lu in apres if lu["version"] > depuis}
