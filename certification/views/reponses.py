"""Ce que les pages de la certification reçoivent et rendent."""

from urllib.parse import quote

from django.http import HttpRequest, HttpResponse
from django.utils.text import slugify
from django_htmx.middleware import HtmxDetails

from centres.models import Utilisateur
from certification.models import PieceArchive


class Requete(HttpRequest):
    """LoginRequiredMiddleware garantit un compte : les vues n'ont pas à douter de `request.user`."""

    user: Utilisateur
    htmx: HtmxDetails


def reponse_pdf(contenu: bytes, nom: str) -> HttpResponse:
    """Un PDF à télécharger, gardé par aucun cache ; nom en ASCII pour les vieux postes, exact pour les autres."""
    reponse = HttpResponse(contenu, content_type="application/pdf")
    ascii_seul = slugify(nom.removesuffix(".pdf")) or "document"
    reponse["Content-Disposition"] = f"attachment; filename=\"{ascii_seul}.pdf\"; filename*=UTF-8''{quote(nom)}"
    reponse["Cache-Control"] = "private, no-store"
    return reponse


def reponse_archivee(piece: PieceArchive, nom: str) -> HttpResponse:
    """Les octets mêmes de l'archive : rien n'est refait."""
    with piece.fichier.open() as fichier:
        return reponse_pdf(fichier.read(), nom)
