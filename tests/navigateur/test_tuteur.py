"""La fiche du tuteur sur un téléphone : répondre, perdre le réseau, revenir, finir ; et la recopie du papier."""

import re
from pathlib import Path

import pytest
import yaml
from django.conf import settings
from django.urls import reverse
from playwright.sync_api import Page, expect

from evaluations.models import FicheTuteur, Placement, ReponseAttitude, ReponseTuteur
from evaluations.services.liens_tuteur import creer_lien, revoquer_liens
from evaluations.services.questions_tuteur import charger_formulations
from evaluations.services.reponses_tuteur import SaisieReponses, repondre
from tests.evaluations.fabrique_pfmp import placer, une_entreprise, une_periode
from tests.evaluations.fabrique_tuteur import adresse_du

CODES = ("C3.2", "C6.1", "C6.3", "C7.1", "C7.2", "C10.3", "C12.2", "C12.3")
TELEPHONE = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True, "device_scale_factor": 2}
FORMULATIONS = Path(settings.BASE_DIR) / "fixtures" / "pfmp" / "formulations.yaml"


@pytest.fixture
def placement(referentiel, enseignante, classe, ines, transactional_db) -> Placement:
    charger_formulations(referentiel, yaml.safe_load(FORMULATIONS.read_text()))
    return placer(enseignante, une_periode(enseignante, classe), ines, une_entreprise(classe)[1], codes=CODES)


@pytest.fixture
def remis(placement, enseignante):
    return creer_lien(utilisateur=enseignante, placement=placement)


def ouvrir(page: Page, remis) -> None:
    page.goto(adresse_du(remis.jeton))
    page.get_by_role("button", name="Ouvrir la fiche").click()
    expect(page.get_by_text(re.compile(r"question \d sur 8"))).to_be_visible()


def repondue(page: Page, libelle: str) -> None:
    page.locator(".etape:visible .choix:not(.court)").get_by_text(libelle).click()


def valeurs(placement: Placement) -> list[str]:
    return list(
        ReponseTuteur.objects.filter(question__placement=placement)
        .order_by("question__ordre")
        .values_list("valeur", flat=True)
    )


def tient_dans_la_largeur(page: Page) -> bool:
    return page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_un_tuteur_repond_perd_le_reseau_revient_et_finit(
    nouvelle_page, remis, placement, console, verifier_axe, capture
) -> None:
    console.admettre("ERR_INTERNET_DISCONNECTED")
    page = nouvelle_page(**TELEPHONE)
    page.goto(adresse_du(remis.jeton))
    verifier_axe(page)
    capture(page, "tuteur-arrivee-390")
    ouvrir(page, remis)
    verifier_axe(page)
    repondue(page, "Oui")
    expect(page.locator("#etat")).to_contain_text("Enregistré à")
    capture(page, "tuteur-question-390")
    page.get_by_text("sans aide").first.click()
    page.get_by_role("button", name="Suivante").click()
    expect(page.get_by_text("question 2 sur 8")).to_be_visible()
    page.context.set_offline(True)
    repondue(page, "En partie")
    expect(page.locator("#etat")).to_contain_text("Pas de réseau")
    page.get_by_role("button", name="Suivante").click()
    repondue(page, "Pas encore")
    capture(page, "tuteur-sans-reseau-390")
    assert valeurs(placement) == ["A"]
    page.context.set_offline(False)
    expect(page.locator("#etat")).to_contain_text("Enregistré à", timeout=9_000)
    assert valeurs(placement) == ["A", "ECA", "NA"]
    # Interrompu : le lien se rouvre, sur la première question sans réponse.
    page.goto(adresse_du(remis.jeton))
    page.get_by_role("button", name="Ouvrir la fiche").click()
    for numero in range(4, 9):
        expect(page.get_by_text(f"question {numero} sur 8")).to_be_visible()
        repondue(page, "Pas vu" if numero == 8 else "Oui")
        page.get_by_role("button", name="Suivante").click()
    expect(page.get_by_role("heading", name="Son attitude au travail")).to_be_visible()
    page.get_by_text("gestes sûrs, travail soigné").click()
    verifier_axe(page)
    capture(page, "tuteur-attitudes-390")
    page.get_by_role("button", name="Suivante").click()
    finir(page, verifier_axe, capture)
    fiche = FicheTuteur.objects.get(placement=placement)
    assert fiche.termine_le is not None
    assert fiche.activites_realisees == "Tournage de bagues, contrôle au micromètre."
    assert len(valeurs(placement)) == 8
    assert ReponseAttitude.objects.get(placement=placement).degre == 3
    page.get_by_role("button", name="Fermer la fiche").click()
    expect(page.get_by_text("La fiche est fermée")).to_be_visible()
    assert [cookie["name"] for cookie in page.context.cookies() if cookie["name"].startswith("tuteur")] == []


