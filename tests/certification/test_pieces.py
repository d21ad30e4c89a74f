"""Les pièces d'un dossier, l'inventaire qui les cite, un PDF par candidat repris après un arrêt."""

import zipfile
from collections.abc import Callable
from datetime import timedelta
from io import BytesIO

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from PIL import Image
from pytest_django import DjangoCaptureOnCommitCallbacks

from centres.models import Classe, Evenement, Inscription, Utilisateur
from certification.documents import travaux
from certification.documents.commission import contexte_dossier, html_dossier
from certification.enums import EtatTravail, FormatTravail
from certification.models import Candidat, Commission, PieceDossier, Travail
from certification.queries.candidats import synthese_du_candidat
from certification.services import pieces
from certification.services.commissions import ouvrir
from certification.services.pieces import DonneesPiece, joindre_piece, retirer_piece
from evaluations.models import Situation
from referentiel.models import Epreuve
from tests.certification.fabrique_seance import clore, fabriquer_commission

Connexion = Callable[[Utilisateur], Client]
PDF = b"%PDF-1.7\n1 0 obj<<>>endobj\n%%EOF\n"


def image() -> bytes:
    sortie = BytesIO()
    Image.new("RGB", (40, 30), "navy").save(sortie, "PNG")
    return sortie.getvalue()


def donnees(nom: str = "plan.pdf", contenu: bytes = PDF, **autres: str) -> DonneesPiece:
    return DonneesPiece(**{"titre": "Plan du mors", "nature": "situation", "nom": nom, "contenu": contenu, **autres})


@pytest.fixture
def candidat(ines: Inscription, situations: dict[str, Situation]) -> Candidat:
    return Candidat.objects.select_related("apprenant", "option", "classe__centre", "classe__session").get(pk=ines.pk)


def test_une_piece_se_joint_se_telecharge_et_se_retire(
    client_de: Connexion,
    enseignante: Utilisateur,
    inspecteur: Utilisateur,
    candidat: Candidat,
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
) -> None:
    client, adresse = client_de(enseignante), reverse("certification:pieces", args=[candidat.pk, "E2"])
    assert "Rien n&#x27;est joint" in client.get(adresse).content.decode().replace("n'est", "n&#x27;est")
    envoi = {"titre": "Photo du montage", "nature": "moyens", "fichier": SimpleUploadedFile("photo.png", image())}
    assert client.post(adresse, envoi)["Location"] == adresse
    piece = PieceDossier.objects.get()
    assert (piece.type_mime, "photo" in piece.fichier.name) == ("image/jpeg", False)
    recue = client.get(reverse("certification:piece", args=[piece.pk]))
    assert recue["Content-Disposition"].startswith('attachment; filename="photo-du-montage.jpg"')
    assert (recue["X-Content-Type-Options"], recue["Cache-Control"]) == ("nosniff", "private, no-store")
    html = html_dossier(contexte_dossier(synthese_du_candidat(candidat), "E2"))
    assert "Pièces jointes au dossier" in html
    assert piece.sha256[:16] in html
    lecteur = client_de(inspecteur)
    assert lecteur.get(adresse).status_code == 200
    assert "Joindre une pièce" not in lecteur.get(adresse).content.decode()
    assert lecteur.post(adresse, envoi).status_code == 404
    stockage, nom = piece.fichier.storage, piece.fichier.name
    with django_capture_on_commit_callbacks(execute=True):
        assert client.post(reverse("certification:piece_retirer", args=[piece.pk])).status_code == 302
    assert not stockage.exists(nom)
    actes = list(Evenement.objects.filter(acte__startswith="piece_dossier").order_by("pk"))
    assert [un.acte for un in actes] == ["piece_dossier.jointe", "piece_dossier.retiree"]
    # Le titre peut nommer quelqu'un : le journal ne le garde pas.
    assert "montage" not in str([(un.avant, un.apres) for un in actes])


def test_un_dossier_a_des_limites(
    enseignante: Utilisateur, candidat: Candidat, epreuve: Epreuve, monkeypatch: pytest.MonkeyPatch
) -> None:
    def joindre(**autres: object) -> PieceDossier:
        return joindre_piece(utilisateur=enseignante, candidat=candidat, epreuve=epreuve, donnees=donnees(**autres))

    joindre()
    for champ, mauvaise in (
        ("fichier", {}),
        ("titre", {"titre": "  ", "contenu": PDF + b"\n"}),
        ("titre", {"titre": "x" * 121, "contenu": PDF + b"\n"}),
        ("nature", {"nature": "autre", "contenu": PDF + b"\n"}),
        ("fichier", {"nom": "programme.nc", "contenu": b"G0 X0"}),
        ("fichier", {"nom": "page.pdf", "contenu": b"<html>"}),
    ):
        with pytest.raises(ValidationError) as refus:
            joindre(**mauvaise)
        assert champ in refus.value.message_dict
    monkeypatch.setattr(pieces, "OCTETS_DU_DOSSIER", len(PDF) + 10)
    with pytest.raises(ValidationError, match="20 Mo"):
        joindre(contenu=PDF + b"\n")
    monkeypatch.setattr(pieces, "PIECES_MAX", 1)
    with pytest.raises(ValidationError, match="retirez-en une"):
        joindre(contenu=PDF + b"\n")
    assert PieceDossier.objects.count() == 1


