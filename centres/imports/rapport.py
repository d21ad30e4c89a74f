"""Le rapport d'un import, ligne par ligne, en .xlsx ou en CSV : ce qui y est écrit reste du texte."""

import csv
from collections.abc import Mapping, Sequence
from io import BytesIO, StringIO
from typing import Any

from openpyxl import Workbook
from openpyxl.styles import Alignment, Font

from centres.imports.plan import Plan
from trpm.socle.classeur import ecrire_texte
from trpm.socle.tableau import neutraliser

COLONNES = ("Ligne", "Qui", "Verdict", "Colonne", "Détail", "Suite donnée")
LARGEURS = (8, 34, 18, 20, 80, 40)


def lignes_du_plan(plan: Plan) -> list[dict[str, Any]]:
    """Le rapport d'avant l'application : les réponses possibles d'un doublon tiennent lieu de suite."""
    return [
        {
            "numero": ligne.numero,
            "libelle": ligne.libelle,
            "verdict": ligne.verdict.value,
            "champ": ligne.champ,
            "details": list(ligne.details),
            "suite": " / ".join(candidat.libelle for candidat in ligne.candidats),
        }
        for ligne in plan.lignes
    ]


def en_xlsx(lignes: Sequence[Mapping[str, Any]]) -> bytes:
    classeur = Workbook()
    feuille = classeur.active
    feuille.title = "Rapport"
    feuille.append(COLONNES)
    for rang, largeur in enumerate(LARGEURS, start=1):
        feuille.cell(1, rang).font = Font(bold=True)
        feuille.column_dimensions[feuille.cell(1, rang).column_letter].width = largeur
    for numero, ligne in enumerate(lignes, start=2):
        feuille.cell(numero, 1).value = ligne["numero"]
        for rang, texte in enumerate(_textes(ligne), start=2):
            cellule = feuille.cell(numero, rang)
            ecrire_texte(cellule, texte)
            cellule.alignment = Alignment(wrap_text=True, vertical="top")
    feuille.freeze_panes = "A2"
    feuille.auto_filter.ref = feuille.dimensions
    sortie = BytesIO()
    classeur.save(sortie)
    return sortie.getvalue()


def en_csv(lignes: Sequence[Mapping[str, Any]]) -> bytes:
    """UTF-8 avec marque et point-virgule : ce que les tableurs français ouvrent d'un double-clic."""
    sortie = StringIO(newline="")
    ecrivain = csv.writer(sortie, delimiter=";")
    ecrivain.writerow(COLONNES)
    for ligne in lignes:
        ecrivain.writerow([ligne["numero"], *map(neutraliser, _textes(ligne))])
    return sortie.getvalue().encode("utf-8-sig")


def _textes(ligne: Mapping[str, Any]) -> tuple[str, ...]:
    details = " · ".join(ligne["details"])
    return ligne["libelle"], ligne["verdict"], ligne["champ"], details, ligne["suite"]
