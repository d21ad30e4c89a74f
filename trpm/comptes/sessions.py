"""La session en cours : ce qu'elle a prouvé, et comment elle survit quand on ferme les autres."""

from typing import cast

from allauth.account.authentication import get_authentication_records
from allauth.account.internal.flows.login import record_authentication
from django.conf import settings
from django.contrib.auth import update_session_auth_hash
from django.http import HttpRequest

from centres.models import Utilisateur
from centres.services.sessions import noter_session


def a_prouve_second_facteur(request: HttpRequest) -> bool:
    """Lu dans la session : code ou clé d'accès présenté à la connexion, ou second facteur posé depuis."""
    return any(preuve.get("method") == "mfa" for preuve in get_authentication_records(request, request.user))


def doit_second_facteur(request: HttpRequest) -> bool:
    """Un rôle l'exige et cette session ne l'a pas présenté."""
    if not settings.MFA_EXIGEE or not request.user.is_authenticated:
        return False
    return bool(getattr(request.user, "doit_second_facteur", True)) and not a_prouve_second_facteur(request)


def prouver_second_facteur(request: HttpRequest, type_de_facteur: str) -> None:
    """La personne vient d'en poser un devant nous : cette session l'a donc présenté."""
    record_authentication(request, cast(Utilisateur, request.user), "mfa", type=type_de_facteur)


def garder_cette_session(request: HttpRequest) -> None:
    """Après avoir fermé toutes les sessions de la personne : celle-ci continue, sous une nouvelle clé."""
    utilisateur = cast(Utilisateur, request.user)
    update_session_auth_hash(request, utilisateur)
    noter(request, utilisateur)


def noter(request: HttpRequest, utilisateur: Utilisateur) -> None:
    """Inscrit la session parmi celles que la personne verra ouvertes."""
    if not request.session.session_key:
        request.session.save()
    agent = request.headers.get("User-Agent", "")
    noter_session(utilisateur=utilisateur, cle=request.session.session_key or "", agent=agent)
