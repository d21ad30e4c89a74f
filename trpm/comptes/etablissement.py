"""L'identité que donne l'établissement ouvre un compte qui existe déjà ; elle n'en crée pas et ne donne aucun droit."""

from typing import Any

from allauth.core.exceptions import ImmediateHttpResponse
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from allauth.socialaccount.internal import jwtkit
from allauth.socialaccount.models import SocialApp, SocialLogin
from allauth.socialaccount.providers.oauth2.client import OAuth2Error
from allauth.socialaccount.providers.openid_connect.views import OpenIDConnectOAuth2Adapter
from django.http import HttpRequest
from django.shortcuts import render

from centres.models import Utilisateur
from centres.services.comptes import rattacher_identite


class FournisseurDIdentite(OpenIDConnectOAuth2Adapter):
    """Vérifie toujours la signature du jeton d'identité, même reçu directement du fournisseur."""

    def _decode_id_token(self, app: SocialApp, id_token: str) -> dict[str, Any]:
        contenu: dict[str, Any] = jwtkit.verify_and_decode(
            credential=id_token,
            keys_url=self.openid_config["jwks_uri"],
            issuer=self.openid_config["issuer"],
            audience=app.client_id,
            lookup_kid=jwtkit.lookup_kid_jwk,
        )
        return contenu

    def complete_login(self, request: HttpRequest, app: SocialApp, token: Any, **kwargs: Any) -> SocialLogin:
        """Le jeton signé fait foi ; l'identité ne garde que son numéro, le compte a déjà le reste."""
        reponse = kwargs["response"]
        if not reponse.get("id_token"):
            raise OAuth2Error("Le fournisseur n'a pas donné de jeton d'identité.")
        contenu = self._decode_id_token(app, reponse["id_token"])
        if not contenu.get("email"):
            complement = self._fetch_user_info(token.token)
            if complement.get("sub") != contenu["sub"]:
                raise OAuth2Error("Le complément d'identité concerne une autre personne.")
            contenu = {**complement, **contenu}
        login: SocialLogin = self.get_provider().sociallogin_from_response(request, {"id_token": contenu})
        login.account.extra_data = {"sub": contenu["sub"]}
        return login


class AdaptateurEtablissement(DefaultSocialAccountAdapter):
    """Qui entre par là."""

    def is_open_for_signup(self, request: HttpRequest, sociallogin: SocialLogin) -> bool:
        return False

    def pre_social_login(self, request: HttpRequest, sociallogin: SocialLogin) -> None:
        """Déjà rattachée, l'identité suffit ; sinon il lui faut l'adresse vérifiée d'un compte ouvert, et d'un seul."""
        if sociallogin.is_existing:
            if not sociallogin.user.is_active:
                raise ImmediateHttpResponse(_refuser(request))
            return
        adresses = [adresse.email for adresse in sociallogin.email_addresses if adresse.verified is True]
        comptes = list(Utilisateur.objects.filter(email__iexact=adresses[0], is_active=True)[:2]) if adresses else []
        if len(comptes) != 1:
            raise ImmediateHttpResponse(_refuser(request))
        sociallogin.account = rattacher_identite(utilisateur=comptes[0], identite=sociallogin.account)
        sociallogin.user = sociallogin.account.user

    def on_authentication_error(self, request: HttpRequest, provider: Any, *args: Any, **kwargs: Any) -> None:
        raise ImmediateHttpResponse(_refuser(request))


def _refuser(request: HttpRequest) -> Any:
    """La même page, que le compte manque, soit fermé ou que le fournisseur ait échoué."""
    return render(request, "comptes/etablissement_refus.html", status=403)
