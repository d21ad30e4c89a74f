"""Administration des apprenants : chercher, inscrire, changer d'option ou de statut, deux centres, départs."""

from datetime import date

import pytest
import time_machine
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from centres import services
from centres.enums import Role, StatutApprenant
from centres.models import Apprenant, Evenement, Inscription
from tests.centres.organisation_outils import actes, champs
from tests.fabriques import affecter_a, fabriquer_classe, fabriquer_inscription

APPRENANTS = reverse("centres:organisation_apprenants")
CREER = reverse("centres:organisation_apprenant_creer")
DEPART = reverse("centres:organisation_apprenants_depart")
DEPLACEMENT = reverse("centres:organisation_apprenants_deplacement")
JANVIER = date(2026, 1, 5)
AUTRES = ["enseignante", "membre_commission", "inspecteur", "administrateur", "etranger", "compte_apprenant"]

pytestmark = pytest.mark.usefixtures("_en_janvier")


@pytest.fixture
def _en_janvier():
    with time_machine.travel("2026-01-05 10:00:00+01:00"):
        yield


def fiche(inscription, suite: str = "") -> str:
    return reverse(f"centres:organisation_apprenant{suite}", args=[inscription.apprenant_id])


def noms(reponse) -> list[str]:
    return [ligne.apprenant.nom for ligne in reponse.context["lignes"]]


def test_la_recherche_ignore_les_accents(client_de, ddfpt, inscriptions):
    client = client_de(ddfpt)
    assert noms(client.get(APPRENANTS)) == ["Bernard", "Çelik", "Durand"]
    assert noms(client.get(APPRENANTS, {"q": "celik AICHA"})) == ["Çelik"]
    assert noms(client.get(APPRENANTS, {"option": "RSP"})) == ["Bernard", "Durand"]
    assert noms(client.get(APPRENANTS, {"statut": "apprenti", "option": "RSP"})) == []
    assert "Aucun apprenant ne correspond" in client.get(APPRENANTS, {"q": "zzz"}).content.decode()


def test_le_filtre_porte_sur_une_meme_inscription(client_de, ddfpt, centre_a, referentiel, ines, option_rmo):
    """RMO l'an passé et TTRPM cette année ne font pas RMO en TTRPM."""
    avant = fabriquer_classe(centre_a, referentiel, nom="1TRPM", annee_scolaire=2024, annee_cycle=2)
    passe = {"debut": date(2024, 9, 1), "fin": date(2025, 8, 31)}
    fabriquer_inscription(avant, option_rmo, apprenant=ines.apprenant, **passe)
    client = client_de(ddfpt)
    assert noms(client.get(APPRENANTS, {"option": "RMO", "classe": str(avant.pk)})) == ["Bernard"]
    assert noms(client.get(APPRENANTS, {"option": "RMO", "classe": str(ines.classe_id)})) == []


def test_la_liste_se_pagine_en_gardant_ses_filtres(client_de, ddfpt, classe, option_rsp):
    for rang in range(26):
        fabriquer_inscription(classe, option_rsp, f"Nom{rang:02}")
    reponse = client_de(ddfpt).get(APPRENANTS, {"option": "RSP", "page": "2"})
    assert noms(reponse) == ["Nom25"]
    assert "?page=1&amp;option=RSP" in reponse.content.decode()


def test_la_liste_coute_autant_avec_un_ou_trois_apprenants(client_de, ddfpt, classe, option_rsp):
    client = client_de(ddfpt)
    couts = []
    for _ in range(3):
        fabriquer_inscription(classe, option_rsp)
        with CaptureQueriesContext(connection) as requetes:
            client.get(APPRENANTS)
        couts.append(len(requetes))
    assert couts == [couts[0]] * 3


@pytest.mark.parametrize("qui", AUTRES)
def test_pour_les_autres_ces_pages_n_existent_pas(request, client_de, ines, qui):
    client = client_de(request.getfixturevalue(qui))
    propres = [fiche(ines), fiche(ines, "_modifier"), fiche(ines, "_inscrire")]
    dates = [reverse(f"centres:organisation_inscription_{acte}", args=[ines.pk]) for acte in ("terminer", "retirer")]
    pages = [APPRENANTS, CREER, DEPART, DEPLACEMENT, *propres, *dates]
    assert {page: client.get(page).status_code for page in pages} == dict.fromkeys(pages, 404)
    envois = [CREER, DEPART, DEPLACEMENT, *propres[1:], *dates]
    assert {page: client.post(page, {"fin": "2026-01-05"}).status_code for page in envois} == dict.fromkeys(envois, 404)
    assert Evenement.objects.count() == 0


