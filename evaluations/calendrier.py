"""Où un jour tombe dans les périodes d'un cycle (pur)."""

from datetime import date

from centres.calendrier import mois_depuis_la_rentree

# De septembre à juin : les semestres partagent dix mois, l'été se rattache au dernier.
MOIS_DE_COURS = 10


def indice_de_periode(annee_scolaire: int, annee_cycle: int, jour: date, *, periodes: int, annees: int) -> int | None:
    """À partir de 0, parmi les `periodes` d'un cycle de `annees` ; hors de l'année, la plus proche de ses périodes."""
    par_an = periodes // annees
    if not par_an:
        return None
    mois = mois_depuis_la_rentree(annee_scolaire, jour)
    rang = min(max(mois * par_an // MOIS_DE_COURS, 0), par_an - 1)
    return min((annee_cycle - 1) * par_an + rang, periodes - 1)
