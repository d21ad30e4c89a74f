"""L'adresse du poste qui se connecte, pour ne gêner que lui après trop d'essais."""

from ipaddress import ip_address

from django.conf import settings
from django.http import HttpRequest


def adresse_du_client(request: HttpRequest) -> str | None:
    """Derrière un mandataire, celle qu'il a lui-même ajoutée en dernier : les précédentes viennent du client."""
    texte = request.META.get("REMOTE_ADDR", "")
    if settings.DERRIERE_MANDATAIRE:
        texte = request.headers.get("X-Forwarded-For", "").rpartition(",")[2].strip()
    try:
        return str(ip_address(texte))
    except ValueError:
        return None