def test_close_ou_en_lecture_le_dossier_ne_change_plus(
    client_de: Connexion,
    enseignante: Utilisateur,
    inspecteur: Utilisateur,
    chef: Utilisateur,
    candidat: Candidat,
    epreuve: Epreuve,
) -> None:
    piece = joindre_piece(utilisateur=enseignante, candidat=candidat, epreuve=epreuve, donnees=donnees())
    with pytest.raises(PermissionDenied):
        joindre_piece(utilisateur=inspecteur, candidat=candidat, epreuve=epreuve, donnees=donnees())
    commission = fabriquer_commission(candidat.classe, chef, enseignante)
    clore(ouvrir(utilisateur=enseignante, commission=commission))
    assert Commission.objects.get().est_close
    with pytest.raises(ValidationError, match="close"):
        retirer_piece(utilisateur=enseignante, piece=piece)
    page = client_de(enseignante).get(reverse("certification:pieces", args=[candidat.pk, "E2"])).content.decode()
    assert "les pièces du dossier ne changent plus" in page
    assert client_de(enseignante).get(reverse("certification:piece_retirer", args=[piece.pk])).status_code == 404


def test_un_fichier_par_candidat_reprend_ou_il_s_est_arrete(
    client_de: Connexion,
    enseignante: Utilisateur,
    classe: Classe,
    situations: dict[str, Situation],
    inscriptions: list[Inscription],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    faits: list[str] = []

    def imprimer(html: str, *, titre: str) -> bytes:
        if len(faits) == 2:
            raise RuntimeError("le traitement de fond s'arrête")
        faits.append(titre)
        return PDF

    monkeypatch.setattr(travaux, "pdf", imprimer)
    client, adresse = client_de(enseignante), reverse("certification:demander", args=[classe.pk, "E2"])
    suite = client.post(adresse, {"format": "zip"})["Location"]
    travail = Travail.objects.get()
    assert (travail.etat, travail.fait, travail.total) == (EtatTravail.ECHOUE, 2, 3)
    assert "Reprendre" in client.get(suite).content.decode()
    gardes = default_storage.listdir(travail.repertoire)[1]
    assert len(gardes) == 2
    # Le dernier écrit a été coupé : il est refait, l'autre est repris.
    coupe = default_storage.path(f"{travail.repertoire}/{sorted(gardes)[0]}")
    with open(coupe, "wb") as fichier:
        fichier.write(b"%PDF-1.7 coup")
    monkeypatch.setattr(travaux, "pdf", lambda html, *, titre: faits.append(titre) or PDF)
    assert client.post(adresse, {"format": "zip"})["Location"] == suite
    travail.refresh_from_db()
    assert (travail.etat, travail.fait, len(faits)) == (EtatTravail.FINI, 3, 4)
    archive = client.get(reverse("certification:dossiers_zip", args=[travail.pk]))
    assert archive["Content-Type"] == "application/zip"
    with zipfile.ZipFile(BytesIO(archive.content)) as lue:
        assert lue.namelist()[0] == "E2/BERNARD Inès – E2 – dossier.pdf"
        assert len(lue.namelist()) == 3
    assert client.get(reverse("certification:dossiers", args=[travail.pk])).status_code == 404
    client.post(reverse("certification:demander_tous", args=[classe.pk]))
    tous = Travail.objects.get(epreuve=None)
    assert (tous.total, tous.format, tous.etat) == (9, FormatTravail.ZIP, EtatTravail.FINI)
    assert Evenement.objects.filter(acte="demander_dossiers").last().apres["epreuve"] == "toutes"


def test_sans_signe_de_vie_la_page_propose_de_reprendre(
    client_de: Connexion, enseignante: Utilisateur, classe: Classe
) -> None:
    hier = timezone.now() - timedelta(days=1)
    travail = Travail.objects.create(
        classe=classe, format=FormatTravail.ZIP, auteur=enseignante, total=9, fait=4, demande_le=hier, avance_le=hier
    )
    page = client_de(enseignante).get(reverse("certification:travail", args=[travail.pk])).content.decode()
    assert "interrompue après 4 dossiers sur 9" in page
    assert "hx-trigger" not in page
