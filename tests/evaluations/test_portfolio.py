"""Le portfolio et l'auto-évaluation : reconnus au contenu, servis sans danger, à leur propriétaire et à son équipe."""

from collections.abc import Callable
from io import BytesIO
from typing import Any

import pytest
import time_machine
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from PIL import Image

from centres.enums import Role
from centres.models import Classe, Evenement, Inscription, Utilisateur
from evaluations.models import AutoEvaluation, PiecePortfolio, Situation
from evaluations.queries.portfolio import pieces_de
from evaluations.services import portfolio
from evaluations.services.portfolio import DonneesPiece, deposer_piece, retirer_piece, s_auto_evaluer
from tests.client_strict import ClientStrict
from tests.evaluations.donnees_de_test import positionner, une_situation
from tests.evaluations.images_de_test import PDF, PRENEUR, PROGRAMME, photo
from tests.fabriques import fabriquer_centre, fabriquer_classe, fabriquer_inscription, fabriquer_personne
from trpm.socle.depots import COTE_MAX, FichierRefuse, reconnaitre

ClientDe = Callable[[Utilisateur], ClientStrict]


@pytest.fixture
def etau(enseignante: Utilisateur, classe: Classe, ines: Inscription) -> Situation:
    situation = une_situation(enseignante, classe)
    positionner(situation, ines, "C7.1", 3)
    return situation


def donnees(nom: str = "corps.nc", contenu: bytes = PROGRAMME, **champs: Any) -> DonneesPiece:
    return DonneesPiece(**{"titre": "Corps d'étau", "nom": nom, "contenu": contenu, **champs})


def deposer(par: Utilisateur, inscription: Inscription, *args: Any, **champs: Any) -> PiecePortfolio:
    return deposer_piece(utilisateur=par, apprenant=inscription.apprenant, donnees=donnees(*args, **champs))


