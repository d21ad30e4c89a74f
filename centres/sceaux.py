"""Des sceaux dont la clé n'est pas dans la base : qui ne tient que la base ne peut pas refaire ce qu'il a défait."""

import json
from typing import Any

from django.conf import settings
from django.utils.crypto import constant_time_compare, salted_hmac

SEL = "centres.journal"


def sceller(domaine: str, *valeurs: Any) -> str:
    """HMAC-SHA256, sous une clé dérivée de la clé secrète, du JSON des valeurs ; `domaine` sépare les usages."""
    return _sceau(settings.SECRET_KEY, domaine, valeurs)


def est_scelle(sceau: str, domaine: str, *valeurs: Any) -> bool:
    """Une clé remplacée mais gardée dans SECRET_KEY_FALLBACKS vaut encore pour ce qu'elle a scellé."""
    cles = (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS)
    return any(constant_time_compare(sceau, _sceau(cle, domaine, valeurs)) for cle in cles)


def _sceau(cle: str | bytes, domaine: str, valeurs: tuple[Any, ...]) -> str:
    texte = json.dumps(valeurs, separators=(",", ":"), ensure_ascii=False)
    return salted_hmac(f"{SEL}.{domaine}", texte, secret=cle, algorithm="sha256").hexdigest()
