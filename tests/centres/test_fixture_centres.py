"""Les 19 centres du document source, leur statut et leur modalité."""

import json

import pytest
from django.conf import settings
from django.core.management import call_command

from centres.enums import Modalite, StatutCentre
from centres.models import Centre
from tests.conftest import lire_les_faits
from tests.fabriques import fabriquer_centre

STATUTS = {
    "public": StatutCentre.PUBLIC,
    "privé sous contrat": StatutCentre.SOUS_CONTRAT,
    "privé hors contrat": StatutCentre.HORS_CONTRAT,
    "CFAI": StatutCentre.CFA,
}


def centres_des(faits) -> set[tuple[str, str, str]]:
    return {
        (centre["nom"], centre["commune"], STATUTS[statut].value)
        for statut, centres in faits.items()
        for centre in centres
    }


def centres_charges() -> set[tuple[str, str, str]]:
    return set(Centre.objects.values_list("nom", "commune", "statut"))


@pytest.mark.django_db
def test_les_centres_charges_sont_ceux_du_document_source():
    call_command("loaddata", "centres", verbosity=0)
    assert centres_charges() == centres_des(lire_les_faits()["centres"])
    assert Centre.objects.count() == 19


def test_les_centres_charges_sont_ceux_des_annexes_du_referentiel(referentiel):
    call_command("loaddata", "centres", verbosity=0)
    assert centres_charges() == centres_des(referentiel.annexes["centres"])


@pytest.mark.django_db
def test_recharger_ne_double_rien_et_garde_les_cles():
    existant = fabriquer_centre("Carnot", StatutCentre.PUBLIC, "Roanne")
    for _ in range(2):
        call_command("loaddata", "centres", verbosity=0)
    assert Centre.objects.count() == 19
    assert Centre.objects.get(nom="Carnot").pk == existant.pk


@pytest.mark.django_db
def test_seuls_les_hors_contrat_relevent_du_ponctuel():
    call_command("loaddata", "centres", verbosity=0)
    ponctuels = {centre.nom for centre in Centre.objects.all() if centre.modalite == Modalite.PONCTUEL}
    assert ponctuels == {
        "École de production Boisard",
        "École de production Gorge de Loup",
        "Compagnons du Devoir",
    }


@pytest.mark.django_db
def test_un_cfa_non_habilite_releve_du_ponctuel():
    centre = fabriquer_centre("CFA", StatutCentre.CFA)
    assert centre.modalite == Modalite.CCF
    centre.modalite_propre = Modalite.PONCTUEL
    assert centre.modalite == Modalite.PONCTUEL


def test_le_fichier_ne_fixe_aucune_cle():
    lignes = json.loads((settings.BASE_DIR / "fixtures" / "centres.json").read_text())
    assert [sorted(ligne) for ligne in lignes] == [["fields", "model"]] * 19
