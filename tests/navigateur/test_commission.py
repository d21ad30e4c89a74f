"""Une commission entière au clavier : vingt-quatre candidats, trois épreuves, deux membres, puis la clôture."""

import re
from collections.abc import Callable
from datetime import date

import pytest
from django.urls import reverse
from playwright.sync_api import Page, expect

from centres.models import Classe, Utilisateur
from certification.enums import EtatProposition
from certification.models import Candidat, Commission, Proposition
from certification.queries.archives import manques
from certification.services.archives import clore_commission
from certification.services.commissions import noter_presence, ouvrir
from certification.services.grilles import publier_grilles_par_defaut
from certification.services.propositions import positionner_competence
from referentiel.models import Competence, Option, VersionReferentiel
from tests.certification.fabrique_seance import fabriquer_commission
from tests.certification.preuves import EPREUVES, fabriquer_situation, tout_positionner
from tests.evaluations.fabrique_grille import remplir_la_classe
from tests.navigateur.conftest import Console

Connecter = Callable[[Page, Utilisateur], None]
EFFECTIF = 24
ENREGISTRE = re.compile("Enregistré à")


@pytest.fixture
def seance(
    referentiel: VersionReferentiel,
    classe: Classe,
    option_rsp: Option,
    option_rmo: Option,
    chef: Utilisateur,
    enseignante: Utilisateur,
    membre_commission: Utilisateur,
) -> Commission:
    """Le premier n'a rien montré de C4, le deuxième est au niveau 1 partout ; les autres, à 3 ou 4."""
    publier_grilles_par_defaut(referentiel)
    inscrits = remplir_la_classe(classe, [option_rsp, option_rmo], EFFECTIF)
    c4 = list(Competence.objects.get(version=referentiel, code="C4").detaillees.values_list("code", flat=True))
    for rang, epreuve in enumerate(EPREUVES, start=1):
        situation = fabriquer_situation(classe, enseignante, f"S{rang}", epreuve, debut=date(2026, 1, 10 + rang))
        for place, inscrit in enumerate(inscrits):
            niveau = 1 if place == 1 else 3 + place % 2
            tout_positionner(situation, inscrit, enseignante, niveau, sauf=c4 if place == 0 else ())
    commission = fabriquer_commission(classe, chef, enseignante, membre_commission)
    ouvrir(utilisateur=enseignante, commission=commission)
    presences = {un.pk: not un.est_professionnel for un in commission.membres.all()}
    return noter_presence(utilisateur=enseignante, commission=commission, presences=presences)


@pytest.fixture
def candidats(seance: Commission) -> list[Candidat]:
    return list(Candidat.objects.de_la_classe(seance.classe))


def ecran(seance: Commission, candidat: Candidat, code: str = "E2") -> str:
    return reverse("certification:seance", args=[seance.pk, candidat.pk, code])


def touche(page: Page, *touches: str) -> None:
    for une in touches:
        page.keyboard.press(une)


def enregistre(page: Page) -> None:
    expect(page.locator("#annonces")).to_have_text(ENREGISTRE)


def aller(page: Page, *touches: str, vers: str) -> None:
    touche(page, *touches)
    page.wait_for_url(f"**{vers}", wait_until="domcontentloaded")
    page.wait_for_selector("body[data-pret]")


def test_une_commission_entiere_se_tient_au_clavier(
    page: Page,
    connecter: Connecter,
    console: Console,
    seance: Commission,
    candidats: list[Candidat],
    enseignante: Utilisateur,
    membre_commission: Utilisateur,
) -> None:
    console.admettre("status of 422")
    connecter(page, membre_commission)
    page.goto(reverse("certification:commission", args=[seance.classe_id]))
    page.get_by_role("link", name=re.compile("Commencer")).click()
    page.wait_for_selector("body[data-pret]")
    positionner_c4(page)
    aller(page, "ArrowRight", vers=ecran(seance, candidats[1]))
    # Sous le seuil, le refus dit quoi écrire et garde la note.
    touche(page, "n", "Enter")
    expect(page.locator("#refus-note")).to_contain_text("demande un commentaire")
    commenter(page)
    for place in range(2, EFFECTIF):
        aller(page, "ArrowRight", vers=ecran(seance, candidats[place]))
        proposer(page)
    # Absent en E31 : le dernier ; une note s'écarte en E32.
    aller(page, "2", vers=ecran(seance, candidats[-1], "E31"))
    touche(page, "a")
    page.get_by_label("Sans note de CCF").select_option("absent")
    touche(page, "Control+Enter")
    enregistre(page)
    for place in range(EFFECTIF - 2, -1, -1):
        aller(page, "ArrowLeft", vers=ecran(seance, candidats[place], "E31"))
        proposer(page, commentaire=place == 1)
    for place in range(EFFECTIF):
        touche_ou_fleche = "3" if place == 0 else "ArrowRight"
        aller(page, touche_ou_fleche, vers=ecran(seance, candidats[place], "E32"))
        proposer(page, commentaire=place == 1)
    expect(page.locator(".seance-avancement")).to_contain_text("72/72")
    assert Proposition.objects.exclude(etat=EtatProposition.A_ETUDIER).count() == 3 * EFFECTIF
    assert not manques(seance)
    clore_commission(utilisateur=enseignante, commission=seance)
    page.reload()
    expect(page.get_by_text("La commission est close")).to_be_visible()
    expect(page.locator("form[data-geste]")).to_have_count(0)


