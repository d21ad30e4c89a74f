"""La grille d'une situation en classeur .xlsx, à remplir n'importe où puis à renvoyer."""

from collections.abc import Sequence
from datetime import datetime
from io import BytesIO

from django.utils import timezone
from openpyxl import Workbook
from openpyxl.formatting.rule import Rule
from openpyxl.styles import Alignment, Border, Font, NamedStyle, PatternFill, Protection, Side
from openpyxl.styles.differential import DifferentialStyle
from openpyxl.styles.numbers import NumberFormat
from openpyxl.utils import get_column_letter
from openpyxl.workbook.protection import WorkbookProtection
from openpyxl.worksheet.datavalidation import DataValidation
from openpyxl.worksheet.worksheet import Worksheet

from evaluations.enums import Etat
from evaluations.models import Situation
from evaluations.queries.classeur import (
    COLONNE_INSCRIPTION,
    COLONNE_NOM,
    COLONNE_OPTION,
    FEUILLE_AIDE,
    FEUILLE_BASE,
    LIGNE_CODES,
    LIGNE_COMPETENCES,
    LIGNE_DETAILS,
    LIGNE_LEGENDE,
    LIGNE_TITRE,
    PREMIERE_COLONNE,
    PREMIERE_LIGNE,
    SANS_OBJET,
    FeuilleEpreuve,
    base_de,
    ecrire_base,
    feuilles_du_classeur,
)
from evaluations.queries.grille import Colonne, Grille
from trpm.socle.classeur import ecrire_texte

VALEURS = ("1", "2", "3", "4", *Etat.values)
# Texte, fond et barres de chaque niveau (VISUEL) : en noir et blanc, le chiffre et les barres suffisent.
NIVEAUX = {
    1: ("7F1D1D", "FBDCDC", "▁"),
    2: ("7A4300", "FDE9C4", "▂"),
    3: ("0B4F86", "D6E9FB", "▅"),
    4: ("0F5132", "CDEEDB", "█"),
}
ETAT = ("3F4652", "ECEFF3")
ENCRE, TRAIT = "1B2430", "8A94A3"
CONSIGNES = (
    "Remplissez seulement les cases de niveau : 1, 2, 3, 4, NE, ABJ, ABN ou DISP. Une case vide : rien n'est dit.",
    "Ne déplacez, ne renommez et ne supprimez ni colonne ni feuille : le classeur serait refusé.",
    "N'écrivez pas de formule. Enregistrez au format .xlsx ou .ods.",
    "Envoyez le classeur depuis la page de la grille : chaque différence vous est montrée avant d'être enregistrée.",
    "Ce que vos collègues auront saisi entre-temps n'est jamais écrasé sans que vous l'ayez choisi.",
)


def exporter_grille(situation: Situation, grille: Grille, maintenant: datetime | None = None) -> bytes:
    """Une feuille par épreuve, un mode d'emploi, et l'état de chaque case dans une feuille cachée et scellée."""
    le = maintenant or timezone.now()
    feuilles = feuilles_du_classeur(situation, grille)
    classeur = Workbook()
    classeur.remove(classeur.active)
    for style in _styles():
        classeur.add_named_style(style)
    for feuille in feuilles:
        _ecrire_feuille(classeur.create_sheet(feuille.nom), situation, grille, feuille)
    _ecrire_aide(classeur.create_sheet(FEUILLE_AIDE), situation, grille, le)
    cachee = classeur.create_sheet(FEUILLE_BASE)
    cachee.sheet_state = "veryHidden"
    for rang, ligne in enumerate(ecrire_base(base_de(situation, grille, feuilles, le)), start=1):
        ecrire_texte(cachee.cell(rang, 1), ligne)
    classeur.security = WorkbookProtection(lockStructure=True)
    classeur.properties.title = f"{situation} – {situation.classe}"
    classeur.properties.creator = "TRPM"
    sortie = BytesIO()
    classeur.save(sortie)
    return sortie.getvalue()


def _styles() -> list[NamedStyle]:
    trait = Side(style="thin", color=TRAIT)
    cadre = Border(left=trait, right=trait, top=trait, bottom=trait)
    centre = Alignment(horizontal="center", vertical="center", wrap_text=True)
    creux = PatternFill("solid", fgColor="ECEFF3")
    return [
        NamedStyle("trpm_case", alignment=centre, border=cadre, protection=Protection(locked=False)),
        # Des hachures et non un aplat : la case sans objet se voit aussi sur une photocopie.
        NamedStyle("trpm_sans_objet", alignment=centre, border=cadre, fill=PatternFill("lightUp", fgColor=TRAIT)),
        NamedStyle("trpm_nom", font=Font(bold=True, color=ENCRE), border=cadre),
        NamedStyle("trpm_tete", font=Font(bold=True, color=ENCRE), alignment=centre, border=cadre, fill=creux),
        NamedStyle("trpm_titre", font=Font(bold=True, size=14, color=ENCRE)),
    ]