def test_l_apprenant_d_un_autre_centre_est_introuvable(client_de, ddfpt, centre_b, referentiel, option_rsp):
    ailleurs = fabriquer_inscription(fabriquer_classe(centre_b, referentiel), option_rsp, "Ailleurs")
    client = client_de(ddfpt)
    assert client.get(fiche(ailleurs)).status_code == 404
    assert "Ailleurs" not in client.get(APPRENANTS, {"q": "ailleurs"}).content.decode().split("</form>")[-1]
    reponse = client.post(DEPART, {"apprenant": [ailleurs.apprenant_id], "fin": "2026-01-05"}, follow=True)
    assert "Ailleurs" not in reponse.content.decode()
    assert actes() == []


def test_creer_un_apprenant_l_inscrit_du_meme_geste(client_de, ddfpt, classe, option_rmo):
    saisie = {
        "nom": "Nguyễn",
        "prenom": "Linh",
        "ine": "123456789ab",
        "classe": classe.pk,
        "option": option_rmo.pk,
        "statut": "apprenti",
        "debut": "2026-01-05",
    }
    client = client_de(ddfpt)
    assert "ni adresse, ni téléphone" in client.get(CREER).content.decode()
    assert client.post(CREER, saisie).status_code == 302
    inscription = Inscription.objects.get()
    assert (inscription.apprenant.ine, inscription.option, inscription.statut) == (
        "123456789AB",
        option_rmo,
        "apprenti",
    )
    assert actes() == ["apprenant.cree", "inscription.creee"]


def test_une_creation_refusee_ne_laisse_rien(client_de, ddfpt, classe):
    """Sans option en terminale : ni fiche, ni inscription, ni trace ; la saisie reste à l'écran."""
    saisie = {"nom": "Perdu", "prenom": "A", "classe": classe.pk, "statut": "scolaire", "debut": "2026-01-05"}
    reponse = client_de(ddfpt).post(CREER, saisie)
    assert reponse.status_code == 422
    assert "Choisir l&#x27;option suivie." in reponse.content.decode()
    assert 'value="Perdu"' in reponse.content.decode()
    assert (Apprenant.objects.count(), actes()) == (0, [])


def test_le_journal_ne_dit_jamais_le_nom(client_de, ddfpt, ines):
    client = client_de(ddfpt)
    saisie = {**champs(client, fiche(ines, "_modifier")), "nom": "Bernard-Faure"}
    assert client.post(fiche(ines, "_modifier"), saisie).status_code == 302
    evenement = Evenement.objects.get()
    assert (evenement.avant, evenement.apres) == ({}, {"champs": ["nom"]})
    assert Apprenant.objects.get().nom == "Bernard-Faure"


def test_deux_corrections_simultanees_ne_s_ecrasent_pas(client_de, ddfpt, chef, ines):
    client = client_de(ddfpt)
    saisie = {**champs(client, fiche(ines, "_modifier")), "prenom": "Agnès"}
    services.modifier_apprenant(auteur=chef, apprenant=ines.apprenant, nom="Bernard", prenom="Inés", ine="")
    reponse = client.post(fiche(ines, "_modifier"), saisie)
    assert reponse.status_code == 422
    assert (Apprenant.objects.get().prenom, actes()) == ("Inés", ["apprenant.modifie"])


def test_changer_d_option_en_cours_d_annee_garde_l_histoire(client_de, ddfpt, ines, option_rmo):
    client = client_de(ddfpt)
    saisie = {**champs(client, fiche(ines, "_inscrire")), "option": option_rmo.pk, "debut": "2026-01-05"}
    assert client.post(fiche(ines, "_inscrire"), saisie).status_code == 302
    lues = client.get(fiche(ines)).context["inscriptions"]
    assert [(i.option.code, i.debut, i.fin) for i in lues] == [
        ("RMO", JANVIER, None),
        ("RSP", date(2025, 9, 1), date(2026, 1, 4)),
    ]
    assert actes() == ["inscription.creee"]


