"""Ouvrir un compte par un lien : personnel, daté, révocable, à usage unique, et qui ne fuit nulle part."""

import logging
import re
from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta
from threading import Barrier

import pytest
import time_machine
from django.core import mail
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import connection, connections
from django.urls import reverse
from django.utils import timezone

from centres.enums import Role
from centres.models import Evenement, Invitation
from centres.services import comptes
from tests.client_strict import ClientStrict
from tests.fabriques import affecter_a, fabriquer_utilisateur

PAGE = reverse("invitation")
OUBLI = reverse("mot_de_passe_oublie")
BON = "Fraisage#2734"


def accepter(client: ClientStrict, jeton: str, mot_de_passe: str = BON, encore: str = ""):
    return client.post(PAGE, {"jeton": jeton, "nouveau": mot_de_passe, "encore": encore or mot_de_passe})


@pytest.fixture
def nouvelle(centre_a):
    """Une enseignante du centre A dont le compte n'a jamais servi."""
    utilisateur = fabriquer_utilisateur("nouvelle", "Nadia", "Perez")
    utilisateur.set_unusable_password()
    utilisateur.email = "nadia.perez@ac-lyon.example"
    utilisateur.save()
    affecter_a(utilisateur, Role.ENSEIGNANT, centre_a)
    return utilisateur


@pytest.fixture
def lien(chef, nouvelle):
    return comptes.inviter(auteur=chef, utilisateur=nouvelle)


def test_le_lien_ouvre_le_compte_une_seule_fois(client, lien, nouvelle):
    reponse = accepter(client, lien.jeton)
    assert (reponse.status_code, reponse.headers["Location"]) == (302, reverse("connexion"))
    nouvelle.refresh_from_db()
    assert nouvelle.check_password(BON)
    assert "_auth_user_id" not in client.session
    assert "plus valable" in accepter(client, lien.jeton, "Tournage#2734").content.decode()
    nouvelle.refresh_from_db()
    assert nouvelle.check_password(BON)


def test_lire_la_page_ne_consomme_rien_et_ne_dit_rien(client, lien):
    avant = Invitation.objects.values().get()
    reponse = client.get(PAGE)
    assert reponse.status_code == 200
    assert Invitation.objects.values().get() == avant
    assert "nouvelle" not in reponse.content.decode()
    assert reponse.headers["Referrer-Policy"] == "same-origin"
    assert "no-store" in reponse.headers["Cache-Control"]


def test_un_lien_inconnu_perime_ou_revoque_recoit_la_meme_reponse(client, chef, lien, nouvelle):
    pages = [accepter(client, "inconnu")]
    with time_machine.travel(timezone.now() + comptes.VALIDITE_INVITATION + timedelta(minutes=1), tick=False):
        pages.append(accepter(client, lien.jeton))
    comptes.revoquer_invitation(auteur=chef, invitation=lien.invitation)
    pages.append(accepter(client, lien.jeton))
    assert {page.status_code for page in pages} == {200}
    sans_jetons = [re.sub(r"\b[A-Za-z0-9]{64}\b|value=\"[^\"]*\"", "", page.content.decode()) for page in pages]
    assert len(set(sans_jetons)) == 1
    nouvelle.refresh_from_db()
    assert not nouvelle.has_usable_password()


def test_un_compte_ferme_ne_s_ouvre_pas_par_son_lien(client, lien, nouvelle):
    nouvelle.is_active = False
    nouvelle.save()
    assert "plus valable" in accepter(client, lien.jeton).content.decode()


@pytest.mark.parametrize(
    ("mot_de_passe", "encore", "dit"),
    [("court", "", "trop facile"), (BON, "Autre#273456", "Deux saisies"), ("Nadia.Perez#27", "", "reprend surtout")],
)
def test_un_mauvais_mot_de_passe_laisse_le_lien_ouvert(client, lien, mot_de_passe, encore, dit):
    reponse = accepter(client, lien.jeton, mot_de_passe, encore)
    assert reponse.status_code == 200
    assert dit in reponse.content.decode()
    assert Invitation.objects.ouvertes().count() == 1


def test_le_jeton_n_est_nulle_part_en_clair(client, lien, caplog):
    caplog.set_level(logging.DEBUG)
    accepter(client, lien.jeton)
    assert len(lien.jeton) >= 22
    assert lien.invitation.empreinte == comptes.empreinte_du_jeton(lien.jeton)
    assert lien.jeton not in str(list(Invitation.objects.values())) + str(list(Evenement.objects.values()))
    assert lien.jeton not in caplog.text


def test_chaque_acte_laisse_un_evenement(client, chef, lien, nouvelle):
    comptes.revoquer_invitation(auteur=chef, invitation=lien.invitation)
    accepter(client, comptes.inviter(auteur=chef, utilisateur=nouvelle).jeton)
    actes = list(Evenement.objects.filter(chaine=f"utilisateur:{nouvelle.pk}").values_list("acte", "auteur"))
    assert actes == [
        ("invitation.creee", chef.pk),
        ("invitation.revoquee", chef.pk),
        ("invitation.creee", chef.pk),
        ("invitation.acceptee", nouvelle.pk),
    ]


