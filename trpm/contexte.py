"""Ce que toute page sait : le mode du serveur."""

from django.conf import settings
from django.http import HttpRequest


def interface(request: HttpRequest) -> dict[str, object]:
    return {"est_demo": settings.EST_DEMO}
