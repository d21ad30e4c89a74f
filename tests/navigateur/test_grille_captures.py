"""La grille vue à 1440, 1024 et 390 px, dans chaque état : aucune violation axe, images gardées."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import Page

from centres.models import Inscription, Utilisateur
from evaluations.models import Positionnement, Situation
from evaluations.services.positionnements import enregistrer_cellule
from referentiel.models import CompetenceDetaillee, Descripteur
from tests.evaluations.fabrique_grille import fabriquer_situation, remplir_la_classe

LARGEURS = [(1440, 900), (1024, 768), (390, 844)]
NIVEAUX: list[Any] = [3, 4, 3, 2, 3, 1, 2, 4, "NE", 3, "ABJ", 3, None, 2, None]


@pytest.fixture
def pleine(classe, enseignante, option_rsp, option_rmo) -> Situation:
    """Trente apprenants, les quinze détails de C6 à C9, à moitié remplis."""
    detaillees = CompetenceDetaillee.objects.filter(competence__code__in=["C6", "C7", "C8", "C9"])
    situation = fabriquer_situation(classe, enseignante, detaillees.values_list("code", flat=True))
    inscrits = remplir_la_classe(classe, [option_rsp, option_rsp, option_rmo], 30)
    lignes = []
    for rang, inscrit in enumerate(inscrits):
        for place, detaillee in enumerate(situation.evaluees.all()):
            valeur = NIVEAUX[(rang * 7 + place * 4 + rang // 3) % len(NIVEAUX)]
            if valeur is None or rang > 20 or detaillee.option_id not in {None, inscrit.option_id}:
                continue
            niveau, etat = (valeur, "") if isinstance(valeur, int) else (None, valeur)
            lignes.append(
                Positionnement(
                    situation=situation,
                    inscription=inscrit,
                    detaillee=detaillee,
                    niveau=niveau,
                    etat=etat,
                    observation="bon geste" if place == rang else "",
                    auteur=enseignante,
                    modifie_le=timezone.now(),
                )
            )
    Positionnement.objects.bulk_create(lignes)
    for niveau, texte in enumerate(["ne règle pas", "règle avec de l'aide", "règle seul", "règle et explique"], 1):
        Descripteur.objects.create(detaillee=situation.evaluees.get(code="C6.2"), niveau=niveau, texte=texte)
    return situation


@pytest.mark.parametrize("largeur", LARGEURS, ids=lambda paire: str(paire[0]))
def test_la_grille_est_saine_a_toutes_les_largeurs(
    largeur: tuple[int, int],
    pleine: Situation,
    enseignante: Utilisateur,
    nouvelle_page: Callable[..., Page],
    connecter: Callable[[Page, Any], None],
    verifier_axe: Callable[[Page], None],
    capture: Callable[[Page, str], Path],
) -> None:
    page = nouvelle_page(viewport={"width": largeur[0], "height": largeur[1]}, has_touch=largeur[0] < 1400)
    connecter(page, enseignante)
    page.goto(reverse("evaluations:grille", args=[pleine.pk]))
    page.wait_for_selector("#grille[data-pret]")
    page.locator("#grille tbody tr").nth(1).locator("td").nth(1).click()
    verifier_axe(page)
    capture(page, f"grille_{largeur[0]}")
    inscrit = Inscription.objects.order_by("pk").first()
    page.goto(reverse("evaluations:grille_apprenant", args=[pleine.pk, inscrit.pk]))
    page.wait_for_selector("body[data-pret]")
    verifier_axe(page)
    capture(page, f"grille_apprenant_{largeur[0]}")
    petites = page.evaluate(
        "[...document.querySelectorAll('.detail-choix button')].filter(b => b.offsetHeight < 44 || b.offsetWidth < 44)"
        ".length"
    )
    assert petites == 0
    assert page.evaluate("document.documentElement.scrollWidth") <= largeur[0]


def test_la_grille_en_lecture_seule_et_verrouillee_est_saine(
    pleine: Situation,
    inspecteur: Utilisateur,
    page: Page,
    connecter: Callable[[Page, Any], None],
    verifier_axe: Callable[[Page], None],
    capture: Callable[[Page, str], Path],
) -> None:
    Situation.objects.filter(pk=pleine.pk).update(verrouillee_le=timezone.now())
    connecter(page, inspecteur)
    page.goto(reverse("evaluations:grille", args=[pleine.pk]))
    page.wait_for_selector("#grille[data-pret]")
    case = page.locator("#grille tbody td").first
    avant = case.text_content()
    case.click()
    page.keyboard.press("1")
    assert case.text_content() == avant
    verifier_axe(page)
    capture(page, "grille_lecture_seule")


def test_chaque_etat_de_la_grille_est_sain(
    pleine: Situation,
    enseignante: Utilisateur,
    collegue: Utilisateur,
    page: Page,
    connecter: Callable[[Page, Any], None],
    verifier_axe: Callable[[Page], None],
    capture: Callable[[Page, str], Path],
) -> None:
    """Aide, sélection et confirmation, note, conflit et historique : chacun passe axe et laisse une image."""
    connecter(page, enseignante)
    page.goto(reverse("evaluations:grille", args=[pleine.pk]))
    page.wait_for_selector("#grille[data-pret]")
    case = page.locator("#grille tbody tr").nth(22).locator("td").first
    enregistrer_cellule(
        utilisateur=collegue,
        situation_id=pleine.pk,
        inscription_id=Inscription.objects.order_by("pk")[22].pk,
        detaillee_id=pleine.evaluees.get(code="C6.1").pk,
        valeur=4,
        version=0,
    )
    case.focus()
    page.keyboard.press("2")
    page.wait_for_selector("#grille-enregistrement[data-etat=conflit]")
    case.focus()
    page.wait_for_selector("#panneau-conflit:not([hidden])")
    page.keyboard.press("h")
    page.wait_for_selector("#zone-historique li")
    verifier_axe(page)
    capture(page, "grille_conflit")
    page.click("#conflit-garder")
    page.keyboard.press("o")
    verifier_axe(page)
    capture(page, "grille_note")
    page.keyboard.press("Escape")
    page.keyboard.press("Control+Space")
    page.keyboard.press("3")
    verifier_axe(page)
    capture(page, "grille_remplir")
    page.keyboard.press("Escape")
    page.click("#grille-densite")
    page.keyboard.press("?")
    verifier_axe(page)
    capture(page, "grille_aide")
    assert Positionnement.objects.filter(situation=pleine, niveau=4, auteur=collegue).count() == 1
