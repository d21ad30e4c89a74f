"""Le portfolio d'un apprenant et ce qu'il dit de lui-même, lus pour leurs pages."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from django.db.models import Prefetch, QuerySet, prefetch_related_objects

from centres.models import Apprenant, Inscription
from centres.permissions import Personne
from evaluations.models import AutoEvaluation, PiecePortfolio, Positionnement, Situation
from evaluations.queries.livret import periode_du_jour
from evaluations.queries.parcours import inscription_actuelle
from referentiel.models import Competence, Periode


@dataclass(frozen=True)
class CadreAuto:
    """De quoi se situer : les compétences du diplôme, une période déjà commencée, ce que l'on en a déjà dit."""

    inscription: Inscription
    # Celles du cycle jusqu'à aujourd'hui.
    periodes: tuple[Periode, ...]
    periode: Periode
    competences: tuple[Competence, ...]
    dites: Mapping[int, AutoEvaluation]


def pieces_de(utilisateur: Personne, apprenant: Apprenant) -> QuerySet[PiecePortfolio]:
    """La plus récente d'abord (trois requêtes).

    Confié à deux centres, l'apprenant montre ses pièces aux deux ; la situation d'un autre centre n'y est pas nommée.
    """
    lues = PiecePortfolio.objects.visibles_par(utilisateur).filter(apprenant=apprenant)
    situations = Prefetch("situation", queryset=situations_vecues(utilisateur, apprenant))
    return lues.select_related("deposee_par", "apprenant").prefetch_related("competences", situations)


def situations_vecues(utilisateur: Personne, apprenant: Apprenant) -> QuerySet[Situation]:
    """Celles où l'apprenant a été positionné : les seules auxquelles rattacher une pièce."""
    siens = Positionnement.objects.visibles_par(utilisateur).filter(inscription__apprenant=apprenant)
    return Situation.objects.filter(pk__in=siens.values("situation")).order_by("-debut", "code")


def cadre_de_l_auto_evaluation(
    utilisateur: Personne, apprenant: Apprenant, jour: date, rang: int | None
) -> CadreAuto | None:
    """`rang` d'une période à venir ou inconnue : celle d'aujourd'hui. Vide : rien à évaluer encore."""
    inscription = inscription_actuelle(utilisateur, apprenant)
    if inscription is None:
        return None
    classe = inscription.classe
    prefetch_related_objects([classe], "version__periodes", "version__competences")
    toutes = sorted(classe.version.periodes.all(), key=lambda une: une.ordre)
    courante = periode_du_jour(classe, toutes, jour)
    if courante is None:
        return None
    periodes = tuple(une for une in toutes if une.ordre <= courante.ordre)
    periode = next((une for une in periodes if une.ordre == rang), courante)
    dites = AutoEvaluation.objects.visibles_par(utilisateur).filter(
        inscription__apprenant=apprenant, periode=periode, competence__isnull=False
    )
    return CadreAuto(
        inscription=inscription,
        periodes=periodes,
        periode=periode,
        competences=tuple(sorted(classe.version.competences.all(), key=lambda une: une.ordre)),
        dites={une.competence_id: une for une in dites if une.competence_id is not None},
    )
