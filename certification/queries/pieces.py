"""Les pièces jointes au dossier d'un candidat."""

from django.db.models import QuerySet

from certification.enums import EtatCommission
from certification.models import Candidat, Commission, PieceDossier
from referentiel.models import Epreuve


def pieces_du_dossier(candidat: Candidat, epreuve: Epreuve) -> QuerySet[PieceDossier]:
    pieces = PieceDossier.objects.filter(inscription=candidat.pk, epreuve=epreuve)
    return pieces.select_related("auteur", "epreuve").order_by("nature", "pk")


def est_figee(candidat: Candidat) -> bool:
    """La commission de sa classe est close : le dossier ne change plus."""
    return Commission.objects.filter(classe=candidat.classe_id, etat=EtatCommission.CLOSE).exists()
