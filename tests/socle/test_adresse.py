"""L'adresse du poste : celle que l'on ne peut pas choisir soi-même."""

import pytest
from django.test import RequestFactory

from trpm.socle.adresse import adresse_du_client


@pytest.mark.parametrize(
    ("mandataire", "vue", "transmise", "attendue"),
    [
        (False, "192.0.2.7", "203.0.113.9", "192.0.2.7"),
        (True, "127.0.0.1", "10.0.0.1, 203.0.113.9", "203.0.113.9"),
        (True, "127.0.0.1", "2001:db8::1", "2001:db8::1"),
        (True, "127.0.0.1", "", None),
        (False, "", "", None),
        (True, "127.0.0.1", "n'importe quoi", None),
    ],
)
def test_l_adresse_retenue(settings, mandataire, vue, transmise, attendue):
    settings.DERRIERE_MANDATAIRE = mandataire
    requete = RequestFactory().get("/", headers={"X-Forwarded-For": transmise}, REMOTE_ADDR=vue)
    assert adresse_du_client(requete) == attendue
