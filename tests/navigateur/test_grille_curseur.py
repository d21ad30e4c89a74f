"""Le curseur, le panneau, la note : aucune touche ne change une case que l'on ne voit pas ou n'a pas visée."""

from collections.abc import Callable
from typing import Any

import pytest
from django.urls import reverse
from playwright.sync_api import Page, expect

from centres.models import Utilisateur
from evaluations.models import ObservationApprenant, Situation
from evaluations.services.positionnements import enregistrer_cellule
from tests.evaluations.fabrique_grille import detail, fabriquer_situation
from tests.navigateur.conftest import Console
from tests.navigateur.grille_outils import attendre_enregistre, case, ouvrir, valeurs

CODES = ["C6.1", "C6.2", "C7.1", "C7.3", "C8.1", "C9.4"]
Connecter = Callable[[Page, Any], None]


@pytest.fixture
def situation(classe, enseignante, inscriptions) -> Situation:
    """Trois apprenants (Inès RSP, Aïcha RMO, Lucas RSP) et six colonnes ; C9.4 est inerte pour les RSP."""
    return fabriquer_situation(classe, enseignante, CODES)


@pytest.fixture
def grille(page: Page, situation: Situation, enseignante: Utilisateur, connecter: Connecter) -> Page:
    connecter(page, enseignante)
    ouvrir(page, situation)
    return page


@pytest.mark.parametrize("geste", ["clic", "bouton"])
def test_une_note_laissee_ouverte_ne_devient_jamais_des_niveaux(grille: Page, situation: Situation, geste: str) -> None:
    case(grille, 0, 0).focus()
    grille.keyboard.press("o")
    grille.keyboard.type("Note un")
    if geste == "clic":
        case(grille, 1, 1).click()
    else:
        grille.locator("#panneau-note").focus()
        case(grille, 1, 1).focus()
    grille.keyboard.press("o")
    expect(grille.locator("#note-texte")).to_be_focused()
    expect(grille.locator("#note-titre")).to_contain_text("C6.2")
    grille.keyboard.type("Note deux, dans la case 3")
    grille.keyboard.press("Escape")
    expect(grille.locator("#zone-note")).to_be_hidden()
    expect(case(grille, 1, 1)).to_be_focused()
    attendre_enregistre(grille)
    assert valeurs(situation) == {}
    notes = situation.positionnements.order_by("detaillee__code").values_list("observation", flat=True)
    assert list(notes) == ["Note un", "Note deux, dans la case 3"]


def test_o_et_maj_o_ramenent_dans_la_note_et_h_rouvre_l_histoire(grille: Page, situation: Situation) -> None:
    case(grille, 0, 0).focus()
    for touche in ["o", "Shift+O"]:
        for _ in range(2):
            case(grille, 0, 0).focus()
            grille.keyboard.press(touche)
            expect(grille.locator("#note-texte")).to_be_focused()
        grille.keyboard.type("nad")
    grille.keyboard.press("Escape")
    for _ in range(2):
        grille.keyboard.press("h")
        expect(grille.locator("#zone-historique")).to_be_visible()
    grille.keyboard.press("Escape")
    expect(grille.locator("#zone-historique")).to_be_hidden()
    grille.keyboard.press("h")
    case(grille, 1, 0).focus()
    expect(grille.locator("#zone-historique")).to_be_hidden()
    attendre_enregistre(grille)
    assert valeurs(situation) == {}
    assert ObservationApprenant.objects.get().texte == "nad"
    assert situation.positionnements.get().observation == "nad"


def test_un_filtre_ne_laisse_pas_ecrire_dans_une_case_masquee(grille: Page, situation: Situation) -> None:
    case(grille, 0, 0).focus()
    grille.select_option("#grille-filtre", "1")
    expect(grille.locator("#panneau-code")).to_contain_text("C7.1")
    grille.click("#panneau-niveaux [data-valeur='2']")
    expect(case(grille, 0, 2)).to_have_text("2")
    attendre_enregistre(grille)
    assert list(valeurs(situation).values()) == [2]
    # Ctrl Z marche aussi depuis le panneau.
    grille.locator("#panneau-historique").focus()
    grille.keyboard.press("Control+z")
    expect(case(grille, 0, 2)).to_have_text("")
    attendre_enregistre(grille)
    # Tout est rempli : « à compléter » ne laisse rien à viser.
    grille.select_option("#grille-filtre", "")
    case(grille, 0, 0).focus()
    grille.keyboard.press("Control+a")
    grille.keyboard.press("3")
    grille.keyboard.press("Enter")
    # Le remplissage se voit avant de partir : sans quoi « enregistré » serait celui d'avant.
    expect(case(grille, 0, 0)).to_have_text("3")
    attendre_enregistre(grille)
    grille.check("#grille-a-completer")
    expect(grille.locator("#panneau-niveaux")).to_be_hidden()
    grille.uncheck("#grille-a-completer")
    assert set(valeurs(situation).values()) == {3}


