"""Chercher sans accent ni casse, de la même façon sur les deux bases."""

from typing import TypeVar

from django.db.models import Model, QuerySet

from trpm.socle.tri import cle_de_tri

_M = TypeVar("_M", bound=Model)


def chercher(objets: QuerySet[_M], mots: str, *champs: str) -> QuerySet[_M]:
    """Ceux dont l'un ou l'autre champ contient chaque mot (une requête de plus, seulement si l'on cherche)."""
    voulus = [cle_de_tri(mot)[0] for mot in mots.split()]
    if not voulus:
        return objets
    trouves = [
        cle
        for cle, *textes in objets.order_by().values_list("pk", *champs)
        if _contient(" ".join(str(texte or "") for texte in textes), voulus)
    ]
    return objets.filter(pk__in=trouves)


def _contient(texte: str, mots: list[str]) -> bool:
    plat = cle_de_tri(texte)[0]
    return all(mot in plat for mot in mots)
