"""Connexion et accueil."""

from django.contrib.auth.decorators import login_not_required
from django.contrib.auth.views import LoginView
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import render
from django.views.decorators.http import require_safe

from trpm.accueil import accueil_de
from trpm.contexte import MOT_DE_PASSE_DEMO, comptes_demo


@login_not_required
def connexion(request: HttpRequest) -> HttpResponseBase:
    """La page de Django, et les comptes d'essai quand le serveur est en démonstration."""
    comptes = comptes_demo()
    contexte = {"comptes_demo": comptes, "mot_de_passe_demo": MOT_DE_PASSE_DEMO if comptes else ""}
    return LoginView.as_view(redirect_authenticated_user=True, extra_context=contexte)(request)


@require_safe
def accueil(request: HttpRequest) -> HttpResponseBase:
    return render(request, "accueil.html", {"accueil": accueil_de(request.user)})