def test_un_changement_vu_trop_tard_est_refuse(client_de, ddfpt, chef, ines, option_rmo):
    client = client_de(ddfpt)
    saisie = {**champs(client, fiche(ines, "_inscrire")), "option": option_rmo.pk, "debut": "2026-01-05"}
    services.terminer_inscription(auteur=chef, inscription=ines, fin=date(2026, 1, 2))
    assert client.post(fiche(ines, "_inscrire"), saisie).status_code == 422
    assert (Inscription.objects.count(), actes()) == (1, ["inscription.terminee"])


@pytest.fixture
def deux_centres(ddfpt, centre_b):
    """Diane organise le CFA et le lycée partenaire."""
    affecter_a(ddfpt, Role.DDFPT, centre_b)
    return ddfpt


def test_un_apprenti_suit_deux_centres_a_la_fois(client_de, deux_centres, centre_b, referentiel, aicha, option_rsp):
    partenaire = fabriquer_classe(centre_b, referentiel, nom="PARTENAIRE")
    client = client_de(deux_centres)
    saisie = {**champs(client, fiche(aicha, "_inscrire")), "classe": partenaire.pk, "debut": "2026-01-05"}
    assert client.post(fiche(aicha, "_inscrire"), {**saisie, "en_parallele": "on"}).status_code == 302
    assert [i.classe.centre.nom for i in Inscription.objects.au(JANVIER).order_by("debut")] == ["Lycée A", "Lycée B"]
    (ligne,) = client.get(APPRENANTS).context["lignes"]
    assert ligne.centres == 2
    # Il change d'option dans l'un sans quitter l'autre.
    services.inscrire_apprenant(
        auteur=deux_centres,
        classe=aicha.classe,
        apprenant=aicha.apprenant,
        option=option_rsp,
        statut=StatutApprenant.APPRENTI,
        debut=date(2026, 2, 2),
    )
    en_cours = Inscription.objects.au(date(2026, 2, 3)).order_by("classe__centre__nom")
    assert [(i.classe.centre.nom, i.option.code) for i in en_cours] == [("Lycée A", "RSP"), ("Lycée B", "RMO")]


def test_sans_second_centre_la_case_n_est_pas_offerte(client_de, ddfpt, ines):
    assert "en_parallele" not in client_de(ddfpt).get(fiche(ines, "_inscrire")).context["formulaire"].fields


def test_un_depart_se_date_puis_se_corrige(client_de, ddfpt, ines):
    client = client_de(ddfpt)
    page = reverse("centres:organisation_inscription_terminer", args=[ines.pk])
    assert client.post(page, {**champs(client, page), "fin": "2026-01-09"}).status_code == 302
    assert client.post(page, {**champs(client, page), "fin": ""}).status_code == 302
    ines.refresh_from_db()
    assert (ines.fin, actes()) == (None, ["inscription.terminee"] * 2)


def test_une_fin_avant_le_debut_est_refusee(client_de, ddfpt, ines):
    client = client_de(ddfpt)
    page = reverse("centres:organisation_inscription_terminer", args=[ines.pk])
    reponse = client.post(page, {**champs(client, page), "fin": "2025-08-01"})
    assert (reponse.status_code, actes()) == (422, [])
    assert "fin" in reponse.context["formulaire"].errors


def test_une_inscription_ne_deborde_pas_sur_la_suivante(ddfpt, ines, option_rmo):
    services.inscrire_apprenant(
        auteur=ddfpt,
        classe=ines.classe,
        apprenant=ines.apprenant,
        option=option_rmo,
        statut=StatutApprenant.SCOLAIRE,
        debut=JANVIER,
    )
    with pytest.raises(ValidationError, match="Une autre inscription commence le 05/01/2026"):
        services.terminer_inscription(auteur=ddfpt, inscription=ines, fin=None)


def test_une_inscription_saisie_par_erreur_se_retire(client_de, ddfpt, ines, option_rmo):
    erreur = fabriquer_inscription(ines.classe, option_rmo, debut=JANVIER, apprenant=ines.apprenant)
    client = client_de(ddfpt)
    page = reverse("centres:organisation_inscription_retirer", args=[erreur.pk])
    assert client.get(page).status_code == 200
    assert client.post(page).status_code == 302
    assert (list(Inscription.objects.all()), actes()) == ([ines], ["inscription.retiree"])
    seule = reverse("centres:organisation_inscription_retirer", args=[ines.pk])
    assert client.post(seule).status_code == 422


