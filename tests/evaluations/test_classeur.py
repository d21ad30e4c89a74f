"""L'aller et retour : télécharger, remplir ailleurs, envoyer, relire les différences, appliquer."""

import re
from datetime import datetime
from html import unescape
from typing import Any
from uuid import uuid4

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from centres.journal import verifier_chaine
from centres.models import Evenement
from evaluations.models import Positionnement, Situation
from evaluations.services.positionnements import enregistrer_cellule
from tests.classeurs import case, en_ods, enregistrer, ouvrir, remplir
from tests.evaluations.fabrique_grille import detail, fabriquer_situation, remplir_la_classe
from tests.evaluations.test_classeur_export import telecharger

pytestmark = pytest.mark.django_db
INES, AICHA, LUCAS = "Bernard Inès", "Çelik Aïcha", "Durand Lucas"


def envoyer(client: Any, situation: Situation, contenu: bytes, nom: str = "grille.xlsx", *, statut: int = 200) -> str:
    adresse = reverse("evaluations:classeur_televerser", args=[situation.pk])
    reponse = client.post(adresse, {"fichier": SimpleUploadedFile(nom, contenu)})
    assert reponse.status_code == statut
    return unescape(reponse.content.decode())


def comptes(html: str) -> dict[str, int]:
    paires = re.findall(r"<dt>([^<]+)</dt>\s*<dd>\s*(\d+)", html)
    return {nom: int(valeur) for nom, valeur in paires}


def cochees(html: str) -> list[str]:
    return re.findall(r'name="case"\s+value="([\d.]+)"[^>]*\schecked', html)


def proposees(html: str) -> list[str]:
    return re.findall(r'name="case"\s+value="([\d.]+)"', html)


def appliquer(client: Any, situation: Situation, html: str, choix: list[str] | None = None, **options: Any) -> Any:
    scelle = re.search(r'name="apercu"\s+value="([^"]+)"', html)
    donnees = {"apercu": scelle[1] if scelle else "", "case": cochees(html) if choix is None else choix}
    return client.post(reverse("evaluations:classeur_appliquer", args=[situation.pk]), donnees, **options)


def noter(utilisateur: Any, situation: Situation, inscrit: Any, code: str, valeur: Any, version: int = 0) -> Any:
    return enregistrer_cellule(
        utilisateur=utilisateur,
        situation_id=situation.pk,
        inscription_id=inscrit.pk,
        detaillee_id=detail(code).pk,
        valeur=valeur,
        version=version,
        operation=uuid4(),
    )


def valeurs(situation: Situation) -> dict[tuple[str, str], Any]:
    lignes = situation.positionnements.select_related("inscription__apprenant", "detaillee").order_by()
    return {(str(p.inscription.apprenant), p.detaillee.code): p.valeur for p in lignes}


def test_un_classeur_renvoye_tel_quel_ne_change_rien(client_de, enseignante, situation_e31, inscriptions, ines) -> None:
    noter(enseignante, situation_e31, ines, "C6.1", 3)
    client = client_de(enseignante)
    html = envoyer(client, situation_e31, telecharger(client, situation_e31))
    assert comptes(html) == {
        "nouvelles": 0,
        "changées": 0,
        "effacées": 0,
        "en conflit": 0,
        "invalides": 0,
        "identiques": 12,
    }
    assert "Rien à enregistrer" in html


@pytest.mark.parametrize("format", ["xlsx", "ods"])
def test_les_differences_choisies_s_appliquent_d_un_seul_tenant(
    client_de, enseignante, situation_e31, inscriptions, ines, format
) -> None:
    noter(enseignante, situation_e31, ines, "C6.1", 3)
    client = client_de(enseignante)
    saisies = {(INES, "C6.1"): 4, (INES, "C7.3"): 2, (AICHA, "C9.4"): "DISP", (LUCAS, "C8.1"): "NE"}
    contenu = remplir(telecharger(client, situation_e31), saisies)
    contenu = en_ods(contenu) if format == "ods" else contenu
    html = envoyer(client, situation_e31, contenu, f"grille.{format}")
    assert (comptes(html)["nouvelles"], comptes(html)["changées"]) == (3, 1)
    assert "Appliquer 4 changements" in html
    assert Positionnement.objects.count() == 1
    avant = Evenement.objects.count()
    reponse = appliquer(client, situation_e31, html)
    assert reponse["Location"] == reverse("evaluations:grille", args=[situation_e31.pk])
    assert valeurs(situation_e31) == saisies
    assert Evenement.objects.count() == avant + 4
    assert verifier_chaine(f"situation:{situation_e31.pk}").est_intacte
    suite = client.get(reverse("evaluations:changements", args=[situation_e31.pk]), {"depuis": 1}).json()
    assert len(suite["cellules"]) == 4


