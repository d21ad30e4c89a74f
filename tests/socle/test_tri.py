"""L'ordre alphabétique français, dans la base et en mémoire."""

import pytest

from centres.models import Apprenant
from trpm.socle.tri import cle_de_tri

NOMS = ["Abel", "Bernard", "Çelik", "Cerny", "Durand", "élan", "Étienne", "Zola"]


@pytest.mark.django_db
def test_la_base_range_les_noms_comme_un_appel():
    Apprenant.objects.bulk_create([Apprenant(nom=nom, prenom="Camille") for nom in reversed(NOMS)])
    assert list(Apprenant.objects.order_by("nom").values_list("nom", flat=True)) == NOMS


def test_la_memoire_range_les_noms_comme_la_base():
    assert sorted(["Durand", "Çelik", "Cerny", "Bernard"], key=cle_de_tri) == ["Bernard", "Çelik", "Cerny", "Durand"]


@pytest.mark.django_db
def test_deux_noms_qui_ne_different_que_par_l_accent_restent_deux_noms():
    Apprenant.objects.create(nom="Noel", prenom="Camille")
    assert not Apprenant.objects.filter(nom="Noël").exists()
