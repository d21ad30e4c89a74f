"""Un petit fournisseur d'identité OpenID Connect, bien réel, sur 127.0.0.1 : jetons signés, PKCE et secret vérifiés."""

import base64
import hashlib
import json
import secrets
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

from joserfc import jwt
from joserfc.jwk import RSAKey

CLIENT, SECRET = "trpm", "secret-du-fournisseur"


class Fournisseur:
    """`identite` est la personne qui se connecte ; les autres attributs le font mentir."""

    def __init__(self) -> None:
        self.identite: dict[str, Any] = {}
        self.complement: dict[str, Any] = {}
        self.cle = RSAKey.generate_key(2048, {"kid": "bonne"})
        self.signe_avec = self.cle
        self.audience = CLIENT
        self.expire_dans = 300
        self.demandes: dict[str, dict[str, str]] = {}
        self.serveur = ThreadingHTTPServer(("127.0.0.1", 0), _gestionnaire(self))
        self.adresse = f"http://127.0.0.1:{self.serveur.server_port}"
        threading.Thread(target=self.serveur.serve_forever, daemon=True).start()

    def arreter(self) -> None:
        self.serveur.shutdown()
        self.serveur.server_close()

    def configuration(self) -> dict[str, Any]:
        return {
            "issuer": self.adresse,
            "authorization_endpoint": f"{self.adresse}/autoriser",
            "token_endpoint": f"{self.adresse}/jeton",
            "jwks_uri": f"{self.adresse}/cles",
            "userinfo_endpoint": f"{self.adresse}/identite",
            "token_endpoint_auth_methods_supported": ["client_secret_post"],
        }

    def autoriser(self, demande: dict[str, str]) -> str:
        """L'adresse de retour, avec un code : la personne s'est identifiée chez le fournisseur."""
        code = secrets.token_urlsafe(16)
        self.demandes[code] = demande
        return f"{demande['redirect_uri']}?{urlencode({'code': code, 'state': demande['state']})}"

    def echanger(self, envoi: dict[str, str]) -> dict[str, Any] | None:
        demande = self.demandes.pop(envoi.get("code", ""), None)
        defi = base64.urlsafe_b64encode(hashlib.sha256(envoi.get("code_verifier", "").encode()).digest())
        bon_client = (envoi.get("client_id"), envoi.get("client_secret")) == (CLIENT, SECRET)
        if demande is None or not bon_client or defi.decode().rstrip("=") != demande["code_challenge"]:
            return None
        maintenant = int(time.time())
        contenu = {
            "iss": self.adresse,
            "aud": self.audience,
            "iat": maintenant,
            "exp": maintenant + self.expire_dans,
            **self.identite,
        }
        jeton = jwt.encode({"alg": "RS256", "kid": "bonne"}, contenu, self.signe_avec)
        return {"access_token": secrets.token_urlsafe(16), "token_type": "Bearer", "id_token": jeton}


def _gestionnaire(fournisseur: Fournisseur) -> type[BaseHTTPRequestHandler]:
    class Gestionnaire(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            adresse = urlsplit(self.path)
            if adresse.path == "/autoriser":
                demande = {nom: valeurs[0] for nom, valeurs in parse_qs(adresse.query).items()}
                self.send_response(302)
                self.send_header("Location", fournisseur.autoriser(demande))
                self.end_headers()
                return
            pages = {
                "/.well-known/openid-configuration": fournisseur.configuration(),
                "/cles": {"keys": [{**fournisseur.cle.as_dict(private=False), "alg": "RS256", "use": "sig"}]},
                "/identite": fournisseur.complement or fournisseur.identite,
            }
            self._repondre(pages[adresse.path])

        def do_POST(self) -> None:
            envoi = parse_qs(self.rfile.read(int(self.headers["Content-Length"])).decode())
            reponse = fournisseur.echanger({nom: valeurs[0] for nom, valeurs in envoi.items()})
            self._repondre(reponse or {"error": "invalid_grant"}, 200 if reponse else 400)

        def _repondre(self, contenu: dict[str, Any], code: int = 200) -> None:
            corps = json.dumps(contenu).encode()
            self.send_response(code)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(corps)))
            self.end_headers()
            self.wfile.write(corps)

        def log_message(self, *args: Any) -> None:
            """Silence."""

    return Gestionnaire
