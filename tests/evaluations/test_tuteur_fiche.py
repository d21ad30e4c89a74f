"""La fiche du tuteur : ce qu'elle montre, ce qu'elle pèse, ce qu'elle enregistre, et ce qu'elle n'écrase pas."""

import gzip
from pathlib import Path

import pytest
from django.conf import settings
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from centres.models import Evenement
from evaluations.enums import Attitude
from evaluations.models import BilanPfmp, FicheTuteur, Placement, ReponseAttitude, ReponseTuteur
from evaluations.queries.attitudes import DEGRES
from evaluations.services.liens_tuteur import creer_lien
from tests.client_strict import ClientStrict
from tests.evaluations.fabrique_pfmp import placer, une_entreprise, une_periode
from tests.evaluations.fabrique_tuteur import champs_de, ouvrir, premiere_question

HUIT = ("C3.2", "C6.1", "C6.3", "C7.1", "C7.2", "C10.3", "C12.2", "C12.3")
PREMIER_CHARGEMENT = 15_000
JSON = {"accept": "application/json"}


@pytest.fixture
def placement(enseignante, classe, ines) -> Placement:
    return placer(enseignante, une_periode(enseignante, classe), ines, une_entreprise(classe)[1], codes=HUIT)


@pytest.fixture
def remis(placement, enseignante):
    return creer_lien(utilisateur=enseignante, placement=placement)


@pytest.fixture
def tuteur(remis) -> ClientStrict:
    client = ClientStrict()
    ouvrir(client, remis)
    return client


@pytest.fixture
def fiche(remis) -> str:
    return reverse("evaluations:tuteur_fiche", args=[remis.lien.pk])


def test_la_fiche_nomme_le_prenom_l_entreprise_les_dates_et_rien_d_autre(tuteur, fiche, placement):
    page = tuteur.get(fiche).content.decode()
    for attendu in ("Inès", "MécaLoire", "5 janvier", "30 janvier 2026"):
        assert attendu in page
    for tu in ("Bernard", "TTRPM", "C6.1", "Lucas", "/20"):
        assert tu not in page


@pytest.mark.parametrize("codes", [HUIT[:1], HUIT])
def test_la_fiche_se_lit_en_trois_requetes(enseignante, classe, aicha, codes, django_assert_num_queries):
    periode = une_periode(enseignante, classe, "PFMP6")
    autre = placer(enseignante, periode, aicha, une_entreprise(classe, "Usinage 42")[1], codes=codes)
    remis = creer_lien(utilisateur=enseignante, placement=autre)
    client = ClientStrict()
    champs = champs_de(ouvrir(client, remis))
    adresse = reverse("evaluations:tuteur_fiche", args=[remis.lien.pk])
    client.post(adresse, champs | {premiere_question(champs): "A", "thabilete": "3"})
    with django_assert_num_queries(3):
        client.get(adresse)


def test_tout_le_premier_chargement_tient_en_quinze_kilo_octets(fiche, remis):
    client = Client()
    ouvrir(client, remis)
    reponse = client.get(fiche, headers={"accept-encoding": "gzip"})
    assert reponse["Content-Encoding"] == "gzip"
    statiques = [Path(settings.BASE_DIR) / "static" / nom for nom in ("css/tuteur.css", "js/tuteur/fiche.js")]
    total = len(reponse.content) + sum(len(gzip.compress(fichier.read_bytes(), 9)) for fichier in statiques)
    assert total <= PREMIER_CHARGEMENT
    page = gzip.decompress(reponse.content).decode()
    assert page.count("<script") == page.count('rel="stylesheet"') == 1


def test_une_reponse_s_enregistre_seule_et_donne_sa_version(tuteur, fiche, placement):
    champs = champs_de(tuteur.get(fiche))
    question = premiere_question(champs)
    envoi = {"cle": champs["cle"], f"v{question}": "0", question: "ECA", f"a{question}": "aide"}
    reponse = tuteur.post(fiche, envoi, headers=JSON)
    assert reponse.json() == {"versions": {question: 1}, "conflits": [], "termine": False}
    reponse = ReponseTuteur.objects.get()
    assert (reponse.valeur, reponse.autonomie, reponse.saisie_par) == ("ECA", "aide", None)
    assert (reponse.lien.placement, reponse.lien.tuteur) == (placement, placement.tuteur)
    evenement = Evenement.objects.filter(acte="tuteur.repondu").get()
    assert (evenement.auteur, evenement.apres) == (
        None,
        {"valeur": "ECA", "autonomie": "aide", "lien": reponse.lien_id},
    )


