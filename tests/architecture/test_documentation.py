"""La documentation d'exploitation nomme chaque variable d'environnement, et aucune qui n'existe pas."""

import re

from tests.architecture.sources import PYTHON, RACINE, SCRIPTS

DECLAREE = re.compile(r"^\| `([A-Z_]+)` \|", re.M)
LUE_PAR_PYTHON = re.compile(r"""env\.\w+\(\s*["']([A-Z_]+)["']""")
LUE_PAR_BASH = re.compile(r"\$\{(TRPM_[A-Z]+)")


def test_chaque_variable_d_environnement_est_documentee() -> None:
    declarees = set(DECLAREE.findall((RACINE / "docs" / "exploitation.md").read_text()))
    lues = {nom for fichier in PYTHON for nom in LUE_PAR_PYTHON.findall(fichier.read_text())}
    lues |= {nom for script in SCRIPTS for nom in LUE_PAR_BASH.findall(script.read_text())}
    assert lues == declarees
