"""Images du référentiel : parts des blocs et des compétences, calculées sur les entiers."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.safestring import SafeString, mark_safe

from referentiel.models import Option
from referentiel.queries import Lecture, VueBloc
from trpm.socle.graphiques import Barre, barres_ponderees


@dataclass(frozen=True)
class FiguresPoids:
    """Deux images pour une option ; le tableau de la page dit la même chose en texte."""

    option: Option
    total: int
    blocs: SafeString
    competences: SafeString


def figures_poids(lecture: Lecture, vues: Sequence[VueBloc]) -> list[FiguresPoids]:
    """Même échelle pour toutes les options : les barres se comparent d'une image à l'autre."""
    part_bloc = max(poids.poids / poids.total for vue in vues for poids in vue.poids)
    part_competence = max(
        poids.poids / poids.total for vue in vues for competence in vue.competences for poids in competence.poids
    )
    return [
        FiguresPoids(
            option,
            lecture.totaux[option.pk],
            _blocs(option, rang, vues, part_bloc),
            _competences(option, rang, vues, part_competence),
        )
        for rang, option in enumerate(lecture.options)
    ]


def _blocs(option: Option, rang: int, vues: Sequence[VueBloc], maximum: float) -> SafeString:
    lignes = [
        Barre(
            f"Bloc {vue.bloc.numero}",
            vue.poids[rang].poids / vue.poids[rang].total,
            f"{vue.poids[rang].poids} · {vue.poids[rang].part} %",
            groupe,
        )
        for groupe, vue in enumerate(vues)
    ]
    return _svg(lignes, maximum, f"Part de chaque bloc, option {option.code}")


def _competences(option: Option, rang: int, vues: Sequence[VueBloc], maximum: float) -> SafeString:
    lignes = [
        Barre(
            vue.competence.code,
            vue.poids[rang].poids / vue.poids[rang].total,
            f"{vue.poids[rang].poids} · {vue.poids[rang].part} %",
            groupe,
        )
        for groupe, bloc in enumerate(vues)
        for vue in bloc.competences
    ]
    return _svg(lignes, maximum, f"Part de chaque compétence, option {option.code}")


def _svg(lignes: Sequence[Barre], maximum: float, titre: str) -> SafeString:
    description = "Les mêmes valeurs sont dans le tableau qui suit."
    image = barres_ponderees(lignes, titre=titre, description=description, maximum=maximum, largeur_libelle=64)
    # Notre propre SVG : tout texte y est déjà échappé.
    return mark_safe(image)  # noqa: S308
