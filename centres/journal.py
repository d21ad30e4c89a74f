"""Le journal : ajouter un événement à une chaîne, et vérifier que personne n'y a touché depuis.

La chaîne tient l'empreinte salée du contenu (avant, après, motif), pas le contenu : une purge peut donc l'effacer,
sel compris, sans rompre la chaîne (docs/decisions/008-journal-effacable.md). Un effacement qu'aucune purge
journalisée n'explique est une rupture.
"""

import hashlib
import json
import secrets
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import groupby
from operator import itemgetter
from typing import Any
from uuid import UUID

from django.core.serializers.json import DjangoJSONEncoder
from django.db import models, transaction
from django.utils import timezone

from centres.integrite import REGISTRE, TETE, Rupture, ruptures_autour_des_chaines
from centres.models import Chaine, Evenement, Registre, Utilisateur
from centres.sceaux import est_scelle, sceller

# Ordre des colonnes lues par la vérification ; celles de la tête de chaîne viennent par la même requête.
CHAMPS = (
    "chaine_id",
    "rang",
    "le",
    "auteur_id",
    "acte",
    "objet",
    "operation",
    "empreinte_contenu",
    "empreinte_precedente",
)
CONTENU = ("avant", "apres", "motif", "sel")
LIGNES = (*CHAMPS, *CONTENU, "empreinte", "chaine__rang", "chaine__empreinte")
OCTETS_DU_SEL = 16
# L'acte qui explique des contenus effacés ; `apres["effaces"]` : chaîne → rangs.
ACTE_EFFACEMENT = "donnees.purgees"
# SQLite limite le nombre de valeurs d'une requête.
TRANCHE = 500
Justifies = frozenset[tuple[str, int]]


class HorsTransaction(RuntimeError):
    """Un événement journalisé hors de la transaction de son acte pourrait survivre à l'échec de celui-ci."""


@dataclass(frozen=True)
class Verification:
    lignes: int
    ruptures: tuple[Rupture, ...]

    @property
    def est_intacte(self) -> bool:
        return not self.ruptures


@dataclass(frozen=True, kw_only=True)
class Acte:
    """Ce qu'un événement raconte : l'acte, son objet, l'avant et l'après."""

    acte: str
    objet: models.Model | str
    avant: Any = None
    apres: Any = None
    motif: str = ""
    operation: UUID | None = None


def journaliser(
    *,
    chaine: str,
    acte: str,
    auteur: Utilisateur | None,
    objet: models.Model | str,
    avant: Any = None,
    apres: Any = None,
    motif: str = "",
    operation: UUID | None = None,
) -> Evenement:
    """Ajoute un événement au bout de `chaine`, dans la transaction de l'acte.

    La tête de chaîne est verrouillée : deux actes simultanés sur le même objet se suivent, sans trou ni fourche.
    `auteur` n'est vide que pour les commandes d'administration. Les nombres à virgule voyagent en texte.
    """
    fait = Acte(acte=acte, objet=objet, avant=avant, apres=apres, motif=motif, operation=operation)
    return journaliser_lot(chaine=chaine, auteur=auteur, actes=[fait])[0]


def journaliser_lot(*, chaine: str, auteur: Utilisateur | None, actes: Iterable[Acte]) -> list[Evenement]:
    """Ajoute plusieurs événements d'un seul tenant, un par acte, dans leur ordre."""
    if not transaction.get_connection().in_atomic_block:
        raise HorsTransaction("journaliser() s'appelle dans la transaction de l'acte journalisé.")
    tete = _tete_verrouillee(chaine)
    rang, empreinte = tete.rang, tete.empreinte
    evenements: list[Evenement] = []
    for fait in actes:
        rang += 1
        evenements.append(_evenement(fait, tete, rang, auteur, empreinte))
        empreinte = evenements[-1].empreinte
    if len(evenements) == 1:
        evenements[0].save(force_insert=True)
    else:
        Evenement.objects.bulk_create(evenements)
    # La base exige que la tête avance d'un rang à la fois.
    est_sure = tete_est_scellee(tete)
    for evenement in evenements:
        sceau = sceau_de_tete(tete, evenement) if est_sure else ""
        Chaine.objects.filter(pk=tete.pk).update(rang=evenement.rang, empreinte=evenement.empreinte, sceau=sceau)
    return evenements


def _evenement(fait: Acte, tete: Chaine, rang: int, auteur: Utilisateur | None, precedente: str) -> Evenement:
    objet = fait.objet if isinstance(fait.objet, str) else f"{fait.objet._meta.label_lower}:{fait.objet.pk}"
    evenement = Evenement(
        chaine=tete,
        rang=rang,
        le=timezone.now(),
        auteur=auteur,
        acte=fait.acte,
        objet=objet,
        avant=_valeur_json(fait.avant),
        apres=_valeur_json(fait.apres),
        motif=fait.motif,
        sel=secrets.token_hex(OCTETS_DU_SEL),
        operation=fait.operation,
        empreinte_precedente=precedente,
    )
    evenement.empreinte_contenu = empreinte_du_contenu({champ: getattr(evenement, champ) for champ in CONTENU})
    evenement.empreinte = empreinte_de(evenement_en_ligne(evenement))
    return evenement