def test_un_nouveau_lien_remplace_le_precedent(client, chef, lien, nouvelle):
    second = comptes.inviter(auteur=chef, utilisateur=nouvelle)
    assert "plus valable" in accepter(client, lien.jeton).content.decode()
    assert accepter(client, second.jeton).status_code == 302


def test_une_invitation_ne_se_revoque_qu_une_fois(chef, lien):
    comptes.revoquer_invitation(auteur=chef, invitation=lien.invitation)
    with pytest.raises(ValidationError):
        comptes.revoquer_invitation(auteur=chef, invitation=lien.invitation)


def test_rouvrir_un_compte_qui_sert_deja_se_motive(chef, enseignante):
    with pytest.raises(ValidationError):
        comptes.inviter(auteur=chef, utilisateur=enseignante)
    comptes.inviter(auteur=chef, utilisateur=enseignante, motif="Mot de passe oublié, sans adresse.")
    assert Evenement.objects.latest("pk").motif == "Mot de passe oublié, sans adresse."


@pytest.mark.parametrize("invite", ["inspecteur", "administrateur", "etranger"])
def test_un_chef_ne_rouvre_pas_le_compte_de_qui_ne_releve_pas_de_lui(request, chef, invite):
    with pytest.raises(PermissionDenied):
        comptes.inviter(auteur=chef, utilisateur=request.getfixturevalue(invite), motif="essai")


def test_un_chef_ne_rouvre_pas_le_compte_de_qui_travaille_aussi_ailleurs(chef, enseignante, centre_b):
    affecter_a(enseignante, Role.CHEF, centre_b, debut=date(2026, 9, 1))
    with pytest.raises(PermissionDenied):
        comptes.inviter(auteur=chef, utilisateur=enseignante, motif="essai")


@pytest.mark.parametrize("auteur", ["enseignante", "inspecteur", "membre_commission", "compte_apprenant"])
def test_qui_ne_dirige_pas_n_invite_pas(request, auteur, nouvelle):
    with pytest.raises(PermissionDenied):
        comptes.inviter(auteur=request.getfixturevalue(auteur), utilisateur=nouvelle)


def test_le_ddfpt_invite_les_apprenants_qu_il_organise_pas_ceux_d_un_autre_centre(ddfpt, compte_apprenant, etranger):
    comptes.inviter(auteur=ddfpt, utilisateur=compte_apprenant, motif="Première connexion.")
    with pytest.raises(PermissionDenied):
        comptes.inviter(auteur=ddfpt, utilisateur=etranger, motif="essai")


@pytest.mark.postgresql
@pytest.mark.skipif(connection.vendor != "postgresql", reason="verrous de ligne")
@pytest.mark.django_db(transaction=True)
def test_de_deux_envois_simultanes_du_meme_lien_un_seul_sert():
    utilisateur = fabriquer_utilisateur("visee")
    lien = comptes.inviter(auteur=None, utilisateur=utilisateur, motif="essai")
    depart = Barrier(2)

    def envoyer(mot_de_passe: str) -> int:
        try:
            depart.wait(timeout=30)
            return accepter(ClientStrict(), lien.jeton, mot_de_passe).status_code
        finally:
            connections.close_all()

    with ThreadPoolExecutor(2) as postes:
        assert sorted(postes.map(envoyer, [BON, "Tournage#2734"])) == [200, 302]
    assert Evenement.objects.filter(acte="invitation.acceptee").count() == 1


def test_mot_de_passe_oublie_envoie_un_lien_a_l_adresse_du_compte(client, nouvelle):
    assert client.post(OUBLI, {"adresse": "Nadia.Perez@AC-LYON.example"}).status_code == 200
    [courriel] = mail.outbox
    assert courriel.to == ["nadia.perez@ac-lyon.example"]
    jeton = re.search(r"http://testserver/invitation/#(\S+)", courriel.body)[1]
    assert accepter(client, jeton).status_code == 302


def test_une_adresse_inconnue_recoit_la_meme_reponse_et_aucun_courriel(client, nouvelle):
    reponses = [client.post(OUBLI, {"adresse": a}) for a in (nouvelle.email, "personne@exemple.example")]
    pages = [re.sub(r"\b[A-Za-z0-9]{64}\b", "", reponse.content.decode()) for reponse in reponses]
    assert pages[0] == pages[1]
    assert len(mail.outbox) == 1


def test_demander_deux_fois_n_envoie_qu_un_lien(client, nouvelle):
    for _ in range(3):
        client.post(OUBLI, {"adresse": nouvelle.email})
    assert len(mail.outbox) == 1
    with time_machine.travel(timezone.now() + timedelta(minutes=6), tick=False):
        client.post(OUBLI, {"adresse": nouvelle.email})
    assert len(mail.outbox) == 2
    assert Invitation.objects.ouvertes().count() == 1


def test_demander_un_lien_ne_ferme_pas_l_invitation_du_chef(client, lien, nouvelle):
    client.post(OUBLI, {"adresse": nouvelle.email})
    assert accepter(client, lien.jeton).status_code == 302


def test_sans_serveur_de_courriel_la_page_dit_a_qui_s_adresser(client, db, settings):
    settings.EST_LOCAL = False
    assert "n'envoie pas de courriel" in client.get(OUBLI).content.decode()
