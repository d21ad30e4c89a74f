"""Où s'écrit chaque valeur dans une grille officielle : le format public « trpm-classeur/1 » (pur).

Une adresse se dit comme dans un tableur : « Grille E31!B12 ». Un niveau s'écrit de deux façons : une croix dans l'une
de quatre colonnes, ou un chiffre dans une colonne.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum
from typing import Any

from certification.bareme import EntreeInvalide
from certification.json_strict import citer, descendre
from evaluations.synthese import NIVEAUX

FORMAT = "trpm-classeur/1"
COLONNE = re.compile(r"[A-Z]{1,3}")
CASE = re.compile(r"([A-Z]{1,3})([1-9][0-9]{0,6})")
FEUILLE_MAX = 31
MARQUE_MAX = 5
# Ce qu'une grille peut demander, dans l'ordre de l'écran.
IDENTITE = {
    "nom_prenom": "Nom et prénom",
    "nom": "Nom",
    "prenom": "Prénom",
    "ine": "Numéro national (INE)",
    "numero": "Numéro de candidat",
    "option": "Option",
    "etablissement": "Établissement",
    "classe": "Classe",
    "session": "Session",
    "epreuve": "Épreuve",
}
COMMISSION = {
    "note_proposee": "Note proposée au jury",
    "note_calculee": "Note calculée",
    "appreciation": "Synthèse de l'équipe",
    "commentaire": "Commentaire de la commission",
    "date": "Date de la commission",
    "lieu": "Lieu",
    "president": "Présidence",
    "membres": "Tous les membres, une ligne chacun",
    **{f"membre_{rang}": f"Membre {rang}" for rang in range(1, 7)},
}
CHAMPS = {**IDENTITE, **COMMISSION}
Contenu = str | int | Decimal


class Style(StrEnum):
    """Comment la grille attend un niveau."""

    CROIX = "croix"
    CHIFFRE = "chiffre"


@dataclass(frozen=True, order=True)
class Emplacement:
    feuille: str
    case: str

    def __str__(self) -> str:
        return f"{self.feuille}!{self.case}"

    def dans_la_colonne(self, colonne: str) -> "Emplacement":
        return Emplacement(self.feuille, f"{colonne}{self.case.lstrip('ABCDEFGHIJKLMNOPQRSTUVWXYZ')}")


@dataclass(frozen=True)
class Correspondance:
    """`premier` est le chiffre du niveau 1 : certaines grilles comptent de 0 à 3."""

    champs: Mapping[str, Emplacement] = field(default_factory=dict)
    style: Style = Style.CROIX
    marque: str = "X"
    premier: int = 1
    colonnes: tuple[str, ...] = ()
    niveaux: Mapping[str, Emplacement] = field(default_factory=dict)

    @property
    def est_vide(self) -> bool:
        return not self.champs and not self.niveaux

    def cases(self) -> dict[Emplacement, str]:
        """Chaque case que l'on pourra remplir, et ce qui s'y écrira ; la première demande l'emporte."""
        occupees: dict[Emplacement, str] = {}
        for nom, emplacement in self.champs.items():
            occupees.setdefault(emplacement, CHAMPS[nom])
        for code in self.niveaux:
            for niveau in NIVEAUX:
                quoi = f"{code} · {niveau}" if self.style is Style.CROIX else code
                occupees.setdefault(self.case_du_niveau(code, niveau), quoi)
        return occupees

    def case_du_niveau(self, code: str, niveau: int) -> Emplacement:
        emplacement = self.niveaux[code]
        return emplacement if self.style is Style.CHIFFRE else emplacement.dans_la_colonne(self.colonnes[niveau - 1])

    def remplir(self, champs: Mapping[str, Contenu], niveaux: Mapping[str, int]) -> dict[tuple[str, str], Contenu]:
        """Ce qu'il faut écrire, par (feuille, case) ; ce que l'on ne sait pas n'est pas écrit."""
        valeurs: dict[tuple[str, str], Contenu] = {}
        for nom, emplacement in self.champs.items():
            if (valeur := champs.get(nom, "")) != "":
                valeurs[emplacement.feuille, emplacement.case] = valeur
        for code in self.niveaux:
            if (niveau := niveaux.get(code)) is not None:
                emplacement = self.case_du_niveau(code, niveau)
                ecrit: Contenu = self.marque if self.style is Style.CROIX else niveau - 1 + self.premier
                valeurs[emplacement.feuille, emplacement.case] = ecrit
        return valeurs

    def en_json(self) -> dict[str, Any]:
        return {
            "format": FORMAT,
            "champs": {nom: str(emplacement) for nom, emplacement in self.champs.items()},
            "niveaux": {
                "style": self.style.value,
                "marque": self.marque,
                "premier": self.premier,
                "colonnes": list(self.colonnes),
                "cases": {code: str(emplacement) for code, emplacement in self.niveaux.items()},
            },
        }


