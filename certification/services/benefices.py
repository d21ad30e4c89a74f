"""Enregistrer une note gardée d'une session passée, ou y renoncer."""

from decimal import Decimal

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.utils import timezone

from centres.journal import journaliser
from centres.models import Apprenant, Utilisateur
from centres.permissions import apprenants_organises
from certification.models import DUREE_BENEFICE, BeneficeNote
from referentiel.models import Epreuve


@transaction.atomic
def conserver_note(
    *, utilisateur: Utilisateur, apprenant: Apprenant, epreuve: Epreuve, session_obtention: int, note: Decimal
) -> BeneficeNote:
    """Enregistre un bénéfice de note : l'épreuve ne sera plus évaluée pendant cinq ans."""
    _autoriser_beneficiaire(utilisateur, apprenant)
    if session_obtention > timezone.localdate().year:
        raise ValidationError({"session_obtention": "Cette session n'a pas encore eu lieu."})
    visees = apprenant.inscriptions.values_list("classe__session__annee", flat=True)
    plus_ancienne = max(visees, default=timezone.localdate().year) - DUREE_BENEFICE
    if session_obtention < plus_ancienne:
        dit = f"Une note se garde {DUREE_BENEFICE} ans : pour cet examen, elle date au plus tôt de {plus_ancienne}."
        raise ValidationError({"session_obtention": dit})
    benefice = BeneficeNote(apprenant=apprenant, epreuve=epreuve, session_obtention=session_obtention, note=note)
    benefice.full_clean()
    benefice.save(force_insert=True)
    journaliser(
        chaine=f"apprenant:{apprenant.pk}",
        acte="benefice.enregistre",
        auteur=utilisateur,
        objet=benefice,
        apres=_resume_benefice(benefice),
    )
    return benefice


@transaction.atomic
def renoncer_au_benefice(*, utilisateur: Utilisateur, benefice: BeneficeNote) -> None:
    """Le candidat repasse l'épreuve, ou la note avait été saisie par erreur."""
    _autoriser_beneficiaire(utilisateur, benefice.apprenant)
    fiche = BeneficeNote.objects.select_for_update().select_related("epreuve").filter(pk=benefice.pk).first()
    if fiche is None:
        raise ValidationError("Cette note n'est plus enregistrée.")
    cle, avant = fiche.pk, _resume_benefice(fiche)
    fiche.delete()
    journaliser(
        chaine=f"apprenant:{benefice.apprenant_id}",
        acte="benefice.retire",
        auteur=utilisateur,
        objet=f"certification.beneficenote:{cle}",
        avant=avant,
    )


def _autoriser_beneficiaire(utilisateur: Utilisateur, apprenant: Apprenant) -> None:
    """Qui organise un de ses centres ; jamais l'intéressé."""
    organise = apprenants_organises(utilisateur).filter(pk=apprenant.pk).exists()
    if not organise or apprenant.utilisateur_id == utilisateur.pk:
        raise PermissionDenied


def _resume_benefice(benefice: BeneficeNote) -> dict[str, object]:
    return {
        "epreuve": benefice.epreuve.code,
        "session_obtention": benefice.session_obtention,
        "note": str(benefice.note),
    }
