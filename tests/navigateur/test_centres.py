"""Les pages des centres dans un vrai navigateur : accessibles, et aucune ressource refusée."""

import pytest
from django.urls import reverse

from centres.enums import Role
from tests.fabriques import fabriquer_personne

pytestmark = [pytest.mark.navigateur, pytest.mark.django_db(transaction=True)]


def test_la_connexion_se_fait_au_clavier(page, verifier_axe, enseignante):
    page.goto(reverse("connexion"))
    verifier_axe(page)
    page.keyboard.type("enseignante")
    page.keyboard.press("Tab")
    page.keyboard.type("demo-trpm")
    page.keyboard.press("Enter")
    page.wait_for_url("**" + reverse("accueil"))
    assert page.get_by_role("heading", level=1).inner_text() == "Bonjour Hélène"


@pytest.mark.parametrize("largeur", [1440, 390])
def test_les_pages_d_un_enseignant_sont_accessibles(
    nouvelle_page, connecter, verifier_axe, enseignante, classe, inscriptions, largeur
):
    page = nouvelle_page(viewport={"width": largeur, "height": 844})
    connecter(page, enseignante)
    for adresse in (
        reverse("accueil"),
        reverse("centres:classes"),
        reverse("centres:classe", args=[classe.pk]),
        reverse("centres:centres"),
    ):
        page.goto(adresse)
        verifier_axe(page)
        assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"), adresse


def test_de_l_accueil_a_l_appel_en_deux_clics(page, connecter, enseignante, classe, inscriptions):
    connecter(page, enseignante)
    page.goto(reverse("accueil"))
    page.get_by_role("link", name="TTRPM", exact=True).first.click()
    assert page.get_by_role("row").count() == 4
    page.get_by_role("link", name="Situations", exact=True).last.click()
    page.wait_for_url("**" + reverse("evaluations:situations", args=[classe.pk]))


@pytest.mark.parametrize("qui", ["administrateur", "compte_apprenant", "sans_affectation"])
def test_les_autres_accueils_sont_accessibles(request, page, connecter, verifier_axe, qui):
    connecter(page, request.getfixturevalue(qui))
    page.goto(reverse("accueil"))
    verifier_axe(page)


def test_l_etat_vide_est_accessible(page, connecter, verifier_axe, centre_b):
    connecter(page, fabriquer_personne("seul", Role.ENSEIGNANT, centre_b))
    page.goto(reverse("centres:classes"))
    verifier_axe(page)
