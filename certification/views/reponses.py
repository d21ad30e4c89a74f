"""Ce que les pages de la certification reçoivent et rendent."""

from urllib.parse import quote

from django.http import HttpRequest, HttpResponse
from django.utils.text import slugify
from django_htmx.middleware import HtmxDetails

from centres.models import Utilisateur
from certification.models import PieceArchive

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
ZIP = "application/zip"
PDF = "application/pdf"
JSON = "application/json"


class Requete(HttpRequest):
    """LoginRequiredMiddleware garantit un compte : les vues n'ont pas à douter de `request.user`."""

    user: Utilisateur
    htmx: HtmxDetails


def reponse_fichier(contenu: bytes, type_mime: str, nom: str) -> HttpResponse:
    """Un fichier à télécharger, gardé par aucun cache ; nom en ASCII pour les vieux postes, exact pour les autres."""
    reponse = HttpResponse(contenu, content_type=type_mime)
    racine, _, extension = nom.rpartition(".")
    ascii_seul = f"{slugify(racine) or 'document'}.{extension}"
    reponse["Content-Disposition"] = f"attachment; filename=\"{ascii_seul}\"; filename*=UTF-8''{quote(nom)}"
    reponse["Cache-Control"] = "private, no-store"
    return reponse


def reponse_pdf(contenu: bytes, nom: str) -> HttpResponse:
    return reponse_fichier(contenu, PDF, nom)


def reponse_archivee(piece: PieceArchive, nom: str) -> HttpResponse:
    """Les octets mêmes de l'archive : rien n'est refait."""
    with piece.fichier.open() as fichier:
        return reponse_pdf(fichier.read(), nom)
