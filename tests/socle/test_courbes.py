"""Courbes et jauges répétées : un trou reste un trou, le repère et le but se distinguent sans couleur."""

from xml.etree import ElementTree

import pytest

from trpm.socle.courbes import Groupe, courbe, jauge

ANNEES = [Groupe("Seconde", 2), Groupe("Première", 2)]


def classes(brut: str) -> list[str]:
    # Notre propre SVG : rien d'étranger à craindre.
    image = ElementTree.fromstring(brut)  # noqa: S314
    assert not any(element.get("style") for element in image.iter())
    return [element.get("class", "") for element in image.iter()]


def test_une_courbe_relie_ce_qui_se_suit_et_laisse_les_trous() -> None:
    brut = courbe([1, None, 2, 3], [1, 2, None, 3], ANNEES, maximum=4, titre="C1 & C2", description="<b>")
    lues = classes(brut)
    assert (lues.count("graphique-marqueur-1"), lues.count("graphique-serie-1")) == (3, 1)
    # Une marche par attendu.
    assert lues.count("graphique-serie-2") == 3
    assert "<b>" not in brut
    assert "Première" in brut


def test_une_courbe_de_mauvaise_longueur_est_refusee() -> None:
    with pytest.raises(ValueError, match="autant de valeurs"):
        courbe([1], [1], ANNEES, maximum=4, titre="t", description="d")


def test_une_jauge_distingue_le_repere_du_but_et_se_tait_sans_titre() -> None:
    lues = classes(jauge(2, 3, 4, maximum=4))
    assert (lues.count("graphique-groupe-1"), lues.count("graphique-fond")) == (2, 2)
    assert (lues.count("graphique-repere"), lues.count("graphique-but")) == (1, 1)
    assert 'aria-hidden="true"' in jauge(2, 3, 4, maximum=4)
    # Le but déjà attendu ne se dessine pas deux fois ; sans échelle, rien.
    assert classes(jauge(None, 4, 4, maximum=4)).count("graphique-but") == 0
    assert "graphique-repere" not in classes(jauge(1, None, None, maximum=4))
    assert "<title>C1, niveau 2</title>" in jauge(2, 3, 4, maximum=4, titre="C1, niveau 2")
