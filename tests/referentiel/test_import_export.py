from pathlib import Path

import pytest
import yaml

from referentiel.exports import en_yaml, exporter_referentiel
from referentiel.imports import lire_fichier
from referentiel.services import importer_referentiel

FICHIER = Path(__file__).resolve().parents[2] / "fixtures" / "referentiel" / "trpm.yaml"


@pytest.mark.django_db
def test_l_export_egale_le_fichier_de_faits():
    version = importer_referentiel(lire_fichier(FICHIER))
    arbre = exporter_referentiel(version)
    assert yaml.safe_load(en_yaml(arbre)) == yaml.safe_load(FICHIER.read_text())
