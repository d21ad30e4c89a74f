"""Ce qui attend la personne connectée : chaque ligne est un acte (composition des applications)."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from django.db.models import F
from django.utils import timezone

from centres.enums import Modalite
from centres.models import Apprenant, Classe
from centres.permissions import EVALUER, PREPARER, Personne, roles_de
from evaluations.models import BilanPeriode, Situation
from evaluations.queries.bilans import bilans_formalises_de
from evaluations.queries.pfmp import bilans_a_confirmer
from evaluations.queries.situations import avancements_de
from referentiel.models import Epreuve
from referentiel.reglement import SituationsAttendues, situations_attendues
from trpm.alertes import Alerte, Manque, alertes_de, bilans_de_pfmp, commissions_a_tenir

# (classe, épreuve) → situations certificatives, cases remplies, cases.
Mesures = dict[tuple[int, int], tuple[int, int, int]]
LIGNES_MAX = 8


@dataclass(frozen=True)
class GrilleACompleter:
    situation: Situation
    remplies: int
    cases: int

    @property
    def vides(self) -> int:
        return self.cases - self.remplies


@dataclass(frozen=True)
class AFaire:
    """Les grilles à compléter, la plus récente d'abord, et les autres comptées."""

    grilles: tuple[GrilleACompleter, ...]
    autres: int


@dataclass(frozen=True)
class AvancementEpreuve:
    """Situations certificatives prévues pour une épreuve, et ce que leurs grilles contiennent déjà."""

    epreuve: Epreuve
    attendues: SituationsAttendues
    situations: int
    remplies: int
    cases: int

    @property
    def manque(self) -> int:
        return max(0, self.attendues.minimum - self.situations)

    @property
    def exces(self) -> int:
        return max(0, self.situations - self.attendues.maximum)


@dataclass(frozen=True)
class ClasseDeSession:
    """Une classe de dernière année et ses épreuves."""

    classe: Classe
    epreuves: tuple[AvancementEpreuve, ...]
    peut_preparer: bool


@dataclass(frozen=True)
class Accueil:
    alertes: tuple[Alerte, ...]
    a_faire: AFaire | None
    classes: tuple[ClasseDeSession, ...]
    apprenant: Apprenant | None
    bilans: tuple[BilanPeriode, ...]
    est_administrateur: bool
    a_un_role: bool


def accueil_de(utilisateur: Personne) -> Accueil:
    """Tout ce que montre l'accueil, en un nombre de requêtes qui ne dépend ni des classes ni des situations."""
    roles = roles_de(utilisateur)
    classes = _classes_en_cours(utilisateur)
    lignes = list(_situations_par_epreuve(classes))
    avancements = avancements_de(classes) if lignes else {}
    evalue_dans = roles.centres_ou(EVALUER)
    situations = {situation.pk: situation for situation, _ in lignes}.values()
    mesures = _mesurer(lignes, avancements)
    de_session = _classes_de_session(classes, mesures, roles.centres_ou(PREPARER))
    a_confirmer = sum(vars(classe)["bilans_pfmp"] for classe in classes if classe.centre_id in evalue_dans)
    apprenant = Apprenant.objects.filter(utilisateur=utilisateur.pk).first()
    return Accueil(
        alertes=(
            *commissions_a_tenir(utilisateur),
            *bilans_de_pfmp(a_confirmer),
            *alertes_de(roles, classes, timezone.localdate(), _manques(de_session)),
        ),
        a_faire=_a_faire(situations, avancements, evalue_dans) if evalue_dans else None,
        classes=de_session,
        apprenant=apprenant,
        bilans=tuple(bilans_formalises_de(apprenant)) if apprenant else (),
        est_administrateur=roles.est_administrateur,
        a_un_role=bool(roles.tenues),
    )


