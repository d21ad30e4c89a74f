"""Le glossaire et les modèles disent les mêmes mots."""

import re

from django.apps import apps

from tests.architecture.sources import APPLICATIONS, RACINE

LIGNE = re.compile(r"^\| ([^|]+) \| `(\w+)` \| ([^|]+) \|$", re.M)
TITRE = re.compile(r"^## .*\(`(\w+)`\)$", re.M)


def _du_glossaire() -> dict[str, set[tuple[str, str]]]:
    """Application → {(mot, nom dans le code)}."""
    morceaux = TITRE.split((RACINE / "docs" / "glossaire.md").read_text())[1:]
    return {
        app: {(mot.strip(), nom) for mot, nom, _ in LIGNE.findall(texte)}
        for app, texte in zip(morceaux[::2], morceaux[1::2], strict=True)
    }


def test_le_glossaire_nomme_chaque_modele_et_rien_d_autre() -> None:
    modeles = {
        app: {(str(modele._meta.verbose_name), modele.__name__) for modele in apps.get_app_config(app).get_models()}
        for app in APPLICATIONS
    }
    assert _du_glossaire() == modeles
