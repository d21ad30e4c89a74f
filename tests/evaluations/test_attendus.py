"""Ce qui est attendu et l'écart : cas lisibles par un formateur, puis ce qui doit toujours tenir."""

import tomllib
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evaluations.attendus import (
    NIVEAUX,
    Position,
    attendu_a,
    attendu_en_fin,
    de_la_competence,
    de_la_detaillee,
    ecart,
    ecart_a,
    proposer,
    reculs,
)

CAS = tomllib.loads((Path(__file__).parent / "cas" / "attendus.toml").read_text())["cas"]
RANGS = st.integers(1, 6)
POSES = st.dictionaries(RANGS, st.one_of(st.none(), st.sampled_from(NIVEAUX)))
MONTRE = st.one_of(st.none(), st.sampled_from(NIVEAUX))


@pytest.mark.parametrize("cas", CAS, ids=lambda cas: cas["nom"])
def test_cas(cas: dict[str, Any]) -> None:
    poses = {int(rang): niveau for rang, niveau in cas["poses"].items()}
    lu = ecart_a(cas.get("niveau"), poses, cas["rang"])
    attendu = {"periode": None, "fin": None, **cas["attendu"]}
    assert {champ: getattr(lu, champ) for champ in attendu} == attendu


@given(POSES, RANGS, MONTRE)
def test_l_attendu_ne_recule_jamais_et_la_fin_le_borne(poses: dict[int, int | None], rang: int, niveau: Any) -> None:
    suite = [attendu_a(poses, un) or 0 for un in range(1, 7)]
    assert suite == sorted(suite)
    assert suite[-1] == (attendu_en_fin(poses) or 0)
    lu = ecart_a(niveau, poses, rang)
    assert 0 <= lu.manque <= lu.reste <= 4
    assert (lu.position is Position.EN_DECA) == (niveau is not None and lu.manque > 0)
    assert lu.phrase


@given(POSES, RANGS, st.sampled_from((1, 2, 3)))
def test_montrer_mieux_ne_creuse_jamais_l_ecart(poses: dict[int, int | None], rang: int, niveau: int) -> None:
    avant, apres = ecart_a(niveau, poses, rang), ecart_a(niveau + 1, poses, rang)
    assert (apres.manque, apres.reste) <= (avant.manque, avant.reste)


@given(POSES, st.lists(POSES, max_size=4), RANGS)
def test_une_competence_vaut_le_plus_haut_de_ses_detaillees_ou_ce_qu_elle_dit(
    propres: dict[int, int | None], detaillees: list[dict[int, int | None]], rang: int
) -> None:
    lus = de_la_competence(propres, detaillees)
    if any(propres.values()):
        assert lus == propres
    else:
        assert (attendu_a(lus, rang) or 0) == max((attendu_a(une, rang) or 0 for une in detaillees), default=0)
    assert de_la_detaillee({}, propres) == propres
    assert de_la_detaillee({1: 2}, propres) == {1: 2}


@given(st.integers(1, 8), st.sampled_from(NIVEAUX))
def test_la_proposition_monte_jusqu_au_niveau_vise(nombre: int, vise: int) -> None:
    proposes = {rang: proposer(rang, nombre, vise) for rang in range(1, nombre + 1)}
    assert proposes[nombre] == vise
    assert reculs(proposes) == ()
    assert set(proposes.values()) <= set(NIVEAUX)


def test_trois_ans_montent_d_un_niveau_par_an() -> None:
    assert [proposer(rang, 6) for rang in range(1, 7)] == [1, 1, 2, 2, 3, 3]
    assert reculs({1: 2, 2: 1, 3: None, 4: 2}) == (2,)


@pytest.mark.parametrize("valeurs", [(5, 1, 1), (1, 0, 1), (1, 3, 2), (1, 1, None)])
def test_ce_qui_n_a_pas_de_sens_est_refuse(valeurs: tuple[int, int, int]) -> None:
    with pytest.raises(ValueError, match=r"niveau hors|fin du cycle"):
        ecart(*valeurs)


@pytest.mark.parametrize("valeurs", [(0, 6, 3), (7, 6, 3), (1, 6, 5)])
def test_une_proposition_hors_du_cycle_est_refusee(valeurs: tuple[int, int, int]) -> None:
    with pytest.raises(ValueError, match="période"):
        proposer(*valeurs)
