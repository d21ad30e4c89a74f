"""La page d'accès d'un collègue : inviter, révoquer, rendre son second facteur, chacun pour qui relève de soi."""

import re

import pytest
from allauth.mfa.models import Authenticator
from django.core import mail
from django.urls import reverse

from centres.models import Evenement, Invitation
from tests.centres.test_comptes_second_facteur import poser


def page_de(utilisateur) -> str:
    return reverse("centres:acces", args=[utilisateur.pk])


@pytest.fixture
def jamais_venue(enseignante):
    enseignante.set_unusable_password()
    enseignante.save()
    return enseignante


def test_sans_adresse_le_lien_s_affiche_une_seule_fois(client_de, client, chef, jamais_venue):
    page = client_de(chef).post(reverse("centres:acces_inviter", args=[jamais_venue.pk]))
    jeton = re.search(r"http://testserver/invitation/#([\w-]{22})", page.content.decode())[1]
    assert "no-store" in page.headers["Cache-Control"]
    assert jeton not in client_de(chef).get(page_de(jamais_venue)).content.decode()
    envoi = {"jeton": jeton, "nouveau": "Fraisage#2734", "encore": "Fraisage#2734"}
    assert client.post(reverse("invitation"), envoi).status_code == 302


def test_avec_une_adresse_le_lien_part_par_courriel_et_ne_s_affiche_pas(client_de, chef, jamais_venue, settings):
    settings.COURRIEL_CONFIGURE = True
    jamais_venue.email = "helene.faye@ac-lyon.example"
    jamais_venue.save()
    client = client_de(chef)
    assert client.post(reverse("centres:acces_inviter", args=[jamais_venue.pk])).status_code == 302
    [courriel] = mail.outbox
    assert courriel.to == ["helene.faye@ac-lyon.example"]
    assert "Votre identifiant : enseignante" in courriel.body
    jeton = re.search(r"#([\w-]{22})", courriel.body)[1]
    assert jeton not in client.get(page_de(jamais_venue)).content.decode()


def test_en_demonstration_le_message_dit_ou_lire_le_courriel(client_de, chef, jamais_venue, settings):
    settings.COURRIEL_CONFIGURE, settings.EST_LOCAL = False, True
    jamais_venue.email = "helene.faye@ac-lyon.example"
    jamais_venue.save()
    page = client_de(chef).post(reverse("centres:acces_inviter", args=[jamais_venue.pk]), follow=True).content.decode()
    assert "envoyée à helene.faye@ac-lyon.example (en démonstration : un fichier du dossier var/courriels)" in page
    assert "Lien à remettre" not in page
    assert len(mail.outbox) == 1


@pytest.mark.parametrize("adresse", ["", "helene.faye@ac-lyon.example"])
def test_un_chef_n_obtient_jamais_le_lien_d_un_compte_qui_sert_deja(client_de, chef, enseignante, settings, adresse):
    settings.COURRIEL_CONFIGURE = settings.EST_LOCAL = False
    enseignante.email = adresse
    enseignante.save()
    envoi = {"motif": "Mot de passe perdu."}
    page = client_de(chef).post(reverse("centres:acces_inviter", args=[enseignante.pk]), envoi)
    assert page.status_code == 422
    assert "que par courriel" in page.content.decode()
    assert "/invitation/#" not in page.content.decode()
    assert not Invitation.objects.exists()
    assert not mail.outbox


def test_rouvrir_sans_motif_redit_la_page_et_n_ouvre_rien(client_de, chef, enseignante):
    page = client_de(chef).post(reverse("centres:acces_inviter", args=[enseignante.pk]), {"motif": " "})
    assert page.status_code == 422
    assert "dites pourquoi" in page.content.decode()
    assert not Invitation.objects.exists()


def test_revoquer_une_invitation(client_de, chef, jamais_venue):
    client = client_de(chef)
    client.post(reverse("centres:acces_inviter", args=[jamais_venue.pk]))
    invitation = Invitation.objects.get()
    adresse = reverse("centres:acces_revoquer", args=[jamais_venue.pk, invitation.pk])
    assert "Révoquer" in client.get(page_de(jamais_venue)).content.decode()
    for _ in range(2):
        assert client.post(adresse).headers["Location"] == page_de(jamais_venue)
    assert not Invitation.objects.ouvertes().exists()
    assert Evenement.objects.filter(acte="invitation.revoquee").count() == 1


def test_rendre_un_second_facteur_demande_un_motif(client_de, chef, enseignante):
    poser(enseignante)
    client = client_de(chef)
    adresse = reverse("centres:acces_second_facteur", args=[enseignante.pk])
    assert client.post(adresse).status_code == 422
    assert client.post(adresse, {"motif": "Téléphone perdu."}).status_code == 302
    assert not Authenticator.objects.filter(user=enseignante).exists()


@pytest.mark.parametrize("lecteur", ["enseignante", "membre_commission", "inspecteur", "etranger", "chef"])
def test_la_page_n_existe_que_pour_qui_repond_du_compte(request, client_de, chef, lecteur):
    client = client_de(request.getfixturevalue(lecteur))
    assert client.get(page_de(chef)).status_code == 404
    for acte in ("acces_inviter", "acces_second_facteur"):
        assert client.post(reverse(f"centres:{acte}", args=[chef.pk]), {"motif": "essai"}).status_code == 404


def test_l_invitation_d_un_autre_compte_ne_se_revoque_pas_d_ici(client_de, chef, jamais_venue, collegue):
    client = client_de(chef)
    client.post(reverse("centres:acces_inviter", args=[jamais_venue.pk]))
    adresse = reverse("centres:acces_revoquer", args=[collegue.pk, Invitation.objects.get().pk])
    assert client.post(adresse).status_code == 404
