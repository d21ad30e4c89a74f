"""La coquille commune : barre, navigation selon les droits, connexion, pages d'erreur."""

import re
from collections.abc import Callable

import pytest
from django.test import RequestFactory, override_settings
from django.urls import reverse
from django.views.defaults import bad_request, server_error

from centres.models import Classe, Utilisateur
from tests.client_strict import ClientStrict, defauts_du_html

Connecter = Callable[[Utilisateur], ClientStrict]


def test_la_page_d_accueil_porte_la_coquille(client_de: Connecter, enseignante: Utilisateur) -> None:
    html = client_de(enseignante).get(reverse("accueil")).content.decode()
    assert 'href="#contenu"' in html
    assert 'id="contenu"' in html
    assert "Hélène Faye" in html
    assert len(re.findall(r"<h1\b", html)) == 1


def test_la_navigation_ne_montre_que_ce_qui_sert(
    client_de: Connecter, enseignante: Utilisateur, sans_affectation: Utilisateur
) -> None:
    adresse = f'href="{reverse("centres:classes")}"'
    assert adresse in client_de(enseignante).get(reverse("accueil")).content.decode()
    navigation = client_de(sans_affectation).get(reverse("accueil")).content.decode().split("<main")[0]
    assert adresse not in navigation


def test_la_page_en_cours_est_annoncee_dans_la_navigation(client_de: Connecter, enseignante: Utilisateur) -> None:
    html = client_de(enseignante).get(reverse("centres:classes")).content.decode()
    navigation = html.split('aria-label="Navigation principale"')[1].split("</nav>")[0]
    assert navigation.count("aria-current") == 1
    assert re.search(r'href="/classes/"\s+aria-current="page"', navigation)


@pytest.mark.parametrize(
    ("page", "allumee"),
    [
        ("centres:classe", "/classes/"),
        ("evaluations:situations", "/classes/"),
        ("certification:classe", "/classes/"),
    ],
)
def test_une_page_de_classe_allume_classes_sans_en_etre_la_tete(
    client_de: Connecter, enseignante: Utilisateur, classe: Classe, page: str, allumee: str
) -> None:
    assert _rubriques_allumees(client_de(enseignante), reverse(page, args=[classe.pk])) == [(allumee, "true")]


@pytest.mark.parametrize(
    ("adresse", "attendues"),
    [
        ("/organisation/classes/", [("/organisation/", "true")]),
        ("/referentiel/", [("/referentiel/", "page")]),
        ("/situations/", [("/situations/", "page")]),
        ("/mes-donnees/", []),
    ],
)
def test_chaque_page_allume_au_plus_une_rubrique(
    client_de: Connecter, chef: Utilisateur, classe: Classe, adresse: str, attendues: list[tuple[str, str]]
) -> None:
    assert _rubriques_allumees(client_de(chef), adresse) == attendues


def _rubriques_allumees(client: ClientStrict, adresse: str) -> list[tuple[str, str]]:
    html = client.get(adresse).content.decode()
    navigation = html.split('aria-label="Navigation principale"')[1].split("</nav>")[0]
    return re.findall(r'href="([^"]+)"[^>]*?aria-current="(\w+)"', navigation)


def test_une_connexion_refusee_garde_l_identifiant_et_s_annonce(client: ClientStrict, enseignante: Utilisateur) -> None:
    reponse = client.post(reverse("connexion"), {"username": "enseignante", "password": "faux"})
    html = reponse.content.decode()
    assert 'role="alert"' in html
    assert 'value="enseignante"' in html
    assert html.count('aria-invalid="true"') == 2


def test_un_seul_champ_oublie_est_seul_marque(client: ClientStrict, db: None) -> None:
    html = client.post(reverse("connexion"), {"username": "x", "password": ""}).content.decode()
    assert "Saisissez votre mot de passe." in html
    assert html.count('aria-invalid="true"') == 1


@pytest.mark.parametrize("connecte", [False, True])
def test_une_adresse_inconnue_dit_quoi_faire(
    client: ClientStrict, client_de: Connecter, enseignante: Utilisateur, connecte: bool
) -> None:
    reponse = (client_de(enseignante) if connecte else client).get("/nulle-part/")
    assert reponse.status_code == 404
    assert "Page introuvable" in reponse.content.decode()


def test_un_formulaire_sans_jeton_est_refuse_en_francais(db: None) -> None:
    reponse = ClientStrict(enforce_csrf_checks=True).post(reverse("connexion"), {"username": "x", "password": "y"})
    assert reponse.status_code == 403
    assert "Formulaire expiré" in reponse.content.decode()


@override_settings(DEBUG=False)
@pytest.mark.parametrize(("vue", "titre"), [(bad_request, "Demande incomprise"), (server_error, "Panne du serveur")])
def test_les_pages_de_panne_se_dessinent_sans_contexte(vue: Callable[..., object], titre: str) -> None:
    requete = RequestFactory().get("/")
    reponse = server_error(requete) if vue is server_error else bad_request(requete, ValueError())
    html = reponse.content.decode()
    assert titre in html
    assert defauts_du_html(html) == []
