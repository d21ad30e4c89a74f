"""L'échelle dans un vrai navigateur : un niveau posé au clavier, une période écrite, axe à zéro."""

from collections.abc import Callable

import pytest
from django.urls import reverse
from playwright.sync_api import Page, expect

from centres.models import Classe, Utilisateur
from evaluations.models import Echelle
from evaluations.services.echelles import creer_echelle
from tests.evaluations.fabrique_progression import cohorte_de

Connecter = Callable[[Page, Utilisateur], None]


@pytest.fixture
def brouillon(classe: Classe, enseignante: Utilisateur) -> Echelle:
    return creer_echelle(
        utilisateur=enseignante, centre=classe.centre, version=classe.version, cohorte=cohorte_de(classe)
    )


def test_un_niveau_se_pose_au_clavier_et_la_periode_s_ecrit(
    page: Page, connecter: Connecter, enseignante: Utilisateur, brouillon: Echelle
) -> None:
    connecter(page, enseignante)
    page.goto(reverse("evaluations:echelle", args=[brouillon.pk]))
    page.get_by_role("button", name="C1 Rechercher").press("Enter")
    case = page.get_by_role("button", name="C1.1, Seconde S1")
    case.focus()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("4")
    annonce = page.locator("[data-annonce]")
    expect(annonce).to_contain_text("Enregistré")
    # Le foyer reste sur la case redessinée ; sa compétence suit.
    expect(page.get_by_role("button", name="C1.1, Seconde S2")).to_be_focused()
    expect(page.get_by_role("button", name="C1, Seconde S2")).to_contain_text("4")
    assert brouillon.niveaux.get(detaillee__code="C1.1", periode__ordre=2).niveau == 4
    page.keyboard.press("Delete")
    expect(page.get_by_role("button", name="C1.1, Seconde S2")).to_contain_text("1")
    page.get_by_role("link", name="Première S1").click()
    page.get_by_label("Ce que l'on doit observer, C1.1").fill("Trouve une cote sur le plan")
    page.get_by_role("button", name="Enregistrer la période").click()
    expect(page.get_by_text("Les objectifs de la période sont enregistrés.")).to_be_visible()
    assert brouillon.niveaux.filter(descripteur="Trouve une cote sur le plan").count() == 1


@pytest.mark.parametrize("largeur", [1440, 390])
def test_les_pages_de_l_echelle_sont_accessibles(
    largeur: int,
    nouvelle_page: Callable[..., Page],
    connecter: Connecter,
    verifier_axe: Callable[[Page], None],
    classe: Classe,
    enseignante: Utilisateur,
    brouillon: Echelle,
) -> None:
    page = nouvelle_page(viewport={"width": largeur, "height": 900})
    connecter(page, enseignante)
    adresse = reverse("evaluations:echelle", args=[brouillon.pk])
    for suite in ("?detail=C7", "?periode=3", "publier/", "supprimer/"):
        page.goto(adresse + suite)
        verifier_axe(page)
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), suite
    Echelle.objects.all().delete()
    page.goto(reverse("evaluations:echelle_classe", args=[classe.pk]))
    verifier_axe(page)
