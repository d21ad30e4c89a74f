"""Des grilles officielles déposées, placées, publiées, pour les tests."""

from collections.abc import Mapping, Sequence
from typing import Any

from centres.models import Utilisateur
from certification.models import ClasseurOfficiel
from certification.queries.classeurs import codes_a_placer
from certification.services.classeurs import deposer_classeur, placer_valeurs, publier_classeur
from referentiel.models import Epreuve, Option, SessionExamen
from tests.classeurs_officiels import PREMIERE, imprime_a_chiffres, imprime_a_croix

GRILLE, GARDE, NOTATION = "Grille E31", "Page de garde", "Évaluation E31"


def criteres_de(option: Option, epreuve: Epreuve) -> Mapping[str, Sequence[str]]:
    """Les détaillées de l'épreuve pour l'option, par compétence."""
    criteres: dict[str, list[str]] = {}
    for code in codes_a_placer(option, epreuve):
        if "." in code:
            criteres.setdefault(code.partition(".")[0], []).append(code)
    return criteres


def correspondance_a_croix(criteres: Mapping[str, Sequence[str]]) -> dict[str, Any]:
    codes = [code for siens in criteres.values() for code in siens]
    fin = PREMIERE + len(codes)
    return {
        "format": "trpm-classeur/1",
        "champs": {
            "etablissement": f"{GRILLE}!B4",
            "nom_prenom": f"{GRILLE}!B5",
            "ine": f"{GRILLE}!B6",
            "session": f"{GRILLE}!B7",
            "date": f"{GRILLE}!B8",
            "commentaire": f"{GRILLE}!B{fin + 2}",
            "note_proposee": f"{GRILLE}!B{fin + 7}",
            "membres": f"{GRILLE}!B{fin + 8}",
        },
        "niveaux": {
            "style": "croix",
            "marque": "X",
            "premier": 1,
            "colonnes": ["D", "E", "F", "G"],
            "cases": {code: f"{GRILLE}!D{rang}" for rang, code in enumerate(codes, start=PREMIERE)},
        },
    }


def correspondance_a_chiffres(criteres: Mapping[str, Sequence[str]]) -> dict[str, Any]:
    codes = [code for siens in criteres.values() for code in siens]
    return {
        "format": "trpm-classeur/1",
        "champs": {"nom_prenom": f"{GARDE}!D4"},
        "niveaux": {
            "style": "chiffre",
            "marque": "X",
            "premier": 1,
            "colonnes": [],
            "cases": {code: f"{NOTATION}!B{rang}" for rang, code in enumerate(codes, start=4)},
        },
    }


def deposer(
    auteur: Utilisateur, option: Option, epreuve: Epreuve, session: SessionExamen, *, croix: bool = True
) -> ClasseurOfficiel:
    contenu = (imprime_a_croix if croix else imprime_a_chiffres)(criteres_de(option, epreuve))
    portee: dict[str, Any] = {"option": option, "epreuve": epreuve, "session": session}
    return deposer_classeur(utilisateur=auteur, nom="Grille E31.xlsx", contenu=contenu, **portee)


def publier(
    auteur: Utilisateur, option: Option, epreuve: Epreuve, session: SessionExamen, *, croix: bool = True
) -> ClasseurOfficiel:
    classeur = deposer(auteur, option, epreuve, session, croix=croix)
    valeur = (correspondance_a_croix if croix else correspondance_a_chiffres)(criteres_de(option, epreuve))
    placer_valeurs(utilisateur=auteur, classeur=classeur, valeur=valeur)
    return publier_classeur(utilisateur=auteur, classeur=classeur)