def _tete_verrouillee(nom: str) -> Chaine:
    tetes = Chaine.objects.select_for_update()
    if tete := tetes.filter(pk=nom).first():
        return tete
    return ouvrir_chaines([nom])[0]


def ouvrir_chaines(noms: Sequence[str]) -> list[Chaine]:
    """Crée les têtes manquantes, numérotées au registre, et les rend toutes verrouillées.

    Deux premiers événements simultanés : l'un tient le registre et crée la tête, l'autre l'attend puis la trouve.
    """
    registre = _registre_verrouille()
    tetes = list(Chaine.objects.select_for_update().filter(nom__in=noms).order_by("nom"))
    connues = {tete.nom for tete in tetes}
    manquantes = [nom for nom in noms if nom not in connues]
    neuves = [Chaine(nom=nom, numero=numero) for numero, nom in enumerate(manquantes, registre.nombre + 1)]
    for neuve in neuves:
        neuve.sceau = sceller(TETE, neuve.nom, neuve.numero, 0, "")
    if neuves:
        Chaine.objects.bulk_create(neuves)
        # Un registre déjà altéré ne redevient pas sûr : il reste sans sceau.
        est_sur = est_scelle(registre.sceau, REGISTRE, registre.nombre)
        nombre = registre.nombre + len(neuves)
        sceau = sceller(REGISTRE, nombre) if est_sur else ""
        Registre.objects.filter(pk=registre.pk).update(nombre=nombre, sceau=sceau)
    return [*tetes, *neuves]


def _registre_verrouille() -> Registre:
    registres = Registre.objects.select_for_update()
    if registre := registres.filter(pk=Registre.SEUL).first():
        return registre
    # Une base vidée : s'il reste des chaînes, leurs numéros dépassent ce registre neuf et la vérification le dit.
    Registre.objects.bulk_create([Registre(pk=Registre.SEUL, sceau=sceller(REGISTRE, 0))], ignore_conflicts=True)
    return registres.get(pk=Registre.SEUL)


def tete_est_scellee(tete: Chaine) -> bool:
    return est_scelle(tete.sceau, TETE, tete.nom, tete.numero, tete.rang, tete.empreinte)


def sceau_de_tete(tete: Chaine, dernier: Evenement) -> str:
    """À n'écrire qu'à la suite d'une tête elle-même scellée : l'événement suivant ne blanchit pas une altération."""
    return sceller(TETE, tete.nom, tete.numero, dernier.rang, dernier.empreinte)


def _valeur_json(valeur: Any) -> Any:
    """La valeur telle que la base la rendra ; un flottant n'y survit pas à l'identique, il est refusé."""
    return json.loads(
        json.dumps(valeur, cls=DjangoJSONEncoder), parse_float=_refuser_flottant, parse_constant=_refuser_flottant
    )


def _refuser_flottant(texte: str) -> None:
    raise TypeError(f"Le journal n'accepte pas de nombre à virgule ({texte}) : l'écrire en texte.")


def evenement_en_ligne(evenement: Evenement) -> dict[str, Any]:
    return {champ: getattr(evenement, champ) for champ in CHAMPS}


def empreinte_de(ligne: dict[str, Any]) -> str:
    """SHA-256 du JSON canonique (clés triées, sans espace, UTF-8) des champs de l'événement."""
    le: datetime = ligne["le"]
    operation: UUID | None = ligne["operation"]
    canonique = {
        **ligne,
        "le": le.astimezone(UTC).isoformat(timespec="microseconds"),
        "operation": str(operation) if operation else None,
    }
    return _sha256(canonique)


def empreinte_du_contenu(contenu: dict[str, Any]) -> str:
    """Le sel (128 bits au hasard) part avec le contenu : l'empreinte qui reste ne permet de rien deviner."""
    return _sha256(contenu)


