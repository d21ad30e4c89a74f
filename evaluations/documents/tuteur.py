"""La fiche de papier du tuteur : la jumelle de l'écran, mêmes numéros, et le code QR qui y mène."""

from typing import Any

import segno
from django.template.loader import render_to_string
from django.utils import timezone

from evaluations.models import LienTuteur, Placement
from evaluations.queries.tuteur import AUTONOMIES, REPONSES, fiche_de
from trpm.socle.pdf import pdf

FEUILLE = "pdf_tuteur.css"


def qr(adresse: str) -> str:
    """Une image `data:` ; la correction M supporte une photocopie ou une tache d'huile."""
    return segno.make(adresse, error="m", micro=False).svg_data_uri(border=2, scale=4, dark="#000", light="#fff")


def contexte_fiche(placement: Placement, lien: LienTuteur, adresse: str) -> dict[str, Any]:
    fiche = fiche_de(placement)
    return {
        "titre": f"Fiche du tuteur – {placement.inscription.apprenant}",
        "placement": placement,
        "fiche": fiche,
        "centre": placement.periode.classe.centre,
        "reponses": list(REPONSES.values()),
        "autonomies": list(AUTONOMIES.values()),
        "expire_le": lien.expire_le,
        "qr": qr(adresse),
        "edite_le": timezone.localtime(),
    }


def html_fiche(contexte: dict[str, Any]) -> str:
    return render_to_string("evaluations/tuteur_fiche_pdf.html", contexte)


def pdf_fiche(placement: Placement, lien: LienTuteur, adresse: str) -> bytes:
    contexte = contexte_fiche(placement, lien, adresse)
    return pdf(html_fiche(contexte), titre=contexte["titre"], feuille=FEUILLE, commune=None, variante=None)
