"""Le classeur téléchargé : structure, protection, listes, feuille cachée, droits."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from centres.models import Apprenant
from evaluations.queries.classeur import FEUILLE_BASE, BaseIllisible, lire_base
from tests.classeurs import case, ouvrir
from tests.evaluations.fabrique_grille import detail, fabriquer_situation, remplir_la_classe

pytestmark = pytest.mark.django_db


def telecharger(client, situation) -> bytes:
    reponse = client.get(reverse("evaluations:classeur", args=[situation.pk]))
    assert reponse.status_code == 200
    return reponse.content


def test_une_feuille_par_epreuve_dans_l_ordre_de_la_grille(client_de, enseignante, classe, inscriptions) -> None:
    situation = fabriquer_situation(classe, enseignante)
    classeur = ouvrir(telecharger(client_de(enseignante), situation))
    assert classeur.sheetnames == ["E2", "E31", "E32", "Mode d'emploi", FEUILLE_BASE]
    codes = [[c.value for c in classeur[nom][3][3:]] for nom in ("E2", "E31", "E32")]
    assert codes[0][:3] == ["C1.1", "C1.2", "C4.1"]
    assert {code.partition(".")[0] for code in codes[2]} == {"C2", "C3", "C10", "C11", "C12"}
    assert sum(map(len, codes)) == 58


def test_les_codes_sont_caches_et_presents(client_de, enseignante, situation_e31, inscriptions) -> None:
    classeur = ouvrir(telecharger(client_de(enseignante), situation_e31))
    feuille = classeur["E31"]
    assert feuille.row_dimensions[3].hidden
    assert feuille.column_dimensions["A"].hidden
    assert [feuille.cell(ligne, 1).value for ligne in (6, 7, 8)] == [inscrit.pk for inscrit in inscriptions]
    assert [c.value for c in feuille[3][3:]] == ["C6.1", "C7.3", "C8.1", "C9.4"]
    cachee = classeur[FEUILLE_BASE]
    assert cachee.sheet_state == "veryHidden"
    base = lire_base([ligne[0] for ligne in cachee.iter_rows(values_only=True)])
    assert (base.situation, base.classe) == (situation_e31.pk, "TTRPM (2025-2026)")
    assert [ligne.nom for ligne in base.lignes] == ["Bernard Inès", "Çelik Aïcha", "Durand Lucas"]
    assert base.lignes[0].cases[3] is None
    assert base.lignes[0].cases[0].detaillee == detail("C6.1").pk


def test_seules_les_cases_de_niveau_se_modifient(client_de, enseignante, situation_e31, inscriptions) -> None:
    classeur = ouvrir(telecharger(client_de(enseignante), situation_e31))
    feuille = classeur["E31"]
    assert feuille.protection.sheet
    assert classeur["Mode d'emploi"].protection.sheet
    assert classeur.security.lockStructure
    ouvertes = {c.coordinate for ligne in feuille.iter_rows() for c in ligne if not c.protection.locked}
    assert ouvertes == {f"{colonne}{ligne}" for colonne in "DEF" for ligne in (6, 7, 8)} | {"G7"}
    inerte = case(feuille, "Bernard Inès", "C9.4")
    assert (inerte.value, inerte.fill.fill_type) == ("—", "lightUp")


def test_chaque_case_a_sa_liste_et_son_libelle(client_de, enseignante, situation_e31, inscriptions) -> None:
    feuille = ouvrir(telecharger(client_de(enseignante), situation_e31))["E31"]
    regles = feuille.data_validations.dataValidation
    assert {regle.formula1 for regle in regles} == {'"1,2,3,4,NE,ABJ,ABN,DISP"'}
    par_case = {zone: regle.prompt for regle in regles for zone in str(regle.sqref).split()}
    # C7.3 a deux libellés : celui de l'option de la ligne s'affiche.
    assert par_case["E6"] == par_case["E8"] != par_case["E7"]
    assert feuille.conditional_formatting
    assert feuille.freeze_panes == "D6"
    assert (feuille.page_setup.orientation, feuille.page_setup.paperSize) == ("landscape", 9)
    assert feuille.print_title_rows == "$4:$5"


def test_les_niveaux_se_lisent_en_noir_et_blanc(client_de, enseignante, situation_e31, inscriptions) -> None:
    feuille = ouvrir(telecharger(client_de(enseignante), situation_e31))["E31"]
    styles = [regle.dxf for plage in feuille.conditional_formatting for regle in plage.rules]
    formats = [style.numFmt.formatCode for style in styles if style.numFmt]
    assert formats == ['"▁ "0', '"▂ "0', '"▅ "0', '"█ "0']
    assert styles[-1].border.left.style == "dashed"
    assert "1 ▁ non maîtrisée" in feuille["B2"].value


def test_un_nom_qui_ressemble_a_une_formule_reste_un_texte(client_de, enseignante, situation_e31, ines) -> None:
    Apprenant.objects.filter(pk=ines.apprenant_id).update(nom='=HYPERLINK("http://x")')
    cellule = ouvrir(telecharger(client_de(enseignante), situation_e31))["E31"]["B6"]
    assert (cellule.data_type, bool(cellule.quotePrefix)) == ("s", True)
    assert cellule.value.startswith("=HYPERLINK")


def test_la_base_scellee_ne_se_modifie_pas(client_de, enseignante, situation_e31, inscriptions) -> None:
    cachee = ouvrir(telecharger(client_de(enseignante), situation_e31))[FEUILLE_BASE]
    lignes = [ligne[0] for ligne in cachee.iter_rows(values_only=True)]
    for fausses in (
        [lignes[0], lignes[1].replace("0", "7", 1), *lignes[2:]],
        lignes[:-1],
        [lignes[0], *lignes[2:]],
        [],
        [""],
    ):
        with pytest.raises(BaseIllisible):
            lire_base(fausses)


def test_qui_voit_la_situation_telecharge_les_autres_ont_404(
    client_de, inspecteur, etranger, compte_apprenant, client, situation_e31
) -> None:
    adresse = reverse("evaluations:classeur", args=[situation_e31.pk])
    reponse = client_de(inspecteur).get(adresse)
    assert reponse["Content-Disposition"] == 'attachment; filename="grille-s4-ttrpm.xlsx"'
    assert "spreadsheetml" in reponse["Content-Type"]
    assert client_de(etranger).get(adresse).status_code == 404
    assert client_de(compte_apprenant).get(adresse).status_code == 404
    assert client.get(adresse).status_code == 302
    assert client_de(inspecteur).post(adresse).status_code == 405


def test_le_telechargement_coute_autant_pour_1_et_3_apprenants(
    client_de, enseignante, situation_e31, classe, option_rsp
) -> None:
    client, nombres = client_de(enseignante), []
    for nombre in (1, 2):
        remplir_la_classe(classe, [option_rsp], nombre)
        with CaptureQueriesContext(connection) as requetes:
            telecharger(client, situation_e31)
        nombres.append(len(requetes))
    assert nombres[0] == nombres[1] <= 10


def test_une_situation_sans_apprenant_donne_un_classeur_ouvrable(client_de, enseignante, situation_e31) -> None:
    classeur = ouvrir(telecharger(client_de(enseignante), situation_e31))
    assert classeur["E31"]["B6"].value is None
