"""La coquille dans un vrai navigateur : apparence mémorisée, touches communes, téléphone, mot de passe montré."""

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from centres.models import Utilisateur

Connecter = Callable[[Page, Any], None]
TELEPHONE = {"width": 390, "height": 844}


def test_l_apparence_choisie_reste_d_une_page_a_l_autre(
    page: Page, connecter: Connecter, enseignante: Utilisateur
) -> None:
    connecter(page, enseignante)
    page.goto("/")
    racine = page.locator("html")
    expect(racine).to_have_attribute("data-bs-theme", "light")
    page.get_by_role("button", name="Hélène Faye").click()
    page.get_by_role("radio", name="Sombre").check()
    expect(racine).to_have_attribute("data-bs-theme", "dark")
    page.goto("/referentiel/")
    expect(racine).to_have_attribute("data-bs-theme", "dark")


def test_sans_choix_l_apparence_suit_le_systeme(nouvelle_page: Callable[..., Page]) -> None:
    page = nouvelle_page(color_scheme="dark")
    page.goto("/connexion/")
    expect(page.locator("html")).to_have_attribute("data-bs-theme", "dark")
    page.emulate_media(color_scheme="light")
    expect(page.locator("html")).to_have_attribute("data-bs-theme", "light")


def test_le_point_d_interrogation_ouvre_et_ferme_l_aide(
    page: Page, connecter: Connecter, enseignante: Utilisateur, verifier_axe: Callable[[Page], None]
) -> None:
    connecter(page, enseignante)
    page.goto("/")
    aide = page.get_by_role("dialog", name="Aide")
    expect(aide).to_be_hidden()
    page.keyboard.press("?")
    expect(aide).to_be_visible()
    expect(page.get_by_role("button", name="Fermer l'aide")).to_be_focused()
    verifier_axe(page)
    page.keyboard.press("?")
    expect(aide).to_be_hidden()


def test_une_touche_commune_tapee_dans_un_champ_reste_du_texte(page: Page) -> None:
    page.goto("/connexion/")
    champ = page.get_by_label("Identifiant")
    champ.press_sequentially("a/b?")
    expect(champ).to_have_value("a/b?")


def test_le_mot_de_passe_se_montre_a_la_demande(page: Page) -> None:
    page.goto("/connexion/")
    champ, bouton = page.locator("#id_password"), page.get_by_role("button", name="Afficher le mot de passe")
    champ.fill("secret")
    bouton.click()
    expect(champ).to_have_attribute("type", "text")
    expect(bouton).to_have_attribute("aria-pressed", "true")
    bouton.click()
    expect(champ).to_have_attribute("type", "password")


@pytest.mark.parametrize("apparence", ["light", "dark"])
def test_au_telephone_la_navigation_est_sous_le_pouce_et_rien_ne_deborde(
    nouvelle_page: Callable[..., Page],
    connecter: Connecter,
    enseignante: Utilisateur,
    verifier_axe: Callable[[Page], None],
    apparence: str,
) -> None:
    page = nouvelle_page(viewport=TELEPHONE, color_scheme=apparence, has_touch=True)
    connecter(page, enseignante)
    page.goto("/")
    lieu = page.get_by_role("navigation", name="Navigation principale").bounding_box()
    assert lieu is not None
    assert lieu["y"] + lieu["height"] == TELEPHONE["height"]
    assert page.evaluate("document.documentElement.scrollWidth") == TELEPHONE["width"]
    hauteurs = page.locator(".barre button:visible, .navigation a:visible").evaluate_all(
        "e => e.map(b => b.offsetHeight)"
    )
    assert min(hauteurs) >= 44
    verifier_axe(page)
