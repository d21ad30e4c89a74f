"""Les notes proposées d'une session : un point par candidat, une bande par centre."""

from collections import Counter
from collections.abc import Sequence
from decimal import Decimal

import svg
from django.utils.safestring import SafeString

from certification.queries.inspection import CentreInspecte
from trpm.socle.graphiques import ATTENUE, FILET, TRAIT, arrondi, ecrire, image_svg

LARGEUR, MARGE_GAUCHE, MARGE_DROITE, BANDE, AXE = 720.0, 230.0, 16.0, 44.0, 26.0
RAYON, PAS = 3.6, 7.6
GRADUATIONS = (0, 5, 8, 10, 12, 14, 16, 20)
LONGUEUR_DU_NOM = 36


def points_par_epreuve(centres: Sequence[CentreInspecte]) -> list[tuple[str, SafeString]]:
    """Une image par épreuve dont une note au moins est proposée ; le tableau voisin donne les mêmes valeurs."""
    codes = dict.fromkeys(ligne.epreuve.code for centre in centres for ligne in centre.lignes)
    images = []
    for code in codes:
        bandes = [
            (str(centre.centre.nom), ligne.notes)
            for centre in centres
            for ligne in centre.lignes
            if ligne.epreuve.code == code and ligne.notes
        ]
        if bandes:
            images.append((code, bande_de_points(bandes, code)))
    return images


def bande_de_points(bandes: Sequence[tuple[str, Sequence[Decimal]]], code: str) -> SafeString:
    """Des notes égales s'empilent : aucun point n'en cache un autre."""
    elements: list[svg.Element] = []
    haut = 4.0
    for nom, notes in bandes:
        pile = max(Counter(notes).values())
        hauteur = max(BANDE, pile * PAS + 14)
        base = haut + hauteur - 8
        elements += [
            svg.Line(x1=MARGE_GAUCHE, x2=LARGEUR - MARGE_DROITE, y1=base, y2=base, stroke=FILET, stroke_width=1),
            ecrire(_court(nom), MARGE_GAUCHE - 10, base - 2, "end", taille=12),
            *_points(notes, base),
        ]
        haut += hauteur
    elements = [*_reperes(haut), *elements]
    total = sum(len(notes) for _, notes in bandes)
    return SafeString(
        image_svg(
            elements,
            LARGEUR,
            haut + AXE,
            f"Notes proposées au jury, {code}",
            f"Un point par candidat, une bande par centre : {total} notes. Les mêmes valeurs sont dans le tableau.",
            "graphique-points",
        )
    )


def _points(notes: Sequence[Decimal], base: float) -> list[svg.Element]:
    poses: Counter[Decimal] = Counter()
    elements: list[svg.Element] = []
    for note in notes:
        y = arrondi(base - 5 - poses[note] * PAS)
        poses[note] += 1
        elements.append(svg.Circle(cx=_x(note), cy=y, r=RAYON, fill="#14507a", class_=["graphique-groupe-1"]))
    return elements


def _reperes(bas: float) -> list[svg.Element]:
    """Le trait du 10 est plein : c'est là que se demande un commentaire."""
    elements: list[svg.Element] = []
    for valeur in GRADUATIONS:
        x = _x(Decimal(valeur))
        couleur = TRAIT if valeur == 10 else FILET
        elements += [
            svg.Line(x1=x, x2=x, y1=0, y2=bas, stroke=couleur, stroke_width=1),
            ecrire(str(valeur), x, bas + 16, "middle", taille=12, couleur=ATTENUE),
        ]
    return elements


def _x(note: Decimal) -> float:
    return arrondi(MARGE_GAUCHE + float(note) / 20 * (LARGEUR - MARGE_GAUCHE - MARGE_DROITE))


def _court(nom: str) -> str:
    return nom if len(nom) <= LONGUEUR_DU_NOM else f"{nom[: LONGUEUR_DU_NOM - 1]}…"
