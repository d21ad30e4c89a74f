"""Ce que les tests d'architecture lisent : nos fichiers, sans migrations ni environnement."""

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from django.conf import settings

RACINE = Path(settings.BASE_DIR)
APPLICATIONS = ["referentiel", "centres", "evaluations", "certification"]
PAQUETS = [*APPLICATIONS, "trpm"]
# Le calcul : bibliothèque standard et rationnels exacts, rien d'autre.
NOYAU = [
    "referentiel/reglement.py",
    "evaluations/synthese.py",
    "certification/bareme.py",
    "certification/notation.py",
    "certification/phrases.py",
    "certification/syntheses.py",
    "certification/json_strict.py",
    "certification/dossier_json.py",
    "certification/archive_json.py",
    "certification/pourquoi.py",
]
GABARITS = sorted((RACINE / "templates").rglob("*.html"))
PYTHON = sorted(
    fichier for paquet in PAQUETS for fichier in (RACINE / paquet).rglob("*.py") if "migrations" not in fichier.parts
)
TESTS = sorted((RACINE / "tests").rglob("*.py"))
STATIQUES = sorted(fichier for fichier in (RACINE / "static").rglob("*") if fichier.suffix in {".css", ".js"})
SCRIPTS = [RACINE / "run", RACINE / "test", *sorted((RACINE / "outils").glob("*.sh"))]


@cache
def arbre(fichier: Path) -> ast.Module:
    return ast.parse(fichier.read_text())


def nom(fichier: Path) -> str:
    return str(fichier.relative_to(RACINE))


def fonctions(fichier: Path) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    for noeud in ast.walk(arbre(fichier)):
        if isinstance(noeud, ast.FunctionDef | ast.AsyncFunctionDef):
            yield noeud


def lignes(noeud: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    return (noeud.end_lineno or noeud.lineno) - noeud.lineno + 1


def application(fichier: Path) -> str | None:
    """L'application d'un fichier Python ou d'un gabarit ; None pour la navigation, les composants et l'ensemble."""
    parties = [partie for partie in fichier.relative_to(RACINE).parts if partie in APPLICATIONS]
    return parties[0] if parties else None


def plus_hautes(application_basse: str) -> list[str]:
    return APPLICATIONS[APPLICATIONS.index(application_basse) + 1 :]
