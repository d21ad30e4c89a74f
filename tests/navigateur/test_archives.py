"""Clore, lire l'archive, la vérifier, rouvrir, remettre une fiche : chaque page dans un vrai navigateur."""

from collections.abc import Callable

import pytest
from django.urls import reverse
from playwright.sync_api import Page

from centres.models import Inscription, Utilisateur
from certification.models import Archive, Commission
from certification.services.archives import (
    PieceFaite,
    clore_commission,
    creer_travail_d_archive,
    enregistrer_archive,
)
from certification.services.grilles import publier_grilles_par_defaut
from tests.certification.fabrique_commission import fabriquer_commission, proposer_partout
from tests.certification.preuves import fabriquer_situation, tout_positionner


@pytest.mark.django_db(transaction=True)
def test_les_pages_de_l_archive_se_lisent_en_large_et_en_etroit(
    nouvelle_page: Callable[..., Page],
    connecter: Callable[[Page, Utilisateur], None],
    chef: Utilisateur,
    enseignante: Utilisateur,
    ines: Inscription,
    verifier_axe: Callable[[Page], None],
) -> None:
    publier_grilles_par_defaut(ines.classe.version)
    for code in ("S1", "S2"):
        tout_positionner(fabriquer_situation(ines.classe, enseignante, code, "E2"), ines, enseignante, 3)
    commission = fabriquer_commission(ines.classe, chef, enseignante)
    proposer_partout(commission, enseignante)
    page = nouvelle_page()
    connecter(page, chef)
    _lire(page, reverse("certification:commission_clore", args=[commission.pk]), verifier_axe)
    archive = _clore(commission, chef)
    page.goto(reverse("certification:classe", args=[ines.classe_id]))
    page.get_by_role("link", name="Archives").click()
    for nom, arguments in (
        ("archives", [commission.pk]),
        ("archive", [archive.pk]),
        ("archive_verifier", [archive.pk]),
        ("commission_rouvrir", [commission.pk]),
        ("fiche", [ines.pk, "E2"]),
    ):
        _lire(page, reverse(f"certification:{nom}", args=arguments), verifier_axe)


def _clore(commission: Commission, chef: Utilisateur) -> Archive:
    clore_commission(utilisateur=chef, commission=commission)
    travail, _ = creer_travail_d_archive(utilisateur=chef, commission=commission)
    assert travail is not None
    pieces = [PieceFaite("pv", "001_pv.pdf", b"%PDF pv"), PieceFaite("recapitulatif", "002_liste.pdf", b"%PDF liste")]
    return enregistrer_archive(travail=travail, commission=commission, pieces=pieces)


def _lire(page: Page, adresse: str, verifier_axe: Callable[[Page], None]) -> None:
    for largeur in (1440, 390):
        page.set_viewport_size({"width": largeur, "height": 900})
        page.goto(adresse)
        verifier_axe(page)
        assert page.evaluate("document.documentElement.scrollWidth") == largeur