def _ecrire_feuille(page: Worksheet, situation: Situation, grille: Grille, feuille: FeuilleEpreuve) -> None:
    derniere_ligne = PREMIERE_LIGNE + len(grille.lignes) - 1
    derniere_colonne = PREMIERE_COLONNE + len(feuille.places) - 1
    _ecrire_tete(page, situation, grille, feuille)
    for rang, ligne in enumerate(grille.lignes, start=PREMIERE_LIGNE):
        page.cell(rang, COLONNE_INSCRIPTION, ligne.inscription)
        _texte(page, rang, COLONNE_NOM, ligne.nom, "trpm_nom")
        _texte(page, rang, COLONNE_OPTION, ligne.option_code, "trpm_nom")
        for colonne, place in enumerate(feuille.places, start=PREMIERE_COLONNE):
            cellule = ligne.cellules[place]
            case = page.cell(rang, colonne)
            case.style = "trpm_case" if cellule else "trpm_sans_objet"
            valeur = cellule.valeur if cellule else SANS_OBJET
            if isinstance(valeur, int):
                case.value = valeur
            elif valeur:
                ecrire_texte(case, valeur)
    if grille.lignes:
        zone = _zone(PREMIERE_COLONNE, PREMIERE_LIGNE, derniere_colonne, derniere_ligne)
        _colorer(page, zone)
        _limiter_les_valeurs(page, grille, feuille)
    _mettre_en_page(page, situation, derniere_colonne, max(derniere_ligne, PREMIERE_LIGNE))


def _ecrire_tete(page: Worksheet, situation: Situation, grille: Grille, feuille: FeuilleEpreuve) -> None:
    titre = f"{situation} · {situation.classe.nom} · {feuille.nom} {feuille.intitule}"
    _texte(page, LIGNE_TITRE, COLONNE_NOM, titre, "trpm_titre")
    _texte(page, LIGNE_LEGENDE, COLONNE_NOM, " · ".join(_legende(grille)))
    _texte(page, LIGNE_DETAILS, COLONNE_NOM, "Apprenant", "trpm_tete")
    _texte(page, LIGNE_DETAILS, COLONNE_OPTION, "Option", "trpm_tete")
    colonne = PREMIERE_COLONNE
    for groupe in feuille.groupes:
        fin = colonne + len(groupe.colonnes) - 1
        _texte(page, LIGNE_COMPETENCES, colonne, f"{groupe.code} {groupe.intitule}", "trpm_tete")
        if fin > colonne:
            page.merge_cells(
                start_row=LIGNE_COMPETENCES, end_row=LIGNE_COMPETENCES, start_column=colonne, end_column=fin
            )
        for detail in groupe.colonnes:
            _texte(page, LIGNE_CODES, colonne, detail.code)
            _texte(page, LIGNE_DETAILS, colonne, detail.code, "trpm_tete")
            colonne += 1


def _legende(grille: Grille) -> list[str]:
    niveaux = [f"{niveau} {NIVEAUX[niveau][2]} {libelle}" for niveau, libelle in grille.niveaux.items()]
    return niveaux + [f"{etat.value} {etat.label}" for etat in Etat]


def _colorer(page: Worksheet, zone: str) -> None:
    """Un niveau saisi au clavier se colore et prend ses barres, qu'il soit écrit en nombre ou en texte."""
    premiere = zone.partition(":")[0]
    for niveau, (encre, fond, barres) in NIVEAUX.items():
        style = DifferentialStyle(
            font=Font(color=encre, bold=True),
            fill=PatternFill(bgColor=fond, fill_type="solid"),
            numFmt=NumberFormat(numFmtId=170 + niveau, formatCode=f'"{barres} "0'),
        )
        page.conditional_formatting.add(zone, Rule("expression", dxf=style, formula=[f'{premiere}&""="{niveau}"']))
    tirets = Side(style="dashed", color=ETAT[0])
    style = DifferentialStyle(
        font=Font(color=ETAT[0], italic=True),
        fill=PatternFill(bgColor=ETAT[1], fill_type="solid"),
        border=Border(left=tirets, right=tirets, top=tirets, bottom=tirets),
    )
    etats = ",".join(f'{premiere}="{etat}"' for etat in Etat.values)
    page.conditional_formatting.add(zone, Rule("expression", dxf=style, formula=[f"OR({etats})"]))


