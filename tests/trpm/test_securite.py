"""En-têtes de sécurité sur toute réponse, erreurs comprises."""

import pytest
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.test import Client
from django.urls import include, path, reverse

from tests.client_strict import ClientStrict


def echouer(request: HttpRequest) -> HttpResponse:
    raise RuntimeError("panne d'essai")


urlpatterns = [path("panne/", echouer), path("", include("trpm.urls"))]


def politique_de(reponse: HttpResponse) -> dict[str, list[str]]:
    directives = [d.split() for d in reponse.headers["Content-Security-Policy"].split(";") if d.strip()]
    return {nom: valeurs for nom, *valeurs in directives}


def verifier(reponse: HttpResponse) -> None:
    politique = politique_de(reponse)
    assert politique["default-src"] == ["'none'"]
    assert politique["script-src"] == politique["style-src"] == ["'self'"]
    assert politique["frame-ancestors"] == politique["base-uri"] == politique["object-src"] == ["'none'"]
    assert not any("unsafe" in source or source == "*" for sources in politique.values() for source in sources)
    assert reponse.headers["X-Frame-Options"] == "DENY"
    assert reponse.headers["X-Content-Type-Options"] == "nosniff"
    assert reponse.headers["Referrer-Policy"] == "same-origin"
    assert reponse.headers["Cross-Origin-Opener-Policy"] == "same-origin"


def test_une_page_ordinaire_porte_les_entetes(client, db):
    verifier(client.get(reverse("connexion")))


def test_une_page_introuvable_porte_les_entetes(client_de, enseignante):
    reponse = client_de(enseignante).get("/nulle-part/")
    assert reponse.status_code == 404
    verifier(reponse)


def test_un_envoi_refuse_porte_les_entetes(db):
    reponse = Client(enforce_csrf_checks=True).post(reverse("connexion"), {})
    assert reponse.status_code == 403
    verifier(reponse)


@pytest.mark.urls("tests.trpm.test_securite")
def test_une_panne_porte_les_entetes_et_ne_dit_rien_de_sa_cause(client_de, enseignante):
    client = client_de(enseignante)
    client.raise_request_exception = False
    reponse = client.get("/panne/")
    assert reponse.status_code == 500
    verifier(reponse)
    assert "panne d'essai" not in reponse.content.decode()


def test_une_adresse_d_hote_inconnue_est_refusee(db):
    assert Client(headers={"host": "exemple.fr"}).get(reverse("connexion")).status_code == 400


def test_le_jeton_et_la_session_ne_se_lisent_pas_en_javascript(enseignante):
    client = ClientStrict()
    client.get(reverse("connexion"))
    client.post(reverse("connexion"), {"username": "enseignante", "password": "demo-trpm"})
    for nom in (settings.SESSION_COOKIE_NAME, settings.CSRF_COOKIE_NAME):
        assert client.cookies[nom]["httponly"] is True
        assert client.cookies[nom]["samesite"] == "Lax"


@pytest.mark.parametrize("nom", ["css/trpm.css", "icones/favicon.svg"])
def test_un_fichier_statique_porte_les_entetes_et_son_vrai_type(nom, client, tmp_path, settings):
    """Servis par WhiteNoise, derrière les mêmes intergiciels que les pages."""
    fichier = tmp_path / nom
    fichier.parent.mkdir(parents=True)
    fichier.write_bytes(b"/* */" if nom.endswith("css") else b"<svg xmlns='http://www.w3.org/2000/svg'/>")
    settings.STATIC_ROOT = str(tmp_path)
    reponse = Client().get(f"/static/{nom}")
    assert reponse.status_code == 200
    verifier(reponse)
    assert reponse.headers["Content-Type"].split(";")[0] == ("text/css" if nom.endswith("css") else "image/svg+xml")
    assert "Set-Cookie" not in reponse.headers
    assert Client().get("/static/../../etc/passwd").status_code == 404
    assert b"".join(reponse.streaming_content) == fichier.read_bytes()


@pytest.mark.parametrize("forme", ["json", "xlsx"])
def test_un_fichier_emporte_porte_les_entetes_et_ne_reste_dans_aucun_cache(forme, client_de, enseignante):
    reponse = client_de(enseignante).get(reverse("mes_donnees_fichier", args=[forme]))
    verifier(reponse)
    assert reponse.headers["Content-Disposition"].startswith("attachment; filename=")
    assert {"no-store", "private"} <= set(reponse.headers["Cache-Control"].split(", "))
