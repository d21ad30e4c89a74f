"""Graphiques SVG sans mot du métier : couleurs en attributs, lisibles en noir et blanc, à l'écran et en PDF.

Les classes `graphique-*` laissent la feuille de style adapter les couleurs au thème sombre. L'équivalent en texte
(un tableau, d'ordinaire) est donné par la page : l'image n'a que son titre et sa description.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from html import escape
from math import ceil, cos, pi, sin
from typing import Literal

import svg

Nombre = int | float | Fraction
Point = tuple[float, float]
Pointille = list[Decimal | float | int] | Literal["none"]

ENCRE = "#1b2430"
ATTENUE = "#4b5563"
TRAIT = "#8a94a3"
FILET = "#d5dae1"
FOND = "#eceff3"
POLICE = "system-ui, Inter, 'DejaVu Sans', sans-serif"
# Couleur, pointillé et marqueur changent ensemble : une seule de ces différences suffit à distinguer deux séries.
STYLES: tuple[tuple[str, Pointille, str], ...] = (
    ("#14507a", "none", "rond"),
    ("#b4430b", [7, 4], "carre"),
    ("#1a7a4a", [2, 4], "triangle"),
    ("#5b3a8c", [9, 3, 2, 3], "losange"),
)
MOTIFS: tuple[str, ...] = ("#14507a", "#b4430b", "#1a7a4a", "#5b3a8c")


@dataclass(frozen=True)
class Serie:
    """Une courbe de radar ; None = valeur absente, qui laisse un trou et ne compte jamais pour zéro."""

    nom: str
    valeurs: Sequence[Nombre | None]


@dataclass(frozen=True)
class Barre:
    """Une barre horizontale : sa longueur (`valeur`), ce qui s'écrit à droite, et le groupe qui donne la couleur."""

    libelle: str
    valeur: Nombre
    etiquette: str
    groupe: int = 0


def radar(
    axes: Sequence[str],
    series: Sequence[Serie],
    *,
    maximum: Nombre,
    titre: str,
    description: str,
    minimum: Nombre = 0,
    graduations: Sequence[Nombre] | None = None,
    marque_absente: str = "·",
) -> str:
    """Radar de 3 à 16 axes ; `minimum` est au centre, les graduations sont des polygones (par défaut les entiers)."""
    if not 3 <= len(axes) <= 16 or not 1 <= len(series) <= len(STYLES):
        raise ValueError("un radar a de 3 à 16 axes et de 1 à 4 séries")
    if any(len(serie.valeurs) != len(axes) for serie in series):
        raise ValueError("chaque série a une valeur (ou None) par axe")
    if graduations is None:
        graduations = [*range(ceil(float(minimum)) + 1, int(maximum)), maximum]
    trace = _Radar(len(axes), float(minimum), float(maximum))
    absents = [all(serie.valeurs[rang] is None for serie in series) for rang in range(len(axes))]
    elements = [
        *trace.toile(graduations),
        *trace.rayons(axes, absents, marque_absente),
        *(trait for rang, serie in enumerate(series) for trait in trace.serie(serie, STYLES[rang])),
        *(trait for rang, serie in enumerate(series) for trait in trace.legende(rang, serie.nom)),
    ]
    hauteur = 2 * CENTRE + 26 * ceil(len(series) / 2)
    return image_svg(elements, 2 * CENTRE, hauteur, titre, description, "graphique-radar")


def barres_ponderees(
    lignes: Sequence[Barre],
    *,
    titre: str,
    description: str,
    maximum: Nombre | None = None,
    largeur_libelle: float = 56,
    largeur: float = 420,
) -> str:
    """Barres horizontales à une échelle commune ; chaque groupe a sa couleur et sa hachure."""
    echelle = float(maximum if maximum is not None else max((ligne.valeur for ligne in lignes), default=1)) or 1
    place = largeur - largeur_libelle - 110
    elements: list[svg.Element] = []
    for rang, ligne in enumerate(lignes):
        y = rang * 26.0
        longueur = arrondi(place * min(float(ligne.valeur) / echelle, 1))
        elements += [
            ecrire(ligne.libelle, largeur_libelle - 8, y + 17, "end", taille=13, gras=True),
            svg.Rect(
                x=largeur_libelle, y=y + 4, width=arrondi(place), height=18, rx=2, fill=FOND, class_=["graphique-fond"]
            ),
            *_barre(largeur_libelle, y + 4, longueur, ligne.groupe),
            ecrire(ligne.etiquette, largeur_libelle + place + 8, y + 17, "start", taille=13),
        ]
    return image_svg(elements, largeur, max(len(lignes), 1) * 26.0, titre, description, "graphique-barres")


