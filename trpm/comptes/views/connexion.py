"""Se connecter : mot de passe, second facteur, clé d'accès."""

from allauth.account.models import Login
from allauth.account.utils import get_next_redirect_url
from allauth.account.views import LoginView, ReauthenticateView
from allauth.mfa.base.views import AuthenticateView
from allauth.mfa.base.views import ReauthenticateView as ConfirmerCodeView
from allauth.mfa.webauthn.forms import LoginWebAuthnForm
from allauth.mfa.webauthn.internal import flows
from allauth.mfa.webauthn.views import LoginWebAuthnView, ReauthenticateWebAuthnView
from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.contrib.auth.views import LogoutView
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from trpm.comptes.middleware import admise_sans_second_facteur
from trpm.contexte import MOT_DE_PASSE_DEMO, comptes_demo


class ConnexionParCle(LoginWebAuthnView):
    """Celle d'allauth, qui oublie la page demandée."""

    def form_valid(self, form: LoginWebAuthnForm) -> HttpResponse:
        cle = form.cleaned_data["credential"]
        login = Login(user=cle.user, redirect_url=get_next_redirect_url(self.request))
        return flows.perform_passwordless_login(self.request, cle, login)


@admise_sans_second_facteur
@login_not_required
@require_http_methods(["GET", "HEAD", "POST"])
def connexion(request: HttpRequest) -> HttpResponseBase:
    """La page d'allauth à notre dessin, et les comptes d'essai quand le serveur est en démonstration."""
    comptes = comptes_demo()
    contexte = {
        "comptes_demo": comptes,
        "mot_de_passe_demo": MOT_DE_PASSE_DEMO if comptes else "",
        "facteur_exige": settings.MFA_EXIGEE,
        "etablissement": settings.OIDC_NOM,
    }
    reponse = LoginView.as_view(template_name="registration/login.html", extra_context=contexte)(request)
    return _suspendue(request, reponse) or reponse


@admise_sans_second_facteur
@login_not_required
@require_http_methods(["GET", "HEAD", "POST"])
def code(request: HttpRequest) -> HttpResponseBase:
    """Après le mot de passe : la personne n'est pas encore connectée."""
    reponse = AuthenticateView.as_view(template_name="comptes/code.html")(request)
    return _suspendue(request, reponse) or reponse


@admise_sans_second_facteur
@login_not_required
@require_http_methods(["GET", "HEAD", "POST"])
def cle(request: HttpRequest) -> HttpResponseBase:
    """Les options d'une clé d'accès (JSON), puis la connexion par cette clé seule."""
    return ConnexionParCle.as_view()(request)


# Sans session non plus : revenir d'une session expirée par une adresse qui n'admet que l'envoi finirait en erreur.
deconnexion = admise_sans_second_facteur(login_not_required(LogoutView.as_view()))


@admise_sans_second_facteur
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def confirmer(request: HttpRequest) -> HttpResponseBase:
    """Avant un acte sensible, quand la connexion n'est plus toute récente."""
    reponse = ReauthenticateView.as_view(template_name="comptes/confirmer.html")(request)
    return _suspendue(request, reponse) or reponse


@admise_sans_second_facteur
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def confirmer_code(request: HttpRequest) -> HttpResponseBase:
    reponse = ConfirmerCodeView.as_view(template_name="comptes/confirmer.html")(request)
    return _suspendue(request, reponse) or reponse


@admise_sans_second_facteur
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def confirmer_cle(request: HttpRequest) -> HttpResponseBase:
    return ReauthenticateWebAuthnView.as_view(template_name="comptes/confirmer_cle.html")(request)


def _suspendue(request: HttpRequest, reponse: HttpResponseBase) -> HttpResponseBase | None:
    """La même page, quel que soit le compte essayé, existant ou non."""
    formulaire = (getattr(reponse, "context_data", None) or {}).get("form")
    if formulaire is None or not formulaire.is_bound:
        return None
    codes = {erreur.code for erreurs in formulaire.errors.as_data().values() for erreur in erreurs}
    return render(request, "registration/verrouille.html", status=429) if "suspendu" in codes else None
