"""Administration des classes : créer, corriger sans écraser, supprimer ce qui est vide, préparer la rentrée."""

from datetime import date

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from centres import services
from centres.models import Classe, Evenement, Inscription
from centres.services.classes import empreinte_classe
from referentiel.models import SessionExamen
from tests.centres.organisation_outils import actes, champs
from tests.fabriques import fabriquer_classe, fabriquer_inscription

CLASSES = reverse("centres:organisation_classes")
CREER = reverse("centres:organisation_classe_creer")
AUTRES = ["enseignante", "referent", "membre_commission", "inspecteur", "administrateur", "etranger", "ancien"]


def adresse(nom: str, classe: Classe) -> str:
    return reverse(f"centres:organisation_classe_{nom}", args=[classe.pk])


@pytest.mark.parametrize("qui", ["ddfpt", "chef"])
def test_qui_organise_voit_les_classes_de_son_centre(request, client_de, centre_b, referentiel, classe, qui):
    fabriquer_classe(centre_b, referentiel, nom="AILLEURS")
    reponse = client_de(request.getfixturevalue(qui)).get(CLASSES)
    assert list(reponse.context["page"]) == [classe]
    texte = reponse.content.decode()
    assert "AILLEURS" not in texte
    assert reverse("centres:organisation") in texte


@pytest.mark.parametrize("qui", AUTRES)
def test_pour_les_autres_les_pages_des_classes_n_existent_pas(request, client_de, classe, qui):
    client = client_de(request.getfixturevalue(qui))
    pages = [CLASSES, CREER, adresse("modifier", classe), adresse("supprimer", classe), adresse("rentree", classe)]
    assert [client.get(page).status_code for page in pages] == [404] * 5
    assert [client.post(page, {"nom": "PIRATE"}).status_code for page in pages[1:]] == [404] * 4
    assert Evenement.objects.count() == 0


def test_la_recherche_ignore_les_accents_et_la_casse(client_de, ddfpt, centre_a, referentiel, classe):
    voulue = fabriquer_classe(centre_a, referentiel, nom="Étau 1", annee_scolaire=2024)
    client = client_de(ddfpt)
    assert list(client.get(CLASSES, {"q": "etau"}).context["page"]) == [voulue]
    assert list(client.get(CLASSES, {"annee": "2025"}).context["page"]) == [classe]
    assert "Aucune classe ne correspond" in client.get(CLASSES, {"q": "zzz"}).content.decode()


def test_sans_classe_la_page_offre_d_en_creer_une(client_de, ddfpt):
    texte = client_de(ddfpt).get(CLASSES).content.decode()
    assert "Créer une classe" in texte
    assert CREER in texte


def test_la_liste_coute_autant_avec_une_ou_trois_classes(client_de, ddfpt, centre_a, referentiel, classe):
    client = client_de(ddfpt)
    couts = []
    for _ in range(3):
        with CaptureQueriesContext(
            connection,
        ) as requetes:
            client.get(CLASSES)
        couts.append(len(requetes))
        fabriquer_classe(centre_a, referentiel)
    assert couts == [couts[0]] * 3


def test_creer_une_classe_ouvre_sa_session_au_besoin(client_de, ddfpt, centre_a, referentiel):
    saisie = {
        "centre": centre_a.pk,
        "version": referentiel.pk,
        "nom": " 2TRPM ",
        "annee_scolaire": 2026,
        "annee_cycle": 1,
        "session": 2029,
    }
    client = client_de(ddfpt)
    annee = client.get(CREER).context["formulaire"].initial["annee_scolaire"]
    assert client.post(CREER, {**saisie, "annee_scolaire": annee}).status_code == 302
    classe = Classe.objects.get()
    assert (classe.nom, classe.session.annee, SessionExamen.objects.filter(annee=2029).count()) == ("2TRPM", 2029, 1)
    assert actes() == ["session.ouverte", "classe.creee"]


def test_un_centre_qu_on_n_organise_pas_n_est_pas_offert(client_de, ddfpt, centre_b, referentiel):
    saisie = {"centre": centre_b.pk, "version": referentiel.pk, "nom": "X", "annee_cycle": 1, "session": 2029}
    reponse = client_de(ddfpt).post(CREER, saisie)
    assert reponse.status_code == 422
    assert "centre" in reponse.context["formulaire"].errors
    assert Classe.objects.count() == Evenement.objects.count() == 0


