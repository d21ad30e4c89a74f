"""Les notes qu'un apprenant garde de sessions passées, vues de l'administration."""

from django.db.models import QuerySet

from centres.models import Apprenant, Inscription
from certification.models import BeneficeNote
from referentiel.models import Epreuve


def benefices_de(apprenant: Apprenant) -> list[BeneficeNote]:
    return list(
        BeneficeNote.objects.filter(apprenant=apprenant).select_related("epreuve").order_by("epreuve__ordre", "pk")
    )


def epreuves_conservables(apprenant: Apprenant) -> QuerySet[Epreuve]:
    """Les épreuves des versions du référentiel qu'il suit ou a suivies, sans celles déjà enregistrées."""
    versions = Inscription.objects.filter(apprenant=apprenant).values("classe__version")
    enregistrees = BeneficeNote.objects.filter(apprenant=apprenant).values("epreuve")
    return (
        Epreuve.objects.filter(version__in=versions)
        .exclude(pk__in=enregistrees)
        .select_related("version__diplome")
        .order_by("ordre", "pk")
    )
