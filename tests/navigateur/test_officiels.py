"""Placer les valeurs d'une grille officielle dans un vrai navigateur, au clavier seul."""

from collections.abc import Callable
from pathlib import Path

import pytest
from django.urls import reverse
from playwright.sync_api import Page, expect

from centres.models import Classe, Utilisateur
from certification.models import ClasseurOfficiel
from referentiel.models import Option
from tests.certification.fabrique_officiels import deposer

Connecter = Callable[[Page, Utilisateur], None]
Capture = Callable[[Page, str], Path]
Axe = Callable[[Page], None]


@pytest.mark.django_db(transaction=True)
def test_placer_des_valeurs_au_clavier(
    page: Page,
    connecter: Connecter,
    chef: Utilisateur,
    classe: Classe,
    option_rsp: Option,
    verifier_axe: Axe,
    capture: Capture,
) -> None:
    classeur = deposer(chef, option_rsp, classe.version.epreuves.get(code="E31"), classe.session)
    connecter(page, chef)
    page.goto(reverse("certification:officiel", args=[classeur.pk]))
    grille = page.locator("table[data-feuille='Grille E31']")
    # Une seule case prend la tabulation ; les flèches sautent les cases fusionnées et les formules.
    expect(grille.locator("td[tabindex='0']")).to_have_count(1)
    page.get_by_label("Nom et prénom").focus()
    grille.locator("td[data-adresse='Grille E31!B4']").focus()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    expect(page.get_by_label("Nom et prénom")).to_have_value("Grille E31!B5")
    expect(page.locator("[data-etat]")).to_contain_text("À placer : Nom.")
    page.get_by_label("Numéro national (INE)").focus()
    grille.locator("td[data-adresse='Grille E31!B5']").focus()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Space")
    for rang, colonne in enumerate("DEFG", start=1):
        page.get_by_label(f"Colonne du niveau {rang}").focus()
        grille.locator(f"td[data-adresse='Grille E31!{colonne}12']").focus()
        page.keyboard.press("Enter")
    page.locator("[data-niveau='C6.1']").focus()
    grille.locator("td[data-adresse='Grille E31!D12']").focus()
    page.keyboard.press("Enter")
    expect(grille.locator("td[data-adresse='Grille E31!G12']")).to_have_attribute("data-quoi", "C6.1 · 4")
    verifier_axe(page)
    capture(page, "grille_officielle_1440")
    page.get_by_role("button", name="Enregistrer les cases").press("Enter")
    expect(page.get_by_text("Cases enregistrées.")).to_be_visible()
    lue = ClasseurOfficiel.objects.get().correspondance
    assert lue["champs"] == {"nom_prenom": "Grille E31!B5", "ine": "Grille E31!B6"}
    assert lue["niveaux"]["colonnes"] == ["D", "E", "F", "G"]
    assert lue["niveaux"]["cases"] == {"C6.1": "Grille E31!D12"}