def positionner_c4(page: Page) -> None:
    """Rien ne fonde C4 : la commission la positionne ; dans le motif, n, 1, 2 et 3 sont du texte."""
    page.locator('[data-positionner="C4"]').press("Enter")
    touche(page, "3")
    page.keyboard.type("Montré au démontage, n 1 2 3")
    touche(page, "Control+Enter")
    enregistre(page)
    expect(page.locator(".position-prise")).to_contain_text("Montré au démontage, n 1 2 3")
    proposer(page)


def proposer(page: Page, *, commentaire: bool = False) -> None:
    if commentaire:
        page.locator("[data-textes] summary").click()
        commenter(page)
        return
    touche(page, "n", "Enter")
    enregistre(page)


def commenter(page: Page) -> None:
    page.get_by_label("Commentaire pour le jury").fill("Des bases à reprendre")
    touche(page, "Control+Enter")
    enregistre(page)


def test_a_deux_chacun_voit_l_autre_et_rien_n_est_perdu(
    page: Page,
    nouvelle_page: Callable[..., Page],
    connecter: Connecter,
    console: Console,
    seance: Commission,
    candidats: list[Candidat],
    enseignante: Utilisateur,
    membre_commission: Utilisateur,
) -> None:
    console.admettre("status of 409")
    adresse = ecran(seance, candidats[2])
    connecter(page, membre_commission)
    page.goto(adresse)
    touche(page, "s")
    page.keyboard.type("Travaille avec soin")
    competence = Competence.objects.get(version=seance.classe.version, code="C4")
    commun = {"commission": seance, "competence": competence, "motif": "Vu en atelier", "version": 0}
    positionner_competence(utilisateur=enseignante, inscription=candidats[2], niveau=2, **commun)
    expect(page.locator("#annonces")).to_have_text(f"{enseignante} a positionné C4 au niveau 2.", timeout=15_000)
    expect(page.locator(".position-prise")).to_contain_text("Vu en atelier")
    texte = page.locator('[name="synthese-texte"]')
    expect(texte).to_have_value("Travaille avec soin")
    expect(texte).to_be_focused()
    # Entre-temps, l'autre membre rédige : le second l'apprend et garde sa phrase.
    autre = nouvelle_page()
    connecter(autre, enseignante)
    autre.goto(adresse)
    touche(autre, "s")
    autre.keyboard.type("Sérieux")
    touche(autre, "Control+Enter")
    enregistre(autre)
    texte.focus()
    touche(page, "Control+Enter")
    expect(page.locator("#refus-synthese")).to_contain_text(f"{enseignante} a écrit entre-temps")
    expect(texte).to_have_value("Travaille avec soin")
    # L'onglet se ferme : la phrase attend, pour la même personne.
    page.close()
    page = page.context.new_page()
    page.goto(adresse)
    expect(page.get_by_text("Saisie reprise")).to_be_visible()
    expect(page.locator('[name="synthese-texte"]')).to_have_value("Travaille avec soin")


@pytest.mark.parametrize("largeur", [1920, 390])
def test_les_pages_de_la_commission_sont_accessibles(
    largeur: int,
    nouvelle_page: Callable[..., Page],
    connecter: Connecter,
    verifier_axe: Callable[[Page], None],
    capture: Callable[[Page, str], object],
    seance: Commission,
    candidats: list[Candidat],
    chef: Utilisateur,
    membre_commission: Utilisateur,
) -> None:
    page = nouvelle_page(viewport={"width": largeur, "height": 1080})
    classe = seance.classe_id
    connecter(page, chef)
    for nom, cle in (("commission", classe), ("commission_convoquer", classe), ("commission_presences", seance.pk)):
        page.goto(reverse(f"certification:{nom}", args=[cle]))
        verifier_axe(page)
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), nom
    capture(page, f"commission-presences-{largeur}")
    connecter(page, membre_commission)
    page.goto(ecran(seance, candidats[0]))
    touche(page, "v", "c", "a")
    verifier_axe(page)
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    capture(page, f"commission-candidat-{largeur}")
