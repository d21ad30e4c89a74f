"""La grille à imprimer : à remplir au stylo près des machines, dans l'ordre de l'écran."""

from dataclasses import dataclass
from typing import Any

from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.text import Truncator

from evaluations.enums import Etat
from evaluations.models import Situation
from evaluations.queries.grille import Cellule, Colonne, Grille, Groupe, Ligne, grille_de
from trpm.socle.pdf import pdf

FEUILLE = "pdf_grille_vierge.css"
# Ce qu'une page A4 en paysage montre assez grand pour y écrire.
LIGNES_PAR_PAGE = 30
LIGNES_AEREES = 20
COLONNES_LARGES = 32
# Ce que l'en-tête contient au-dessus de toutes les colonnes, sur trois lignes.
SIGNES_EN_TETE = 450
BARRES = {1: "▁", 2: "▂", 3: "▅", 4: "█"}


@dataclass(frozen=True)
class Tableau:
    """Une page : des compétences entières, et tous les apprenants qui y tiennent."""

    groupes: tuple[Groupe, ...]
    lignes: tuple[tuple[Ligne, tuple[Cellule | None, ...]], ...]

    @property
    def colonnes(self) -> tuple[Colonne, ...]:
        return tuple(colonne for groupe in self.groupes for colonne in groupe.colonnes)

    @property
    def est_serre(self) -> bool:
        return len(self.colonnes) > COLONNES_LARGES

    @property
    def a_hachures(self) -> bool:
        return any(cellule is None for _, cellules in self.lignes for cellule in cellules)

    @property
    def est_aere(self) -> bool:
        return len(self.lignes) <= LIGNES_AEREES

    @property
    def tetes(self) -> list[tuple[str, str, list[str]]]:
        """Code, intitulé qui tient au-dessus de ses colonnes (aucun si elles sont serrées), codes des colonnes."""
        tetes = []
        for groupe in self.groupes:
            place = 0 if self.est_serre else SIGNES_EN_TETE * len(groupe.colonnes) // len(self.colonnes)
            codes = [c.code.removeprefix(groupe.code) if self.est_serre else c.code for c in groupe.colonnes]
            tetes.append((groupe.code, Truncator(groupe.intitule).chars(place) if place else "", codes))
        return tetes


def contexte_grille_vierge(situation: Situation, *, est_remplie: bool) -> dict[str, Any]:
    grille = grille_de(situation)
    return {
        "titre": f"Grille {situation.code} – {situation.classe.nom}",
        "situation": situation,
        "classe": situation.classe,
        "tableaux": _tableaux(grille),
        "niveaux": [(niveau, BARRES[niveau], libelle) for niveau, libelle in grille.niveaux.items()],
        "etats": [(etat.value, etat.label) for etat in Etat],
        "libelles": _libelles(situation),
        "est_remplie": est_remplie,
        "edite_le": timezone.localtime(),
    }


def html_grille_vierge(contexte: dict[str, Any]) -> str:
    return render_to_string("evaluations/grille_vierge_pdf.html", contexte)


def pdf_grille_vierge(situation: Situation, *, est_remplie: bool = False) -> bytes:
    contexte = contexte_grille_vierge(situation, est_remplie=est_remplie)
    return pdf(html_grille_vierge(contexte), titre=contexte["titre"], feuille=FEUILLE, commune=None, variante=None)


def _libelles(situation: Situation) -> list[tuple[str, list[tuple[str, str]]]]:
    """Le texte de chaque code évalué, une ligne par option quand elles diffèrent."""
    detaillees = situation.evaluees.order_by("competence__ordre", "ordre", "option__ordre")
    libelles: dict[str, list[tuple[str, str]]] = {}
    for code, option, intitule in detaillees.values_list("code", "option__code", "intitule"):
        libelles.setdefault(code, []).append((option or "", intitule))
    return list(libelles.items())


def _tableaux(grille: Grille) -> tuple[Tableau, ...]:
    """Une page si tout y tient ; sinon la classe, ou les compétences, se partagent en deux, jamais une compétence."""
    moities = _moities(grille.groupes)
    if len(grille.lignes) > LIGNES_PAR_PAGE or len(grille.colonnes) <= COLONNES_LARGES:
        moities = (grille.groupes,)
    pages = max(1, -(-len(grille.lignes) // LIGNES_PAR_PAGE))
    par_page = max(1, -(-len(grille.lignes) // pages))
    tableaux = []
    for debut in range(0, max(1, len(grille.lignes)), par_page):
        colonne = 0
        for groupes in moities:
            fin = colonne + sum(len(groupe.colonnes) for groupe in groupes)
            lignes = tuple((ligne, ligne.cellules[colonne:fin]) for ligne in grille.lignes[debut : debut + par_page])
            tableaux.append(Tableau(groupes, lignes))
            colonne = fin
    return tuple(tableaux)


def _moities(groupes: tuple[Groupe, ...]) -> tuple[tuple[Groupe, ...], ...]:
    """La coupure entre deux compétences qui équilibre le mieux les colonnes."""
    largeurs = [len(groupe.colonnes) for groupe in groupes]
    if len(groupes) < 2:
        return (groupes,)
    coupure = min(range(1, len(groupes)), key=lambda rang: abs(sum(largeurs[:rang]) - sum(largeurs[rang:])))
    return groupes[:coupure], groupes[coupure:]
