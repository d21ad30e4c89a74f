"""Le livret dans un vrai navigateur : l'apprenant dépose une photo, dit son niveau, lit le tout ; axe à zéro."""

from collections.abc import Callable

import pytest
from django.urls import reverse
from playwright.sync_api import Page, expect

from centres.models import Classe, Inscription, Utilisateur
from evaluations.models import AutoEvaluation, PiecePortfolio
from tests.evaluations.donnees_de_test import positionner, une_situation
from tests.evaluations.fabrique_progression import fabriquer_echelle
from tests.evaluations.images_de_test import photo


@pytest.mark.parametrize("largeur", [1440, 390])
def test_l_apprenant_tient_son_livret(
    largeur: int,
    nouvelle_page: Callable[..., Page],
    connecter: Callable[[Page, Utilisateur], None],
    verifier_axe: Callable[[Page], None],
    classe: Classe,
    enseignante: Utilisateur,
    compte_apprenant: Utilisateur,
    ines: Inscription,
) -> None:
    positionner(une_situation(enseignante, classe), ines, "C7.1", 2)
    fabriquer_echelle(classe, enseignante, {("C7.1", 1): 3, ("C7.1", 6): 4})
    page = nouvelle_page(viewport={"width": largeur, "height": 900})
    connecter(page, compte_apprenant)
    page.goto(reverse("evaluations:portfolio", args=[ines.apprenant_id]))
    page.get_by_label("Fichier").set_input_files({"name": "mors.jpg", "mimeType": "image/jpeg", "buffer": photo()})
    page.get_by_label("Titre").fill("Mors usiné")
    page.get_by_label("C7 Mettre en œuvre").check()
    page.get_by_role("button", name="Déposer", exact=True).click()
    expect(page.get_by_text("Pièce déposée.")).to_be_visible()
    image = page.locator(".piece img")
    image.scroll_into_view_if_needed()
    page.wait_for_function("() => document.querySelector('.piece img').naturalWidth > 0")
    assert PiecePortfolio.objects.get().competences.get().code == "C7"
    verifier_axe(page)
    page.goto(reverse("evaluations:auto_evaluation", args=[ines.apprenant_id]))
    verifier_axe(page)
    page.get_by_role("group", name="C7 Mettre").get_by_label("niveau 3").check()
    page.get_by_label("Pourquoi, C7").fill("Je conduis la série")
    page.get_by_role("button", name="Enregistrer").click()
    expect(page.get_by_text("C'est enregistré.")).to_be_visible()
    assert AutoEvaluation.objects.get().niveau == 3
    page.goto(reverse("evaluations:parcours", args=[ines.apprenant_id]))
    expect(page.get_by_text("Je conduis la série")).to_be_visible()
    expect(page.get_by_text("niveau 4 attendu, en dessous")).to_be_visible()
    for onglet in ("Niveaux", "Progression", "Chronologie"):
        page.get_by_role("link", name=onglet, exact=True).click()
        verifier_axe(page)
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), onglet