def finir(page: Page, verifier_axe, capture) -> None:
    page.get_by_label("Ce qu'Inès a fait chez vous").fill("Tournage de bagues, contrôle au micromètre.")
    verifier_axe(page)
    capture(page, "tuteur-fin-390")
    page.get_by_role("button", name="J'ai terminé").click()
    expect(page.get_by_text("Merci, votre avis est transmis")).to_be_visible()
    capture(page, "tuteur-merci-390")


def test_une_page_rechargee_pendant_la_coupure_retrouve_ses_reponses(nouvelle_page, remis, placement, console) -> None:
    console.admettre("ERR_INTERNET_DISCONNECTED|ERR_FAILED|Failed to load")
    page = nouvelle_page(**TELEPHONE)
    ouvrir(page, remis)
    page.route("**/tuteur/*/", lambda route: route.abort() if route.request.method == "POST" else route.continue_())
    repondue(page, "Pas encore")
    expect(page.locator("#etat")).to_contain_text("Pas de réseau")
    page.unroute("**/tuteur/*/")
    page.reload()
    expect(page.locator("#etat")).to_contain_text("Enregistré à")
    assert valeurs(placement) == ["NA"]


def test_deux_tuteurs_a_la_fois_se_voient(nouvelle_page, remis, placement, console) -> None:
    console.admettre("409")
    page = nouvelle_page(**TELEPHONE)
    ouvrir(page, remis)
    question = placement.questions.earliest("ordre")
    repondre(lien=remis.lien, saisie=SaisieReponses(questions={question.pk: ("ECA", "", 0)}))
    repondue(page, "Oui")
    expect(page.get_by_text("Une autre personne vient de répondre").first).to_be_visible()
    assert valeurs(placement) == ["ECA"]
    expect(page.locator(".etape:visible input:checked")).to_have_value("ECA")
    repondue(page, "Oui")
    expect(page.locator("#etat")).to_contain_text("Enregistré à")
    assert valeurs(placement) == ["A"]


def test_un_lien_revoque_pendant_la_saisie_le_dit(nouvelle_page, remis, placement, enseignante, console) -> None:
    console.admettre("404")
    page = nouvelle_page(**TELEPHONE)
    ouvrir(page, remis)
    revoquer_liens(utilisateur=enseignante, placement=placement)
    repondue(page, "Oui")
    expect(page.locator("#etat")).to_contain_text("demandez-en un nouveau à l'enseignant")
    assert valeurs(placement) == []


def test_fermer_enregistre_d_abord_le_texte_et_le_dit_sans_reseau(nouvelle_page, remis, placement, console) -> None:
    console.admettre("ERR_INTERNET_DISCONNECTED")
    page = nouvelle_page(**TELEPHONE)
    ouvrir(page, remis)
    page.goto(page.url.split("#")[0] + "#fin")
    page.reload()
    page.context.set_offline(True)
    page.get_by_label("Ce qu'Inès a fait chez vous").fill("Tournage.")
    page.get_by_role("button", name="Fermer la fiche").click()
    expect(page.locator("#etat")).to_contain_text("La fiche n'est pas fermée : il n'y a pas de réseau")
    page.context.set_offline(False)
    expect(page.locator("#etat")).to_contain_text("Enregistré à")
    page.get_by_label("Ce qu'Inès a fait chez vous").fill("Tournage de bagues.")
    page.get_by_role("button", name="Fermer la fiche").click()
    expect(page.get_by_text("La fiche est fermée")).to_be_visible()
    assert FicheTuteur.objects.get(placement=placement).activites_realisees == "Tournage de bagues."


def test_tout_se_fait_au_clavier(nouvelle_page, remis, placement) -> None:
    page = nouvelle_page(**TELEPHONE)
    page.goto(adresse_du(remis.jeton))
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.get_by_text("question 1 sur 8")).to_be_visible()
    page.locator(".etape:visible input[type=radio]").first.focus()
    page.keyboard.press("Space")
    page.keyboard.press("ArrowDown")
    expect(page.locator("#etat")).to_contain_text("Enregistré à")
    for _ in range(2):
        page.keyboard.press("Tab")
    expect(page.get_by_role("button", name="Suivante")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.get_by_text("question 2 sur 8")).to_be_visible()
    assert page.evaluate("document.activeElement.tagName") == "LEGEND"


