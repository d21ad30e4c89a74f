"""Les images SVG : lisibles sans couleur, sans style en ligne, et justes quand une valeur manque."""

import re
from fractions import Fraction
from xml.etree import ElementTree

import pytest
from weasyprint import HTML

from trpm.socle.graphiques import Barre, Serie, barres_ponderees, radar

SVG = "{http://www.w3.org/2000/svg}"
AXES = [f"C{rang}" for rang in range(1, 13)]


def lire(brut: str) -> ElementTree.Element:
    # Notre propre SVG : rien d'étranger à craindre.
    return ElementTree.fromstring(brut)  # noqa: S314


def dessiner(*series: Serie, axes: list[str] = AXES, **reglages: object) -> ElementTree.Element:
    return lire(radar(axes, series, maximum=3, titre="Titre", description="Description", **reglages))


def points(image: ElementTree.Element, rang: int) -> int:
    """Marqueurs posés sur le radar, celui de la légende ôté."""
    return len([element for element in image.iter() if element.get("class") == f"graphique-marqueur-{rang}"]) - 1


def segments(image: ElementTree.Element, rang: int) -> int:
    return len([trait for trait in image.iter(f"{SVG}line") if trait.get("class") == f"graphique-serie-{rang}"]) - 1


def test_une_serie_complete_est_un_polygone_ferme():
    image = dessiner(Serie("Retenu", [Fraction(7, 3)] * 12))
    assert [p.get("class") for p in image.iter(f"{SVG}polygon")].count("graphique-serie-1") == 1
    assert points(image, 1) == 12


def test_une_valeur_absente_laisse_un_trou_et_pas_un_zero():
    image = dessiner(Serie("Retenu", [3, None, *[2] * 10]))
    assert points(image, 1) == 11
    assert segments(image, 1) == 10
    assert "graphique-serie-1" not in [p.get("class") for p in image.iter(f"{SVG}polygon")]
    assert "C2 ·" in [texte.text for texte in image.iter(f"{SVG}text")]


def test_un_point_isole_se_voit_sans_trait():
    image = dessiner(Serie("Retenu", [2, *[None] * 11]))
    assert (points(image, 1), segments(image, 1)) == (1, 0)


def test_un_zero_est_un_point_au_centre():
    image = dessiner(Serie("Retenu", [0, *[None] * 11]))
    rond = next(element for element in image.iter(f"{SVG}circle"))
    assert (float(rond.get("cx")), float(rond.get("cy"))) == (190, 190)


def test_deux_series_different_par_le_trait_et_le_marqueur_pas_seulement_par_la_couleur():
    image = dessiner(Serie("Retenu", [1] * 12), Serie("Attendu", [2] * 12))
    polygones = [p for p in image.iter(f"{SVG}polygon") if p.get("class", "").startswith("graphique-serie")]
    assert len({p.get("stroke-dasharray") for p in polygones}) == 2
    assert {element.tag for element in image.iter() if "marqueur" in element.get("class", "")} == {
        f"{SVG}circle",
        f"{SVG}polygon",
    }


def test_l_image_a_un_role_un_titre_une_description_et_aucun_style():
    brut = radar(AXES, [Serie("x", [1] * 12)], maximum=3, titre="A & <b>", description="D")
    image = lire(brut)
    assert image.get("role") == "img"
    assert image.find(f"{SVG}title").text == "A & <b>"
    assert image.find(f"{SVG}desc").text == "D"
    assert not re.search(r"style=|<style|on\w+=", brut)


def test_un_libelle_ne_devient_jamais_une_balise():
    brut = radar(["<script>", "b", "c"], [Serie("</svg>", [1, 2, 3])], maximum=3, titre="t", description="d")
    assert "<script>" not in brut
    assert brut.count("</svg>") == 1


@pytest.mark.parametrize("nombre", [2, 17])
def test_un_radar_refuse_trop_ou_trop_peu_d_axes(nombre):
    with pytest.raises(ValueError, match="de 3 à 16 axes"):
        dessiner(Serie("x", [1] * nombre), axes=["a"] * nombre)


def test_une_serie_de_mauvaise_longueur_est_refusee():
    with pytest.raises(ValueError, match="une valeur"):
        dessiner(Serie("x", [1]))


def test_les_barres_sont_proportionnelles_et_marquees_par_groupe():
    image = lire(
        barres_ponderees(
            [Barre("a", 10, "10", 0), Barre("b", 5, "5", 1), Barre("c", 0, "0", 2)], titre="t", description="d"
        )
    )
    barres = [rect for rect in image.iter(f"{SVG}rect") if "groupe" in rect.get("class", "")]
    largeurs = [float(barre.get("width")) for barre in barres]
    assert largeurs[0] == 2 * largeurs[1]
    assert largeurs[2] == 0
    assert len(list(image.iter(f"{SVG}line"))) == 1


def test_sans_ligne_ni_valeur_l_image_reste_valide():
    lire(barres_ponderees([], titre="t", description="d"))
    lire(barres_ponderees([Barre("a", 0, "0")], titre="t", description="d"))


def test_weasyprint_rend_les_deux_images():
    html = radar(AXES, [Serie("x", [1, None, *[2] * 10])], maximum=3, titre="t", description="d")
    html += barres_ponderees([Barre("a", 1, "1", 3)], titre="t", description="d")
    assert HTML(string=html).write_pdf().startswith(b"%PDF")