def test_plusieurs_departs_nomment_ceux_qu_ils_concernent(client_de, ddfpt, ines, lucas, aicha):
    client = client_de(ddfpt)
    choisis = {"apprenant": [ines.apprenant_id, lucas.apprenant_id]}
    reponse = client.get(DEPART, choisis)
    texte = reponse.content.decode()
    assert "Bernard Inès" in texte
    assert "Durand Lucas" in texte
    assert "Çelik" not in texte
    empreinte = reponse.context["formulaire"].initial["empreinte"]
    assert client.post(DEPART, {**choisis, "fin": "2026-01-09", "empreinte": empreinte}).status_code == 302
    assert set(Inscription.objects.filter(fin=date(2026, 1, 9))) == {ines, lucas}
    assert actes() == ["inscription.terminee"] * 2


def test_changer_de_classe_en_groupe_est_tout_ou_rien(client_de, ddfpt, centre_a, referentiel, ines, lucas, option_rsp):
    autre = fabriquer_classe(centre_a, referentiel, nom="AUTRE")
    client = client_de(ddfpt)
    choisis = {"apprenant": [ines.apprenant_id, lucas.apprenant_id]}
    empreinte = client.get(DEPLACEMENT, choisis).context["formulaire"].initial["empreinte"]
    saisie = {**choisis, "classe": autre.pk, "empreinte": empreinte}
    refusee = client.post(DEPLACEMENT, {**saisie, "debut": "2025-08-01"})
    assert (refusee.status_code, actes()) == (422, [])
    assert client.post(DEPLACEMENT, {**saisie, "debut": "2026-01-05"}).status_code == 302
    assert autre.inscriptions.filter(option=option_rsp).count() == 2
    assert actes() == ["inscription.creee"] * 2


def test_sans_personne_de_coche_la_liste_le_dit(client_de, ddfpt, ines):
    reponse = client_de(ddfpt).get(DEPART, follow=True)
    assert "Cochez dans la liste" in reponse.content.decode()


@pytest.mark.parametrize("qui", ["enseignante", "etranger"])
def test_les_services_refusent_ceux_qui_n_organisent_pas(request, ines, qui):
    auteur = request.getfixturevalue(qui)
    with pytest.raises(PermissionDenied):
        services.modifier_apprenant(auteur=auteur, apprenant=ines.apprenant, nom="X", prenom="Y", ine="")
    with pytest.raises(PermissionDenied):
        services.terminer_inscription(auteur=auteur, inscription=ines, fin=JANVIER)
    with pytest.raises(PermissionDenied):
        services.retirer_inscription(auteur=auteur, inscription=ines)
    assert actes() == []


def _accueil(classe, option, **autres) -> dict[str, object]:
    saisie = {"nom": "BERNARD", "prenom": "Ines", "ine": "", "classe": classe.pk, "option": option.pk}
    return {**saisie, "statut": "scolaire", "debut": "2026-01-05", **autres}


def test_une_saisie_qui_ressemble_a_une_fiche_du_centre_demande_si_c_est_elle(client_de, ddfpt, classe, ines):
    client, adresse = client_de(ddfpt), reverse("centres:organisation_apprenant_creer")
    assert "autre_personne" not in client.get(adresse).content.decode()
    refus = client.post(adresse, _accueil(classe, ines.option))
    assert refus.status_code == 422
    assert "Un nom très proche existe déjà : Bernard Inès" in refus.content.decode()
    assert client.post(adresse, _accueil(classe, ines.option, autre_personne="on")).status_code == 302


def test_un_ine_mal_forme_est_refuse_a_la_saisie(client_de, ddfpt, classe, ines):
    adresse = reverse("centres:organisation_apprenant_creer")
    refus = client_de(ddfpt).post(adresse, _accueil(classe, ines.option, nom="Zola", ine="123"))
    assert refus.status_code == 422
    assert "onze chiffres ou lettres" in refus.content.decode()


def test_changer_d_option_en_terminale_avertit(client_de, ddfpt, classe, ines, option_rmo):
    adresse = reverse("centres:organisation_apprenant_inscrire", args=[ines.apprenant_id])
    client = client_de(ddfpt)
    lue = client.get(adresse).context["formulaire"].initial["empreinte"]
    saisie = {"classe": classe.pk, "option": option_rmo.pk, "statut": "scolaire", "debut": "2026-01-05"}
    page = client.post(adresse, {**saisie, "empreinte": lue}, follow=True).content.decode()
    assert "grille de la nouvelle option" in page
