"""L'audit des dépendances : il dit ce qu'il a trouvé, et dit qu'il n'a pas pu quand il n'a pas pu."""

import json
import subprocess
import sys
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

import pytest

from tests.architecture.sources import RACINE

VERROU = """
[[package]]
name = "sain"
version = "1.0"
source = {{ registry = "https://pypi.org/simple" }}
wheels = [{{ url = "https://exemple.fr/sain.whl", {hash}size = 1 }}]

[[package]]
name = "troue"
version = "2.0"
source = {{ registry = "https://pypi.org/simple" }}
wheels = [{{ url = "https://exemple.fr/troue.whl", hash = "sha256:00", size = 1 }}]
"""
EMPREINTE = 'hash = "sha256:00", '


def _serveur(reponses: dict[str, Any]) -> ThreadingHTTPServer:
    class Depot(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            corps = reponses.get(self.path)
            self.send_response(404 if corps is None else 200)
            self.end_headers()
            self.wfile.write(json.dumps(corps).encode())

        def log_message(self, *args: Any) -> None:
            """Silence."""

    serveur = ThreadingHTTPServer(("127.0.0.1", 0), Depot)
    Thread(target=serveur.serve_forever, daemon=True).start()
    return serveur


@pytest.fixture
def depot() -> Iterator[Any]:
    ouverts: list[ThreadingHTTPServer] = []

    def ouvrir(reponses: dict[str, Any]) -> str:
        ouverts.append(_serveur(reponses))
        return f"http://127.0.0.1:{ouverts[-1].server_port}"

    yield ouvrir
    for serveur in ouverts:
        serveur.shutdown()
        serveur.server_close()


def auditer(tmp_path: Any, base: str, empreinte: str = EMPREINTE) -> tuple[int, str]:
    verrou = tmp_path / "uv.lock"
    verrou.write_text(VERROU.format(hash=empreinte))
    programme = [sys.executable, str(RACINE / "outils" / "auditer_dependances.py"), str(verrou)]
    fini = subprocess.run(programme, env={"TRPM_AUDIT": base}, capture_output=True, text=True, timeout=60)
    return fini.returncode, fini.stdout


def test_une_vulnerabilite_connue_est_un_echec_qui_la_nomme(tmp_path, depot) -> None:
    faille = {"id": "PYSEC-1", "fixed_in": ["2.1"], "withdrawn": None}
    base = depot(
        {
            "/pypi/sain/1.0/json": {"vulnerabilities": []},
            "/pypi/troue/2.0/json": {"vulnerabilities": [faille, {"id": "VIEUX", "withdrawn": "2024-01-01"}]},
        }
    )
    code, sortie = auditer(tmp_path, base)
    assert code == 1
    assert "troue 2.0 : PYSEC-1 (corrigée dans : 2.1)" in sortie
    assert "VIEUX" not in sortie


def test_rien_de_connu_se_dit(tmp_path, depot) -> None:
    rien = {"vulnerabilities": []}
    assert auditer(tmp_path, depot({"/pypi/sain/1.0/json": rien, "/pypi/troue/2.0/json": rien})) == (
        0,
        "2 paquets audités, 0 vulnérabilité(s) connue(s).\n",
    )


@pytest.mark.parametrize("reponses", [{}, {"/pypi/sain/1.0/json": {"info": {}}}], ids=["404", "sans la base"])
def test_un_depot_sans_base_des_vulnerabilites_ne_passe_pas_pour_une_reussite(reponses, tmp_path, depot) -> None:
    code, sortie = auditer(tmp_path, depot(reponses))
    assert code == 75
    assert sortie.startswith("AUDIT DES DÉPENDANCES NON FAIT")


def test_sans_reseau_l_audit_dit_qu_il_n_a_pas_pu(tmp_path) -> None:
    code, sortie = auditer(tmp_path, "http://127.0.0.1:9")
    assert code == 75
    assert "NON FAIT" in sortie


def test_une_faille_vue_avant_la_coupure_reste_un_echec(tmp_path, depot) -> None:
    base = depot({"/pypi/sain/1.0/json": {"vulnerabilities": [{"id": "PYSEC-2"}]}})
    code, sortie = auditer(tmp_path, base)
    assert code == 1
    assert "PYSEC-2" in sortie


def test_un_paquet_sans_empreinte_est_un_echec(tmp_path, depot) -> None:
    code, sortie = auditer(tmp_path, depot({}), empreinte="")
    assert code == 1
    assert "Sans empreinte" in sortie
