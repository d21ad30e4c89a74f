"""L'année scolaire, nommée par l'année de sa rentrée (pur)."""

from datetime import date

MOIS_DE_RENTREE = 9
# Dès août on est dans l'année qui vient : classes ouvertes, équipes nommées.
MOIS_DE_BASCULE = 8
# Dès juillet on inscrit pour la rentrée suivante.
MOIS_DES_INSCRIPTIONS = 7


def annee_scolaire(jour: date) -> int:
    """L'année scolaire où l'on se trouve ce jour-là."""
    return _depuis(MOIS_DE_BASCULE, jour)


def annee_des_inscriptions(jour: date) -> int:
    """L'année scolaire pour laquelle on inscrit ce jour-là."""
    return _depuis(MOIS_DES_INSCRIPTIONS, jour)


def rentree(annee: int) -> date:
    return date(annee, MOIS_DE_RENTREE, 1)


def sortie(annee: int) -> date:
    return date(annee + 1, MOIS_DE_BASCULE, 31)


def mois_depuis_la_rentree(annee: int, jour: date) -> int:
    """Septembre : 0 ; négatif avant la rentrée de cette année-là."""
    return (jour.year - annee) * 12 + jour.month - MOIS_DE_RENTREE


def _depuis(mois: int, jour: date) -> int:
    return jour.year if jour.month >= mois else jour.year - 1
