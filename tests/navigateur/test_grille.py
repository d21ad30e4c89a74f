"""Remplir la grille : au clavier, en bloc, avec des notes, en filtrant, et vite."""

from collections.abc import Callable
from typing import Any

import pytest
from django.urls import reverse
from playwright.sync_api import Page, expect

from centres.journal import verifier_chaine
from centres.models import Evenement, Utilisateur
from evaluations.models import ObservationApprenant, Situation
from evaluations.services.positionnements import enregistrer_cellule
from tests.evaluations.fabrique_grille import detail, fabriquer_situation, remplir_la_classe
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


def test_une_ligne_se_remplit_au_clavier_sans_toucher_la_souris(grille: Page, situation: Situation, ines) -> None:
    case(grille, 0, 0).focus()
    for touche in ["3", "n", "a", "Shift+A", "d"]:
        grille.keyboard.press(touche)
    # C9.4 ne concerne pas Inès : le curseur saute à la ligne suivante.
    grille.keyboard.press("4")
    attendre_enregistre(grille)
    assert case(grille, 0, 0).get_attribute("data-niveau") == "3"
    assert [p.valeur for p in situation.positionnements.filter(inscription=ines).order_by("detaillee__code")] == [
        3,
        "NE",
        "ABJ",
        "ABN",
        "DISP",
    ]
    assert situation.positionnements.exclude(inscription=ines).get().valeur == 4
    assert Evenement.objects.filter(chaine=f"situation:{situation.pk}").count() == 6
    nom = case(grille, 0, 0).get_attribute("aria-label") or ""
    assert nom.startswith("Bernard Inès, C6.1, niveau 3, maîtrisée, enregistré à ")
    assert grille.locator("#grille tbody tr").first.locator(".bilan").text_content() == "5/5"
    assert grille.locator("#grille tfoot td").first.text_content() == "2/3"


def test_les_touches_deplacent_effacent_et_suivent_le_sens_choisi(grille: Page, situation: Situation) -> None:
    grille.select_option("#grille-avance", "bas")
    case(grille, 0, 1).focus()
    grille.keyboard.press("2")
    expect(case(grille, 1, 1)).to_be_focused()
    # Effacée avant d'être partie, la saisie n'aurait rien à enregistrer.
    attendre_enregistre(grille)
    for touche, attendue in [
        ("ArrowRight", (1, 2)),
        ("Enter", (2, 2)),
        ("Shift+Enter", (1, 2)),
        ("Tab", (1, 3)),
        ("Shift+Tab", (1, 2)),
        ("End", (1, 5)),
        ("Home", (1, 0)),
        ("Control+End", (2, 4)),
        ("Control+Home", (0, 0)),
        ("PageDown", (2, 0)),
    ]:
        grille.keyboard.press(touche)
        expect(case(grille, *attendue)).to_be_focused()
    case(grille, 0, 1).focus()
    grille.keyboard.press("Delete")
    expect(case(grille, 0, 1)).to_have_text("")
    attendre_enregistre(grille)
    assert situation.positionnements.get().valeur == ""
    grille.keyboard.press("Escape")
    grille.keyboard.press("Tab")
    assert grille.evaluate("document.activeElement.closest('tbody') === null || document.activeElement.tagName === 'A'")


def test_l_azerty_donne_les_niveaux_sans_maj(grille: Page, situation: Situation) -> None:
    case(grille, 0, 0).focus()
    grille.evaluate(
        """document.activeElement.dispatchEvent(
             new KeyboardEvent("keydown", {key: "\\"", code: "Digit3", bubbles: true, cancelable: true}))"""
    )
    expect(case(grille, 0, 0)).to_have_text("3")


