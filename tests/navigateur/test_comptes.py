"""Un compte, de l'invitation au second facteur, dans un vrai navigateur ; et une clé d'accès virtuelle."""

import time
from collections.abc import Callable
from typing import Any

import pytest
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value
from django.urls import reverse
from playwright.sync_api import CDPSession, Page, expect

from centres.enums import Role
from centres.services.comptes import inviter
from tests.fabriques import affecter_a, fabriquer_utilisateur

BON = "Fraisage#2734"


def code_de(secret: str, decalage: int = 0) -> str:
    return format_hotp_value(hotp_value(secret, int(time.time()) // 30 + decalage))


def se_connecter(page: Page, identifiant: str, mot_de_passe: str) -> None:
    page.get_by_label("Identifiant").fill(identifiant)
    page.get_by_label("Mot de passe", exact=True).fill(mot_de_passe)
    page.get_by_role("button", name="Se connecter", exact=True).click()


@pytest.fixture
def cheffe_invitee(transactional_db: None, centre_a: Any) -> Any:
    """Une cheffe de centre dont le compte n'a jamais servi : son rôle exige un second facteur."""
    utilisateur = fabriquer_utilisateur("cheffe", "Nadia", "Perez")
    utilisateur.set_unusable_password()
    utilisateur.save()
    affecter_a(utilisateur, Role.CHEF, centre_a)
    return utilisateur


def test_de_l_invitation_a_la_connexion_avec_un_code(page, cheffe_invitee, verifier_axe, capture):
    def voir(nom: str) -> None:
        verifier_axe(page)
        capture(page, f"comptes_{nom}")

    _accepter_l_invitation(page, inviter(auteur=None, utilisateur=cheffe_invitee).jeton, voir)
    se_connecter(page, "cheffe", BON)
    secret = _poser_une_application(page, voir)
    page.get_by_role("link", name="C'est noté, continuer").click()
    page.wait_for_url(lambda url: url.endswith(reverse("accueil")))

    page.goto(reverse("compte"))
    voir("mon_compte")
    page.get_by_role("button", name="compte et affichage").click()
    page.get_by_role("button", name="Se déconnecter").click()
    se_connecter(page, "cheffe", BON)
    expect(page.get_by_role("heading", name="Second facteur")).to_be_visible()
    voir("code")
    page.get_by_label("Code de l'application").fill("000000")
    page.get_by_role("button", name="Continuer").click()
    expect(page.get_by_text("Ce code ne convient pas")).to_be_visible()
    page.get_by_label("Code de l'application").fill(code_de(secret))
    page.get_by_role("button", name="Continuer").click()
    expect(page.get_by_role("heading", level=1)).not_to_have_text("Second facteur")


def _accepter_l_invitation(page: Page, jeton: str, voir: Callable[[str], None]) -> None:
    page.goto(f"{reverse('invitation')}#{jeton}")
    expect(page.get_by_label("Code du lien reçu")).to_have_value(jeton)
    assert "#" not in page.url
    voir("invitation")
    for mot_de_passe, reponse in (("trop court", "trop facile à deviner"), (BON, "l'identifiant « cheffe »")):
        page.get_by_label("Nouveau mot de passe").fill(mot_de_passe)
        page.get_by_label("Le même, une seconde fois").fill(mot_de_passe)
        page.get_by_role("button", name="Enregistrer").click()
        expect(page.get_by_text(reponse)).to_be_visible()
        voir("invitation_suite")


def _poser_une_application(page: Page, voir: Callable[[str], None]) -> str:
    expect(page.get_by_role("heading", name="Poser un second facteur")).to_be_visible()
    voir("second_facteur")
    page.get_by_role("link", name="Employer une application").click()
    page.get_by_text("Je ne peux pas viser l'image").click()
    secret = page.locator("[data-secret]").inner_text()
    voir("application")
    page.get_by_label("Code affiché par l'application").fill(code_de(secret))
    page.get_by_role("button", name="Vérifier et enregistrer").click()
    expect(page.get_by_role("heading", name="Codes de secours")).to_be_visible()
    assert page.locator(".comptes-codes li").count() == 10
    voir("codes_de_secours")
    return secret


@pytest.fixture
def cle_virtuelle(page: Page) -> CDPSession:
    """L'empreinte digitale d'un ordinateur, simulée par Chromium."""
    outil = page.context.new_cdp_session(page)
    outil.send("WebAuthn.enable")
    options = {
        "protocol": "ctap2",
        "transport": "internal",
        "hasResidentKey": True,
        "hasUserVerification": True,
        "isUserVerified": True,
        "automaticPresenceSimulation": True,
    }
    outil.send("WebAuthn.addVirtualAuthenticator", {"options": options})
    return outil


def test_une_cle_d_acces_se_pose_puis_connecte_seule(page, cle_virtuelle, chef, console, verifier_axe, capture):
    page.goto(reverse("connexion"))
    se_connecter(page, "chef", "demo-trpm")
    page.get_by_role("link", name="Employer une clé d'accès").click()
    expect(page.get_by_role("heading", name="Ajouter une clé d'accès")).to_be_visible()
    verifier_axe(page)
    capture(page, "comptes_cle")
    page.get_by_label("Nom de la clé").fill("Portable de la salle 12")
    page.get_by_role("button", name="Enregistrer la clé").click()
    expect(page.get_by_role("heading", name="Codes de secours")).to_be_visible()
    page.goto(reverse("compte"))
    expect(page.get_by_role("link", name="Retirer Portable de la salle 12")).to_be_visible()
    page.context.clear_cookies()
    page.goto(reverse("centres:classes"))
    page.get_by_role("button", name="Se connecter avec une clé d'accès").click()
    page.wait_for_url(lambda url: "connexion" not in url)
    assert page.url.endswith(reverse("centres:classes"))
    assert page.goto(reverse("compte")).status == 200
    page.context.clear_cookies()
    page.goto(reverse("connexion"))
    se_connecter(page, "chef", "demo-trpm")
    page.get_by_role("button", name="Employer une clé d'accès").click()
    page.wait_for_url(lambda url: "connexion" not in url)
    assert page.goto(reverse("compte")).status == 200


def test_la_page_d_acces_d_un_collegue(page, connecter, chef, enseignante, verifier_axe, capture):
    # Un compte qui n'a jamais servi : le lien se remet en main propre, faute d'adresse.
    enseignante.set_unusable_password()
    enseignante.save()
    connecter(page, chef)
    page.goto(reverse("centres:acces", args=[enseignante.pk]))
    verifier_axe(page)
    page.get_by_role("button", name="Inviter").click()
    assert "/invitation/#" in page.get_by_label("Lien d'invitation").input_value()
    expect(page.get_by_role("button", name="Révoquer")).to_be_visible()
    verifier_axe(page)
    capture(page, "comptes_acces")


def test_les_autres_pages_de_compte_sont_accessibles(page, connecter, enseignante, verifier_axe, capture):
    for nom in ("mot_de_passe_oublie", "invitation"):
        page.goto(reverse(nom))
        verifier_axe(page)
        capture(page, f"comptes_{nom}")
    connecter(page, enseignante)
    for nom in ("mot_de_passe", "second_facteur", "compte", "account_reauthenticate"):
        page.goto(reverse(nom))
        verifier_axe(page)
        capture(page, f"comptes_{nom}")
