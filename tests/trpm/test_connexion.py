"""Se connecter : rien ne dit si un compte existe, rien ne mène ailleurs."""

import pytest
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse

from centres.services.essais import LIMITE
from tests.fabriques import fabriquer_utilisateur
from trpm.contexte import ROLES_DEMO, comptes_demo

CONNEXION = reverse("connexion")


def se_connecter(client, identifiant: str, mot_de_passe: str = "demo-trpm", suite: str = "") -> HttpResponse:
    return client.post(CONNEXION, {"username": identifiant, "password": mot_de_passe, "next": suite})


def est_connecte(client) -> bool:
    return "_auth_user_id" in client.session


def test_la_page_de_connexion_s_affiche_sans_compte(client, db):
    reponse = client.get(CONNEXION)
    assert reponse.status_code == 200
    assert reponse.context["comptes_demo"] == []


def test_une_personne_connue_arrive_a_l_accueil(client, enseignante):
    reponse = se_connecter(client, "enseignante")
    assert (reponse.status_code, reponse.headers["Location"]) == (302, reverse("accueil"))
    assert est_connecte(client)


def test_toute_page_demande_d_abord_de_se_connecter(client, db):
    for adresse in (reverse("accueil"), reverse("centres:classes"), reverse("centres:classe", args=[1])):
        reponse = client.get(adresse)
        assert (reponse.status_code, reponse.headers["Location"]) == (302, f"{CONNEXION}?next={adresse}")


@pytest.mark.parametrize(
    "ailleurs", ["https://exemple.fr/", "//exemple.fr/", "javascript:alert(1)", "https:///exemple.fr"]
)
def test_la_connexion_ne_mene_jamais_a_un_autre_site(client, enseignante, ailleurs):
    assert se_connecter(client, "enseignante", suite=ailleurs).headers["Location"] == reverse("accueil")


def test_la_connexion_ramene_a_la_page_demandee(client, enseignante):
    assert se_connecter(client, "enseignante", suite="/classes/").headers["Location"] == "/classes/"


def test_deja_connectee_la_connexion_ramene_a_l_accueil(client_de, enseignante):
    assert client_de(enseignante).get(CONNEXION).headers["Location"] == reverse("accueil")


def test_rien_ne_distingue_un_compte_inconnu_d_un_mauvais_mot_de_passe_ou_d_un_compte_ferme(client, enseignante):
    ferme = fabriquer_utilisateur("fermee")
    ferme.is_active = False
    ferme.save()
    erreurs = [
        se_connecter(client, identifiant, mot_de_passe).context["form"].non_field_errors()
        for identifiant, mot_de_passe in (("inconnu", "x"), ("enseignante", "x"), ("fermee", "demo-trpm"))
    ]
    assert erreurs[0] == erreurs[1] == erreurs[2]
    assert len(erreurs[0]) == 1
    assert not est_connecte(client)


@pytest.mark.parametrize("identifiant", ["enseignante", "inconnu"])
def test_trop_d_essais_suspendent_ce_compte_existant_ou_non_et_lui_seul(client, enseignante, collegue, identifiant):
    for _ in range(LIMITE):
        assert se_connecter(client, identifiant, "faux").status_code == 200
    reponse = se_connecter(client, identifiant, "faux")
    assert reponse.status_code == 429
    assert "Trop d'essais" in reponse.content.decode()
    assert se_connecter(client, identifiant).status_code == 429
    assert not est_connecte(client)
    assert se_connecter(client, "collegue").status_code == 302


def test_se_deconnecter_demande_un_envoi_et_vide_la_session(client_de, enseignante):
    client = client_de(enseignante)
    assert client.get(reverse("deconnexion")).status_code == 405
    assert est_connecte(client)
    assert client.post(reverse("deconnexion")).headers["Location"] == CONNEXION
    assert not est_connecte(client)


def test_se_deconnecter_d_une_session_deja_expiree_ramene_a_la_connexion(client, db):
    assert client.post(reverse("deconnexion")).headers["Location"] == CONNEXION


def test_les_comptes_d_essai_ne_se_montrent_pas_hors_demonstration(client, db):
    for identifiant in ROLES_DEMO:
        fabriquer_utilisateur(identifiant)
    page = client.get(CONNEXION).content.decode()
    assert comptes_demo() == []
    assert "demo-trpm" not in page
    assert "inspecteur" not in page


def test_en_demonstration_seuls_les_comptes_ouverts_sont_proposes(client, db, settings):
    settings.EST_DEMO = True
    fabriquer_utilisateur("chef")
    fabriquer_utilisateur("enseignant")
    ferme = fabriquer_utilisateur("admin")
    ferme.is_active = False
    ferme.save()
    fabriquer_utilisateur("personne")
    assert comptes_demo() == [("enseignant", "Enseignante"), ("chef", "Cheffe de centre")]
    page = client.get(CONNEXION)
    assert "demo-trpm" in page.content.decode()
    assert "personne" not in [compte.identifiant for compte in page.context["comptes_demo"]]
    # Le second facteur : dit quand il n'est pas demandé, et quand il l'est.
    for settings.MFA_EXIGEE in (True, False):
        texte = client.get(CONNEXION).content.decode()
        assert ("cette démonstration ne le demande pas" in texte) != settings.MFA_EXIGEE


def test_un_envoi_sans_jeton_est_refuse(enseignante):
    client = Client(enforce_csrf_checks=True)
    assert se_connecter(client, "enseignante").status_code == 403
    assert not est_connecte(client)


def test_la_page_de_connexion_ne_se_garde_pas_en_cache(client, db):
    assert "no-store" in client.get(CONNEXION).headers["Cache-Control"]
