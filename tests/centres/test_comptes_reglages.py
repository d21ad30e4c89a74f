"""Ce que l'environnement règle des comptes, lu comme le lira un serveur."""

import json
import os
import subprocess
import sys
from typing import Any

import pytest
from django.conf import settings

LIRE = """
import json
import trpm.settings as s
noms = ("MFA_EXIGEE", "SOCIALACCOUNT_PROVIDERS", "EMAIL_BACKEND", "COURRIEL_CONFIGURE", "OIDC_NOM")
print(json.dumps({**{nom: getattr(s, nom) for nom in noms},
                  "form-action": [str(v) for v in s.CONTENT_SECURITY_POLICY["DIRECTIVES"]["form-action"]]}))
"""


def reglages(tmp_path: Any, **variables: str) -> dict[str, Any]:
    garde = {nom: valeur for nom, valeur in os.environ.items() if not nom.startswith(("TRPM_", "DJANGO_"))}
    environnement = garde | {"TRPM_DATA": str(tmp_path)} | variables
    lecture = subprocess.run(
        [sys.executable, "-c", LIRE], env=environnement, cwd=settings.BASE_DIR, capture_output=True, text=True
    )
    assert lecture.returncode == 0, lecture.stderr
    return json.loads(lecture.stdout)


def test_par_defaut_le_second_facteur_est_exige_et_rien_ne_sort_de_la_machine(tmp_path):
    lus = reglages(tmp_path)
    assert lus["MFA_EXIGEE"] is True
    assert lus["SOCIALACCOUNT_PROVIDERS"] == {}
    assert lus["EMAIL_BACKEND"].endswith("filebased.EmailBackend")
    assert (lus["COURRIEL_CONFIGURE"], lus["OIDC_NOM"], lus["form-action"]) == (False, "", ["'self'"])


@pytest.mark.parametrize(("variables", "exige"), [({"TRPM_DEMO": "1"}, False), ({"TRPM_MFA_EXIGEE": "0"}, False)])
def test_la_demonstration_ou_un_reglage_dispense_du_second_facteur(tmp_path, variables, exige):
    assert reglages(tmp_path, **variables)["MFA_EXIGEE"] is exige


def test_un_fournisseur_d_identite_se_regle_par_l_environnement(tmp_path):
    variables = {
        "TRPM_OIDC_SERVEUR": "https://id.exemple.fr/realms/lyon",
        "TRPM_OIDC_CLIENT": "trpm",
        "TRPM_OIDC_SECRET": "secret",
    }
    lus = reglages(tmp_path, **variables)
    [application] = lus["SOCIALACCOUNT_PROVIDERS"]["openid_connect"]["APPS"]
    assert (application["client_id"], application["settings"]) == (
        "trpm",
        {"server_url": "https://id.exemple.fr/realms/lyon"},
    )
    assert lus["form-action"] == ["'self'", "https://id.exemple.fr"]


def test_un_fournisseur_a_demi_regle_arrete_le_demarrage(tmp_path):
    with pytest.raises(AssertionError, match="TRPM_OIDC_CLIENT"):
        reglages(tmp_path, TRPM_OIDC_SERVEUR="https://id.exemple.fr")


def test_le_courriel_se_regle_par_une_adresse(tmp_path):
    lus = reglages(tmp_path, TRPM_SMTP="submission://trpm:secret@smtp.exemple.fr:587")
    assert lus["EMAIL_BACKEND"].endswith("smtp.EmailBackend")
    assert lus["COURRIEL_CONFIGURE"] is True
