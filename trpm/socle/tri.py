"""L'ordre alphabétique français, le même sur les deux bases : Çelik entre Bernard et Durand."""

import unicodedata
from functools import lru_cache
from typing import Any

from django.db.backends.base.base import BaseDatabaseWrapper

# Collation ICU créée par migration sur PostgreSQL ; SQLite reçoit la sienne sous le même nom à chaque connexion.
FRANCAIS = "francais"


# SQLite compare deux à deux : trente noms en font trois cents, toujours les mêmes d'une page à l'autre.
@lru_cache(maxsize=4096)
def cle_de_tri(texte: str) -> tuple[str, str]:
    """Sans accent ni casse d'abord ; le texte lui-même départage, deux noms différents ne se confondent jamais."""
    decompose = unicodedata.normalize("NFKD", texte)
    return "".join(signe for signe in decompose if not unicodedata.combining(signe)).casefold(), texte


def _comparer(gauche: str, droite: str) -> int:
    a, b = cle_de_tri(gauche), cle_de_tri(droite)
    return (a > b) - (a < b)


def installer(connection: BaseDatabaseWrapper, **_: Any) -> None:
    """Récepteur de `connection_created`."""
    if connection.vendor == "sqlite":
        connection.connection.create_collation(FRANCAIS, _comparer)
