"""Administration des personnels : rôles datés, plusieurs centres, comptes ; un chef ne prend pas le compte d'autrui."""

from datetime import date

import pytest
import time_machine
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from centres import services
from centres.enums import Role
from centres.models import Affectation, Evenement, Utilisateur
from tests.centres.organisation_outils import actes, champs
from tests.fabriques import affecter_a, fabriquer_personne

PERSONNELS = reverse("centres:organisation_personnels")
CREER = reverse("centres:organisation_personne_creer")
JOUR = date(2026, 1, 5)

pytestmark = pytest.mark.usefixtures("_en_janvier")


@pytest.fixture
def _en_janvier():
    with time_machine.travel("2026-01-05 10:00:00+01:00"):
        yield


def fiche(personne: Utilisateur, suite: str = "") -> str:
    return reverse(f"centres:organisation_personne{suite}", args=[personne.pk])


def fin_de(personne: Utilisateur) -> str:
    return reverse("centres:organisation_affectation_terminer", args=[personne.affectations.get().pk])


def noms(reponse) -> list[str]:
    return [ligne.personne.username for ligne in reponse.context["lignes"]]


def test_un_chef_voit_l_equipe_de_son_centre(client_de, chef, enseignante, inspecteur, etranger, ancien):
    client = client_de(chef)
    assert sorted(noms(client.get(PERSONNELS))) == ["ancien", "chef", "enseignante", "inspecteur"]
    assert noms(client.get(PERSONNELS, {"q": "helene"})) == ["enseignante"]
    assert noms(client.get(PERSONNELS, {"role": "inspecteur"})) == ["inspecteur"]
    assert noms(client.get(PERSONNELS, {"etat": "passe"})) == ["ancien"]
    assert client.get(fiche(etranger)).status_code == 404


def test_d_une_personne_de_deux_centres_on_ne_voit_que_ses_roles_d_ici(client_de, chef, inspecteur, centre_b):
    texte = client_de(chef).get(fiche(inspecteur)).content.decode()
    assert "Lycée A" in texte
    assert "Lycée B" not in texte


def test_l_administrateur_voit_tout_le_monde_sauf_les_apprenants(
    client_de, administrateur, chef, etranger, compte_apprenant
):
    client = client_de(administrateur)
    assert sorted(noms(client.get(PERSONNELS))) == ["admin", "chef", "etranger"]
    assert client.get(fiche(compte_apprenant)).status_code == 404


def test_le_ddfpt_lit_sans_toucher(client_de, ddfpt, enseignante):
    client = client_de(ddfpt)
    texte = client.get(fiche(enseignante)).content.decode()
    assert "Hélène Faye" in texte
    assert "Donner un rôle" not in texte
    interdites = [
        CREER,
        fiche(enseignante, "_modifier"),
        fiche(enseignante, "_affecter"),
        fiche(enseignante, "_compte"),
    ]
    assert [client.get(page).status_code for page in [*interdites, fin_de(enseignante)]] == [404] * 5
    assert [client.post(page).status_code for page in [*interdites, fin_de(enseignante)]] == [404] * 5
    assert actes() == []


@pytest.mark.parametrize("qui", ["enseignante", "membre_commission", "inspecteur", "compte_apprenant", "ancien"])
def test_pour_les_autres_ces_pages_n_existent_pas(request, client_de, chef, qui):
    client = client_de(request.getfixturevalue(qui))
    suites = ["", "_modifier", "_affecter", "_compte"]
    pages = [
        reverse("centres:organisation"),
        PERSONNELS,
        CREER,
        *(fiche(chef, suite) for suite in suites),
        fin_de(chef),
    ]
    assert {page: client.get(page).status_code for page in pages} == dict.fromkeys(pages, 404)
    assert "Administration" not in client.get(reverse("accueil")).content.decode()


def test_la_liste_coute_autant_avec_une_ou_trois_personnes(client_de, chef, centre_a):
    client = client_de(chef)
    couts = []
    for rang in range(3):
        with CaptureQueriesContext(connection) as requetes:
            client.get(PERSONNELS)
        couts.append(len(requetes))
        fabriquer_personne(f"autre{rang}", Role.ENSEIGNANT, centre_a)
    assert couts == [couts[0]] * 3


