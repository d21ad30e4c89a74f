"""Qui est candidat, et ce qui est proposé et conservé."""

from certification.models.benefices import DUREE_BENEFICE, BeneficeNote
from certification.models.candidats import Candidat, CandidatQuerySet
from certification.models.grilles import Grille, PoidsGrille
from certification.models.travaux import Travail

__all__ = [
    "DUREE_BENEFICE",
    "BeneficeNote",
    "Candidat",
    "CandidatQuerySet",
    "Grille",
    "PoidsGrille",
    "Travail",
]
