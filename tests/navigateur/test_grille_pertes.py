"""Réseau, serveur, session, second enseignant, verrou : rien ne se perd, rien ne se double, rien ne s'écrase."""

from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.sessions.models import Session
from django.utils import timezone
from playwright.sync_api import Page, expect

from centres.journal import verifier_chaine
from centres.models import Evenement, Utilisateur
from evaluations.models import Positionnement, Situation
from tests.evaluations.fabrique_grille import fabriquer_situation, remplir_la_classe
from tests.navigateur.conftest import Console
from tests.navigateur.grille_outils import attendre_enregistre, attendre_gardees, case, ouvrir, valeurs

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


def test_une_coupure_du_reseau_garde_tout_meme_apres_fermeture(
    grille: Page, situation: Situation, console: Console
) -> None:
    console.admettre("ERR_INTERNET_DISCONNECTED|Failed to load resource")
    contexte = grille.context
    case(grille, 0, 0).focus()
    grille.keyboard.press("3")
    attendre_enregistre(grille)
    contexte.set_offline(True)
    for touche in ["2", "1", "4"]:
        grille.keyboard.press(touche)
    expect(grille.locator("#grille-enregistrement")).to_contain_text("3 saisies gardées sur ce poste", timeout=5000)
    assert situation.positionnements.count() == 1
    # L'onglet se ferme sans avoir rien pu envoyer ; il rouvre avec le réseau.
    grille.close(run_before_unload=False)
    contexte.set_offline(False)
    page = contexte.new_page()
    ouvrir(page, situation)
    attendre_enregistre(page)
    expect(case(page, 0, 3)).to_have_text("4")
    assert sorted(valeurs(situation).values()) == [1, 2, 3, 4]


def test_quitter_avec_des_saisies_en_attente_avertit(grille: Page, situation: Situation, console: Console) -> None:
    console.admettre("ERR_INTERNET_DISCONNECTED|Failed to load resource")
    grille.context.set_offline(True)
    case(grille, 0, 0).focus()
    grille.keyboard.press("3")
    expect(grille.locator("#grille-enregistrement")).to_have_attribute("data-etat", "horsligne")
    with grille.expect_event("dialog") as avertissement:
        grille.close(run_before_unload=True)
    assert avertissement.value.type == "beforeunload"
    avertissement.value.dismiss()
    assert not grille.is_closed()


def test_le_serveur_redemarre_et_rien_n_est_perdu_ni_double(
    grille: Page, situation: Situation, console: Console
) -> None:
    console.admettre("503|502|Failed to load resource|ERR_")
    envois: list[int] = []

    def capricieux(route: Any) -> None:
        envois.append(1)
        if len(envois) == 1:
            route.fulfill(status=503, body="redémarrage")
        elif len(envois) == 2:
            # Le serveur a écrit, mais sa réponse se perd : le rejeu ne doit rien doubler.
            route.fetch()
            route.abort()
        else:
            route.continue_()

    grille.route("**/cellules/", capricieux)
    case(grille, 0, 0).focus()
    grille.keyboard.press("3")
    expect(case(grille, 0, 0)).to_have_attribute("data-etat", "attente")
    attendre_enregistre(grille, 30_000)
    assert len(envois) >= 3
    assert situation.positionnements.get().version == 1
    assert Evenement.objects.filter(chaine=f"situation:{situation.pk}").count() == 1


def test_une_seconde_saisie_attend_le_sort_de_la_premiere(grille: Page, situation: Situation, console: Console) -> None:
    console.admettre("Failed to load resource|ERR_")
    envois: list[int] = []

    def perdre_la_premiere_reponse(route: Any) -> None:
        envois.append(1)
        if len(envois) == 1:
            route.fetch()
            route.abort()
        else:
            route.continue_()

    grille.route("**/cellules/", perdre_la_premiere_reponse)
    case(grille, 0, 0).focus()
    with grille.expect_event("requestfailed"):
        grille.keyboard.press("3")
    case(grille, 0, 0).focus()
    grille.keyboard.press("4")
    attendre_enregistre(grille, 30_000)
    assert situation.positionnements.get().valeur == 4
    evenements = Evenement.objects.filter(chaine=f"situation:{situation.pk}").order_by("rang")
    assert [evenement.apres["valeur"] for evenement in evenements] == [3, 4]


