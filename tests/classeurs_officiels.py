"""Deux imprimés comme en publient les académies, fabriqués par les tests : ni l'un ni l'autre n'est un vrai."""

import struct
import zlib
from collections.abc import Mapping, Sequence
from io import BytesIO

from openpyxl import Workbook
from openpyxl.drawing.image import Image
from openpyxl.formatting.rule import CellIsRule
from openpyxl.styles import Alignment, Border, Font, PatternFill, Protection, Side
from openpyxl.worksheet.datavalidation import DataValidation
from openpyxl.worksheet.worksheet import Worksheet

from tests.classeurs import enregistrer

TRAIT = Side(style="thin")
CADRE = Border(left=TRAIT, right=TRAIT, top=TRAIT, bottom=TRAIT)
PREMIERE = 12
E31_RSP: Mapping[str, Sequence[str]] = {
    "C6": ["C6.1", "C6.2", "C6.3"],
    "C7": ["C7.1", "C7.2", "C7.3"],
}


def imprime_a_croix(criteres: Mapping[str, Sequence[str]] = E31_RSP) -> bytes:
    """Une croix par critère dans l'une de quatre colonnes ; cases fusionnées, feuille protégée, total calculé."""
    classeur = Workbook()
    feuille = classeur.active
    feuille.title = "Grille E31"
    feuille.merge_cells("A1:H2")
    feuille["A1"] = "Baccalauréat professionnel TRPM – Épreuve E31 – Grille d'évaluation"
    feuille["A1"].font = Font(bold=True, size=14)
    feuille["A1"].alignment = Alignment(horizontal="center", vertical="center", wrap_text=True)
    _en_tete(feuille)
    for colonne, titre in zip("ABCDEFGH", ["", "Critère", "", "1", "2", "3", "4", "Points"], strict=True):
        feuille[f"{colonne}{PREMIERE - 1}"] = titre
    rang = PREMIERE
    for competence, codes in criteres.items():
        feuille.merge_cells(f"A{rang}:A{rang + len(codes) - 1}")
        feuille[f"A{rang}"] = competence
        for code in codes:
            feuille.merge_cells(f"B{rang}:C{rang}")
            feuille[f"B{rang}"] = f"{code} – critère de l'imprimé"
            for colonne in "DEFG":
                feuille[f"{colonne}{rang}"].border = CADRE
                feuille[f"{colonne}{rang}"].protection = Protection(locked=False)
                feuille[f"{colonne}{rang}"].alignment = Alignment(horizontal="center")
            feuille[f"H{rang}"] = f'=IF(G{rang}<>"",3,IF(F{rang}<>"",2,IF(E{rang}<>"",1,0)))'
            rang += 1
    feuille[f"G{rang}"], feuille[f"H{rang}"] = "Total", f"=SUM(H{PREMIERE}:H{rang - 1})"
    feuille.merge_cells(f"B{rang + 2}:H{rang + 5}")
    feuille[f"B{rang + 2}"].protection = Protection(locked=False)
    feuille[f"A{rang + 2}"] = "Appréciation"
    feuille[f"A{rang + 7}"], feuille[f"A{rang + 8}"] = "Note proposée", "Membres de la commission"
    feuille.conditional_formatting.add(
        f"D{PREMIERE}:G{rang - 1}", CellIsRule(operator="equal", formula=['"X"'], fill=PatternFill("solid", "FFC000"))
    )
    feuille.print_area = f"A1:H{rang + 9}"
    feuille.column_dimensions["B"].width = 48
    feuille.protection.sheet = True
    feuille.protection.password = "ministere"
    return enregistrer(classeur)


def imprime_a_chiffres(criteres: Mapping[str, Sequence[str]] = E31_RSP) -> bytes:
    """Un chiffre par critère dans une colonne ; plusieurs feuilles, un logo, une liste de valeurs permises."""
    classeur = Workbook()
    garde = classeur.active
    garde.title = "Page de garde"
    garde["B2"], garde["B4"] = "ACADÉMIE", "Candidat"
    garde["D4"].number_format = "@"
    garde.add_image(Image(BytesIO(_png())), "F1")
    notation = classeur.create_sheet("Évaluation E31")
    notation["A1"] = "='Page de garde'!D4"
    notation["A3"], notation["B3"] = "Compétence", "Niveau (1 à 4)"
    rang = 4
    for code in (code for codes in criteres.values() for code in codes):
        notation[f"A{rang}"] = code
        notation[f"B{rang}"].fill = PatternFill("solid", "E2EFDA")
        rang += 1
    permis = DataValidation(type="whole", operator="between", formula1="1", formula2="4", allow_blank=True)
    permis.add(f"B4:B{rang - 1}")
    notation.add_data_validation(permis)
    notation[f"A{rang}"], notation[f"B{rang}"] = "Moyenne", f"=AVERAGE(B4:B{rang - 1})"
    notation.freeze_panes = "A4"
    bilan = classeur.create_sheet("Synthèse")
    bilan["A1"], bilan["B1"] = "Moyenne", f"='Évaluation E31'!B{rang}"
    classeur.create_sheet("Vide")
    return enregistrer(classeur)


def _en_tete(feuille: Worksheet) -> None:
    for rang, titre in ((4, "Établissement"), (5, "Nom et prénom"), (6, "N° de candidat"), (7, "Session"), (8, "Date")):
        feuille[f"A{rang}"] = titre
        feuille.merge_cells(f"B{rang}:E{rang}")
        feuille[f"B{rang}"].border = CADRE
        feuille[f"B{rang}"].protection = Protection(locked=False)


def _png() -> bytes:
    def bloc(nom: bytes, contenu: bytes) -> bytes:
        somme = zlib.crc32(nom + contenu)
        return struct.pack(">I", len(contenu)) + nom + contenu + struct.pack(">I", somme)

    pixels = b"".join(b"\x00" + bytes([20, 80, 122]) * 40 for _ in range(40))
    entete = struct.pack(">IIBBBBB", 40, 40, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + bloc(b"IHDR", entete) + bloc(b"IDAT", zlib.compress(pixels)) + bloc(b"IEND", b"")
