"""La progression globale d'une cohorte : ses séquences, ses situations et ses PFMP, semestre par semestre."""

from collections import defaultdict
from collections.abc import Iterable
from collections.abc import Sequence as Suite
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import F, Q, QuerySet

from centres.models import Centre, Classe
from centres.permissions import Personne
from evaluations.calendrier import indice_de_periode
from evaluations.models import PeriodePfmp, Sequence, Situation
from evaluations.models.sequences import SequenceQuerySet
from evaluations.models.situations import SituationQuerySet
from evaluations.queries.echelles import cohorte_de, libelle_cohorte
from referentiel.models import Correspondance, Periode, VersionReferentiel


@dataclass(frozen=True)
class Cohorte:
    """Ceux qui sont entrés la même année dans un centre, sous une version du diplôme."""

    centre: Centre
    annee: int
    version: VersionReferentiel

    @property
    def libelle(self) -> str:
        return libelle_cohorte(self.annee, self.version)

    @property
    def sequences(self) -> SequenceQuerySet:
        siennes: SequenceQuerySet = Sequence.objects.filter(
            centre=self.centre, cohorte=self.annee, periode_debut__version=self.version
        )
        return siennes

    @property
    def classes(self) -> QuerySet[Classe]:
        """Ses classes de chaque année ; une seconde suivie sous un autre texte, s'il correspond à celui-ci."""
        ailleurs = Correspondance.objects.filter(version=self.version).values("referentiel_source")
        retour = Correspondance.objects.filter(referentiel_source=self.version.diplome.code).values("version")
        return Classe.objects.filter(
            Q(version=self.version) | Q(version__diplome__code__in=ailleurs) | Q(version__in=retour),
            centre=self.centre,
            annee_scolaire=F("annee_cycle") + self.annee - 1,
        ).order_by("annee_cycle", "nom")

    @property
    def situations(self) -> SituationQuerySet:
        siennes: SituationQuerySet = Situation.objects.filter(classe__in=self.classes)
        return siennes


@dataclass(frozen=True)
class SituationLue:
    situation: Situation
    # Codes des compétences dont elle évalue au moins une détaillée, dans l'ordre du référentiel.
    evaluees: tuple[str, ...]


@dataclass(frozen=True)
class Carte:
    """Une séquence sur le tableau ; `avant` et `apres` : les rangs où l'on peut la déplacer d'un pas."""

    sequence: Sequence
    situations: tuple[SituationLue, ...]
    avant: int | None
    apres: int | None

    @property
    def evaluees(self) -> tuple[str, ...]:
        codes = {code for une in self.situations for code in une.evaluees}
        return tuple(sorted(codes, key=lambda code: (len(code), code)))

    @property
    def heures(self) -> int:
        """Celles de la séquence ; à défaut, de ses situations."""
        return self.sequence.duree_heures or sum(une.situation.duree_heures or 0 for une in self.situations)


@dataclass(frozen=True)
class Semestre:
    periode: Periode
    projets: tuple[Carte, ...]
    sequences: tuple[Carte, ...]
    # Commencées avant, encore en cours.
    suites: tuple[Carte, ...]
    pfmp: tuple[PeriodePfmp, ...]


@dataclass(frozen=True)
class Tableau:
    cohorte: Cohorte
    semestres: tuple[Semestre, ...]
    hors_sequence: tuple[SituationLue, ...]

    @property
    def nombre(self) -> int:
        return sum(len(un.projets) + len(un.sequences) for un in self.semestres)


def cohorte_par(classe: Classe) -> Cohorte:
    return Cohorte(classe.centre, cohorte_de(classe), classe.version)


def cohorte_de_la_sequence(sequence: Sequence) -> Cohorte:
    return Cohorte(sequence.centre, sequence.cohorte, sequence.periode_debut.version)


def derniere_classe(utilisateur: Personne, cohorte: Cohorte) -> Classe | None:
    """La classe la plus récente de la cohorte que cette personne voit : c'est par elle que l'on y revient."""
    visibles = cohorte.classes.filter(pk__in=Classe.objects.visibles_par(utilisateur), version=cohorte.version)
    return visibles.select_related("centre", "version").order_by("-annee_scolaire", "nom").first()


