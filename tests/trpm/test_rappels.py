"""Partout où l'on écrit librement sur quelqu'un, la page rappelle ce qui n'a pas à l'être (DOMAINE §4)."""

import re
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path

import pytest
from django import forms

from tests.architecture.sources import GABARITS, PYTHON, RACINE, nom

RAPPEL = re.compile(r"santé", re.I)
LIBRE = re.compile(r"<textarea\b|name=\"motif\"")
INCLUSION = re.compile(r"""{%\s*include\s+["']([^"']+)["']""")
MODULES_DE_FORMULAIRES = sorted(
    ".".join(fichier.relative_to(RACINE).with_suffix("").parts).removesuffix(".__init__")
    for fichier in PYTHON
    if fichier.stem in {"forms", "formulaires"} or "forms" in fichier.parts
)


def _formulaires() -> Iterator[type[forms.BaseForm]]:
    for module in map(import_module, MODULES_DE_FORMULAIRES):
        for objet in vars(module).values():
            if isinstance(objet, type) and issubclass(objet, forms.BaseForm) and objet.__module__ == module.__name__:
                yield objet


def _champs_libres(formulaire: type[forms.BaseForm]) -> dict[str, forms.Field]:
    return {
        nom: champ
        for nom, champ in formulaire.base_fields.items()
        if isinstance(champ.widget, forms.Textarea) or nom == "motif"
    }


def test_les_formulaires_a_texte_libre_sont_connus() -> None:
    """Sans quoi les tests qui suivent ne vérifieraient rien."""
    libres = {formulaire.__name__ for formulaire in _formulaires() if _champs_libres(formulaire)}
    assert libres >= {"SituationForm", "DeverrouillageForm", "MotifForm", "CommunicationForm"}


@pytest.mark.parametrize("formulaire", list(_formulaires()), ids=lambda formulaire: formulaire.__name__)
def test_chaque_champ_libre_d_un_formulaire_porte_le_rappel(formulaire: type[forms.BaseForm]) -> None:
    muets = [nom for nom, champ in _champs_libres(formulaire).items() if not RAPPEL.search(str(champ.help_text))]
    assert muets == []


def _pages_de(fragment: Path) -> list[Path]:
    """Les gabarits qui incluent celui-ci, jusqu'aux pages."""
    chemin = str(fragment.relative_to(RACINE / "templates"))
    directes = [gabarit for gabarit in GABARITS if chemin in INCLUSION.findall(gabarit.read_text())]
    return [page for direct in directes for page in (_pages_de(direct) if direct.name.startswith("_") else [direct])]


@pytest.mark.parametrize("gabarit", [gabarit for gabarit in GABARITS if LIBRE.search(gabarit.read_text())], ids=nom)
def test_chaque_zone_de_texte_d_un_gabarit_voit_le_rappel(gabarit: Path) -> None:
    if RAPPEL.search(gabarit.read_text()):
        return
    pages = _pages_de(gabarit) if gabarit.name.startswith("_") else [gabarit]
    assert pages != []
    assert [nom(page) for page in pages if not RAPPEL.search(page.read_text())] == []
