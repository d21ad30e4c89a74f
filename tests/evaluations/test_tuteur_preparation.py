"""Le côté de l'enseignant : questions, lien, fiche de papier et sa recopie."""

import re
from datetime import UTC, datetime

import pytest
import yaml
from django.conf import settings
from django.core import mail
from django.core.exceptions import ValidationError
from django.core.management import CommandError, call_command
from django.template.loader import render_to_string
from django.urls import reverse

from evaluations.documents.pfmp import contexte_bilan
from evaluations.documents.tuteur import contexte_fiche, html_fiche
from evaluations.models import FicheTuteur, Formulation, LienTuteur, Placement, ReponseTuteur
from evaluations.queries.tuteur import fiche_de
from evaluations.services.effacement import effacer_textes
from evaluations.services.liens_tuteur import creer_lien
from evaluations.services.questions_tuteur import SaisieQuestion, charger_formulations, enregistrer_questions
from evaluations.services.reponses_tuteur import SaisieReponses, recopier, repondre
from referentiel.models import CompetenceDetaillee
from tests.client_strict import sans_variable_indefinie
from tests.evaluations.fabrique_pfmp import placer, une_entreprise, une_periode
from tests.evaluations.fabrique_tuteur import adresse_du
from trpm.donnees.export_pfmp import reponses_des_tuteurs

FORMULATIONS = settings.BASE_DIR / "fixtures" / "pfmp" / "formulations.yaml"
PAGES = ("pfmp_questions", "pfmp_saisie_papier")
ACTES = ("pfmp_lien", "pfmp_fiche_papier")


@pytest.fixture
def placement(referentiel, enseignante, classe, ines) -> Placement:
    charger_formulations(referentiel, yaml.safe_load(FORMULATIONS.read_text()))
    return placer(enseignante, une_periode(enseignante, classe), ines, une_entreprise(classe)[1])


@pytest.fixture
def prof(client_de, enseignante):
    return client_de(enseignante)


def adresse(nom: str, placement: Placement) -> str:
    return reverse(f"evaluations:{nom}", args=[placement.pk])


def test_chaque_competence_detaillee_a_sa_formulation_livree(referentiel):
    donnees = yaml.safe_load(FORMULATIONS.read_text())
    detaillees = CompetenceDetaillee.objects.filter(competence__version=referentiel)
    assert charger_formulations(referentiel, donnees) == detaillees.count() == len(donnees)
    assert charger_formulations(referentiel, donnees) == 0
    textes = list(Formulation.objects.values_list("texte", flat=True))
    assert len(set(textes)) == len(textes)
    assert max(map(len, textes)) <= 90
    intitules = set(detaillees.values_list("intitule", flat=True))
    assert len(set(textes) & intitules) <= 3


@pytest.mark.parametrize("nom", PAGES)
def test_les_pages_sont_a_l_equipe_du_centre(client_de, placement, nom, enseignante, collegue, etranger, inspecteur):
    for personne, statut in ((enseignante, 200), (collegue, 200), (etranger, 404), (inspecteur, 404)):
        assert client_de(personne).get(adresse(nom, placement)).status_code == statut


@pytest.mark.parametrize("nom", [*PAGES, *ACTES])
def test_un_etranger_n_ecrit_nulle_part(client_de, placement, nom, etranger):
    assert client_de(etranger).post(adresse(nom, placement), {"acte": "montrer"}).status_code == 404
    assert not LienTuteur.objects.exists()


def test_les_questions_se_reecrivent_et_le_texte_reste_pour_le_centre(prof, placement, classe):
    une, deux, trois = placement.detaillees.order_by("competence__ordre", "ordre")
    envoi = {
        f"texte-{une.pk}": "Range son établi ", f"pose-{une.pk}": "on", f"centre-{une.pk}": "on",
        f"texte-{deux.pk}": "Conduit le tour", f"pose-{deux.pk}": "on",
        f"texte-{trois.pk}": "Jamais demandée",
    }  # fmt: skip
    assert prof.post(adresse("pfmp_questions", placement), envoi).status_code == 302
    assert [question.texte for question in fiche_de(placement).questions] == ["Range son établi", "Conduit le tour"]
    assert Formulation.objects.get(centre=classe.centre).texte == "Range son établi"
    page = prof.get(adresse("pfmp_questions", placement)).content.decode()
    assert 'value="Range son établi"' in page


