"""Les PFMP dans un vrai navigateur : une ligne qui s'enregistre seule, un bilan confirmé au téléphone, axe à zéro."""

from collections.abc import Callable

import pytest
from django.urls import reverse
from playwright.sync_api import Page, expect

from centres.models import Classe, Inscription, Tuteur, Utilisateur
from evaluations.models import PeriodePfmp, Placement, Positionnement
from tests.evaluations.fabrique_pfmp import placer, repondre, une_entreprise, une_periode

Connecter = Callable[[Page, Utilisateur], None]


@pytest.fixture
def periode(enseignante: Utilisateur, classe: Classe, inscriptions: list[Inscription]) -> PeriodePfmp:
    return une_periode(enseignante, classe)


@pytest.fixture
def tuteur(classe: Classe) -> Tuteur:
    return une_entreprise(classe)[1]


@pytest.fixture
def placement(enseignante: Utilisateur, periode: PeriodePfmp, ines: Inscription, tuteur: Tuteur) -> Placement:
    pose = placer(enseignante, periode, ines, tuteur)
    repondre(pose, {"C6.1": "A", "C7.1": "NA"})
    return pose


def test_une_ligne_s_enregistre_des_qu_on_quitte_la_case(
    page: Page, connecter: Connecter, enseignante: Utilisateur, periode: PeriodePfmp, tuteur: Tuteur, ines: Inscription
) -> None:
    connecter(page, enseignante)
    page.goto(reverse("evaluations:pfmp_periode", args=[periode.pk]))
    etat = page.locator(f"#etat-{ines.pk}")
    page.get_by_label("Entreprise de Bernard Inès").fill("mecaloire")
    page.get_by_label("Tuteur de Bernard Inès").focus()
    expect(etat).to_contain_text("enregistré à")
    page.get_by_label("Tuteur de Bernard Inès").fill("Jean Petit")
    page.get_by_label("Enseignant référent de Bernard Inès").select_option(str(enseignante.pk))
    expect(page.locator(f"[name=p{ines.pk}-version]")).to_have_value("2")
    placement = Placement.objects.get()
    assert (placement.tuteur, placement.enseignant) == (tuteur, enseignante)
    page.get_by_label("Entreprise de Bernard Inès").fill("Atelier Vercors, Romans")
    page.get_by_label("Entreprise de Bernard Inès").press("Tab")
    expect(etat).to_contain_text("Inconnu du centre : Atelier Vercors, Romans")
    expect(page.get_by_label("Tuteur de Bernard Inès")).to_have_value("")
    etat.get_by_role("button", name="Créer et placer").click()
    page.wait_for_url("**/pfmp/*/")
    expect(page.get_by_label("Entreprise de Bernard Inès")).to_have_value("Atelier Vercors, Romans")


def test_le_bilan_se_confirme_au_telephone_et_le_parcours_le_montre(
    nouvelle_page: Callable[..., Page], connecter: Connecter, enseignante: Utilisateur, placement: Placement
) -> None:
    page = nouvelle_page(viewport={"width": 390, "height": 844})
    connecter(page, enseignante)
    page.goto(reverse("evaluations:pfmp_bilan", args=[placement.pk]))
    choix = page.get_by_label("Niveau retenu, C6.1")
    boite = choix.bounding_box()
    assert boite is not None
    assert boite["x"] + boite["width"] <= 390
    choix.select_option("4")
    page.get_by_label("Raison du changement, C6.1").fill("Vu seule au poste pendant la visite")
    page.get_by_label("Bilan tenu le").fill("2026-01-30")
    page.get_by_role("button", name="Confirmer le bilan").click()
    expect(page.get_by_text("Bilan confirmé.")).to_be_visible()
    assert Positionnement.objects.get(detaillee__code="C6.1").niveau == 4
    page.goto(reverse("evaluations:parcours", args=[placement.inscription.apprenant_id]) + "?onglet=preuves")
    expect(page.get_by_text("en entreprise, MécaLoire").first).to_be_visible()


@pytest.mark.parametrize("largeur", [1440, 390])
def test_les_pages_de_pfmp_sont_accessibles(
    largeur: int,
    nouvelle_page: Callable[..., Page],
    connecter: Connecter,
    verifier_axe: Callable[[Page], None],
    enseignante: Utilisateur,
    placement: Placement,
) -> None:
    page = nouvelle_page(viewport={"width": largeur, "height": 900})
    connecter(page, enseignante)
    classe, periode, pk = placement.periode.classe_id, placement.periode_id, placement.pk
    for nom, arguments in (
        ("pfmp", []),
        ("pfmp_classe", [classe]),
        ("pfmp_synthese", [classe]),
        ("pfmp_periode", [periode]),
        ("pfmp_suivi", [periode]),
        ("pfmp_listes", [periode]),
        ("pfmp_placement", [pk]),
        ("pfmp_preparer", [pk]),
        ("pfmp_bilan", [pk]),
    ):
        page.goto(reverse(f"evaluations:{nom}", args=arguments))
        verifier_axe(page)
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), nom
