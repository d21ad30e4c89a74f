"""Administration des entreprises, des tuteurs et des centres."""

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from centres import services
from centres.enums import Modalite
from centres.models import Centre, Entreprise, Evenement, Tuteur
from tests.centres.organisation_outils import actes, champs

ENTREPRISES = reverse("centres:organisation_entreprises")
CREER = reverse("centres:organisation_entreprise_creer")
FUSIONNER = reverse("centres:organisation_entreprises_fusionner")
CREER_CENTRE = reverse("centres:organisation_centre_creer")
SIRET = "73282932000074"


def fiche(entreprise: Entreprise, suite: str = "") -> str:
    return reverse(f"centres:organisation_entreprise{suite}", args=[entreprise.pk])


@pytest.fixture
def mecaloire(centre_a) -> Entreprise:
    return Entreprise.objects.create(centre=centre_a, nom="MécaLoire", commune="Roanne")


@pytest.fixture
def doublon(centre_a) -> Entreprise:
    return Entreprise.objects.create(centre=centre_a, nom="Mecaloire SARL", commune="Roanne", siret=SIRET)


@pytest.fixture
def ailleurs(centre_b) -> Entreprise:
    return Entreprise.objects.create(centre=centre_b, nom="D'ailleurs")


@pytest.fixture
def tuteur(mecaloire) -> Tuteur:
    return Tuteur.objects.create(entreprise=mecaloire, nom="Vidal", prenom="Ève")


def test_on_cherche_une_entreprise_ou_son_tuteur_sans_accent(client_de, ddfpt, mecaloire, tuteur, doublon, ailleurs):
    client = client_de(ddfpt)
    assert set(client.get(ENTREPRISES).context["page"]) == {mecaloire, doublon}
    assert list(client.get(ENTREPRISES, {"q": "eve vidal"}).context["page"]) == [mecaloire]
    assert set(client.get(ENTREPRISES, {"q": "mecaloire"}).context["page"]) == {mecaloire, doublon}
    assert "Aucune entreprise ne correspond" in client.get(ENTREPRISES, {"q": "ailleurs"}).content.decode()


def test_la_liste_coute_autant_avec_une_ou_trois_entreprises(client_de, ddfpt, centre_a):
    client = client_de(ddfpt)
    couts = []
    for rang in range(3):
        entreprise = Entreprise.objects.create(centre=centre_a, nom=f"E{rang}")
        Tuteur.objects.create(entreprise=entreprise, nom="T")
        with CaptureQueriesContext(connection) as requetes:
            client.get(ENTREPRISES)
        couts.append(len(requetes))
    assert couts == [couts[0]] * 3


@pytest.mark.parametrize("qui", ["enseignante", "inspecteur", "administrateur", "etranger", "compte_apprenant"])
def test_pour_les_autres_ces_pages_n_existent_pas(request, client_de, mecaloire, tuteur, qui):
    client = client_de(request.getfixturevalue(qui))
    suites = ["", "_modifier", "_supprimer"]
    tuteurs = [reverse(f"centres:organisation_tuteur_{acte}", args=[tuteur.pk]) for acte in ("modifier", "supprimer")]
    pages = [ENTREPRISES, CREER, FUSIONNER, *(fiche(mecaloire, suite) for suite in suites), *tuteurs]
    pages.append(reverse("centres:organisation_tuteur_creer", args=[mecaloire.pk]))
    assert {page: client.get(page).status_code for page in pages} == dict.fromkeys(pages, 404)
    envois = [page for page in pages if page not in (ENTREPRISES, fiche(mecaloire))]
    assert {page: client.post(page).status_code for page in envois} == dict.fromkeys(envois, 404)
    assert Evenement.objects.count() == 0