def test_seules_les_cases_cochees_sont_ecrites(client_de, enseignante, situation_e31, inscriptions) -> None:
    client = client_de(enseignante)
    contenu = remplir(telecharger(client, situation_e31), {(INES, "C6.1"): 4, (LUCAS, "C6.1"): 1})
    html = envoyer(client, situation_e31, contenu)
    choisie = next(cle for cle in proposees(html) if cle.startswith(f"{inscriptions[2].pk}."))
    appliquer(client, situation_e31, html, [choisie])
    assert valeurs(situation_e31) == {(LUCAS, "C6.1"): 1}
    rien = appliquer(client, situation_e31, html, [])
    assert "Cochez au moins une case" in rien.content.decode()
    assert "Cochez au moins une case" in appliquer(client, situation_e31, html, ["0.0", "x"]).content.decode()


def test_une_case_videe_ne_s_efface_que_si_on_la_coche(client_de, enseignante, situation_e31, inscriptions) -> None:
    noter(enseignante, situation_e31, inscriptions[0], "C6.1", 3)
    client = client_de(enseignante)
    html = envoyer(client, situation_e31, remplir(telecharger(client, situation_e31), {(INES, "C6.1"): None}))
    assert (comptes(html)["effacées"], cochees(html)) == (1, [])
    appliquer(client, situation_e31, html, proposees(html))
    assert valeurs(situation_e31) == {(INES, "C6.1"): ""}


def test_un_conflit_montre_les_deux_valeurs_et_ne_se_coche_pas_seul(
    client_de, enseignante, collegue, situation_e31, inscriptions
) -> None:
    client = client_de(enseignante)
    contenu = telecharger(client, situation_e31)
    noter(collegue, situation_e31, inscriptions[0], "C6.1", 2)
    noter(collegue, situation_e31, inscriptions[1], "C6.1", 4)
    noter(collegue, situation_e31, inscriptions[2], "C6.1", 1)
    # Inès : en désaccord ; Aïcha : d'accord ; Lucas : case laissée telle quelle dans le classeur.
    html = envoyer(client, situation_e31, remplir(contenu, {(INES, "C6.1"): 3, (AICHA, "C6.1"): 4}))
    assert (comptes(html)["en conflit"], comptes(html)["identiques"], cochees(html)) == (1, 11, [])
    ligne = re.search(rf"<tr>(?:(?!</tr>).)*{INES}.*?</tr>", html, re.S)[0]
    assert "Marc Roux, le " in ligne
    assert "niveau-2 " in ligne
    assert "niveau-3 " in ligne
    appliquer(client, situation_e31, html, proposees(html))
    assert valeurs(situation_e31) == {(INES, "C6.1"): 3, (AICHA, "C6.1"): 4, (LUCAS, "C6.1"): 1}


def test_une_observation_seule_n_est_pas_un_conflit(client_de, enseignante, collegue, situation_e31, ines) -> None:
    noter(enseignante, situation_e31, ines, "C6.1", 3)
    client = client_de(enseignante)
    contenu = telecharger(client, situation_e31)
    enregistrer_cellule(
        utilisateur=collegue,
        situation_id=situation_e31.pk,
        inscription_id=ines.pk,
        detaillee_id=detail("C6.1").pk,
        valeur=3,
        version=1,
        observation="précise",
    )
    html = envoyer(client, situation_e31, remplir(contenu, {(INES, "C6.1"): 4}))
    assert (comptes(html)["changées"], comptes(html)["en conflit"]) == (1, 0)
    appliquer(client, situation_e31, html)
    ligne = Positionnement.objects.get()
    assert (ligne.niveau, ligne.observation, ligne.version) == (4, "précise", 3)
    assert Evenement.objects.latest("pk").motif == "classeur téléversé"


def test_une_case_changee_pendant_la_relecture_arrete_tout(
    client_de, enseignante, collegue, situation_e31, inscriptions
) -> None:
    client = client_de(enseignante)
    contenu = remplir(telecharger(client, situation_e31), {(INES, "C6.1"): 3, (LUCAS, "C6.1"): 4})
    html = envoyer(client, situation_e31, contenu)
    noter(collegue, situation_e31, inscriptions[0], "C6.1", 1)
    reponse = appliquer(client, situation_e31, html)
    suite = unescape(reponse.content.decode())
    assert "une case a changé pendant que vous relisiez" in suite
    assert valeurs(situation_e31) == {(INES, "C6.1"): 1}
    # Le conflit est décoché, le reste garde son choix ; appliquer le nouvel aperçu passe.
    assert (comptes(suite)["en conflit"], len(cochees(suite))) == (1, 1)
    appliquer(client, situation_e31, suite)
    assert valeurs(situation_e31) == {(INES, "C6.1"): 1, (LUCAS, "C6.1"): 4}