def test_une_selection_se_remplit_apres_confirmation_et_s_annule(grille: Page, situation: Situation) -> None:
    case(grille, 0, 0).focus()
    grille.keyboard.press("2")
    attendre_enregistre(grille)
    case(grille, 0, 0).focus()
    grille.keyboard.press("Control+Space")
    grille.keyboard.press("4")
    expect(grille.locator("#confirmer-texte")).to_have_text("3 cases changeront : 2 vides, 1 déjà remplie.")
    grille.keyboard.press("Enter")
    expect(case(grille, 2, 0)).to_have_text("4")
    attendre_enregistre(grille)
    assert [p.valeur for p in situation.positionnements.all()] == [4, 4, 4]
    grille.keyboard.press("Control+z")
    expect(case(grille, 0, 0)).to_have_text("2")
    expect(case(grille, 1, 0)).to_have_text("")
    grille.keyboard.press("Control+y")
    expect(case(grille, 1, 0)).to_have_text("4")
    attendre_enregistre(grille)
    assert [p.valeur for p in situation.positionnements.all()] == [4, 4, 4]
    assert verifier_chaine(f"situation:{situation.pk}").est_intacte
    # Renoncer ne change rien.
    case(grille, 0, 0).focus()
    grille.keyboard.press("Shift+Space")
    grille.keyboard.press("1")
    grille.keyboard.press("Escape")
    expect(case(grille, 0, 0)).to_have_text("4")


def _coller(page: Page, texte: str) -> None:
    page.evaluate(
        """(texte) => { const donnees = new DataTransfer(); donnees.setData("text/plain", texte);
             document.activeElement.dispatchEvent(
               new ClipboardEvent("paste", {clipboardData: donnees, bubbles: true, cancelable: true})); }""",
        texte,
    )


def test_un_bloc_se_colle_depuis_un_tableur_et_se_recopie(grille: Page, situation: Situation) -> None:
    case(grille, 0, 0).focus()
    _coller(grille, "3\tne\t\r\n4\t2,0\tX\r\n")
    texte = grille.locator("#confirmer-texte")
    expect(texte).to_contain_text("4 cases changeront : 4 vides.")
    expect(texte).to_contain_text("1 illisible ignorée (« X »).")
    grille.click("#confirmer-oui")
    expect(case(grille, 1, 1)).to_have_text("2")
    attendre_enregistre(grille)
    assert sorted(str(valeur) for valeur in valeurs(situation).values()) == ["2", "3", "4", "NE"]
    case(grille, 0, 0).focus()
    for touche in ["Shift+ArrowRight", "Shift+ArrowDown"]:
        grille.keyboard.press(touche)
    copie = grille.evaluate(
        """() => { const donnees = new DataTransfer();
             document.activeElement.dispatchEvent(
               new ClipboardEvent("copy", {clipboardData: donnees, bubbles: true, cancelable: true}));
             return donnees.getData("text/plain"); }"""
    )
    assert copie == "3\tNE\n4\t2"


def test_une_note_suit_sa_case_et_une_autre_l_apprenant(grille: Page, situation: Situation, ines) -> None:
    case(grille, 0, 0).focus()
    grille.keyboard.press("o")
    expect(grille.locator("#note-texte")).to_be_focused()
    grille.keyboard.type("3 essais, geste sûr")
    grille.keyboard.press("Escape")
    expect(case(grille, 0, 0)).to_be_focused()
    attendre_enregistre(grille)
    cellule = situation.positionnements.get()
    assert (cellule.valeur, cellule.observation) == ("", "3 essais, geste sûr")
    expect(case(grille, 0, 0)).to_have_attribute("data-note", "")
    grille.keyboard.press("Shift+O")
    grille.keyboard.type("Autonome")
    grille.keyboard.press("Control+Enter")
    expect(case(grille, 0, 0)).to_be_focused()
    attendre_enregistre(grille)
    assert ObservationApprenant.objects.get(inscription=ines).texte == "Autonome"


def test_une_note_en_cours_de_frappe_n_est_pas_remplacee(grille: Page, situation: Situation) -> None:
    """Le panneau suit le curseur avec un temps de retard : ce retard ne doit rien effacer."""
    grille.context.new_cdp_session(grille).send("Emulation.setCPUThrottlingRate", {"rate": 6})
    case(grille, 0, 0).focus()
    grille.keyboard.press("ArrowRight")
    grille.keyboard.press("o")
    grille.keyboard.type("geste", delay=40)
    grille.keyboard.press("Escape")
    attendre_enregistre(grille)
    assert situation.positionnements.get().observation == "geste"


