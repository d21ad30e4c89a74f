"""Qui lit quoi des trois ans, et ce que la base refuse."""

from datetime import date
from typing import Any

import pytest
from django.contrib.auth.models import AnonymousUser
from django.db import IntegrityError, transaction
from django.db.models import BaseConstraint
from django.utils import timezone

from centres.models import Classe, Inscription, Utilisateur
from evaluations.enums import EtatBilan
from evaluations.models import (
    AutoEvaluation,
    BilanPeriode,
    CampagneBilans,
    Echelle,
    NiveauAttendu,
    PiecePortfolio,
    Sequence,
)
from tests.evaluations.fabrique_progression import (
    cohorte_de,
    fabriquer_auto_evaluation,
    fabriquer_bilan,
    fabriquer_campagne,
    fabriquer_echelle,
    fabriquer_piece,
    fabriquer_sequence,
)

TABLES = (Echelle, Sequence, CampagneBilans, BilanPeriode, PiecePortfolio, AutoEvaluation)


@pytest.fixture
def trois_ans(classe: Classe, ines: Inscription, lucas: Inscription, enseignante: Utilisateur) -> CampagneBilans:
    """Un exemplaire de chaque objet, deux bilans d'Inès dont un formalisé, et tout ce qui est à Lucas."""
    fabriquer_echelle(classe, enseignante, {("C1.1", 1): 2})
    fabriquer_sequence(classe, enseignante, 1, 2)
    campagne = fabriquer_campagne(classe, enseignante, date(2025, 12, 1))
    suivante = fabriquer_campagne(classe, enseignante, date(2026, 3, 1))
    fabriquer_bilan(campagne, ines, etat=EtatBilan.FORMALISE)
    fabriquer_bilan(suivante, ines)
    fabriquer_bilan(campagne, lucas, etat=EtatBilan.FORMALISE)
    for inscription in (ines, lucas):
        fabriquer_piece(inscription, enseignante, f"G01 X{inscription.pk}".encode())
        fabriquer_auto_evaluation(inscription, "C1", 3)
    return campagne


@pytest.mark.parametrize(
    ("qui", "attendu"),
    [
        ("collegue", (1, 1, 2, 3, 2, 2)),
        ("inspecteur", (1, 1, 2, 3, 2, 2)),
        # Ses bilans formalisés, son portfolio, ses auto-évaluations : rien de l'équipe, rien de Lucas.
        ("compte_apprenant", (0, 0, 0, 1, 1, 1)),
        ("etranger", (0, 0, 0, 0, 0, 0)),
        ("ancien", (0, 0, 0, 0, 0, 0)),
        ("administrateur", (0, 0, 0, 0, 0, 0)),
    ],
)
def test_chacun_lit_ce_qui_le_regarde(
    request: pytest.FixtureRequest, trois_ans: CampagneBilans, qui: str, attendu: tuple[int, ...]
) -> None:
    personne = request.getfixturevalue(qui)
    assert tuple(table.objects.visibles_par(personne).count() for table in TABLES) == attendu
    assert not any(table.objects.visibles_par(AnonymousUser()).exists() for table in TABLES)


@pytest.mark.parametrize(
    ("table", "champs"),
    [
        (NiveauAttendu, {"niveau": 5}),
        (NiveauAttendu, {"detaillee": None, "competence": None}),
        (BilanPeriode, {"etat": EtatBilan.FORMALISE, "formalise_le": None}),
        (BilanPeriode, {"etat": EtatBilan.PREPARE, "formalise_le": timezone.now()}),
        (BilanPeriode, {"etat": EtatBilan.PREPARE, "formalise_le": None, "arrete_le": None}),
        (BilanPeriode, {"apprenant_present": True, "entretien_le": None}),
        (AutoEvaluation, {"niveau": 0}),
        (Sequence, {"duree_heures": 0}),
        (PiecePortfolio, {"nature": "film"}),
    ],
)
def test_la_base_refuse_ce_qui_ne_tient_pas(trois_ans: CampagneBilans, table: Any, champs: dict[str, Any]) -> None:
    premiere = table.objects.order_by("pk").values("pk")[:1]
    with pytest.raises(IntegrityError), transaction.atomic():
        table.objects.filter(pk__in=list(premiere.values_list("pk", flat=True))).update(**champs)


def test_une_cohorte_n_a_qu_un_brouillon(trois_ans: CampagneBilans, classe: Classe, enseignante: Utilisateur) -> None:
    fabriquer_echelle(classe, enseignante, numero=2, publiee_le=None)
    with pytest.raises(IntegrityError), transaction.atomic():
        fabriquer_echelle(classe, enseignante, numero=3, publiee_le=None)
    assert cohorte_de(classe) == 2023


@pytest.mark.parametrize(
    "contrainte",
    [une for table in (*TABLES, NiveauAttendu) for une in table._meta.constraints],
    ids=lambda une: une.name,
)
def test_un_refus_de_la_base_se_lit_en_francais(contrainte: BaseConstraint) -> None:
    message = contrainte.get_violation_error_message()
    assert message != contrainte.default_violation_error_message
    assert message.endswith(".")
