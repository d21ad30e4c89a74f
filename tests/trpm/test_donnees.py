"""Les pages des données personnelles : qui les ouvre, ce qu'elles montrent, ce qu'elles ne montrent jamais."""

import json
from collections.abc import Callable
from datetime import date, timedelta
from io import BytesIO
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from openpyxl import load_workbook

from centres.models import Apprenant, Centre, Classe, Conservation, Evenement, Gel, Inscription, Utilisateur
from centres.services.conservation import dater_les_resultats, poser_gel
from certification.models import BeneficeNote
from evaluations.models import ObservationApprenant
from referentiel.models import SessionExamen
from tests.evaluations.donnees_de_test import positionner, une_situation
from tests.fabriques import fabriquer_classe, fabriquer_inscription
from tests.trpm.purge_outils import ENTREPRISE, OBSERVATIONS, RAISON, planter, publier_les_resultats
from trpm.donnees.communication import communiquer_donnees
from trpm.donnees.export import donnees_de_soi

Connexion = Callable[[Utilisateur], Client]
OBSERVATION = "Hésite sur la prise d'origine"
GENERALE = "=Très volontaire"
TOUS = [
    "enseignante",
    "ddfpt",
    "chef",
    "membre_commission",
    "inspecteur",
    "administrateur",
    "compte_apprenant",
    "etranger",
]


@pytest.fixture
def notee(ines: Inscription, classe: Classe, enseignante: Utilisateur, compte_apprenant: Utilisateur) -> Inscription:
    """Inès : un niveau, deux observations, une note conservée."""
    situation = une_situation(enseignante, classe)
    case = positionner(situation, ines, "C7.1", 3)
    case.observation = OBSERVATION
    case.save()
    ObservationApprenant.objects.create(
        situation=situation, inscription=ines, texte=GENERALE, auteur=enseignante, modifie_le=timezone.now()
    )
    epreuve = classe.version.epreuves.get(code="E2")
    BeneficeNote.objects.create(apprenant=ines.apprenant, epreuve=epreuve, session_obtention=2025, note="13.25")
    return ines


def textes_du_classeur(contenu: bytes) -> dict[str, list[str]]:
    return {
        feuille.title: [str(valeur) for ligne in feuille.iter_rows(values_only=True) for valeur in ligne if valeur]
        for feuille in load_workbook(BytesIO(contenu))
    }


def test_l_apprenante_emporte_ses_niveaux_sans_observation_ni_note(
    client_de: Connexion, notee: Inscription, compte_apprenant: Utilisateur
) -> None:
    client = client_de(compte_apprenant)
    page = client.get(reverse("mes_donnees")).content.decode()
    assert "Bernard" in page
    fichier = client.get(reverse("mes_donnees_fichier", args=["json"]))
    donnees = json.loads(fichier.content)
    assert donnees["identite"] == {"nom": "Bernard", "prenom": "Inès", "ine": ""}
    assert [(p["competence"], p["niveau_ou_etat"]) for p in donnees["positionnements"]] == [("C7.1", 3)]
    assert [(n["competence"], n["niveau"]) for n in donnees["niveaux_retenus"]] == [("C7.1", 3)]
    assert "observations" not in donnees
    classeur = client.get(reverse("mes_donnees_fichier", args=["xlsx"]))
    assert set(textes_du_classeur(classeur.content)) == {
        "Identité",
        "Inscriptions",
        "Niveaux retenus",
        "Positionnements",
    }
    lisible = page + fichier.content.decode() + str(textes_du_classeur(classeur.content))
    for interdit in (OBSERVATION, GENERALE, "13.25", "13,25", "note_"):
        assert interdit not in lisible
    assert 'attachment; filename="trpm-mes-donnees-' in classeur["Content-Disposition"]
    assert "no-store" in classeur["Cache-Control"]


def test_un_enseignant_emporte_son_compte_et_ses_roles(enseignante: Utilisateur, notee: Inscription) -> None:
    donnees = donnees_de_soi(enseignante)
    assert donnees["compte"]["nom"] == "Hélène Faye"
    assert [role["role"] for role in donnees["affectations"]] == ["enseignant"]
    assert "positionnements" not in donnees


@pytest.mark.parametrize("qui", TOUS)
def test_chacun_lit_ses_donnees(request: pytest.FixtureRequest, client_de: Connexion, qui: str) -> None:
    client = client_de(request.getfixturevalue(qui))
    assert client.get(reverse("mes_donnees")).status_code == 200
    assert client.get(reverse("mes_donnees_fichier", args=["pdf"])).status_code == 404