def test_annuler_une_case_masquee_la_remontre(grille: Page) -> None:
    case(grille, 0, 0).focus()
    grille.keyboard.press("3")
    grille.select_option("#grille-filtre", "1")
    grille.keyboard.press("Control+z")
    expect(case(grille, 0, 0)).to_be_focused()
    expect(case(grille, 0, 0)).to_have_text("")
    expect(grille.locator("#grille-filtre")).to_have_value("")


def test_la_fin_de_ligne_ne_deborde_pas_sur_une_case_deja_remplie(grille: Page, situation: Situation) -> None:
    case(grille, 1, 0).focus()
    grille.keyboard.press("4")
    case(grille, 0, 4).focus()
    grille.keyboard.press("3")
    expect(case(grille, 0, 4)).to_be_focused()
    expect(grille.locator("#grille-annonce")).to_contain_text("Fin de ligne")
    expect(grille.locator("#panneau-avis")).to_contain_text("déjà rempli")
    grille.keyboard.press("2")
    attendre_enregistre(grille)
    assert sorted(valeurs(situation).values()) == [2, 4]


def test_une_case_annotee_et_une_case_inerte_disent_leur_nom(
    grille: Page, situation: Situation, enseignante: Utilisateur, ines
) -> None:
    enregistrer_cellule(
        utilisateur=enseignante,
        situation_id=situation.pk,
        inscription_id=ines.pk,
        detaillee_id=detail("C6.1").pk,
        valeur=4,
        observation="sûre",
        version=0,
    )
    ouvrir(grille, situation)
    assert "avec une note" in (case(grille, 0, 0).get_attribute("aria-label") or "")
    assert case(grille, 0, 5).get_attribute("aria-label") == "Bernard Inès, C9.4, ne concerne pas l'option RSP"


def test_coller_la_meme_chose_ne_propose_pas_de_remplir(grille: Page) -> None:
    case(grille, 0, 0).focus()
    grille.keyboard.press("3")
    case(grille, 0, 0).focus()
    grille.evaluate(
        """() => { const donnees = new DataTransfer(); donnees.setData("text/plain", "3\\tX");
             document.activeElement.dispatchEvent(
               new ClipboardEvent("paste", {clipboardData: donnees, bubbles: true, cancelable: true})); }"""
    )
    expect(grille.locator("#confirmer-texte")).to_have_text("Aucune case ne changerait. 1 illisible ignorée (« X »).")
    expect(grille.locator("#confirmer-oui")).to_be_disabled()
    grille.keyboard.press("Enter")
    expect(grille.locator("#grille-confirmer")).to_be_hidden()


@pytest.mark.parametrize("taille", [(390, 844), (720, 450)], ids=str)
def test_les_niveaux_restent_sous_le_doigt_sur_un_petit_ecran(
    taille: tuple[int, int],
    nouvelle_page: Callable[..., Page],
    situation: Situation,
    enseignante: Utilisateur,
    connecter: Connecter,
) -> None:
    page = nouvelle_page(viewport={"width": taille[0], "height": taille[1]}, has_touch=True)
    connecter(page, enseignante)
    ouvrir(page, situation)
    case(page, 0, 0).tap()
    page.wait_for_selector("#grille-panneau[data-vide=false]")
    atteints = page.evaluate(
        """[...document.querySelectorAll("#panneau-niveaux button")].map((bouton) => {
             const {x, y, width, height} = bouton.getBoundingClientRect();
             return bouton.contains(document.elementFromPoint(x + width / 2, y + height / 2)); })"""
    )
    assert atteints == [True] * 9
    page.locator("#panneau-niveaux [data-valeur='2']").tap()
    expect(case(page, 0, 0)).to_have_text("2")


def test_hors_ligne_suivant_garde_la_personne_et_ses_saisies(
    page: Page, situation: Situation, enseignante, ines, connecter: Connecter, console: Console
) -> None:
    console.admettre("ERR_|Failed to load resource")
    connecter(page, enseignante)
    adresse = reverse("evaluations:grille_apprenant", args=[situation.pk, ines.pk])
    page.goto(adresse)
    page.wait_for_selector("body[data-pret]")
    page.context.set_offline(True)
    page.locator(".apprenant-detail").first.locator("button[value='2']").click()
    page.click("[rel=next]")
    expect(page.locator("#apprenant-avis")).to_contain_text("Restez ici")
    assert page.url.endswith(adresse)
    page.context.set_offline(False)
    attendre_enregistre(page)
    expect(page.locator("#apprenant-avis")).to_be_empty()
    page.click("[rel=next]")
    page.wait_for_url(lambda url: not url.endswith(adresse))
    assert list(valeurs(situation).values()) == [2]