def test_creer_une_entreprise_normalise_son_siret(client_de, ddfpt, centre_a):
    saisie = {"centre": centre_a.pk, "nom": " Ateliers ", "siret": "732 829 320 00074"}
    client = client_de(ddfpt)
    assert client.post(CREER, saisie).status_code == 302
    assert (Entreprise.objects.get().nom, Entreprise.objects.get().siret) == ("Ateliers", SIRET)
    assert actes() == ["entreprise.creee"]
    refusee = client.post(CREER, {**saisie, "nom": "Autre", "siret": "12"})
    assert refusee.status_code == 422
    assert refusee.context["formulaire"].errors["siret"] == [
        "Un SIRET compte quatorze chiffres : corrigez-le, ou videz la case."
    ]


def test_modifier_une_entreprise_sans_ecraser(client_de, ddfpt, chef, mecaloire):
    client = client_de(ddfpt)
    saisie = {**champs(client, fiche(mecaloire, "_modifier")), "nom": "Méca"}
    services.modifier_entreprise(auteur=chef, entreprise=mecaloire, nom="ML", commune="Roanne", siret="")
    assert client.post(fiche(mecaloire, "_modifier"), saisie).status_code == 422
    saisie = {**champs(client, fiche(mecaloire, "_modifier")), "nom": "Méca"}
    assert client.post(fiche(mecaloire, "_modifier"), saisie).status_code == 302
    assert Evenement.objects.order_by("pk").last().avant == {"nom": "ML"}


def test_une_entreprise_qui_a_un_tuteur_ne_se_supprime_pas(client_de, ddfpt, mecaloire, tuteur):
    client = client_de(ddfpt)
    refusee = client.post(fiche(mecaloire, "_supprimer"))
    assert refusee.context["refus"] == ["Suppression impossible : 1 tuteur en dépend."]
    assert refusee.status_code == 422
    supprimer = reverse("centres:organisation_tuteur_supprimer", args=[tuteur.pk])
    assert client.get(supprimer).status_code == 200
    assert client.post(supprimer).status_code == 302
    assert client.post(fiche(mecaloire, "_supprimer")).status_code == 302
    assert actes() == ["tuteur.supprime", "entreprise.supprimee"]


def test_un_tuteur_se_cree_et_se_corrige_sans_nom_au_journal(client_de, ddfpt, mecaloire):
    client = client_de(ddfpt)
    saisie = {"nom": "Vidal", "prenom": "Ève", "email": "Eve@Exemple.fr"}
    creer = reverse("centres:organisation_tuteur_creer", args=[mecaloire.pk])
    assert "ni téléphone" in client.get(creer).content.decode()
    assert client.post(creer, saisie).status_code == 302
    tuteur = Tuteur.objects.get()
    modifier = reverse("centres:organisation_tuteur_modifier", args=[tuteur.pk])
    assert client.post(modifier, {**champs(client, modifier), "nom": "Vidal-Roy"}).status_code == 302
    assert actes() == ["tuteur.cree", "tuteur.modifie"]
    assert "Vidal" not in str(list(Evenement.objects.values_list("avant", "apres")))


def test_reunir_des_doublons_reunit_aussi_leurs_tuteurs(client_de, ddfpt, mecaloire, doublon, tuteur):
    Tuteur.objects.create(entreprise=doublon, nom="VIDAL", prenom="Eve", email="eve@exemple.fr")
    Tuteur.objects.create(entreprise=doublon, nom="Autre")
    client = client_de(ddfpt)
    choisies = {"entreprise": [mecaloire.pk, doublon.pk]}
    page = client.get(FUSIONNER, choisies)
    assert "Mecaloire SARL" in page.content.decode()
    saisie = {**choisies, "garder": mecaloire.pk, "empreinte": page.context["empreinte"]}
    assert client.post(FUSIONNER, saisie).status_code == 302
    restante = Entreprise.objects.get()
    assert (restante.nom, restante.siret) == ("MécaLoire", SIRET)
    lus = restante.tuteurs.order_by("nom").values_list("nom", "email")
    assert list(lus) == [("Autre", ""), ("Vidal", "eve@exemple.fr")]
    assert actes() == ["entreprise.fusionnee"]


