"""Le portfolio : déposer, montrer, retirer une pièce ; et la page où l'apprenant dit son niveau."""

from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from centres.models import Apprenant
from centres.permissions import peut_voir_classes
from evaluations.enums import NaturePiece
from evaluations.forms.portfolio import AutoEvaluationForm, PieceForm
from evaluations.models import PiecePortfolio
from evaluations.permissions import (
    est_soi,
    peut_deposer_une_piece,
    piece_ou_404,
    portfolio_ou_404,
    soi_ou_404,
)
from evaluations.queries.parcours import inscription_actuelle
from evaluations.queries.portfolio import cadre_de_l_auto_evaluation, pieces_de, situations_vecues
from evaluations.services.portfolio import deposer_piece, retirer_piece, s_auto_evaluer
from evaluations.views.pfmp import ECRITURE, Requete
from referentiel.models import Competence
from referentiel.queries import niveaux_de_maitrise
from trpm.socle.depots import EXTENSIONS

# Rien d'un fichier déposé ne s'exécute, même ouvert dans le navigateur.
BAC_A_SABLE = "default-src 'none'; img-src 'self'; sandbox"


@never_cache
@require_http_methods(ECRITURE)
def portfolio(request: Requete, pk: int) -> HttpResponse:
    est_un_envoi = request.method == "POST"
    apprenant = portfolio_ou_404(request.user, pk, ecrire=est_un_envoi)
    inscription = inscription_actuelle(request.user, apprenant)
    competences = inscription.classe.version.competences.order_by("ordre") if inscription else Competence.objects.none()
    formulaire = PieceForm(
        request.POST if est_un_envoi else None,
        request.FILES if est_un_envoi else None,
        situations=situations_vecues(request.user, apprenant),
        competences=competences,
    )
    if formulaire.is_valid():
        try:
            deposer_piece(utilisateur=request.user, apprenant=apprenant, donnees=formulaire.donnees())
        except ValidationError as refus:
            formulaire.reporter(refus)
        else:
            messages.success(request, "Pièce déposée.")
            return redirect("evaluations:portfolio", pk)
    contexte = {**_cadre(request, apprenant), "inscription": inscription, "formulaire": formulaire}
    return render(request, "evaluations/portfolio.html", contexte, status=422 if est_un_envoi else 200)


def _cadre(request: Requete, apprenant: Apprenant) -> dict[str, Any]:
    peut_deposer = peut_deposer_une_piece(request.user, apprenant)
    soi = est_soi(request.user, apprenant)
    return {
        "apprenant": apprenant,
        "onglet": "portfolio",
        # L'équipe retire ce qu'elle veut ; l'apprenant, ce qu'il a déposé.
        "pieces": [
            (une, peut_deposer and (not soi or une.deposee_par_id == request.user.pk))
            for une in pieces_de(request.user, apprenant)
        ],
        "peut_deposer": peut_deposer,
        "avec_liens": peut_voir_classes(request.user),
        "est_soi": soi,
    }


@never_cache
@require_safe
def piece(request: Requete, pk: int) -> HttpResponse:
    return _reponse(piece_ou_404(request.user, pk))


@require_POST
def piece_retirer(request: Requete, pk: int) -> HttpResponse:
    lue = piece_ou_404(request.user, pk, ecrire=True)
    try:
        retirer_piece(utilisateur=request.user, piece=lue)
    except ValidationError as refus:
        messages.error(request, " ".join(refus.messages))
    else:
        messages.success(request, "Pièce retirée, son fichier effacé.")
    return redirect("evaluations:portfolio", lue.apprenant_id)


def _reponse(lue: PiecePortfolio) -> HttpResponse:
    """Une image refaite par nous s'affiche ; tout le reste se télécharge. Le nom ne vient que de nous."""
    try:
        with lue.fichier.open() as fichier:
            contenu = fichier.read()
    except FileNotFoundError as absence:
        raise Http404("Fichier introuvable.") from absence
    reponse = HttpResponse(contenu, content_type=lue.type_mime)
    extension = next((une for une in EXTENSIONS if str(lue.fichier).endswith(une)), "")
    usage = "inline" if lue.nature == NaturePiece.PHOTO else "attachment"
    reponse["Content-Disposition"] = f'{usage}; filename="piece-{lue.pk}{extension}"'
    reponse["Content-Security-Policy"] = BAC_A_SABLE
    reponse["X-Content-Type-Options"] = "nosniff"
    reponse["Cross-Origin-Resource-Policy"] = "same-origin"
    return reponse


@never_cache
@require_http_methods(ECRITURE)
def auto_evaluation(request: Requete, pk: int) -> HttpResponse:
    """L'apprenant seul ; l'équipe lit le résultat dans le livret."""
    apprenant = soi_ou_404(request.user, pk)
    cadre = cadre_de_l_auto_evaluation(request.user, apprenant, timezone.localdate(), _rang(request))
    est_un_envoi = request.method == "POST" and cadre is not None
    formulaire = AutoEvaluationForm(request.POST if est_un_envoi else None, cadre=cadre) if cadre else None
    if est_un_envoi and cadre and formulaire and formulaire.is_valid():
        nombre = s_auto_evaluer(
            utilisateur=request.user,
            inscription=cadre.inscription,
            periode=cadre.periode,
            niveaux=formulaire.niveaux(),
        )
        messages.success(request, "C'est enregistré." if nombre else "Rien n'a changé.")
        return redirect(f"{reverse('evaluations:auto_evaluation', args=[pk])}?periode={cadre.periode.ordre}")
    contexte = {
        "apprenant": apprenant,
        "cadre": cadre,
        "inscription": cadre.inscription if cadre else None,
        "formulaire": formulaire,
        "onglet": "auto",
        "avec_liens": peut_voir_classes(request.user),
        "est_soi": True,
        "libelles_niveaux": niveaux_de_maitrise(cadre.inscription.classe.version_id) if cadre else None,
    }
    return render(request, "evaluations/auto_evaluation.html", contexte, status=422 if est_un_envoi else 200)


def _rang(request: Requete) -> int | None:
    demande = request.GET.get("periode", "")
    return int(demande) if demande.isdecimal() and len(demande) < 3 else None
