"""Tout le corpus, par les pages : aucune erreur du serveur, aucun import partiel, les verdicts attendus."""

import time
from collections.abc import Iterator
from datetime import date
from typing import Any

import pytest
import time_machine
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone

from centres.enums import StatutApprenant
from centres.imports.plan import Candidat, Plan, Verdict
from centres.journal import verifier_journal
from centres.models import (
    Affectation,
    Apprenant,
    Centre,
    Classe,
    Entreprise,
    Evenement,
    ImportListe,
    Inscription,
    Tuteur,
    Utilisateur,
)
from centres.services.imports import planifier
from referentiel.models import Diplome, NomenclatureMef, Option, Periode, VersionReferentiel
from tests.centres.corpus import CORPUS
from tests.centres.corpus.apprenants import AILLEURS, AUTRE_DIPLOME, ICI
from tests.centres.corpus.cas import Cas
from tests.fabriques import fabriquer_classe, fabriquer_inscription

MODELES = (Apprenant, Inscription, Classe, Utilisateur, Affectation, Entreprise, Tuteur)
REGLAGES = {"annee_scolaire": 2025, "statut": "scolaire", "date_effet": "2026-01-05"}
Photo = dict[str, list[Any]]


@pytest.fixture(autouse=True)
def en_cours_d_annee() -> Iterator[None]:
    """Les dates du corpus se lisent à l'hiver 2025-2026."""
    with time_machine.travel(date(2025, 12, 1), tick=True):
        yield


@pytest.fixture
def lycee(
    centre_a: Centre,
    centre_b: Centre,
    classe: Classe,
    ines: Inscription,
    aicha: Inscription,
    lucas: Inscription,
    enseignante: Utilisateur,
    referentiel: VersionReferentiel,
    option_rsp: Option,
) -> Centre:
    """La classe de terminale, un apprenant d'ailleurs, un autre diplôme, une entreprise, une enseignante."""
    Apprenant.objects.filter(pk=lucas.apprenant_id).update(ine=ICI)
    ailleurs = fabriquer_inscription(fabriquer_classe(centre_b, referentiel), option_rsp, "SECRET", "Ada")
    Apprenant.objects.filter(pk=ailleurs.apprenant_id).update(ine=AILLEURS)
    autre = VersionReferentiel.objects.create(
        diplome=Diplome.objects.create(code="BTSX"),
        numero=1,
        intitule="BTS d'essai",
        niveau="BTS",
        premiere_session=2020,
        duree_cycle_annees=2,
        publiee_le=timezone.now(),
    )
    Periode.objects.create(version=autre, intitule="Première S1", ordre=1)
    NomenclatureMef.objects.create(
        version=autre, ordre=1, mef=AUTRE_DIPLOME, mefstat11="33300000011", niveau="Première"
    )
    Entreprise.objects.create(centre=centre_a, nom="MécaLoire", commune="Roanne")
    Utilisateur.objects.filter(pk=enseignante.pk).update(email="faye@exemple.fr")
    return centre_a


def photo() -> Photo:
    """Tout ce qu'un import peut toucher, ligne à ligne, et les événements qui ne sont pas ceux du téléversement."""
    vue: Photo = {modele.__name__: list(modele._base_manager.order_by("pk").values_list()) for modele in MODELES}
    vue["Evenement"] = list(
        Evenement.objects.exclude(acte__startswith="import.").order_by("pk").values_list("pk", "acte")
    )
    # L'heure de la dernière connexion n'est pas l'affaire de l'import.
    vue["Utilisateur"] = list(Utilisateur.objects.order_by("pk").values_list("pk", "email", "last_name"))
    return vue


def envoyer(client: Client, cas: Cas, centre: Centre) -> ImportListe | str:
    """L'import prêt à relire, ou la page de refus."""
    fichier = SimpleUploadedFile(cas.nom, cas.contenu())
    reponse = client.post("/organisation/imports/", {"genre": cas.genre, "centre": centre.pk, "fichier": fichier})
    if reponse.status_code == 422:
        return reponse.content.decode()
    assert reponse.status_code == 302
    liste = ImportListe.objects.latest("pk")
    page = client.get(reponse.url)
    assert page.status_code == 200
    colonnes = {f"col_{champ}": rang for champ, rang in (cas.colonnes or liste.colonnes).items()}
    suite = client.post(reponse.url, {**colonnes, **REGLAGES})
    if suite.status_code == 422:
        return suite.content.decode()
    assert suite.status_code == 302, suite.content.decode()
    return ImportListe.objects.get(pk=liste.pk)


