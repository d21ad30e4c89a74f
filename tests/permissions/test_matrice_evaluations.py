"""La matrice des droits : les évaluations, les PFMP et le tuteur."""

import pytest

from tests.permissions.conftest import Eprouver

pytestmark = pytest.mark.postgresql


def test_chaque_case_des_evaluations_donne_le_verdict_de_la_table(eprouver: Eprouver) -> None:
    eprouver("evaluations")
