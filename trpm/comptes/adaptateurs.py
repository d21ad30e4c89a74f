"""Ce que nous changeons au comportement d'allauth : inscription fermée, essais comptés, messages en français."""

import base64
import hashlib
import time
from typing import Any

from allauth.account import app_settings
from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.authentication import get_authentication_records
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.models import Authenticator
from cryptography.fernet import Fernet
from django.conf import settings
from django.contrib import messages
from django.contrib.auth import authenticate
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.http import url_has_allowed_host_and_scheme

from centres.models import Utilisateur
from centres.queries.comptes import facteurs_de
from centres.services.essais import cle_d_essai, oublier_essais, reserver_essai
from trpm.comptes.authentification import exige_second_facteur
from trpm.comptes.codes import CODE_REFUSE, SUSPENDU
from trpm.comptes.sessions import noter
from trpm.socle.adresse import adresse_du_client

REFUS = "Identifiant ou mot de passe incorrect. Les majuscules comptent."
MOYENS = {
    "reauthenticate": "Confirmer par votre mot de passe",
    "mfa_reauthenticate": "Confirmer par un code",
    "mfa_reauthenticate:webauthn": "Confirmer par une clé d'accès",
}


class Adaptateur(DefaultAccountAdapter):
    """Les comptes."""

    error_messages = {
        **DefaultAccountAdapter.error_messages,
        "username_password_mismatch": REFUS,
        "incorrect_password": "Ce n'est pas votre mot de passe.",
        "too_many_login_attempts": SUSPENDU,
        "rate_limited": SUSPENDU,
        "incorrect_code": CODE_REFUSE,
    }

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False

    def authenticate(self, request: HttpRequest, **credentials: Any) -> Any:
        """L'essai est compté avant le hachage, pour un compte inconnu comme pour un autre."""
        cle = cle_d_essai("mot de passe", str(credentials.get("username", "")), adresse_du_client(request))
        if not reserver_essai(cle):
            raise ValidationError(SUSPENDU, code="suspendu")
        personne = authenticate(request, **credentials)
        if personne is not None:
            oublier_essais(cle)
        return personne

    def login(self, request: HttpRequest, user: Any) -> None:
        super().login(request, user)
        noter(request, user)

    def respond_user_inactive(self, request: HttpRequest, user: Any) -> HttpResponse:
        """Un compte fermé ne se distingue pas d'un mauvais mot de passe."""
        messages.error(request, REFUS)
        return redirect("connexion")

    def is_safe_url(self, url: str | None) -> bool:
        """Une page de ce serveur, sous le nom par lequel on lui parle ; aucun autre site, même des nôtres."""
        return url_has_allowed_host_and_scheme(
            url, allowed_hosts={self.request.get_host()}, require_https=self.request.is_secure()
        )

    def is_reauthentication_required(self, *, app: str, **kwargs: Any) -> bool:
        """Qui vient de se connecter n'a pas à le refaire pour poser son second facteur."""
        preuves = get_authentication_records(self.request, self.request.user)
        recente = bool(preuves) and time.time() - preuves[-1]["at"] < app_settings.REAUTHENTICATION_TIMEOUT
        return not recente

    def get_reauthentication_methods(self, user: Any) -> list[dict[str, Any]]:
        return [{**m, "description": MOYENS[m["id"]]} for m in super().get_reauthentication_methods(user)]

    def get_client_ip(self, request: HttpRequest) -> str:
        return adresse_du_client(request) or "0.0.0.0"  # noqa: S104  # une adresse inconnue, pas une écoute

    def add_message(self, request: HttpRequest, *args: Any, **kwargs: Any) -> None:
        """Nos pages disent ce qui s'est passé ; les messages d'allauth feraient double emploi."""
        if kwargs.get("message"):
            super().add_message(request, *args, **kwargs)


class AdaptateurMFA(DefaultMFAAdapter):
    """Le second facteur : secrets chiffrés en base, et le dernier ne se retire pas à qui y est tenu."""

    error_messages = {
        **DefaultMFAAdapter.error_messages,
        "incorrect_code": CODE_REFUSE,
        "cannot_delete_authenticator": "Votre rôle demande un second facteur : ajoutez-en un autre avant celui-ci.",
    }

    def encrypt(self, text: str) -> str:
        return _coffre().encrypt(text.encode()).decode()

    def decrypt(self, encrypted_text: str) -> str:
        return _coffre().decrypt(encrypted_text.encode()).decode()

    def can_delete_authenticator(self, authenticator: Authenticator) -> bool:
        utilisateur = authenticator.user
        autres = facteurs_de(utilisateur).exclude(pk=authenticator.pk)
        if autres.exclude(type=Authenticator.Type.RECOVERY_CODES).exists():
            return True
        return not (settings.MFA_EXIGEE and exige_second_facteur(utilisateur))

    def get_totp_label(self, user: Utilisateur) -> str:
        return user.get_username()

    def generate_authenticator_name(self, user: Utilisateur, type: str) -> str:
        rang = facteurs_de(user).filter(type=type).count() + 1
        return "Clé d'accès" if rang == 1 else f"Clé d'accès {rang}"

    def get_public_key_credential_rp_entity(self) -> dict[str, str]:
        return {**super().get_public_key_credential_rp_entity(), "name": "TRPM"}


def _coffre() -> Fernet:
    """La clé du serveur protège les secrets : une copie de la base seule ne donne pas les codes."""
    empreinte = hashlib.sha256(b"trpm.second-facteur\0" + settings.SECRET_KEY.encode()).digest()
    return Fernet(base64.urlsafe_b64encode(empreinte))
