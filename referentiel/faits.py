"""Lecture du fichier de faits du référentiel en une vue figée, sans base de données."""

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from pathlib import Path
from typing import Any

import yaml

from referentiel.reglement import ATTENDUES_PAR_DEFAUT, SituationsAttendues, situations_attendues


class FaitsIllisibles(ValueError):
    """Le fichier de faits manque, n'est pas du YAML ou n'a pas la forme attendue."""


@dataclass(frozen=True)
class FaitsCompetence:
    """Une compétence et les codes de ses détaillées, dans l'ordre du référentiel, pour une option."""

    code: str
    intitule: str
    detaillees: tuple[str, ...]


@dataclass(frozen=True)
class Faits:
    """Ce que la note demande au référentiel : options, épreuves, compétences, poids par défaut."""

    diplome: str
    options: tuple[str, ...]
    epreuves: Mapping[str, tuple[str, ...]]
    competences: Mapping[str, Mapping[str, FaitsCompetence]]
    poids: Mapping[str, Mapping[str, Fraction]]
    situations: SituationsAttendues = ATTENDUES_PAR_DEFAUT

    def competences_de(self, option: str, epreuve: str) -> tuple[FaitsCompetence, ...]:
        """Les compétences d'une épreuve, avec les détaillées de l'option (C9.4 : RMO seulement)."""
        return tuple(self.competences[option][code] for code in self.epreuves[epreuve])

    def poids_de(self, option: str, epreuve: str) -> dict[str, Fraction]:
        """Poids par défaut ([D] : une grille versionnée peut les changer)."""
        return {code: self.poids[option][code] for code in self.epreuves[epreuve]}

    @cached_property
    def epreuve_de(self) -> dict[str, str]:
        """Épreuve de chaque compétence."""
        return {code: epreuve for epreuve, codes in self.epreuves.items() for code in codes}

    @cached_property
    def competence_de(self) -> dict[str, str]:
        """Compétence de chaque détaillée, toutes options confondues."""
        return {
            detaillee: competence.code
            for competences in self.competences.values()
            for competence in competences.values()
            for detaillee in competence.detaillees
        }


def lire_faits(chemin: Path) -> Faits:
    """Lit un fichier de la forme de `fixtures/referentiel/trpm.yaml`."""
    try:
        donnees = yaml.load(chemin.read_text(encoding="utf-8"), Loader=yaml.CSafeLoader)
    except OSError as erreur:
        raise FaitsIllisibles(f"{chemin} : référentiel illisible ({type(erreur).__name__})") from erreur
    except (UnicodeDecodeError, yaml.YAMLError, RecursionError) as erreur:
        raise FaitsIllisibles(f"{chemin} : référentiel qui n'est pas du YAML en UTF-8") from erreur
    try:
        return _faits(donnees)
    except (KeyError, TypeError, AttributeError, ValueError, ZeroDivisionError) as erreur:
        raise FaitsIllisibles(f"{chemin} : référentiel de forme inattendue ({erreur})") from erreur


def _faits(donnees: Mapping[str, Any]) -> Faits:
    options = tuple(option["code"] for option in donnees["options"])
    faits = Faits(
        diplome=donnees["diplome"]["code"],
        options=options,
        epreuves={bloc["epreuve"]: tuple(bloc["competences"]) for bloc in donnees["blocs"]},
        competences={option: _competences(donnees["competences"], option) for option in options},
        poids={
            option: {code: Fraction(str(poids)) for code, poids in donnees["ponderations"][option].items()}
            for option in options
        },
        situations=situations_attendues(donnees.get("ccf", {})),
    )
    for option in options:
        for epreuve in faits.epreuves:
            faits.competences_de(option, epreuve)
            faits.poids_de(option, epreuve)
    return faits


def _competences(lignes: list[Mapping[str, Any]], option: str) -> dict[str, FaitsCompetence]:
    return {
        ligne["code"]: FaitsCompetence(
            code=ligne["code"],
            intitule=_intitule(ligne["intitule"], option),
            detaillees=tuple(
                detaillee["code"] for detaillee in ligne["detaillees"] if detaillee.get("option") in (None, option)
            ),
        )
        for ligne in lignes
    }


def _intitule(intitule: str | Mapping[str, str], option: str) -> str:
    return intitule if isinstance(intitule, str) else intitule[option]
