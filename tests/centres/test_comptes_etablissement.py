"""Se connecter par l'établissement : un compte qui existe, une adresse vérifiée, un jeton signé, aucun droit."""

from collections.abc import Iterator
from http.client import HTTPConnection
from urllib.parse import urlsplit

import pytest
from allauth.socialaccount.models import SocialAccount
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse
from joserfc.jwk import RSAKey

from centres.models import Affectation, Evenement, Utilisateur
from tests.centres.fournisseur_oidc import CLIENT, SECRET, Fournisseur

ALLER = reverse("openid_connect_login", args=["etablissement"])
ADRESSE = "helene.faye@ac-lyon.example"


@pytest.fixture
def fournisseur(settings, monkeypatch) -> Iterator[Fournisseur]:
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    fournisseur = Fournisseur()
    fournisseur.identite = {"sub": "4217", "email": ADRESSE, "email_verified": True}
    application = {
        "provider_id": "etablissement",
        "name": "l'académie",
        "client_id": CLIENT,
        "secret": SECRET,
        "settings": {"server_url": fournisseur.adresse},
    }
    settings.SOCIALACCOUNT_PROVIDERS = {"openid_connect": {"APPS": [application], "OAUTH_PKCE_ENABLED": True}}
    settings.OIDC_NOM = "l'académie"
    yield fournisseur
    fournisseur.arreter()


@pytest.fixture
def invitee(enseignante) -> Utilisateur:
    enseignante.email = ADRESSE
    enseignante.save()
    return enseignante


@pytest.fixture
def client() -> Client:
    """Pas le client strict : le protocole veut que le retour, une lecture, ouvre la session."""
    return Client()


def passer_par(client: Client, suite: str = "") -> HttpResponse:
    """Le trajet du navigateur : notre formulaire, le fournisseur, retour chez nous."""
    chez_lui = urlsplit(client.post(ALLER, {"next": suite}).headers["Location"])
    lien = HTTPConnection(chez_lui.netloc)
    lien.request("GET", f"{chez_lui.path}?{chez_lui.query}")
    retour = urlsplit(lien.getresponse().headers["Location"])
    lien.close()
    return client.get(f"{retour.path}?{retour.query}")


def est_connecte(client: Client) -> bool:
    return "_auth_user_id" in client.session


def test_la_page_de_connexion_propose_l_etablissement_seulement_s_il_est_configure(client, db, settings):
    assert "académie" not in client.get(reverse("connexion")).content.decode()
    settings.OIDC_NOM = "l'académie"
    assert "Se connecter par l'académie" in client.get(reverse("connexion")).content.decode().replace("&#x27;", "'")


def test_une_personne_invitee_entre_et_revient_a_sa_page(client, fournisseur, invitee):
    assert passer_par(client, "/classes/").headers["Location"] == "/classes/"
    assert client.session["_auth_user_id"] == str(invitee.pk)
    rattachee = SocialAccount.objects.get()
    assert (rattachee.user, rattachee.uid, rattachee.extra_data) == (invitee, "4217", {"sub": "4217"})
    assert Evenement.objects.get(acte="identite.rattachee").auteur == invitee


def test_une_fois_rattachee_l_identite_suffit_meme_si_l_adresse_change(fournisseur, invitee):
    passer_par(Client())
    fournisseur.identite = {"sub": "4217", "email": "autre@ac-lyon.example", "email_verified": False}
    client = Client()
    passer_par(client)
    assert client.session["_auth_user_id"] == str(invitee.pk)


@pytest.mark.parametrize(
    "identite",
    [
        {"sub": "9", "email": "inconnue@ac-lyon.example", "email_verified": True},
        {"sub": "9", "email": ADRESSE, "email_verified": False},
        {"sub": "9", "email": ADRESSE},
        {"sub": "9", "email": ADRESSE, "email_verified": "true"},
    ],
)
def test_sans_compte_ou_sans_adresse_verifiee_rien_ne_s_ouvre_ni_ne_se_cree(client, fournisseur, invitee, identite):
    fournisseur.identite = identite
    personnes = Utilisateur.objects.count()
    assert passer_par(client).status_code == 403
    assert not est_connecte(client)
    assert (Utilisateur.objects.count(), SocialAccount.objects.count()) == (personnes, 0)


def test_un_compte_ferme_n_entre_pas_meme_rattache(client, fournisseur, invitee):
    passer_par(Client())
    invitee.is_active = False
    invitee.save()
    assert passer_par(client).status_code == 403
    assert not est_connecte(client)


def test_deux_comptes_a_la_meme_adresse_n_entrent_ni_l_un_ni_l_autre(client, fournisseur, invitee, collegue):
    collegue.email = ADRESSE.upper()
    collegue.save()
    assert passer_par(client).status_code == 403


def test_elle_ne_donne_aucun_role(client, fournisseur, invitee):
    avant = list(Affectation.objects.values())
    fournisseur.identite |= {"roles": ["chef"], "groups": ["administrateur"], "is_staff": True}
    passer_par(client)
    assert list(Affectation.objects.values()) == avant


def test_le_second_facteur_reste_du_a_qui_y_est_tenu(client, fournisseur, chef):
    chef.email = ADRESSE
    chef.save()
    passer_par(client)
    assert client.get(reverse("accueil")).headers["Location"] == reverse("second_facteur")


def _mauvaise_signature(fournisseur: Fournisseur) -> None:
    fournisseur.signe_avec = RSAKey.generate_key(2048, {"kid": "bonne"})


def _autre_destinataire(fournisseur: Fournisseur) -> None:
    fournisseur.audience = "une-autre-application"


def _jeton_expire(fournisseur: Fournisseur) -> None:
    fournisseur.expire_dans = -60


@pytest.mark.parametrize("mensonge", [_mauvaise_signature, _autre_destinataire, _jeton_expire])
def test_un_jeton_douteux_est_refuse(client, fournisseur, invitee, mensonge):
    mensonge(fournisseur)
    assert passer_par(client).status_code == 403
    assert not est_connecte(client)


def test_un_complement_d_identite_d_une_autre_personne_est_refuse(client, fournisseur, invitee):
    fournisseur.identite = {"sub": "4217"}
    fournisseur.complement = {"sub": "une-autre", "email": ADRESSE, "email_verified": True}
    assert passer_par(client).status_code == 403


def test_l_adresse_peut_venir_du_complement_d_identite(client, fournisseur, invitee):
    fournisseur.identite = {"sub": "4217"}
    fournisseur.complement = {"sub": "4217", "email": ADRESSE, "email_verified": True}
    assert passer_par(client).status_code == 302
    assert est_connecte(client)


def test_un_retour_que_personne_n_a_demande_est_refuse(client, fournisseur, invitee):
    retour = reverse("openid_connect_callback", args=["etablissement"])
    assert client.get(retour, {"code": "x", "state": "invente"}).status_code == 403
    assert client.get(retour).status_code == 403


def test_on_n_y_va_que_par_un_envoi_et_jamais_vers_un_autre_site_ensuite(client, fournisseur, invitee):
    assert client.get(ALLER).status_code == 405
    assert passer_par(client, "https://exemple.fr/").headers["Location"] == reverse("accueil")


def test_sans_fournisseur_les_adresses_n_existent_pas(client, db):
    assert client.post(ALLER).status_code == 404
    assert client.get(reverse("openid_connect_callback", args=["etablissement"])).status_code == 404