@pytest.mark.parametrize(("forme", "extension"), [("JPEG", "jpg"), ("PNG", "PNG"), ("WEBP", "webp")])
def test_une_image_est_refaite_sans_ce_qu_elle_cachait(forme: str, extension: str) -> None:
    original = photo(forme, cote=3000)
    assert PRENEUR in original
    reconnu = reconnaitre(f"photo.{extension}", original)
    refaite = Image.open(BytesIO(reconnu.contenu))
    assert (refaite.format, reconnu.type_mime, reconnu.extension) == ("JPEG", "image/jpeg", ".jpg")
    assert PRENEUR not in reconnu.contenu
    assert not refaite.getexif()
    # Redressée, puis réduite : le grand côté est maintenant la hauteur.
    assert refaite.size == (COTE_MAX // 2, COTE_MAX)


def test_un_fond_transparent_devient_blanc_et_un_commentaire_disparait() -> None:
    sortie = BytesIO()
    Image.new("RGBA", (10, 10), (0, 0, 0, 0)).save(sortie, "PNG")
    transparente = Image.open(BytesIO(reconnaitre("a.png", sortie.getvalue()).contenu))
    assert transparente.getpixel((5, 5)) == (255, 255, 255)
    assert b"secret" not in reconnaitre("a.jpg", photo(comment=b"secret")).contenu


@pytest.mark.parametrize(
    ("nom", "contenu"),
    [
        ("a.png", PROGRAMME),
        ("a.jpg", b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR"),
        ("a.jpg", photo()[:200]),
        # Une hauteur écrite en lettres dans les métadonnées : Pillow trébuche en redressant l'image.
        ("a.jpg", photo().replace(b"\x01\x0f\x00\x02", b"\x01\x01\x00\x02")),
        ("a.gif", photo()),
        ("a.svg", b"<svg xmlns='http://www.w3.org/2000/svg'/>"),
        ("a.pdf", PROGRAMME),
        ("a.pdf", PDF + b"PK\x03\x04"),
        ("a.pdf", PDF.replace(b"/Catalog", b"/Catalog/OpenAction<</S/JavaScript>>")),
        ("a.nc", b"\x00\x01\x02"),
        ("a.txt", b"  <html><script>alert(1)</script>"),
        ("a.txt", PDF),
        ("a.exe", PROGRAMME),
        ("a", PROGRAMME),
        ("a.nc", b" \r\n"),
        ("a.nc", b"G1\n" * 2_000_000),
    ],
)
def test_ce_qui_ment_ou_deborde_est_refuse(nom: str, contenu: bytes) -> None:
    with pytest.raises(FichierRefuse, match=r"^(Ce|Cette) .*\.$"):
        reconnaitre(nom, contenu)


def test_une_image_demesuree_est_refusee_avant_d_etre_ouverte() -> None:
    sortie = BytesIO()
    Image.new("1", (20_000, 5_000)).save(sortie, "PNG")
    with pytest.raises(FichierRefuse, match="trop grande"):
        reconnaitre("a.png", sortie.getvalue())


def test_deposer_puis_retirer_laisse_une_trace_et_pas_de_fichier(
    compte_apprenant: Utilisateur,
    ines: Inscription,
    etau: Situation,
    django_capture_on_commit_callbacks: Callable[..., Any],
) -> None:
    c7 = etau.classe.version.competences.get(code="C7")
    piece = deposer(compte_apprenant, ines, legende="Ma reprise", situation=etau, competences=[c7])
    assert (piece.nature, piece.type_mime, list(piece.competences.all())) == ("programme", "text/plain", [c7])
    depot = Evenement.objects.get(acte="piece.deposee")
    assert depot.chaine_id == f"portfolio:{ines.apprenant_id}"
    # Ce qu'une purge ne retrouverait plus n'entre pas au journal.
    assert "reprise" not in str(depot.apres)
    assert "étau" not in str(depot.apres)
    with pytest.raises(ValidationError, match="déjà dans le portfolio"):
        deposer(compte_apprenant, ines)
    nom = piece.fichier.name
    assert default_storage.exists(nom)
    with django_capture_on_commit_callbacks(execute=True):
        retirer_piece(utilisateur=compte_apprenant, piece=piece)
    assert not default_storage.exists(nom)
    assert Evenement.objects.filter(acte="piece.retiree").count() == 1
    with pytest.raises(ValidationError, match="déjà retirée"):
        retirer_piece(utilisateur=compte_apprenant, piece=piece)


def test_ni_trop_de_pieces_ni_la_situation_d_un_autre(
    compte_apprenant: Utilisateur,
    ines: Inscription,
    lucas: Inscription,
    etau: Situation,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    situation = une_situation(etau.auteur, etau.classe, code="S2")
    positionner(situation, lucas, "C7.1", 3)
    with pytest.raises(ValidationError, match="pas de ce parcours"):
        deposer(compte_apprenant, ines, situation=situation)
    with pytest.raises(ValidationError, match="Donnez un titre"):
        deposer(compte_apprenant, ines, titre="  ")
    monkeypatch.setattr(portfolio, "PIECES_MAX", 0)
    with pytest.raises(ValidationError, match="déjà 0 pièces"):
        deposer(compte_apprenant, ines)
    assert not PiecePortfolio.objects.exists()
    assert default_storage.exists("portfolio") is False


def test_chacun_chez_soi(
    compte_apprenant: Utilisateur,
    enseignante: Utilisateur,
    membre_commission: Utilisateur,
    etranger: Utilisateur,
    ines: Inscription,
    lucas: Inscription,
) -> None:
    for personne, inscription in ((compte_apprenant, lucas), (membre_commission, ines), (etranger, ines)):
        with pytest.raises(PermissionDenied):
            deposer(personne, inscription)
    de_l_equipe = deposer(enseignante, ines)
    with pytest.raises(PermissionDenied):
        retirer_piece(utilisateur=compte_apprenant, piece=de_l_equipe)
    retirer_piece(utilisateur=enseignante, piece=deposer(compte_apprenant, ines, "a.pdf", PDF))


def test_un_second_centre_voit_la_piece_mais_pas_la_situation_du_premier(
    compte_apprenant: Utilisateur, enseignante: Utilisateur, ines: Inscription, etau: Situation
) -> None:
    piece = deposer(compte_apprenant, ines, situation=etau)
    cfa = fabriquer_centre("CFA")
    la_bas = fabriquer_inscription(fabriquer_classe(cfa, ines.classe.version), ines.option)
    Inscription.objects.filter(pk=la_bas.pk).update(apprenant=ines.apprenant)
    formateur = fabriquer_personne("formateur", Role.ENSEIGNANT, cfa)
    vues = [pieces_de(lecteur, ines.apprenant).get() for lecteur in (enseignante, compte_apprenant, formateur)]
    assert [(une.pk, une.situation) for une in vues] == [(piece.pk, etau), (piece.pk, etau), (piece.pk, None)]


def test_une_piece_se_sert_sans_danger(
    client_de: ClientDe, compte_apprenant: Utilisateur, enseignante: Utilisateur, ines: Inscription
) -> None:
    attendus = {
        ("a.jpg", photo()): ("image/jpeg", "inline", ".jpg"),
        ("a.pdf", PDF): ("application/pdf", "attachment", ".pdf"),
        ("corps.nc", PROGRAMME): ("text/plain", "attachment", ".nc"),
    }
    client = client_de(enseignante)
    for (nom, contenu), (genre, usage, extension) in attendus.items():
        piece = deposer(compte_apprenant, ines, nom, contenu)
        reponse = client.get(reverse("evaluations:piece", args=[piece.pk]))
        assert reponse["Content-Type"] == genre
        assert reponse["Content-Disposition"] == f'{usage}; filename="piece-{piece.pk}{extension}"'
        assert reponse["Content-Security-Policy"] == "default-src 'none'; img-src 'self'; sandbox"
        assert (reponse["X-Content-Type-Options"], "no-store" in reponse["Cache-Control"]) == ("nosniff", True)
        assert len(reponse.content) == piece.octets
    default_storage.delete(piece.fichier.name)
    assert client.get(reverse("evaluations:piece", args=[piece.pk])).status_code == 404


def test_la_page_depose_montre_et_retire(
    client_de: ClientDe,
    compte_apprenant: Utilisateur,
    enseignante: Utilisateur,
    membre_commission: Utilisateur,
    ines: Inscription,
    etau: Situation,
    django_assert_num_queries: Any,
) -> None:
    adresse = reverse("evaluations:portfolio", args=[ines.apprenant_id])
    client = client_de(compte_apprenant)
    assert "Rien dans le portfolio" in client.get(adresse).content.decode()
    envoi = {"titre": "Mors usiné", "situation": etau.pk, "legende": "Fraisé seule"}
    mauvais = client.post(adresse, {**envoi, "fichier": SimpleUploadedFile("a.png", PROGRAMME)})
    assert mauvais.status_code == 422
    page = mauvais.content.decode()
    assert "pas une image JPEG" in page
    assert "Fraisé seule" in page
    client.post(adresse, {**envoi, "fichier": SimpleUploadedFile("a.jpg", photo())})
    piece = PiecePortfolio.objects.get()
    lue = client_de(enseignante).get(adresse).content.decode()
    assert "Mors usiné" in lue
    assert "Retirer « Mors usiné »" in lue
    lecteur = client_de(membre_commission)
    assert "Déposer une pièce" not in lecteur.get(adresse).content.decode()
    with django_assert_num_queries(8):
        lecteur.get(adresse)
    deposer(enseignante, ines)
    deposer(enseignante, ines, "a.pdf", PDF)
    with django_assert_num_queries(8):
        lecteur.get(adresse)
    assert "Retirer « Corps" not in client.get(adresse).content.decode()
    client.post(reverse("evaluations:piece_retirer", args=[piece.pk]))
    assert not PiecePortfolio.objects.filter(pk=piece.pk).exists()


@time_machine.travel("2025-10-15 12:00+02:00")
def test_l_apprenant_dit_son_niveau_jusqu_au_semestre_en_cours(
    client_de: ClientDe, compte_apprenant: Utilisateur, enseignante: Utilisateur, ines: Inscription
) -> None:
    adresse = reverse("evaluations:auto_evaluation", args=[ines.apprenant_id])
    client = client_de(compte_apprenant)
    page = client.get(adresse)
    cadre = page.context["cadre"]
    assert [une.intitule for une in cadre.periodes][-1] == cadre.periode.intitule == "Terminale S1"
    # Une période à venir : celle d'aujourd'hui.
    assert client.get(adresse, {"periode": "6"}).context["cadre"].periode == cadre.periode
    c1, c2 = (competence.pk for competence in cadre.competences[:2])
    client.post(adresse, {f"niveau_{c1}": "3", f"mot_{c1}": "Je trouve seule", f"mot_{c2}": "Rien"})
    dite = AutoEvaluation.objects.get()
    assert (dite.competence_id, dite.niveau, dite.commentaire, dite.periode) == (
        c1,
        3,
        "Je trouve seule",
        cadre.periode,
    )
    evenement = Evenement.objects.get(acte="auto_evaluation.enregistree")
    assert evenement.apres == {"periode": "Terminale S1", "niveaux": {"C1": 3}}
    client.post(adresse, {f"niveau_{c1}": "3", f"mot_{c1}": "Je trouve seule"})
    assert Evenement.objects.filter(acte="auto_evaluation.enregistree").count() == 1
    assert client.post(adresse, {f"niveau_{c1}": "7"}).status_code == 422
    client.post(adresse + "?periode=5", {f"niveau_{c1}": ""})
    assert not AutoEvaluation.objects.exists()
    assert client_de(enseignante).get(adresse).status_code == 404


def test_personne_ne_s_evalue_a_la_place_d_un_autre_ni_sous_un_autre_diplome(
    compte_apprenant: Utilisateur, enseignante: Utilisateur, ines: Inscription, lucas: Inscription
) -> None:
    periode = ines.classe.version.periodes.get(ordre=5)
    c1 = ines.classe.version.competences.get(code="C1")
    for personne, inscription in ((enseignante, ines), (compte_apprenant, lucas)):
        with pytest.raises(PermissionDenied):
            s_auto_evaluer(utilisateur=personne, inscription=inscription, periode=periode, niveaux={c1: (2, "")})
    c1.version_id = 0
    with pytest.raises(ValidationError, match="pas de votre diplôme"):
        s_auto_evaluer(utilisateur=compte_apprenant, inscription=ines, periode=periode, niveaux={c1: (2, "")})
