"""Une classe prête à certifier : grilles publiées, deux situations par épreuve, RSP et RMO côte à côte."""

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest

from centres.models import Classe, Inscription, Utilisateur
from certification.models import Commission, Grille
from certification.services.commissions import ouvrir
from certification.services.grilles import publier_grilles_par_defaut
from certification.services.propositions import (
    changer_etat,
    positionner_competence,
    proposer_note,
    rediger_synthese,
    retirer_position,
)
from evaluations.models import Situation
from referentiel.models import Competence, Epreuve, VersionReferentiel
from tests.certification.fabrique_seance import fabriquer_commission
from tests.certification.preuves import fabriquer_inventaire, fabriquer_situation, tout_positionner


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


@pytest.fixture
def epreuve(classe: Classe) -> Epreuve:
    return classe.version.epreuves.get(code="E2")


@pytest.fixture
def c4(classe: Classe) -> Competence:
    return Competence.objects.get(version=classe.version, code="C4")


@pytest.fixture
def commission(
    classe: Classe, chef: Utilisateur, enseignante: Utilisateur, membre_commission: Utilisateur
) -> Commission:
    return fabriquer_commission(classe, chef, enseignante, membre_commission)


@pytest.fixture
def seance(
    commission: Commission,
    candidats: list[Inscription],
    situations: dict[str, Situation],
    enseignante: Utilisateur,
) -> Commission:
    """Ouverte ; chacun a le niveau 3 partout en E2, soit 13,33 et 13,5."""
    for inscription in candidats:
        tout_positionner(situations["S1"], inscription, enseignante, 3)
    return ouvrir(utilisateur=enseignante, commission=commission)


@pytest.fixture
def ecrire(
    seance: Commission, ines: Inscription, epreuve: Epreuve, c4: Competence, membre_commission: Utilisateur
) -> dict[str, Callable[..., Any]]:
    """Chaque acte d'un membre, prêt à l'emploi ; tout se remplace par mot-clé."""
    cible = {"utilisateur": membre_commission, "commission": seance, "inscription": ines}
    sur_epreuve = {**cible, "epreuve": epreuve, "version": 1}
    sur_competence = {**cible, "competence": c4, "motif": "Vu au démontage", "version": 0}
    return {
        "positionner": lambda **a: positionner_competence(**{**sur_competence, "niveau": 4, **a}),
        "retirer": lambda **a: retirer_position(**{**sur_competence, **a}),
        "proposer": lambda **a: proposer_note(**{**sur_epreuve, **a}),
        "etat": lambda **a: changer_etat(**{**sur_epreuve, "etat": "absent", **a}),
        "synthese": lambda **a: rediger_synthese(**{**sur_epreuve, "texte": "Sérieuse", **a}),
    }
