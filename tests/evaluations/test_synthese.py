"""Le meilleur niveau et sa preuve."""

import datetime
from dataclasses import FrozenInstanceError, replace
from fractions import Fraction

import pytest

from evaluations.enums import Etat
from evaluations.synthese import (
    ETATS,
    Observation,
    Retenu,
    meilleur_niveau,
    meilleure_situation,
    meilleurs_niveaux,
    moyenne_des_points,
    observations_evaluees,
    preuves_eligibles,
    une_par_case,
    verifier_unicite,
)

POINTS = {niveau: Fraction(niveau - 1) for niveau in (1, 2, 3, 4)}


def observation(situation="S1", jour=1, detaillee="C1.1", niveau=3, **autres):
    valeurs = {"certificative": True, "epreuves": frozenset({"E2"}), "auteur": "A. Martin"} | autres
    return Observation(situation, datetime.date(2026, 2, jour), detaillee, niveau, **valeurs)


def test_le_maximum_est_retenu_jamais_la_derniere():
    retenu = meilleur_niveau([observation("S1", 1, niveau=4), observation("S2", 9, niveau=2)])
    assert retenu == Retenu(4, "S1", datetime.date(2026, 2, 1), "A. Martin")


def test_a_niveau_egal_la_situation_la_plus_ancienne_est_la_preuve():
    assert meilleur_niveau([observation("S1", 9), observation("S2", 1)]).situation == "S2"


def test_a_niveau_et_date_egaux_le_premier_code_est_la_preuve():
    assert meilleur_niveau([observation("S2", 1), observation("S1", 1)]).situation == "S1"


def test_les_etats_et_les_cases_vides_ne_sont_jamais_retenus():
    etats = [observation(situation=etat, niveau=None, etat=etat) for etat in sorted(ETATS)]
    assert meilleur_niveau([*etats, observation(niveau=None)]) is None
    assert meilleurs_niveaux(etats) == {}
    assert observations_evaluees(etats) == []


def test_seules_les_situations_certificatives_de_l_epreuve_sont_eligibles():
    bonne = observation("S1", epreuves=frozenset({"E2", "E31"}))
    autres = [
        observation("S2", certificative=False),
        observation("S3", epreuves=frozenset({"E31"})),
        observation("S4", epreuves=frozenset()),
        observation("S5", niveau=None, etat="NE"),
    ]
    assert preuves_eligibles([*autres, bonne], epreuve="E2") == [bonne]


def test_le_livret_retient_toutes_les_preuves_formatives_comprises():
    observations = [observation("F1", 1, niveau=4, certificative=False), observation("S1", 2, niveau=3)]
    assert meilleurs_niveaux(observations)["C1.1"].situation == "F1"


def test_la_meilleure_situation_est_celle_de_la_meilleure_moyenne():
    observations = [
        observation("S1", 1, "C1.1", 4),
        observation("S1", 1, "C1.2", 1),
        observation("S2", 2, "C1.1", 3),
        observation("S2", 2, "C1.2", 3),
    ]
    situation = meilleure_situation(observations, POINTS)
    assert (situation.situation, situation.points) == ("S2", Fraction(2))
    assert {code: retenu.niveau for code, retenu in situation.retenus.items()} == {"C1.1": 3, "C1.2": 3}


def test_a_moyenne_egale_la_situation_la_plus_ancienne_puis_le_premier_code():
    assert meilleure_situation([observation("S1", 9), observation("S2", 1)], POINTS).situation == "S2"
    assert meilleure_situation([observation("S2", 1), observation("S1", 1)], POINTS).situation == "S1"


def test_sans_niveau_aucune_situation_n_est_la_meilleure():
    assert meilleure_situation([observation(niveau=None, etat="ABJ")], POINTS) is None


def test_deux_situations_de_meme_code_dans_deux_classes_restent_distinctes():
    observations = [observation("S1", 1, "C1.1", 4, cle=1), observation("S1", 2, "C1.2", 2, cle=2)]
    verifier_unicite(observations)
    situation = meilleure_situation(observations, POINTS)
    assert (situation.cle, situation.points, list(situation.retenus)) == (1, Fraction(3), ["C1.1"])


def test_une_case_positionnee_deux_fois_est_refusee():
    with pytest.raises(ValueError, match=r"C1\.1 positionnée deux fois dans la situation S1"):
        verifier_unicite([observation(), observation(niveau=4)])


@pytest.mark.parametrize("valeurs", [{"niveau": 0}, {"niveau": 5}, {"niveau": True}, {"etat": "ABS", "niveau": None}])
def test_une_observation_impossible_est_refusee(valeurs):
    with pytest.raises(ValueError, match=r"niveau hors de 1 à 4|état inconnu"):
        observation(**valeurs)


def test_un_niveau_et_un_etat_ensemble_sont_refuses():
    with pytest.raises(ValueError, match="pas les deux"):
        observation(niveau=3, etat="NE")


def test_une_observation_est_figee():
    with pytest.raises(FrozenInstanceError):
        observation().niveau = 4
    assert replace(observation(), niveau=4).niveau == 4


def test_la_moyenne_est_exacte():
    assert moyenne_des_points([2, 2, 3], POINTS) == Fraction(4, 3)


def test_les_etats_sont_ceux_de_la_base():
    assert set(Etat.values) == ETATS


@pytest.mark.parametrize(
    ("lues", "gardee"),
    [
        ([(None, None), (None, "ABJ")], (None, "ABJ")),
        ([(None, "ABJ"), (None, None)], (None, "ABJ")),
        ([(None, "ABJ"), (1, None)], (1, None)),
        ([(1, None), (None, "NE")], (1, None)),
        ([(2, None), (4, None), (3, None)], (4, None)),
        ([(None, "NE"), (None, "ABJ")], (None, "NE")),
        ([(None, ""), (None, None)], (None, "")),
    ],
)
def test_une_case_lue_deux_fois_garde_le_niveau_puis_l_etat_puis_la_premiere(lues, gardee):
    observations = [observation(niveau=niveau, etat=etat) for niveau, etat in lues]
    autre = observation(detaillee="C1.2")
    reste = une_par_case([*observations, autre], lambda o: (o.cle, o.detaillee))
    assert [(o.detaillee, o.niveau, o.etat) for o in reste] == [("C1.1", *gardee), ("C1.2", 3, None)]
