"""La note d'une épreuve, exacte et expliquée : une fonction par phrase de DOMAINE §5 (pur)."""

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from fractions import Fraction
from math import ceil, floor

from certification import phrases
from certification.bareme import (
    Arrondi,
    CompetenceNotee,
    EntreeInvalide,
    EpreuveNotee,
    Granularite,
    LigneCompetence,
    NonEvalue,
    Origine,
    ParametresGrille,
    ResultatNote,
    fraction_exacte,
    verifier_poids_de_l_epreuve,
)
from evaluations.synthese import (
    NIVEAUX,
    Observation,
    Retenu,
    meilleure_situation,
    meilleurs_niveaux,
    moyenne_des_points,
    preuves_eligibles,
    verifier_unicite,
)

NOTE_MAX = Fraction(20)

__all__ = [
    "Arrondi",
    "CompetenceNotee",
    "EntreeInvalide",
    "EpreuveNotee",
    "Granularite",
    "LigneCompetence",
    "NonEvalue",
    "Origine",
    "ParametresGrille",
    "ResultatNote",
    "calculer_note",
]


def calculer_note(
    epreuve: EpreuveNotee,
    observations: Iterable[Observation],
    parametres: ParametresGrille,
    positions_commission: Mapping[str, int] | None = None,
    bonus: Fraction = Fraction(0),
) -> ResultatNote:
    """La note d'un candidat à une épreuve, avec ses raisons (DOMAINE §5).

    `observations` peut contenir tout ce que le candidat a montré : seul l'éligible compte. L'ordre des
    observations ne change rien.
    """
    observations = tuple(observations)
    positions = dict(positions_commission or {})
    bonus = fraction_exacte(bonus, "bonus")
    verifier_poids_de_l_epreuve(parametres.poids, epreuve)
    verifier_unicite(observations)
    verifier_positions(positions, epreuve)
    verifier_bonus(bonus, parametres)
    lignes = tuple(
        ligne_competence(competence, epreuve.code, observations, parametres, positions.get(competence.code))
        for competence in epreuve.competences
    )
    motifs = motifs_sans_note(lignes, parametres)
    base = None if motifs else note_avant_bonus(lignes, parametres.points_max)
    return _resultat(epreuve, lignes, parametres, observations, motifs, base, bonus)


def ligne_competence(
    competence: CompetenceNotee,
    epreuve: str,
    observations: Iterable[Observation],
    parametres: ParametresGrille,
    niveau_commission: int | None,
) -> LigneCompetence:
    """Les points d'une compétence, leur origine et leurs preuves.

    La couverture compte les détaillées évaluées dans l'ensemble des situations éligibles, aux deux
    granularités : elle dit ce qui a été observé du référentiel, pas ce que le calcul a gardé.
    """
    siennes = [o for o in observations if o.detaillee in competence.detaillees]
    preuves = preuves_eligibles(siennes, epreuve=epreuve)
    points, retenus = points_des_situations(preuves, parametres)
    origine = Origine.NON_EVALUEE if points is None else Origine.SITUATIONS
    if niveau_commission is not None:
        points, origine = points_de_la_commission(niveau_commission, parametres), Origine.COMMISSION
    evaluees = {o.detaillee for o in preuves}
    return LigneCompetence(
        competence=competence,
        poids=parametres.poids[competence.code],
        points=points,
        points_max=parametres.points_max,
        origine=origine,
        retenus={code: retenus[code] for code in competence.detaillees if code in retenus},
        detaillees_evaluees=tuple(code for code in competence.detaillees if code in evaluees),
        etats=tuple(sorted({o.etat for o in siennes if o.etat and o.certificative and epreuve in o.epreuves})),
        niveau_commission=niveau_commission,
    )


def points_des_situations(
    preuves: Sequence[Observation], parametres: ParametresGrille
) -> tuple[Fraction | None, Mapping[str, Retenu]]:
    """Points d'une compétence et preuves retenues, selon la granularité du maximum (DOMAINE §5.2)."""
    if parametres.granularite is Granularite.COMPETENCE:
        situation = meilleure_situation(preuves, parametres.points)
        return (situation.points, situation.retenus) if situation else (None, {})
    retenus = meilleurs_niveaux(preuves)
    return points_des_detaillees(retenus, parametres), retenus


def points_des_detaillees(retenus: Mapping[str, Retenu], parametres: ParametresGrille) -> Fraction | None:
    """« Points of a competency = mean of the points of its retained details » (DOMAINE §5.2).

    Une détaillée sans niveau retenu n'entre pas dans la moyenne : la couverture la signale.
    """
    if not retenus:
        return None
    return moyenne_des_points([retenu.niveau for retenu in retenus.values()], parametres.points)


def points_de_la_commission(niveau: int, parametres: ParametresGrille) -> Fraction:
    """« The commission may position a competency itself: its points replace 2 » (DOMAINE §5.3).

    Elle rend évaluée une compétence sans preuve ; les preuves restent affichées. Son motif est gardé
    avec la décision, hors du calcul.
    """
    return parametres.points[niveau]


