"""« d'Aïcha », « qu'Inès », « de Yanis » : l'élision devant un prénom."""

import pytest

from trpm.socle.elision import elider


@pytest.mark.parametrize(
    "nom", ["Aïcha", "Inès", "Émile", "Œdipe", "Oumar", "Yves", "Hugo", "Hélène", "Aubert Camille"]
)
def test_une_voyelle_ou_un_h_muet_elide(nom):
    assert (elider("de", nom), elider("que", nom)) == (f"d'{nom}", f"qu'{nom}")


@pytest.mark.parametrize("nom", ["Marc", "Yanis", "Yann", "Hamza", "Ouassim", "Zoé", "", "3A"])
def test_une_consonne_n_elide_pas(nom):
    assert (elider("de", nom), elider("que", nom)) == (f"de {nom}", f"que {nom}")
