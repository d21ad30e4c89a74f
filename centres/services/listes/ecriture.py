"""Les gestes communs à l'écriture d'une liste : fiches validées une à une, écrites et journalisées ensemble."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TypeVar

from django.core.exceptions import ValidationError
from django.db import IntegrityError, models

_M = TypeVar("_M", bound=models.Model)
TRANCHE = 400
CONCURRENCE = "La base a changé depuis l'aperçu : rien n'est enregistré. Relisez l'aperçu."


class ImportImpossible(ValidationError):
    """Rien n'est écrit ; les messages disent quelle ligne et pourquoi."""


def creer_ensemble(modele: type[_M], fiches: Sequence[tuple[int, _M]], *, exclus: Sequence[str] = ()) -> None:
    """Les contraintes de la base jugent l'unicité ; les champs sont validés ici, ligne par ligne.

    `exclus` : les clés étrangères, déjà lues en base par le plan.
    """
    for numero, fiche in fiches:
        with a_la_ligne(numero):
            fiche.clean_fields(exclude=list(exclus))
    try:
        modele._default_manager.bulk_create([fiche for _, fiche in fiches], batch_size=TRANCHE)
    except IntegrityError as erreur:
        raise ImportImpossible(CONCURRENCE) from erreur


@contextmanager
def a_la_ligne(numero: int) -> Iterator[None]:
    """Un refus dit à quelle ligne du fichier il tient."""
    try:
        yield
    except ValidationError as refus:
        raise ImportImpossible([f"Ligne {numero} : {message}" for message in refus.messages]) from refus
