"""Référentiels d'essai : un petit diplôme inventé pour les tests, et le TRPM avec tous les compléments."""

from copy import deepcopy
from pathlib import Path
from typing import Any

from referentiel.imports import lire_fichier

RACINE = Path(__file__).resolve().parents[2]
FIXTURE = RACINE / "fixtures" / "referentiel" / "trpm.yaml"
FAITS = RACINE.parent / "shared" / "referentiel" / "trpm.yaml"

_BTS_ESSAI: dict[str, Any] = {
    "diplome": {
        "code": "BTS-ESSAI",
        "intitule": "Diplôme inventé pour les tests",
        "niveau": "Brevet de technicien supérieur (essai)",
        "premiere_session": 2027,
        "duree_cycle_annees": 2,
    },
    "options": [{"code": "UNI", "intitule": "Option unique d'essai"}],
    "blocs": [
        {
            "numero": 4,
            "intitule": "Bloc d'essai",
            "verbes": "Essayer",
            "activite": "P1",
            "unite": "U4",
            "epreuve": "E4",
            "competences": ["K1"],
        },
        {
            "numero": 7,
            "intitule": "Autre bloc d'essai",
            "verbes": "Recommencer",
            "activite": "P2",
            "unite": "U5",
            "epreuve": "E5",
            "competences": ["K2"],
        },
    ],
    "epreuves": [
        {"code": "E5", "intitule": "Épreuve d'essai orale", "coefficient": {"UNI": 2}},
        {"code": "E4", "intitule": "Épreuve d'essai écrite", "coefficient": {"UNI": 3}},
    ],
    "modalites": {
        "E4": {"ccf": False, "ponctuel": {"forme": "écrit", "duree_minutes": 60}},
        "E5": {"ccf": True, "ponctuel": {"forme": "oral"}},
    },
    "ponderations": {"UNI": {"K1": 1, "K2": 2}},
    "parts_des_blocs": {"UNI": {4: 33.33, 7: 66.66}},
    "periodes": ["Semestre 1", "Semestre 2", "Semestre 3", "Semestre 4"],
    "activites": [
        {"code": "P1", "intitule": "Activité d'essai", "taches": [{"code": "P1.T1", "intitule": "Tâche d'essai"}]},
        {"code": "P2", "intitule": {"UNI": "Autre"}, "taches": [{"code": "P2.T1", "intitule": "Autre tâche"}]},
    ],
    "competences": [
        {
            "code": "K1",
            "intitule": "Concevoir un essai",
            "detaillees": [{"code": "K1a", "intitule": "Définir l'essai"}],
        },
        {
            "code": "K2",
            "intitule": "Mener un essai",
            "detaillees": [{"code": "K2a", "option": "UNI", "intitule": "Conduire l'essai"}],
        },
    ],
}


def bts_essai() -> dict[str, Any]:
    return deepcopy(_BTS_ESSAI)


def trpm() -> dict[str, Any]:
    donnees: dict[str, Any] = lire_fichier(FIXTURE)
    return donnees


def trpm_enrichi() -> dict[str, Any]:
    """Le TRPM avec chaque complément que le document source n'a pas, tous marqués comme essais."""
    donnees = trpm()
    c7 = next(ligne for ligne in donnees["competences"] if ligne["code"] == "C7")
    for detaillee in c7["detaillees"]:
        option = detaillee.get("option", "commun")
        detaillee["indicateurs"] = [f"Indicateur d'essai {option} 1", f"Indicateur d'essai {option} 2"]
        detaillee["descripteurs"] = {1: "essai : ne vérifie pas", 4: "essai : vérifie et corrige"}
    donnees["savoirs"] = [
        {"code": "S-ESSAI.1", "intitule": "Savoir d'essai", "niveau": 3, "competences": ["C1", "C7"]},
        {"code": "S-ESSAI.2", "intitule": "Savoir d'essai sans niveau", "competences": ["C2"]},
    ]
    donnees["correspondances"] = [
        {"referentiel": "REMI-ESSAI", "code": "CC1", "intitule": "Compétence d'essai", "competence": "C7"},
        {"referentiel": "REMI-ESSAI", "code": "CC1", "competence": "C2"},
    ]
    donnees["niveaux_de_maitrise"] = [
        {"niveau": 1, "intitule": "essai un", "intitule_court": "un", "note": "pour les tests"},
        {"niveau": 2, "intitule": "essai deux"},
        {"niveau": 3, "intitule": "essai trois", "verbe": "essayer"},
        {"niveau": 4, "intitule": "essai quatre"},
    ]
    donnees["remarques"] = [{"cible": "C8", "note": "Remarque d'essai"}]
    donnees["espaces"] = ["Espace d'essai commun"]
    return donnees
