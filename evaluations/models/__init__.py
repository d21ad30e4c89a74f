"""Ce qui a été observé : situations, positionnements, PFMP ; et ce qui était attendu."""

from evaluations.models.bilans import BilanPeriode, CampagneBilans
from evaluations.models.bilans_pfmp import BilanPfmp, LigneBilan
from evaluations.models.echelles import Echelle, NiveauAttendu
from evaluations.models.fabrications import Fabrication, FabricationBilans
from evaluations.models.pfmp import AbsencePfmp, PeriodePfmp, Placement, ReglagePfmp, Visite
from evaluations.models.portfolio import AutoEvaluation, PiecePortfolio
from evaluations.models.positionnements import ObservationApprenant, Positionnement
from evaluations.models.sequences import Sequence
from evaluations.models.situations import Ressource, Situation
from evaluations.models.tuteur import (
    FicheTuteur,
    Formulation,
    LienTuteur,
    QuestionPfmp,
    ReponseAttitude,
    ReponseTuteur,
)

__all__ = [
    "AbsencePfmp",
    "AutoEvaluation",
    "BilanPeriode",
    "BilanPfmp",
    "CampagneBilans",
    "Echelle",
    "Fabrication",
    "FabricationBilans",
    "FicheTuteur",
    "Formulation",
    "LienTuteur",
    "LigneBilan",
    "NiveauAttendu",
    "ObservationApprenant",
    "PeriodePfmp",
    "PiecePortfolio",
    "Placement",
    "Positionnement",
    "QuestionPfmp",
    "ReglagePfmp",
    "ReponseAttitude",
    "ReponseTuteur",
    "Ressource",
    "Sequence",
    "Situation",
    "Visite",
]
