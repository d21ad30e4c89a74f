"""Les bilans d'une classe en PDF : hors de la page, partie par partie, repris après un arrêt du traitement de fond."""

import zipfile
from collections.abc import Callable
from datetime import date, timedelta
from io import BytesIO

import pikepdf
import pytest
from django.core.files.storage import default_storage
from django.urls import reverse
from django.utils import timezone

from centres.models import Classe, Inscription, Utilisateur
from evaluations.documents.fabrications import produire_les_bilans
from evaluations.enums import EtatFabrication, NatureBilan
from evaluations.models import BilanPeriode, CampagneBilans, FabricationBilans
from evaluations.services.bilans import preparer_campagne
from evaluations.services.fabrications import Partie, fabriquer
from tests.client_strict import ClientStrict

ClientDe = Callable[[Utilisateur], ClientStrict]


@pytest.fixture
def campagne(enseignante: Utilisateur, classe: Classe, inscriptions: list[Inscription]) -> CampagneBilans:
    periode = classe.version.periodes.get(ordre=6)
    return preparer_campagne(
        utilisateur=enseignante,
        classe=classe,
        nature=NatureBilan.INTERMEDIAIRE,
        periode=periode,
        arrete_le=date(2026, 3, 27),
    )


@pytest.fixture
def fabrication(enseignante: Utilisateur, campagne: CampagneBilans) -> FabricationBilans:
    """Demandée, pas encore commencée."""
    return FabricationBilans.objects.create(
        campagne=campagne, auteur=enseignante, total=4, demande_le=timezone.now(), avance_le=timezone.now()
    )


def test_toute_la_classe_en_pdf_un_fichier_par_apprenant_et_un_a_imprimer(
    client_de: ClientDe, enseignante: Utilisateur, campagne: CampagneBilans
) -> None:
    BilanPeriode.objects.update(remarques_equipe="Retient les consignes.\n<script>")
    client = client_de(enseignante)
    page = client.post(reverse("evaluations:campagne_pdf", args=[campagne.pk]), follow=True).content.decode()
    assert "Les PDF sont prêts" in page
    fabrication = FabricationBilans.objects.get()
    assert (fabrication.etat, fabrication.fait, fabrication.total) == (EtatFabrication.FINI, 4, 4)
    assert default_storage.listdir("fabrications") == ([], [fabrication.fichier.name.rpartition("/")[2]])
    fichier = client.get(reverse("evaluations:fabrication_fichier", args=[fabrication.pk]))
    assert "no-store" in fichier["Cache-Control"]
    with zipfile.ZipFile(BytesIO(fichier.content)) as archive:
        pages = {nom: _pages(archive.read(nom)) for nom in archive.namelist()}
    assert [nom.partition(" – ")[0] for nom in pages] == [
        "Bernard Inès",
        "Çelik Aïcha",
        "Durand Lucas",
        "Toute la classe, à imprimer.pdf",
    ]
    assert list(pages.values()) == [1, 1, 1, 3]
    refaite = client.post(reverse("evaluations:campagne_pdf", args=[campagne.pk]), follow=True)
    assert FabricationBilans.objects.get().pk != fabrication.pk
    assert refaite.status_code == 200


def _pages(contenu: bytes) -> int:
    with pikepdf.open(BytesIO(contenu)) as document:
        return len(document.pages)


def test_un_traitement_arrete_reprend_sans_refaire_ce_qui_est_fait(fabrication: FabricationBilans) -> None:
    faites: list[str] = []

    def partie(nom: str, empreinte: str, panne: bool = False) -> Partie:
        def faire() -> bytes:
            if panne:
                raise RuntimeError("courant coupé")
            faites.append(nom)
            return nom.encode()

        return Partie(nom, empreinte, faire)

    with pytest.raises(RuntimeError):
        fabriquer(fabrication, [partie("a", "1-1"), partie("b", "2-1"), partie("c", "3-1", panne=True)])
    assert (fabrication.etat, fabrication.fait, faites) == (EtatFabrication.ECHOUE, 2, ["a", "b"])
    # Entre-temps, « b » a été réécrit : sa partie périmée n'est pas reprise.
    fabriquer(fabrication, [partie("a", "1-1"), partie("b", "2-2"), partie("c", "3-1")])
    assert faites == ["a", "b", "b", "c"]
    with fabrication.fichier.open() as fichier, zipfile.ZipFile(fichier) as archive:
        assert {nom: archive.read(nom) for nom in archive.namelist()} == {"a": b"a", "b": b"b", "c": b"c"}
    assert not default_storage.exists(fabrication.repertoire)


def test_la_page_suit_l_avancement_puis_propose_de_reprendre(
    client_de: ClientDe, enseignante: Utilisateur, fabrication: FabricationBilans
) -> None:
    client, adresse = client_de(enseignante), reverse("evaluations:fabrication", args=[fabrication.pk])
    page = client.get(adresse).content.decode()
    assert "En attente du traitement de fond." in page
    assert f'hx-get="{adresse}"' in page
    assert "<html" not in client.get(adresse, headers={"HX-Request": "true"}).content.decode()
    assert client.get(reverse("evaluations:fabrication_fichier", args=[fabrication.pk])).status_code == 404
    FabricationBilans.objects.update(
        etat=EtatFabrication.EN_COURS, fait=2, avance_le=timezone.now() - timedelta(minutes=5)
    )
    arretee = client.get(adresse).content.decode()
    assert "Reprendre la fabrication" in arretee
    assert "hx-trigger" not in arretee
    reprise = client.post(reverse("evaluations:campagne_pdf", args=[fabrication.campagne_id]), follow=True)
    assert "Les PDF sont prêts" in reprise.content.decode()
    assert FabricationBilans.objects.get() == fabrication


def test_qui_est_de_la_classe_ou_d_ailleurs_n_a_pas_les_fichiers(
    client_de: ClientDe,
    compte_apprenant: Utilisateur,
    etranger: Utilisateur,
    inspecteur: Utilisateur,
    fabrication: FabricationBilans,
) -> None:
    for personne in (compte_apprenant, etranger, inspecteur):
        client = client_de(personne)
        assert client.get(reverse("evaluations:fabrication", args=[fabrication.pk])).status_code == 404
        assert client.post(reverse("evaluations:campagne_pdf", args=[fabrication.campagne_id])).status_code == 404


def test_une_demande_effacee_ou_deja_finie_ne_fait_rien_quand_son_tour_vient(fabrication: FabricationBilans) -> None:
    pk = fabrication.pk
    fabrication.delete()
    produire_les_bilans.call(pk)
    assert not FabricationBilans.objects.exists()
