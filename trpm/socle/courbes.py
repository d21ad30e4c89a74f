"""Petits dessins à répéter, sans mot du métier : une courbe par ligne d'un tableau, une jauge à repère.

Mêmes couleurs et mêmes classes que `trpm.socle.graphiques` ; l'équivalent en texte est donné par la page.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise

import svg

from trpm.socle.graphiques import (
    ATTENUE,
    FILET,
    FOND,
    STYLES,
    TRAIT,
    Point,
    dessiner_marqueur,
    ecrire,
    image_svg,
    sommets_svg,
)

LARGEUR, HAUTEUR = 264.0, 132.0
GAUCHE, DROITE, HAUT, BAS = 22.0, 10.0, 12.0, 30.0
PAS_JAUGE, COTE_JAUGE = 30.0, 26.0


@dataclass(frozen=True)
class Groupe:
    """Des abscisses voisines sous un même nom : deux semestres d'une année."""

    nom: str
    nombre: int


def courbe(
    valeurs: Sequence[int | None],
    repere: Sequence[int | None],
    groupes: Sequence[Groupe],
    *,
    maximum: int,
    titre: str,
    description: str,
) -> str:
    """Une ligne pleine (`valeurs`) et un trait en escalier (`repere`), de 1 à `maximum` ; None : rien n'y est tracé."""
    if len(valeurs) != len(repere) or len(valeurs) != sum(groupe.nombre for groupe in groupes):
        raise ValueError("une courbe a autant de valeurs, de repères et d'abscisses")
    trace = _Courbe(len(valeurs), maximum)
    elements = [*trace.fond(groupes), *trace.escalier(repere), *trace.ligne(valeurs)]
    return image_svg(elements, LARGEUR, HAUTEUR, titre, description, "graphique-courbe")


class _Courbe:
    def __init__(self, nombre: int, maximum: int) -> None:
        self.nombre, self.maximum = max(nombre, 1), maximum
        self.pas = (LARGEUR - GAUCHE - DROITE) / self.nombre

    def x(self, rang: float) -> float:
        return _dixieme(GAUCHE + self.pas * (rang + 0.5))

    def y(self, valeur: int) -> float:
        """Une demi-graduation reste libre sous le 1 : la première ne se confond pas avec l'axe."""
        return _dixieme(HAUT + (HAUTEUR - HAUT - BAS) * (self.maximum - valeur) / (self.maximum - 0.5))

    def fond(self, groupes: Iterable[Groupe]) -> list[svg.Element]:
        droite = LARGEUR - DROITE
        elements: list[svg.Element] = []
        for valeur in range(1, self.maximum + 1):
            y = self.y(valeur)
            elements.append(_filet((GAUCHE, y), (droite, y), FILET))
            elements.append(ecrire(str(valeur), GAUCHE - 7, y + 4, "end", taille=11, couleur=ATTENUE))
        debut = 0
        for groupe in groupes:
            milieu = self.x(debut + (groupe.nombre - 1) / 2)
            elements.append(ecrire(groupe.nom, milieu, HAUTEUR - 8, "middle", taille=11, couleur=ATTENUE))
            debut += groupe.nombre
            if debut < self.nombre:
                x = _dixieme(GAUCHE + self.pas * debut)
                elements.append(_filet((x, HAUT - 6), (x, HAUTEUR - BAS + 6), TRAIT))
        return elements

    def escalier(self, repere: Sequence[int | None]) -> list[svg.Element]:
        """Une marche par abscisse, large de son pas : elle se lit comme un seuil, pas comme une mesure."""
        couleur, pointille, _ = STYLES[1]
        return [
            svg.Line(
                x1=_dixieme(self.x(rang) - self.pas / 2 + 2),
                x2=_dixieme(self.x(rang) + self.pas / 2 - 2),
                y1=self.y(valeur),
                y2=self.y(valeur),
                stroke=couleur,
                stroke_width=3,
                stroke_dasharray=pointille,
                class_=["graphique-serie-2"],
            )
            for rang, valeur in enumerate(repere)
            if valeur is not None
        ]

    def ligne(self, valeurs: Sequence[int | None]) -> list[svg.Element]:
        couleur, _, marqueur = STYLES[0]
        points = [(self.x(rang), self.y(v)) if v is not None else None for rang, v in enumerate(valeurs)]
        traits: list[svg.Element] = [
            svg.Polyline(
                points=sommets_svg([debut, fin]),
                fill="none",
                stroke=couleur,
                stroke_width=2.5,
                stroke_linecap="round",
                class_=["graphique-serie-1"],
            )
            for debut, fin in pairwise(points)
            if debut is not None and fin is not None
        ]
        return traits + [dessiner_marqueur(point, marqueur, couleur, 1) for point in points if point is not None]


def jauge(valeur: int | None, repere: int | None, but: int | None, *, maximum: int, titre: str = "") -> str:
    """Des cases pleines jusqu'à `valeur` ; un triangle plein sur le repère, un triangle creux sur le but.

    Sans titre, le dessin est muet : les mots voisins disent déjà tout.
    """
    elements: list[svg.Element] = []
    for rang in range(1, maximum + 1):
        est_pleine = valeur is not None and rang <= valeur
        elements.append(
            svg.Rect(
                x=_dixieme(2 + PAS_JAUGE * (rang - 1)),
                y=9,
                width=PAS_JAUGE - 3,
                height=10,
                rx=1.5,
                fill=STYLES[0][0] if est_pleine else FOND,
                stroke=STYLES[0][0] if est_pleine else TRAIT,
                stroke_width=1,
                class_=["graphique-groupe-1" if est_pleine else "graphique-fond"],
            )
        )
    if but is not None and but != repere:
        elements.append(_repere(but, est_plein=False))
    if repere is not None:
        elements.append(_repere(repere, est_plein=True))
    largeur = 4 + PAS_JAUGE * maximum
    if titre:
        return image_svg(elements, largeur, COTE_JAUGE, titre, titre, "graphique-jauge")
    return str(
        svg.SVG(
            elements=elements,
            viewBox=svg.ViewBoxSpec(0, 0, largeur, COTE_JAUGE),
            width=largeur,
            height=COTE_JAUGE,
            class_=["graphique", "graphique-jauge"],
            extra={"aria-hidden": "true", "focusable": "false"},
        )
    )


def _repere(rang: int, *, est_plein: bool) -> svg.Element:
    """Au bord droit de la case visée, un trait qui la traverse sous une tête de flèche."""
    x = _dixieme(2 + PAS_JAUGE * rang - 1.5)
    couleur = STYLES[1][0]
    sommets: list[Point] = [(x - 5, 0.5), (x + 5, 0.5), (x, 7)]
    return svg.G(
        elements=[
            svg.Line(
                x1=x,
                x2=x,
                y1=6,
                y2=23,
                stroke=couleur,
                stroke_width=2.5 if est_plein else 1.25,
                class_=["graphique-serie-2"],
            ),
            svg.Polygon(
                points=sommets_svg(sommets),
                fill=couleur if est_plein else "#ffffff",
                stroke=couleur,
                stroke_width=1.25,
                class_=["graphique-repere" if est_plein else "graphique-but"],
            ),
        ]
    )


def _filet(debut: Point, fin: Point, couleur: str) -> svg.Element:
    return svg.Line(
        x1=debut[0], y1=debut[1], x2=fin[0], y2=fin[1], stroke=couleur, stroke_width=1, class_=["graphique-toile"]
    )


def _dixieme(valeur: float) -> float:
    return round(valeur, 1)