def test_modifier_une_classe_dit_avant_et_apres(client_de, ddfpt, classe):
    client = client_de(ddfpt)
    saisie = {**champs(client, adresse("modifier", classe)), "nom": "TTRPM-A"}
    assert client.post(adresse("modifier", classe), saisie).status_code == 302
    evenement = Evenement.objects.get()
    assert (evenement.acte, evenement.avant, evenement.apres) == (
        "classe.modifiee",
        {"nom": "TTRPM"},
        {"nom": "TTRPM-A", "champs": ["nom"]},
    )


def test_deux_modifications_simultanees_ne_s_ecrasent_pas(client_de, ddfpt, chef, classe):
    client = client_de(ddfpt)
    saisie = {**champs(client, adresse("modifier", classe)), "nom": "DU DDFPT"}
    lue = empreinte_classe(classe)
    services.modifier_classe(
        auteur=chef, classe=classe, nom="DU CHEF", annee_scolaire=2025, annee_cycle=3, session=2026, attendue=lue
    )
    reponse = client.post(adresse("modifier", classe), saisie)
    assert reponse.status_code == 422
    assert "Quelqu&#x27;un a modifié cette fiche depuis" in reponse.content.decode()
    classe.refresh_from_db()
    assert (classe.nom, actes()) == ("DU CHEF", ["classe.modifiee"])


def test_sans_empreinte_rien_n_est_enregistre(client_de, ddfpt, classe):
    saisie = {"nom": "X", "annee_scolaire": 2025, "annee_cycle": 3, "session": 2026}
    assert client_de(ddfpt).post(adresse("modifier", classe), saisie).status_code == 422
    assert actes() == []


def test_une_classe_vide_se_supprime(client_de, ddfpt, classe):
    client = client_de(ddfpt)
    assert classe.nom in client.get(adresse("supprimer", classe)).content.decode()
    assert client.post(adresse("supprimer", classe)).status_code == 302
    assert (Classe.objects.count(), actes()) == (0, ["classe.supprimee"])


def test_une_classe_dont_quelque_chose_depend_ne_se_supprime_pas(client_de, ddfpt, classe, inscriptions):
    reponse = client_de(ddfpt).post(adresse("supprimer", classe))
    assert reponse.status_code == 422
    assert reponse.context["refus"] == ["Suppression impossible : 3 inscriptions en dépendent."]
    assert (Classe.objects.count(), actes()) == (1, [])


@pytest.fixture
def seconde(centre_a, referentiel) -> Classe:
    return fabriquer_classe(centre_a, referentiel, nom="2TRPM", annee_cycle=1, session=2028)


@pytest.fixture
def eleve(seconde) -> Inscription:
    return fabriquer_inscription(seconde, None, "Moreau", "Zoé")


def passage(eleve, option, **autres) -> dict[str, object]:
    return {
        "sens": "passage",
        "nom": "1TRPM",
        "debut": "2026-09-01",
        "inscription": [eleve.pk],
        f"option-{eleve.pk}": option.pk if option else "",
        **autres,
    }


def test_la_rentree_se_relit_avant_de_s_ecrire(client_de, ddfpt, seconde, eleve, option_rmo):
    client = client_de(ddfpt)
    page = adresse("rentree", seconde)
    assert [ligne.est_choisi for ligne in client.get(page).context["lignes"]] == [True]
    reponse = client.post(page, passage(eleve, option_rmo))
    assert (reponse.status_code, actes()) == (200, [])
    assert "Moreau Zoé" in reponse.content.decode()
    confirmee = dict(reponse.context["caches"])
    assert client.post(page, {**confirmee, "confirmer": "1"}).status_code == 302
    nouvelle = Inscription.objects.get(classe__nom="1TRPM")
    eleve.refresh_from_db()
    assert (nouvelle.apprenant, nouvelle.option, nouvelle.debut) == (eleve.apprenant, option_rmo, date(2026, 9, 1))
    assert (eleve.fin, nouvelle.classe.annee_cycle, nouvelle.classe.session.annee) == (date(2026, 8, 31), 2, 2028)
    assert actes() == ["classe.creee", "inscription.creee"]


