"""Les bilans d'une classe dans un vrai navigateur : préparer, tenir un entretien, formaliser ; l'apprenante le lit."""

from collections.abc import Callable
from datetime import date

import pytest
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import Page, expect

from centres.models import Classe, Inscription, Utilisateur
from evaluations.enums import EtatBilan
from evaluations.models import BilanPeriode, Positionnement, Situation
from tests.evaluations.fabrique_grille import fabriquer_situation
from tests.evaluations.fabrique_progression import fabriquer_bilan, fabriquer_campagne, fabriquer_echelle

Connecter = Callable[[Page, Utilisateur], None]
MOTS_D_UNE_NOTE = ("note proposée", "note calculée", "Note", "moyenne", "sur 20")


@pytest.fixture
def observee(classe: Classe, enseignante: Utilisateur, inscriptions: list[Inscription]) -> Situation:
    situation = fabriquer_situation(classe, enseignante, ["C6.1", "C8.1"])
    for inscription in inscriptions:
        for detaillee, niveau in zip(situation.evaluees.order_by("code"), (3, 1), strict=True):
            Positionnement.objects.create(
                situation=situation,
                inscription=inscription,
                detaillee=detaillee,
                niveau=niveau,
                auteur=enseignante,
                modifie_le=timezone.now(),
            )
    fabriquer_echelle(classe, enseignante, {("C6.1", 5): 2, ("C8.1", 5): 2})
    return situation


def test_les_bilans_d_une_classe_jusqu_a_la_lecture_par_l_apprenante(
    nouvelle_page: Callable[..., Page],
    connecter: Connecter,
    verifier_axe: Callable[[Page], None],
    enseignante: Utilisateur,
    compte_apprenant: Utilisateur,
    classe: Classe,
    observee: Situation,
) -> None:
    page = nouvelle_page()
    connecter(page, enseignante)
    page.goto(reverse("evaluations:competences_classe", args=[classe.pk]))
    expect(page.get_by_role("link", name="Bernard Inès, C8 : niveau 1 (niveau 2 attendu, en dessous)")).to_be_visible()
    page.get_by_role("link", name="Préparer des bilans").click()
    page.get_by_label("Niveaux arrêtés le").fill("2026-03-27")
    page.get_by_role("button", name="Préparer les bilans").click()
    expect(page.get_by_text("3 bilans préparés, niveaux figés.")).to_be_visible()
    page.get_by_role("link", name="Bernard Inès", exact=True).click()
    page.get_by_label("Ce que l'équipe retient").fill("Règle sa machine seule.")
    page.get_by_label("Objectifs d'ici le prochain bilan").fill("Tenir un planning.")
    page.get_by_role("button", name="Enregistrer et passer au suivant").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Çelik Aïcha")
    page.get_by_role("link", name="Précédent").click()
    expect(page.get_by_label("Ce que l'équipe retient")).to_have_value("Règle sa machine seule.")
    page.get_by_label("Entretien tenu le").fill("2026-04-02")
    page.get_by_label("L'apprenant était présent").check()
    page.get_by_label("Ce que l'apprenant en dit").fill("Je veux apprendre à planifier.")
    page.get_by_text("Formaliser ce bilan…").click()
    page.get_by_role("button", name="Formaliser définitivement").click()
    expect(page.get_by_text("formalisé : il ne change plus")).to_be_visible()
    expect(page.get_by_role("textbox")).to_have_count(0)
    bilan = BilanPeriode.objects.get(etat=EtatBilan.FORMALISE)
    assert (bilan.representant, bilan.apprenant_present) == (enseignante, True)

    telephone = nouvelle_page(viewport={"width": 390, "height": 844})
    connecter(telephone, compte_apprenant)
    telephone.goto(reverse("accueil"))
    telephone.get_by_role("link", name="Bilan intermédiaire du 27/03/2026").click()
    expect(telephone.get_by_role("heading", level=1)).to_have_text("Mon bilan intermédiaire")
    expect(telephone.get_by_text("Je veux apprendre à planifier.")).to_be_visible()
    contenu = telephone.locator("main").inner_text()
    assert [mot for mot in MOTS_D_UNE_NOTE if mot in contenu] == []
    verifier_axe(telephone)


@pytest.mark.parametrize("largeur", [1440, 390])
def test_les_pages_de_competences_et_de_bilans_sont_accessibles(
    largeur: int,
    nouvelle_page: Callable[..., Page],
    connecter: Connecter,
    verifier_axe: Callable[[Page], None],
    capture: Callable[[Page, str], object],
    enseignante: Utilisateur,
    classe: Classe,
    inscriptions: list[Inscription],
    observee: Situation,
) -> None:
    campagne = fabriquer_campagne(classe, enseignante, date(2026, 3, 27))
    bilan = fabriquer_bilan(campagne, inscriptions[0])
    page = nouvelle_page(viewport={"width": largeur, "height": 900}, permissions=["clipboard-read", "clipboard-write"])
    connecter(page, enseignante)
    for nom, cle in (
        ("competences_classe", classe.pk),
        ("lsl", classe.pk),
        ("bilans_classe", classe.pk),
        ("campagne_preparer", classe.pk),
        ("campagne", campagne.pk),
        ("bilan_periode", bilan.pk),
    ):
        page.goto(reverse(f"evaluations:{nom}", args=[cle]))
        verifier_axe(page)
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), nom
        capture(page, f"bilans-{nom}-{largeur}")
    page.goto(reverse("accueil"))
    verifier_axe(page)
    page.goto(reverse("evaluations:lsl", args=[classe.pk]))
    page.get_by_role("button", name="Copier le tableau").click()
    expect(page.locator("#copie-etat")).to_have_text("Tableau copié : 2 lignes.")
    lignes = page.evaluate("navigator.clipboard.readText()").splitlines()
    assert lignes[1].split("\t")[:2] == ["Bernard Inès", "RSP"]
    assert lignes[1].count("\t") == 13
    assert lignes[1].split("\t")[7] == "3"
