"""Un avis donné, lu par l'équipe, réparé ; une pièce jointe : dans un vrai navigateur."""

from collections.abc import Callable
from pathlib import Path

import pytest
from django.urls import reverse
from playwright.sync_api import Page, expect

from centres.models import Inscription, Utilisateur
from certification.models import PieceDossier
from certification.services.grilles import publier_grilles_par_defaut
from tests.certification.preuves import fabriquer_inventaire, fabriquer_situation, tout_positionner

Connecter = Callable[[Page, Utilisateur], None]
Capture = Callable[[Page, str], Path]
Axe = Callable[[Page], None]


@pytest.mark.django_db(transaction=True)
def test_un_avis_atteint_l_equipe_et_un_constat_mene_a_sa_case(
    nouvelle_page: Callable[..., Page],
    connecter: Connecter,
    enseignante: Utilisateur,
    inspecteur: Utilisateur,
    ines: Inscription,
    verifier_axe: Axe,
    capture: Capture,
    tmp_path: Path,
) -> None:
    publier_grilles_par_defaut(ines.classe.version)
    situations = [fabriquer_situation(ines.classe, enseignante, code, "E2") for code in ("S1", "S2")]
    for situation in situations:
        fabriquer_inventaire(situation)
        tout_positionner(situation, ines, enseignante, 3, sauf=["C1.1", "C1.2"])
    page = nouvelle_page()
    connecter(page, inspecteur)
    donner_un_avis(page, ines, verifier_axe)
    page = nouvelle_page()
    connecter(page, enseignante)
    page.goto(reverse("accueil"))
    page.get_by_role("link", name="Revoir S1").click()
    expect(page.get_by_text("Prévoir le contrôle final.")).to_be_visible()
    page.goto(reverse("certification:conformite", args=[ines.classe_id]))
    verifier_axe(page)
    capture(page, "conformite_1440")
    page.set_viewport_size({"width": 390, "height": 844})
    page.goto(reverse("certification:synthese", args=[ines.pk, "E2"]))
    verifier_axe(page)
    page.locator("#conformite").scroll_into_view_if_needed()
    page.locator(".constat-bloquant").get_by_role("link", name="Ouvrir la case").click()
    expect(page.locator("form.apprenant-detail:target")).to_contain_text("C1.1")
    joindre_un_plan(page, ines, tmp_path, verifier_axe)


def donner_un_avis(page: Page, ines: Inscription, verifier_axe: Axe) -> None:
    page.goto(reverse("certification:inspection"))
    verifier_axe(page)
    page.get_by_role("link", name=ines.classe.centre.nom).click()
    verifier_axe(page)
    page.get_by_role("link", name="Donner un avis sur S1").click()
    page.get_by_label("à revoir").check()
    page.get_by_label("Remarque à l'équipe").fill("Prévoir le contrôle final.")
    verifier_axe(page)
    page.get_by_role("button", name="Enregistrer l'avis").click()
    expect(page.get_by_text("Avis enregistré")).to_be_visible()


def joindre_un_plan(page: Page, ines: Inscription, dossier: Path, verifier_axe: Axe) -> None:
    page.goto(reverse("certification:pieces", args=[ines.pk, "E2"]))
    plan = dossier / "plan.pdf"
    plan.write_bytes(b"%PDF-1.7\n1 0 obj<<>>endobj\n%%EOF\n")
    page.get_by_label("Titre").fill("Plan du mors")
    page.locator("input[type=file]").set_input_files(plan)
    verifier_axe(page)
    page.get_by_role("button", name="Joindre la pièce").click()
    expect(page.get_by_role("link", name="Plan du mors", exact=True)).to_be_visible()
    verifier_axe(page)
    assert PieceDossier.objects.count() == 1