def test_appliquer_deux_fois_n_a_qu_un_effet(client_de, enseignante, situation_e31, inscriptions) -> None:
    client = client_de(enseignante)
    html = envoyer(client, situation_e31, remplir(telecharger(client, situation_e31), {(INES, "C6.1"): 3}))
    appliquer(client, situation_e31, html)
    evenements = Evenement.objects.count()
    assert "Tout était déjà enregistré" in appliquer(client, situation_e31, html, follow=True).content.decode()
    assert (Evenement.objects.count(), Positionnement.objects.get().version) == (evenements, 1)


def test_un_apercu_ne_se_prete_ni_ne_se_modifie(
    client_de, enseignante, collegue, classe, situation_e31, inscriptions
) -> None:
    client = client_de(enseignante)
    html = envoyer(client, situation_e31, remplir(telecharger(client, situation_e31), {(INES, "C6.1"): 3}))
    autre = fabriquer_situation(classe, enseignante, ["C6.1"], "S5")
    refus = "Cet aperçu n'est plus valable"
    assert refus in unescape(appliquer(client_de(collegue), situation_e31, html, proposees(html)).content.decode())
    assert refus in unescape(appliquer(client, autre, html).content.decode())
    falsifie = html.replace('name="apercu" value="', 'name="apercu" value="x')
    assert refus in unescape(appliquer(client, situation_e31, falsifie).content.decode())
    assert Positionnement.objects.count() == 0


def test_un_apercu_expire(client_de, enseignante, situation_e31, inscriptions, time_machine) -> None:
    client = client_de(enseignante)
    html = envoyer(client, situation_e31, remplir(telecharger(client, situation_e31), {(INES, "C6.1"): 3}))
    time_machine.move_to(timezone.now() + timezone.timedelta(hours=3))
    assert "n'est plus valable" in unescape(appliquer(client, situation_e31, html).content.decode())
    assert Positionnement.objects.count() == 0


INVALIDES = [5, "2,5", 2.5, 0, True, datetime(2026, 2, 3), "acquis", "—", "33", "-1"]  # noqa: DTZ001


@pytest.mark.parametrize("valeur", INVALIDES)
def test_une_valeur_invalide_dit_sa_case_et_le_remede(
    client_de, enseignante, situation_e31, inscriptions, valeur
) -> None:
    client = client_de(enseignante)
    contenu = remplir(telecharger(client, situation_e31), {(LUCAS, "C7.3"): valeur, (INES, "C6.1"): 3})
    html = envoyer(client, situation_e31, contenu)
    assert (comptes(html)["invalides"], comptes(html)["nouvelles"]) == (1, 1)
    ligne = re.search(rf"<tr>(?:(?!</tr>).)*{LUCAS}.*?</tr>", html, re.S)[0]
    assert "E31 E8" in ligne
    assert "C7.3" in ligne
    assert "Attendu : 1, 2, 3, 4, NE, ABJ, ABN, DISP, ou rien." in ligne
    appliquer(client, situation_e31, html)
    assert valeurs(situation_e31) == {(INES, "C6.1"): 3}


@pytest.mark.parametrize(
    ("brut", "lue"), [("ne", "NE"), (" 3 ", 3), ("4\u00a0", 4), (2.0, 2), ("Disp", "DISP"), ("  ", None)]
)
def test_la_casse_et_les_espaces_ne_comptent_pas(
    client_de, enseignante, situation_e31, inscriptions, brut, lue
) -> None:
    client = client_de(enseignante)
    html = envoyer(client, situation_e31, remplir(telecharger(client, situation_e31), {(LUCAS, "C6.1"): brut}))
    if lue is None:
        assert "Rien à enregistrer" in html
        return
    appliquer(client, situation_e31, html)
    assert valeurs(situation_e31) == {(LUCAS, "C6.1"): lue}


def test_une_competence_hors_de_l_option_ne_se_remplit_pas(client_de, enseignante, situation_e31, inscriptions) -> None:
    client = client_de(enseignante)
    html = envoyer(client, situation_e31, remplir(telecharger(client, situation_e31), {(INES, "C9.4"): 3}))
    assert comptes(html)["invalides"] == 1
    assert "ne concerne pas l'option" in html


