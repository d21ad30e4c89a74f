"""Se connecter par le fournisseur d'identité de l'établissement (OpenID Connect)."""

from allauth.socialaccount.models import SocialApp
from allauth.socialaccount.providers.oauth2.views import OAuth2CallbackView, OAuth2LoginView
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from trpm.comptes.etablissement import FournisseurDIdentite
from trpm.comptes.middleware import admise_sans_second_facteur


@admise_sans_second_facteur
@login_not_required
@never_cache
@require_POST
def aller(request: HttpRequest, provider_id: str) -> HttpResponse:
    """Un envoi, jamais un lien : personne ne connecte quelqu'un d'autre à son insu."""
    try:
        return OAuth2LoginView.adapter_view(FournisseurDIdentite(request, provider_id))(request)
    except SocialApp.DoesNotExist as absent:
        raise Http404("Fournisseur inconnu.") from absent


@admise_sans_second_facteur
@login_not_required
@never_cache
@require_safe
def retour(request: HttpRequest, provider_id: str) -> HttpResponse:
    try:
        return OAuth2CallbackView.adapter_view(FournisseurDIdentite(request, provider_id))(request)
    except SocialApp.DoesNotExist as absent:
        raise Http404("Fournisseur inconnu.") from absent
