"""Une séquence lue pour sa page et son PDF ; les modèles que l'on peut reprendre, et où les reprendre."""

from collections import defaultdict
from dataclasses import dataclass

from django.db.models import Count, F, QuerySet

from centres.enums import ROLES_LECTURE
from centres.models import Centre, Classe
from centres.permissions import PREPARER, Personne, roles_de
from evaluations.enums import NatureRessource
from evaluations.models import Ressource, Sequence, Situation
from evaluations.models.sequences import SequenceQuerySet
from evaluations.queries.progression import Cohorte, SituationLue, situations_lues
from referentiel.models import VersionReferentiel


@dataclass(frozen=True)
class CompetenceTravaillee:
    """Une compétence, ses détaillées évaluées par les situations de la séquence, et lesquelles."""

    code: str
    intitule: str
    # (code de la détaillée, codes des situations) ; vide : la compétence est seulement mobilisée.
    detaillees: tuple[tuple[str, tuple[str, ...]], ...]
    situations: tuple[str, ...]


@dataclass(frozen=True)
class RubriqueDeRessources:
    nature: str
    designations: tuple[str, ...]


@dataclass(frozen=True)
class FicheSequence:
    sequence: Sequence
    situations: tuple[SituationLue, ...]
    evaluees: tuple[CompetenceTravaillee, ...]
    mobilisees: tuple[CompetenceTravaillee, ...]
    inventaire: tuple[RubriqueDeRessources, ...]

    @property
    def heures_des_situations(self) -> int:
        return sum(une.situation.duree_heures or 0 for une in self.situations)

    @property
    def est_vide(self) -> bool:
        return not self.situations


def fiche_de(sequence: Sequence) -> FicheSequence:
    """Cinq requêtes, quel que soit le nombre de situations."""
    situations = situations_lues(Situation.objects.filter(sequence=sequence))
    evaluees = _evaluees(sequence)
    return FicheSequence(
        sequence,
        situations,
        evaluees,
        _mobilisees(sequence, {une.code for une in evaluees}),
        _inventaire(sequence),
    )


def modeles_pour(utilisateur: Personne) -> SequenceQuerySet:
    lus: SequenceQuerySet = Sequence.objects.lisibles_par(utilisateur).modeles()
    return (
        lus.select_related("centre", "periode_debut__version", "periode_fin", "auteur")
        .annotate(nombre_situations=Count("situations"))
        .order_by("periode_debut__ordre", "intitule", "pk")
    )


def est_dans_ses_centres(utilisateur: Personne, sequence: Sequence) -> bool:
    """Faux pour le modèle d'un centre où la personne n'a pas de rôle."""
    return roles_de(utilisateur).centres_ou(ROLES_LECTURE) >= {sequence.centre_id}


def cohortes_ou_copier(utilisateur: Personne, version: VersionReferentiel) -> list[Cohorte]:
    """Les cohortes où la personne prépare, sous cette version, la plus récente d'abord (deux requêtes)."""
    centres = Centre.objects.in_bulk(roles_de(utilisateur).centres_ou(PREPARER))
    lues = (
        Classe.objects.filter(centre__in=centres, version=version)
        .annotate(entree=F("annee_scolaire") - F("annee_cycle") + 1)
        .order_by("-entree", "centre__nom")
        .values_list("centre", "entree")
        .distinct()
    )
    return [Cohorte(centres[centre], entree, version) for centre, entree in lues]


def situations_a_rattacher(cohorte: Cohorte) -> QuerySet[Situation]:
    """Celles de la cohorte que personne n'a figées."""
    libres = cohorte.situations.filter(verrouillee_le=None, scellee_le=None)
    return libres.select_related("classe", "sequence").order_by("debut", "code", "classe__nom")


def _evaluees(sequence: Sequence) -> tuple[CompetenceTravaillee, ...]:
    lignes = (
        Situation.evaluees.through.objects.filter(situation__sequence=sequence)
        .order_by(
            "competencedetaillee__competence__ordre",
            "competencedetaillee__ordre",
            "situation__debut",
            "situation__code",
        )
        .values_list(
            "competencedetaillee__competence__code",
            "competencedetaillee__competence__intitule",
            "competencedetaillee__code",
            "situation__code",
        )
    )
    lues: dict[tuple[str, str], dict[str, dict[str, None]]] = defaultdict(lambda: defaultdict(dict))
    for code, intitule, detaillee, situation in lignes:
        lues[code, intitule][detaillee][situation] = None
    return tuple(
        CompetenceTravaillee(
            code,
            intitule,
            tuple((detaillee, tuple(codes)) for detaillee, codes in siennes.items()),
            tuple(dict.fromkeys(une for codes in siennes.values() for une in codes)),
        )
        for (code, intitule), siennes in lues.items()
    )


def _mobilisees(sequence: Sequence, evaluees: set[str]) -> tuple[CompetenceTravaillee, ...]:
    lignes = (
        Situation.mobilisees.through.objects.filter(situation__sequence=sequence)
        .order_by("competence__ordre", "situation__debut", "situation__code")
        .values_list("competence__code", "competence__intitule", "situation__code")
    )
    lues: dict[tuple[str, str], dict[str, None]] = defaultdict(dict)
    for code, intitule, situation in lignes:
        if code not in evaluees:
            lues[code, intitule][situation] = None
    return tuple(CompetenceTravaillee(code, intitule, (), tuple(codes)) for (code, intitule), codes in lues.items())


def _inventaire(sequence: Sequence) -> tuple[RubriqueDeRessources, ...]:
    """Ce que ses situations mettent à disposition, une fois chacun."""
    rubriques: dict[str, dict[str, None]] = defaultdict(dict)
    lignes = Ressource.objects.filter(situation__sequence=sequence).order_by("situation__debut", "ordre", "pk")
    for nature, designation in lignes.values_list("nature", "designation"):
        rubriques[nature][designation] = None
    return tuple(
        RubriqueDeRessources(str(nature.label), tuple(rubriques[nature]))
        for nature in NatureRessource
        if nature in rubriques
    )