def _manques(classes: Iterable[ClasseDeSession]) -> list[Manque]:
    """Les situations certificatives qu'il reste à prévoir, épreuve par épreuve."""
    return [
        Manque(une.classe, avancement.epreuve.code, avancement.manque, avancement.attendues.minimum)
        for une in classes
        if une.peut_preparer
        for avancement in une.epreuves
        if avancement.manque
    ]


def _classes_en_cours(utilisateur: Personne) -> list[Classe]:
    """Les classes visibles de la rentrée la plus récente de chaque centre : l'été ne vide pas l'accueil."""
    lues = Classe.objects.visibles_par(utilisateur).annotate(bilans_pfmp=bilans_a_confirmer())
    visibles = list(lues.select_related("centre", "session", "version").prefetch_related("version__periodes"))
    rentrees: dict[int, int] = {}
    for classe in visibles:
        rentrees[classe.centre_id] = max(classe.annee_scolaire, rentrees.get(classe.centre_id, 0))
    return [classe for classe in visibles if classe.annee_scolaire == rentrees[classe.centre_id]]


def _situations_par_epreuve(classes: Iterable[Classe]) -> Iterator[tuple[Situation, int | None]]:
    """Chaque situation autant de fois qu'elle sert d'épreuves, la plus récente d'abord (une requête)."""
    lues = (
        Situation.objects.filter(classe__in=[classe.pk for classe in classes])
        .select_related("classe")
        .annotate(epreuve_servie=F("epreuves"))
        .order_by("-debut", "code", "pk")
    )
    for situation in lues:
        yield situation, vars(situation)["epreuve_servie"]


def _a_faire(
    situations: Iterable[Situation],
    avancements: dict[int, tuple[int, int]],
    centres: frozenset[int],
) -> AFaire:
    grilles = [
        GrilleACompleter(situation, *avancements[situation.pk])
        for situation in situations
        if not situation.est_verrouillee and situation.classe.centre_id in centres
    ]
    incompletes = [grille for grille in grilles if grille.vides > 0]
    return AFaire(tuple(incompletes[:LIGNES_MAX]), max(0, len(incompletes) - LIGNES_MAX))


def _mesurer(lignes: Iterable[tuple[Situation, int | None]], avancements: dict[int, tuple[int, int]]) -> Mesures:
    """Par classe et par épreuve : situations certificatives, cases remplies, cases."""
    mesures: Mesures = {}
    for situation, epreuve in lignes:
        if situation.est_certificative and epreuve is not None:
            situations, remplies, cases = mesures.get((situation.classe_id, epreuve), (0, 0, 0))
            faites, prevues = avancements[situation.pk]
            mesures[situation.classe_id, epreuve] = (situations + 1, remplies + faites, cases + prevues)
    return mesures


def _classes_de_session(
    classes: Iterable[Classe], mesures: Mesures, prepare_dans: frozenset[int]
) -> tuple[ClasseDeSession, ...]:
    """En ponctuel, rien n'est à prévoir : la classe s'affiche sans épreuve de CCF."""
    dernieres = [classe for classe in classes if classe.est_derniere_annee]
    epreuves: dict[int, list[Epreuve]] = defaultdict(list)
    for epreuve in Epreuve.objects.filter(version__in={classe.version_id for classe in dernieres}, a_ccf=True):
        epreuves[epreuve.version_id].append(epreuve)
    return tuple(
        ClasseDeSession(
            classe,
            _avancements(classe, epreuves[classe.version_id], mesures),
            classe.centre_id in prepare_dans,
        )
        for classe in dernieres
    )


def _avancements(classe: Classe, epreuves: Iterable[Epreuve], mesures: Mesures) -> tuple[AvancementEpreuve, ...]:
    if classe.centre.modalite != Modalite.CCF:
        return ()
    attendues = situations_attendues(classe.version.regles_ccf)
    return tuple(
        AvancementEpreuve(epreuve, attendues, *mesures.get((classe.pk, epreuve.pk), (0, 0, 0))) for epreuve in epreuves
    )
