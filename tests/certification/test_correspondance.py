"""La correspondance d'une grille officielle : lue en entier ou refusée avec son chemin, écrite comme elle a été lue."""

from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest

from certification.bareme import EntreeInvalide
from certification.correspondance import Correspondance, lire_correspondance
from certification.queries.classeurs import niveau_le_plus_proche

CODES = ["C6", "C6.1", "C6.2"]
CROIX: dict[str, Any] = {
    "format": "trpm-classeur/1",
    "champs": {"nom_prenom": "Grille!B5", "note_proposee": "Grille!H30"},
    "niveaux": {
        "style": "croix",
        "marque": "X",
        "premier": 1,
        "colonnes": ["D", "E", "F", "G"],
        "cases": {"C6.1": "Grille!B12", "C6.2": "Grille!B13"},
    },
}


def avec(**niveaux: Any) -> dict[str, Any]:
    return CROIX | {"niveaux": CROIX["niveaux"] | niveaux}


def test_une_croix_va_dans_la_colonne_du_niveau_et_un_chiffre_dans_sa_case() -> None:
    lue = lire_correspondance(CROIX, CODES)
    assert lue.en_json() == CROIX
    champs = {"nom_prenom": "CELIK Aïcha", "note_proposee": Decimal("14.5"), "lieu": "ignoré"}
    assert lue.remplir(champs, {"C6.1": 3, "C6": 2}) == {
        ("Grille", "B5"): "CELIK Aïcha",
        ("Grille", "H30"): Decimal("14.5"),
        ("Grille", "F12"): "X",
    }
    assert {str(case): quoi for case, quoi in lue.cases().items()}["Grille!G13"] == "C6.2 · 4"
    chiffre = lire_correspondance(avec(style="chiffre", premier=0), CODES)
    assert chiffre.remplir({}, {"C6.1": 3, "C6.2": 1}) == {("Grille", "B12"): 2, ("Grille", "B13"): 0}
    assert lire_correspondance({}, CODES) == Correspondance()


@pytest.mark.parametrize(
    ("valeur", "phrase"),
    [
        ([], " : objet attendu"),
        (CROIX | {"format": "autre"}, "format : format inconnu, « trpm-classeur/1 » attendu"),
        (CROIX | {"notes": {}}, "notes : clé inconnue"),
        (CROIX | {"champs": {"adresse": "G!A1"}}, "champs.adresse : clé inconnue"),
        (CROIX | {"champs": {"nom": 3}}, "champs.nom : texte attendu"),
        (CROIX | {"champs": {"nom": "B5"}}, "champs.nom : « B5 » ne dit pas sa feuille : écrivez « Feuille!B12 »"),
        (CROIX | {"champs": {"nom": "G!B"}}, "champs.nom : « B » n'est pas l'adresse d'une case, comme B12"),
        (
            CROIX | {"champs": {"nom": "G!B5", "prenom": "G!$B$5"}},
            "champs.prenom : la case G!B5 sert déjà à « Nom »",
        ),
        (CROIX | {"champs": {"nom": "Grille!E13"}}, "niveaux.cases.C6.2 : la case Grille!E13 sert déjà à « Nom »"),
        (avec(cases={"C9.9": "G!A1"}), "niveaux.cases.C9.9 : clé inconnue"),
        (avec(cases={"C6.1": "G!B12", "C6.2": "G!C12"}), "niveaux.cases.C6.2 : la case G!D12 sert déjà à « C6.1 »"),
        (avec(colonnes=["D", "E", "F"]), "niveaux.colonnes : une croix demande quatre colonnes différentes"),
        (avec(colonnes=["D", "E", "F", "F"]), "niveaux.colonnes : une croix demande quatre colonnes différentes"),
        (avec(colonnes=["D", "E", "F", "4"]), "niveaux.colonnes[3] : « 4 » n'est pas une colonne, comme D"),
        (avec(marque=" "), "niveaux.marque : la marque a de 1 à 5 signes"),
        (avec(style="étoile"), "niveaux.style : valeur inconnue, choisir parmi croix, chiffre"),
        (avec(premier=True), "niveaux.premier : valeur inconnue"),
        (avec(colonnes="DEFG"), "niveaux.colonnes : liste attendue"),
    ],
)
def test_une_correspondance_douteuse_est_refusee_avec_son_chemin(valeur: Any, phrase: str) -> None:
    with pytest.raises(EntreeInvalide) as erreur:
        lire_correspondance(valeur, CODES)
    assert phrase.removeprefix(" : ") in str(erreur.value)


@pytest.mark.parametrize(
    ("points", "niveau"),
    [("0", 1), ("1/3", 1), ("1/2", 1), ("2/3", 2), ("3/2", 2), ("5/2", 3), ("8/3", 4), ("3", 4)],
)
def test_entre_deux_niveaux_une_competence_prend_le_plus_proche_puis_le_plus_bas(points: str, niveau: int) -> None:
    par_niveau = {rang: Fraction(rang - 1) for rang in (1, 2, 3, 4)}
    assert niveau_le_plus_proche(Fraction(points), par_niveau) == niveau
