"""./run et ./test : ce qu'ils refusent se dit en une phrase, et ./run ne laisse rien derrière lui."""

import os
import re
import signal
import socket
import subprocess
import threading
import time
import urllib.request
from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest

from tests.architecture.sources import RACINE, SCRIPTS

# En root, tout dossier est inscriptible : ce refus-là se vérifie en simple utilisateur.
sauf_root = pytest.mark.skipif(os.geteuid() == 0, reason="root écrit partout")


def _environnement(**variables: str) -> dict[str, str]:
    garde = {nom: valeur for nom, valeur in os.environ.items() if not nom.startswith(("TRPM_", "DJANGO_", "PG"))}
    return garde | variables


def _run(*arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
    commande = [RACINE / "run", *arguments]
    return subprocess.run(commande, env=_environnement(**variables), capture_output=True, text=True, timeout=60)


@pytest.mark.parametrize("script", [*SCRIPTS[:2], RACINE / ".ci" / "run"], ids=lambda chemin: chemin.name)
def test_un_script_est_executable(script: Path) -> None:
    assert os.access(script, os.X_OK)


@pytest.mark.parametrize("script", ["run", "test"])
def test_l_aide_se_lit_sans_rien_installer(script: str) -> None:
    aide = subprocess.run([RACINE / script, "--help"], capture_output=True, text=True, timeout=10)
    assert (aide.returncode, aide.stdout.split()[:3]) == (0, ["Usage", ":", f"./{script}"])


def test_une_option_inconnue_est_refusee() -> None:
    assert _run("--inconnue").returncode == 2


@pytest.mark.parametrize("port", ["abc", "0", "70000"])
def test_un_port_impossible_est_refuse(port: str) -> None:
    refus = _run(TRPM_PORT=port)
    assert (refus.returncode, refus.stderr) == (2, f"TRPM_PORT={port} n'est pas un numéro de port (1 à 65535).\n")


def test_un_port_pris_est_dit(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as prise:
        port = prise.getsockname()[1]
        refus = _run(TRPM_PORT=str(port), TRPM_DATA=str(tmp_path))
    assert refus.returncode == 3
    assert refus.stderr.splitlines()[0].startswith(f"Le port {port} est déjà pris")


def test_un_dossier_de_donnees_impossible_est_dit(tmp_path: Path) -> None:
    (tmp_path / "fichier").touch()
    refus = _run("--prepare", TRPM_DATA=str(tmp_path / "fichier" / "var"))
    assert refus.returncode == 3
    assert "n'est pas accessible en écriture" in refus.stderr


@sauf_root
def test_un_dossier_en_lecture_seule_est_dit(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    refus = _run("--prepare", TRPM_DATA=str(tmp_path))
    tmp_path.chmod(0o700)
    assert "n'est pas accessible en écriture" in refus.stderr


@pytest.fixture(scope="module")
def donnees(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Un dossier préparé une fois, sans démonstration : c'est le démarrage qui est essayé, pas les données."""
    dossier = tmp_path_factory.mktemp("donnees")
    preparation = _run("--prepare", "--sans-demo", TRPM_DATA=str(dossier))
    assert preparation.returncode == 0, preparation.stderr
    return dossier


def _lignes_jusqu_a(lignes: Iterable[str], debut: str) -> Iterator[str]:
    for ligne in lignes:
        yield ligne
        if ligne.startswith(debut):
            return


@pytest.fixture
def serveur(donnees: Path) -> Iterator[tuple[subprocess.Popen[str], int]]:
    with socket.create_server(("127.0.0.1", 0)) as prise:
        port = prise.getsockname()[1]
    variables = _environnement(TRPM_DATA=str(donnees), TRPM_PORT=str(port))
    commande = [RACINE / "run", "--sans-demo"]
    with subprocess.Popen(
        commande, env=variables, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    ) as processus:
        gardien = threading.Timer(90, processus.kill)
        gardien.start()
        try:
            assert processus.stdout is not None
            lues = list(_lignes_jusqu_a(processus.stdout, "TRPM est prêt"))
            assert lues[-1].startswith("TRPM est prêt"), "".join(lues)
            yield processus, port
        finally:
            gardien.cancel()
            processus.kill()


def _enfants(pere: int) -> dict[str, int]:
    """Rôle → numéro des processus que run a lancés et qui vivent encore."""
    enfants = {}
    for etat in Path("/proc").glob("[0-9]*/status"):
        try:
            if f"\nPPid:\t{pere}\n" in etat.read_text():
                ligne = (etat.parent / "cmdline").read_text()
                enfants[next((role for role in ("gunicorn", "db_worker") if role in ligne), ligne)] = int(
                    etat.parent.name
                )
        except (FileNotFoundError, ProcessLookupError):
            continue
    return enfants


def _vivants(numeros: list[int]) -> list[int]:
    """Attend un peu que le noyau finisse d'arrêter ce qui doit l'être."""
    limite = time.monotonic() + 5
    while (restants := [n for n in numeros if Path(f"/proc/{n}").exists()]) and time.monotonic() < limite:
        time.sleep(0.05)
    return restants


def test_une_seconde_preparation_ne_refait_rien(donnees: Path) -> None:
    seconde = _run("--prepare", "--sans-demo", TRPM_DATA=str(donnees))
    assert seconde.stdout == "TRPM est prêt à servir : ./run\n"


def test_run_sert_la_page_de_connexion_et_s_arrete_sans_orphelin(serveur: tuple[subprocess.Popen[str], int]) -> None:
    processus, port = serveur
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/connexion/") as reponse:
        page = reponse.read().decode()
    feuilles = re.findall(r'href="(/static/[^"]+\.css)"', page)
    assert feuilles != []
    for feuille in feuilles:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}{feuille}") as reponse:
            assert "immutable" in reponse.headers["Cache-Control"]
    enfants = _enfants(processus.pid)
    assert sorted(enfants) == ["db_worker", "gunicorn"]
    processus.send_signal(signal.SIGTERM)
    assert processus.wait(timeout=15) == 143
    assert _vivants(list(enfants.values())) == []


@pytest.mark.parametrize(
    ("mort", "phrase"),
    [
        ("gunicorn", "Le serveur web s'est arrêté (code 137) : l'ouvrier des tâches est arrêté aussi."),
        ("db_worker", "L'ouvrier des tâches s'est arrêté (code 137) : le serveur web est arrêté aussi."),
    ],
    ids=["web", "ouvrier"],
)
def test_l_un_ne_survit_pas_a_l_autre(serveur: tuple[subprocess.Popen[str], int], mort: str, phrase: str) -> None:
    processus, _ = serveur
    enfants = _enfants(processus.pid)
    os.kill(enfants[mort], signal.SIGKILL)
    assert processus.wait(timeout=15) == 1
    assert processus.stdout is not None
    assert phrase in processus.stdout.read()
    assert _vivants(list(enfants.values())) == []


def test_run_tue_net_ne_laisse_pas_d_orphelin(serveur: tuple[subprocess.Popen[str], int]) -> None:
    processus, _ = serveur
    enfants = _enfants(processus.pid)
    processus.kill()
    processus.wait(timeout=5)
    assert _vivants(list(enfants.values())) == []
