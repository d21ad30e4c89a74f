"""L'avis de l'inspection, sur la page d'une situation : l'équipe le lit où elle peut y répondre."""

from typing import Any

from django import template

from certification.permissions import peut_donner_un_avis
from certification.queries.avis import avis_de
from evaluations.models import Situation

register = template.Library()


@register.inclusion_tag("certification/_avis_de_situation.html", takes_context=True)
def avis_de_la_situation(context: dict[str, Any], situation: Situation) -> dict[str, Any]:
    """Rien pour une situation formative : elle ne certifie pas."""
    if not situation.est_certificative:
        return {"est_certificative": False}
    return {
        "est_certificative": True,
        "situation": situation,
        "avis": avis_de(situation),
        "peut_donner_un_avis": not situation.est_scellee
        and peut_donner_un_avis(context["request"].user, situation.classe),
    }
