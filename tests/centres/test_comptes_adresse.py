"""L'adresse d'un compte qui sert ne s'emprunte pas : qui la change pourrait en reprendre le mot de passe."""

import pytest
from django.core.exceptions import ValidationError
from django.urls import reverse
from django.utils import timezone

from centres import services
from centres.models import Invitation, Utilisateur
from centres.services.comptes import inviter
from tests.centres.organisation_outils import actes, champs

PIRATE = "chef.perso@exemple.fr"


@pytest.fixture
def jamais_venue(enseignante) -> Utilisateur:
    enseignante.set_unusable_password()
    enseignante.email = "faute@exemple.fr"
    enseignante.save()
    return enseignante


@pytest.fixture
def en_poste(enseignante) -> Utilisateur:
    enseignante.email = "faye@exemple.fr"
    enseignante.save()
    return enseignante


def modifier(personne: Utilisateur) -> str:
    return reverse("centres:organisation_personne_modifier", args=[personne.pk])


def test_un_chef_ne_remplace_pas_l_adresse_d_un_compte_qui_sert(client_de, chef, en_poste, mailoutbox) -> None:
    client = client_de(chef)
    page = client.get(modifier(en_poste)).content.decode()
    assert "seul l'administrateur en change l'adresse" in page
    saisie = {**champs(client, modifier(en_poste)), "email": PIRATE, "nom": "Faye-Diop"}
    # Le champ est figé : le reste s'enregistre, l'adresse envoyée à la main ne compte pas.
    assert client.post(modifier(en_poste), saisie).status_code == 302
    en_poste.refresh_from_db()
    assert (en_poste.last_name, en_poste.email) == ("Faye-Diop", "faye@exemple.fr")
    with pytest.raises(ValidationError, match="seul l'administrateur"):
        services.modifier_personne(auteur=chef, personne=en_poste, prenom="Hélène", nom="Faye", email=PIRATE)
    assert client.post(reverse("centres:acces_inviter", args=[en_poste.pk]), {"motif": "oubli"}).status_code == 302
    assert [message.to for message in mailoutbox] == [["faye@exemple.fr"]]


def test_un_compte_ouvert_par_l_etablissement_sert_aussi(chef, jamais_venue) -> None:
    """Sans mot de passe choisi, mais déjà venue : son adresse n'est pas plus à prendre, son lien pas plus à voir."""
    jamais_venue.last_login = timezone.now()
    jamais_venue.save()
    with pytest.raises(ValidationError, match="seul l'administrateur"):
        services.modifier_personne(auteur=chef, personne=jamais_venue, prenom="H", nom="F", email=PIRATE)
    with pytest.raises(ValidationError, match="par courriel"):
        inviter(auteur=chef, utilisateur=jamais_venue, en_main_propre=True)


def test_avant_la_premiere_connexion_une_faute_se_corrige_et_le_lien_perdu_ne_vaut_plus(
    client_de, chef, jamais_venue
) -> None:
    inviter(auteur=chef, utilisateur=jamais_venue)
    client = client_de(chef)
    saisie = {**champs(client, modifier(jamais_venue)), "email": "Faye@exemple.fr"}
    assert client.post(modifier(jamais_venue), saisie).status_code == 302
    jamais_venue.refresh_from_db()
    assert jamais_venue.email == "faye@exemple.fr"
    assert not Invitation.objects.ouvertes().exists()


def test_l_administrateur_la_change_et_l_ancienne_adresse_l_apprend(
    client_de, administrateur, en_poste, mailoutbox, django_capture_on_commit_callbacks
) -> None:
    sien, client = client_de(en_poste), client_de(administrateur)
    inviter(auteur=administrateur, utilisateur=en_poste, motif="oubli")
    saisie = {**champs(client, modifier(en_poste)), "email": "diop@exemple.fr"}
    with django_capture_on_commit_callbacks(execute=True):
        assert client.post(modifier(en_poste), saisie).status_code == 302
    (message,) = mailoutbox
    assert (message.to, "diop@exemple.fr" in message.body) == (["faye@exemple.fr"], False)
    assert sien.get(reverse("centres:classes")).status_code == 302
    assert not Invitation.objects.ouvertes().exists()
    assert actes() == ["invitation.creee", "utilisateur.modifie"]


def test_nouvelle_personne_n_est_pas_une_facon_de_se_deconnecter(client_de, chef, centre_a) -> None:
    chef.email = "chef@exemple.fr"
    chef.save()
    saisie = {"prenom": "M", "nom": "Chef", "email": "Chef@exemple.fr", "role": "enseignant"}
    client = client_de(chef)
    adresse = reverse("centres:organisation_personne_creer")
    refus = client.post(adresse, {**saisie, "centre": centre_a.pk, "debut": timezone.localdate()})
    assert (refus.status_code, "votre propre adresse" in refus.content.decode()) == (422, True)
    assert client.get(adresse).status_code == 200
    assert actes() == []
