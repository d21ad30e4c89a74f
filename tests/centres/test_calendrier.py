"""L'année scolaire d'un jour, et les bornes d'une année."""

from datetime import date

import pytest

from centres.calendrier import annee_des_inscriptions, annee_scolaire, mois_depuis_la_rentree, rentree, sortie


@pytest.mark.parametrize(
    ("jour", "actuelle", "inscriptions"),
    [
        (date(2026, 1, 1), 2025, 2025),
        (date(2026, 6, 30), 2025, 2025),
        (date(2026, 7, 1), 2025, 2026),
        (date(2026, 7, 31), 2025, 2026),
        (date(2026, 8, 1), 2026, 2026),
        (date(2026, 12, 31), 2026, 2026),
    ],
)
def test_l_annee_bascule_en_aout_et_les_inscriptions_en_juillet(jour: date, actuelle: int, inscriptions: int) -> None:
    assert (annee_scolaire(jour), annee_des_inscriptions(jour)) == (actuelle, inscriptions)


def test_une_annee_va_de_septembre_a_aout() -> None:
    assert (rentree(2025), sortie(2025)) == (date(2025, 9, 1), date(2026, 8, 31))
    mois = [mois_depuis_la_rentree(2025, jour) for jour in (date(2025, 8, 31), date(2025, 9, 1), date(2026, 2, 3))]
    assert mois == [-1, 0, 5]
