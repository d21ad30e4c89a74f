"""Une grille officielle garde ses formules, et aucun texte que quelqu'un a saisi n'en devient une."""

from typing import Any

import pytest

from certification.correspondance import CHAMPS, lire_correspondance
from tests.classeurs import ouvrir
from tests.classeurs_officiels import imprime_a_chiffres, imprime_a_croix
from tests.trpm.test_injection import AMORCE, PIEGES
from trpm.socle.classeur_modele import ouvrir_modele
from trpm.socle.classeur_rempli import remplir


def formules(contenu: bytes) -> dict[tuple[str, str], Any]:
    return {
        (feuille.title, case.coordinate): case.value
        for feuille in ouvrir(contenu).worksheets
        for ligne in feuille.iter_rows()
        for case in ligne
        if case.data_type == "f"
    }


@pytest.mark.parametrize(("imprime", "feuille"), [(imprime_a_croix(), "Grille E31"), (imprime_a_chiffres(), "Vide")])
def test_chaque_champ_garde_texte_chaque_amorce(imprime: bytes, feuille: str) -> None:
    modele = ouvrir_modele(imprime, "imprime.xlsx")
    cases = {nom: f"{feuille}!A{rang}" for rang, nom in enumerate(CHAMPS, start=41)}
    valeur = {"format": "trpm-classeur/1", "champs": cases}
    correspondance = lire_correspondance(valeur, [])
    avant = formules(imprime)
    for piege in [*PIEGES, "- puce", "</t></is></c><c><f>1</f></c>"]:
        rempli = remplir(modele, correspondance.remplir(dict.fromkeys(CHAMPS, piege), {}))
        assert formules(rempli) == avant, piege
        lue = ouvrir(rempli)[feuille]
        for rang in range(41, 41 + len(CHAMPS)):
            case = lue[f"A{rang}"]
            assert case.data_type == "s", piege
            assert not AMORCE.match(case.value), piege
