"""La situation commune aux tests de la grille."""

import pytest

from centres.models import Classe, Utilisateur
from evaluations.models import Situation
from tests.evaluations.fabrique_grille import fabriquer_situation


@pytest.fixture
def situation_e31(classe: Classe, enseignante: Utilisateur) -> Situation:
    """C6.1, C7.3 (deux libellés), C8.1 et C9.4 (RMO seulement)."""
    return fabriquer_situation(classe, enseignante, ["C6.1", "C7.3", "C8.1", "C9.4"])
