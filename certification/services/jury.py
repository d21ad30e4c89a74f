"""Transmettre au jury, communiquer après les résultats : deux actes du chef de centre, journalisés."""

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone

from centres.journal import journaliser
from centres.models import Utilisateur
from centres.services.autorisation import autoriser
from certification.models import Candidat, Commission
from certification.permissions import peut_rouvrir
from certification.queries.archives import archive_de_la_version
from certification.services.archives import chaine_de
from referentiel.models import Epreuve

PAS_DE_RESULTATS = "Les résultats de cette session ne sont pas publiés : rien ne se communique avant eux."


@transaction.atomic
def noter_la_transmission(*, utilisateur: Utilisateur, commission: Commission, forme: str) -> None:
    """La liste sort de l'archive, et le journal dit qui l'a sortie."""
    autoriser(peut_rouvrir(utilisateur, commission))
    archive = archive_de_la_version(commission) if commission.est_close else None
    if archive is None:
        raise ValidationError("La liste se transmet quand la commission est close et archivée.")
    journaliser(
        chaine=chaine_de(commission),
        acte="jury.transmis",
        auteur=utilisateur,
        objet=commission,
        apres={"forme": forme, "archive": archive.numero},
    )


@transaction.atomic
def noter_la_communication(
    *, utilisateur: Utilisateur, commission: Commission, candidat: Candidat, epreuve: Epreuve, motif: str
) -> None:
    """Après les résultats seulement, sur demande : de qui, de quand, le motif le dit."""
    autoriser(peut_rouvrir(utilisateur, commission))
    publies = commission.classe.session.resultats_le
    if publies is None or publies > timezone.localdate():
        raise ValidationError(PAS_DE_RESULTATS)
    if not motif.strip():
        raise ValidationError({"motif": "Dites de quand date la demande et qui l'a faite."})
    journaliser(
        chaine=f"apprenant:{candidat.apprenant_id}",
        acte="fiche.communiquee",
        auteur=utilisateur,
        objet=f"centres.inscription:{candidat.pk}",
        apres={"epreuve": epreuve.code, "session": commission.classe.session.annee},
        motif=motif.strip(),
    )
