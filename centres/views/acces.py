"""L'accès d'une personne dont on répond : l'inviter, retirer une invitation, lui rendre son second facteur."""

from typing import cast

from django.conf import settings
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from centres.models import Invitation, Utilisateur
from centres.permissions import compte_ouvrable_ou_404
from centres.queries.comptes import acces_de
from centres.services.comptes import est_deja_a_un_collegue, inviter, reinitialiser_second_facteur, revoquer_invitation
from centres.services.courriels import envoyer_invitation, lien_complet


@never_cache
@require_safe
def acces(request: HttpRequest, pk: int) -> HttpResponse:
    return _page(request, compte_ouvrable_ou_404(request.user, pk))


@never_cache
@require_POST
def acces_inviter(request: HttpRequest, pk: int) -> HttpResponse:
    """Le lien part par courriel ; il ne s'affiche, une seule fois, que faute d'adresse ou de serveur d'envoi."""
    personne = compte_ouvrable_ou_404(request.user, pk)
    part = bool(personne.email) and (settings.COURRIEL_CONFIGURE or settings.EST_LOCAL)
    motif = request.POST.get("motif", "")
    try:
        lien = inviter(auteur=_auteur(request), utilisateur=personne, motif=motif, en_main_propre=not part)
    except ValidationError as erreur:
        return _page(request, personne, refus_invitation=erreur)
    page = request.build_absolute_uri(reverse("invitation"))
    if not part:
        return _page(request, personne, lien=lien_complet(lien, page))
    envoyer_invitation(personne, lien, page)
    ou = "" if settings.COURRIEL_CONFIGURE else " (en démonstration : un fichier du dossier var/courriels)"
    messages.success(request, f"Invitation envoyée à {personne.email}{ou}.")
    return redirect("centres:acces", pk)


@require_POST
def acces_revoquer(request: HttpRequest, pk: int, invitation: int) -> HttpResponse:
    personne = compte_ouvrable_ou_404(request.user, pk)
    try:
        ligne = get_object_or_404(Invitation, pk=invitation, utilisateur=personne)
        revoquer_invitation(auteur=_auteur(request), invitation=ligne)
    except ValidationError as erreur:
        messages.error(request, " ".join(erreur.messages))
    else:
        messages.success(request, "Invitation révoquée : son lien n'ouvre plus rien.")
    return redirect("centres:acces", pk)


@never_cache
@require_POST
def acces_second_facteur(request: HttpRequest, pk: int) -> HttpResponse:
    personne = compte_ouvrable_ou_404(request.user, pk)
    try:
        reinitialiser_second_facteur(auteur=_auteur(request), utilisateur=personne, motif=request.POST.get("motif", ""))
    except ValidationError as erreur:
        return _page(request, personne, refus_facteur=erreur)
    messages.success(request, "Second facteur retiré, sessions fermées.")
    return redirect("centres:acces", pk)


def _auteur(request: HttpRequest) -> Utilisateur:
    return cast(Utilisateur, request.user)


def _page(
    request: HttpRequest,
    personne: Utilisateur,
    lien: str = "",
    refus_invitation: ValidationError | None = None,
    refus_facteur: ValidationError | None = None,
) -> HttpResponse:
    contexte = {
        "personne": personne,
        "acces": acces_de(personne),
        "lien": lien,
        "remise_possible": not est_deja_a_un_collegue(personne),
        "refus_invitation": refus_invitation.messages if refus_invitation else [],
        "refus_facteur": refus_facteur.messages if refus_facteur else [],
        "motif": request.POST.get("motif", ""),
    }
    return render(request, "centres/acces.html", contexte, status=422 if refus_invitation or refus_facteur else 200)
