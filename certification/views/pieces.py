"""Les pièces jointes à un dossier : les voir, en joindre une, la télécharger, la retirer."""

from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from centres.permissions import peut_preparer
from centres.services.consultations import noter_consultation
from certification.forms.pieces import PieceForm
from certification.models import Candidat
from certification.permissions import (
    candidat_ou_404,
    peut_joindre,
    piece_dossier_a_retirer_ou_404,
    piece_dossier_ou_404,
)
from certification.queries.candidats import synthese_du_candidat
from certification.queries.conformite import conformites
from certification.queries.pieces import est_figee, pieces_du_dossier
from certification.services.pieces import joindre_piece, retirer_piece
from certification.views.reponses import Requete, reponse_fichier

EXTENSIONS = {"application/pdf": "pdf", "image/jpeg": "jpg", "image/png": "png"}


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def pieces(request: Requete, pk: int, epreuve_code: str) -> HttpResponse:
    """Les quatre parties du dossier, et ce qui y est joint."""
    candidat = candidat_ou_404(request.user, pk)
    epreuve = candidat.classe.version.epreuves.filter(code=epreuve_code).first()
    if epreuve is None or (request.method == "POST" and not peut_joindre(request.user, candidat)):
        raise Http404("Dossier introuvable.")
    if request.method != "POST":
        return _page(request, candidat, epreuve_code, PieceForm())
    formulaire = PieceForm(request.POST, request.FILES)
    if formulaire.is_valid():
        try:
            joindre_piece(utilisateur=request.user, candidat=candidat, epreuve=epreuve, donnees=formulaire.saisie())
        except ValidationError as refus:
            formulaire.reporter(refus)
        else:
            messages.success(request, "Pièce jointe au dossier.")
            return redirect("certification:pieces", pk, epreuve_code)
    return _page(request, candidat, epreuve_code, formulaire)


def _page(request: Requete, candidat: Candidat, code: str, formulaire: PieceForm) -> HttpResponse:
    lu = synthese_du_candidat(candidat)
    contexte: dict[str, Any] = {
        "candidat": candidat,
        "classe": candidat.classe,
        "vue": lu.epreuves[code],
        "conformite": conformites(candidat.classe, [lu])[candidat.pk, code],
        "pieces": pieces_du_dossier(candidat, lu.epreuves[code].epreuve),
        "formulaire": formulaire,
        "est_figee": est_figee(candidat),
        "peut_joindre": peut_joindre(request.user, candidat),
        "peut_preparer": peut_preparer(request.user, candidat.classe),
    }
    return render(request, "certification/pieces.html", contexte, status=422 if formulaire.is_bound else 200)


@require_safe
def piece(request: Requete, pk: int) -> HttpResponse:
    jointe, candidat = piece_dossier_ou_404(request.user, pk)
    noter_consultation(utilisateur=request.user, objet=candidat, page=f"pièce du dossier {jointe.epreuve.code}")
    with jointe.fichier.open() as fichier:
        return reponse_fichier(fichier.read(), jointe.type_mime, f"{jointe.titre}.{EXTENSIONS[jointe.type_mime]}")


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def piece_retirer(request: Requete, pk: int) -> HttpResponse:
    jointe, candidat = piece_dossier_a_retirer_ou_404(request.user, pk)
    if request.method == "POST":
        try:
            retirer_piece(utilisateur=request.user, piece=jointe)
        except ValidationError as refus:
            messages.error(request, " ".join(refus.messages))
        else:
            messages.success(request, "Pièce retirée du dossier.")
        return redirect("certification:pieces", candidat.pk, jointe.epreuve.code)
    contexte = {"piece": jointe, "candidat": candidat, "classe": candidat.classe}
    return render(request, "certification/piece_retirer.html", contexte)
