"""Les formes du fichier : encodages, séparateurs, guillemets, classeurs sains ou piégés."""

from datetime import date, datetime
from io import BytesIO
from zipfile import ZIP_DEFLATED, ZipFile

from openpyxl import Workbook

from tests.centres.corpus.cas import NOA, RSP3, TETE, ZOE, Cas, E, N, brut, csv, texte, xlsx
from tests.classeurs import en_ods, ods, reecrire

BON = [N, N]


def feuille_masquee(classeur: Workbook) -> None:
    cachee = classeur.create_sheet("Ancienne", 0)
    cachee.append(list(TETE))
    cachee.append(["SECRET", "Ada", "", "2472501433", "TTRPM", "", "", ""])
    cachee.sheet_state = "hidden"
    classeur.active = 1


def toutes_masquees(classeur: Workbook) -> None:
    classeur.create_sheet("Vide")
    classeur.worksheets[0].sheet_state = "hidden"
    classeur.active = 1


def formule(classeur: Workbook) -> None:
    classeur.active["A2"] = '=HYPERLINK("http://exemple.invalid","MARTIN")'


def avec_macros() -> bytes:
    return reecrire(xlsx(ZOE), {"xl/vbaProject.bin": b"Sub Auto_Open()"})


def bombe() -> bytes:
    return reecrire(xlsx(ZOE), {"xl/worksheets/sheet1.xml": b"<worksheet>" + b" " * 29_000_000 + b"</worksheet>"})


def trop_large() -> bytes:
    return xlsx(tuple("x" * 61), tete=[f"C{rang}" for rang in range(61)])


def cent_mille_lignes() -> bytes:
    return texte(*(("N", "P", "", "", "T", "", "", "") for _ in range(100_000))).encode()


def zip_quelconque() -> bytes:
    sortie = BytesIO()
    with ZipFile(sortie, "w", ZIP_DEFLATED) as archive:
        archive.writestr("lisez-moi.txt", "bonjour")
    return sortie.getvalue()


def entite_externe() -> bytes:
    piege = b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]><x>&e;</x>'
    return reecrire(xlsx(ZOE), {"xl/sharedStrings.xml": piege})


def ligne_repetee_un_million_de_fois() -> bytes:
    case = '<table:table-cell office:value-type="string"><text:p>x</text:p></table:table-cell>'
    lignes = f'<table:table-row table:number-rows-repeated="1000000">{case}</table:table-row>'
    return ods(f'<table:table table:name="F">{lignes}</table:table>')


DATES = (
    ("MARTIN", "Zoé", None, 2472501433, "TTRPM", None, datetime(2025, 10, 6, 8, 30), None),  # noqa: DTZ001
    ("PETIT", "Noa", None, 2472501333.0, "TTRPM", "apprenti", date(2025, 10, 6), None),
)