def motifs_sans_note(lignes: Sequence[LigneCompetence], parametres: ParametresGrille) -> tuple[str, ...]:
    """« A competency with nothing retained → no mark » ; « nothing evaluated → no mark » (DOMAINE §5.4).

    En `bloque`, une compétence de poids nul bloque aussi : la règle ne l'excepte pas. En `renormalise`,
    n'avoir évalué que des compétences de poids nul revient à n'avoir rien évalué.
    """
    if parametres.non_evalue is NonEvalue.BLOQUE:
        return tuple(phrases.motif_non_evaluee(ligne) for ligne in lignes if ligne.points is None)
    return () if poids_evalue(lignes) else (phrases.motif_sans_poids(lignes),)


def poids_evalue(lignes: Iterable[LigneCompetence]) -> Fraction:
    """« The evaluated weight » : la somme des poids des compétences qui ont des points (DOMAINE §5.4)."""
    return sum((ligne.poids for ligne in lignes if ligne.points is not None), Fraction(0))


def note_avant_bonus(lignes: Sequence[LigneCompetence], points_max: Fraction) -> Fraction:
    """« Σ poids × points ÷ Σ poids × 20 ÷ points max », exacte (DOMAINE §5.5)."""
    somme = sum((ligne.contribution for ligne in lignes if ligne.contribution is not None), Fraction(0))
    return somme / poids_evalue(lignes) * NOTE_MAX / points_max


def note_avec_bonus(base: Fraction, bonus: Fraction) -> Fraction:
    """« + bonus, capped at 20 » (DOMAINE §5.5)."""
    return min(base + bonus, NOTE_MAX)


def arrondir(note: Fraction, arrondi: Arrondi) -> Decimal:
    """« ceil(2x)/2 », « floor(2x + ½)/2 » ou deux décimales, toujours sur la valeur exacte (DOMAINE §5.6)."""
    if arrondi is Arrondi.AUCUN:
        return phrases.centiemes(note)
    demis = ceil(note * 2) if arrondi is Arrondi.DEMI_POINT_SUPERIEUR else floor(note * 2 + Fraction(1, 2))
    return Decimal(demis * 5).scaleb(-1)


def verifier_positions(positions: Mapping[str, int], epreuve: EpreuveNotee) -> None:
    """La commission positionne de 1 à 4 les compétences de l'épreuve (DOMAINE §5.3)."""
    codes = {competence.code for competence in epreuve.competences}
    for code, niveau in positions.items():
        if code not in codes:
            raise EntreeInvalide(f"positions_commission.{code}", f"compétence hors de l'épreuve {epreuve.code}")
        if type(niveau) is not int or niveau not in NIVEAUX:
            raise EntreeInvalide(f"positions_commission.{code}", "niveau de 1 à 4 attendu")


def verifier_bonus(bonus: Fraction, parametres: ParametresGrille) -> None:
    """Le bonus reste entre 0 et le maximum de la grille (DOMAINE §5.5)."""
    if bonus < 0:
        raise EntreeInvalide("bonus", "le bonus ne peut pas être négatif")
    if bonus > parametres.bonus_max:
        raise EntreeInvalide("bonus", f"le bonus dépasse le maximum de la grille ({parametres.bonus_max})")


def nombre_de_situations(observations: Iterable[Observation], epreuve: str) -> int:
    """Situations certificatives où le candidat a été évalué ; une absence n'en fait pas une."""
    return len({(o.situation, o.cle) for o in preuves_eligibles(observations, epreuve=epreuve)})


def _resultat(
    epreuve: EpreuveNotee,
    lignes: tuple[LigneCompetence, ...],
    parametres: ParametresGrille,
    observations: Sequence[Observation],
    motifs: tuple[str, ...],
    base: Fraction | None,
    bonus: Fraction,
) -> ResultatNote:
    etapes = [phrases.etape_competence(ligne, parametres.granularite) for ligne in lignes]
    alertes = [alerte for ligne in lignes for alerte in phrases.alertes_competence(ligne)]
    alertes += phrases.alertes_situations(nombre_de_situations(observations, epreuve.code), epreuve.situations)
    poids_total = sum(parametres.poids.values(), Fraction(0))
    note = calculee = arrondie = None
    if base is not None:
        note = note_avec_bonus(base, bonus)
        calculee, arrondie = phrases.centiemes(note), arrondir(note, parametres.arrondi)
        etapes += phrases.etapes_somme(lignes, parametres.points_max, base)
        etapes += phrases.etapes_bonus(base, bonus, note)
        etapes += phrases.etapes_arrondi(calculee, arrondie, parametres.arrondi)
        alertes += phrases.alertes_poids(lignes, poids_evalue(lignes), poids_total)
        alertes += phrases.alertes_seuil(arrondie, parametres)
    return ResultatNote(
        epreuve=epreuve.code,
        lignes=lignes,
        poids_total=poids_total,
        poids_evalue=poids_evalue(lignes),
        note_exacte=note,
        note_calculee=calculee,
        note_arrondie=arrondie,
        etapes=tuple(etapes),
        motifs=motifs,
        alertes=tuple(alertes),
    )
