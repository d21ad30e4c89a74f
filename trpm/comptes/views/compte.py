"""« Mon compte » : mot de passe, second facteur, sessions ouvertes."""

from typing import cast

from allauth.mfa.models import Authenticator
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from centres.models import Utilisateur
from centres.queries.comptes import facteurs_de, sessions_de
from centres.services.comptes import changer_mot_de_passe
from centres.services.sessions import fermer_les_autres_sessions
from trpm.comptes.authentification import exige_second_facteur
from trpm.comptes.formulaires import FormulaireMotDePasse
from trpm.comptes.sessions import garder_cette_session


@never_cache
@require_safe
def compte(request: HttpRequest) -> HttpResponse:
    utilisateur = cast(Utilisateur, request.user)
    facteurs = list(facteurs_de(utilisateur))
    types = Authenticator.Type
    codes = next((facteur for facteur in facteurs if facteur.type == types.RECOVERY_CODES), None)
    contexte = {
        "a_mot_de_passe": utilisateur.has_usable_password(),
        "exige": exige_second_facteur(utilisateur),
        "application": next((facteur for facteur in facteurs if facteur.type == types.TOTP), None),
        "cles": [facteur for facteur in facteurs if facteur.type == types.WEBAUTHN],
        "codes_restants": len(codes.wrap().get_unused_codes()) if codes else None,
        "sessions": sessions_de(utilisateur),
        "session_en_cours": request.session.session_key,
    }
    return render(request, "comptes/compte.html", contexte)


@never_cache
@sensitive_post_parameters("ancien", "nouveau", "encore")
@require_http_methods(["GET", "HEAD", "POST"])
def mot_de_passe(request: HttpRequest) -> HttpResponse:
    """Les autres sessions de la personne se ferment ; celle-ci continue."""
    utilisateur = cast(Utilisateur, request.user)
    if not utilisateur.has_usable_password():
        raise Http404("Ce compte se connecte sans mot de passe.")
    formulaire = FormulaireMotDePasse(request.POST or None, utilisateur=utilisateur)
    if request.method == "POST" and formulaire.is_valid():
        try:
            changer_mot_de_passe(utilisateur=utilisateur, nouveau=formulaire.cleaned_data["nouveau"])
        except ValidationError as erreur:
            formulaire.add_error("nouveau", erreur)
        else:
            garder_cette_session(request)
            messages.success(request, "Mot de passe changé. Vos autres sessions sont fermées.")
            return redirect("compte")
    suspendu = any(erreur.code == "suspendu" for erreur in formulaire.errors.as_data().get("ancien", []))
    if suspendu:
        return render(request, "registration/verrouille.html", status=429)
    return render(request, "comptes/mot_de_passe.html", {"form": formulaire})


@require_POST
def fermer_sessions(request: HttpRequest) -> HttpResponse:
    fermer_les_autres_sessions(utilisateur=cast(Utilisateur, request.user))
    garder_cette_session(request)
    messages.success(request, "Vos autres sessions sont fermées.")
    return redirect("compte")
