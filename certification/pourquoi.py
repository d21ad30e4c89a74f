"""Pourquoi cette note, et ce qui l'aurait changée : des hypothèses refaites par le calcul même (pur)."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from fractions import Fraction

from certification.bareme import EpreuveNotee, Granularite, LigneCompetence, Origine, ParametresGrille, ResultatNote
from certification.notation import NOTE_MAX, calculer_note
from evaluations.synthese import NIVEAUX, Observation, Retenu

NIVEAU_MAX = NIVEAUX[-1]


@dataclass(frozen=True)
class Hypothese:
    """« Si… » : la note que le calcul aurait donnée ; vide quand il n'y en aurait pas eu."""

    texte: str
    note_calculee: Decimal | None
    note_arrondie: Decimal | None
    ecart: Decimal | None

    @property
    def change_l_arrondi(self) -> bool:
        return bool(self.ecart)


@dataclass(frozen=True)
class Preuve:
    """Une détaillée : l'observation retenue, celles qui ne l'ont pas été, et ce qu'aurait donné un niveau de plus."""

    code: str
    retenu: Retenu | None
    autres: tuple[Observation, ...]
    marche: Hypothese | None


@dataclass(frozen=True)
class Explication:
    """Une compétence : ce qu'elle apporte à la note sur 20, ce qui lui manque, un niveau de plus partout."""

    ligne: LigneCompetence
    apport: Fraction | None
    manque: Fraction | None
    preuves: tuple[Preuve, ...]
    marche: Hypothese | None


@dataclass(frozen=True)
class Pourquoi:
    resultat: ResultatNote
    explications: tuple[Explication, ...]
    sans_situation: tuple[Hypothese, ...]


@dataclass(frozen=True)
class Calcul:
    """Tout ce dont la note dépend : de quoi la refaire autrement."""

    epreuve: EpreuveNotee
    observations: tuple[Observation, ...]
    parametres: ParametresGrille
    positions: Mapping[str, int]
    bonus: Fraction

    def noter(self) -> ResultatNote:
        return calculer_note(self.epreuve, self.observations, self.parametres, self.positions, self.bonus)


def expliquer(calcul: Calcul) -> Pourquoi:
    """Le résultat, ses preuves et ses hypothèses ; chacune ne change qu'une chose."""
    resultat = calcul.noter()
    explications = tuple(_expliquer(calcul, resultat, ligne) for ligne in resultat.lignes)
    return Pourquoi(resultat, explications, tuple(_sans_chaque_situation(calcul, resultat)))


def _expliquer(calcul: Calcul, resultat: ResultatNote, ligne: LigneCompetence) -> Explication:
    apport = manque = None
    if ligne.points is not None and resultat.poids_evalue:
        unite = ligne.poids * NOTE_MAX / resultat.poids_evalue / ligne.points_max
        apport, manque = unite * ligne.points, unite * (ligne.points_max - ligne.points)
    preuves = tuple(_preuve(calcul, resultat, ligne, code) for code in ligne.competence.detaillees)
    return Explication(ligne, apport, manque, preuves, _marche_de_la_competence(calcul, resultat, ligne))


def _preuve(calcul: Calcul, resultat: ResultatNote, ligne: LigneCompetence, code: str) -> Preuve:
    retenu = ligne.retenus.get(code)
    autres = tuple(
        sorted(
            (o for o in calcul.observations if o.detaillee == code and o.certificative and not _prouve(o, retenu)),
            key=lambda o: (o.date, o.situation, o.cle),
        )
    )
    marche = None
    # Une compétence positionnée par la commission ne dépend plus de ses observations.
    if retenu is not None and retenu.niveau < NIVEAU_MAX and ligne.origine is Origine.SITUATIONS:
        releve = _relever(calcul, lambda o: o.detaillee == code and _prouve(o, retenu))
        marche = _hypothese(resultat, releve, f"{code} au niveau {retenu.niveau + 1}")
    return Preuve(code, retenu, autres, marche)


def _marche_de_la_competence(calcul: Calcul, resultat: ResultatNote, ligne: LigneCompetence) -> Hypothese | None:
    """Un niveau de plus à chaque détaillée retenue, ou à la position de la commission ; rien au plus haut."""
    if ligne.niveau_commission is not None:
        if ligne.niveau_commission == NIVEAU_MAX:
            return None
        suivant = ligne.niveau_commission + 1
        autre = replace(calcul, positions={**calcul.positions, ligne.code: suivant})
        return _hypothese(resultat, autre, f"{ligne.code} positionnée au niveau {suivant}")
    retenus = {code: retenu for code, retenu in ligne.retenus.items() if retenu.niveau < NIVEAU_MAX}
    if not retenus:
        return None
    releve = _relever(calcul, lambda o: o.detaillee in retenus and _prouve(o, retenus[o.detaillee]))
    quoi = "dans la situation retenue" if calcul.parametres.granularite is Granularite.COMPETENCE else "partout"
    return _hypothese(resultat, releve, f"{ligne.code} : un niveau de plus {quoi}")


def _sans_chaque_situation(calcul: Calcul, resultat: ResultatNote) -> list[Hypothese]:
    """Ce que chaque situation certificative apporte : la note qu'il y aurait sans elle."""
    certificatives = {(o.date, o.situation, o.cle) for o in calcul.observations if o.certificative and o.est_evaluee}
    hypotheses = []
    for _, situation, cle in sorted(certificatives):
        restantes = tuple(o for o in calcul.observations if (o.situation, o.cle) != (situation, cle))
        hypotheses.append(_hypothese(resultat, replace(calcul, observations=restantes), f"sans {situation}"))
    return hypotheses


def _relever(calcul: Calcul, concernee: Callable[[Observation], bool]) -> Calcul:
    return replace(
        calcul,
        observations=tuple(
            replace(o, niveau=o.niveau + 1) if o.niveau is not None and concernee(o) else o for o in calcul.observations
        ),
    )


def _prouve(observation: Observation, retenu: Retenu | None) -> bool:
    return retenu is not None and (observation.situation, observation.cle) == (retenu.situation, retenu.cle)


def _hypothese(resultat: ResultatNote, autre: Calcul, texte: str) -> Hypothese:
    refait = autre.noter()
    ecart = None
    if refait.note_arrondie is not None and resultat.note_arrondie is not None:
        ecart = refait.note_arrondie - resultat.note_arrondie
    return Hypothese(texte, refait.note_calculee, refait.note_arrondie, ecart)


def apports(explications: Sequence[Explication]) -> Fraction:
    """La somme des apports : la note avant bonus et plafond."""
    return sum((une.apport for une in explications if une.apport is not None), Fraction(0))
