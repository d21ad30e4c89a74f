"""Une classe prête à certifier : grilles publiées, deux situations par épreuve, RSP et RMO côte à côte."""

from datetime import date

import pytest

from centres.models import Classe, Inscription, Utilisateur
from certification.models import Grille
from certification.services.grilles import publier_grilles_par_defaut
from evaluations.models import Situation
from referentiel.models import VersionReferentiel
from tests.certification.preuves import fabriquer_inventaire, fabriquer_situation


@pytest.fixture
def grilles(referentiel: VersionReferentiel) -> list[Grille]:
    return publier_grilles_par_defaut(referentiel)


@pytest.fixture
def situations(classe: Classe, enseignante: Utilisateur, grilles: list[Grille]) -> dict[str, Situation]:
    """S1 et S2 pour E2, S3 et S4 pour E31, S5 et S6 pour E32."""
    creees = {}
    for rang, epreuve in enumerate(("E2", "E2", "E31", "E31", "E32", "E32"), start=1):
        code = f"S{rang}"
        creees[code] = fabriquer_situation(classe, enseignante, code, epreuve, debut=date(2026, 1, 10 + rang))
        fabriquer_inventaire(creees[code])
    return creees


@pytest.fixture
def candidats(situations: dict[str, Situation], inscriptions: list[Inscription]) -> list[Inscription]:
    return inscriptions
