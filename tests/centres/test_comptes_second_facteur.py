"""Le second facteur : exigé de qui décide, impossible à contourner, journalisé, et rendu à qui perd son téléphone."""

import time

import pytest
import time_machine
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP, format_hotp_value, generate_totp_secret, hotp_value
from django.core.exceptions import PermissionDenied, ValidationError
from django.urls import reverse

from centres.models import Evenement
from centres.services.comptes import reinitialiser_second_facteur
from centres.services.essais import LIMITE
from tests.client_strict import ClientStrict

PLAQUE = reverse("second_facteur")
APPLICATION = reverse("mfa_activate_totp")
CODE = reverse("mfa_authenticate")
EXIGE = ["chef", "membre_commission", "inspecteur", "administrateur"]
FACULTATIF = ["enseignante", "referent", "ddfpt", "compte_apprenant"]


def code_de(secret: str, decalage: int = 0) -> str:
    return format_hotp_value(hotp_value(secret, int(time.time()) // 30 + decalage))


def poser(utilisateur) -> str:
    """Donne une application et des codes de secours à la personne ; rend le secret."""
    secret = generate_totp_secret()
    TOTP.activate(utilisateur, secret)
    RecoveryCodes.activate(utilisateur)
    return secret


def mot_de_passe(client: ClientStrict, identifiant: str, suite: str = ""):
    return client.post(
        reverse("connexion"), {"username": identifiant, "password": "demo-trpm", "next": suite}, follow=False
    )


@pytest.fixture
def sans_facteur():
    def connecter(utilisateur) -> ClientStrict:
        client = ClientStrict()
        client.force_login(utilisateur, second_facteur=False)
        return client

    return connecter


@pytest.mark.parametrize("role", EXIGE)
def test_qui_decide_doit_poser_un_second_facteur(request, sans_facteur, role):
    client = sans_facteur(request.getfixturevalue(role))
    for adresse in (reverse("accueil"), reverse("compte"), reverse("mot_de_passe"), reverse("centres:centres")):
        assert client.get(adresse).headers["Location"] == PLAQUE
    assert client.get(PLAQUE).status_code == 200


@pytest.mark.parametrize("role", FACULTATIF)
def test_les_autres_peuvent_s_en_passer(request, sans_facteur, role):
    assert sans_facteur(request.getfixturevalue(role)).get(reverse("accueil")).status_code == 200


def test_la_demonstration_s_en_passe(sans_facteur, chef, settings):
    settings.MFA_EXIGEE = False
    assert sans_facteur(chef).get(reverse("accueil")).status_code == 200


@pytest.mark.parametrize(
    "entetes",
    [{"accept": "application/json"}, {"sec-fetch-mode": "cors"}, {"hx-request": "true"}],
)
def test_un_appel_de_script_recoit_403_et_non_une_page(sans_facteur, chef, entetes):
    reponse = sans_facteur(chef).get(reverse("evaluations:session"), headers=entetes)
    assert reponse.status_code == 403
    assert reponse.json()["statut"] == 403


def test_un_envoi_et_un_pdf_n_echappent_pas_a_l_obligation(sans_facteur, chef, classe):
    client = sans_facteur(chef)
    assert client.post(reverse("fermer_sessions")).headers["Location"] == PLAQUE
    recapitulatif = reverse("certification:recapitulatif", args=[classe.pk])
    assert client.get(recapitulatif, headers={"accept": "application/pdf,*/*"}).headers["Location"] == PLAQUE


def test_l_obligation_ne_coute_aucune_requete(sans_facteur, enseignante, django_assert_num_queries):
    """Session et personne : deux requêtes, la réponse JSON n'en demande pas d'autre."""
    client = sans_facteur(enseignante)
    with django_assert_num_queries(2):
        assert client.get(reverse("evaluations:session")).status_code == 200


def test_poser_une_application_ouvre_la_session_et_se_journalise(chef):
    client = ClientStrict()
    mot_de_passe(client, "chef")
    assert client.get("/classes/").headers["Location"] == PLAQUE
    secret = client.get(APPLICATION).context["form"].secret
    assert "ne convient pas" in client.post(APPLICATION, {"code": "000000"}).content.decode()
    assert client.post(APPLICATION, {"code": code_de(secret)}).headers["Location"] == reverse("mfa_view_recovery_codes")
    page = client.get(reverse("mfa_view_recovery_codes"))
    assert len(page.context["codes"]) == 10
    assert page.context["reprise"] == "/classes/"
    assert client.get("/classes/").status_code == 200
    evenement = Evenement.objects.get(acte="second_facteur.application_ajoutee")
    assert evenement.auteur == chef
    assert [facteur.split(":")[0] for facteur in evenement.apres] == ["totp", "recovery_codes"]
    assert secret not in str(list(Authenticator.objects.values())) + str(list(Evenement.objects.values()))


def test_avec_un_second_facteur_le_mot_de_passe_ne_suffit_plus(enseignante):
    secret = poser(enseignante)
    client = ClientStrict()
    assert mot_de_passe(client, "enseignante", "/classes/").headers["Location"] == CODE
    assert client.get(reverse("accueil")).status_code == 302
    assert "ne convient pas" in client.post(CODE, {"code": "000000"}).content.decode()
    assert client.post(CODE, {"code": code_de(secret)}).headers["Location"] == "/classes/"
    assert client.get("/classes/").status_code == 200


def test_un_code_ne_sert_qu_une_fois(enseignante):
    secret = poser(enseignante)
    with time_machine.travel(time.time(), tick=False):
        for issue in (302, 200):
            client = ClientStrict()
            mot_de_passe(client, "enseignante")
            assert client.post(CODE, {"code": code_de(secret)}).status_code == issue


def test_un_code_de_secours_ne_sert_qu_une_fois(enseignante):
    poser(enseignante)
    [secours] = RecoveryCodes.activate(enseignante).get_unused_codes()[:1]
    for issue in (302, 200):
        client = ClientStrict()
        mot_de_passe(client, "enseignante")
        assert client.post(CODE, {"code": secours}).status_code == issue


def test_les_essais_de_code_se_comptent_par_compte_quelle_que_soit_l_adresse(enseignante):
    secret = poser(enseignante)
    for rang in range(LIMITE):
        client = ClientStrict(REMOTE_ADDR=f"192.0.2.{rang}")
        mot_de_passe(client, "enseignante")
        assert client.post(CODE, {"code": "000000"}).status_code == 200
    assert client.post(CODE, {"code": code_de(secret)}).status_code == 429


def test_la_page_du_code_sans_mot_de_passe_ramene_a_la_connexion(client, db):
    assert client.get(CODE).headers["Location"] == reverse("connexion")


def test_le_dernier_facteur_ne_se_retire_pas_a_qui_y_est_tenu(client_de, chef, enseignante):
    for personne, reste in ((chef, True), (enseignante, False)):
        poser(personne)
        client_de(personne).post(reverse("mfa_deactivate_totp"))
        assert Authenticator.objects.filter(user=personne).exists() == reste
    assert Evenement.objects.get(acte="second_facteur.application_retiree").auteur == enseignante


def test_refaire_les_codes_remplace_les_anciens_et_se_journalise(client_de, enseignante):
    poser(enseignante)
    anciens = RecoveryCodes.activate(enseignante).get_unused_codes()
    client = client_de(enseignante)
    assert client.get(reverse("mfa_generate_recovery_codes")).status_code == 200
    assert client.post(reverse("mfa_generate_recovery_codes")).status_code == 302
    assert set(anciens).isdisjoint(RecoveryCodes.activate(enseignante).get_unused_codes())
    assert Evenement.objects.filter(acte="second_facteur.codes_refaits").count() == 1


def test_un_acte_sensible_demande_de_confirmer_quand_la_connexion_a_vieilli(client_de, enseignante):
    client = client_de(enseignante)
    with time_machine.travel(time.time() + 600, tick=False):
        confirmation = client.get(APPLICATION).headers["Location"]
        assert confirmation.startswith(reverse("account_reauthenticate"))
        assert client.get(confirmation).status_code == 200
        assert "pas votre mot de passe" in client.post(confirmation, {"password": "faux"}).content.decode()
        assert client.post(confirmation, {"password": "demo-trpm"}).headers["Location"] == APPLICATION
        assert client.get(APPLICATION).status_code == 200


def test_confirmer_se_fait_aussi_par_un_code(client_de, enseignante):
    secret = poser(enseignante)
    client = client_de(enseignante)
    with time_machine.travel(time.time() + 600, tick=False):
        codes = reverse("mfa_view_recovery_codes")
        page = client.get(client.get(codes).headers["Location"])
        [par_code] = page.context["reauthentication_alternatives"]
        assert par_code["description"] == "Confirmer par un code"
        assert client.get(par_code["url"]).status_code == 200
        assert client.post(par_code["url"], {"code": code_de(secret)}).headers["Location"] == codes
        assert client.get(codes).status_code == 200


def test_un_chef_rend_son_acces_a_qui_a_perdu_son_telephone(chef, enseignante):
    poser(enseignante)
    client = ClientStrict()
    client.force_login(enseignante)
    with pytest.raises(ValidationError):
        reinitialiser_second_facteur(auteur=chef, utilisateur=enseignante, motif=" ")
    reinitialiser_second_facteur(auteur=chef, utilisateur=enseignante, motif="Téléphone perdu.")
    assert not Authenticator.objects.filter(user=enseignante).exists()
    assert client.get(reverse("accueil")).status_code == 302
    evenement = Evenement.objects.get(acte="second_facteur.reinitialise")
    assert (evenement.auteur, evenement.motif, evenement.apres) == (chef, "Téléphone perdu.", [])
    with pytest.raises(ValidationError):
        reinitialiser_second_facteur(auteur=chef, utilisateur=enseignante, motif="Encore.")


@pytest.mark.parametrize(("auteur", "cible"), [("chef", "inspecteur"), ("chef", "chef"), ("enseignante", "collegue")])
def test_on_ne_retire_ni_le_sien_ni_celui_de_qui_ne_releve_pas_de_soi(request, auteur, cible):
    with pytest.raises(PermissionDenied):
        reinitialiser_second_facteur(
            auteur=request.getfixturevalue(auteur), utilisateur=request.getfixturevalue(cible), motif="essai"
        )


def test_l_administrateur_le_retire_a_un_chef(administrateur, chef):
    poser(chef)
    reinitialiser_second_facteur(auteur=administrateur, utilisateur=chef, motif="Téléphone volé.")
    assert not Authenticator.objects.filter(user=chef).exists()