def test_a_l_entree_en_premiere_l_option_se_choisit(client_de, ddfpt, seconde, eleve):
    page = adresse("rentree", seconde)
    client = client_de(ddfpt)
    confirmee = dict(client.post(page, passage(eleve, None)).context["caches"])
    reponse = client.post(page, {**confirmee, "confirmer": "1"})
    assert "Moreau Zoé : Choisir l&#x27;option suivie." in reponse.content.decode()
    assert (reponse.status_code, Classe.objects.filter(nom="1TRPM").exists(), actes()) == (422, False, [])


def test_un_changement_entre_la_relecture_et_l_accord_arrete_tout(client_de, ddfpt, chef, seconde, eleve, option_rsp):
    page = adresse("rentree", seconde)
    client = client_de(ddfpt)
    confirmee = dict(client.post(page, passage(eleve, option_rsp)).context["caches"])
    services.terminer_inscription(auteur=chef, inscription=eleve, fin=date(2026, 6, 30))
    assert client.post(page, {**confirmee, "confirmer": "1"}).status_code == 422
    assert actes() == ["inscription.terminee"]


def test_redoubler_garde_l_annee_du_cycle_et_change_de_session(client_de, ddfpt, classe, ines, option_rsp):
    page = adresse("rentree", classe)
    client = client_de(ddfpt)
    saisie = {**passage(ines, option_rsp), "sens": "redoublement", "nom": "TTRPM"}
    client.post(page, {**dict(client.post(page, saisie).context["caches"]), "confirmer": "1"})
    nouvelle = Classe.objects.get(nom="TTRPM", annee_scolaire=2026)
    assert (nouvelle.annee_cycle, nouvelle.session.annee) == (3, 2027)
    assert list(nouvelle.inscriptions.values_list("apprenant", flat=True)) == [ines.apprenant_id]


def test_une_terminale_ne_passe_pas_plus_haut(client_de, ddfpt, classe, ines, option_rsp):
    reponse = client_de(ddfpt).post(adresse("rentree", classe), passage(ines, option_rsp))
    assert reponse.status_code == 422
    assert "sens" in reponse.context["formulaire"].errors


def test_une_rentree_sans_personne_est_refusee(client_de, ddfpt, seconde, eleve, option_rsp):
    saisie = {**passage(eleve, option_rsp), "inscription": []}
    reponse = client_de(ddfpt).post(adresse("rentree", seconde), saisie)
    assert "Cocher au moins un apprenant." in reponse.content.decode()


@pytest.mark.parametrize("qui", ["enseignante", "etranger", "inspecteur"])
def test_les_services_refusent_ceux_qui_n_organisent_pas(request, classe, qui):
    auteur = request.getfixturevalue(qui)
    with pytest.raises(PermissionDenied):
        services.supprimer_classe(auteur=auteur, classe=classe)
    with pytest.raises(PermissionDenied):
        services.modifier_classe(
            auteur=auteur, classe=classe, nom="X", annee_scolaire=2025, annee_cycle=3, session=2026
        )
    assert actes() == []


def test_une_annee_de_cycle_impossible_est_refusee(ddfpt, classe):
    with pytest.raises(ValidationError, match="Le cycle dure 3 ans"):
        services.modifier_classe(auteur=ddfpt, classe=classe, nom="X", annee_scolaire=2025, annee_cycle=4, session=2026)


def test_qui_a_deja_une_suite_n_est_pas_coche(client_de, ddfpt, seconde, eleve, centre_a, referentiel, option_rsp):
    autre = fabriquer_classe(centre_a, referentiel, annee_scolaire=2026, annee_cycle=2, session=2028)
    fabriquer_inscription(autre, option_rsp, debut=date(2026, 9, 1), apprenant=eleve.apprenant)
    reponse = client_de(ddfpt).get(adresse("rentree", seconde))
    assert [ligne.est_choisi for ligne in reponse.context["lignes"]] == [False]
    assert "déjà inscrit ensuite" in reponse.content.decode()


def test_a_la_rentree_personne_n_est_coche_d_avance_en_terminale(client_de, ddfpt, classe, ines):
    page = client_de(ddfpt).get(reverse("centres:organisation_classe_rentree", args=[classe.pk]))
    assert [ligne.est_choisi for ligne in page.context["lignes"]] == [False]
