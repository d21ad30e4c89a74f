"""Les mesures rendent le contrat ; aucune durée n'est jugée ici."""

from itertools import count

import pytest

from mesures import mesure as module
from mesures.mesure import Mesure, comparer


def test_une_mesure_rend_les_quatre_champs_du_contrat() -> None:
    assert Mesure("grille.requetes", 8, "requêtes").en_json() == {
        "valeur": 8,
        "plancher": None,
        "ratio": None,
        "unite": "requêtes",
    }
    assert Mesure("x", 18.90456, "ms", 2.0, 9.45228).en_json() == {
        "valeur": 18.905,
        "plancher": 2,
        "ratio": 9.452,
        "unite": "ms",
    }


def test_le_ratio_est_la_mediane_des_paires_alternees(monkeypatch: pytest.MonkeyPatch) -> None:
    appels: list[str] = []
    horloge = count(step=0.001)
    monkeypatch.setattr(module, "perf_counter", lambda: next(horloge))
    lue = comparer("x", lambda: appels.append("geste"), lambda: appels.append("plancher"), paires=3)
    assert appels == ["geste", "plancher"] * 4
    assert (lue.valeur, lue.plancher, lue.ratio) == pytest.approx((1, 1, 1))
