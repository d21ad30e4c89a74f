"""La progression dans un vrai navigateur : une séquence se déplace au clavier et à la souris, axe à zéro."""

from collections.abc import Callable

import pytest
from django.urls import reverse
from playwright.sync_api import Page, expect

from centres.models import Classe, Utilisateur
from evaluations.models import Sequence, Situation
from tests.evaluations.fabrique_grille import fabriquer_situation
from tests.evaluations.fabrique_progression import fabriquer_sequence
from tests.navigateur.conftest import Console

Connecter = Callable[[Page, Utilisateur], None]


@pytest.fixture
def sequence(classe: Classe, enseignante: Utilisateur) -> Sequence:
    sequence = fabriquer_sequence(classe, enseignante, 4, 4, problematique="Serrer", duree_heures=20)
    fabriquer_situation(classe, enseignante, ["C6.1", "C7.3"])
    Situation.objects.update(sequence=sequence)
    return sequence


def test_une_sequence_se_deplace_au_clavier_puis_a_la_souris_et_le_perdant_l_apprend(
    page: Page, connecter: Connecter, console: Console, enseignante: Utilisateur, classe: Classe, sequence: Sequence
) -> None:
    console.admettre("status of 409")
    connecter(page, enseignante)
    page.goto(reverse("evaluations:progression", args=[classe.pk]))
    annonce = page.locator("[data-annonce]")
    apres = page.get_by_role("button", name="Déplacer Étau de modélisme au semestre d'après")
    apres.press("Enter")
    expect(annonce).to_contain_text("Étau de modélisme : Terminale S1.")
    # Le foyer suit la carte : on continue sans chercher.
    expect(apres).to_be_focused()
    page.keyboard.press("Enter")
    expect(annonce).to_contain_text("Terminale S2")
    expect(page.get_by_role("button", name="Déplacer Étau de modélisme au semestre d'avant")).to_be_focused()
    poignee = page.locator("[data-poignee]").bounding_box()
    visee = page.locator("[data-semestre='1']").bounding_box()
    assert poignee
    assert visee
    page.mouse.move(poignee["x"] + 10, poignee["y"] + 10)
    page.mouse.down()
    page.mouse.move(visee["x"] + 40, visee["y"] + 60, steps=4)
    expect(page.locator("[data-semestre='1']")).to_have_class("progression-semestre progression-visee")
    page.mouse.up()
    expect(annonce).to_contain_text("Seconde S1")
    sequence.refresh_from_db()
    assert (sequence.periode_debut.ordre, sequence.version) == (1, 4)
    Sequence.objects.update(version=9)
    apres.press("Enter")
    expect(annonce).to_contain_text("modifiée ou déplacée par quelqu'un d'autre")


@pytest.mark.parametrize("largeur", [1440, 390])
def test_les_pages_de_la_progression_sont_accessibles(
    largeur: int,
    nouvelle_page: Callable[..., Page],
    connecter: Connecter,
    verifier_axe: Callable[[Page], None],
    classe: Classe,
    enseignante: Utilisateur,
    sequence: Sequence,
) -> None:
    Sequence.objects.update(est_modele=True)
    page = nouvelle_page(viewport={"width": largeur, "height": 900})
    connecter(page, enseignante)
    adresses = [
        reverse(f"evaluations:{nom}", args=[classe.pk]) for nom in ("progression", "couverture", "sequence_creer")
    ]
    adresses += [
        reverse(f"evaluations:{nom}", args=[sequence.pk])
        for nom in ("sequence", "sequence_modifier", "sequence_copier", "sequence_supprimer")
    ]
    for adresse in (*adresses, reverse("evaluations:sequence_modeles")):
        page.goto(adresse)
        for repli in page.locator("details").all():
            repli.evaluate("(un) => (un.open = true)")
        verifier_axe(page)
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), adresse
