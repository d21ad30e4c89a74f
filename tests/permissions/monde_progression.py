"""La part des trois ans dans le monde de la matrice."""

from collections.abc import Mapping
from typing import Any

from centres.models import Classe, Utilisateur
from tests.evaluations.fabrique_progression import fabriquer_echelle, fabriquer_sequence


def contenu_progression(auteur: Utilisateur, classe: Classe) -> dict[str, Any]:
    return {
        "echelle": fabriquer_echelle(classe, auteur, {("C1.1", 1): 2}, numero=2, publiee_le=None),
        "echelle_publiee": fabriquer_echelle(classe, auteur, {("C1.1", 1): 1}),
        "sequence": fabriquer_sequence(classe, auteur, 5, 6),
    }


def arguments_progression(
    a: Mapping[str, Any], b: Mapping[str, Any], absent: int
) -> dict[str, list[tuple[str, Any, Any]]]:
    """Par sorte d'objet : nom, arguments, centre (vide : l'objet n'existe pas)."""

    def sorte(nom: str, *suite: Any) -> list[tuple[str, Any, Any]]:
        return [
            (f"{nom} A", (a[nom].pk, *suite), "A"),
            (f"{nom} B", (b[nom].pk, *suite), "B"),
            (f"{nom} absente", (absent, *suite), None),
        ]

    return {
        "echelle": [*sorte("echelle"), *sorte("echelle_publiee")],
        "sequence": sorte("sequence"),
        "echelle_periode": sorte("echelle", 1),
        "echelle_format": [*sorte("echelle_publiee", "a4"), ("format absent", (a["echelle"].pk, "a5"), None)],
    }
