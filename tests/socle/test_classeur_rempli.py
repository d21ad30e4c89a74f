"""Remplir un imprimé .xlsx : seules les cases visées changent, tout le reste est gardé octet pour octet."""

import re
import zipfile
from decimal import Decimal
from io import BytesIO
from typing import Any

import pytest

from tests.classeurs import ouvrir, reecrire
from tests.classeurs_officiels import imprime_a_chiffres, imprime_a_croix
from trpm.socle.classeur import ABIME, LIENS, MACROS, ClasseurRefuse
from trpm.socle.classeur_modele import Modele, feuilles_a_montrer, ouvrir_modele
from trpm.socle.classeur_rempli import CaseImpossible, recalculer_a_l_ouverture, remplir

CROIX, CHIFFRES = imprime_a_croix(), imprime_a_chiffres()
GRILLE, GARDE, NOTATION = "Grille E31", "Page de garde", "Évaluation E31"
REMPLI_CROIX: dict[tuple[str, str], Any] = {
    (GRILLE, "B5"): "Çelik & Fils <Aïcha>",
    (GRILLE, "B6"): "0123456789",
    (GRILLE, "G12"): "X",
    (GRILLE, "E13"): "X",
    (GRILLE, "B20"): "- progresse\n- autonome",
    # La ligne existe mais pas cette case, puis ni l'une ni l'autre.
    (GRILLE, "C25"): Decimal("14.5"),
    (GRILLE, "D40"): "bas de page",
}
REMPLI_CHIFFRES: dict[tuple[str, str], Any] = {
    (GARDE, "D4"): "=HYPERLINK(1)",
    (NOTATION, "B4"): 3,
    (NOTATION, "B5"): 4,
    ("Vide", "B2"): "seule",
}


