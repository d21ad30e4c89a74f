"""Les garde-fous du navigateur, essayés sur la page de connexion : elle est saine, et une faute y serait vue."""

from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page

from tests.navigateur.conftest import Console
from tests.navigateur.releve import Releve


@pytest.fixture
def releve() -> Releve:
    """Une faute posée exprès n'est pas un défaut de la page : rien d'ici n'est publié."""
    return Releve()


def test_la_page_de_connexion_s_affiche_sans_erreur_et_sans_violation(
    page: Page, verifier_axe: Callable[[Page], None], capture: Callable[[Page, str], Path]
) -> None:
    page.goto("/connexion/")
    verifier_axe(page)
    assert capture(page, "connexion").stat().st_size > 1000


def test_un_style_en_ligne_refuse_par_le_navigateur_est_note(page: Page, console: Console) -> None:
    page.goto("/connexion/")
    with page.expect_console_message(lambda message: "CSP : style-src" in message.text):
        page.evaluate("document.body.insertAdjacentHTML('beforeend', '<p style=\"color:red\">x</p>')")
    assert any("CSP : style-src" in erreur for erreur in console.inattendues())
    console.admettre("style")
    assert console.inattendues() == []


def test_une_image_sans_texte_est_vue_par_axe(page: Page, verifier_axe: Callable[[Page], None]) -> None:
    page.goto("/connexion/")
    page.evaluate("document.querySelector('main').insertAdjacentHTML('beforeend', '<img src=\"data:,\">')")
    with pytest.raises(AssertionError, match="image-alt"):
        verifier_axe(page)
