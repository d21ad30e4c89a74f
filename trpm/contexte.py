"""Ce que toute page sait : le mode du serveur et le cadre de travail de la personne."""

from django.conf import settings
from django.http import HttpRequest


def interface(request: HttpRequest) -> dict[str, object]:
    """La barre du haut et la navigation lisent ces variables : elles existent toujours, même vides."""
    return {
        "est_demo": settings.EST_DEMO,
        "centre_actif": None,
        "session_active": None,
        # Une page d'erreur peut se dessiner avant que la personne ne soit connue.
        "peut_voir_classes": hasattr(request, "user") and request.user.is_authenticated,
        "comptes_demo": (),
    }
