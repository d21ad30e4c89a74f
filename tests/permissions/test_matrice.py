"""Rôle × adresse × méthode × appartenance × état : chaque case de la table, essayée."""

import os
import time
from collections.abc import Iterator

import pytest

from referentiel.models import VersionReferentiel
from tests.permissions.monde import fabriquer_monde
from tests.permissions.parcours import Matrice, noms_du_resolveur
from tests.permissions.table import lire_la_table

TABLE = lire_la_table()
# Les droits ne dépendent pas de la base : une fois suffit, sur PostgreSQL, dans ./test.
pytestmark = pytest.mark.postgresql
ESPACES = ("", "referentiel", "centres", "evaluations", "certification")


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


def test_la_table_connait_toutes_les_adresses_et_rien_d_autre() -> None:
    assert sorted(set(noms_du_resolveur()) - set(TABLE)) == [], "adresses sans ligne dans tests/permissions/table.toml"
    assert sorted(set(TABLE) - set(noms_du_resolveur())) == [], "lignes de la table sans adresse"


def _pages(espace: str) -> Iterator[str]:
    """TRPM_PAGE=mot n'essaie que les adresses dont le nom le contient, le temps d'en ajouter une."""
    mot, connues = os.environ.get("TRPM_PAGE", ""), set(noms_du_resolveur())
    return (nom for nom in TABLE if mot in nom and nom in connues and nom.rpartition(":")[0] == espace)


@pytest.mark.parametrize("espace", ESPACES, ids=[espace or "trpm" for espace in ESPACES])
def test_chaque_case_de_la_matrice_donne_le_verdict_de_la_table(
    espace: str, referentiel: VersionReferentiel, sans_mise_en_page: None, record_property
) -> None:
    depart = time.perf_counter()
    matrice = Matrice(fabriquer_monde(referentiel))
    for nom in _pages(espace):
        matrice.eprouver(TABLE[nom])
    releve = matrice.releve
    record_property("matrice_cases", releve.cases)
    record_property("matrice_secondes", time.perf_counter() - depart)
    assert not releve.defauts, "\n".join(
        [f"{len(releve.defauts)} défauts, {releve.cases} cases", *releve.defauts[:400]]
    )
