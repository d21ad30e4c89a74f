"""La traversée de la matrice, partagée entre trois fichiers pour que deux processus finissent ensemble."""

import os
import time
from collections.abc import Callable, Iterable, Iterator

import pytest

from referentiel.models import VersionReferentiel
from tests.permissions.monde import fabriquer_monde
from tests.permissions.parcours import Matrice, noms_du_resolveur
from tests.permissions.table import lire_la_table

Eprouver = Callable[..., None]


class _Document:
    """À la place de la mise en page, qui est celle de WeasyPrint : le HTML tel qu'il y entre, donc lisible."""

    pages: list[str] = []

    def __init__(self, string: str = "", **options: object) -> None:
        self.html, self.metadata = string, self

    def render(self, **options: object) -> "_Document":
        return self

    def copy(self, pages: object) -> "_Document":
        return self

    def write_pdf(self, **options: object) -> bytes:
        return self.html.encode()


@pytest.fixture
def sans_mise_en_page(monkeypatch: pytest.MonkeyPatch) -> None:
    """Un PDF coûte deux secondes ; la matrice en demande des centaines et n'en regarde que le texte."""
    monkeypatch.setattr("weasyprint.HTML", _Document)


@pytest.fixture
def eprouver(
    referentiel: VersionReferentiel, sans_mise_en_page: None, record_property: Callable[..., None]
) -> Eprouver:
    """Essaie toutes les adresses de ces espaces de noms dans un même monde ; dit tous les défauts à la fois."""

    def essayer(*espaces: str) -> None:
        depart = time.perf_counter()
        table = lire_la_table()
        matrice = Matrice(fabriquer_monde(referentiel))
        for nom in _pages(table, espaces):
            matrice.eprouver(table[nom])
        releve = matrice.releve
        record_property("matrice_cases", releve.cases)
        record_property("matrice_secondes", time.perf_counter() - depart)
        assert not releve.defauts, "\n".join(
            [f"{len(releve.defauts)} défauts, {releve.cases} cases", *releve.defauts[:400]]
        )

    return essayer


def _pages(table: Iterable[str], espaces: tuple[str, ...]) -> Iterator[str]:
    """TRPM_PAGE=mot n'essaie que les adresses dont le nom le contient, le temps d'en ajouter une."""
    mot, connues = os.environ.get("TRPM_PAGE", ""), set(noms_du_resolveur())
    return (nom for nom in table if mot in nom and nom in connues and nom.rpartition(":")[0] in espaces)
