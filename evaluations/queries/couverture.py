"""Ce que la progression d'une cohorte travaille et évalue, compétence par compétence, face aux POIDS d'une option."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from fractions import Fraction

from django.db.models import Count, Q

from evaluations.enums import Lieu
from evaluations.models import Positionnement, Situation
from evaluations.queries.progression import Cohorte
from referentiel.models import CompetenceDetaillee, Option, Ponderation

# Sous cette part de son poids, le temps d'une compétence mérite un regard.
SEUIL_DE_TEMPS = Fraction(1, 2)
# (année du cycle, code, titre) : ce qui dit que deux classes parallèles tiennent la même situation.
CleSituation = tuple[int, str, str]


@dataclass
class SituationPrevue:
    """Une situation, comptée une fois même tenue dans plusieurs classes parallèles. `heures` : vide si inconnues."""

    pk: int
    code: str
    titre: str
    est_en_entreprise: bool
    heures: Fraction | None
    detaillees: set[int] = field(default_factory=set)
    mobilisees: set[int] = field(default_factory=set)
    # Détaillée → niveaux déjà relevés.
    preuves: Counter[int] = field(default_factory=Counter)


@dataclass(frozen=True)
class Couverte:
    """Une détaillée : qui l'évalue, combien de temps, ce qui est déjà relevé."""

    code: str
    intitule: str
    heures: float
    prevues: tuple[SituationPrevue, ...]
    # Celles où au moins un niveau est relevé.
    evaluees: tuple[SituationPrevue, ...]
    preuves: int
    est_mobilisee: bool

    @property
    def etat(self) -> str:
        if not self.prevues:
            return "seulement mobilisée" if self.est_mobilisee else "jamais travaillée"
        if not self.evaluees:
            return "jamais évaluée"
        return "évaluée une seule fois" if len(self.evaluees) == 1 else "évaluée plusieurs fois"


@dataclass(frozen=True)
class CompetenceCouverte:
    code: str
    intitule: str
    poids: int
    # En pour cent du bloc ; vide quand le bloc n'a ni poids ni heure.
    part_poids: int | None
    part_temps: int | None
    heures: float
    preuves: int
    detaillees: tuple[Couverte, ...]

    @property
    def est_en_retrait(self) -> bool:
        if self.part_poids is None:
            return False
        return (self.part_temps or 0) < self.part_poids * SEUIL_DE_TEMPS


@dataclass(frozen=True)
class BlocCouvert:
    epreuve: str
    intitule: str
    competences: tuple[CompetenceCouverte, ...]


@dataclass(frozen=True)
class Couverture:
    option: Option
    blocs: tuple[BlocCouvert, ...]
    # Celles dont on ne sait pas la durée : leur temps manque.
    sans_duree: tuple[SituationPrevue, ...]

    @property
    def competences(self) -> Iterable[CompetenceCouverte]:
        return (competence for bloc in self.blocs for competence in bloc.competences)

    def detaillees(self, *etats: str) -> list[Couverte]:
        return [une for competence in self.competences for une in competence.detaillees if une.etat in etats]

    @property
    def jamais_travaillees(self) -> list[Couverte]:
        return self.detaillees("jamais travaillée")

    @property
    def jamais_evaluees(self) -> list[Couverte]:
        return self.detaillees("seulement mobilisée", "jamais évaluée")

    @property
    def une_seule_fois(self) -> list[Couverte]:
        return self.detaillees("évaluée une seule fois")

    @property
    def en_retrait(self) -> list[CompetenceCouverte]:
        return [une for une in self.competences if une.est_en_retrait]


def couverture_de(cohorte: Cohorte, option: Option) -> Couverture:
    """Sept requêtes, quel que soit le nombre de situations."""
    lues = list(
        CompetenceDetaillee.objects.filter(
            Q(option__isnull=True) | Q(option=option), competence__version=cohorte.version
        )
        .select_related("competence__bloc__epreuve")
        .order_by("competence__bloc__numero", "competence__ordre", "ordre")
    )
    poids = dict(Ponderation.objects.filter(option=option).values_list("competence", "poids"))
    situations = _situations_prevues(cohorte, option)
    par_bloc: dict[int, dict[int, list[CompetenceDetaillee]]] = defaultdict(lambda: defaultdict(list))
    for une in lues:
        par_bloc[une.competence.bloc_id][une.competence_id].append(une)
    return Couverture(
        option,
        tuple(_bloc(groupes, poids, situations) for groupes in par_bloc.values()),
        tuple(une for une in situations if une.heures is None and not une.est_en_entreprise),
    )


