"""Les essais de connexion : exacts sous concurrence, et ni un poste ni une salle des professeurs ne sont fermés."""

import re
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from html import unescape
from threading import Barrier

import pytest
import time_machine
from django.contrib.auth.hashers import MD5PasswordHasher
from django.db import connection, connections
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from centres.models import EssaiConnexion, Utilisateur
from centres.services.essais import FENETRE, LIMITE, cle_d_essai, oublier_essais, reserver_essai
from tests.fabriques import fabriquer_utilisateur
from trpm.comptes.adaptateurs import REFUS

CONNEXION = reverse("connexion")
EN_PLUS = 12


def essayer(identifiant: str, mot_de_passe: str, adresse: str = "192.0.2.7"):
    champs = {"username": identifiant, "password": mot_de_passe}
    return Client(REMOTE_ADDR=adresse).post(CONNEXION, champs)


def sans_jeton(reponse: HttpResponse) -> str:
    """La page, hors du jeton CSRF, tiré au sort à chaque fois."""
    return re.sub(r"\b[A-Za-z0-9]{64}\b", "", reponse.content.decode())


@pytest.mark.postgresql
@pytest.mark.skipif(connection.vendor != "postgresql", reason="verrous de ligne")
@pytest.mark.django_db(transaction=True)
def test_de_n_plus_k_essais_simultanes_n_passent_et_une_collegue_entre():
    fabriquer_utilisateur("visee")
    fabriquer_utilisateur("collegue")
    depart = Barrier(LIMITE + EN_PLUS)

    def un_essai(_: int) -> int:
        try:
            depart.wait(timeout=30)
            return essayer("visee", "faux").status_code
        finally:
            connections.close_all()

    with ThreadPoolExecutor(LIMITE + EN_PLUS) as postes:
        issues = Counter(postes.map(un_essai, range(LIMITE + EN_PLUS)))
    assert issues == {200: LIMITE, 429: EN_PLUS}
    assert essayer("visee", "demo-trpm").status_code == 429
    assert essayer("collegue", "demo-trpm").status_code == 302
    assert essayer("visee", "demo-trpm", adresse="192.0.2.8").status_code == 302


def test_les_essais_reprennent_apres_un_quart_d_heure(db):
    fabriquer_utilisateur("visee")
    for _ in range(LIMITE + 3):
        essayer("visee", "faux")
    assert essayer("visee", "demo-trpm").status_code == 429
    with time_machine.travel(timezone.now() + FENETRE + timedelta(seconds=1), tick=False):
        assert essayer("visee", "demo-trpm").status_code == 302


def test_une_connexion_reussie_remet_le_compte_a_zero(db):
    fabriquer_utilisateur("visee")
    for _ in range(2):
        for _ in range(LIMITE - 1):
            assert essayer("visee", "faux").status_code == 200
        assert essayer("visee", "demo-trpm").status_code == 302
    assert not EssaiConnexion.objects.exists()


def test_la_page_de_refus_est_la_meme_pour_un_compte_inconnu(db):
    fabriquer_utilisateur("visee")
    for _ in range(LIMITE):
        essayer("visee", "faux")
        essayer("inconnue", "faux")
    connu, inconnu = essayer("visee", "faux"), essayer("inconnue", "faux")
    assert connu.status_code == inconnu.status_code == 429
    assert sans_jeton(connu) == sans_jeton(inconnu)


class HacheurTemoin(MD5PasswordHasher):
    """Compte les hachages demandés, par quelque chemin que ce soit."""

    haches = 0

    def encode(self, password: str, salt: str) -> str:
        HacheurTemoin.haches += 1
        return super().encode(password, salt)


@pytest.fixture
def hacheur_temoin(settings):
    settings.PASSWORD_HASHERS = [f"{__name__}.HacheurTemoin"]
    HacheurTemoin.haches = 0
    return HacheurTemoin


@pytest.mark.parametrize("etat", ["inconnue", "ouverte", "fermee", "sans_mot_de_passe"])
def test_tout_refus_coute_un_hachage_et_dit_la_meme_chose(db, hacheur_temoin, etat):
    fabriquer_utilisateur("ouverte")
    Utilisateur.objects.create_user("fermee", password="demo-trpm", is_active=False)
    Utilisateur.objects.create_user("sans_mot_de_passe")
    hacheur_temoin.haches = 0
    reponse = essayer(etat, "faux")
    assert hacheur_temoin.haches == 1
    assert reponse.status_code == 200
    assert REFUS in unescape(sans_jeton(reponse))
    assert sans_jeton(reponse).replace(etat, "X") == sans_jeton(essayer("une-autre", "faux")).replace("une-autre", "X")


def test_la_cle_ne_depend_ni_de_la_casse_ni_des_espaces_et_ne_dit_rien_du_compte():
    assert cle_d_essai("mot de passe", " Visee", "192.0.2.7") == cle_d_essai("mot de passe", "visee", "192.0.2.7")
    assert "visee" not in cle_d_essai("mot de passe", "visee", "192.0.2.7")
    assert cle_d_essai("mot de passe", "visee", None) != cle_d_essai("second facteur", "visee", None)


def test_un_poste_en_ipv6_ne_change_pas_de_compte_en_changeant_d_adresse():
    ici = cle_d_essai("mot de passe", "visee", "2001:db8:1:2:aaaa::1")
    assert ici == cle_d_essai("mot de passe", "visee", "2001:db8:1:2:bbbb::2")
    assert ici != cle_d_essai("mot de passe", "visee", "2001:db8:1:3::1")
    assert cle_d_essai("x", "v", "::ffff:192.0.2.7") == cle_d_essai("x", "v", "192.0.2.7")


def test_les_fenetres_passees_ne_s_accumulent_pas(db):
    reserver_essai("ancienne")
    EssaiConnexion.objects.update(debut=timezone.now() - 2 * FENETRE)
    reserver_essai("recente")
    reserver_essai("autre")
    oublier_essais("autre")
    assert list(EssaiConnexion.objects.values_list("cle", flat=True)) == ["recente"]
