"""Les nombres de la notation, écrits partout comme dans les étapes du calcul, et la lecture d'une table."""

from collections.abc import Mapping
from decimal import Decimal
from fractions import Fraction
from typing import Any

from django import template

from certification import phrases

register = template.Library()


@register.filter
def fraction(valeur: Fraction | None) -> str:
    """Une valeur exacte : « 22 », « 5/3 ≈ 1,67 » ; un tiret quand rien n'est évalué."""
    return "–" if valeur is None else phrases.nombre_lisible(valeur)


@register.filter
def sur_20(valeur: Decimal | None) -> str:
    """Une note à la française : « 14,48 » ; un tiret quand il n'y en a pas."""
    return "–" if valeur is None else phrases.decimal_francais(valeur)


@register.filter
def centiemes(valeur: Fraction | None) -> str:
    """Deux décimales d'une valeur exacte : « 3,43 » ; un tiret quand il n'y en a pas."""
    return "–" if valeur is None else phrases.decimal_francais(phrases.centiemes(valeur))


@register.filter
def valeur(table: Mapping[Any, Any], cle: Any) -> Any:
    """`table[cle]`, ou rien."""
    return table.get(cle)