@pytest.mark.parametrize("qui", ["ddfpt", "chef"])
def test_la_communication_remet_les_observations_et_se_journalise(
    request: pytest.FixtureRequest, client_de: Connexion, qui: str, notee: Inscription
) -> None:
    auteur = request.getfixturevalue(qui)
    adresse = reverse("organisation_donnees", args=[notee.apprenant_id])
    client = client_de(auteur)
    assert client.get(adresse).status_code == 200
    refus = client.post(adresse, {"motif": " ", "forme": "xlsx"})
    assert refus.status_code == 422
    assert not Evenement.objects.filter(acte="donnees.communiquees").exists()
    reponse = client.post(adresse, {"motif": "Demande écrite du 3 mars", "forme": "xlsx"})
    textes = textes_du_classeur(reponse.content)
    assert {OBSERVATION, GENERALE} <= set(textes["Observations"])
    assert not {"13.25", "13,25"} & {texte for feuille in textes.values() for texte in feuille}
    feuille = load_workbook(BytesIO(reponse.content))["Observations"]
    assert {cellule.data_type for ligne in feuille.iter_rows() for cellule in ligne if cellule.value} == {"s"}
    evenement = Evenement.objects.get(acte="donnees.communiquees")
    assert (evenement.auteur, evenement.motif) == (auteur, "Demande écrite du 3 mars")


def test_la_communication_ne_sort_pas_ce_que_tient_un_autre_centre(
    notee: Inscription, chef: Utilisateur, centre_b: Centre, etranger: Utilisateur
) -> None:
    ailleurs = fabriquer_classe(centre_b, notee.classe.version)
    autre = fabriquer_inscription(ailleurs, notee.option, apprenant=notee.apprenant)
    positionner(une_situation(etranger, ailleurs), autre, "C7.2", 4)
    donnees = json.loads(communiquer_donnees(auteur=chef, apprenant=notee.apprenant, motif="demande", forme="json"))
    assert [p["competence"] for p in donnees["positionnements"]] == ["C7.1"]
    assert [i["centre"] for i in donnees["inscriptions"]] == ["Lycée A, Lyon"]


def test_la_communication_remet_aussi_l_entreprise(classe: Classe, enseignante: Utilisateur, chef: Utilisateur) -> None:
    zephirin = planter(classe, enseignante, chef)
    donnees = json.loads(communiquer_donnees(auteur=chef, apprenant=zephirin.apprenant, motif="demande", forme="json"))
    textes = {observation["texte"] for observation in donnees["observations"]}
    prevu, vu, _, fait, remarque, synthese = ENTREPRISE
    assert {prevu, vu, fait, remarque, synthese, RAISON, *OBSERVATIONS[1:]} == textes
    assert [(p["entreprise"], p["tuteur"]) for p in donnees["periodes_en_entreprise"]] == [("MécaLoire", "Perrin")]
    siennes = donnees_de_soi(zephirin.apprenant.utilisateur)
    assert [p["entreprise"] for p in siennes["periodes_en_entreprise"]] == ["MécaLoire"]
    assert not {"observations", "reponses_des_tuteurs"} & set(siennes)


def test_des_donnees_anonymisees_ne_se_communiquent_plus(notee: Inscription, chef: Utilisateur) -> None:
    Apprenant.objects.update(anonymise_le=timezone.now())
    with pytest.raises(ValidationError, match="anonymisées"):
        communiquer_donnees(auteur=chef, apprenant=notee.apprenant, motif="demande", forme="json")


@pytest.mark.parametrize(
    ("nom", "admis"),
    [
        ("organisation_donnees", {"ddfpt", "chef"}),
        ("organisation_gel_poser", {"chef"}),
        ("organisation_conservation", {"chef"}),
        ("organisation_conservation_duree", {"chef"}),
        ("organisation_purge", {"chef"}),
        ("organisation_gel_lever", {"chef"}),
        ("organisation_resultats", {"administrateur"}),
        ("organisation_resultats_dater", {"administrateur"}),
    ],
)
def test_les_autres_ne_trouvent_pas_la_page(
    request: pytest.FixtureRequest,
    client_de: Connexion,
    nom: str,
    admis: set[str],
    notee: Inscription,
    chef: Utilisateur,
) -> None:
    gel = poser_gel(auteur=chef, apprenant=notee.apprenant, motif="recours")
    cles = {
        "organisation_donnees": notee.apprenant_id,
        "organisation_gel_poser": notee.apprenant_id,
        "organisation_conservation_duree": notee.classe.centre_id,
        "organisation_purge": notee.classe.centre_id,
        "organisation_gel_lever": gel.pk,
        "organisation_resultats_dater": notee.classe.session_id,
    }
    adresse = reverse(nom, args=[cles[nom]] if nom in cles else [])
    statuts = {qui: client_de(request.getfixturevalue(qui)).get(adresse).status_code for qui in TOUS}
    assert statuts == {qui: 200 if qui in admis else 404 for qui in TOUS}