def _limiter_les_valeurs(page: Worksheet, grille: Grille, feuille: FeuilleEpreuve) -> None:
    """Liste déroulante sur chaque case ; l'intitulé de la compétence s'affiche quand on y est."""
    for numero, detail in enumerate(feuille.colonnes, start=PREMIERE_COLONNE):
        for intitule, lignes in _lignes_par_intitule(grille, detail).items():
            regle = DataValidation(type="list", formula1=f'"{",".join(VALEURS)}"', allow_blank=True)
            regle.errorTitle, regle.error = "Valeur refusée", "Attendu : 1, 2, 3, 4, NE, ABJ, ABN, DISP, ou rien."
            regle.promptTitle, regle.prompt = detail.code, intitule[:250]
            regle.showErrorMessage = regle.showInputMessage = True
            for debut, fin in _suites(lignes):
                regle.add(_zone(numero, debut, numero, fin))
            page.add_data_validation(regle)


def _lignes_par_intitule(grille: Grille, detail: Colonne) -> dict[str, list[int]]:
    par_intitule: dict[str, list[int]] = {}
    for rang, ligne in enumerate(grille.lignes, start=PREMIERE_LIGNE):
        if libelle := detail.pour(ligne.option):
            par_intitule.setdefault(libelle.intitule, []).append(rang)
    return par_intitule


def _suites(rangs: Sequence[int]) -> list[tuple[int, int]]:
    """Les rangs qui se suivent, en intervalles : 6 7 9 → (6, 7), (9, 9)."""
    suites: list[tuple[int, int]] = []
    for rang in rangs:
        if suites and suites[-1][1] == rang - 1:
            suites[-1] = (suites[-1][0], rang)
        else:
            suites.append((rang, rang))
    return suites


def _mettre_en_page(page: Worksheet, situation: Situation, derniere_colonne: int, derniere_ligne: int) -> None:
    page.column_dimensions[get_column_letter(COLONNE_INSCRIPTION)].hidden = True
    page.row_dimensions[LIGNE_CODES].hidden = True
    page.row_dimensions[LIGNE_COMPETENCES].height = 44
    page.column_dimensions[get_column_letter(COLONNE_NOM)].width = 28
    page.column_dimensions[get_column_letter(COLONNE_OPTION)].width = 8
    for colonne in range(PREMIERE_COLONNE, derniere_colonne + 1):
        page.column_dimensions[get_column_letter(colonne)].width = 7.5
    page.freeze_panes = page.cell(PREMIERE_LIGNE, PREMIERE_COLONNE)
    page.protection.sheet = True
    page.protection.formatColumns = page.protection.formatRows = False
    page.page_setup.orientation, page.page_setup.paperSize = "landscape", page.PAPERSIZE_A4
    page.page_setup.fitToWidth, page.page_setup.fitToHeight = 1, 0
    page.sheet_properties.pageSetUpPr.fitToPage = True
    page.print_title_rows = f"{LIGNE_COMPETENCES}:{LIGNE_DETAILS}"
    page.print_area = _zone(COLONNE_NOM, LIGNE_TITRE, derniere_colonne, derniere_ligne)
    page.print_options.horizontalCentered = True
    page.oddFooter.left.text = f"{situation.code} – {situation.classe.nom}".replace("&", "&&")
    page.oddFooter.right.text = "page &P/&N"


def _ecrire_aide(page: Worksheet, situation: Situation, grille: Grille, le: datetime) -> None:
    _texte(page, 1, 1, f"{situation} · {situation.classe}", "trpm_titre")
    _texte(page, 2, 1, f"Téléchargé le {timezone.localtime(le):%d/%m/%Y à %H:%M}.")
    textes = [*CONSIGNES, "", *_legende(grille), ""]
    for rang, texte in enumerate(textes, start=4):
        _texte(page, rang, 1, texte)
    rang = 4 + len(textes)
    options = {ligne.option: f" ({ligne.option_code})" for ligne in grille.lignes if ligne.option is not None}
    for groupe in grille.groupes:
        _texte(page, rang, 1, f"{groupe.code} {groupe.intitule}", "trpm_nom")
        rang += 1
        for colonne in groupe.colonnes:
            for libelle in colonne.libelles:
                _texte(page, rang, 1, f"{colonne.code}{options.get(libelle.option or 0, '')} {libelle.intitule}")
                rang += 1
    page.column_dimensions["A"].width = 120
    page.protection.sheet = True
    page.page_setup.paperSize = page.PAPERSIZE_A4


def _texte(page: Worksheet, ligne: int, colonne: int, texte: str, style: str = "") -> None:
    cellule = page.cell(ligne, colonne)
    if style:
        cellule.style = style
    ecrire_texte(cellule, texte)


def _zone(colonne: int, ligne: int, derniere_colonne: int, derniere_ligne: int) -> str:
    return f"{get_column_letter(colonne)}{ligne}:{get_column_letter(derniere_colonne)}{derniere_ligne}"
