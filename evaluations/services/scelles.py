"""Sceller des situations : ce qu'elles prouvent a servi, leur verrou ne se lève plus tant que le scellé tient.

Ni droit ni journal ici : l'acte qui scelle en répond, dans sa transaction et par son propre événement.
"""

from collections.abc import Collection
from datetime import datetime

from django.core.exceptions import ValidationError
from django.db.models import Q

from centres.models import Classe
from evaluations.enums import Nature
from evaluations.models import Situation
from evaluations.models.situations import SituationQuerySet

CLASSE_SCELLEE = (
    "Les situations certificatives de cette classe sont scellées : aucune ne s'y ajoute. "
    "Choisissez la nature « formative »."
)


def sceller_situations(*, classe: Classe, maintenant: datetime, autres: Collection[int] = ()) -> list[Situation]:
    """Scelle les situations certificatives de la classe ; rend celles qui ne l'étaient pas encore.

    `autres` : celles d'autres classes qui ont compté aussi, pour qui a changé de classe.
    """
    scellees = _marquer(list(_certificatives(classe, autres).filter(scellee_le=None)), maintenant)
    # Une création en cours tient la classe : elle finit d'abord, et sa situation est scellée aussi.
    list(Classe.objects.select_for_update(no_key=True).filter(pk=classe.pk).values_list("pk"))
    return scellees + _marquer(list(_certificatives(classe).filter(scellee_le=None)), maintenant)


def desceller_situations(
    *, classe: Classe, autres: Collection[int] = (), gardees: Collection[int] = ()
) -> list[Situation]:
    """Lève le scellé ; un verrou posé par le chef de centre reste, et se lève à nouveau avec une raison.

    `gardees` : celles dont un autre acte tient encore le scellé.
    """
    scellees = _certificatives(classe, autres).filter(scellee_le__isnull=False)
    return _marquer(list(scellees.exclude(pk__in=gardees)), None)


def refuser_une_certificative_de_plus(classe: Classe, nature: str) -> None:
    """Dans une classe scellée, une situation nouvelle ou formative ne devient pas une preuve après coup."""
    if nature == Nature.CERTIFICATIVE:
        scellees = list(Situation.objects.certificatives().filter(classe=classe).values_list("scellee_le", flat=True))
        # Une seule scellée peut l'être pour un apprenant parti dans une autre classe : celle-ci évalue encore.
        if scellees and None not in scellees:
            raise ValidationError({"nature": [CLASSE_SCELLEE]})


def _certificatives(classe: Classe, autres: Collection[int] = ()) -> SituationQuerySet:
    """Tenues dans l'ordre : une saisie en cours finit avant le scellé, ou l'attend."""
    return (
        Situation.objects.certificatives()
        .select_for_update()
        .filter(Q(classe=classe) | Q(pk__in=autres))
        .order_by("pk")
    )


def _marquer(situations: list[Situation], le: datetime | None) -> list[Situation]:
    Situation.objects.filter(pk__in=[situation.pk for situation in situations]).update(scellee_le=le)
    for situation in situations:
        situation.scellee_le = le
    return situations
