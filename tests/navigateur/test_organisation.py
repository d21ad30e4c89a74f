"""L'administration dans un vrai navigateur : préparer une rentrée de bout en bout, et des pages accessibles."""

import pytest
from django.urls import reverse
from playwright.sync_api import expect

from centres.models import Entreprise, Tuteur
from tests.fabriques import fabriquer_classe, fabriquer_inscription

pytestmark = [pytest.mark.navigateur, pytest.mark.django_db(transaction=True)]


def test_preparer_la_rentree_de_bout_en_bout(page, connecter, verifier_axe, ddfpt, centre_a, referentiel):
    seconde = fabriquer_classe(centre_a, referentiel, nom="2TRPM", annee_cycle=1, session=2028)
    fabriquer_inscription(seconde, None, "Moreau", "Zoé")
    fabriquer_inscription(seconde, None, "Petit", "Sam")
    connecter(page, ddfpt)
    page.goto(reverse("accueil"))
    page.get_by_role("link", name="Administration").click()
    page.get_by_role("link", name="Classes", exact=True).last.click()
    page.get_by_role("link", name="Préparer la rentrée de 2TRPM").click()
    page.get_by_label("Nom de la nouvelle classe").fill("1TRPM")
    page.get_by_label("Option de Moreau Zoé").select_option(label="RMO")
    page.get_by_label("Petit Sam entre dans cette classe").uncheck()
    verifier_axe(page)
    page.get_by_role("button", name="Relire avant d'enregistrer").click()
    expect(page.get_by_role("row")).to_have_count(2)
    verifier_axe(page)
    page.get_by_role("button", name="Enregistrer cette rentrée").click()
    expect(page.get_by_role("status")).to_contain_text("1TRPM (2026-2027) : 1 apprenant à la rentrée.")
    page.get_by_role("link", name="Apprenants", exact=True).click()
    page.get_by_label("Mots").fill("zoe")
    page.keyboard.press("Enter")
    page.get_by_role("link", name="Moreau Zoé").click()
    expect(page.get_by_role("list").filter(has_text="1TRPM")).to_contain_text("depuis le 01/09/2026")


@pytest.mark.parametrize("largeur", [1440, 390])
def test_les_pages_de_l_administration_sont_accessibles(
    nouvelle_page, connecter, verifier_axe, chef, enseignante, inscriptions, centre_a, largeur
):
    entreprise = Entreprise.objects.create(centre=centre_a, nom="MécaLoire", commune="Roanne")
    Tuteur.objects.create(entreprise=entreprise, nom="Vidal")
    apprenant = inscriptions[0].apprenant_id
    page = nouvelle_page(viewport={"width": largeur, "height": 844})
    connecter(page, chef)
    pages = {
        "organisation": [],
        "organisation_classes": [],
        "organisation_classe_creer": [],
        "organisation_apprenants": [],
        "organisation_apprenant": [apprenant],
        "organisation_apprenant_inscrire": [apprenant],
        "organisation_personnels": [],
        "organisation_personne": [enseignante.pk],
        "organisation_personne_compte": [enseignante.pk],
        "organisation_entreprises": [],
        "organisation_entreprise": [entreprise.pk],
    }
    adresses = [reverse(f"centres:{nom}", args=arguments) for nom, arguments in pages.items()]
    for adresse in [*adresses, reverse("certification:benefices", args=[apprenant])]:
        page.goto(adresse)
        verifier_axe(page)
        assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"), adresse