def test_un_envoi_repete_apres_une_coupure_ne_change_rien(tuteur, fiche):
    champs = champs_de(tuteur.get(fiche))
    question = premiere_question(champs)
    envoi = {"cle": champs["cle"], f"v{question}": "0", question: "A"}
    for _ in range(2):
        assert tuteur.post(fiche, envoi, headers=JSON).json()["versions"] == {question: 1}
    assert Evenement.objects.filter(acte="tuteur.repondu").count() == 1


def test_la_reponse_d_un_autre_tuteur_n_est_pas_ecrasee(tuteur, fiche):
    champs = champs_de(tuteur.get(fiche))
    question = premiere_question(champs)
    tuteur.post(fiche, champs | {question: "A"})
    retard = tuteur.post(fiche, champs | {question: "NA", "thabilete": "2"}, headers=JSON)
    assert retard.status_code == 409
    assert retard.json()["conflits"] == [{"cle": question, "version": 1, "valeur": "A", "autonomie": ""}]
    assert ReponseTuteur.objects.get().valeur == "A"
    assert ReponseAttitude.objects.get().degre == 2


def test_sans_javascript_le_conflit_se_lit_dans_la_page(tuteur, fiche):
    champs = champs_de(tuteur.get(fiche))
    question = premiere_question(champs)
    tuteur.post(fiche, champs | {question: "A"})
    page = tuteur.post(fiche, champs | {question: "NA"})
    assert page.status_code == 409
    assert "Une autre personne a répondu en même temps à 1 endroit" in page.content.decode()
    assert champs_de(page)[question] == "A"


def test_terminer_enregistre_tout_et_remercie(tuteur, fiche, placement):
    champs = champs_de(tuteur.get(fiche))
    textes = {"activites": "Tournage", "remarque": "Soigneuse", "acte": "terminer"}
    avertie = tuteur.post(fiche, champs | textes | {premiere_question(champs): "NE"})
    assert avertie.status_code == 422
    assert "Vos réponses sont enregistrées. Sans réponse :" in avertie.content.decode()
    assert FicheTuteur.objects.get(placement=placement).termine_le is None
    assert ReponseTuteur.objects.get().valeur == "NE"
    reponse = tuteur.post(fiche, champs_de(avertie) | {"acte": "terminer"})
    assert (reponse.status_code, reponse["Location"]) == (303, f"{fiche}#merci")
    lue = FicheTuteur.objects.get(placement=placement)
    assert (lue.activites_realisees, lue.remarque, lue.termine_le is not None) == ("Tournage", "Soigneuse", True)
    assert "Soigneuse" not in str(list(Evenement.objects.values_list("avant", "apres")))
    assert "Merci, votre avis est transmis" in tuteur.get(fiche).content.decode()


@pytest.mark.parametrize(
    "mauvais",
    [{"q": "4"}, {"q": "B"}, {"a": "jamais"}, {"thabilete": "5"}, {"vthabilete": "-1"}, {"remarque": "x" * 2001}],
)
def test_une_valeur_inconnue_est_refusee_et_rien_ne_s_ecrit(tuteur, fiche, mauvais):
    champs = champs_de(tuteur.get(fiche))
    question = premiere_question(champs)
    noms = {"q": question, "a": f"a{question}"}
    envoi = champs | {noms.get(nom, nom): valeur for nom, valeur in mauvais.items()}
    assert tuteur.post(fiche, envoi).status_code == 422
    assert tuteur.post(fiche, envoi, headers=JSON).status_code == 422
    assert not ReponseTuteur.objects.exists()
    assert not FicheTuteur.objects.exists()


def test_le_bilan_confirme_ferme_la_fiche_qui_se_lit_encore(tuteur, fiche, placement, enseignante, ines):
    champs = champs_de(tuteur.get(fiche))
    FicheTuteur.objects.create(placement=placement, termine_le=timezone.now(), modifie_le=timezone.now())
    confirmer(placement, enseignante)
    page = tuteur.get(fiche).content.decode()
    assert "elle ne change plus" in page
    assert "encore le changer" not in page
    assert "J'ai terminé" not in page
    refus = tuteur.post(fiche, champs | {premiere_question(champs): "A"})
    assert refus.status_code == 422
    assert not ReponseTuteur.objects.exists()


def confirmer(placement, enseignante) -> None:
    BilanPfmp.objects.create(
        placement=placement, tenu_le=placement.fin, confirme_le=timezone.now(), confirme_par=enseignante
    )


def test_les_six_attitudes_ont_quatre_degres_decrits():
    assert set(DEGRES) == set(Attitude)
    assert all(len(set(degres)) == 4 for degres in DEGRES.values())
