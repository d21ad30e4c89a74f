"""Une adresse de retour ne fait jamais quitter le site, de quelque façon qu'elle soit écrite."""

import ast
import re
from html import unescape
from urllib.parse import urljoin, urlsplit

import pytest
from django.contrib.auth.hashers import make_password
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse

from centres.models import Utilisateur
from tests.architecture.sources import PYTHON, arbre, nom
from tests.client_strict import ClientStrict

SITE = "http://testserver"
AILLEURS = [
    "https://ailleurs.example/",
    "http://ailleurs.example",
    "//ailleurs.example/",
    "///ailleurs.example/",
    "/\\ailleurs.example",
    "\\\\ailleurs.example",
    "\\/ailleurs.example",
    "https:ailleurs.example",
    "https:/ailleurs.example",
    "https:///ailleurs.example",
    "http:\\\\ailleurs.example",
    "%2F%2Failleurs.example",
    "/%2F/ailleurs.example/..//",
    "/%09/ailleurs.example",
    "/\t/ailleurs.example",
    "\t//ailleurs.example",
    " //ailleurs.example",
    "/\r\n/ailleurs.example",
    "/compte/\r\nLocation: https://ailleurs.example",
    "https://testserver@ailleurs.example/",
    "https://testserver.ailleurs.example/",
    "https://ailleurs.example#@testserver/",
    "javascript:alert(1)",
    "JaVaScRiPt:alert(1)",
    "data:text/html,<script>alert(1)</script>",
    "ftp://testserver/",
    "//testserver:81/",
    "//[::1/",
    "\x00//ailleurs.example",
    "．．//ailleurs.example",
]
# Les noms sous lesquels une adresse de retour se glisse d'ordinaire.
PARAMETRES = ["next", "retour", "url", "redirect", "redirect_to", "suite"]
PAGES = [
    "connexion",
    "mfa_authenticate",
    "mfa_login_webauthn",
    "account_reauthenticate",
    "mfa_reauthenticate",
    "mfa_reauthenticate_webauthn",
    "mfa_activate_totp",
    "mfa_add_webauthn",
    "second_facteur",
    "invitation",
    "mot_de_passe_oublie",
    "mot_de_passe",
    "accueil",
]
ENVOIS = ["deconnexion", "fermer_sessions", "connexion", "account_reauthenticate", "mot_de_passe_oublie"]


def destination(reponse: HttpResponse, depuis: str) -> str:
    """Où irait un navigateur : il lit « \\\\ » comme « / » et laisse tomber tabulations et retours."""
    suite = reponse.headers.get("Location", "")
    lue = suite.replace("\\", "/").translate({ord(signe): None for signe in "\t\r\n"}).strip()
    arrivee = urlsplit(urljoin(f"{SITE}{depuis}", lue))
    return f"{arrivee.scheme}://{arrivee.netloc}"


@pytest.fixture
def attaques() -> list[dict[str, str]]:
    return [dict.fromkeys(PARAMETRES, ailleurs) for ailleurs in AILLEURS]


@pytest.mark.parametrize("vue", PAGES)
def test_aucune_page_ne_mene_ailleurs_quand_on_l_ouvre(vue, enseignante, attaques):
    adresse = reverse(vue)
    # allauth rend la suite demandée dans un champ caché, et ne la juge qu'à l'envoi : le client strict s'en alarmerait.
    anonyme, connectee = Client(), Client()
    connectee.force_login(enseignante)
    for attaque in attaques:
        for navigateur in (anonyme, connectee):
            reponse = navigateur.get(adresse, attaque)
            assert reponse.status_code < 500
            assert destination(reponse, adresse) == SITE, attaque


@pytest.mark.parametrize("vue", ENVOIS)
def test_aucun_envoi_ne_mene_ailleurs(vue, client_de, enseignante):
    adresse = reverse(vue)
    Utilisateur.objects.filter(pk=enseignante.pk).update(password=make_password("demo-trpm"))
    for ailleurs in AILLEURS:
        for dans_l_adresse in (True, False):
            navigateur = ClientStrict() if vue == "connexion" else client_de(enseignante)
            corps = {"username": "enseignante", "password": "demo-trpm", "email": "x@exemple.fr"}
            corps |= {} if dans_l_adresse else dict.fromkeys(PARAMETRES, ailleurs)
            question = dict.fromkeys(PARAMETRES, ailleurs) if dans_l_adresse else {}
            reponse = navigateur.post(adresse, corps, query_params=question)
            assert reponse.status_code < 500
            assert destination(reponse, adresse) == SITE, ailleurs
            if vue == "connexion":
                assert "_auth_user_id" in navigateur.session


@pytest.mark.parametrize("vue", ["connexion", "mot_de_passe_oublie", "invitation"])
def test_aucun_lien_de_la_page_ne_porte_une_adresse_etrangere(vue, db):
    for ailleurs in AILLEURS:
        texte = Client().get(reverse(vue), dict.fromkeys(PARAMETRES, ailleurs)).content.decode()
        for lien in re.findall(r'(?:href|action|formaction|src)="([^"]*)"', texte):
            assert urlsplit(urljoin(SITE, unescape(lien).replace("\\", "/"))).netloc == "testserver", ailleurs


def test_la_page_d_ou_l_on_vient_ne_decide_d_aucune_redirection(client_de, enseignante):
    for ailleurs in AILLEURS:
        entetes = {"referer": ailleurs.translate({ord(signe): None for signe in "\r\n\x00"})}
        connectee, partante = client_de(enseignante), reverse("deconnexion")
        assert destination(connectee.get("/classes", headers=entetes), "/classes") == SITE
        assert destination(connectee.post(partante, headers=entetes), partante) == SITE


@pytest.mark.parametrize("adresse", ["//ailleurs.example", "//ailleurs.example/classes", "/\\ailleurs.example/classes"])
def test_une_barre_oubliee_ne_mene_pas_a_un_autre_site(adresse, client_de, enseignante):
    """Ajouter la barre finale d'une adresse qui commence par « // » ferait une adresse d'un autre site."""
    navigateur = client_de(enseignante)
    reponse = navigateur.generic("GET", "/", PATH_INFO=adresse)
    assert destination(reponse, "/") == SITE


def test_une_session_finie_ramene_a_la_page_demandee_et_a_elle_seule(client, enseignante):
    """L'aller-retour par la connexion garde l'adresse, paramètres compris, sans jamais un nom de site."""
    refus = client.get("/classes/", {"q": "//ailleurs.example"})
    suite = urlsplit(refus.headers["Location"])
    assert (suite.netloc, suite.path) == ("", reverse("connexion"))
    corps = {"username": "enseignante", "password": "demo-trpm"}
    arrivee = client.post(refus.headers["Location"], corps)
    assert arrivee.headers["Location"] == "/classes/?q=%2F%2Failleurs.example"


def test_aucune_vue_ne_redirige_vers_ce_que_dit_la_requete() -> None:
    """`redirect(request.GET[…])` et les semblables : une adresse de retour se calcule, ou passe par l'adaptateur."""
    fautes = []
    for fichier in PYTHON:
        for noeud in ast.walk(arbre(fichier)):
            if isinstance(noeud, ast.Call) and ast.unparse(noeud.func).endswith(("redirect", "ResponseRedirect")):
                dits = " ".join(ast.unparse(argument) for argument in noeud.args)
                if any(source in dits for source in (".GET", ".POST", ".META", ".headers", ".COOKIES")):
                    fautes.append(f"{nom(fichier)}:{noeud.lineno}")
    assert fautes == []