def test_une_preparation_vide_ou_trop_longue_est_refusee(prof, placement):
    une = placement.detaillees.first()
    for texte, pose in (("", "on"), ("x" * 201, "on"), ("Bien", None)):
        envoi = {f"texte-{une.pk}": texte} | ({f"pose-{une.pk}": "on"} if pose else {})
        assert prof.post(adresse("pfmp_questions", placement), envoi).status_code == 422
    assert not placement.questions.exists()


def test_les_questions_se_figent_au_premier_lien(enseignante, placement):
    creer_lien(utilisateur=enseignante, placement=placement)
    assert [question.texte for question in fiche_de(placement).questions] == [
        "Organise et installe son poste de travail",
        "Conduit la machine à commande numérique pendant la production",
        "Retrouve sur le planning le travail à faire",
    ]
    une = placement.detaillees.first()
    with pytest.raises(ValidationError, match="ne changent plus"):
        enregistrer_questions(
            utilisateur=enseignante, placement=placement, saisies=[SaisieQuestion(detaillee_id=une.pk, texte="Autre")]
        )


def test_le_lien_s_envoie_puis_se_relance_se_renouvelle_et_se_revoque(prof, placement):
    page = adresse("pfmp_lien", placement)
    assert "Envoyer par courriel" in prof.get(adresse("pfmp_questions", placement)).content.decode()
    for acte, valables in (("envoyer", 1), ("relancer", 2), ("renouveler", 1), ("revoquer", 0)):
        assert prof.post(page, {"acte": acte}).status_code == 302
        assert LienTuteur.objects.filter(revoque_le=None).count() == valables
    assert len(mail.outbox) == 3
    assert prof.post(page, {"acte": "autre"}).status_code == 422


def test_chaque_lien_de_la_liste_se_revoque_ou_se_renouvelle_seul(prof, placement, enseignante, lucas):
    page = adresse("pfmp_lien", placement)
    prof.post(page, {"acte": "envoyer"})
    prof.post(page, {"acte": "montrer"})
    courriel, montre = LienTuteur.objects.order_by("pk")
    liste = prof.get(adresse("pfmp_questions", placement)).content.decode()
    for attendu in (str(placement.tuteur), "jean@exemple.fr", "code QR ou papier"):
        assert attendu in liste
    # Montré, il se remplace à l'écran ; envoyé, par un courriel.
    assert "data:image/svg+xml" in prof.post(page, {"acte": "renouveler", "lien": montre.pk}).content.decode()
    assert prof.post(page, {"acte": "renouveler", "lien": courriel.pk}).status_code == 302
    assert len(mail.outbox) == 2
    valables = LienTuteur.objects.filter(revoque_le=None).order_by("pk")
    assert [lien.renouvelle for lien in valables] == [montre, courriel]
    assert prof.post(page, {"acte": "revoquer", "lien": valables[0].pk}).status_code == 302
    assert LienTuteur.objects.filter(revoque_le=None).count() == 1
    ailleurs = placer(enseignante, placement.periode, lucas, placement.tuteur)
    etranger = creer_lien(utilisateur=enseignante, placement=ailleurs).lien
    for cle in (etranger.pk, "x", "²"):
        assert prof.post(page, {"acte": "revoquer", "lien": cle}).status_code == 404
    etranger.refresh_from_db()
    assert etranger.revoque_le is None


def test_chaque_reponse_dit_qui_l_a_donnee_partout_ou_elle_se_lit(prof, placement, enseignante, chef, client_de):
    remis = creer_lien(utilisateur=enseignante, placement=placement)
    une, deux, _ = (question.pk for question in placement.questions.order_by("ordre"))
    le = datetime(2026, 1, 28, 10, tzinfo=UTC)
    repondre(lien=remis.lien, saisie=SaisieReponses(questions={une: ("A", "", 0)}), maintenant=le)
    dit = f"dit par {placement.tuteur}, le 28/01/2026, par son lien"
    assert f"Réponses : {dit}." in prof.get(adresse("pfmp_bilan", placement)).content.decode()
    saisie = SaisieReponses(questions={deux: ("ECA", "", 0)}, attitudes={"habilete": (3, 0)})
    recopier(utilisateur=enseignante, placement=placement, saisie=saisie, maintenant=le)
    recopie = f"fiche papier recopiée par {enseignante}, le 28/01/2026"
    journal = client_de(chef).get(reverse("evaluations:journal_placement", args=[placement.pk])).content.decode()
    with sans_variable_indefinie():
        pdf = render_to_string("evaluations/pfmp_bilan_pdf.html", contexte_bilan(placement))
    remises = [ligne["par"] for ligne in reponses_des_tuteurs(chef, placement.inscription.apprenant)]
    assert remises == [dit, recopie, recopie]
    for lu in (prof.get(adresse("pfmp_bilan", placement)).content.decode(), pdf, journal):
        assert dit in lu
        assert recopie in lu
    assert "Le tuteur, par son lien" in journal
    # La purge rompt le lien vers le tuteur : la réponse reste, sans nom.
    effacer_textes(apprenants=[placement.inscription.apprenant_id])
    assert reponses_des_tuteurs(chef, placement.inscription.apprenant)[0]["par"].startswith("dit par le tuteur, le")