def accord(client: Client, liste: ImportListe, plan: Plan, **choix: str) -> int:
    donnees = {"empreinte": plan.empreinte, **choix}
    return client.post(f"/organisation/imports/{liste.pk}/", donnees).status_code


def test_le_corpus_compte_au_moins_soixante_fichiers_tous_nommes() -> None:
    titres = [(cas.genre, cas.titre) for cas in CORPUS]
    assert len(set(titres)) == len(titres) >= 60


@pytest.mark.parametrize("cas", CORPUS, ids=lambda cas: f"{cas.genre}: {cas.titre}")
def test_un_fichier_du_corpus(client: Client, chef: Utilisateur, lycee: Centre, cas: Cas) -> None:
    client.force_login(chef)
    avant = photo()
    liste = envoyer(client, cas, lycee)
    assert photo() == avant
    if cas.refus or cas.colonne_manquante:
        assert isinstance(liste, str)
        assert (cas.refus or "obligatoire") in liste.replace("&#x27;", "'")
        assert bool(ImportListe.objects.count()) == cas.colonne_manquante
        return
    assert isinstance(liste, ImportListe), liste
    plan = planifier(liste)
    assert [ligne.verdict.value for ligne in plan.lignes] == list(cas.verdicts)
    details = " ".join(detail for ligne in plan.lignes for detail in ligne.details)
    assert cas.dit in details
    for adresse in ("", "rapport.xlsx", "rapport.csv"):
        assert client.get(f"/organisation/imports/{liste.pk}/{adresse}").status_code == 200
    appliquer_et_reimporter(client, cas, lycee, liste, plan, avant)


def appliquer_et_reimporter(
    client: Client, cas: Cas, centre: Centre, liste: ImportListe, plan: Plan, avant: Photo
) -> None:
    """Sans réponse, rien ; avec toutes les réponses, tout ; le même fichier ensuite, plus rien."""
    creations = {creation.cle: "1" for creation in plan.creations}
    douteux = plan.de(Verdict.ERREUR) + plan.de(Verdict.DOUBLON)
    if douteux or creations:
        assert accord(client, liste, plan) == 422
        assert photo() == avant
    reponses = {ligne.cle: ligne.candidats[0].valeur for ligne in plan.de(Verdict.DOUBLON)}
    utiles = [li for li in plan.lignes if li.verdict not in {Verdict.ERREUR, Verdict.INCHANGE}]
    agissantes = [li for li in utiles if li.verdict != Verdict.DOUBLON or li.candidats[0].action is not None]
    attendu = 302 if agissantes else 422
    assert accord(client, liste, plan, ecarter="1", **reponses, **creations) == attendu
    if not agissantes:
        assert photo() == avant
        return
    assert verifier_journal().est_intacte
    assert client.get(f"/organisation/imports/{liste.pk}/").status_code == 200
    apres = photo()
    encore = envoyer(client, cas, centre)
    assert isinstance(encore, ImportListe)
    seconds = planifier(encore).lignes
    reste = [li.verdict for li in seconds if li.verdict != Verdict.ERREUR]
    # Une ligne laissée de côté, une personne qui garde son adresse : la question revient, rien d'autre.
    douteuses = [li for li in seconds if li.verdict == Verdict.DOUBLON]
    assert set(reste) <= {Verdict.INCHANGE, Verdict.DOUBLON}
    assert all(
        li.candidats[0].valeur.startswith("ligne-") or li.candidats[0].changements == ("rien ne change",)
        for li in douteuses
    )
    assert not douteuses or cas.genre == "personnels" or any(li.valeur.startswith("ligne-") for li in _premiers(plan))
    assert photo() == apres


def _premiers(plan: Plan) -> list[Candidat]:
    return [ligne.candidats[0] for ligne in plan.de(Verdict.DOUBLON)]


def test_mille_lignes_se_lisent_et_s_appliquent_d_un_geste(client: Client, chef: Utilisateur, lycee: Centre) -> None:
    """La durée est affichée, pas jugée : le nombre de requêtes, lui, ne dépend pas de la machine."""
    client.force_login(chef)
    cas = next(cas for cas in CORPUS if cas.titre == "mille lignes")
    debut = time.process_time()
    liste = envoyer(client, cas, lycee)
    assert isinstance(liste, ImportListe)
    page = client.get(f"/organisation/imports/{liste.pk}/")
    relu = time.process_time()
    assert accord(client, liste, page.context["plan"]) == 302
    fini = time.process_time()
    print(f"\n1 000 lignes : lecture et aperçu {relu - debut:.2f} s, application {fini - relu:.2f} s")
    assert Inscription.objects.filter(statut=StatutApprenant.SCOLAIRE, classe__nom="TTRPM").count() == 1002
