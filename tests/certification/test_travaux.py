"""Les dossiers d'une classe pour une épreuve : demandés, fabriqués à l'écart, téléchargés par qui le peut encore."""

from collections.abc import Callable
from datetime import date, timedelta
from io import BytesIO

import pikepdf
import pytest
from django.core.exceptions import PermissionDenied
from django.core.files.base import ContentFile
from django.db import DatabaseError, IntegrityError
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pytest_django import DjangoCaptureOnCommitCallbacks

from centres.enums import Role
from centres.models import Affectation, Classe, Evenement, Inscription, Utilisateur
from certification.documents.travaux import demander_dossiers, produire_dossiers
from certification.enums import EtatTravail
from certification.models import Travail
from certification.services.travaux import finir_travail
from evaluations.models import Situation
from referentiel.models import Epreuve
from tests.certification.preuves import tout_positionner

Connexion = Callable[[Utilisateur], Client]


@pytest.fixture
def epreuve(classe: Classe) -> Epreuve:
    return classe.version.epreuves.get(code="E2")


@pytest.fixture
def travail(classe: Classe, epreuve: Epreuve, enseignante: Utilisateur) -> Travail:
    """Une demande que personne n'a encore traitée."""
    return Travail.objects.create(
        classe=classe, epreuve=epreuve, auteur=enseignante, total=3, demande_le=timezone.now(), avance_le=timezone.now()
    )


def test_les_dossiers_de_la_classe_sont_reunis_dans_un_seul_pdf(
    client_de: Connexion,
    enseignante: Utilisateur,
    classe: Classe,
    situations: dict[str, Situation],
    inscriptions: list[Inscription],
) -> None:
    tout_positionner(situations["S1"], inscriptions[0], enseignante, 3)
    client = client_de(enseignante)
    reponse = client.post(reverse("certification:demander", args=[classe.pk, "E2"]))
    travail = Travail.objects.get()
    assert reponse["Location"] == reverse("certification:travail", args=[travail.pk])
    assert (travail.etat, travail.fait, travail.total) == (EtatTravail.FINI, 3, 3)
    assert "Les dossiers sont prêts." in client.get(reponse["Location"]).content.decode()
    pdf = client.get(reverse("certification:dossiers", args=[travail.pk]))
    assert pdf["Cache-Control"] == "private, no-store"
    with pikepdf.open(BytesIO(pdf.content)) as document:
        assert len(document.pages) >= 12
        assert "/StructTreeRoot" in document.Root
        assert document.open_metadata()["pdfaid:part"] == "3"
    evenement = Evenement.objects.get(acte="demander_dossiers")
    assert (evenement.auteur, evenement.apres) == (enseignante, {"epreuve": "E2", "candidats": 3})


def test_un_candidat_qui_tient_un_role_dans_son_centre_n_a_pas_les_dossiers_de_sa_classe(
    client_de: Connexion, compte_apprenant: Utilisateur, classe: Classe, travail: Travail, enseignante: Utilisateur
) -> None:
    compte_apprenant.affectations.create(role=Role.ENSEIGNANT, centre=classe.centre, debut=date(2020, 9, 1))
    client = client_de(compte_apprenant)
    adresses = [
        reverse("certification:travail", args=[travail.pk]),
        reverse("certification:dossiers", args=[travail.pk]),
    ]
    finir_travail(travail, ContentFile(b"%PDF", name="dossiers.pdf"))
    assert [client.get(adresse).status_code for adresse in adresses] == [404, 404]
    assert client.post(reverse("certification:demander", args=[classe.pk, "E2"])).status_code == 404
    assert client_de(enseignante).get(adresses[1]).status_code == 200


def test_la_page_d_avancement_se_redemande_tant_que_rien_n_est_pret(
    client_de: Connexion, enseignante: Utilisateur, travail: Travail
) -> None:
    client, adresse = client_de(enseignante), reverse("certification:travail", args=[travail.pk])
    page = client.get(adresse).content.decode()
    assert "En attente du traitement de fond." in page
    assert f'hx-get="{adresse}"' in page
    cadre = client.get(adresse, headers={"HX-Request": "true"}).content.decode()
    assert ("<html" in cadre, 'id="avancement"' in cadre) == (False, True)
    assert client.get(reverse("certification:dossiers", args=[travail.pk])).status_code == 404


