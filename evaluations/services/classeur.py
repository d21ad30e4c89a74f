"""Appliquer les différences choisies dans l'aperçu d'un classeur : toutes, ou aucune."""

from collections.abc import Sequence

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone

from centres.enums import ROLES_NOTATION
from centres.journal import Acte, journaliser_lot
from centres.models import Centre, Utilisateur
from evaluations.models import Positionnement, Situation
from evaluations.queries.differences import reperes_de
from evaluations.queries.grille import Cellule, grille_de
from evaluations.services.positionnements import (
    ACTE_CELLULE,
    ObjetIntrouvable,
    Saisie,
    SituationVerrouillee,
    lire_valeur,
)

MOTIF = "classeur téléversé"
CHAMPS = ["niveau", "etat", "auteur", "modifie_le", "version"]


class DifferencesPerimees(Exception):
    """Des cases ont changé depuis l'aperçu : rien n'est écrit, l'aperçu est à montrer de nouveau."""

    def __init__(self, nombre: int) -> None:
        cases = "une case a changé" if nombre == 1 else f"{nombre} cases ont changé"
        super().__init__(f"Rien n'a été enregistré : {cases} pendant que vous relisiez. Vérifiez, puis appliquez.")
        self.nombre = nombre


def appliquer_differences(*, utilisateur: Utilisateur, situation_id: int, saisies: Sequence[Saisie]) -> int:
    """Écrit ces cases si chacune en est encore à la version montrée ; un événement par case au journal.

    La situation est tenue jusqu'à la fin, comme par `enregistrer_cellule` : entre la lecture des versions et
    l'écriture, personne d'autre n'y saisit rien. Rend le nombre de cases écrites.
    """
    with transaction.atomic():
        situation = _situation_tenue(utilisateur, situation_id)
        reperes = reperes_de(grille_de(situation))
        retenues: list[tuple[Saisie, Cellule]] = []
        perimees = 0
        for saisie in saisies:
            repere = reperes.get((saisie.inscription_id, saisie.detaillee_id))
            if repere is None:
                raise ValidationError("Une case n'existe plus dans la grille : envoyez le classeur à nouveau.")
            cellule = repere[2]
            if lire_valeur(saisie.valeur) == lire_valeur(cellule.valeur):
                continue
            perimees += cellule.version != saisie.version
            retenues.append((saisie, cellule))
        if perimees:
            raise DifferencesPerimees(perimees)
        _ecrire(utilisateur, situation, retenues)
    return len(retenues)


def _situation_tenue(utilisateur: Utilisateur, situation_id: int) -> Situation:
    situation = (
        Situation.objects.filter(pk=situation_id)
        .filter(classe__centre__in=Centre.objects.ou_agit(utilisateur, ROLES_NOTATION))
        .select_for_update(of=("self",), no_key=True)
        .select_related("classe")
        .order_by()
        .first()
    )
    if situation is None:
        raise ObjetIntrouvable("Introuvable.")
    if situation.est_verrouillee:
        raise SituationVerrouillee
    return situation


def _ecrire(utilisateur: Utilisateur, situation: Situation, retenues: Sequence[tuple[Saisie, Cellule]]) -> None:
    maintenant = timezone.now()
    lignes = []
    for saisie, cellule in retenues:
        niveau, etat = lire_valeur(saisie.valeur)
        ligne = Positionnement(situation=situation, inscription_id=saisie.inscription_id, auteur=utilisateur)
        ligne.detaillee_id, ligne.niveau, ligne.etat = saisie.detaillee_id, niveau, etat
        ligne.observation, ligne.version, ligne.modifie_le = cellule.observation, cellule.version + 1, maintenant
        lignes.append(ligne)
    cle = ["situation", "inscription", "detaillee"]
    # L'observation ne fait pas partie des champs remplacés : un classeur ne la connaît pas.
    Positionnement.objects.bulk_create(lignes, update_conflicts=True, unique_fields=cle, update_fields=CHAMPS)
    actes = [_acte(ligne, cellule) for ligne, (_, cellule) in zip(lignes, retenues, strict=True)]
    if actes:
        journaliser_lot(chaine=f"situation:{situation.pk}", auteur=utilisateur, actes=actes)


def _acte(ligne: Positionnement, cellule: Cellule) -> Acte:
    """Le même événement que pour une case saisie à l'écran, et d'où il vient."""
    avant = {"valeur": cellule.valeur, "observation": cellule.observation, "version": cellule.version}
    apres = {
        "inscription": ligne.inscription_id,
        "detaillee": ligne.detaillee_id,
        "valeur": ligne.valeur,
        "observation": ligne.observation,
        "version": ligne.version,
        "modifie_le": ligne.modifie_le.isoformat(),
    }
    return Acte(acte=ACTE_CELLULE, objet=ligne, avant=avant, apres=apres, motif=MOTIF)
