"""Les données personnelles dans un vrai navigateur : pages accessibles, purge menée jusqu'au bout."""

import pytest
from django.urls import reverse

from centres.models import Apprenant
from centres.services.conservation import poser_gel
from tests.trpm.purge_outils import planter, publier_les_resultats

pytestmark = [pytest.mark.navigateur, pytest.mark.django_db(transaction=True)]


@pytest.mark.parametrize("largeur", [1440, 390])
def test_les_pages_du_chef_sont_accessibles(
    nouvelle_page, connecter, verifier_axe, capture, chef, inscriptions, classe, largeur
):
    publier_les_resultats(2026, 400)
    gel = poser_gel(auteur=chef, apprenant=inscriptions[1].apprenant, motif="recours devant le tribunal")
    page = nouvelle_page(viewport={"width": largeur, "height": 844})
    connecter(page, chef)
    for nom, cles in (
        ("organisation_conservation", []),
        ("organisation_conservation_duree", [classe.centre_id]),
        ("organisation_purge", [classe.centre_id]),
        ("organisation_gel_poser", [inscriptions[0].apprenant_id]),
        ("organisation_gel_lever", [gel.pk]),
        ("organisation_donnees", [inscriptions[0].apprenant_id]),
    ):
        page.goto(reverse(nom, args=cles))
        verifier_axe(page)
        assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"), nom
        capture(page, f"{nom}_{largeur}")


@pytest.mark.parametrize("largeur", [1440, 390])
@pytest.mark.parametrize("qui", ["compte_apprenant", "enseignante", None])
def test_les_pages_de_chacun_sont_accessibles(
    request, nouvelle_page, connecter, verifier_axe, capture, qui, ines, largeur
):
    page = nouvelle_page(viewport={"width": largeur, "height": 844})
    if qui:
        connecter(page, request.getfixturevalue(qui))
    for nom in ["donnees_personnelles", "accessibilite", *(["mes_donnees"] if qui else [])]:
        page.goto(reverse(nom))
        verifier_axe(page)
        assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"), nom
        capture(page, f"{nom}_{qui}_{largeur}")


def test_les_pages_de_l_administrateur_sont_accessibles(page, connecter, verifier_axe, administrateur, classe):
    connecter(page, administrateur)
    for adresse in (
        reverse("organisation_resultats"),
        reverse("organisation_resultats_dater", args=[classe.session_id]),
    ):
        page.goto(adresse)
        verifier_axe(page)


def test_le_chef_purge_depuis_l_apercu(page, connecter, chef, enseignante, classe):
    zephirin = planter(classe, enseignante, chef).apprenant
    publier_les_resultats(2026, 400)
    connecter(page, chef)
    page.goto(reverse("organisation_conservation"))
    page.get_by_role("link", name="Aperçu de la purge").click()
    page.get_by_label("Nombre de personnes à anonymiser").fill("1")
    page.get_by_role("button", name="Anonymiser définitivement").click()
    page.wait_for_url("**" + reverse("organisation_conservation"))
    assert "1 personne anonymisée" in page.get_by_role("main").inner_text()
    assert Apprenant.objects.get(pk=zephirin.pk).nom == "Anonymisé"


def test_l_apprenante_telecharge_ses_donnees(page, connecter, compte_apprenant):
    connecter(page, compte_apprenant)
    page.goto(reverse("accueil"))
    page.get_by_role("link", name="Mes données").click()
    with page.expect_download() as attente:
        page.get_by_role("link", name="Télécharger le classeur").click()
    assert attente.value.suggested_filename.endswith(".xlsx")