def role(centre, **autres) -> dict[str, object]:
    return {"role": "enseignant", "centre": centre.pk, "debut": "2026-01-05", **autres}


def nouvelle(centre, **autres) -> dict[str, object]:
    return role(centre, prenom="Élodie", nom="De la Tour", email="Elodie.Tour@exemple.fr", **autres)


def test_un_chef_accueille_une_nouvelle_personne(client_de, chef, centre_a):
    assert client_de(chef).post(CREER, nouvelle(centre_a)).status_code == 302
    personne = Utilisateur.objects.get(email="elodie.tour@exemple.fr")
    assert (personne.username, personne.has_usable_password()) == ("edelatour", False)
    assert personne.affectations.get().role == Role.ENSEIGNANT
    assert actes() == ["utilisateur.cree", "affectation.creee"]


def test_une_adresse_connue_recoit_le_role_sans_second_compte(client_de, chef, centre_a, etranger):
    Utilisateur.objects.filter(pk=etranger.pk).update(email="elodie.tour@exemple.fr")
    assert client_de(chef).post(CREER, nouvelle(centre_a)).status_code == 302
    etranger.refresh_from_db()
    assert (etranger.first_name, etranger.affectations.count()) == ("Étienne", 2)
    assert actes() == ["affectation.creee"]


@pytest.mark.parametrize("interdit", ["inspecteur", "administrateur"])
def test_un_chef_ne_nomme_ni_inspecteur_ni_administrateur(client_de, chef, centre_a, interdit):
    reponse = client_de(chef).post(CREER, nouvelle(centre_a, role=interdit))
    assert reponse.status_code == 422
    assert "role" in reponse.context["formulaire"].errors
    assert actes() == []


def test_un_chef_ne_nomme_pas_dans_un_autre_centre(client_de, chef, centre_b):
    assert client_de(chef).post(CREER, nouvelle(centre_b)).status_code == 422
    assert actes() == []


def test_l_administrateur_nomme_un_inspecteur_et_un_administrateur(client_de, administrateur, centre_b, enseignante):
    client = client_de(administrateur)
    assert client.post(fiche(enseignante, "_affecter"), role(centre_b, role="inspecteur")).status_code == 302
    sans_centre = {"role": "administrateur", "centre": "", "debut": "2026-01-05"}
    assert client.post(fiche(enseignante, "_affecter"), sans_centre).status_code == 302
    assert client.post(fiche(enseignante, "_affecter"), {**sans_centre, "centre": centre_b.pk}).status_code == 422
    assert actes() == ["affectation.creee"] * 2


def test_finir_un_role_se_date_et_se_journalise(client_de, chef, enseignante):
    client = client_de(chef)
    page = fin_de(enseignante)
    assert client.post(page, {**champs(client, page), "fin": "2026-01-04"}).status_code == 302
    evenement = Evenement.objects.get()
    assert (evenement.acte, evenement.avant, evenement.apres["fin"]) == (
        "affectation.terminee",
        {"fin": None},
        "2026-01-04",
    )
    enseignante.refresh_from_db()
    assert client_de(enseignante).get(reverse("centres:classes")).context["annees"] == ()


def test_une_fin_de_role_vue_trop_tard_est_refusee(client_de, chef, administrateur, enseignante):
    client = client_de(chef)
    saisie = {**champs(client, fin_de(enseignante)), "fin": "2026-06-30"}
    une = enseignante.affectations.get()
    services.terminer_affectation(auteur=administrateur, affectation=une, fin=date(2026, 3, 1))
    assert client.post(fin_de(enseignante), saisie).status_code == 422
    assert Affectation.objects.get(pk=une.pk).fin == date(2026, 3, 1)


def test_le_dernier_administrateur_reste(administrateur):
    with pytest.raises(ValidationError, match="dernier administrateur"):
        services.terminer_affectation(auteur=administrateur, affectation=administrateur.affectations.get(), fin=JOUR)


