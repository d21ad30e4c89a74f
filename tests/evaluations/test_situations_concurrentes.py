"""Deux situations créées au même instant dans une classe : chacune a son code, ou un refus qui s'explique."""

import threading
from collections.abc import Callable
from datetime import date

import pytest
from django.core.exceptions import ValidationError
from django.db import connection

from centres.models import Classe, Utilisateur
from evaluations.models import Situation
from evaluations.services.situations import creer_situation, dupliquer_situation
from tests.evaluations.donnees_de_test import donnees, une_situation

pytestmark = [
    pytest.mark.postgresql,
    pytest.mark.skipif(connection.vendor != "postgresql", reason="verrous de ligne"),
    pytest.mark.django_db(transaction=True),
]

ENSEMBLE = 6


def _a_la_fois(acte: Callable[[], object]) -> list[Exception]:
    """Lance l'acte dans plusieurs connexions au même départ ; rend les refus."""
    depart, refus = threading.Barrier(ENSEMBLE), list[Exception]()

    def tenter() -> None:
        try:
            depart.wait()
            acte()
        except Exception as erreur:
            refus.append(erreur)
        finally:
            connection.close()

    fils = [threading.Thread(target=tenter) for _ in range(ENSEMBLE)]
    for fil in fils:
        fil.start()
    for fil in fils:
        fil.join()
    return refus


def test_un_code_deja_pris_est_refuse_au_champ(enseignante: Utilisateur, classe: Classe) -> None:
    refus = _a_la_fois(lambda: creer_situation(utilisateur=enseignante, classe=classe, donnees=donnees(code="S9")))
    assert Situation.objects.get().code == "S9"
    assert [type(erreur) for erreur in refus] == [ValidationError] * (ENSEMBLE - 1)
    assert all("code" in erreur.message_dict for erreur in refus)


def test_des_reprises_simultanees_prennent_des_codes_qui_se_suivent(enseignante: Utilisateur, classe: Classe) -> None:
    source = une_situation(enseignante, classe)
    refus = _a_la_fois(
        lambda: dupliquer_situation(utilisateur=enseignante, situation=source, classe=classe, debut=date(2026, 3, 2))
    )
    assert refus == []
    codes = sorted(int(situation.code[1:]) for situation in Situation.objects.exclude(pk=source.pk))
    assert codes == list(range(codes[0], codes[0] + ENSEMBLE))
