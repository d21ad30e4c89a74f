"""Rôle × adresse × méthode × appartenance × état : la table connaît tout ; les centres et les comptes lui obéissent."""

import pytest

from tests.permissions.conftest import Eprouver
from tests.permissions.parcours import noms_du_resolveur
from tests.permissions.table import lire_la_table

TABLE = lire_la_table()
# Les droits ne dépendent pas de la base : une fois suffit, sur PostgreSQL, dans ./test.
pytestmark = pytest.mark.postgresql


def test_la_table_connait_toutes_les_adresses_et_rien_d_autre() -> None:
    assert sorted(set(noms_du_resolveur()) - set(TABLE)) == [], "adresses sans ligne dans tests/permissions/table.toml"
    assert sorted(set(TABLE) - set(noms_du_resolveur())) == [], "lignes de la table sans adresse"


def test_les_trois_fichiers_couvrent_toute_la_table() -> None:
    essayes = {"", "referentiel", "centres", "evaluations", "certification"}
    assert {nom.rpartition(":")[0] for nom in TABLE} <= essayes


def test_chaque_case_des_comptes_et_des_centres_donne_le_verdict_de_la_table(eprouver: Eprouver) -> None:
    eprouver("", "centres")
