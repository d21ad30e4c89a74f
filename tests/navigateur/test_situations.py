"""Saisir une situation dans un vrai navigateur : ouvrir une épreuve, tout cocher, ajouter une ligne, enregistrer."""

from collections.abc import Callable
from pathlib import Path

import pytest
from django.urls import reverse
from playwright.sync_api import Page, expect

from centres.models import Classe, Inscription, Utilisateur
from evaluations.models import Situation
from evaluations.services.donnees import donnees_de
from tests.evaluations.donnees_de_test import positionner, une_situation

Connecter = Callable[[Page, Utilisateur], None]
Capture = Callable[[Page, str], Path]
Axe = Callable[[Page], None]

TELEPHONE = {"width": 390, "height": 844}


def remplir_l_identite(page: Page) -> None:
    page.get_by_label("Titre").fill("Étau de montage")
    page.get_by_label("Date de début").fill("2026-02-03")
    page.get_by_label("certificative").check()


@pytest.mark.django_db(transaction=True)
def test_creer_une_situation_a_la_souris(
    page: Page, connecter: Connecter, enseignante: Utilisateur, classe: Classe, verifier_axe: Axe, capture: Capture
) -> None:
    connecter(page, enseignante)
    page.goto(reverse("evaluations:situation_creer", args=[classe.pk]))
    expect(page.get_by_text("Choisissez une épreuve")).to_be_visible()
    expect(page.locator("#epreuve-E31")).to_be_hidden()
    remplir_l_identite(page)
    page.get_by_role("checkbox", name="E2 ").check()
    page.locator("#epreuve-E2").get_by_role("checkbox", name="C1.1").check()
    # Changer d'avis referme le bloc : ce qui y était coché ne part pas.
    page.get_by_role("checkbox", name="E2 ").uncheck()
    page.get_by_role("checkbox", name="E31 ").check()
    page.get_by_role("button", name="Tout cocher dans C7").click()
    expect(page.get_by_role("button", name="Tout décocher dans C7")).to_be_visible()
    expect(page.locator("[name=mobilisees][value=C7]")).to_be_disabled()
    expect(page.get_by_label("Entreprise", exact=True)).to_be_hidden()
    page.locator("[name=ressources-0-designation]").fill("Dossier technique")
    page.get_by_role("button", name="Ajouter une ligne").click()
    page.locator("[name=ressources-3-designation]").fill("Fraiseuse CN")
    verifier_axe(page)
    capture(page, "situation_saisie_1440")
    page.get_by_role("button", name="Créer la situation").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("S1 Étau de montage")
    donnees = donnees_de(Situation.objects.get())
    assert (donnees.epreuves, donnees.evaluees) == (("E31",), ("C7.1", "C7.2", "C7.3"))
    assert [ressource.designation for ressource in donnees.ressources] == ["Dossier technique", "Fraiseuse CN"]
    verifier_axe(page)


@pytest.mark.django_db(transaction=True)
def test_sans_javascript_le_formulaire_s_envoie_aussi(
    nouvelle_page: Callable[..., Page], connecter: Connecter, enseignante: Utilisateur, classe: Classe
) -> None:
    page = nouvelle_page(java_script_enabled=False)
    connecter(page, enseignante)
    page.goto(reverse("evaluations:situation_creer", args=[classe.pk]))
    remplir_l_identite(page)
    page.locator("[name=epreuves][value=E31]").check()
    page.locator("[name=evaluees][value='C7.3']").check()
    page.get_by_role("button", name="Créer la situation").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("S1 Étau de montage")
    assert donnees_de(Situation.objects.get()).evaluees == ("C7.3",)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_chaque_page_est_accessible_sur_grand_ecran_et_sur_telephone(
    theme: str,
    nouvelle_page: Callable[..., Page],
    connecter: Connecter,
    enseignante: Utilisateur,
    classe: Classe,
    ines: Inscription,
    verifier_axe: Axe,
    capture: Capture,
) -> None:
    situation = une_situation(enseignante, classe)
    positionner(situation, ines, "C7.1", 3)
    pages = {
        "situations": reverse("evaluations:situations", args=[classe.pk]),
        "situation": reverse("evaluations:situation", args=[situation.pk]),
        "situation_modifier": reverse("evaluations:situation_modifier", args=[situation.pk]),
        "situation_reprendre": reverse("evaluations:situation_reprendre", args=[situation.pk]),
        "bibliotheque": reverse("evaluations:bibliotheque"),
        "parcours": reverse("evaluations:parcours", args=[ines.apprenant_id]),
    }
    for viewport in ({"width": 1440, "height": 900}, TELEPHONE):
        page = nouvelle_page(viewport=viewport, color_scheme=theme)
        connecter(page, enseignante)
        for nom, adresse in pages.items():
            page.goto(adresse)
            verifier_axe(page)
            assert page.evaluate("document.documentElement.scrollWidth") == viewport["width"], nom
            if theme == "light":
                capture(page, f"{nom}_{viewport['width']}")
