"""Une distribution où chaque personne reste un point : rien n'est regroupé, rien n'est moyenné."""

from collections import Counter
from collections.abc import Sequence
from html import escape

import svg

from trpm.socle.graphiques import ATTENUE, MOTIFS, TRAIT, arrondi, ecrire, image_svg

MARGE, PAS, RAYON, PIED = 16.0, 11.0, 4.5, 24.0


def nuage(
    valeurs: Sequence[tuple[str, float]],
    *,
    titre: str,
    description: str,
    maximum: int = 20,
    seuil: float | None = None,
    largeur: float = 420,
) -> str:
    """Un axe de 0 à `maximum`, un point par (nom, valeur) ; les valeurs égales s'empilent. `seuil` : un repère."""
    piles: Counter[float] = Counter()
    echelle = (largeur - 2 * MARGE) / maximum
    hauteur = PIED + PAS * max([4, *Counter(valeur for _, valeur in valeurs).values()]) + RAYON
    base = hauteur - PIED
    elements: list[svg.Element] = [
        svg.Line(x1=MARGE, x2=arrondi(largeur - MARGE), y1=base, y2=base, stroke=TRAIT, class_=["graphique-trait"])
    ]
    for graduation in range(0, maximum + 1, 5):
        x = arrondi(MARGE + graduation * echelle)
        elements.append(svg.Line(x1=x, x2=x, y1=base, y2=base + 4, stroke=TRAIT, class_=["graphique-trait"]))
        elements.append(ecrire(str(graduation), x, base + 18, "middle", taille=12))
    if seuil is not None:
        x = arrondi(MARGE + seuil * echelle)
        elements.append(svg.Line(x1=x, x2=x, y1=2, y2=base, stroke=ATTENUE, stroke_dasharray=[3, 3]))
    for nom, valeur in valeurs:
        y = arrondi(base - RAYON - 1 - PAS * piles[valeur])
        piles[valeur] += 1
        x = arrondi(MARGE + valeur * echelle)
        elements.append(
            svg.Circle(
                cx=x,
                cy=y,
                r=RAYON,
                fill=MOTIFS[0],
                class_=["graphique-groupe-1"],
                elements=[svg.Title(text=escape(nom))],
            )
        )
    return image_svg(elements, largeur, hauteur, titre, description, "graphique-nuage")
