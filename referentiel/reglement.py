"""Les règles d'examen d'une version : mises à plat pour être lues, et le nombre de situations attendu (pur)."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

# Les clés du fichier sont sans accent ; une clé inconnue s'affiche telle quelle.
LIBELLES: Mapping[str, str] = {
    "situations_par_epreuve": "Situations par épreuve",
    "periode": "Période",
    "lieu": "Lieu",
    "retenu": "Niveau retenu",
    "bilan_individuel": "Bilan individuel",
    "note": "Note",
    "dossier": "Dossier du candidat",
    "commission": "Commission de certification",
    "inspecteur": "Inspecteur",
    "quand": "Quand",
    "autorite": "Autorité",
    "membres": "Membres",
    "absence_du_professionnel": "Absence du professionnel",
    "actes": "Actes",
    "apres": "Après",
    "min": "au moins",
    "max": "au plus",
}


@dataclass(frozen=True, slots=True)
class SituationsAttendues:
    """Combien de situations certificatives une épreuve demande."""

    minimum: int
    maximum: int

    def __contains__(self, nombre: int) -> bool:
        return self.minimum <= nombre <= self.maximum


# Pour un fichier qui ne le dit pas : [S] deux à trois par épreuve.
ATTENDUES_PAR_DEFAUT = SituationsAttendues(2, 3)


def situations_attendues(regles_ccf: Mapping[str, Any]) -> SituationsAttendues:
    """La règle de la version, déjà vérifiée à l'import."""
    nombre = regles_ccf.get("situations_par_epreuve")
    return SituationsAttendues(nombre["min"], nombre["max"]) if nombre else ATTENDUES_PAR_DEFAUT


def qualites_suggerees(regles_ccf: Mapping[str, Any]) -> tuple[str, ...]:
    """À quels titres on siège, tels que le règlement les cite : des suggestions, jamais une liste fermée."""
    commission = regles_ccf.get("commission") or {}
    cites = [str(commission.get("autorite", "")), *re.split(r"\s*;\s*|,\s*dont\s+", str(commission.get("membres", "")))]
    lus = (re.sub(r"^(toute\s+)?(l'|le |la |les |une? )", "", cite.strip()) for cite in cites)
    return tuple(lu[:1].upper() + lu[1:] for lu in lus if lu)


@dataclass(frozen=True)
class Regle:
    """Une règle : une phrase, une liste, ou des sous-règles."""

    libelle: str
    texte: str = ""
    points: tuple[str, ...] = ()
    regles: tuple["Regle", ...] = ()


def regles(arbre: Mapping[str, Any]) -> tuple[Regle, ...]:
    return tuple(_regle(cle, valeur) for cle, valeur in arbre.items())


def _regle(cle: str, valeur: Any) -> Regle:
    libelle = LIBELLES.get(cle, cle.replace("_", " ").capitalize())
    if isinstance(valeur, Mapping):
        if set(valeur) == {"min", "max"}:
            return Regle(libelle, f"de {valeur['min']} à {valeur['max']}")
        return Regle(libelle, regles=regles(valeur))
    if isinstance(valeur, list):
        return Regle(libelle, points=tuple(str(point) for point in valeur))
    return Regle(libelle, str(valeur))
