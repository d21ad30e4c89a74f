"""Le calcul de la note ne connaît que la bibliothèque standard, et jamais de nombre à virgule flottante."""

import ast
import sys
from collections.abc import Iterator

import pytest

from tests.architecture.sources import NOYAU, RACINE, arbre

MODULES_DU_NOYAU = {chemin.removesuffix(".py").replace("/", ".") for chemin in NOYAU}
# Les faits du référentiel se lisent dans un fichier : dossier_json y vérifie codes et options, sans base.
AUSSI_ADMIS = {"certification.dossier_json": {"referentiel.faits"}}


# Sur une Fraction, ces deux-là rendent un entier exact.
ENTIERS_EXACTS = {"ceil", "floor"}


def _importes(chemin: str) -> Iterator[str]:
    for noeud in ast.walk(arbre(RACINE / chemin)):
        if isinstance(noeud, ast.Import):
            yield from (alias.name for alias in noeud.names)
        elif isinstance(noeud, ast.ImportFrom) and noeud.module in {"certification", "evaluations"}:
            yield from (f"{noeud.module}.{alias.name}" for alias in noeud.names)
        elif isinstance(noeud, ast.ImportFrom):
            yield noeud.module or ""


@pytest.mark.parametrize("chemin", NOYAU)
def test_le_noyau_n_importe_que_la_bibliotheque_standard(chemin: str) -> None:
    admis = MODULES_DU_NOYAU | AUSSI_ADMIS.get(chemin.removesuffix(".py").replace("/", "."), set())
    etrangers = {m for m in _importes(chemin) if m not in admis and m.split(".")[0] not in sys.stdlib_module_names}
    assert etrangers == set()


@pytest.mark.parametrize("chemin", NOYAU)
def test_le_noyau_calcule_sans_virgule_flottante(chemin: str) -> None:
    flottants = []
    for noeud in ast.walk(arbre(RACINE / chemin)):
        if isinstance(noeud, ast.Constant) and isinstance(noeud.value, float):
            flottants.append((noeud.lineno, noeud.value))
        if isinstance(noeud, ast.Call) and isinstance(noeud.func, ast.Name) and noeud.func.id in {"float", "round"}:
            flottants.append((noeud.lineno, noeud.func.id))
        if isinstance(noeud, ast.ImportFrom | ast.Import) and "math" in ast.unparse(noeud):
            flottants += [(noeud.lineno, alias.name) for alias in noeud.names if alias.name not in ENTIERS_EXACTS]
    assert flottants == []
