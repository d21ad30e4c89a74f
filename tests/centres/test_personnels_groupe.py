"""Agir sur les personnels cochés : finir leurs rôles un même jour, inviter ceux qui ne sont jamais venus."""

from datetime import date

import pytest
import time_machine
from django.urls import reverse

from centres.enums import Role
from centres.models import Affectation, Invitation, Utilisateur
from tests.centres.organisation_outils import actes, champs
from tests.fabriques import affecter_a, fabriquer_personne

LISTE = reverse("centres:organisation_personnels")
FIN = reverse("centres:organisation_personnels_fin")
INVITER = reverse("centres:organisation_personnels_inviter")

pytestmark = pytest.mark.usefixtures("_en_janvier")


@pytest.fixture
def _en_janvier():
    with time_machine.travel("2026-01-05 10:00:00+01:00"):
        yield


def cochees(*personnes: Utilisateur) -> str:
    return "?" + "&".join(f"personne={une.pk}" for une in personnes)


def fins() -> set[date | None]:
    return set(Affectation.objects.filter(role=Role.ENSEIGNANT).values_list("fin", flat=True))


def test_plusieurs_roles_finissent_le_meme_jour(client_de, chef, enseignante, collegue, etranger, inspecteur) -> None:
    client = client_de(chef)
    page = FIN + cochees(enseignante, collegue, etranger, inspecteur)
    montree = client.get(page)
    # Ni celui d'un autre centre, ni l'inspecteur, qu'un chef ne nomme pas.
    assert [cle for _, cle in montree.context["caches"]] == sorted([enseignante.pk, collegue.pk])
    assert "2 rôles concernés" in montree.content.decode()
    envoi = {**champs(client, page), "fin": "2026-03-31", "personne": [enseignante.pk, collegue.pk]}
    assert client.post(FIN, envoi).status_code == 302
    assert fins() == {date(2026, 3, 31), None}
    assert etranger.affectations.get().fin is None
    assert actes() == ["affectation.terminee"] * 2
    # L'empreinte a changé : rien ne s'écrit une seconde fois.
    assert client.post(FIN, envoi).status_code == 422


def test_un_role_qui_finit_plus_tot_n_est_pas_prolonge(client_de, chef, enseignante) -> None:
    Affectation.objects.filter(utilisateur=enseignante).update(fin=date(2026, 2, 1))
    client = client_de(chef)
    envoi = {**champs(client, FIN + cochees(enseignante)), "fin": "2026-06-30", "personne": enseignante.pk}
    assert client.post(FIN, envoi).status_code == 422
    assert fins() == {date(2026, 2, 1)}


def test_finir_son_propre_role_previent_qu_on_sera_deconnecte(client_de, chef, enseignante) -> None:
    client = client_de(chef)
    pages = [client.get(FIN + cochees(*qui)).content.decode() for qui in ((chef, enseignante), (enseignante,))]
    assert ["vous serez déconnecté" in page for page in pages] == [True, False]


def test_ceux_qui_ne_sont_jamais_venus_recoivent_un_lien(
    client_de, chef, enseignante, centre_a, centre_b, mailoutbox
) -> None:
    neufs = [fabriquer_personne(f"neuf{rang}", Role.ENSEIGNANT, centre_a) for rang in range(3)]
    Utilisateur.objects.filter(pk__in=[un.pk for un in neufs]).update(password="!", email="neuf@exemple.fr")
    Utilisateur.objects.filter(pk=neufs[2].pk).update(email="")
    affecter_a(neufs[1], Role.ENSEIGNANT, centre_b)
    client = client_de(chef)
    page = INVITER + cochees(enseignante, *neufs)
    # Celle qui sert déjà, celui qui travaille aussi ailleurs, celui sans adresse : pas ici.
    assert client.get(page).context["caches"] == [("personne", str(neufs[0].pk))]
    assert client.post(INVITER, {"personne": [un.pk for un in [enseignante, *neufs]]}).status_code == 302
    assert [message.to for message in mailoutbox] == [["neuf@exemple.fr"]]
    assert Invitation.objects.ouvertes().get().utilisateur == neufs[0]
    assert actes() == ["invitation.creee"]


@pytest.mark.parametrize("adresse", [FIN, INVITER])
def test_sans_personne_a_qui_agir_la_liste_le_dit(client_de, chef, ddfpt, adresse) -> None:
    reponse = client_de(chef).get(adresse, follow=True)
    assert (reponse.redirect_chain[0][0], "Cochez" in reponse.content.decode()) == (LISTE, True)
    assert client_de(ddfpt).get(adresse).status_code == 404
    assert "Choisir" not in client_de(ddfpt).get(LISTE).content.decode()
