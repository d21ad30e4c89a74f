"""La matrice des droits : le référentiel et tout ce qui mène à une note."""

import pytest

from tests.permissions.conftest import Eprouver

pytestmark = pytest.mark.postgresql


def test_chaque_case_du_referentiel_et_des_notes_donne_le_verdict_de_la_table(eprouver: Eprouver) -> None:
    eprouver("referentiel", "certification")
