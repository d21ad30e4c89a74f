"""Importer une classe depuis un CSV Latin-1 : le fichier, les colonnes, l'aperçu, l'accord, le rapport."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from playwright.sync_api import Page, expect

from centres.models import Apprenant, Classe, Inscription, Utilisateur
from tests.navigateur.conftest import Console

LISTE = (
    "Nom de famille;Prénom 1;INE;Code MEF;Division;Statut;Date de naissance;Observations\r\n"
    "MARTIN;Zoé;1234567890A;2472501433;TTRPM;;01/02/2008;\r\n"
    "LEFÈVRE;Anaïs;;2472501333;TTRPM;apprenti;03/04/2008;\r\n"
    "Bernard;Ines;;2472501433;TTRPM;;05/06/2008;\r\n"
    "GARCIA;Hélène;;2472010331;2REMI;;07/08/2010;\r\n"
    "ROY;Tom;12;2472501433;TTRPM;;09/10/2008;\r\n"
)


def televerser(page: Page, chemin: Path) -> None:
    page.goto("/organisation/")
    page.get_by_role("main").get_by_role("link", name="Imports de listes").first.click()
    page.get_by_label("Apprenants").check()
    page.get_by_label("Fichier").set_input_files(chemin)
    page.get_by_role("button", name="Lire le fichier").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("À quoi servent les colonnes")


def trancher(page: Page) -> None:
    page.get_by_label("Créer 2REMI").check()
    page.get_by_label("Même personne que Bernard Inès").first.check()
    page.get_by_label("Laisser de côté 1 ligne en erreur").check()
    page.get_by_role("button", name="Appliquer l'import").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Import appliqué")


def relire_le_rapport(page: Page) -> None:
    with page.expect_download() as telechargement:
        page.get_by_role("link", name="Rapport .csv").click()
    assert "LEFÈVRE Anaïs" in Path(telechargement.value.path()).read_text("utf-8-sig")


def test_importer_une_classe_depuis_un_csv_latin_1(
    page: Page,
    connecter: Callable[[Page, Any], None],
    verifier_axe: Callable[[Page], None],
    capture: Callable[[Page, str], Path],
    tmp_path: Path,
    console: Console,
    ddfpt: Utilisateur,
    classe: Classe,
    ines: Inscription,
) -> None:
    # L'accord donné trop tôt revient avec ses raisons.
    console.admettre("422")
    chemin = tmp_path / "classe.csv"
    chemin.write_bytes(LISTE.encode("latin-1"))
    connecter(page, ddfpt)
    page.goto("/organisation/imports/")
    verifier_axe(page)
    capture(page, "import_envoi")
    televerser(page, chemin)
    expect(page.get_by_text("Colonnes effacées dès la lecture")).to_be_visible()
    page.get_by_label("Année scolaire").select_option("2025")
    page.get_by_label("Date d'effet des changements").fill("2026-01-05")
    verifier_axe(page)
    capture(page, "import_colonnes")
    page.get_by_role("button", name="Voir ce qui changerait").click()

    expect(page.get_by_role("heading", level=1)).to_have_text("Ce que la liste changerait")
    expect(page.get_by_role("region", name="Erreurs", exact=True)).to_contain_text("onze chiffres ou lettres")
    expect(page.get_by_role("region", name="Nouveaux", exact=True)).to_contain_text("LEFÈVRE Anaïs")
    verifier_axe(page)
    capture(page, "import_apercu")
    page.get_by_role("button", name="Appliquer l'import").click()
    expect(page.get_by_role("alert")).to_contain_text("Doublons à trancher")
    assert Apprenant.objects.count() == 1

    trancher(page)
    verifier_axe(page)
    capture(page, "import_bilan")
    relire_le_rapport(page)
    page.get_by_role("link", name="Imports de listes").first.click()
    expect(page.get_by_role("region", name="Fichiers envoyés")).to_contain_text("classe.csv")
    verifier_axe(page)
    assert sorted(classe.inscriptions.values_list("apprenant__nom", flat=True)) == ["Bernard", "LEFÈVRE", "MARTIN"]
    assert Classe.objects.get(nom="2REMI").inscriptions.count() == 1


def test_l_apercu_tient_sur_un_telephone(
    nouvelle_page: Callable[..., Page],
    connecter: Callable[[Page, Any], None],
    verifier_axe: Callable[[Page], None],
    capture: Callable[[Page, str], Path],
    tmp_path: Path,
    ddfpt: Utilisateur,
    classe: Classe,
    ines: Inscription,
) -> None:
    chemin = tmp_path / "classe.csv"
    chemin.write_bytes(LISTE.encode("latin-1"))
    page = nouvelle_page(viewport={"width": 390, "height": 800})
    connecter(page, ddfpt)
    televerser(page, chemin)
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    capture(page, "import_colonnes_390")
    page.get_by_label("Année scolaire").select_option("2025")
    page.get_by_label("Date d'effet des changements").fill("2026-01-05")
    page.get_by_role("button", name="Voir ce qui changerait").click()
    expect(page.get_by_role("button", name="Appliquer l'import")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    verifier_axe(page)
    capture(page, "import_apercu_390")