def test_sans_indexeddb_le_stockage_local_prend_le_relais(
    nouvelle_page: Callable[..., Page], situation: Situation, enseignante, connecter: Connecter, console: Console
) -> None:
    console.admettre("Failed to load resource|ERR_")
    page = nouvelle_page()
    page.context.add_init_script("Object.defineProperty(globalThis, 'indexedDB', {value: undefined})")
    connecter(page, enseignante)
    ouvrir(page, situation)
    page.context.set_offline(True)
    case(page, 0, 0).focus()
    page.keyboard.press("3")
    attendre_gardees(page, 1)
    contexte = page.context
    page.close(run_before_unload=False)
    contexte.set_offline(False)
    page = contexte.new_page()
    ouvrir(page, situation)
    attendre_enregistre(page)
    assert situation.positionnements.get().valeur == 3


def test_la_session_expire_et_une_reconnexion_reprend_l_envoi(
    grille: Page, situation: Situation, console: Console
) -> None:
    console.admettre("401|403|Failed to load resource")
    Session.objects.all().delete()
    case(grille, 0, 0).focus()
    for touche in ["3", "2", "1"]:
        grille.keyboard.press(touche)
    expect(grille.locator("#grille-session")).to_be_visible()
    expect(grille.locator("#grille-session")).to_contain_text("3 saisies en attente")
    assert situation.positionnements.count() == 0
    with grille.context.expect_page() as ouverte:
        grille.click("#grille-session a")
    onglet = ouverte.value
    onglet.fill("[name=username]", "enseignante")
    onglet.fill("[name=password]", "demo-trpm")
    onglet.click("form [type=submit]")
    expect(onglet.locator("main")).to_contain_text("Retournez à l'onglet de la grille")
    grille.bring_to_front()
    attendre_enregistre(grille, 20_000)
    expect(grille.locator("#grille-session")).to_be_hidden()
    assert sorted(valeurs(situation).values()) == [1, 2, 3]


def test_les_saisies_de_l_un_ne_partent_pas_sous_le_nom_d_un_autre(
    grille: Page, situation: Situation, console: Console, connecter: Connecter, collegue: Utilisateur, enseignante
) -> None:
    console.admettre("401|ERR_|Failed to load resource")
    contexte = grille.context
    contexte.set_offline(True)
    case(grille, 0, 0).focus()
    grille.keyboard.press("3")
    attendre_gardees(grille, 1)
    grille.close(run_before_unload=False)
    contexte.set_offline(False)
    page = contexte.new_page()
    connecter(page, collegue)
    # Le premier relevé part quand la file a repris ce qui est à elle.
    with page.expect_response("**/changements/**"):
        ouvrir(page, situation)
    attendre_gardees(page, 1)
    expect(case(page, 0, 0)).to_have_text("")
    assert not Positionnement.objects.exists()
    connecter(page, enseignante)
    ouvrir(page, situation)
    attendre_enregistre(page)
    assert situation.positionnements.get().auteur == enseignante