def _situations_prevues(cohorte: Cohorte, option: Option) -> list[SituationPrevue]:
    siennes = cohorte.situations.order_by("debut", "code", "pk").values_list(
        "pk", "code", "titre", "lieu", "classe__annee_cycle", "duree_heures", "sequence", "sequence__duree_heures"
    )
    uniques: dict[CleSituation, SituationPrevue] = {}
    durees: dict[CleSituation, _Duree] = {}
    par_cle: dict[int, SituationPrevue] = {}
    for pk, code, titre, lieu, annee, duree, sequence, totale in siennes:
        cle = (annee, code.casefold(), titre.casefold())
        par_cle[pk] = uniques.setdefault(cle, SituationPrevue(pk, code, titre, lieu == Lieu.ENTREPRISE, None))
        durees.setdefault(cle, _Duree()).completer(duree, sequence, totale)
    for cle, heures in _heures(durees).items():
        uniques[cle].heures = heures
    _completer(par_cle, option)
    return list(uniques.values())


@dataclass
class _Duree:
    """Ce que l'on sait du temps d'une situation, dans la première de ses classes qui le dit."""

    heures: int | None = None
    sequence: int | None = None
    de_la_sequence: int = 0

    def completer(self, heures: int | None, sequence: int | None, de_la_sequence: int | None) -> None:
        if self.heures is None:
            self.heures = heures
        if self.sequence is None:
            self.sequence, self.de_la_sequence = sequence, de_la_sequence or 0


def _heures(durees: Mapping[CleSituation, _Duree]) -> dict[CleSituation, Fraction | None]:
    """La durée de la situation ; à défaut, sa part de ce que la séquence n'a pas encore réparti.

    Une classe parallèle ne partage pas le temps d'une autre : chacune vit toute la séquence.
    """
    connues: dict[CleSituation, Fraction | None] = {}
    sans: dict[int, list[CleSituation]] = defaultdict(list)
    reste: dict[int, int] = {}
    for cle, une in durees.items():
        connues[cle] = None if une.heures is None else Fraction(une.heures)
        if une.sequence is not None:
            reste[une.sequence] = reste.get(une.sequence, une.de_la_sequence) - (une.heures or 0)
            if une.heures is None:
                sans[une.sequence].append(cle)
    for sequence, cles in sans.items():
        if reste[sequence] > 0:
            connues |= dict.fromkeys(cles, Fraction(reste[sequence], len(cles)))
    return connues


def _completer(par_cle: Mapping[int, SituationPrevue], option: Option) -> None:
    """Ce que chacune évalue dans cette option, mobilise, et ce qui y est relevé : trois requêtes."""
    evaluees = Situation.evaluees.through.objects.filter(
        Q(competencedetaillee__option__isnull=True) | Q(competencedetaillee__option=option), situation__in=par_cle
    )
    for situation, detaillee in evaluees.values_list("situation", "competencedetaillee"):
        par_cle[situation].detaillees.add(detaillee)
    mobilisees = Situation.mobilisees.through.objects.filter(situation__in=par_cle)
    for situation, competence in mobilisees.values_list("situation", "competence"):
        par_cle[situation].mobilisees.add(competence)
    releves = (
        Positionnement.objects.filter(situation__in=par_cle, niveau__isnull=False, inscription__option=option)
        .order_by()
        .values_list("situation", "detaillee")
        .annotate(nombre=Count("pk"))
    )
    for situation, detaillee, nombre in releves:
        par_cle[situation].preuves[detaillee] += nombre


def _bloc(
    groupes: Mapping[int, list[CompetenceDetaillee]], poids: Mapping[int, int], situations: list[SituationPrevue]
) -> BlocCouvert:
    couvertes = {cle: tuple(_couverte(une, situations) for une in detaillees) for cle, detaillees in groupes.items()}
    temps = {cle: sum(une.heures for une in siennes) for cle, siennes in couvertes.items()}
    total_poids, total_temps = sum(poids.get(cle, 0) for cle in groupes), sum(temps.values())
    bloc = next(iter(groupes.values()))[0].competence.bloc
    return BlocCouvert(
        bloc.epreuve.code,
        bloc.intitule,
        tuple(
            CompetenceCouverte(
                code=detaillees[0].competence.code,
                intitule=detaillees[0].competence.intitule,
                poids=poids.get(cle, 0),
                part_poids=_part(poids.get(cle, 0), total_poids),
                part_temps=_part(temps[cle], total_temps),
                heures=temps[cle],
                preuves=sum(une.preuves for une in couvertes[cle]),
                detaillees=couvertes[cle],
            )
            for cle, detaillees in groupes.items()
        ),
    )


def _couverte(detaillee: CompetenceDetaillee, situations: Iterable[SituationPrevue]) -> Couverte:
    prevues = tuple(une for une in situations if detaillee.pk in une.detaillees)
    # Les heures d'une situation se partagent à parts égales entre ce qu'elle évalue.
    heures = sum((une.heures / len(une.detaillees) for une in prevues if une.heures is not None), Fraction(0))
    return Couverte(
        code=detaillee.code,
        intitule=detaillee.intitule,
        heures=float(heures),
        prevues=prevues,
        evaluees=tuple(une for une in prevues if une.preuves[detaillee.pk]),
        preuves=sum(une.preuves[detaillee.pk] for une in prevues),
        est_mobilisee=any(detaillee.competence_id in une.mobilisees for une in situations),
    )


def _part(valeur: float, total: float) -> int | None:
    return int(100 * valeur / total + 0.5) if total else None
