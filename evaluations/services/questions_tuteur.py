"""Ce qui est demandé au tuteur : la bibliothèque de formulations, et les questions d'un placement, qui se figent."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction

from centres.journal import journaliser
from centres.models import Utilisateur
from centres.services.autorisation import autoriser
from centres.services.fiches import verrouiller
from evaluations.models import Formulation, Placement, QuestionPfmp
from evaluations.permissions import peut_organiser_pfmp
from evaluations.queries.tuteur import formulations_pour, questions_figees
from referentiel.models import CompetenceDetaillee, VersionReferentiel

TEXTE_MAX = 200
FIGEES = "Le lien est déjà parti ou la fiche est imprimée : les questions ne changent plus."
SANS_COMPETENCE = "Choisissez d'abord les compétences que l'entreprise peut évaluer."


@dataclass(frozen=True, kw_only=True)
class SaisieQuestion:
    """Une ligne de la préparation ; `au_centre` : garder cette formulation pour les prochains placements."""

    detaillee_id: int
    texte: str
    est_posee: bool = True
    au_centre: bool = False


@transaction.atomic
def charger_formulations(version: VersionReferentiel, donnees: Mapping[str, Any]) -> int:
    """Les formulations livrées d'une version (`C7.3` ou `C7.3/RSP` → texte) ; celles déjà là ne bougent pas."""
    lues = CompetenceDetaillee.objects.filter(competence__version=version).select_related("option").order_by("pk")
    deja = set(Formulation.objects.filter(centre=None).order_by().values_list("detaillee", flat=True))
    textes = {str(code): str(texte) for code, texte in donnees.items()}
    nouvelles = [
        Formulation(detaillee=une, texte=texte)
        for une in lues
        if une.pk not in deja and (texte := textes.get(_code_livre(une)) or textes.get(une.code))
    ]
    Formulation.objects.bulk_create(nouvelles)
    return len(nouvelles)


def _code_livre(detaillee: CompetenceDetaillee) -> str:
    return f"{detaillee.code}/{detaillee.option.code}" if detaillee.option else detaillee.code


@transaction.atomic
def enregistrer_questions(*, utilisateur: Utilisateur, placement: Placement, saisies: Sequence[SaisieQuestion]) -> int:
    """Remplace les questions tant qu'elles ne sont pas figées ; rend leur nombre."""
    autoriser(peut_organiser_pfmp(utilisateur, placement.periode.classe.centre_id))
    verrouiller(placement)
    if questions_figees(placement):
        raise ValidationError(FIGEES)
    _verifier(placement, saisies)
    posees = [saisie for saisie in saisies if saisie.est_posee]
    avant = list(placement.questions.order_by("ordre").values_list("texte", flat=True))
    _ecrire(placement, [(saisie.detaillee_id, saisie.texte) for saisie in posees])
    gardees = [saisie for saisie in posees if saisie.au_centre]
    for saisie in gardees:
        Formulation.objects.update_or_create(
            centre=placement.periode.classe.centre,
            detaillee_id=saisie.detaillee_id,
            defaults={"texte": saisie.texte},
        )
    apres = {"questions": [saisie.texte for saisie in posees], "au_centre": [une.detaillee_id for une in gardees]}
    _journaliser("questions.preparees", utilisateur, placement, {"questions": avant}, apres)
    return len(posees)


def figer_questions(*, utilisateur: Utilisateur, placement: Placement) -> None:
    """À appeler dans la transaction qui remet le lien : sans préparation, les formulations de la bibliothèque."""
    if questions_figees(placement):
        return
    posees = list(placement.questions.order_by("ordre").values_list("detaillee", "texte"))
    if posees and (encore := [ligne for ligne in posees if placement.detaillees.filter(pk=ligne[0]).exists()]):
        # Une compétence retirée du placement depuis la préparation emporte sa question ; les numéros se suivent.
        _ecrire(placement, encore)
        return
    detaillees = list(placement.detaillees.select_related("competence").order_by("competence__ordre", "ordre"))
    if not detaillees:
        raise ValidationError(SANS_COMPETENCE)
    textes = formulations_pour(placement.periode.classe.centre_id, detaillees)
    _ecrire(placement, [(une.pk, textes[une.pk]) for une in detaillees])
    apres = {"questions": [textes[une.pk] for une in detaillees]}
    _journaliser("questions.figees", utilisateur, placement, None, apres)


def _verifier(placement: Placement, saisies: Sequence[SaisieQuestion]) -> None:
    permises = set(placement.detaillees.order_by().values_list("pk", flat=True))
    if not {saisie.detaillee_id for saisie in saisies} <= permises:
        raise ValidationError("Cette compétence n'est pas prévue pour ce placement.")
    if not any(saisie.est_posee for saisie in saisies):
        raise ValidationError("Gardez au moins une question.")
    for saisie in saisies:
        if saisie.est_posee and not 1 <= len(saisie.texte) <= TEXTE_MAX:
            raise ValidationError(f"Une question fait de 1 à {TEXTE_MAX} signes.")


def _ecrire(placement: Placement, lignes: Sequence[tuple[int, str]]) -> None:
    placement.questions.all().delete()
    QuestionPfmp.objects.bulk_create(
        QuestionPfmp(placement=placement, detaillee_id=detaillee, texte=texte, ordre=rang)
        for rang, (detaillee, texte) in enumerate(lignes, start=1)
    )


def _journaliser(acte: str, utilisateur: Utilisateur, placement: Placement, avant: object, apres: object) -> None:
    journaliser(
        chaine=f"placement:{placement.pk}", acte=acte, auteur=utilisateur, objet=placement, avant=avant, apres=apres
    )
