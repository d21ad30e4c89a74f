"""Meilleur niveau démontré : quelles observations prouvent quoi (pur, sans base de données)."""

import datetime
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Protocol, TypeVar

K = TypeVar("K")

NIVEAUX = (1, 2, 3, 4)
ETATS = frozenset({"NE", "ABJ", "ABN", "DISP"})


class PositionLue(Protocol):
    """Un niveau, un état ou rien : une observation ou la ligne de la base dont elle vient."""

    @property
    def niveau(self) -> int | None: ...

    @property
    def etat(self) -> str | None: ...


Lue = TypeVar("Lue", bound=PositionLue)


@dataclass(frozen=True, slots=True)
class Observation:
    """Un positionnement tel qu'il est lu : un niveau, ou un état, ou rien (case vide).

    `situation` est le code montré à l'utilisateur : il départage les ex æquo. Un code n'est unique que dans
    une classe : `cle` identifie la situation quand le candidat en a suivi plusieurs (0 : le code suffit).
    `epreuves` sont celles de la situation.
    """

    situation: str
    date: datetime.date
    detaillee: str
    niveau: int | None = None
    etat: str | None = None
    auteur: str = ""
    certificative: bool = False
    epreuves: frozenset[str] = frozenset()
    cle: int = 0

    def __post_init__(self) -> None:
        if self.niveau is not None and (type(self.niveau) is not int or self.niveau not in NIVEAUX):
            raise ValueError(f"niveau hors de 1 à 4 : {self.niveau!r}")
        if self.etat and self.etat not in ETATS:
            raise ValueError(f"état inconnu : {self.etat!r}")
        if self.niveau is not None and self.etat:
            raise ValueError("une observation porte un niveau ou un état, pas les deux")

    @property
    def est_evaluee(self) -> bool:
        """NE, ABJ, ABN, DISP et la case vide ne sont jamais des niveaux (DOMAINE §2)."""
        return self.niveau is not None


@dataclass(frozen=True, slots=True)
class Retenu:
    """Le niveau retenu et sa preuve : quelle situation, quand, par qui."""

    niveau: int
    situation: str
    date: datetime.date
    auteur: str
    cle: int = 0


@dataclass(frozen=True, slots=True)
class SituationRetenue:
    """La situation qui donne le maximum d'une compétence, et les niveaux qu'elle a montrés."""

    points: Fraction
    situation: str
    date: datetime.date
    cle: int
    retenus: Mapping[str, Retenu]


def observations_evaluees(observations: Iterable[Observation]) -> list[Observation]:
    """Seules comptent les observations dont l'état est « évalué » (DOMAINE §5.1)."""
    return [observation for observation in observations if observation.est_evaluee]


def preuves_eligibles(observations: Iterable[Observation], *, epreuve: str) -> list[Observation]:
    """« Positionings of certificative situations of the épreuve whose state is evaluated » (DOMAINE §5.1)."""
    return [
        observation
        for observation in observations_evaluees(observations)
        if observation.certificative and epreuve in observation.epreuves
    ]


def meilleur_niveau(observations: Iterable[Observation]) -> Retenu | None:
    """Niveau retenu = maximum sur les situations, jamais la moyenne ni la dernière ([S], DOMAINE §4).

    À niveau égal la preuve est la situation la plus ancienne : date, puis code (contrat `noter`).
    """
    return meilleur_retenu(_retenu(observation) for observation in observations_evaluees(observations))


def meilleur_retenu(retenus: Iterable[Retenu]) -> Retenu | None:
    """Le plus haut niveau ; à égalité, la preuve la plus ancienne."""
    return min(retenus, key=lambda r: (-r.niveau, r.date, r.situation, r.cle), default=None)


def plus_haut(valeurs: Iterable[int | str]) -> int | None:
    """Le plus haut niveau lu dans des cases (un niveau, un état ou rien), quand la preuve n'importe pas."""
    return max((valeur for valeur in valeurs if isinstance(valeur, int)), default=None)


def meilleurs_niveaux(observations: Iterable[Observation]) -> dict[str, Retenu]:
    """Le meilleur niveau de chaque compétence détaillée observée.

    Ne filtre rien : le livret et le bilan individuel y mettent toutes les preuves (DOMAINE §3), la note
    seulement ses preuves éligibles.
    """
    retenus: dict[str, Retenu] = {}
    for detaillee, groupe in _grouper(observations, lambda o: o.detaillee).items():
        retenu = meilleur_niveau(groupe)
        if retenu is not None:
            retenus[detaillee] = retenu
    return retenus


def moyenne_des_points(niveaux: Sequence[int], points: Mapping[int, Fraction]) -> Fraction:
    """« Mean of the points » : moyenne exacte des points de niveaux, au moins un (DOMAINE §5.2)."""
    return sum((points[niveau] for niveau in niveaux), Fraction(0)) / len(niveaux)


def meilleure_situation(observations: Iterable[Observation], points: Mapping[int, Fraction]) -> SituationRetenue | None:
    """« Per situation, mean of the points of the details evaluated there; MAX of those means » (DOMAINE §5.2).

    Les observations sont celles d'une seule compétence. Moyennes égales : la situation la plus ancienne
    (date, puis code) est retenue.
    """
    candidates = []
    for (code, cle), groupe in _grouper(observations_evaluees(observations), lambda o: (o.situation, o.cle)).items():
        retenus = {o.detaillee: _retenu(o) for o in groupe}
        moyenne = moyenne_des_points([retenu.niveau for retenu in retenus.values()], points)
        date = min(o.date for o in groupe)
        candidates.append(SituationRetenue(points=moyenne, situation=code, date=date, cle=cle, retenus=retenus))
    return min(candidates, key=lambda s: (-s.points, s.date, s.situation, s.cle), default=None)


def une_par_case(lues: Iterable[Lue], case: Callable[[Lue], Hashable]) -> list[Lue]:
    """Une seule lecture par case : un niveau l'emporte sur un état, un état sur rien, puis le plus haut niveau.

    Un changement d'option ou de statut donne deux inscriptions à un apprenant dans la même classe, qui peuvent
    être positionnées toutes les deux. À égalité, la première lue reste.
    """
    gardees: dict[Hashable, Lue] = {}
    for lue in lues:
        cle = case(lue)
        if cle not in gardees or _rang(lue) > _rang(gardees[cle]):
            gardees[cle] = lue
    return list(gardees.values())


def _rang(lue: PositionLue) -> tuple[int, bool]:
    return lue.niveau or 0, bool(lue.etat)


def verifier_unicite(observations: Iterable[Observation]) -> None:
    """Une seule observation par situation × compétence détaillée, comme dans la base."""
    vues: set[tuple[str, int, str]] = set()
    for observation in observations:
        cle = (observation.situation, observation.cle, observation.detaillee)
        if cle in vues:
            raise ValueError(f"{observation.detaillee} positionnée deux fois dans la situation {observation.situation}")
        vues.add(cle)


def _retenu(observation: Observation) -> Retenu:
    if observation.niveau is None:
        raise ValueError("une observation sans niveau ne peut pas être retenue")
    return Retenu(observation.niveau, observation.situation, observation.date, observation.auteur, observation.cle)


def _grouper(observations: Iterable[Observation], cle: Callable[[Observation], K]) -> dict[K, list[Observation]]:
    groupes: dict[K, list[Observation]] = {}
    for observation in observations:
        groupes.setdefault(cle(observation), []).append(observation)
    return groupes
