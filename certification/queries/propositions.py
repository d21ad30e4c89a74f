"""Le calcul qui fonde une proposition, prêt à être figé, et ce qui a changé depuis qu'elle a été faite."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Any

from certification.dossier_json import figer_le_calcul
from certification.enums import EtatProposition
from certification.models import Proposition
from certification.notation import EntreeInvalide, verifier_bonus
from certification.queries.candidats import SyntheseCandidat, SyntheseClasse
from certification.syntheses import SyntheseEpreuve


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


def propositions_perimees(classe: SyntheseClasse) -> list[tuple[SyntheseCandidat, str, Proposition]]:
    """Les notes proposées dont une preuve, une position ou la grille a changé depuis : à proposer de nouveau."""
    return [
        (lu, code, proposition)
        for lu in classe.candidats
        for code, proposition in lu.propositions.items()
        if proposition.etat == EtatProposition.PROPOSEE and _a_change(lu, code, proposition)
    ]


def restes_a_etudier(classe: SyntheseClasse) -> list[tuple[SyntheseCandidat, SyntheseEpreuve]]:
    """Ce sur quoi la commission ne s'est pas encore prononcée, épreuves hors CCF exclues."""
    return [
        (lu, synthese)
        for lu in classe.candidats
        for code, synthese in lu.syntheses.items()
        if lu.epreuves[code].epreuve.a_ccf and ((sienne := lu.propositions.get(code)) is None or not sienne.est_etudiee)
    ]


def _a_change(lu: SyntheseCandidat, code: str, proposition: Proposition) -> bool:
    calcul = calcul_de(lu, code, Fraction(proposition.bonus))
    return (calcul.grille, calcul.entrees) != (proposition.grille_id, proposition.entrees)