def situations_lues(situations: QuerySet[Situation]) -> tuple[SituationLue, ...]:
    """Deux requêtes, quel que soit leur nombre."""
    lues = list(situations.select_related("classe", "periode").order_by("debut", "code", "classe__nom"))
    codes: dict[int, dict[str, None]] = defaultdict(dict)
    couples = (
        Situation.evaluees.through.objects.filter(situation__in=[une.pk for une in lues])
        .order_by("competencedetaillee__competence__ordre")
        .values_list("situation", "competencedetaillee__competence__code")
    )
    for cle, code in couples:
        codes[cle][code] = None
    return tuple(SituationLue(une, tuple(codes[une.pk])) for une in lues)


def tableau_de(cohorte: Cohorte) -> Tableau:
    """Cinq requêtes : périodes, séquences, situations, leurs compétences, PFMP."""
    periodes = list(cohorte.version.periodes.order_by("ordre"))
    lues = situations_lues(cohorte.situations.exclude(pk__in=_situations_de_pfmp(cohorte)))
    par_sequence: dict[int | None, list[SituationLue]] = defaultdict(list)
    for une in lues:
        par_sequence[une.situation.sequence_id].append(une)
    sequences = cohorte.sequences.select_related("periode_debut", "periode_fin", "classe")
    cartes = [
        _carte(sequence, par_sequence[sequence.pk], periodes)
        for sequence in sequences.order_by("periode_debut__ordre", "ordre", "pk")
    ]
    pfmp = _pfmp_par_rang(cohorte, periodes)
    return Tableau(
        cohorte,
        tuple(_semestre(periode, cartes, pfmp.get(periode.ordre, [])) for periode in periodes),
        tuple(par_sequence[None]),
    )


def rangs_possibles(sequence: Sequence, periodes: Iterable[Periode]) -> list[int]:
    """Les rangs où elle peut commencer sans que sa fin sorte du cycle."""
    rangs = [une.ordre for une in periodes]
    longueur = sequence.periode_fin.ordre - sequence.periode_debut.ordre
    return [rang for rang in rangs if rang + longueur <= max(rangs, default=0)]


def _situations_de_pfmp(cohorte: Cohorte) -> QuerySet[PeriodePfmp, Any]:
    """Nées des bilans confirmés : la carte de leur PFMP les dit déjà."""
    return PeriodePfmp.objects.filter(classe__in=cohorte.classes, situation__isnull=False).values_list("situation")


def _carte(sequence: Sequence, situations: Suite[SituationLue], periodes: Suite[Periode]) -> Carte:
    rangs, debut = rangs_possibles(sequence, periodes), sequence.periode_debut.ordre
    return Carte(
        sequence,
        tuple(situations),
        avant=max((rang for rang in rangs if rang < debut), default=None),
        apres=min((rang for rang in rangs if rang > debut), default=None),
    )


def _semestre(periode: Periode, cartes: Iterable[Carte], pfmp: Iterable[PeriodePfmp]) -> Semestre:
    siennes = [une for une in cartes if une.sequence.periode_debut_id == periode.pk]
    return Semestre(
        periode,
        projets=tuple(une for une in siennes if une.sequence.est_projet),
        sequences=tuple(une for une in siennes if not une.sequence.est_projet),
        suites=tuple(
            une for une in cartes if une.sequence.periode_debut.ordre < periode.ordre <= une.sequence.periode_fin.ordre
        ),
        pfmp=tuple(pfmp),
    )


def _pfmp_par_rang(cohorte: Cohorte, periodes: Suite[Periode]) -> dict[int, list[PeriodePfmp]]:
    """Une PFMP se range d'elle-même, par sa date de début."""
    par_rang: dict[int, list[PeriodePfmp]] = defaultdict(list)
    for une in PeriodePfmp.objects.filter(classe__in=cohorte.classes).select_related("classe").order_by("debut", "pk"):
        indice = _indice(une.classe, une.debut, len(periodes), cohorte.version.duree_cycle_annees)
        if indice is not None:
            par_rang[periodes[indice].ordre].append(une)
    return par_rang


def _indice(classe: Classe, jour: date, periodes: int, annees: int) -> int | None:
    return indice_de_periode(classe.annee_scolaire, classe.annee_cycle, jour, periodes=periodes, annees=annees)
