"""Vrai navigateur (Chromium de Debian) devant le serveur de test : toute erreur de console fait échouer le test."""

import os
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore
from django.db import connection
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page

from tests.navigateur.releve import Releve
from tests.second_facteur import preuve_de

DOSSIER = Path(__file__).parent
ARTEFACTS = DOSSIER.parent.parent / "artefacts"
CHROMIUM = os.environ.get("TRPM_CHROMIUM", "/usr/bin/chromium")
ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--disable-background-networking"]
ANNONCER_LES_VIOLATIONS = """
addEventListener("securitypolicyviolation", (e) =>
  console.error(`CSP : ${e.violatedDirective} refuse ${e.blockedURI} (${e.sourceFile}:${e.lineNumber})`));
"""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    # Les déclencheurs du journal, incontournables, interdisent de vider une base SQLite entre deux tests.
    sauter = pytest.mark.skip(reason="navigateur : sur PostgreSQL seulement (./test, ou pg_virtualenv)")
    for item in items:
        if DOSSIER in item.path.parents:
            item.add_marker("navigateur")
            if connection.vendor != "postgresql":
                item.add_marker(sauter)


@pytest.fixture(scope="session", autouse=True)
def _base_accessible_dans_la_boucle_de_playwright() -> None:
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "1"


@pytest.fixture(scope="session")
def browser_type_launch_args() -> dict[str, Any]:
    return {"executable_path": CHROMIUM, "args": ARGUMENTS}


@pytest.fixture
def browser_context_args() -> dict[str, Any]:
    return {
        "locale": "fr-FR",
        "timezone_id": "Europe/Paris",
        "viewport": {"width": 1440, "height": 900},
        "reduced_motion": "reduce",
    }


class Console:
    """Ce que les pages du test ont crié ; `admettre` annonce une erreur que le test provoque exprès."""

    def __init__(self) -> None:
        self.erreurs: list[str] = []
        self._admises: list[str] = []

    def surveiller(self, contexte: BrowserContext) -> None:
        contexte.add_init_script(ANNONCER_LES_VIOLATIONS)
        contexte.on("console", self._noter)
        contexte.on("weberror", lambda erreur: self.erreurs.append(f"exception : {erreur.error}"))

    def _noter(self, message: ConsoleMessage) -> None:
        if message.type in {"error", "warning"}:
            self.erreurs.append(f"{message.type} : {message.text} ({message.location.get('url', '')})")

    def admettre(self, motif: str) -> None:
        self._admises.append(motif)

    def inattendues(self) -> list[str]:
        return [erreur for erreur in self.erreurs if not any(re.search(motif, erreur) for motif in self._admises)]


@pytest.fixture
def console() -> Console:
    return Console()


@pytest.fixture
def nouvelle_page(
    live_server: Any, browser: Browser, browser_context_args: dict[str, Any], console: Console
) -> Iterator[Callable[..., Page]]:
    """Ouvre un poste de travail de plus (cookies à part) ; `nouvelle_page(viewport={…})` change le contexte."""
    contextes: list[BrowserContext] = []

    def ouvrir(**options: Any) -> Page:
        contexte = browser.new_context(**{**browser_context_args, "base_url": live_server.url, **options})
        console.surveiller(contexte)
        contextes.append(contexte)
        return contexte.new_page()

    yield ouvrir
    for contexte in contextes:
        contexte.close()
    assert not console.inattendues(), console.inattendues()


@pytest.fixture
def page(nouvelle_page: Callable[..., Page]) -> Page:
    return nouvelle_page()


@pytest.fixture
def connecter(live_server: Any) -> Callable[[Page, Any], None]:
    """Connecte sans passer par la page de connexion : la session est créée en base, son cookie posé."""

    def poser(page: Page, utilisateur: Any) -> None:
        session = SessionStore()
        session[SESSION_KEY] = str(utilisateur.pk)
        session[BACKEND_SESSION_KEY] = settings.AUTHENTICATION_BACKENDS[0]
        session[HASH_SESSION_KEY] = utilisateur.get_session_auth_hash()
        session.update(preuve_de(utilisateur))
        session.save()
        cookie = {"name": settings.SESSION_COOKIE_NAME, "value": session.session_key, "url": live_server.url}
        page.context.add_cookies([cookie])

    return poser


@pytest.fixture(scope="session")
def releve() -> Iterator[Releve]:
    """Ce qu'axe a vu de toute la passe ; la déclaration d'accessibilité le publie (`./test` donne le fichier)."""
    releve = Releve()
    yield releve
    if chemin := os.environ.get("TRPM_CONTROLES"):
        releve.ecrire(Path(chemin))


@pytest.fixture
def verifier_axe(releve: Releve) -> Callable[[Page], None]:
    """Aucune violation d'axe-core (WCAG et bonnes pratiques) sur la page affichée."""

    def verifier(page: Page) -> None:
        resultat = Axe().run(page)
        releve.noter(page, resultat.response)
        defauts = [
            f"{faute['id']} ({faute['impact']}) : " + " | ".join(noeud["html"][:160] for noeud in faute["nodes"])
            for faute in resultat.response["violations"]
        ]
        assert not defauts, f"{page.url} : " + "\n".join(defauts)

    return verifier


@pytest.fixture
def capture() -> Callable[[Page, str], Path]:
    """Image de la page entière dans artefacts/, gardée pour être regardée."""

    def prendre(page: Page, nom: str) -> Path:
        ARTEFACTS.mkdir(exist_ok=True)
        chemin = ARTEFACTS / f"{nom}.png"
        page.screenshot(path=chemin, full_page=True, animations="disabled")
        return chemin

    return prendre