def test_montrer_le_lien_donne_l_adresse_et_son_code_qr_une_fois(prof, placement, client):
    page = prof.post(adresse("pfmp_lien", placement), {"acte": "montrer"}).content.decode()
    jeton = re.search(r"http://testserver/t/([\w-]+)/", page)[1]
    assert "data:image/svg+xml" in page
    assert client.post(adresse_du(jeton)).status_code == 303
    assert jeton not in prof.get(adresse("pfmp_questions", placement)).content.decode()


def test_la_fiche_de_papier_porte_les_memes_numeros_que_l_ecran(enseignante, placement):
    remis = creer_lien(utilisateur=enseignante, placement=placement)
    with sans_variable_indefinie():
        html = html_fiche(contexte_fiche(placement, remis.lien, "https://exemple.fr/t/abc/"))
    for question in fiche_de(placement).questions:
        assert re.search(rf'class="numero">{question.numero}</td>\s*<th scope="row">{question.texte}', html)


def test_la_fiche_de_papier_tient_sur_une_page_et_porte_un_lien_neuf(prof, placement):
    reponse = prof.post(adresse("pfmp_fiche_papier", placement))
    assert (reponse.status_code, reponse["Content-Type"]) == (200, "application/pdf")
    assert "no-store" in reponse["Cache-Control"]
    assert LienTuteur.objects.filter(revoque_le=None).count() == 1
    assert prof.get(adresse("pfmp_fiche_papier", placement)).status_code == 405


def test_une_fiche_recopiee_dit_qui_l_a_saisie_et_ne_recouvre_pas_le_tuteur(prof, placement, enseignante):
    remis = creer_lien(utilisateur=enseignante, placement=placement)
    une, deux, _ = (question.pk for question in placement.questions.order_by("ordre"))
    repondre(lien=remis.lien, saisie=SaisieReponses(questions={une: ("A", "", 0)}))
    page = prof.get(adresse("pfmp_saisie_papier", placement)).content.decode()
    assert f'name="vq{une}"' not in page
    envoi = {f"vq{deux}": "0", f"q{deux}": "ECA", "complete": "on", "vf": "0", "activites": "Tournage"}
    assert prof.post(adresse("pfmp_saisie_papier", placement), envoi).status_code == 302
    assert ReponseTuteur.objects.get(question=deux).saisie_par == enseignante
    assert ReponseTuteur.objects.get(question=une).saisie_par is None
    assert FicheTuteur.objects.get(placement=placement).termine_le is not None
    force = prof.post(adresse("pfmp_saisie_papier", placement), {f"vq{une}": "1", f"q{une}": "NA"})
    assert force.status_code == 409
    assert ReponseTuteur.objects.get(question=une).valeur == "A"


def test_une_recopie_se_corrige_et_le_tuteur_garde_le_dernier_mot(prof, placement, enseignante):
    remis = creer_lien(utilisateur=enseignante, placement=placement)
    une = placement.questions.earliest("ordre").pk
    page = adresse("pfmp_saisie_papier", placement)
    assert prof.post(page, {f"vq{une}": "0", f"q{une}": "NA"}).status_code == 302
    assert prof.post(page, {f"vq{une}": "1", f"q{une}": "ECA"}).status_code == 302
    repondre(lien=remis.lien, saisie=SaisieReponses(questions={une: ("A", "", 2)}))
    reponse = ReponseTuteur.objects.get(question=une)
    assert (reponse.valeur, reponse.saisie_par) == ("A", None)


def test_la_commande_affiche_un_lien_qui_s_ouvre_en_demonstration_seulement(placement, capsys, client, settings):
    with pytest.raises(CommandError, match="Hors démonstration"):
        call_command("lien_tuteur")
    settings.EST_DEMO = True
    call_command("lien_tuteur", base="http://127.0.0.1:8123")
    ligne = capsys.readouterr().out
    jeton = re.search(r"http://127\.0\.0\.1:8123/t/([\w-]+)/$", ligne.strip())[1]
    assert client.post(adresse_du(jeton)).status_code == 303
