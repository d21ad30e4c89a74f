"""Un fichier, une fonction, une vue se lisent d'une traite, et disent à quoi ils servent."""

import ast
import re
from collections import defaultdict

from tests.architecture.sources import GABARITS, PYTHON, SCRIPTS, STATIQUES, TESTS, arbre, fonctions, lignes, nom

# Une feuille de style est une liste de déclarations, une par ligne : elle se parcourt, elle ne se suit pas.
LIMITES = defaultdict(lambda: 400, {".css": 700})
EN_ATTENTE = re.compile(r"\b(TODO|FIXME|XXX|HACK)\b")


def test_aucun_fichier_n_atteint_quatre_cents_lignes() -> None:
    fichiers = [*PYTHON, *TESTS, *GABARITS, *STATIQUES, *SCRIPTS]
    assert [nom(fichier) for fichier in fichiers if fichier.read_text().count("\n") >= LIMITES[fichier.suffix]] == []


def test_aucune_fonction_n_atteint_cinquante_lignes() -> None:
    longues = [
        f"{nom(fichier)}:{fonction.name}"
        for fichier in [*PYTHON, *TESTS]
        for fonction in fonctions(fichier)
        if lignes(fonction) >= 50
    ]
    assert longues == []


def test_une_vue_tient_en_trente_lignes() -> None:
    vues = [fichier for fichier in PYTHON if fichier.name == "views.py" or fichier.parent.name == "views"]
    assert vues != []
    assert [f"{nom(f)}:{vue.name}" for f in vues for vue in fonctions(f) if lignes(vue) > 30] == []


def test_un_module_dit_d_abord_a_quoi_il_sert() -> None:
    muets = [nom(f) for f in [*PYTHON, *TESTS] if f.read_text().strip() and not ast.get_docstring(arbre(f))]
    assert muets == []


def test_rien_n_est_laisse_pour_plus_tard() -> None:
    fichiers = [*PYTHON, *GABARITS, *STATIQUES, *SCRIPTS]
    assert [nom(fichier) for fichier in fichiers if EN_ATTENTE.search(fichier.read_text())] == []
