"""Poser et retirer son second facteur : les vues d'allauth, journalisées."""

from collections.abc import Callable
from functools import wraps
from typing import Any, cast

from allauth.account.internal.flows.reauthentication import raise_if_reauthentication_required
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.views import GenerateRecoveryCodesView
from allauth.mfa.totp.views import ActivateTOTPView, DeactivateTOTPView
from allauth.mfa.webauthn.views import AddWebAuthnView, RemoveWebAuthnView
from django.contrib import messages
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from centres.models import Utilisateur
from centres.queries.comptes import facteurs_de, resume_des_facteurs
from centres.services.comptes import noter_second_facteur
from trpm.comptes.adaptateurs import AdaptateurMFA
from trpm.comptes.formulaires import FormulaireApplication
from trpm.comptes.middleware import REPRISE, admise_sans_second_facteur
from trpm.comptes.sessions import doit_second_facteur, prouver_second_facteur

Vue = Callable[..., HttpResponseBase]
FORMULAIRES = ["GET", "HEAD", "POST"]


def _journalisee(acte: str, prouve: str = "") -> Callable[[Vue], Vue]:
    """L'acte d'allauth et son événement dans une transaction ; `prouve` : le facteur que la session présente par là."""

    def decorer(vue: Vue) -> Vue:
        @wraps(vue)
        def enveloppe(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            if request.method != "POST":
                return vue(request, *args, **kwargs)
            utilisateur = cast(Utilisateur, request.user)
            with transaction.atomic():
                avant = resume_des_facteurs(utilisateur)
                reponse = vue(request, *args, **kwargs)
                change = noter_second_facteur(utilisateur=utilisateur, acte=acte, avant=avant)
            if change and prouve:
                prouver_second_facteur(request, prouve)
            return reponse

        return enveloppe

    return decorer


@admise_sans_second_facteur
@never_cache
@require_safe
def second_facteur(request: HttpRequest) -> HttpResponse:
    """Choisir son second facteur ; la page où mène l'obligation."""
    return render(request, "comptes/second_facteur.html", {"est_exige": doit_second_facteur(request)})


@admise_sans_second_facteur
@never_cache
@require_http_methods(FORMULAIRES)
@_journalisee("second_facteur.application_ajoutee", prouve="totp")
def ajouter_application(request: HttpRequest) -> HttpResponseBase:
    vue = ActivateTOTPView.as_view(template_name="comptes/application.html", form_class=FormulaireApplication)
    return vue(request)


@never_cache
@require_http_methods(FORMULAIRES)
@_journalisee("second_facteur.application_retiree")
def retirer_application(request: HttpRequest) -> HttpResponseBase:
    contexte = {"quoi": "l'application de codes"}
    return DeactivateTOTPView.as_view(template_name="comptes/retirer.html", extra_context=contexte)(request)


@admise_sans_second_facteur
@never_cache
@require_http_methods(FORMULAIRES)
@_journalisee("second_facteur.cle_ajoutee", prouve="webauthn")
def ajouter_cle(request: HttpRequest) -> HttpResponseBase:
    return AddWebAuthnView.as_view(template_name="comptes/cle.html")(request)


@never_cache
@require_http_methods(FORMULAIRES)
@_journalisee("second_facteur.cle_retiree")
def retirer_cle(request: HttpRequest, pk: int) -> HttpResponseBase:
    cle = facteurs_de(cast(Utilisateur, request.user)).filter(pk=pk, type=Authenticator.Type.WEBAUTHN).first()
    if cle is None:
        raise Http404("Clé introuvable.")
    if not AdaptateurMFA().can_delete_authenticator(cle):
        messages.error(request, AdaptateurMFA.error_messages["cannot_delete_authenticator"])
        return redirect("compte")
    contexte = {"quoi": f"« {cle.wrap().name} »"}
    vue = RemoveWebAuthnView.as_view(
        template_name="comptes/retirer.html", success_url=reverse_lazy("compte"), extra_context=contexte
    )
    return vue(request, pk=pk)


@admise_sans_second_facteur
@never_cache
@require_safe
def codes_de_secours(request: HttpRequest) -> HttpResponse:
    """Les codes qui restent ; ils se lisent après une connexion récente, et se notent sur papier."""
    utilisateur = cast(Utilisateur, request.user)
    facteur = facteurs_de(utilisateur).filter(type=Authenticator.Type.RECOVERY_CODES).first()
    if facteur is None:
        raise Http404("Aucun code de secours.")
    raise_if_reauthentication_required(request, app="allauth.mfa")
    contexte = {"codes": facteur.wrap().get_unused_codes(), "reprise": request.session.get(REPRISE, "")}
    return render(request, "comptes/codes_de_secours.html", contexte)


@never_cache
@require_http_methods(FORMULAIRES)
@_journalisee("second_facteur.codes_refaits")
def refaire_les_codes(request: HttpRequest) -> HttpResponseBase:
    return GenerateRecoveryCodesView.as_view(template_name="comptes/refaire_codes.html")(request)
