"""Suivre un placement : visites, absences, attestation."""

from datetime import date, timedelta

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Model

from centres.journal import journaliser
from centres.models import Utilisateur
from centres.services.autorisation import autoriser
from centres.services.fiches import verrouiller
from evaluations.models import AbsencePfmp, Placement, Visite
from evaluations.permissions import peut_organiser_pfmp

# Une visite se prépare avant l'arrivée ou se fait peu après le départ ; plus loin, c'est une année mal tapée.
MARGE_VISITE = timedelta(days=60)


@transaction.atomic
def prevoir_visite(*, utilisateur: Utilisateur, placement: Placement, prevue_le: date) -> Visite:
    _autoriser(utilisateur, placement)
    _verifier_jour_de_visite(placement, prevue_le)
    visite = Visite(placement=placement, prevue_le=prevue_le, auteur=utilisateur)
    visite.full_clean()
    visite.save(force_insert=True)
    _journaliser("visite.prevue", utilisateur, placement, visite, None, {"prevue_le": prevue_le})
    return visite


@transaction.atomic
def rapporter_visite(
    *, utilisateur: Utilisateur, visite: Visite, prevue_le: date, faite_le: date | None, compte_rendu: str
) -> Visite:
    """La date et le compte rendu ; le journal dit qu'il a changé, pas ce qu'il contient."""
    _autoriser(utilisateur, visite.placement)
    fiche = verrouiller(visite)
    texte = compte_rendu.replace("\r\n", "\n").strip()
    if texte and faite_le is None:
        raise ValidationError({"faite_le": ["Dites quel jour la visite a eu lieu."]})
    avant = {"prevue_le": fiche.prevue_le, "faite_le": fiche.faite_le}
    champs = ["compte_rendu"] if texte != fiche.compte_rendu else []
    if not champs and (prevue_le, faite_le) == (fiche.prevue_le, fiche.faite_le):
        return fiche
    if prevue_le != fiche.prevue_le:
        _verifier_jour_de_visite(visite.placement, prevue_le)
    fiche.prevue_le, fiche.faite_le, fiche.compte_rendu = prevue_le, faite_le, texte
    fiche.full_clean()
    fiche.save()
    apres = {"prevue_le": prevue_le, "faite_le": faite_le, "champs": champs}
    _journaliser("visite.rapportee", utilisateur, visite.placement, fiche, avant, apres)
    return fiche


@transaction.atomic
def retirer_visite(*, utilisateur: Utilisateur, visite: Visite) -> None:
    """Une visite prévue qui n'aura pas lieu ; faite, elle reste."""
    _autoriser(utilisateur, visite.placement)
    fiche = verrouiller(visite)
    if fiche.faite_le:
        raise ValidationError("Cette visite a eu lieu : elle reste dans le suivi.")
    objet = f"{fiche._meta.label_lower}:{fiche.pk}"
    avant = {"prevue_le": fiche.prevue_le}
    fiche.delete()
    _journaliser("visite.retiree", utilisateur, visite.placement, objet, avant, None)


@transaction.atomic
def noter_absence(
    *, utilisateur: Utilisateur, placement: Placement, jour: date, demi_journees: int, est_justifiee: bool
) -> AbsencePfmp:
    """Une absence par jour ; la noter de nouveau la corrige."""
    _autoriser(utilisateur, placement)
    if not placement.debut <= jour <= placement.fin:
        raise ValidationError({"jour": ["Ce jour n'est pas dans la période en entreprise."]})
    fiche = AbsencePfmp.objects.select_for_update().filter(placement=placement, jour=jour).first()
    avant = {"demi_journees": fiche.demi_journees, "est_justifiee": fiche.est_justifiee} if fiche else None
    fiche = fiche or AbsencePfmp(placement=placement, jour=jour)
    fiche.demi_journees, fiche.est_justifiee = demi_journees, est_justifiee
    fiche.full_clean()
    apres = {"demi_journees": demi_journees, "est_justifiee": est_justifiee}
    if avant == apres:
        return fiche
    fiche.save()
    _journaliser("absence_pfmp.notee", utilisateur, placement, fiche, avant, {"jour": jour, **apres})
    return fiche


@transaction.atomic
def retirer_absence(*, utilisateur: Utilisateur, absence: AbsencePfmp) -> None:
    _autoriser(utilisateur, absence.placement)
    fiche = verrouiller(absence)
    objet = f"{fiche._meta.label_lower}:{fiche.pk}"
    avant = {"jour": fiche.jour, "demi_journees": fiche.demi_journees, "est_justifiee": fiche.est_justifiee}
    fiche.delete()
    _journaliser("absence_pfmp.retiree", utilisateur, absence.placement, objet, avant, None)


@transaction.atomic
def recevoir_attestation(*, utilisateur: Utilisateur, placement: Placement, recue_le: date | None) -> Placement:
    """Le jour où l'attestation signée est revenue ; vide : elle manque."""
    _autoriser(utilisateur, placement)
    fiche = verrouiller(placement)
    avant = fiche.attestation_le
    if avant == recue_le:
        return fiche
    fiche.attestation_le = recue_le
    fiche.save(update_fields=["attestation_le"])
    apres = {"attestation_le": recue_le}
    _journaliser("placement.attestation", utilisateur, fiche, fiche, {"attestation_le": avant}, apres)
    return fiche


def _verifier_jour_de_visite(placement: Placement, jour: date) -> None:
    if not placement.debut - MARGE_VISITE <= jour <= placement.fin + MARGE_VISITE:
        raise ValidationError(
            {
                "prevue_le": [
                    f"La période va du {placement.debut:%d/%m/%Y} au {placement.fin:%d/%m/%Y} : "
                    f"une visite se prévoit à {MARGE_VISITE.days} jours près."
                ]
            }
        )


def _autoriser(utilisateur: Utilisateur, placement: Placement) -> None:
    autoriser(peut_organiser_pfmp(utilisateur, placement.periode.classe.centre_id))


def _journaliser(
    acte: str, utilisateur: Utilisateur, placement: Placement, objet: Model | str, avant: object, apres: object
) -> None:
    journaliser(
        chaine=f"placement:{placement.pk}", acte=acte, auteur=utilisateur, objet=objet, avant=avant, apres=apres
    )
