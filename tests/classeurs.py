"""Fabriquer des classeurs, bons et mauvais : tous sont produits par les tests, aucun n'est gardé sur le disque."""

import zipfile
from collections.abc import Callable, Mapping
from io import BytesIO
from typing import Any
from xml.sax.saxutils import escape, quoteattr

from openpyxl import Workbook, load_workbook
from openpyxl.worksheet.worksheet import Worksheet

PREMIERE_LIGNE, LIGNE_CODES = 6, 3
MIMETYPE_ODS = "application/vnd.oasis.opendocument.spreadsheet"
ESPACES = " ".join(
    f'xmlns:{court}="urn:oasis:names:tc:opendocument:xmlns:{court}:1.0"' for court in ("office", "table", "text")
)


def ouvrir(contenu: bytes) -> Workbook:
    return load_workbook(BytesIO(contenu))


def enregistrer(classeur: Workbook) -> bytes:
    sortie = BytesIO()
    classeur.save(sortie)
    return sortie.getvalue()


def modifier(contenu: bytes, geste: Callable[[Workbook], Any]) -> bytes:
    classeur = ouvrir(contenu)
    geste(classeur)
    return enregistrer(classeur)


def case(feuille: Worksheet, nom: str, code: str) -> Any:
    """La case d'un apprenant pour un code, trouvée comme le ferait un enseignant : par son nom et sa colonne."""
    ligne = next(
        numero for numero in range(PREMIERE_LIGNE, feuille.max_row + 1) if feuille.cell(numero, 2).value == nom
    )
    colonne = next(
        numero for numero in range(4, feuille.max_column + 1) if feuille.cell(LIGNE_CODES, numero).value == code
    )
    return feuille.cell(ligne, colonne)


def remplir(contenu: bytes, valeurs: Mapping[tuple[str, str], Any], feuille: str = "E31") -> bytes:
    classeur = ouvrir(contenu)
    for (nom, code), valeur in valeurs.items():
        case(classeur[feuille], nom, code).value = valeur
    return enregistrer(classeur)


def reecrire(contenu: bytes, changements: Mapping[str, bytes | Callable[[bytes], bytes] | None]) -> bytes:
    """Le même fichier zip, dont des entrées sont remplacées, transformées, ajoutées, ou retirées (None)."""
    sortie = BytesIO()
    with (
        zipfile.ZipFile(BytesIO(contenu)) as source,
        zipfile.ZipFile(sortie, "w", zipfile.ZIP_DEFLATED) as cible,
    ):
        for nom in source.namelist():
            changement = changements.get(nom, source.read(nom))
            if callable(changement):
                changement = changement(source.read(nom))
            if changement is not None:
                cible.writestr(nom, changement)
        for nom, changement in changements.items():
            if nom not in source.namelist() and isinstance(changement, bytes):
                cible.writestr(nom, changement)
    return sortie.getvalue()


def en_ods(contenu: bytes, fin: str = "") -> bytes:
    """Le même classeur au format OpenDocument, avec les répétitions que LibreOffice écrit en fin de feuille."""
    tables = "".join(_table(feuille, fin) for feuille in ouvrir(contenu).worksheets)
    return ods(tables)


def ods(tables: str) -> bytes:
    corps = (
        f'<?xml version="1.0" encoding="UTF-8"?><office:document-content {ESPACES} office:version="1.3">'
        f"<office:body><office:spreadsheet>{tables}</office:spreadsheet></office:body></office:document-content>"
    )
    manifeste = (
        '<?xml version="1.0" encoding="UTF-8"?>'
        '<manifest:manifest xmlns:manifest="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0">'
        f'<manifest:file-entry manifest:full-path="/" manifest:media-type="{MIMETYPE_ODS}"/>'
        '<manifest:file-entry manifest:full-path="content.xml" manifest:media-type="text/xml"/></manifest:manifest>'
    )
    sortie = BytesIO()
    with zipfile.ZipFile(sortie, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("mimetype", MIMETYPE_ODS, zipfile.ZIP_STORED)
        archive.writestr("content.xml", corps)
        archive.writestr("META-INF/manifest.xml", manifeste)
    return sortie.getvalue()


def _table(feuille: Worksheet, fin: str) -> str:
    lignes = []
    for ligne in feuille.iter_rows(values_only=True):
        cases = "".join(_case_ods(valeur) for valeur in ligne)
        vides = '<table:table-cell table:number-columns-repeated="16000"/>'
        lignes.append(f"<table:table-row>{cases}{vides}</table:table-row>")
    reste = (
        '<table:table-row table:number-rows-repeated="1048000">'
        '<table:table-cell table:number-columns-repeated="16384"/></table:table-row>'
    )
    return f"<table:table table:name={quoteattr(feuille.title)}>{''.join(lignes)}{fin}{reste}</table:table>"


def _case_ods(valeur: Any) -> str:
    if valeur is None:
        return "<table:table-cell/>"
    if isinstance(valeur, int | float):
        return (
            f'<table:table-cell office:value-type="float" office:value="{valeur}">'
            f"<text:p>{valeur}</text:p></table:table-cell>"
        )
    return f'<table:table-cell office:value-type="string"><text:p>{escape(str(valeur))}</text:p></table:table-cell>'