def test_une_fabrication_interrompue_le_dit(client_de: Connexion, enseignante: Utilisateur, travail: Travail) -> None:
    Travail.objects.update(etat=EtatTravail.ECHOUE)
    page = client_de(enseignante).get(reverse("certification:travail", args=[travail.pk])).content.decode()
    assert "La fabrication s&#x27;est interrompue" in page or "La fabrication s'est interrompue" in page
    assert "hx-trigger" not in page


@pytest.mark.parametrize("personne", ["compte_apprenant", "administrateur", "etranger", "ancien"])
def test_personne_d_autre_ne_demande_ni_ne_telecharge(
    personne: str, request: pytest.FixtureRequest, client_de: Connexion, travail: Travail
) -> None:
    finir_travail(travail, ContentFile(b"%PDF", name="x.pdf"))
    client = client_de(request.getfixturevalue(personne))
    assert client.post(reverse("certification:demander", args=[travail.classe_id, "E2"])).status_code == 404
    assert client.get(reverse("certification:travail", args=[travail.pk])).status_code == 404
    assert client.get(reverse("certification:dossiers", args=[travail.pk])).status_code == 404
    assert Travail.objects.count() == 1


def test_le_droit_est_reverifie_au_telechargement(
    client_de: Connexion, enseignante: Utilisateur, travail: Travail
) -> None:
    finir_travail(travail, ContentFile(b"%PDF", name="x.pdf"))
    client, adresse = client_de(enseignante), reverse("certification:dossiers", args=[travail.pk])
    assert client.get(adresse).status_code == 200
    Affectation.objects.filter(utilisateur=enseignante).update(fin=date(2021, 1, 1))
    assert client.get(adresse).status_code == 404


def test_deux_demandes_ne_font_qu_une_fabrication(
    enseignante: Utilisateur, chef: Utilisateur, travail: Travail
) -> None:
    assert demander_dossiers(utilisateur=chef, classe=travail.classe, epreuve=travail.epreuve) == travail
    assert Travail.objects.count() == 1


def test_une_demande_perdue_se_refait_et_un_resultat_perime_s_efface(
    enseignante: Utilisateur,
    travail: Travail,
    situations: dict[str, Situation],
    inscriptions: list[Inscription],
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
) -> None:
    finir_travail(travail, ContentFile(b"%PDF", name="x.pdf"))
    stockage, nom = travail.fichier.storage, travail.fichier.name
    Travail.objects.update(etat=EtatTravail.EN_COURS, avance_le=timezone.now() - timedelta(minutes=4))
    with django_capture_on_commit_callbacks(execute=True):
        nouveau = demander_dossiers(utilisateur=enseignante, classe=travail.classe, epreuve=travail.epreuve)
    assert nouveau.pk != travail.pk
    assert not stockage.exists(nom)
    assert list(Travail.objects.values_list("pk", "etat")) == [(nouveau.pk, EtatTravail.FINI)]


def test_le_service_refuse_a_qui_ne_voit_pas_les_notes(administrateur: Utilisateur, travail: Travail) -> None:
    with pytest.raises(PermissionDenied):
        demander_dossiers(utilisateur=administrateur, classe=travail.classe, epreuve=travail.epreuve)


def test_demander_ne_se_fait_pas_en_lecture(client_de: Connexion, enseignante: Utilisateur, classe: Classe) -> None:
    assert client_de(enseignante).get(reverse("certification:demander", args=[classe.pk, "E2"])).status_code == 405


def test_un_travail_fini_a_toujours_un_fichier(travail: Travail) -> None:
    with pytest.raises(IntegrityError):
        Travail.objects.update(etat=EtatTravail.FINI)


def test_une_classe_sans_candidat_laisse_un_travail_interrompu(
    client_de: Connexion, enseignante: Utilisateur, classe: Classe
) -> None:
    client_de(enseignante).post(reverse("certification:demander", args=[classe.pk, "E2"]))
    assert Travail.objects.get().etat == EtatTravail.ECHOUE


def test_une_demande_remplacee_ne_fait_rien_quand_son_tour_vient(travail: Travail) -> None:
    pk = travail.pk
    travail.delete()
    produire_dossiers.call(pk)
    assert not Travail.objects.exists()


def test_une_fabrication_finie_apres_son_remplacement_ne_laisse_aucun_fichier(travail: Travail) -> None:
    stockage = travail.fichier.storage
    avant = set(stockage.listdir("dossiers")[1]) if stockage.exists("dossiers") else set()
    Travail.objects.filter(pk=travail.pk).delete()
    with pytest.raises(DatabaseError):
        finir_travail(travail, ContentFile(b"%PDF", name="x.pdf"))
    assert set(stockage.listdir("dossiers")[1]) == avant