def test_l_ordre_des_lignes_et_une_ligne_retiree_sont_sans_danger(
    client_de, enseignante, situation_e31, inscriptions
) -> None:
    client = client_de(enseignante)
    classeur = ouvrir(telecharger(client, situation_e31))
    feuille = classeur["E31"]
    case(feuille, LUCAS, "C6.1").value = 4
    feuille.delete_rows(7)
    html = envoyer(client, situation_e31, enregistrer(classeur))
    assert f"{AICHA} n'y figure plus" in html
    appliquer(client, situation_e31, html)
    assert valeurs(situation_e31) == {(LUCAS, "C6.1"): 4}


def test_un_changement_d_option_ou_de_situation_rend_la_case_invalide(
    client_de, enseignante, situation_e31, inscriptions, option_rmo, ines
) -> None:
    client = client_de(enseignante)
    contenu = remplir(telecharger(client, situation_e31), {(INES, "C7.3"): 3, (LUCAS, "C8.1"): 2, (LUCAS, "C6.1"): 1})
    ines.option = option_rmo
    ines.save()
    situation_e31.evaluees.remove(detail("C8.1"))
    html = envoyer(client, situation_e31, contenu)
    assert (comptes(html)["invalides"], comptes(html)["nouvelles"]) == (2, 1)
    assert "n'existe plus" in html


def test_qui_ne_note_pas_n_a_pas_la_page(
    client_de, inspecteur, ddfpt, etranger, compte_apprenant, client, situation_e31
) -> None:
    for nom in ("classeur_televerser", "classeur_appliquer"):
        adresse = reverse(f"evaluations:{nom}", args=[situation_e31.pk])
        for personne in (inspecteur, ddfpt, etranger, compte_apprenant):
            assert client_de(personne).post(adresse).status_code == 404
        assert client.post(adresse).status_code == 302
    assert client_de(ddfpt).get(reverse("evaluations:classeur_televerser", args=[situation_e31.pk])).status_code == 404


def test_une_situation_verrouillee_refuse_l_envoi_et_l_application(
    client_de, enseignante, situation_e31, inscriptions
) -> None:
    client = client_de(enseignante)
    contenu = remplir(telecharger(client, situation_e31), {(INES, "C6.1"): 3})
    html = envoyer(client, situation_e31, contenu)
    Situation.objects.filter(pk=situation_e31.pk).update(verrouillee_le=timezone.now())
    assert "Cette situation est verrouillée" in appliquer(client, situation_e31, html).content.decode()
    assert "Cette situation est verrouillée" in envoyer(client, situation_e31, contenu, statut=422)
    page = client.get(reverse("evaluations:classeur_televerser", args=[situation_e31.pk])).content.decode()
    assert 'type="file"' not in page
    assert Positionnement.objects.count() == 0


def test_l_apercu_coute_autant_pour_1_et_3_apprenants(
    client_de, enseignante, situation_e31, classe, option_rsp
) -> None:
    client, nombres = client_de(enseignante), []
    for nombre in (1, 2):
        inscrits = remplir_la_classe(classe, [option_rsp], nombre)
        saisies = {(str(inscrit.apprenant), "C6.1"): 3 for inscrit in inscrits}
        contenu = remplir(telecharger(client, situation_e31), saisies)
        with CaptureQueriesContext(connection) as requetes:
            envoyer(client, situation_e31, contenu)
        nombres.append(len(requetes))
    assert nombres[0] == nombres[1] <= 10


def test_une_classe_entiere_se_relit_et_s_applique(client_de, enseignante, classe, option_rsp) -> None:
    """60 × 57 : plus de cases à cocher que Django n'accepte de champs par défaut."""
    situation = fabriquer_situation(classe, enseignante)
    remplir_la_classe(classe, [option_rsp], 60)
    client = client_de(enseignante)
    classeur = ouvrir(telecharger(client, situation))
    for nom in ("E2", "E31", "E32"):
        for ligne in classeur[nom].iter_rows(min_row=6, min_col=4):
            for cellule in ligne:
                cellule.value = cellule.value or 3
    html = envoyer(client, situation, enregistrer(classeur))
    assert comptes(html)["nouvelles"] == 60 * 57
    assert appliquer(client, situation, html).status_code == 302
    assert Positionnement.objects.filter(niveau=3).count() == 60 * 57
    assert verifier_chaine(f"situation:{situation.pk}").est_intacte
