"""Un tableau de textes en .csv ou en .xlsx : rien de ce que quelqu'un a saisi n'y devient une formule."""

import csv
from collections.abc import Iterable, Sequence
from io import BytesIO, StringIO

from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.styles import Font
from openpyxl.utils import get_column_letter

from trpm.socle.classeur import ecrire_texte, ressemble_a_une_formule

CSV = "text/csv; charset=utf-8"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
LONGUEUR_CASE = 32_767


def neutraliser(texte: str) -> str:
    """L'apostrophe devant garde le texte tel quel : le tableur l'affiche au lieu de la calculer (OWASP)."""
    return f"'{texte}" if ressemble_a_une_formule(texte) else texte


def en_csv(entetes: Sequence[str], lignes: Iterable[Sequence[str]]) -> bytes:
    """Points-virgules et UTF-8 avec BOM : s'ouvre d'un double clic dans un tableur français."""
    sortie = StringIO()
    plume = csv.writer(sortie, delimiter=";", quoting=csv.QUOTE_ALL, lineterminator="\r\n")
    plume.writerow(entetes)
    for ligne in lignes:
        plume.writerow([neutraliser(texte) for texte in ligne])
    return sortie.getvalue().encode("utf-8-sig")


def en_xlsx(titre: str, entetes: Sequence[str], lignes: Iterable[Sequence[str]]) -> bytes:
    classeur = Workbook(write_only=True)
    feuille = classeur.create_sheet(titre)
    feuille.freeze_panes = "A2"
    for rang in range(1, len(entetes) + 1):
        feuille.column_dimensions[get_column_letter(rang)].width = 24
    feuille.append([_case(feuille, texte, gras=True) for texte in entetes])
    for ligne in lignes:
        feuille.append([_case(feuille, texte) for texte in ligne])
    sortie = BytesIO()
    classeur.save(sortie)
    return sortie.getvalue()


def _case(feuille: object, texte: str, *, gras: bool = False) -> WriteOnlyCell:
    case = WriteOnlyCell(feuille)
    ecrire_texte(case, texte[:LONGUEUR_CASE])
    if gras:
        case.font = Font(bold=True)
    return case
