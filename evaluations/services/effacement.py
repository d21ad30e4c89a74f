"""Effacer ce qui a été écrit d'un apprenant et ce qui le relie à son entreprise ; les niveaux restent.

Une table qui naît avec un texte sur quelqu'un prend sa ligne ici : `tests/trpm/test_colonnes_de_texte.py` y veille.
"""

from collections.abc import Collection
from dataclasses import dataclass, field
from typing import Any

from django.db.models import Model, Q, QuerySet

from evaluations.models import (
    AutoEvaluation,
    BilanPeriode,
    BilanPfmp,
    FicheTuteur,
    LienTuteur,
    LigneBilan,
    ObservationApprenant,
    PiecePortfolio,
    Placement,
    Positionnement,
    QuestionPfmp,
    ReponseAttitude,
    ReponseTuteur,
    Visite,
)

# Une raison que la base exige reste dite, sans son contenu.
EFFACE = "[effacé]"


@dataclass(frozen=True)
class Effacement:
    """Ce qui s'efface d'une table : le chemin jusqu'à l'apprenant, les textes, et les liens à rompre."""

    modele: type[Model]
    chemin: str
    textes: tuple[str, ...] = ()
    remplace: str = ""
    liens: dict[str, Any] = field(default_factory=dict)

    def lignes(self, apprenants: Collection[int]) -> QuerySet[Any]:
        return self.modele._default_manager.filter(**{f"{self.chemin}__in": apprenants})

    def ecrites(self, apprenants: Collection[int], champ: str) -> QuerySet[Any]:
        return self.lignes(apprenants).exclude(Q(**{champ: ""}) | Q(**{champ: self.remplace}))


INSCRIT = "inscription__apprenant"
PLACE = f"placement__{INSCRIT}"
EFFACEMENTS = (
    Effacement(Positionnement, INSCRIT, ("observation",)),
    Effacement(ObservationApprenant, INSCRIT, ("texte",)),
    # Une entreprise et des dates suffiraient à reconnaître son stagiaire.
    Effacement(Placement, INSCRIT, ("activites_prevues",), liens={"tuteur": None, "entreprise": None}),
    Effacement(Visite, PLACE, ("compte_rendu",)),
    Effacement(LienTuteur, PLACE, ("envoye_a",), liens={"tuteur": None}),
    Effacement(FicheTuteur, PLACE, ("activites_realisees", "remarque")),
    Effacement(BilanPfmp, PLACE, ("synthese",)),
    Effacement(LigneBilan, f"bilan__{PLACE}", ("motif",), remplace=EFFACE),
    # Formalisé ou non : la loi passe avant le verrou. Les niveaux figés restent, comme les positionnements.
    Effacement(BilanPeriode, INSCRIT, ("remarques_equipe", "objectifs", "remarques_apprenant")),
    Effacement(AutoEvaluation, INSCRIT, ("commentaire",)),
)
# Sans texte sur la personne, mais le journal en parle.
AUTRES: tuple[tuple[type[Model], str], ...] = (
    (QuestionPfmp, PLACE),
    (ReponseAttitude, PLACE),
    (ReponseTuteur, f"question__{PLACE}"),
    # Ses lignes partent tout entières, avec leurs fichiers (`pieces_du_portfolio`).
    (PiecePortfolio, "apprenant"),
)


def objets_au_journal(apprenants: Collection[int]) -> dict[str, list[int]]:
    """Les lignes dont le journal parle : type d'objet → clés."""
    tables: list[tuple[type[Model], str]] = [
        *((effacement.modele, effacement.chemin) for effacement in EFFACEMENTS),
        *AUTRES,
    ]
    return {
        modele._meta.label_lower: list(
            modele._default_manager.filter(**{f"{chemin}__in": apprenants}).order_by("pk").values_list("pk", flat=True)
        )
        for modele, chemin in tables
    }


def compter_textes(apprenants: Collection[int]) -> int:
    return sum(
        effacement.ecrites(apprenants, champ).count() for effacement in EFFACEMENTS for champ in effacement.textes
    )


def pieces_du_portfolio(apprenants: Collection[int]) -> QuerySet[PiecePortfolio]:
    """Une photo ou un programme parle de son auteur : la pièce part tout entière, son fichier avec elle."""
    return PiecePortfolio.objects.filter(apprenant__in=apprenants)


def effacer_textes(*, apprenants: Collection[int]) -> int:
    """À appeler dans la transaction de la purge. Un verrou de situation n'y fait rien : la loi passe avant lui."""
    touches = 0
    for effacement in EFFACEMENTS:
        for champ in effacement.textes:
            touches += effacement.ecrites(apprenants, champ).update(**{champ: effacement.remplace})
        if effacement.liens:
            effacement.lignes(apprenants).update(**effacement.liens)
    return touches
