"""Ce qui a été observé : situations, positionnements, PFMP."""

from evaluations.models.bilans_pfmp import BilanPfmp, LigneBilan
from evaluations.models.pfmp import AbsencePfmp, PeriodePfmp, Placement, ReglagePfmp, Visite
from evaluations.models.positionnements import ObservationApprenant, Positionnement
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
    "BilanPfmp",
    "FicheTuteur",
    "Formulation",
    "LienTuteur",
    "LigneBilan",
    "ObservationApprenant",
    "PeriodePfmp",
    "Placement",
    "Positionnement",
    "QuestionPfmp",
    "ReglagePfmp",
    "ReponseAttitude",
    "ReponseTuteur",
    "Ressource",
    "Situation",
    "Visite",
]