FICHIERS = (
    Cas("UTF-8", "a.csv", csv(ZOE, NOA), BON),
    Cas("UTF-8 avec marque", "a.csv", csv(ZOE, NOA, encodage="utf-8-sig"), BON),
    Cas("Latin-1", "a.csv", csv(ZOE, NOA, encodage="latin-1"), BON),
    Cas("Windows-1252, œ et €", "a.csv", csv(("ŒUVRARD", "Zoé", *ZOE[2:]), encodage="cp1252"), [N]),
    Cas("UTF-16 avec marque", "a.csv", csv(ZOE, NOA, encodage="utf-16"), BON),
    Cas("UTF-16 petit-boutiste sans marque", "a.csv", csv(ZOE, NOA, encodage="utf-16-le"), BON),
    Cas("UTF-16 gros-boutiste sans marque", "a.csv", csv(ZOE, NOA, encodage="utf-16-be"), BON),
    Cas("UTF-32", "a.csv", csv(ZOE, encodage="utf-32"), refus="pas un texte CSV"),
    Cas("UTF-16 tronqué", "a.csv", brut(b"\xff\xfe" + "Nom;Prénom".encode("utf-16-le")[:-1]), refus="pas un texte CSV"),
    Cas("virgules", "a.csv", csv(ZOE, NOA, separateur=","), BON),
    Cas("tabulations", "a.tsv", csv(ZOE, NOA, separateur="\t"), BON),
    Cas("séparateur annoncé", "a.csv", brut("sep=,\r\n" + texte(ZOE, separateur=",")), [N]),
    Cas("fins de ligne Unix", "a.txt", csv(ZOE, NOA, fin="\n"), BON),
    Cas("fins de ligne de vieux Mac", "a.csv", csv(ZOE, NOA, fin="\r"), BON),
    Cas("tout entre guillemets", "a.csv", csv(*[[f'"{c}"' for c in li] for li in (ZOE, NOA)]), BON),
    Cas("séparateur dans une case", "a.csv", csv(('"MARTIN; DUPUIS"', *ZOE[1:])), [N]),
    Cas("guillemets doublés", "a.csv", csv(('"MARTIN ""dit"" ROUX"', *ZOE[1:])), [N]),
    Cas("retour à la ligne dans une case", "a.csv", csv(('"MARTIN\nDUPUIS"', *ZOE[1:]), NOA), BON),
    Cas("guillemet jamais refermé", "a.csv", csv(('"MARTIN', *ZOE[1:])), refus="jamais refermé"),
    Cas("lignes vides partout", "a.csv", brut(f"\n;;;\n{texte(ZOE, ('',) * 8, NOA, fin=chr(10))}\n;;;;\n"), BON),
    Cas("titre au-dessus des en-têtes", "a.csv", brut("Liste des élèves\n\n" + texte(ZOE, fin="\n")), [N]),
    Cas("espaces insécables et de largeur nulle", "a.csv", csv((" MAR\u200bTIN\u00a0", "\ufeffZoé ", *ZOE[2:])), [N]),
    Cas("en-têtes répétés", "a.csv", csv((*ZOE, "AUTRE"), tete=(*TETE, "Nom")), [N]),
    Cas(
        "en-têtes d'un export",
        "a.csv",
        csv(
            ("MARTIN", "Zoé", "1234567890A", RSP3, "TTRPM"),
            tete=("NOM DE FAMILLE", "PRENOM 1", "ID_NATIONAL", "CODE_MEF", "CODE STRUCTURE"),
        ),
        [N],
    ),
    Cas(
        "colonnes inconnues, choisies à l'écran",
        "a.csv",
        csv(("MARTIN", "Zoé", RSP3, "TTRPM"), tete=("Patronyme", "Petit nom", "Formation suivie", "Groupe")),
        [N],
        colonnes={"nom": 0, "prenom": 1, "mef": 2, "division": 3},
    ),
    Cas("colonne obligatoire absente", "a.csv", csv(("MARTIN", RSP3), tete=("Nom", "MEF")), colonne_manquante=True),
    Cas("en-têtes seuls", "a.csv", csv(), refus="aucune ligne"),
    Cas("fichier vide", "a.csv", brut(b""), refus="vide"),
    Cas("que des espaces", "a.csv", brut(b" \n\n  \n"), refus="aucune ligne"),
    Cas("binaire nommé .csv", "a.csv", brut(bytes(range(256)) * 20), refus="pas un texte CSV"),
    Cas("image nommée .csv", "a.csv", brut(b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR"), refus="pas un texte CSV"),
    Cas("PDF", "a.pdf", brut(b"%PDF-1.7 xxx"), refus="ni un CSV, ni un classeur"),
    Cas("sans extension", "liste", csv(ZOE), refus="ni un CSV, ni un classeur"),
    Cas("CSV nommé .xlsx", "a.xlsx", csv(ZOE), refus="n'est pas un classeur"),
    Cas("classeur nommé .csv", "a.csv", lambda: xlsx(ZOE), refus="renommez-le"),
    Cas("ancien .xls", "a.xls", brut(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\x00" * 600), refus="ancien format .xls"),
    Cas("archive quelconque", "a.xlsx", zip_quelconque, refus="n'est pas un classeur"),
    Cas("classeur .xlsx", "a.xlsx", lambda: xlsx(ZOE, NOA), BON),
    Cas("classeur .ods", "a.ods", lambda: en_ods(xlsx(ZOE, NOA)), BON),
    Cas("classeur aux nombres et aux dates", "a.xlsx", lambda: xlsx(*DATES), BON, dit="06/10/2025"),
    Cas("formule", "a.xlsx", lambda: xlsx(ZOE, apres=formule), refus="une formule"),
    Cas("macros", "a.xlsx", avec_macros, refus="macros"),
    Cas("macros, extension .xlsm", "a.xlsm", lambda: xlsx(ZOE), refus="macros"),
    Cas("bombe de décompression", "a.xlsx", bombe, refus="trop de place"),
    Cas("entité externe", "a.xlsx", entite_externe, refus="structure attendue"),
    Cas("classeur tronqué", "a.xlsx", lambda: xlsx(ZOE)[:-400], refus="abîmé"),
    Cas("feuille masquée non lue", "a.xlsx", lambda: xlsx(ZOE, apres=feuille_masquee), [N]),
    Cas("toutes les feuilles masquées", "a.xlsx", lambda: xlsx(ZOE, apres=toutes_masquees), refus="visibles"),
    Cas("plus de soixante colonnes", "a.xlsx", trop_large, refus="plus de 60 colonnes"),
    Cas(
        "plus de soixante colonnes en CSV",
        "a.csv",
        csv("x" * 61, tete=[f"C{r}" for r in range(61)]),
        refus="60 colonnes",
    ),
    Cas("cent mille lignes", "a.csv", cent_mille_lignes, refus="plus de 5000 lignes"),
    Cas("million de lignes répétées", "a.ods", ligne_repetee_un_million_de_fois, refus="lignes"),
    Cas("plus de 5 Mo", "a.csv", brut(b"Nom;Prenom\n" + b"x" * 5_000_001), refus="5 Mo"),
    Cas("case immense", "a.csv", csv(("M" * 2_001, *ZOE[1:])), refus="dépasse 2000 signes"),
    Cas("ligne trop courte", "a.csv", brut(texte(ZOE) + "SEUL\r\n"), [N, E], dit="Case vide"),
    Cas("ligne trop longue", "a.csv", csv((*ZOE, "de", "trop")), [N]),
)