def test_le_filtre_ne_garde_que_ce_qui_reste_a_faire(grille: Page, situation: Situation) -> None:
    case(grille, 0, 0).focus()
    grille.keyboard.press("Control+Space")
    grille.keyboard.press("3")
    grille.keyboard.press("Enter")
    expect(case(grille, 0, 0)).to_have_text("3")
    attendre_enregistre(grille)
    grille.check("#grille-a-completer")
    expect(case(grille, 0, 0)).to_be_hidden()
    expect(case(grille, 0, 1)).to_be_visible()
    grille.uncheck("#grille-a-completer")
    grille.select_option("#grille-filtre", "1")
    expect(case(grille, 0, 0)).to_be_hidden()
    expect(case(grille, 0, 2)).to_be_visible()


def test_la_page_d_un_apprenant_s_enregistre_sans_recharger_et_se_rejoue(
    page: Page, situation: Situation, enseignante, ines, connecter: Connecter, console: Console
) -> None:
    console.admettre("ERR_|Failed to load resource")
    connecter(page, enseignante)
    page.goto(reverse("evaluations:grille_apprenant", args=[situation.pk, ines.pk]))
    page.wait_for_selector("body[data-pret]")
    formulaire = page.locator(".apprenant-detail").first
    formulaire.get_by_role("button", name="3", exact=False).first.click()
    expect(formulaire.locator(".detail-etat")).to_contain_text("enregistré à")
    page.context.set_offline(True)
    page.locator(".apprenant-detail").nth(1).locator("button[value='2']").click()
    expect(page.locator("#grille-enregistrement")).to_have_attribute("data-etat", "horsligne")
    page.locator(".apprenant-pas [rel=next]").click()
    expect(page.locator("#apprenant-avis")).to_contain_text("Pas de réseau : la page de Çelik Aïcha s'ouvrira")
    page.context.set_offline(False)
    attendre_enregistre(page)
    assert sorted(valeurs(situation).values()) == [2, 3]
    enregistrer_cellule(
        utilisateur=enseignante,
        situation_id=situation.pk,
        inscription_id=ines.pk,
        detaillee_id=detail("C7.1").pk,
        valeur=4,
        version=0,
    )
    troisieme = page.locator(".apprenant-detail").nth(2)
    expect(troisieme.locator("button[value='4']")).to_have_attribute("aria-pressed", "true", timeout=10_000)


def test_de_la_touche_a_l_ecran_sur_une_machine_six_fois_plus_lente(
    page: Page, classe, enseignante, option_rsp, connecter: Connecter, capsys: Any
) -> None:
    situation = fabriquer_situation(classe, enseignante)
    remplir_la_classe(classe, [option_rsp], 30)
    connecter(page, enseignante)
    ouvrir(page, situation)
    page.evaluate(
        """() => { globalThis.durees = [];
             addEventListener("keydown", (e) => {
               requestAnimationFrame(() => { const canal = new MessageChannel();
                 canal.port1.onmessage = () => durees.push(performance.now() - e.timeStamp);
                 canal.port2.postMessage(0); }); }, true); }"""
    )
    processeur = page.context.new_cdp_session(page)
    case(page, 0, 0).focus()
    passages = []
    for _ in range(3):
        processeur.send("Emulation.setCPUThrottlingRate", {"rate": 6})
        for touche in "1234n" * 8:
            vues = page.evaluate("durees.length")
            page.keyboard.press(touche)
            page.wait_for_function("vues => durees.length > vues", arg=vues)
        processeur.send("Emulation.setCPUThrottlingRate", {"rate": 1})
        durees = sorted(page.evaluate("durees.splice(0)"))
        passages.append((durees[int(len(durees) * 0.95)], durees[len(durees) // 2]))
    # La charge des voisins ne peut qu'allonger : le meilleur passage est celui qui mesure la page.
    p95, mediane = min(passages)
    attendre_enregistre(page, 30_000)
    assert situation.positionnements.count() == 120
    with capsys.disabled():
        # Visé : p95 ≤ 100 ms sur une machine au repos. Une durée se lit, elle ne fait pas échouer une suite.
        print(f"\ntouche → écran, 30 × 57, processeur ÷ 6 : médiane {mediane:.0f} ms, p95 {p95:.0f} ms")
