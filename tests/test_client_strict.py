"""Le client strict refuse bien ce qu'il annonce refuser : chaque garde-fou est essayé sur une faute."""

import pytest
from django.contrib.auth import get_user_model
from django.contrib.sessions.models import Session
from django.http import HttpRequest, HttpResponse
from django.template import engines
from django.test import override_settings
from django.urls import path

from tests.client_strict import ClientStrict, defauts_du_html, sans_variable_indefinie


def _page(source: str) -> HttpResponse:
    return HttpResponse(engines["django"].from_string(source).render({"present": "oui"}))


def indefinie(requete: HttpRequest) -> HttpResponse:
    return _page('<html lang="fr"><p>{{ absente }}</p></html>')


def prevue(requete: HttpRequest) -> HttpResponse:
    return _page('<html lang="fr">{% if absente %}x{% endif %}{{ absente|default:"–" }}{{ present }}</html>')


def ecrit(requete: HttpRequest) -> HttpResponse:
    get_user_model().objects.filter(pk=-1).update(is_active=False)
    return HttpResponse("fait", content_type="text/plain")


def session(requete: HttpRequest) -> HttpResponse:
    requete.session["vu"] = True
    return HttpResponse('<html lang="fr"></html>')


urlpatterns = [
    path("indefinie/", indefinie),
    path("prevue/", prevue),
    path("ecrit/", ecrit),
    path("session/", session),
]
for _entree in urlpatterns:
    _entree.callback.login_required = False

adresses = pytest.mark.urls(__name__)


@adresses
@pytest.mark.django_db
def test_une_variable_indefinie_affichee_est_refusee() -> None:
    with pytest.raises(AssertionError, match="variable indéfinie : absente"):
        ClientStrict().get("/indefinie/")


@adresses
@pytest.mark.django_db
def test_une_variable_absente_dans_un_if_ou_avec_default_est_admise() -> None:
    assert ClientStrict().get("/prevue/").content.decode() == '<html lang="fr">–oui</html>'


@adresses
@pytest.mark.django_db
def test_une_ecriture_est_refusee_en_lecture_et_admise_en_envoi() -> None:
    with pytest.raises(AssertionError, match="écriture pendant une lecture : UPDATE"):
        ClientStrict().get("/ecrit/")
    assert ClientStrict().post("/ecrit/").status_code == 200


@adresses
@pytest.mark.django_db
def test_la_session_peut_s_ecrire_en_lecture() -> None:
    ClientStrict().get("/session/")
    assert Session.objects.count() == 1


@adresses
@pytest.mark.django_db
def test_une_page_sans_politique_de_contenu_est_refusee() -> None:
    ouverte = {"DIRECTIVES": {"default-src": ["'self'", "'unsafe-inline'"]}}
    with (
        override_settings(CONTENT_SECURITY_POLICY=ouverte),
        pytest.raises(AssertionError, match="politique de sécurité"),
    ):
        ClientStrict().get("/prevue/")


@pytest.mark.parametrize(
    ("html", "defaut"),
    [
        ('<p style="color:red">', "attribut style sur <p>"),
        ('<button onclick="x()">', "attribut onclick sur <button>"),
        ('<div hx-on:click="x()">', "attribut hx-on:click sur <div>"),
        ("<style>p{}</style>", "balise <style>"),
        ("<script>x()</script>", "<script> sans src"),
        ('<a href=" javascript:x()">', "adresse javascript: dans href de <a>"),
        ('<i id="a"></i><i id="a"></i>', "id « a » en double"),
        ("<html></html>", "<html> sans lang"),
        ("<p>{% if x %}</p>", "reste de gabarit"),
    ],
)
def test_le_html_fautif_est_refuse(html: str, defaut: str) -> None:
    assert len(defauts_du_html(html)) == 1
    assert defaut in defauts_du_html(html)[0]


def test_le_html_sain_est_admis() -> None:
    sain = (
        '<html lang="fr"><script src="/a.js"></script><script type="application/json">{"a": {"b": 1}}</script></html>'
    )
    assert defauts_du_html(sain) == []


def test_un_html_hors_page_est_surveille_aussi() -> None:
    with pytest.raises(AssertionError, match="absente"), sans_variable_indefinie():
        _page("{{ absente }}")