def _fichiers(contenu: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(BytesIO(contenu)) as archive:
        assert archive.testzip() is None
        return {nom: archive.read(nom) for nom in archive.namelist()}


def _sans_valeurs(contenu: bytes) -> dict[tuple[str, str], Any]:
    """Chaque case : valeur, style, verrou, format ; et ce que la feuille a en propre."""
    return {
        (feuille.title, case.coordinate): (case.value, case.style_id, case.protection.locked, case.number_format)
        for feuille in ouvrir(contenu).worksheets
        for ligne in feuille.iter_rows()
        for case in ligne
    }


@pytest.mark.parametrize(("imprime", "valeurs"), [(CROIX, REMPLI_CROIX), (CHIFFRES, REMPLI_CHIFFRES)])
def test_seules_les_cases_visees_changent(imprime: bytes, valeurs: dict[tuple[str, str], Any]) -> None:
    rempli = remplir(ouvrir_modele(imprime, "imprime.xlsx"), valeurs)
    avant, apres = _fichiers(imprime), _fichiers(rempli)
    assert list(avant) == list(apres)
    changes = {nom for nom in avant if avant[nom] != apres[nom]}
    assert changes <= {"xl/workbook.xml", *(nom for nom in avant if nom.startswith("xl/worksheets/sheet"))}

    etait, est = _sans_valeurs(imprime), _sans_valeurs(rempli)
    ailleurs = {case for case in etait if case not in valeurs}
    assert {case: est[case] for case in ailleurs} == {case: etait[case] for case in ailleurs}
    for case in valeurs:
        if case in etait:
            assert est[case][1:] == etait[case][1:], case
    # Autour des cases, chaque balise de la feuille est restée à sa place.
    for nom in changes - {"xl/workbook.xml"}:
        assert _hors_des_donnees(avant[nom]) == _hors_des_donnees(apres[nom]), nom
    livre = ouvrir(rempli)
    assert livre.calculation.fullCalcOnLoad
    for (feuille, case), valeur in valeurs.items():
        assert str(livre[feuille][case].value).lstrip("'•- ") == str(valeur).lstrip("- "), case


def _hors_des_donnees(xml: bytes) -> bytes:
    return re.sub(rb"<sheetData.*</sheetData>|<sheetData/>", b"", xml, flags=re.DOTALL)


def test_un_texte_reste_un_texte_et_un_nombre_un_nombre() -> None:
    rempli = _fichiers(remplir(ouvrir_modele(CHIFFRES, "i.xlsx"), REMPLI_CHIFFRES))
    garde, notation = rempli["xl/worksheets/sheet1.xml"], rempli["xl/worksheets/sheet2.xml"]
    assert b'<t xml:space="preserve">\'=HYPERLINK(1)</t>' in garde
    assert re.search(rb'<c r="B4" s="\d+"><v>3</v></c>', notation)
    assert re.search(rb'<row r="2"><c r="B2" t="inlineStr">', rempli["xl/worksheets/sheet4.xml"])


def test_une_case_absente_prend_le_style_de_sa_colonne_et_les_valeurs_calculees_s_oublient() -> None:
    def styler(xml: bytes) -> bytes:
        xml = xml.replace(b"<sheetData>", b'<cols><col min="3" max="3" width="9" style="1"/></cols><sheetData>')
        xml = xml.replace(b'<c r="A1"', b'<c r="A1" t="str"')
        return xml.replace(b"<v></v></c>", b"<v>12</v></c>").replace(b"<v/></c>", b"<v>12</v></c>")

    calcule = reecrire(CHIFFRES, {"xl/worksheets/sheet2.xml": styler})
    rempli = _fichiers(remplir(ouvrir_modele(calcule, "i.xlsx"), {(NOTATION, "C5"): "x"}))["xl/worksheets/sheet2.xml"]
    assert rempli.count(b"<f>") == 2
    assert b"<v>12</v>" not in rempli
    assert b't="str"' not in rempli
    assert b'<c r="C5" s="1" t="inlineStr">' in rempli


@pytest.mark.parametrize(
    ("feuille", "case", "phrase"),
    [
        (GRILLE, "H12", "La case H12 contient une formule : elle se calcule seule."),
        (GRILLE, "C12", "La case C12 fait partie d'une case fusionnée : choisissez B12."),
        (GRILLE, "b12", "« b12 » n'est pas l'adresse d'une case, comme B12."),
        (GRILLE, "A9999", "La case A9999 est hors de l'imprimé."),
        ("Ailleurs", "A1", "Ce classeur n'a pas de feuille « Ailleurs »."),
    ],
)
def test_une_case_que_l_on_ne_peut_pas_remplir_se_dit(feuille: str, case: str, phrase: str) -> None:
    modele = ouvrir_modele(CROIX, "imprime.xlsx")
    assert modele.refus_de(feuille, case) == phrase
    with pytest.raises(CaseImpossible, match=re.escape(phrase)):
        remplir(modele, {(feuille, case): "x"})


def test_l_imprime_se_montre_case_par_case() -> None:
    feuille = feuilles_a_montrer(ouvrir_modele(CROIX, "imprime.xlsx"))[0]
    assert (feuille.nom, feuille.est_protegee, feuille.est_tronquee) == (GRILLE, True, False)
    cases = {case.adresse: case for ligne in feuille.lignes for case in ligne}
    assert cases["A1"].texte.startswith("Baccalauréat professionnel")
    assert (cases["A1"].largeur, cases["A1"].hauteur) == (8, 2)
    assert (cases["A12"].texte, cases["A12"].hauteur, cases["B12"].largeur) == ("C6", 3, 2)
    assert "C12" not in cases
    assert (cases["H12"].est_formule, cases["D12"].est_formule) == (True, False)
    # Chaque ligne couvre toute la largeur : rien ne se décale à l'écran.
    largeurs = [sum(case.largeur for case in ligne) for ligne in feuille.lignes]
    assert set(largeurs[2:11]) == {8}


def _prefixer(xml: bytes) -> bytes:
    """La même feuille telle que l'écrit un outil qui préfixe chaque balise."""
    xml = re.sub(rb"<(/?)(?=[a-zA-Z])", rb"<\1x:", xml)
    return xml.replace(b"xmlns=", b"xmlns:x=")


def test_des_feuilles_ecrites_autrement_se_remplissent_aussi() -> None:
    prefixe = reecrire(CROIX, {"xl/worksheets/sheet1.xml": _prefixer})
    modele = ouvrir_modele(prefixe, "imprime.xlsx")
    livre = ouvrir(remplir(modele, REMPLI_CROIX))
    assert livre[GRILLE]["G12"].value == "X"
    assert livre[GRILLE]["C25"].value == 14.5

    sans_adresses = reecrire(CROIX, {"xl/worksheets/sheet1.xml": lambda xml: re.sub(rb'<row r="\d+"', b"<row", xml)})
    assert ouvrir_modele(sans_adresses, "imprime.xlsx").plans[GRILLE].lignes.keys() >= {1, 2}


@pytest.mark.parametrize(
    ("livre", "attendu"),
    [
        (b"<workbook><sheets/></workbook>", None),
        (b"<workbook><sheets></sheets><extLst/></workbook>", b'</sheets><calcPr fullCalcOnLoad="1"/><extLst/>'),
        (b'<w><calcPr calcId="1" fullCalcOnLoad="0"/></w>', b'<w><calcPr calcId="1" fullCalcOnLoad="1"/></w>'),
        (b'<x:w><x:calcPr calcId="1"></x:calcPr></x:w>', b'<x:w><x:calcPr calcId="1" fullCalcOnLoad="1"/></x:w>'),
    ],
)
def test_le_tableur_recalcule_a_l_ouverture(livre: bytes, attendu: bytes | None) -> None:
    assert (attendu or livre) in recalculer_a_l_ouverture(livre)


@pytest.mark.parametrize(
    ("nom", "changements", "phrase"),
    [
        ("i.xlsm", {}, MACROS),
        ("i.xlsx", {"xl/vbaProject.bin": b"x"}, MACROS),
        ("i.xlsx", {"xl/externalLinks/externalLink1.xml": b"<externalLink/>"}, LIENS),
        ("i.ods", {}, "format .xlsx"),
        ("i.xlsx", {"xl/worksheets/sheet1.xml": b"<worksheet><sheetData>"}, ABIME),
        ("i.xlsx", {"xl/worksheets/sheet1.xml": b"<worksheet/>"}, ABIME),
        ("i.xlsx", {"xl/worksheets/sheet1.xml": b"<!DOCTYPE a><worksheet/>"}, "structure attendue"),
        ("i.xlsx", {"xl/worksheets/sheet1.xml": b" " * 40_000_000}, "trop de place"),
        (
            "i.xlsx",
            {"xl/worksheets/sheet1.xml": b"<worksheet><sheetData>" + b"<row/>" * 2_001 + b"</sheetData></worksheet>"},
            "plus de 2000 lignes",
        ),
        (
            "i.xlsx",
            {
                "xl/worksheets/sheet1.xml": b"<worksheet><sheetData/><mergeCells>"
                + b'<mergeCell ref="A1:Z99"/>' * 2_001
                + b"</mergeCells></worksheet>"
            },
            ABIME,
        ),
    ],
)
def test_un_mauvais_imprime_est_refuse_avant_d_etre_lu(nom: str, changements: dict[str, Any], phrase: str) -> None:
    with pytest.raises(ClasseurRefuse, match=re.escape(phrase)):
        ouvrir_modele(reecrire(CROIX, changements), nom)


def test_des_fusions_qui_se_recouvrent_ne_coutent_rien() -> None:
    fusions = b"".join(b'<mergeCell ref="A%d:XFD1048576"/>' % rang for rang in range(1, 1_000))

    def charger(xml: bytes) -> bytes:
        return xml.replace(b"</mergeCells>", fusions + b"</mergeCells>")

    modele: Modele = ouvrir_modele(reecrire(CROIX, {"xl/worksheets/sheet1.xml": charger}), "imprime.xlsx")
    feuille = feuilles_a_montrer(modele)[0]
    assert (len(feuille.lignes), feuille.colonnes, feuille.est_tronquee) == (150, 52, True)
