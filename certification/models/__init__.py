"""Qui est candidat, et ce qui est proposé et conservé."""

from certification.models.archives import Archive, PieceArchive
from certification.models.benefices import DUREE_BENEFICE, BeneficeNote
from certification.models.candidats import Candidat, CandidatQuerySet
from certification.models.classeurs import ClasseurOfficiel
from certification.models.commissions import Commission, MembreCommission, PositionCommission, Proposition
from certification.models.dossiers import AvisInspection, PieceDossier
from certification.models.grilles import Grille, PoidsGrille
from certification.models.numeros import NumeroCandidat
from certification.models.travaux import Travail

__all__ = [
    "DUREE_BENEFICE",
    "Archive",
    "AvisInspection",
    "BeneficeNote",
    "Candidat",
    "CandidatQuerySet",
    "ClasseurOfficiel",
    "Commission",
    "Grille",
    "MembreCommission",
    "NumeroCandidat",
    "PieceArchive",
    "PieceDossier",
    "PoidsGrille",
    "PositionCommission",
    "Proposition",
    "Travail",
]
