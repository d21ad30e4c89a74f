"""Les sessions d'une personne : ouvertes sous ses yeux, fermées quand son mot de passe ou ses rôles changent."""

from datetime import date

import pytest
from django.urls import reverse

from centres.enums import Role
from centres.models import Evenement, SessionOuverte
from centres.services import affecter
from centres.services.personnes import ouvrir_ou_fermer_compte, terminer_affectation
from tests.client_strict import ClientStrict

COMPTE = reverse("compte")
MOT_DE_PASSE = reverse("mot_de_passe")
BON = "Fraisage#2734"
FIREFOX = "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:140.0) Gecko/20100101 Firefox/140.0"


def connecter(identifiant: str, agent: str = FIREFOX) -> ClientStrict:
    client = ClientStrict(headers={"user-agent": agent})
    assert client.post(reverse("connexion"), {"username": identifiant, "password": "demo-trpm"}).status_code == 302
    return client


def est_connecte(client: ClientStrict) -> bool:
    return client.get(reverse("accueil")).status_code == 200


def changer(client: ClientStrict, ancien: str = "demo-trpm", nouveau: str = BON, encore: str = BON):
    return client.post(MOT_DE_PASSE, {"ancien": ancien, "nouveau": nouveau, "encore": encore})


def test_changer_son_mot_de_passe_ferme_les_autres_sessions_et_garde_celle_ci(enseignante):
    ici, ailleurs = connecter("enseignante"), connecter("enseignante")
    assert changer(ici).headers["Location"] == COMPTE
    assert est_connecte(ici)
    assert not est_connecte(ailleurs)
    assert SessionOuverte.objects.get().cle == ici.session.session_key
    assert [e.acte for e in Evenement.objects.filter(objet=f"centres.utilisateur:{enseignante.pk}")] == [
        "mot_de_passe.change"
    ]


@pytest.mark.parametrize(
    ("ancien", "nouveau", "encore", "dit"),
    [
        ("faux", BON, BON, "pas votre mot de passe actuel"),
        ("demo-trpm", "court", "court", "trop facile"),
        ("demo-trpm", BON, "Autre#273456", "Deux saisies"),
        ("demo-trpm", "Helene.Faye#27", "Helene.Faye#27", "reprend surtout"),
    ],
)
def test_un_mauvais_changement_dit_pourquoi_et_ne_change_rien(enseignante, ancien, nouveau, encore, dit):
    client = connecter("enseignante")
    assert dit in changer(client, ancien, nouveau, encore).content.decode()
    enseignante.refresh_from_db()
    assert enseignante.check_password("demo-trpm")


def test_les_essais_de_l_ancien_mot_de_passe_se_comptent(enseignante):
    client = connecter("enseignante")
    for _ in range(8):
        assert changer(client, "faux").status_code == 200
    assert changer(client, "demo-trpm").status_code == 429


def test_donner_un_role_ferme_toutes_les_sessions_de_la_personne(chef, enseignante, collegue, centre_a):
    client, autre = connecter("enseignante"), connecter("collegue")
    affecter(auteur=chef, utilisateur=enseignante, role=Role.REFERENT, centre=centre_a, debut=date(2026, 9, 1))
    assert not est_connecte(client)
    assert est_connecte(autre)
    assert not SessionOuverte.objects.filter(utilisateur=enseignante).exists()


def test_finir_un_role_ferme_les_sessions(chef, enseignante):
    client = connecter("enseignante")
    terminer_affectation(auteur=chef, affectation=enseignante.affectations.get(), fin=date(2026, 12, 31))
    assert not est_connecte(client)


def test_un_compte_ferme_puis_rouvert_ne_rend_pas_les_anciennes_sessions(chef, enseignante):
    client = connecter("enseignante")
    for actif in (False, True):
        ouvrir_ou_fermer_compte(auteur=chef, personne=enseignante, actif=actif)
        assert not est_connecte(client)


def test_mon_compte_liste_mes_sessions_et_ferme_les_autres(enseignante, collegue):
    ici, ailleurs = connecter("enseignante"), connecter("enseignante", agent="curl/8")
    connecter("collegue")
    page = ici.get(COMPTE).content.decode()
    assert page.count("Firefox sur Windows") == 1
    assert page.count("cette session") == 1
    assert "Navigateur" in page
    assert ici.post(reverse("fermer_sessions")).headers["Location"] == COMPTE
    assert est_connecte(ici)
    assert not est_connecte(ailleurs)
    assert SessionOuverte.objects.filter(utilisateur=collegue).exists()
    assert Evenement.objects.get(acte="sessions.fermees").auteur == enseignante


def test_mon_compte_coute_autant_avec_une_et_trois_sessions(enseignante, django_assert_num_queries):
    client = connecter("enseignante")
    with django_assert_num_queries(6):
        client.get(COMPTE)
    connecter("enseignante")
    connecter("enseignante")
    with django_assert_num_queries(6):
        client.get(COMPTE)


def test_se_reconnecter_ramene_a_la_page_demandee(enseignante):
    client = ClientStrict()
    suite = client.get("/classes/").headers["Location"]
    champs = {"username": "enseignante", "password": "demo-trpm", "next": "/classes/"}
    assert suite.endswith("?next=/classes/")
    assert client.post(suite, champs).headers["Location"] == "/classes/"