def test_le_chef_regle_la_duree(client_de: Connexion, chef: Utilisateur, centre_a: Centre) -> None:
    client, adresse = client_de(chef), reverse("organisation_conservation_duree", args=[centre_a.pk])
    assert client.post(adresse, {"mois": 0}).status_code == 422
    assert client.post(adresse, {"mois": 24}).status_code == 302
    assert Conservation.objects.get(centre=centre_a).mois == 24
    client.post(adresse, {"mois": 24})
    assert Evenement.objects.filter(acte="conservation.reglee").count() == 1


def test_le_chef_gele_puis_leve(client_de: Connexion, chef: Utilisateur, notee: Inscription) -> None:
    client = client_de(chef)
    poser = reverse("organisation_gel_poser", args=[notee.apprenant_id])
    assert client.post(poser, {"motif": ""}).status_code == 422
    assert client.post(poser, {"motif": "recours"}).status_code == 302
    assert "déjà en cours" in client.post(poser, {"motif": "encore"}).content.decode()
    assert "gel en cours" in client.get(reverse("organisation_conservation")).content.decode()
    lever = reverse("organisation_gel_lever", args=[Gel.objects.get().pk])
    assert "recours" in client.get(lever).content.decode()
    assert client.post(lever, {"motif": "jugé"}).status_code == 302
    assert client.get(lever).status_code == 404


def test_la_purge_demande_le_nombre_exact(client_de: Connexion, chef: Utilisateur, notee: Inscription) -> None:
    publier_les_resultats(2026, 400)
    client, adresse = client_de(chef), reverse("organisation_purge", args=[notee.classe.centre_id])
    page = client.get(adresse).content.decode()
    assert "1 personne au terme du délai" in page
    cles = str(notee.apprenant_id)
    assert client.post(adresse, {"nombre": 2, "attendus": cles}).status_code == 422
    perimee = client.post(adresse, {"nombre": 1, "attendus": "999999"})
    assert "a changé depuis l" in perimee.content.decode()
    assert f'value="{cles}"' in perimee.content.decode()
    assert Apprenant.objects.get(pk=notee.apprenant_id).nom == "Bernard"
    assert client.post(adresse, {"nombre": 1, "attendus": cles}).status_code == 302
    assert Apprenant.objects.get(pk=notee.apprenant_id).nom == "Anonymisé"
    assert "est au terme du délai" in client.get(adresse).content.decode()


def test_sans_resultats_la_page_de_purge_dit_pourquoi_et_refuse(
    client_de: Connexion, chef: Utilisateur, notee: Inscription
) -> None:
    client, adresse = client_de(chef), reverse("organisation_purge", args=[notee.classe.centre_id])
    assert "Rien ne peut encore s'effacer" in client.get(adresse).content.decode().replace("&#x27;", "'")
    assert client.post(adresse, {"nombre": 0, "attendus": ""}).status_code == 422


def test_l_administrateur_date_les_resultats(client_de: Connexion, administrateur: Utilisateur, classe: Classe) -> None:
    client, adresse = client_de(administrateur), reverse("organisation_resultats_dater", args=[classe.session_id])
    hier = date(2026, 7, 5)
    assert client.post(adresse, {"resultats_le": "2025-07-05"}).status_code == 422
    assert client.post(adresse, {"resultats_le": hier.isoformat()}).status_code == 302
    assert SessionExamen.objects.get(pk=classe.session_id).resultats_le == hier
    assert Evenement.objects.get(acte="resultats.dates").apres == {"resultats_le": "2026-07-05"}
    client.post(adresse, {"resultats_le": hier.isoformat()})
    assert Evenement.objects.filter(acte="resultats.dates").count() == 1
    assert "publiés le 05/07/2026" in client.get(reverse("organisation_resultats")).content.decode()


def test_des_resultats_ne_se_datent_pas_dans_l_avenir(administrateur: Utilisateur, classe: Classe) -> None:
    with pytest.raises(ValidationError, match="avenir"):
        dater_les_resultats(auteur=administrateur, session=classe.session, le=timezone.localdate() + timedelta(days=1))


def test_la_page_de_conservation_coute_autant_pour_un_que_pour_trois(
    client_de: Connexion, chef: Utilisateur, inscriptions: list[Inscription], django_assert_max_num_queries: Any
) -> None:
    client, adresse = client_de(chef), reverse("organisation_conservation")
    client.get(adresse)
    with django_assert_max_num_queries(40) as trois:
        client.get(adresse)
    Inscription.objects.exclude(pk=inscriptions[0].pk).delete()
    with django_assert_max_num_queries(40) as un:
        client.get(adresse)
    assert len(un) == len(trois)


@pytest.mark.parametrize("nom", ["donnees_personnelles", "accessibilite"])
def test_les_mentions_se_lisent_sans_compte(
    client: Client, client_de: Connexion, enseignante: Utilisateur, nom: str
) -> None:
    anonyme = client.get(reverse(nom))
    assert anonyme.status_code == 200
    assert client_de(enseignante).get(reverse(nom)).status_code == 200
    connexion = client.get(reverse("connexion")).content.decode()
    assert f'href="{reverse(nom)}"' in connexion
