"""Les pages du référentiel dans un vrai navigateur : accessibles, lisibles au téléphone, parcourues au clavier."""

import pytest
from django.urls import reverse

from referentiel.services import importer_referentiel
from tests.referentiel.essai import trpm_enrichi

pytestmark = [pytest.mark.navigateur, pytest.mark.django_db(transaction=True)]


@pytest.mark.parametrize("largeur", [1440, 390])
def test_les_pages_du_referentiel_sont_accessibles_et_ne_debordent_pas(
    nouvelle_page, connecter, verifier_axe, sans_affectation, referentiel, largeur
):
    enrichie = importer_referentiel(trpm_enrichi())
    page = nouvelle_page(viewport={"width": largeur, "height": 844})
    connecter(page, sans_affectation)
    version = [referentiel.diplome.code, referentiel.numero]
    for adresse in (
        reverse("referentiel:accueil"),
        *(reverse(f"referentiel:{nom}", args=version) for nom in ("version", "epreuves", "activites", "poids")),
        reverse("referentiel:competence", args=[*version, "C9"]),
        reverse("referentiel:competence", args=["TRPM", enrichie.numero, "C7"]),
        reverse("referentiel:recherche", args=version) + "?q=planning",
    ):
        page.goto(adresse)
        for details in page.locator("details").all():
            details.evaluate("element => { element.open = true }")
        verifier_axe(page)
        assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"), adresse


def test_chercher_un_code_au_clavier_mene_a_la_competence(page, connecter, sans_affectation, referentiel):
    connecter(page, sans_affectation)
    page.goto(reverse("referentiel:version", args=["TRPM", referentiel.numero]))
    page.get_by_label("Chercher un code ou des mots").focus()
    page.keyboard.type("C7.3")
    page.keyboard.press("Enter")
    page.get_by_role("link", name="Effectuer les retouches").click()
    assert page.get_by_role("heading", level=1).inner_text() == "C7 Mettre en œuvre un moyen de réalisation"
