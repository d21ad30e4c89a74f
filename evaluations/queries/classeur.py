"""Le classeur d'une grille : ses feuilles, la place de chaque chose, et l'état des cases au téléchargement.

L'export l'écrit, l'import le relit : ce qu'ils ont en commun est ici, et nulle part ailleurs.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.crypto import constant_time_compare, salted_hmac

from evaluations.models import Situation
from evaluations.queries.grille import Colonne, Grille, Groupe, Ligne
from referentiel.models import Epreuve

FORMAT = "trpm-classeur/1"
FEUILLE_AIDE = "Mode d'emploi"
FEUILLE_BASE = "_trpm"
# Numéros de ligne et de colonne d'une feuille d'épreuve, comme le tableur les compte.
LIGNE_TITRE, LIGNE_LEGENDE, LIGNE_CODES, LIGNE_COMPETENCES, LIGNE_DETAILS, PREMIERE_LIGNE = range(1, 7)
COLONNE_INSCRIPTION, COLONNE_NOM, COLONNE_OPTION, PREMIERE_COLONNE = range(1, 5)
SANS_OBJET = "—"
SEL = "evaluations.classeur"
PREFIXE = "hmac-sha256:"


class BaseIllisible(ValueError):
    """La feuille cachée manque, ou n'est plus celle qui a été écrite."""


@dataclass(frozen=True)
class FeuilleEpreuve:
    """Une feuille : une épreuve et ses compétences ; `places` dit le rang de ses colonnes dans la grille."""

    nom: str
    intitule: str
    groupes: tuple[Groupe, ...]
    places: tuple[int, ...]

    @property
    def colonnes(self) -> tuple[Colonne, ...]:
        return tuple(colonne for groupe in self.groupes for colonne in groupe.colonnes)

    @property
    def codes(self) -> tuple[str, ...]:
        return tuple(colonne.code for colonne in self.colonnes)


@dataclass(frozen=True)
class CaseBase:
    """Une case au téléchargement : la compétence détaillée, la version et la valeur d'alors."""

    detaillee: int
    version: int
    valeur: int | str


@dataclass(frozen=True)
class LigneBase:
    inscription: int
    nom: str
    # Dans l'ordre des feuilles, puis de leurs colonnes ; aucune : compétence hors de l'option.
    cases: tuple[CaseBase | None, ...]


@dataclass(frozen=True)
class Base:
    """L'état de la grille quand le classeur a été téléchargé."""

    situation: int
    intitule: str
    classe: str
    telecharge_le: datetime
    feuilles: tuple[tuple[str, tuple[str, ...]], ...]
    lignes: tuple[LigneBase, ...]


def feuilles_du_classeur(situation: Situation, grille: Grille) -> tuple[FeuilleEpreuve, ...]:
    """Une feuille par épreuve ; dans chacune, les compétences gardent l'ordre de la grille."""
    epreuves = Epreuve.objects.filter(version=situation.classe.version_id).order_by("ordre", "bloc__competences__ordre")
    competences: dict[tuple[str, str], set[str]] = {}
    for code, intitule, competence in epreuves.values_list("code", "intitule", "bloc__competences__code"):
        competences.setdefault((code, intitule), set()).add(competence)
    places: dict[str, range] = {}
    suivante = 0
    for groupe in grille.groupes:
        places[groupe.code] = range(suivante, suivante := suivante + len(groupe.colonnes))
    feuilles = []
    for (nom, intitule), codes in competences.items():
        groupes = tuple(groupe for groupe in grille.groupes if groupe.code in codes)
        rangs = tuple(rang for groupe in groupes for rang in places[groupe.code])
        if groupes:
            feuilles.append(FeuilleEpreuve(nom, intitule, groupes, rangs))
    return tuple(feuilles)


def base_de(situation: Situation, grille: Grille, feuilles: Sequence[FeuilleEpreuve], le: datetime) -> Base:
    places = [place for feuille in feuilles for place in feuille.places]
    return Base(
        situation=situation.pk,
        intitule=str(situation),
        classe=str(situation.classe),
        telecharge_le=le,
        feuilles=tuple((feuille.nom, feuille.codes) for feuille in feuilles),
        lignes=tuple(LigneBase(ligne.inscription, ligne.nom, _cases(grille, ligne, places)) for ligne in grille.lignes),
    )


def ecrire_base(base: Base) -> list[str]:
    """Les lignes de la feuille cachée ; la dernière scelle les autres."""
    entete = {
        "format": FORMAT,
        "situation": base.situation,
        "intitule": base.intitule,
        "classe": base.classe,
        "le": base.telecharge_le.isoformat(),
        "feuilles": [[nom, list(codes)] for nom, codes in base.feuilles],
    }
    lignes = [_json(entete)]
    for ligne in base.lignes:
        cases = [case and [case.detaillee, case.version, case.valeur] for case in ligne.cases]
        lignes.append(_json([ligne.inscription, ligne.nom, cases]))
    return [*lignes, PREFIXE + _sceau(lignes)]


def lire_base(lignes: Sequence[str]) -> Base:
    """L'inverse de `ecrire_base` ; lève BaseIllisible si une seule lettre a changé."""
    *contenu, sceau = lignes or [""]
    if not contenu or not constant_time_compare(sceau, PREFIXE + _sceau(contenu)):
        raise BaseIllisible
    entete: dict[str, Any] = json.loads(contenu[0])
    if entete["format"] != FORMAT:
        raise BaseIllisible
    return Base(
        situation=entete["situation"],
        intitule=entete["intitule"],
        classe=entete["classe"],
        telecharge_le=datetime.fromisoformat(entete["le"]),
        feuilles=tuple((nom, tuple(codes)) for nom, codes in entete["feuilles"]),
        lignes=tuple(_ligne_de_base(json.loads(ligne)) for ligne in contenu[1:]),
    )


def _cases(grille: Grille, ligne: Ligne, places: Sequence[int]) -> tuple[CaseBase | None, ...]:
    """Les cases d'un apprenant dans l'ordre des feuilles."""
    cases: list[CaseBase | None] = []
    for place in places:
        libelle, cellule = grille.colonnes[place].pour(ligne.option), ligne.cellules[place]
        cases.append(CaseBase(libelle.pk, cellule.version, cellule.valeur) if libelle and cellule else None)
    return tuple(cases)


def _ligne_de_base(lue: list[Any]) -> LigneBase:
    inscription, nom, cases = lue
    return LigneBase(inscription, nom, tuple(CaseBase(*case) if case else None for case in cases))


def _json(valeur: Any) -> str:
    return json.dumps(valeur, ensure_ascii=False, separators=(",", ":"))


def _sceau(lignes: Sequence[str]) -> str:
    return salted_hmac(SEL, "\n".join(lignes), algorithm="sha256").hexdigest()
