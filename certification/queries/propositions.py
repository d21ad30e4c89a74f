"""Le calcul qui fonde une proposition, prêt à être figé."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Any

from certification.dossier_json import figer_le_calcul
from certification.notation import EntreeInvalide, verifier_bonus
from certification.queries.candidats import SyntheseCandidat


@dataclass(frozen=True)
class Calcul:
    """Entrées (trpm-dossier/1) et résultat (trpm-note/1) d'un candidat à une épreuve, ou pourquoi il n'y en a pas."""

    grille: int | None = None
    entrees: Mapping[str, Any] | None = None
    resultat: Mapping[str, Any] | None = None
    note_calculee: Decimal | None = None
    note_arrondie: Decimal | None = None
    seuil: Fraction = Fraction(10)
    refus: tuple[str, ...] = ()
    est_le_bonus: bool = False


def calcul_de(lu: SyntheseCandidat, code_epreuve: str, bonus: Fraction) -> Calcul:
    """Avec les positions de la commission telles qu'elles sont, et ce bonus.

    L'état que la commission avait dit n'y fait rien : proposer une note le remplace.
    """
    synthese, vue = lu.syntheses[code_epreuve], lu.epreuves[code_epreuve]
    empechement = "" if synthese.empechement == synthese.decision.empechement else synthese.empechement
    if empechement or synthese.grille is None or lu.candidat.option is None:
        return Calcul(refus=(empechement or synthese.empechement,))
    parametres = synthese.grille.parametres
    try:
        verifier_bonus(bonus, parametres)
    except EntreeInvalide as erreur:
        return Calcul(refus=(f"{erreur.message[:1].upper()}{erreur.message[1:]}.",), est_le_bonus=True)
    codes = {competence.code for competence in vue.notee.competences}
    positions = {code: niveau for code, niveau in synthese.decision.positions.items() if code in codes}
    entrees, resultat = figer_le_calcul(
        lu.candidat.option.code, vue.notee, synthese.observations, parametres, positions, bonus
    )
    calculee, arrondie = (
        None if resultat[cle] is None else Decimal(resultat[cle]) for cle in ("note_calculee", "note_arrondie")
    )
    return Calcul(
        grille=synthese.grille.pk,
        entrees=entrees,
        resultat=resultat,
        note_calculee=calculee,
        note_arrondie=arrondie,
        seuil=parametres.seuil_commentaire,
        refus=tuple(resultat["motifs"]) if arrondie is None else (),
    )
