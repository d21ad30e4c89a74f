"""Le tableau du LSL Pro pour un tableur : le degré et son nom dans chaque case."""

from collections.abc import Mapping

from evaluations.queries.lsl import TableauLsl


def lignes_du_lsl(tableau: TableauLsl, libelles: Mapping[int, str]) -> tuple[tuple[str, ...], list[list[str]]]:
    entetes = ("Nom", "Prénom", "Option", *(f"{code} {intitule}" for code, intitule in tableau.colonnes))
    lignes = [
        [
            ligne.inscription.apprenant.nom,
            ligne.inscription.apprenant.prenom,
            ligne.inscription.option.code if ligne.inscription.option else "",
            *(f"{degre} {libelles[degre]}" if degre else "" for degre in ligne.degres),
        ]
        for ligne in tableau.lignes
    ]
    return entetes, lignes
