"""Les avis de l'inspection : ceux d'une situation, ceux qui attendent une équipe."""

from collections.abc import Collection
from dataclasses import dataclass

from django.db.models import QuerySet

from certification.enums import Avis
from certification.models import AvisInspection
from evaluations.models import Situation


@dataclass(frozen=True)
class AvisDeSituation:
    """Le dernier compte ; les autres restent lisibles."""

    dernier: AvisInspection | None
    anterieurs: tuple[AvisInspection, ...]


def avis_de(situation: Situation) -> AvisDeSituation:
    lus = list(AvisInspection.objects.filter(situation=situation).select_related("inspecteur").order_by("-pk"))
    return AvisDeSituation(lus[0] if lus else None, tuple(lus[1:]))


def avis_a_revoir(classes: Collection[int]) -> QuerySet[AvisInspection]:
    """Les situations de ces classes que l'inspection dit à revoir, tant qu'un autre avis ne l'a pas remplacé."""
    derniers = AvisInspection.objects.filter(situation__classe__in=classes).derniers()
    return derniers.filter(avis=Avis.A_REVOIR).select_related("situation__classe").order_by("-pk")


def situations_sans_avis(classes: Collection[int]) -> int:
    """Combien de situations certificatives de ces classes attendent encore l'inspection."""
    avec = AvisInspection.objects.filter(situation__classe__in=classes).values("situation")
    return Situation.objects.certificatives().filter(classe__in=classes, scellee_le=None).exclude(pk__in=avec).count()