def test_la_fiche_tient_sur_trois_cent_vingt_pixels_clair_et_sombre(
    nouvelle_page, remis, verifier_axe, capture
) -> None:
    for theme in ("light", "dark"):
        page = nouvelle_page(**{**TELEPHONE, "viewport": {"width": 320, "height": 640}, "color_scheme": theme})
        ouvrir(page, remis)
        repondue(page, "Oui")
        verifier_axe(page)
        assert tient_dans_la_largeur(page)
        capture(page, f"tuteur-question-320-{theme}")
        hauteurs = page.evaluate(
            "[...document.querySelectorAll('.etape:not([hidden]) label')].map(l => l.offsetHeight)"
        )
        assert min(hauteurs) >= 44


def test_sans_javascript_la_fiche_est_un_formulaire(nouvelle_page, remis, placement, console, capture) -> None:
    console.admettre("422")
    page = nouvelle_page(**TELEPHONE, java_script_enabled=False)
    page.goto(adresse_du(remis.jeton))
    page.get_by_role("button", name="Ouvrir la fiche").click()
    question = placement.questions.earliest("ordre")
    page.locator(f"input[name=q{question.pk}][value=A]").check()
    page.get_by_role("button", name="Enregistrer la question 1", exact=True).click()
    page.wait_for_url(re.compile(r"#apres-"))
    assert valeurs(placement) == ["A"]
    page.get_by_role("button", name="J'ai terminé").click()
    expect(page.get_by_role("alert")).to_contain_text("Sans réponse : 2, 3")
    page.get_by_role("button", name="J'ai terminé").click()
    expect(page.get_by_text("Merci, votre avis est transmis")).to_be_visible()
    capture(page, "tuteur-sans-javascript-390")


def test_le_premier_chargement_pese_quinze_kilo_octets_au_plus(nouvelle_page, remis) -> None:
    page = nouvelle_page(**TELEPHONE)
    ouvrir(page, remis)
    adresses = page.evaluate("performance.getEntriesByType('resource').map(e => new URL(e.name).pathname)")
    assert sorted(adresses) == ["/static/css/tuteur.css", "/static/js/tuteur/fiche.js"]


def test_une_ligne_deja_dite_par_le_tuteur_ne_decale_pas_la_recopie(
    page, connecter, enseignante, remis, placement
) -> None:
    deuxieme = placement.questions.order_by("ordre")[1]
    repondre(lien=remis.lien, saisie=SaisieReponses(questions={deuxieme.pk: ("A", "", 0)}))
    connecter(page, enseignante)
    page.goto(reverse("evaluations:pfmp_questions", args=[placement.pk]))
    page.get_by_role("link", name="Recopier une fiche rendue").click()
    expect(page.locator("[data-ligne] input").first).to_be_focused()
    page.keyboard.type("31m233320")
    page.get_by_role("button", name="Enregistrer").click()
    expect(page.get_by_text("Fiche recopiée")).to_be_visible()
    assert valeurs(placement) == ["A", "A", "ECA", "A", "A", "A", "ECA", "NE"]


def test_une_fiche_de_papier_se_recopie_au_clavier_en_quelques_secondes(
    page, connecter, enseignante, remis, placement, verifier_axe, capture
) -> None:
    connecter(page, enseignante)
    page.goto(reverse("evaluations:pfmp_questions", args=[placement.pk]))
    verifier_axe(page)
    capture(page, "tuteur-questions")
    page.get_by_role("link", name="Recopier une fiche rendue").click()
    expect(page.locator("[data-ligne] input").first).to_be_focused()
    page.keyboard.type("3s21m33230")
    page.keyboard.type("344321")
    verifier_axe(page)
    capture(page, "tuteur-saisie-papier")
    expect(page.get_by_label("Activités réalisées")).to_be_focused()
    page.keyboard.type("Tournage")
    page.get_by_role("button", name="Enregistrer").click()
    expect(page.get_by_text("Fiche recopiée")).to_be_visible()
    assert valeurs(placement) == ["A", "ECA", "NA", "A", "A", "ECA", "A", "NE"]
    lues = ReponseTuteur.objects.filter(question__placement=placement).order_by("question__ordre")
    assert [reponse.autonomie for reponse in lues][:3] == ["seul", "", "montre"]
    assert {reponse.saisie_par for reponse in lues} == {enseignante}
    assert FicheTuteur.objects.get(placement=placement).termine_le is not None