def lire_emplacement(texte: str, chemin: str) -> Emplacement:
    feuille, _, case = texte.strip().rpartition("!")
    case = case.replace("$", "").upper()
    if not 0 < len(feuille.strip("'")) <= FEUILLE_MAX:
        raise EntreeInvalide(chemin, f"« {citer(texte)} » ne dit pas sa feuille : écrivez « Feuille!B12 »")
    if not CASE.fullmatch(case):
        raise EntreeInvalide(chemin, f"« {citer(case)} » n'est pas l'adresse d'une case, comme B12")
    return Emplacement(feuille.strip("'"), case)


def lire_colonne(texte: str, chemin: str) -> str:
    """Une lettre de colonne, ou l'adresse d'une de ses cases."""
    nue = texte.strip().rpartition("!")[2].replace("$", "").upper()
    lue = CASE.fullmatch(nue)
    colonne = lue[1] if lue else nue
    if not COLONNE.fullmatch(colonne):
        raise EntreeInvalide(chemin, f"« {citer(texte)} » n'est pas une colonne, comme D")
    return colonne


def lire_correspondance(valeur: Any, codes: Iterable[str]) -> Correspondance:
    """Une correspondance validée en entier ; `codes` : les compétences et détaillées que la grille peut demander."""
    if valeur == {}:
        return Correspondance()
    objet = _objet(valeur, "", ("format", "champs", "niveaux"))
    if objet.get("format") != FORMAT:
        raise EntreeInvalide("format", f"format inconnu, « {FORMAT} » attendu")
    champs = _emplacements(objet.get("champs", {}), "champs", CHAMPS)
    lus = _objet(objet.get("niveaux", {}), "niveaux", ("style", "marque", "premier", "colonnes", "cases"))
    style = _choix(lus.get("style", Style.CROIX.value), "niveaux.style", [style.value for style in Style])
    colonnes = _liste(lus.get("colonnes", []), "niveaux.colonnes")
    marque = _texte(lus.get("marque", "X"), "niveaux.marque").strip()
    correspondance = Correspondance(
        champs=champs,
        style=Style(style),
        marque=marque,
        premier=int(_choix(lus.get("premier", 1), "niveaux.premier", [0, 1])),
        colonnes=tuple(lire_colonne(une, f"niveaux.colonnes[{rang}]") for rang, une in enumerate(colonnes)),
        niveaux=_emplacements(lus.get("cases", {}), "niveaux.cases", set(codes)),
    )
    verifier(correspondance)
    return correspondance


def verifier(correspondance: Correspondance) -> None:
    """Ce qui rendrait la grille fausse sans que rien ne se voie : colonnes manquantes, case demandée deux fois."""
    if correspondance.style is Style.CROIX and correspondance.niveaux:
        if len(set(correspondance.colonnes)) != len(NIVEAUX) or len(correspondance.colonnes) != len(NIVEAUX):
            raise EntreeInvalide("niveaux.colonnes", "une croix demande quatre colonnes différentes, une par niveau")
        if not 0 < len(correspondance.marque) <= MARQUE_MAX:
            raise EntreeInvalide("niveaux.marque", f"la marque a de 1 à {MARQUE_MAX} signes")
    demandes = list(correspondance.champs.items())
    for code in correspondance.niveaux:
        cases = {correspondance.case_du_niveau(code, niveau) for niveau in NIVEAUX}
        demandes += [(code, case) for case in sorted(cases)]
    vues: dict[Emplacement, str] = {}
    for nom, case in demandes:
        if case in vues:
            dit = CHAMPS.get(vues[case], vues[case])
            raise EntreeInvalide(_chemin(nom), f"la case {case} sert déjà à « {dit} »")
        vues[case] = nom


def _chemin(nom: str) -> str:
    return f"champs.{nom}" if nom in CHAMPS else f"niveaux.cases.{nom}"


def _emplacements(valeur: Any, chemin: str, connues: Iterable[str]) -> dict[str, Emplacement]:
    lus = _objet(valeur, chemin, tuple(connues))
    return {nom: lire_emplacement(_texte(t, descendre(chemin, nom)), descendre(chemin, nom)) for nom, t in lus.items()}


def _objet(valeur: Any, chemin: str, connues: tuple[str, ...]) -> dict[str, Any]:
    if not isinstance(valeur, dict):
        raise EntreeInvalide(chemin, "objet attendu")
    for cle in valeur:
        if cle not in connues:
            raise EntreeInvalide(descendre(chemin, cle), "clé inconnue")
    return valeur


def _liste(valeur: Any, chemin: str) -> list[str]:
    if not isinstance(valeur, list):
        raise EntreeInvalide(chemin, "liste attendue")
    return [_texte(une, descendre(chemin, rang)) for rang, une in enumerate(valeur)]


def _texte(valeur: Any, chemin: str) -> str:
    if not isinstance(valeur, str):
        raise EntreeInvalide(chemin, "texte attendu")
    return valeur


def _choix(valeur: Any, chemin: str, choix: list[Any]) -> Any:
    if isinstance(valeur, bool) or valeur not in choix:
        raise EntreeInvalide(chemin, f"valeur inconnue, choisir parmi {', '.join(map(str, choix))}")
    return valeur