def test_un_chef_ne_prend_pas_le_compte_de_qui_travaille_aussi_ailleurs(client_de, chef, enseignante, centre_b):
    """Changer son adresse, ce serait pouvoir redemander son mot de passe."""
    client = client_de(chef)
    assert client.get(fiche(enseignante, "_modifier")).status_code == 200
    affecter_a(enseignante, Role.ENSEIGNANT, centre_b)
    assert client.get(fiche(enseignante, "_modifier")).status_code == 404
    with pytest.raises(PermissionDenied):
        services.modifier_personne(auteur=chef, personne=enseignante, prenom="X", nom="Y", email="pirate@exemple.fr")


@pytest.mark.parametrize("qui", ["inspecteur", "administrateur"])
def test_un_chef_ne_ferme_ni_un_inspecteur_ni_un_administrateur(request, client_de, chef, centre_a, qui):
    personne = request.getfixturevalue(qui)
    affecter_a(personne, Role.ENSEIGNANT, centre_a)
    assert client_de(chef).post(fiche(personne, "_compte")).status_code == 404
    personne.refresh_from_db()
    assert personne.is_active


def test_un_compte_ferme_n_ouvre_plus_rien_puis_se_rouvre(client_de, chef, enseignante):
    client, sien = client_de(chef), client_de(enseignante)
    page = fiche(enseignante, "_compte")
    assert client.post(page, dict(client.get(page).context["caches"])).status_code == 302
    assert sien.get(reverse("centres:classes")).status_code == 302
    assert client.post(page, dict(client.get(page).context["caches"])).status_code == 302
    enseignante.refresh_from_db()
    assert (enseignante.is_active, actes()) == (True, ["utilisateur.ferme", "utilisateur.rouvert"])


def test_on_ne_ferme_pas_son_propre_compte(client_de, chef):
    client = client_de(chef)
    page = fiche(chef, "_compte")
    reponse = client.post(page, dict(client.get(page).context["caches"]))
    assert (reponse.status_code, reponse.context["refus"]) == (422, ["On ne ferme pas son propre compte."])


def test_deux_comptes_n_ont_pas_la_meme_adresse(client_de, chef, enseignante, collegue):
    Utilisateur.objects.filter(pk=collegue.pk).update(email="prise@exemple.fr")
    # Pas encore venue : son adresse se corrige encore.
    Utilisateur.objects.filter(pk=enseignante.pk).update(password="!")
    client = client_de(chef)
    saisie = {**champs(client, fiche(enseignante, "_modifier")), "email": "Prise@exemple.fr"}
    assert client.post(fiche(enseignante, "_modifier"), saisie).status_code == 422
    assert actes() == []


def test_corriger_une_identite_ne_la_dit_pas_au_journal(client_de, chef, enseignante):
    client = client_de(chef)
    saisie = {**champs(client, fiche(enseignante, "_modifier")), "nom": "Faye-Diop"}
    assert client.post(fiche(enseignante, "_modifier"), saisie).status_code == 302
    evenement = Evenement.objects.get()
    assert (evenement.avant, evenement.apres) == ({}, {"champs": ["last_name"]})


def test_un_identifiant_pris_recoit_un_numero(administrateur, centre_a):
    for rang in (1, 2):
        services.accueillir_personne(
            auteur=administrateur,
            prenom="Élodie",
            nom="Tour",
            email=f"e{rang}@exemple.fr",
            role=Role.ENSEIGNANT,
            centre=centre_a,
            debut=JOUR,
        )
    assert sorted(Utilisateur.objects.filter(email__startswith="e").values_list("username", flat=True)) == [
        "etour",
        "etour2",
    ]


def test_se_donner_un_role_previent_qu_on_sera_deconnecte(client_de, chef, enseignante):
    client = client_de(chef)
    pages = [
        client.get(reverse("centres:organisation_personne_affecter", args=[une.pk])).content.decode()
        for une in (chef, enseignante)
    ]
    assert ["vous serez déconnecté" in page for page in pages] == [True, False]
