"""Lire un classeur reçu : les bons passent, les mauvais reçoivent une phrase, et rien n'est jamais exécuté."""

import tracemalloc
import zipfile
from collections.abc import Callable
from datetime import datetime
from io import BytesIO

import pytest
from openpyxl import Workbook

from tests.classeurs import en_ods, enregistrer, modifier, ods, ouvrir, reecrire
from trpm.socle.classeur import ClasseurRefuse, ecrire_texte, lire_classeur, verifier_taille
from trpm.socle.classeur_feuilles import Limites, lettres, numero

LIMITES = Limites(lignes=100, colonnes=30, feuilles=3)
FEUILLE_1 = "xl/worksheets/sheet1.xml"
CASE_REPETEE = '<table:table-cell office:value-type="float" office:value="1" table:number-columns-repeated="16384"/>'
BOMBE_XML = b'<?xml version="1.0"?><!DOCTYPE l [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;">]><worksheet>&b;</worksheet>'


@pytest.fixture
def simple() -> bytes:
    classeur = Workbook()
    classeur.active.title = "Notes"
    classeur.active.append(["Inès", 3, None, True, datetime(2026, 3, 12)])  # noqa: DTZ001
    classeur.active.append(["Aïcha", "NE", 2.5])
    return enregistrer(classeur)


def refus(contenu: bytes, nom: str = "grille.xlsx", limites: Limites = LIMITES) -> str:
    with pytest.raises(ClasseurRefuse) as capture:
        lire_classeur(contenu, nom, limites)
    return str(capture.value)


def test_un_classeur_xlsx_se_lit_avec_ses_types(simple: bytes) -> None:
    lignes = lire_classeur(simple, "grille.XLSX", LIMITES).feuilles["Notes"]
    assert lignes[0] == ("Inès", 3, None, True, datetime(2026, 3, 12))  # noqa: DTZ001
    assert lignes[1][:3] == ("Aïcha", "NE", 2.5)


def test_le_meme_classeur_en_ods_donne_les_memes_valeurs() -> None:
    classeur = Workbook()
    classeur.active.title = "Notes"
    classeur.active.append(["Inès", 3, None, "NE"])
    contenu = enregistrer(classeur)
    attendu = lire_classeur(contenu, "grille.xlsx", LIMITES).feuilles
    assert lire_classeur(en_ods(contenu), "grille.ods", LIMITES).feuilles == attendu


