"""Ce qui attend la personne connectée : chaque ligne est un acte (composition des applications)."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from django.db.models import QuerySet

from centres.models import Apprenant, Classe
from centres.permissions import EVALUER, PREPARER, Personne, roles_de
from evaluations.models import Situation
from evaluations.queries.situations import avancements_de
from referentiel.models import Epreuve

LIGNES_MAX = 8
# Deux à trois situations certificatives par épreuve (règlement d'examen).
SITUATIONS_MINIMUM = 2
SITUATIONS_MAXIMUM = 3


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
    """Les grilles à compléter, la plus récente d'abord, et combien d'autres attendent."""

    grilles: tuple[GrilleACompleter, ...]
    autres: int


@dataclass(frozen=True)
class AvancementEpreuve:
    """Situations certificatives prévues pour une épreuve, et ce que leurs grilles contiennent déjà."""

    epreuve: Epreuve
    situations: int
    remplies: int
    cases: int

    @property
    def manque(self) -> int:
        return max(0, SITUATIONS_MINIMUM - self.situations)

    @property
    def exces(self) -> int:
        return max(0, self.situations - SITUATIONS_MAXIMUM)

    @property
    def pourcentage(self) -> int:
        return 100 * self.remplies // self.cases if self.cases else 0


@dataclass(frozen=True)
class ClasseDeSession:
    """Une classe de dernière année et ses épreuves."""

    classe: Classe
    epreuves: tuple[AvancementEpreuve, ...]
    peut_preparer: bool


@dataclass(frozen=True)
class Accueil:
    a_faire: AFaire | None
    classes: tuple[ClasseDeSession, ...]
    apprenant: Apprenant | None
    est_administrateur: bool
    a_un_role: bool


def accueil_de(utilisateur: Personne) -> Accueil:
    """Tout ce que montre l'accueil, en un nombre de requêtes qui ne dépend ni des classes ni des situations."""
    roles = roles_de(utilisateur)
    classes = _classes_en_cours(utilisateur)
    situations = list(_situations(classes))
    avancements = avancements_de(classes) if situations else {}
    evalue_dans = roles.centres_ou(EVALUER)
    return Accueil(
        a_faire=_a_faire(situations, avancements, evalue_dans) if evalue_dans else None,
        classes=_classes_de_session(classes, situations, avancements, roles.centres_ou(PREPARER)),
        apprenant=Apprenant.objects.filter(utilisateur=utilisateur.pk).first(),
        est_administrateur=roles.est_administrateur,
        a_un_role=bool(roles.tenues),
    )


def _classes_en_cours(utilisateur: Personne) -> list[Classe]:
    """Les classes visibles de la rentrée la plus récente de chaque centre : l'été ne vide pas l'accueil."""
    visibles = list(Classe.objects.visibles_par(utilisateur).select_related("centre", "session", "version"))
    rentrees: dict[int, int] = {}
    for classe in visibles:
        rentrees[classe.centre_id] = max(classe.annee_scolaire, rentrees.get(classe.centre_id, 0))
    return [classe for classe in visibles if classe.annee_scolaire == rentrees[classe.centre_id]]


def _situations(classes: Iterable[Classe]) -> QuerySet[Situation]:
    return (
        Situation.objects.filter(classe__in=[classe.pk for classe in classes])
        .select_related("classe__centre")
        .prefetch_related("epreuves")
        .order_by("-debut", "code", "pk")
    )


def _a_faire(
    situations: Iterable[Situation], avancements: dict[int, tuple[int, int]], centres: frozenset[int]
) -> AFaire:
    grilles = [
        GrilleACompleter(situation, *avancements[situation.pk])
        for situation in situations
        if not situation.est_verrouillee and situation.classe.centre_id in centres
    ]
    incompletes = [grille for grille in grilles if grille.vides > 0]
    return AFaire(tuple(incompletes[:LIGNES_MAX]), max(0, len(incompletes) - LIGNES_MAX))


def _classes_de_session(
    classes: Iterable[Classe],
    situations: Iterable[Situation],
    avancements: dict[int, tuple[int, int]],
    prepare_dans: frozenset[int],
) -> tuple[ClasseDeSession, ...]:
    dernieres = [classe for classe in classes if classe.est_derniere_annee]
    epreuves = list(Epreuve.objects.filter(version__in={classe.version_id for classe in dernieres}, a_ccf=True))
    comptes: Counter[tuple[int, int, str]] = Counter()
    for situation in situations:
        if not situation.est_certificative:
            continue
        remplies, cases = avancements[situation.pk]
        for epreuve in situation.epreuves.all():
            cle = (situation.classe_id, epreuve.pk)
            comptes.update({(*cle, "situations"): 1, (*cle, "remplies"): remplies, (*cle, "cases"): cases})
    return tuple(
        ClasseDeSession(
            classe,
            tuple(
                AvancementEpreuve(
                    epreuve,
                    *(comptes[classe.pk, epreuve.pk, mesure] for mesure in ("situations", "remplies", "cases")),
                )
                for epreuve in epreuves
                if epreuve.version_id == classe.version_id
            ),
            classe.centre_id in prepare_dans,
        )
        for classe in dernieres
    )
