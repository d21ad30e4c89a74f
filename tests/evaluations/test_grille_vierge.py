"""La grille à imprimer : une ou deux pages, le même ordre que l'écran, lisible en noir et blanc."""

import re
from io import BytesIO

import pikepdf
import pytest
from django.urls import reverse

from evaluations.documents.grille import contexte_grille_vierge, html_grille_vierge, pdf_grille_vierge
from evaluations.queries.grille import grille_de
from tests.client_strict import sans_variable_indefinie
from tests.evaluations.donnees_de_test import positionner
from tests.evaluations.fabrique_grille import fabriquer_situation, remplir_la_classe

pytestmark = pytest.mark.django_db


def html_de(situation, *, est_remplie: bool = False) -> str:
    with sans_variable_indefinie():
        return html_grille_vierge(contexte_grille_vierge(situation, est_remplie=est_remplie))


def test_l_ordre_des_lignes_et_des_colonnes_est_celui_de_la_grille(enseignante, classe, inscriptions) -> None:
    situation = fabriquer_situation(classe, enseignante)
    contexte = contexte_grille_vierge(situation, est_remplie=False)
    grille = grille_de(situation)
    colonnes = [colonne.code for tableau in contexte["tableaux"] for colonne in tableau.colonnes]
    assert colonnes == [colonne.code for colonne in grille.colonnes]
    for tableau in contexte["tableaux"]:
        assert [ligne.nom for ligne, _ in tableau.lignes] == [ligne.nom for ligne in grille.lignes]
        assert all(len(cellules) == len(tableau.colonnes) for _, cellules in tableau.lignes)


def test_la_grille_vierge_ne_montre_aucun_niveau_la_remplie_les_montre(
    enseignante, situation_e31, inscriptions, ines
) -> None:
    positionner(situation_e31, ines, "C6.1", 3)
    positionner(situation_e31, ines, "C8.1", etat="ABJ")
    assert 'class="rempli' not in html_de(situation_e31)
    remplie = html_de(situation_e31, est_remplie=True)
    assert re.findall(r'class="rempli (n\w+)">(\w+)<', remplie) == [("n3", "3"), ("nABJ", "ABJ")]
    assert html_de(situation_e31).count('class="sans-objet"') == 2


def test_la_legende_dit_les_niveaux_par_leurs_barres(situation_e31, inscriptions) -> None:
    html = html_de(situation_e31)
    assert "<b>4</b> █ bien maîtrisée" in html
    assert "<b>DISP</b> dispensé" in html


@pytest.mark.parametrize(("effectif", "pages"), [(1, 3), (30, 3), (31, 3)])
def test_une_classe_entiere_tient_en_deux_pages_puis_ses_libelles(
    enseignante, classe, option_rsp, effectif, pages
) -> None:
    situation = fabriquer_situation(classe, enseignante)
    remplir_la_classe(classe, [option_rsp], effectif)
    with pikepdf.open(BytesIO(pdf_grille_vierge(situation, est_remplie=True))) as document:
        assert len(document.pages) == pages
        boite = document.pages[0].mediabox
        assert (round(boite[2]), round(boite[3])) == (842, 595)


def test_une_situation_ordinaire_tient_en_une_page(client_de, enseignante, situation_e31, inscriptions) -> None:
    reponse = client_de(enseignante).get(reverse("evaluations:grille_vierge", args=[situation_e31.pk]))
    assert (reponse["Content-Type"], reponse["X-Content-Type-Options"]) == ("application/pdf", "nosniff")
    assert reponse["Content-Disposition"] == 'inline; filename="grille-s4-ttrpm.pdf"'
    with pikepdf.open(BytesIO(reponse.content)) as document:
        assert len(document.pages) == 1


def test_qui_ne_voit_pas_la_situation_a_404(client_de, etranger, compte_apprenant, situation_e31) -> None:
    adresse = reverse("evaluations:grille_vierge", args=[situation_e31.pk])
    assert client_de(etranger).get(adresse).status_code == 404
    assert client_de(compte_apprenant).get(adresse).status_code == 404