def test_deux_enseignants_fusionnent_et_tranchent_leurs_conflits(
    grille: Page,
    situation: Situation,
    nouvelle_page: Callable[..., Page],
    connecter: Connecter,
    collegue: Utilisateur,
    ines,
    console: Console,
) -> None:
    console.admettre("ERR_|Failed to load resource")
    autre = nouvelle_page()
    connecter(autre, collegue)
    ouvrir(autre, situation)
    case(autre, 1, 1).focus()
    autre.keyboard.press("2")
    attendre_enregistre(autre)
    # La case de l'autre arrive sans recharger.
    expect(case(grille, 1, 1)).to_have_text("2", timeout=10_000)
    # Hors ligne, la même case : le plus tardif apprend qui a écrit quoi, et choisit.
    grille.context.set_offline(True)
    case(grille, 0, 0).focus()
    grille.keyboard.press("3")
    grille.keyboard.press("3")
    case(autre, 0, 0).focus()
    autre.keyboard.press("1")
    autre.keyboard.press("1")
    attendre_enregistre(autre)
    grille.context.set_offline(False)
    expect(grille.locator("#grille-enregistrement")).to_have_attribute("data-etat", "conflit", timeout=20_000)
    expect(case(grille, 0, 0)).to_have_text("3")
    case(grille, 2, 0).focus()
    grille.keyboard.press("c")
    expect(case(grille, 0, 0)).to_be_focused()
    expect(grille.locator("#conflit-texte")).to_contain_text("Marc Roux, qui a enregistré « niveau 1")
    grille.click("#conflit-imposer")
    grille.keyboard.press("c")
    expect(case(grille, 0, 1)).to_be_focused()
    grille.click("#conflit-garder")
    attendre_enregistre(grille)
    cellules = situation.positionnements.filter(inscription=ines)
    assert sorted(p.valeur for p in cellules) == [1, 3]
    objet = f"evaluations.positionnement:{cellules.get(niveau=3).pk}"
    assert [e.apres["valeur"] for e in Evenement.objects.filter(objet=objet).order_by("rang")] == [1, 3]
    case(grille, 0, 0).focus()
    grille.keyboard.press("h")
    expect(grille.locator("#zone-historique li")).to_have_count(2)
    expect(grille.locator("#zone-historique li").first).to_contain_text("Hélène Faye")


def test_une_situation_verrouillee_entre_temps_refuse_et_le_dit(grille: Page, situation: Situation) -> None:
    Situation.objects.filter(pk=situation.pk).update(verrouillee_le=timezone.now())
    case(grille, 0, 0).focus()
    grille.keyboard.press("3")
    expect(grille.locator("#grille-enregistrement")).to_have_attribute("data-etat", "refus")
    assert "verrouillée" in (case(grille, 0, 0).get_attribute("aria-label") or "")
    assert not Positionnement.objects.exists()


def test_une_classe_de_trente_entiere_malgre_le_reseau_et_la_session(
    page: Page, classe, enseignante, option_rsp, option_rmo, connecter: Connecter, console: Console
) -> None:
    console.admettre("ERR_|401|403|Failed to load resource")
    situation = fabriquer_situation(classe, enseignante, ["C6.1", "C6.2", "C7.3", "C8.1"])
    remplir_la_classe(classe, [option_rsp, option_rmo], 30)
    connecter(page, enseignante)
    ouvrir(page, situation)
    case(page, 0, 0).focus()
    touches = [str(1 + (rang * 3 + rang // 7) % 4) for rang in range(120)]
    for touche in touches[:40]:
        page.keyboard.press(touche)
    page.context.set_offline(True)
    for touche in touches[40:80]:
        page.keyboard.press(touche)
    expect(page.locator("#grille-enregistrement")).to_have_attribute("data-etat", "horsligne", timeout=10_000)
    Session.objects.all().delete()
    page.context.set_offline(False)
    for touche in touches[80:]:
        page.keyboard.press(touche)
    expect(page.locator("#grille-session")).to_be_visible(timeout=20_000)
    with page.context.expect_page() as ouverte:
        page.click("#grille-session a")
    ouverte.value.fill("[name=username]", "enseignante")
    ouverte.value.fill("[name=password]", "demo-trpm")
    ouverte.value.click("form [type=submit]")
    ouverte.value.wait_for_url("**/")
    page.bring_to_front()
    attendre_enregistre(page, 40_000)
    affichees = page.locator("#grille tbody td:not(.bilan)").all_text_contents()
    assert affichees == touches
    enregistrees = situation.positionnements.order_by("inscription__apprenant__nom", "detaillee__code")
    assert [str(p.niveau) for p in enregistrees] == touches
    assert Evenement.objects.filter(chaine=f"situation:{situation.pk}").count() == 120
    assert verifier_chaine(f"situation:{situation.pk}").est_intacte