MAUVAIS: dict[str, tuple[Callable[[bytes], bytes], str, str]] = {
    "vide": (lambda _: b"", "grille.xlsx", "vide"),
    "trop gros": (lambda _: b"PK" + b"0" * 5_000_001, "grille.xlsx", "5 Mo"),
    "csv renommé": (lambda _: b"nom;C6.1\r\nIn\xe8s;3\r\n", "grille.xlsx", "n'est pas un classeur"),
    "xls ancien": (lambda _: b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600, "grille.xlsx", "ancien format .xls"),
    "mot de passe": (
        lambda _: b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + "EncryptedPackage".encode("utf-16-le"),
        "grille.xlsx",
        "mot de passe",
    ),
    "tronqué": (lambda c: c[: len(c) // 2], "grille.xlsx", "abîmé"),
    "octet retourné": (lambda c: c[:60] + bytes([c[60] ^ 255]) + c[61:], "grille.xlsx", "abîmé"),
    "xlsm": (lambda c: c, "grille.xlsm", "macros"),
    "macros": (lambda c: reecrire(c, {"xl/vbaProject.bin": b"x"}), "grille.xlsx", "macros"),
    "type à macros": (
        lambda c: reecrire(
            c, {"[Content_Types].xml": lambda x: x.replace(b".sheet.main", b".sheet.macroEnabled.main")}
        ),
        "grille.xlsx",
        "macros",
    ),
    "liaisons": (lambda c: reecrire(c, {"xl/externalLinks/externalLink1.xml": b"<a/>"}), "grille.xlsx", "liaisons"),
    "chemin qui remonte": (lambda c: reecrire(c, {"../../etc/passwd": b"x"}), "grille.xlsx", "structure"),
    "bombe xml": (lambda c: reecrire(c, {FEUILLE_1: BOMBE_XML}), "grille.xlsx", "structure"),
    "utf-16": (
        lambda c: reecrire(c, {FEUILLE_1: lambda x: x.decode().encode("utf-16")}),
        "grille.xlsx",
        "UTF-8",
    ),
    "latin-1": (
        lambda c: reecrire(c, {FEUILLE_1: lambda x: b'<?xml version="1.0" encoding="ISO-8859-1"?>' + x}),
        "grille.xlsx",
        "UTF-8",
    ),
    "zip quelconque": (lambda c: reecrire(c, {"xl/workbook.xml": None}), "grille.xlsx", "n'est pas un classeur"),
    "feuille mal formée": (lambda c: reecrire(c, {FEUILLE_1: b"<worksheet><sheetData>"}), "grille.xlsx", "abîmé"),
    "ods nommé xlsx": (lambda c: en_ods(c), "grille.xlsx", "classeur .ods"),
    "xlsx nommé ods": (lambda c: c, "grille.ods", "classeur .xlsx"),
    "ods chiffré": (
        lambda c: reecrire(en_ods(c), {"META-INF/manifest.xml": b"<m><manifest:encryption-data/></m>"}),
        "grille.ods",
        "mot de passe",
    ),
    "ods à macros": (lambda c: reecrire(en_ods(c), {"Basic/Standard/M.xml": b"<a/>"}), "grille.ods", "macros"),
    "ods lié": (
        lambda _: ods('<table:table table:name="A"><table:table-source/></table:table>'),
        "grille.ods",
        "liaisons",
    ),
}


@pytest.mark.parametrize("cas", MAUVAIS)
def test_un_mauvais_fichier_recoit_une_seule_phrase(simple: bytes, cas: str) -> None:
    fabriquer, nom, attendu = MAUVAIS[cas]
    message = refus(fabriquer(simple), nom)
    assert attendu in message
    assert message.endswith(".")
    assert "\n" not in message


def test_une_formule_est_refusee_avec_sa_case(simple: bytes) -> None:
    def poser(classeur: Workbook) -> None:
        classeur["Notes"]["D7"] = '=HYPERLINK("http://exemple.fr";"x")'

    assert "Feuille « Notes », case D7 : une formule" in refus(modifier(simple, poser))
    formule = '<table:table-row><table:table-cell/><table:table-cell table:formula="of:=1+1"/></table:table-row>'
    assert "case B3 : une formule" in refus(en_ods(simple, formule), "grille.ods")


def test_lignes_colonnes_et_feuilles_sont_comptees_avant_la_lecture(simple: bytes) -> None:
    assert "plus de 100 lignes" in refus(modifier(simple, lambda c: c["Notes"].cell(101, 1, 1)))
    assert "plus de 30 colonnes" in refus(modifier(simple, lambda c: c["Notes"].cell(1, 31, 1)))
    assert "plus de 3 feuilles" in refus(modifier(simple, lambda c: [c.create_sheet() for _ in range(3)]))


def test_cent_mille_lignes_sont_refusees() -> None:
    classeur = Workbook(write_only=True)
    feuille = classeur.create_sheet("Notes")
    for rang in range(100_000):
        feuille.append([rang, rang * 7919 % 10_007])
    assert "100 lignes" in refus(enregistrer(classeur))


def test_une_bombe_zip_est_refusee_sans_etre_decompressee() -> None:
    sortie = BytesIO()
    with zipfile.ZipFile(sortie, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("[Content_Types].xml", "<Types/>")
        archive.writestr("xl/workbook.xml", "<workbook/>")
        archive.writestr("xl/worksheets/sheet1.xml", b" " * 200_000_000)
    tracemalloc.start()
    try:
        assert "trop de place" in refus(sortie.getvalue())
        assert tracemalloc.get_traced_memory()[1] < 5_000_000
    finally:
        tracemalloc.stop()


def test_une_case_ods_repetee_a_l_infini_est_comptee() -> None:
    bombe = f'<table:table-row table:number-rows-repeated="1048576">{CASE_REPETEE}</table:table-row>'
    table = f'<table:table table:name="A">{bombe}</table:table>'
    assert "plus de 30 colonnes" in refus(ods(table), "grille.ods")
    haute = bombe.replace('table:number-columns-repeated="16384"', "")
    assert "plus de 100 lignes" in refus(ods(f'<table:table table:name="A">{haute}</table:table>'), "grille.ods")


def test_une_feuille_gonflee_d_elements_vides_est_refusee(simple: bytes) -> None:
    # Sous toutes les limites de taille, mais chaque élément pèserait en mémoire.
    vides = b"".join(b"<a%d/>" % (rang % 9973) for rang in range(500_000))
    gonflee = reecrire(simple, {FEUILLE_1: b"<worksheet><sheetData>" + vides + b"</sheetData></worksheet>"})
    assert "trop de contenu" in refus(gonflee)


def test_une_feuille_rangee_hors_de_son_dossier_reste_bornee(simple: bytes) -> None:
    with zipfile.ZipFile(BytesIO(simple)) as archive:
        feuille = archive.read(FEUILLE_1).replace(b'r="A2"', b'r="A900000"').replace(b'<row r="2"', b'<row r="900000"')
    ailleurs = reecrire(
        simple,
        {
            FEUILLE_1: None,
            "xl/ailleurs.xml": feuille,
            "xl/_rels/workbook.xml.rels": lambda x: x.replace(b"/xl/worksheets/sheet1.xml", b"/xl/ailleurs.xml"),
        },
    )
    assert "plus de 100 lignes" in refus(ailleurs)


def test_la_dimension_annoncee_ne_compte_pas(simple: bytes) -> None:
    menteur = reecrire(simple, {FEUILLE_1: lambda x: x.replace(b'ref="A1:E2"', b'ref="A1:XFD1048576"')})
    assert len(lire_classeur(menteur, "grille.xlsx", LIMITES).feuilles["Notes"]) == 2


@pytest.mark.parametrize("texte", ['=HYPERLINK("http://x")', "+1", "-1", "@SUM(1)", "\t=1", "Bernard", "a\x07b"])
def test_un_texte_ecrit_reste_un_texte(texte: str) -> None:
    classeur = Workbook()
    ecrire_texte(classeur.active.cell(1, 1), texte)
    relue = ouvrir(enregistrer(classeur)).active.cell(1, 1)
    assert (relue.data_type, relue.value) == ("s", texte.replace("\x07", ""))
    assert bool(relue.quotePrefix) == (texte[0] in "=+-@\t")


def test_la_taille_se_juge_avant_de_lire() -> None:
    verifier_taille(5_000_000)
    with pytest.raises(ClasseurRefuse, match="5 Mo"):
        verifier_taille(5_000_001)


def test_les_colonnes_se_nomment_comme_dans_le_tableur() -> None:
    assert [lettres(n) for n in (1, 26, 27, 52, 703)] == ["A", "Z", "AA", "AZ", "AAA"]
    assert all(numero(lettres(n)) == n for n in range(1, 800))