def _sha256(valeur: dict[str, Any]) -> str:
    texte = json.dumps(valeur, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(texte.encode()).hexdigest()


def effacer_contenus(evenements: models.QuerySet[Evenement]) -> dict[str, list[int]]:
    """Efface avant, après, motif et sel ; rend les rangs par chaîne, que la purge journalise (`ACTE_EFFACEMENT`).

    La base n'admet aucune autre modification d'un événement.
    """
    effaces: dict[str, list[int]] = {}
    lus = evenements.exclude(sel="").exclude(acte=ACTE_EFFACEMENT).order_by("chaine", "rang")
    for chaine, rang in lus.values_list("chaine", "rang"):
        effaces.setdefault(chaine, []).append(rang)
    for chaine, rangs in effaces.items():
        for debut in range(0, len(rangs), TRANCHE):
            tranche = Evenement.objects.filter(chaine=chaine, rang__in=rangs[debut : debut + TRANCHE])
            tranche.update(avant=None, apres=None, motif="", sel="")
    return effaces


def _justifies() -> Justifies:
    """Les contenus qu'une purge dit avoir effacés."""
    purges = Evenement.objects.filter(acte=ACTE_EFFACEMENT).exclude(sel="").order_by("chaine", "rang")
    return frozenset(
        (chaine, rang)
        for apres in purges.values_list("apres", flat=True)
        for chaine, rangs in (apres or {}).get("effaces", {}).items()
        for rang in rangs
    )


def verifier_chaine(nom: str) -> Verification:
    """Relit une chaîne : lignes modifiées, retirées, déplacées, tronquées ou ajoutées à côté du journal."""
    return _verifier(Evenement.objects.filter(chaine=nom), Chaine.objects.filter(pk=nom))


def verifier_journal() -> Verification:
    """Relit toutes les chaînes, au fil des lignes, puis le registre, les consultations et les déclencheurs."""
    chaines = _verifier(Evenement.objects.all(), Chaine.objects.all())
    return Verification(chaines.lignes, (*chaines.ruptures, *ruptures_autour_des_chaines()))


def _verifier(evenements: models.QuerySet[Evenement], chaines: models.QuerySet[Chaine]) -> Verification:
    lignes = 0
    ruptures: list[Rupture] = []
    justifies = _justifies()
    lues = evenements.order_by("chaine", "rang").values_list(*LIGNES).iterator(chunk_size=2000)
    for nom, suite in groupby(lues, key=itemgetter(0)):
        compte, trouvees = _verifier_suite(nom, suite, justifies)
        lignes += compte
        ruptures += trouvees
    videes = chaines.filter(rang__gt=0).exclude(pk__in=Evenement.objects.values("chaine")).order_by("pk")
    ruptures += [Rupture(tete.nom, 1, "tous les événements manquent.") for tete in videes]
    rompues = {rupture.chaine for rupture in ruptures}
    ruptures += [
        Rupture(tete.nom, tete.rang, "la tête de la chaîne n'est pas celle qui avait été scellée.")
        for tete in chaines.order_by("pk").iterator(chunk_size=2000)
        if tete.nom not in rompues and not tete_est_scellee(tete)
    ]
    return Verification(lignes, tuple(ruptures))


def _verifier_suite(nom: str, suite: Iterable[tuple[Any, ...]], justifies: Justifies) -> tuple[int, list[Rupture]]:
    ruptures: list[Rupture] = []
    compte, rang, precedente = 0, 0, ""
    rang_tete, empreinte_tete = 0, ""
    for valeurs in suite:
        compte += 1
        ligne = dict(zip(CHAMPS, valeurs, strict=False))
        contenu = dict(zip(CONTENU, valeurs[len(CHAMPS) :], strict=False))
        empreinte, rang_tete, empreinte_tete = valeurs[len(CHAMPS) + len(CONTENU) :]
        motifs = [*_motifs(ligne, empreinte, rang, precedente), *_motifs_du_contenu(ligne, contenu, justifies)]
        ruptures += [Rupture(nom, ligne["rang"], motif) for motif in motifs]
        rang, precedente = ligne["rang"], empreinte
    if rang < rang_tete:
        ruptures.append(Rupture(nom, rang + 1, f"la fin manque, jusqu'au n° {rang_tete}."))
    elif rang > rang_tete:
        ruptures.append(Rupture(nom, rang_tete + 1, "ajouté sans passer par le journal."))
    elif precedente != empreinte_tete:
        ruptures.append(Rupture(nom, rang, "le dernier événement n'est pas celui qui avait été écrit."))
    return compte, ruptures


def _motifs(ligne: dict[str, Any], empreinte: str, rang: int, precedente: str) -> Iterator[str]:
    if ligne["rang"] != rang + 1:
        yield f"il manque ce qui suivait le n° {rang}."
    elif ligne["empreinte_precedente"] != precedente:
        yield "ne suit pas l'événement précédent : ligne déplacée, remplacée ou insérée."
    if empreinte_de(ligne) != empreinte:
        yield "événement modifié après l'écriture."


def _motifs_du_contenu(ligne: dict[str, Any], contenu: dict[str, Any], justifies: Justifies) -> Iterator[str]:
    if contenu["sel"]:
        if empreinte_du_contenu(contenu) != ligne["empreinte_contenu"]:
            yield "contenu modifié après l'écriture."
    elif (ligne["chaine_id"], ligne["rang"]) not in justifies:
        yield "contenu effacé sans qu'une purge l'explique."
    elif (contenu["avant"], contenu["apres"], contenu["motif"]) != (None, None, ""):
        yield "contenu réécrit après son effacement."
