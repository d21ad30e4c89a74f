"""Télécharger la grille, la remplir dans un tableur, l'envoyer, relire les différences, les appliquer."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from centres.models import Classe, Inscription, Utilisateur
from evaluations.models import Positionnement, Situation
from evaluations.services.positionnements import enregistrer_cellule
from tests.classeurs import case, ouvrir
from tests.evaluations.fabrique_grille import detail, fabriquer_situation
from tests.navigateur.conftest import Console

INES, AICHA, LUCAS = "Bernard Inès", "Çelik Aïcha", "Durand Lucas"


@pytest.fixture
def situation(classe: Classe, enseignante: Utilisateur, inscriptions: list[Inscription]) -> Situation:
    return fabriquer_situation(classe, enseignante, ["C6.1", "C7.3", "C8.1", "C9.4"])


def noter(utilisateur: Utilisateur, situation: Situation, inscrit: Inscription, code: str, valeur: Any) -> None:
    enregistrer_cellule(
        utilisateur=utilisateur,
        situation_id=situation.pk,
        inscription_id=inscrit.pk,
        detaillee_id=detail(code).pk,
        valeur=valeur,
        version=0,
    )


def telecharger(page: Page, situation: Situation, chemin: Path) -> Path:
    page.goto(f"/situations/{situation.pk}/grille/televerser/")
    with page.expect_download() as telechargement:
        page.get_by_role("link", name="Télécharger le classeur").click()
    telechargement.value.save_as(chemin)
    return chemin


def remplir(chemin: Path, saisies: dict[tuple[str, str], Any]) -> None:
    """Ce qu'un enseignant fait dans son tableur."""
    classeur = ouvrir(chemin.read_bytes())
    for (nom, code), valeur in saisies.items():
        case(classeur["E31"], nom, code).value = valeur
    classeur.save(chemin)


def envoyer(page: Page, chemin: Path) -> None:
    page.get_by_label("Classeur rempli").set_input_files(chemin)
    page.get_by_role("button", name="Voir les différences").click()


def ecrites(situation: Situation) -> dict[tuple[str, str], Any]:
    lignes = situation.positionnements.select_related("inscription__apprenant", "detaillee").order_by()
    return {(str(ligne.inscription.apprenant), ligne.detaillee.code): ligne.valeur for ligne in lignes}


def test_aller_et_retour_par_un_tableur(
    page: Page,
    connecter: Callable[[Page, Any], None],
    verifier_axe: Callable[[Page], None],
    capture: Callable[[Page, str], Path],
    tmp_path: Path,
    situation: Situation,
    enseignante: Utilisateur,
    collegue: Utilisateur,
    inscriptions: list[Inscription],
) -> None:
    noter(enseignante, situation, inscriptions[2], "C8.1", 4)
    connecter(page, enseignante)
    chemin = telecharger(page, situation, tmp_path / "grille.xlsx")
    verifier_axe(page)
    capture(page, "classeur_envoi")
    # Pendant que le classeur se remplit ailleurs, un collègue note la même case.
    noter(collegue, situation, inscriptions[0], "C6.1", 2)
    saisies = {(INES, "C6.1"): 3, (INES, "C7.3"): 4, (AICHA, "C9.4"): "NE", (LUCAS, "C6.1"): 7, (LUCAS, "C8.1"): 3}
    remplir(chemin, saisies)
    envoyer(page, chemin)
    expect(page.get_by_role("heading", level=1)).to_have_text("Ce que le classeur changerait")
    conflit = page.get_by_role("checkbox", name=f"Appliquer C6.1, {INES}")
    expect(conflit).not_to_be_checked()
    expect(page.get_by_text("Marc Roux, le")).to_be_visible()
    expect(page.get_by_role("region", name="Valeurs invalides")).to_contain_text("E31 D8")
    verifier_axe(page)
    capture(page, "classeur_apercu")
    bouton = page.locator("[data-appliquer]")
    expect(bouton).to_have_text("Appliquer 3 changements")
    conflit.check()
    expect(bouton).to_have_text("Appliquer 4 changements")
    page.get_by_role("checkbox", name=f"Appliquer C9.4, {AICHA}").uncheck()
    bouton.click()
    expect(page.get_by_text("3 cases enregistrées depuis le classeur.")).to_be_visible()
    assert ecrites(situation) == {(INES, "C6.1"): 3, (INES, "C7.3"): 4, (LUCAS, "C8.1"): 3}


def test_un_mauvais_fichier_se_dit_sans_rien_changer(
    page: Page,
    connecter: Callable[[Page, Any], None],
    verifier_axe: Callable[[Page], None],
    tmp_path: Path,
    situation: Situation,
    enseignante: Utilisateur,
    console: Console,
) -> None:
    console.admettre("Failed to load resource.*422")
    connecter(page, enseignante)
    page.goto(f"/situations/{situation.pk}/grille/televerser/")
    faux = tmp_path / "grille.xlsx"
    faux.write_text("nom;C6.1")
    envoyer(page, faux)
    expect(page.get_by_role("alert")).to_contain_text("n'est pas un classeur .xlsx ou .ods")
    verifier_axe(page)
    assert not Positionnement.objects.exists()


@pytest.mark.parametrize("largeur", [1024, 390])
def test_l_apercu_tient_sur_un_petit_ecran(
    nouvelle_page: Callable[..., Page],
    connecter: Callable[[Page, Any], None],
    capture: Callable[[Page, str], Path],
    tmp_path: Path,
    situation: Situation,
    enseignante: Utilisateur,
    largeur: int,
) -> None:
    page = nouvelle_page(viewport={"width": largeur, "height": 800})
    connecter(page, enseignante)
    chemin = telecharger(page, situation, tmp_path / "grille.xlsx")
    remplir(chemin, {(INES, "C6.1"): 3})
    envoyer(page, chemin)
    expect(page.locator("[data-appliquer]")).to_have_text("Appliquer 1 changement")
    coche = page.get_by_role("checkbox", name=f"Appliquer C6.1, {INES}").bounding_box()
    assert coche
    assert coche["x"] + coche["width"] <= largeur
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    capture(page, f"classeur_apercu_{largeur}")