def _barre(x: float, y: float, longueur: float, groupe: int) -> list[svg.Element]:
    """Le groupe se lit aussi sans couleur : plein, puis un, deux, trois traits clairs dans la barre."""
    couleur = MOTIFS[groupe % len(MOTIFS)]
    traits = [
        svg.Line(x1=x + 1, x2=x + max(longueur - 1, 1), y1=trait, y2=trait, stroke="#ffffff", stroke_width=2)
        for trait in _traits_clairs(y, groupe % len(MOTIFS))
    ]
    return [
        svg.Rect(
            x=x, y=y, width=longueur, height=18, rx=2, fill=couleur, class_=[f"graphique-groupe-{groupe % 4 + 1}"]
        ),
        *(traits if longueur > 3 else []),
    ]


def _traits_clairs(y: float, nombre: int) -> list[float]:
    return [arrondi(y + 18 * (rang + 1) / (nombre + 1)) for rang in range(nombre)]


CENTRE = 190.0
RAYON = 126.0


class _Radar:
    """Géométrie d'un radar : premier axe en haut, puis dans le sens des aiguilles d'une montre."""

    def __init__(self, nombre: int, minimum: float, maximum: float) -> None:
        if maximum <= minimum:
            raise ValueError("le maximum d'un radar dépasse son minimum")
        self.nombre = nombre
        self.minimum = minimum
        self.etendue = maximum - minimum

    def point(self, rang: int, rayon: float) -> Point:
        angle = 2 * pi * rang / self.nombre - pi / 2
        return arrondi(CENTRE + rayon * cos(angle)), arrondi(CENTRE + rayon * sin(angle))

    def rayon(self, valeur: Nombre) -> float:
        part = (float(valeur) - self.minimum) / self.etendue
        return RAYON * min(max(part, 0), 1)

    def toile(self, graduations: Sequence[Nombre]) -> list[svg.Element]:
        elements: list[svg.Element] = []
        for graduation in graduations:
            sommets = [self.point(rang, self.rayon(graduation)) for rang in range(self.nombre)]
            dernier = self.rayon(graduation) >= RAYON
            elements.append(
                svg.Polygon(
                    points=sommets_svg(sommets),
                    fill="none",
                    stroke=TRAIT if dernier else FILET,
                    stroke_width=1,
                    class_=["graphique-toile"],
                )
            )
        return elements + [self._graduation(graduation) for graduation in graduations]

    def _graduation(self, graduation: Nombre) -> svg.Element:
        """Écrite entre le premier et le dernier axe, là où aucune valeur ne se pose."""
        x, y = self.point(0, self.rayon(graduation))
        return ecrire(f"{float(graduation):g}".replace(".", ","), x - 5, y + 13, "end", taille=11, couleur=ATTENUE)

    def rayons(self, axes: Sequence[str], absents: Sequence[bool], marque: str) -> list[svg.Element]:
        elements: list[svg.Element] = []
        for rang, (axe, absent) in enumerate(zip(axes, absents, strict=True)):
            x, y = self.point(rang, RAYON)
            elements.append(
                svg.Line(
                    x1=CENTRE,
                    y1=CENTRE,
                    x2=x,
                    y2=y,
                    stroke=TRAIT if absent else FILET,
                    stroke_width=1,
                    stroke_dasharray=[1, 5] if absent else "none",
                    class_=["graphique-toile"],
                )
            )
            x, y = self.point(rang, RAYON + 16)
            texte = f"{axe} {marque}" if absent else axe
            couleur = ATTENUE if absent else ENCRE
            elements.append(ecrire(texte, x, y + 5, _ancre(x), taille=14, gras=not absent, couleur=couleur))
        return elements

    def serie(self, serie: Serie, style: tuple[str, Pointille, str]) -> list[svg.Element]:
        """Un polygone fermé quand tout est connu, sinon les seuls segments entre deux axes voisins connus."""
        couleur, pointille, marqueur = style
        rang_style = STYLES.index(style) + 1
        points = [
            None if valeur is None else self.point(rang, self.rayon(valeur))
            for rang, valeur in enumerate(serie.valeurs)
        ]
        connus = [point for point in points if point is not None]
        if len(connus) == self.nombre:
            traits: list[svg.Element] = [
                svg.Polygon(
                    points=sommets_svg(connus),
                    fill=couleur,
                    fill_opacity=0.1,
                    stroke=couleur,
                    stroke_width=2.5,
                    stroke_dasharray=pointille,
                    stroke_linejoin="round",
                    class_=[f"graphique-serie-{rang_style}"],
                )
            ]
        else:
            traits = [
                _trait(debut, fin, couleur, pointille, rang_style)
                for debut, fin in zip(points, [*points[1:], points[0]], strict=True)
                if debut is not None and fin is not None
            ]
        return traits + [dessiner_marqueur(point, marqueur, couleur, rang_style) for point in connus]

    def legende(self, rang: int, nom: str) -> list[svg.Element]:
        couleur, pointille, marqueur = STYLES[rang]
        x = 16.0 + (rang % 2) * CENTRE
        y = 2 * CENTRE + 10 + 26.0 * (rang // 2)
        return [
            _trait((x, y), (x + 34, y), couleur, pointille, rang + 1),
            dessiner_marqueur((x + 17, y), marqueur, couleur, rang + 1),
            ecrire(nom, x + 42, y + 5, "start", taille=13),
        ]


def _trait(debut: Point, fin: Point, couleur: str, pointille: Pointille, rang: int) -> svg.Element:
    return svg.Line(
        x1=debut[0],
        y1=debut[1],
        x2=fin[0],
        y2=fin[1],
        stroke=couleur,
        stroke_width=2.5,
        stroke_dasharray=pointille,
        stroke_linecap="round",
        class_=[f"graphique-serie-{rang}"],
    )


def dessiner_marqueur(point: Point, forme: str, couleur: str, rang: int) -> svg.Element:
    x, y = point
    classe = [f"graphique-marqueur-{rang}"]
    if forme == "rond":
        return svg.Circle(cx=x, cy=y, r=4.5, fill=couleur, class_=classe)
    ecarts = {
        "carre": [(-4.5, -4.5), (4.5, -4.5), (4.5, 4.5), (-4.5, 4.5)],
        "triangle": [(0, -6), (5.5, 4.5), (-5.5, 4.5)],
        "losange": [(0, -6.5), (6.5, 0), (0, 6.5), (-6.5, 0)],
    }[forme]
    sommets = [(arrondi(x + dx), arrondi(y + dy)) for dx, dy in ecarts]
    return svg.Polygon(points=sommets_svg(sommets), fill="#ffffff", stroke=couleur, stroke_width=2, class_=classe)


def ecrire(
    texte: str,
    x: float,
    y: float,
    ancre: Literal["start", "middle", "end"],
    *,
    taille: int,
    gras: bool = False,
    couleur: str = ENCRE,
) -> svg.Element:
    return svg.Text(
        text=escape(texte),
        x=arrondi(x),
        y=arrondi(y),
        text_anchor=ancre,
        font_size=taille,
        font_weight="bold" if gras else "normal",
        font_family=POLICE,
        fill=couleur,
        class_=["graphique-attenue" if couleur == ATTENUE else "graphique-texte"],
    )


def _ancre(x: float) -> Literal["start", "middle", "end"]:
    if abs(x - CENTRE) < 12:
        return "middle"
    return "start" if x > CENTRE else "end"


def sommets_svg(points: Sequence[Point]) -> list[svg.Point]:
    return [svg.Point(x, y) for x, y in points]


def arrondi(valeur: float) -> float:
    return round(valeur, 2)


def image_svg(
    elements: Sequence[svg.Element], largeur: float, hauteur: float, titre: str, description: str, classe: str
) -> str:
    return str(
        svg.SVG(
            elements=[svg.Title(text=escape(titre)), svg.Desc(text=escape(description)), *elements],
            viewBox=svg.ViewBoxSpec(0, 0, arrondi(largeur), arrondi(hauteur)),
            width=arrondi(largeur),
            height=arrondi(hauteur),
            class_=["graphique", classe],
            extra={"role": "img"},
        )
    )