def test_une_fusion_vue_trop_tard_est_refusee(client_de, ddfpt, chef, mecaloire, doublon):
    client = client_de(ddfpt)
    choisies = {"entreprise": [mecaloire.pk, doublon.pk]}
    empreinte = client.get(FUSIONNER, choisies).context["empreinte"]
    services.modifier_entreprise(auteur=chef, entreprise=doublon, nom="Tout autre", commune="", siret="")
    saisie = {**choisies, "garder": mecaloire.pk, "empreinte": empreinte}
    assert client.post(FUSIONNER, saisie).status_code == 422
    assert Entreprise.objects.count() == 2


def test_on_ne_reunit_pas_avec_un_autre_centre(client_de, ddfpt, mecaloire, ailleurs):
    reponse = client_de(ddfpt).get(FUSIONNER, {"entreprise": [mecaloire.pk, ailleurs.pk]}, follow=True)
    assert "Cochez au moins deux entreprises" in reponse.content.decode()
    with pytest.raises(ValidationError, match="du même centre"):
        services.fusionner_entreprises(auteur=ddfpt, gardee=mecaloire, doublons=[ailleurs])


def test_une_fiche_a_garder_inconnue_est_refusee(client_de, ddfpt, mecaloire, doublon):
    saisie = {"entreprise": [mecaloire.pk, doublon.pk], "garder": "999999", "empreinte": ""}
    assert client_de(ddfpt).post(FUSIONNER, saisie).context["refus"] == ["Choisir la fiche qui reste."]


def test_l_administrateur_cree_et_decrit_un_centre(client_de, administrateur):
    client = client_de(administrateur)
    saisie = {"nom": "CFA X", "commune": "Lyon", "uai": "0690001a", "statut": "cfa", "modalite_propre": ""}
    assert client.post(CREER_CENTRE, saisie).status_code == 302
    centre = Centre.objects.get()
    assert (centre.uai, centre.modalite) == ("0690001A", Modalite.CCF)
    modifier = reverse("centres:organisation_centre_modifier", args=[centre.pk])
    assert client.post(modifier, {**champs(client, modifier), "modalite_propre": "ponctuel"}).status_code == 302
    centre.refresh_from_db()
    assert (centre.modalite, actes()) == (Modalite.PONCTUEL, ["centre.cree", "centre.modifie"])
    assert client.post(CREER_CENTRE, {**saisie, "uai": "69"}).status_code == 422
    assert client.post(CREER_CENTRE, saisie).status_code == 422


@pytest.mark.parametrize("qui", ["chef", "ddfpt", "enseignante", "inspecteur"])
def test_les_autres_ne_touchent_pas_aux_centres(request, client_de, centre_a, qui):
    personne = request.getfixturevalue(qui)
    client = client_de(personne)
    modifier = reverse("centres:organisation_centre_modifier", args=[centre_a.pk])
    assert [client.post(page).status_code for page in (CREER_CENTRE, modifier)] == [404, 404]
    assert "Nouveau centre" not in client.get(reverse("centres:centres")).content.decode()
    with pytest.raises(PermissionDenied):
        services.creer_centre(auteur=personne, nom="X", commune="Y", uai="", statut="cfa", modalite_propre="")


def test_la_page_d_entree_compte_ce_que_l_on_peut_voir(client_de, chef, administrateur, inscriptions, mecaloire):
    entree = reverse("centres:organisation")
    effectifs = client_de(chef).get(entree).context["effectifs"]
    assert (effectifs.classes, effectifs.apprenants, effectifs.entreprises) == (1, 3, 1)
    assert "Apprenants" not in client_de(administrateur).get(entree).content.decode()


def test_un_siret_a_la_cle_fausse_est_refuse_a_la_saisie(client_de, ddfpt, centre_a):
    saisie = {"centre": centre_a.pk, "nom": "Usinage", "commune": "Lyon", "siret": "12345678901234"}
    refus = client_de(ddfpt).post("/organisation/entreprises/creer/", saisie)
    assert refus.status_code == 422
    assert "sa clé est fausse" in refus.content.decode()
