"""Clore, archiver, vérifier, rouvrir : une vraie archive, puis chaque façon de la retoucher."""

import json
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from io import BytesIO, StringIO
from pathlib import Path

import pikepdf
import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.core.management import CommandError, call_command
from django.db import DatabaseError, connection, transaction
from django.urls import reverse
from pytest_django import DjangoCaptureOnCommitCallbacks

import verifier_dossier
from centres.journal import verifier_journal
from centres.models import Centre, Classe, Evenement, Inscription, Utilisateur
from certification.archive_json import canonique, empreinte
from certification.documents.fabrication import lancer_l_archive, produire_archive
from certification.enums import EtatProposition
from certification.models import Archive, BeneficeNote, Commission, PieceArchive, Proposition, Travail
from certification.queries.archives import manques
from certification.queries.verification import verifier_archives
from certification.services.archives import (
    PieceFaite,
    clore_commission,
    creer_travail_d_archive,
    enregistrer_archive,
    rouvrir_commission,
)
from evaluations.models import Positionnement, Situation
from tests.certification.fabrique_commission import fabriquer_commission, proposer_partout
from tests.certification.preuves import tout_positionner
from tests.client_strict import ClientStrict

Connexion = Callable[[Utilisateur], ClientStrict]


@pytest.fixture
def commission(
    situations: dict[str, Situation], ines: Inscription, chef: Utilisateur, enseignante: Utilisateur
) -> Commission:
    """Une candidate notée en E2 et E31, absente en E32."""
    for code, niveau in (("S1", 3), ("S2", 2), ("S3", 4), ("S4", 1)):
        tout_positionner(situations[code], ines, enseignante, niveau)
    commission = fabriquer_commission(ines.classe, chef, enseignante)
    proposer_partout(commission, enseignante)
    return commission


@pytest.fixture
def archive(commission: Commission, chef: Utilisateur, client_de: Connexion) -> Archive:
    """Close par sa page ; en test, le traitement de fond fait son travail aussitôt."""
    fait = client_de(chef).post(reverse("certification:commission_clore", args=[commission.pk]))
    assert fait.status_code == 302
    return Archive.objects.get()


def archiver_a_la_main(commission: Commission, chef: Utilisateur, contenu: bytes = b"%PDF-1.7 %%EOF") -> Archive:
    """La fin de la fabrication, sans la mise en page : deux pièces suffisent à éprouver la suite des archives."""
    travail, _ = creer_travail_d_archive(utilisateur=chef, commission=commission)
    assert travail is not None
    pieces = [PieceFaite("pv", "001_pv.pdf", contenu), PieceFaite("recapitulatif", "002_recapitulatif.pdf", contenu)]
    return enregistrer_archive(travail=travail, commission=commission, pieces=pieces)


def test_ce_qui_manque_se_dit_et_empeche_de_clore(
    commission: Commission, chef: Utilisateur, lucas: Inscription
) -> None:
    commission.membres.filter(utilisateur=chef).update(est_present=None)
    textes = [manque.texte for manque in manques(commission)]
    assert textes[0] == f"La présence de {chef} n'est pas notée."
    assert [texte.partition(" : ")[2] for texte in textes[1:]] == ["la commission ne s'est pas prononcée."] * 3
    with pytest.raises(ValidationError) as refus:
        clore_commission(utilisateur=chef, commission=commission)
    assert refus.value.messages == textes
    assert not Situation.objects.filter(scellee_le__isnull=False).exists()


def test_une_proposition_que_les_preuves_ont_quittee_se_reprend(
    commission: Commission, ines: Inscription, chef: Utilisateur
) -> None:
    assert manques(commission) == []
    Positionnement.objects.filter(situation__code="S1", detaillee__code="C1.1").update(niveau=1)
    Positionnement.objects.filter(situation__code="S2", detaillee__code="C1.1").update(niveau=1)
    assert "les positionnements ont changé" in manques(commission)[0].texte
    Proposition.objects.filter(epreuve__code="E31").update(commentaire="", note_proposee=9, motif_ecart="Oral faible")
    assert "inférieure à 10, sans commentaire" in manques(commission)[1].texte


def test_une_note_conservee_et_la_proposition_disent_la_meme_chose(commission: Commission, ines: Inscription) -> None:
    e32 = commission.classe.version.epreuves.get(code="E32")
    gardee = {"apprenant": ines.apprenant, "epreuve": e32, "session_obtention": 2025, "note": Decimal(12)}
    benefice = BeneficeNote.objects.create(**gardee)
    assert "une note conservée est enregistrée" in manques(commission)[0].texte
    dite = {"note_proposee": None, "note_conservee": Decimal(12), "session_conservee": 2025}
    Proposition.objects.filter(epreuve=e32).update(etat=EtatProposition.BENEFICE, **dite)
    assert manques(commission) == []
    benefice.delete()
    assert "n'est plus enregistrée" in manques(commission)[0].texte


def test_une_inscription_refaite_garde_ce_qui_a_ete_dit_sauf_si_l_option_change(
    commission: Commission, ines: Inscription
) -> None:
    ines.pk, ines.debut = None, ines.debut + timedelta(days=1)
    ines.save(force_insert=True)
    assert manques(commission) == []
    assert Proposition.objects.count() == 3
    autre = ines.classe.version.options.exclude(pk=ines.option_id).first()
    Inscription.objects.filter(pk=ines.pk).update(option=autre)
    assert {"l'option a changé" in un.texte or "ont changé" in un.texte for un in manques(commission)} == {True}


def test_clore_fige_tout_pour_tout_le_monde_et_se_journalise(
    commission: Commission, chef: Utilisateur, enseignante: Utilisateur
) -> None:
    with pytest.raises(PermissionDenied):
        clore_commission(utilisateur=enseignante, commission=commission)
    clore_commission(utilisateur=chef, commission=commission)
    evenement = Evenement.objects.get(acte="commission.close")
    assert evenement.apres == {"version": 1, "propositions": 3, "situations_scellees": 6}
    for refusee in (
        lambda: Proposition.objects.update(note_proposee=20),
        lambda: Proposition.objects.all().delete(),
        lambda: commission.membres.update(est_present=False),
        lambda: Commission.objects.update(lieu="ailleurs"),
    ):
        with pytest.raises(DatabaseError), transaction.atomic():
            refusee()
    with pytest.raises(ValidationError, match="ouverte"):
        clore_commission(utilisateur=chef, commission=commission)


def test_l_archive_est_en_pdf_a_3_et_le_verificateur_autonome_l_accepte(
    archive: Archive, client_de: Connexion, enseignante: Utilisateur, ines: Inscription, tmp_path: Path
) -> None:
    natures = [(p.nature, p.epreuve and p.epreuve.code) for p in archive.pieces.select_related("epreuve")]
    paires = [(nature, code) for code in ("E2", "E31", "E32") for nature in ("grille", "dossier")]
    assert natures == [("pv", None), ("recapitulatif", None), *paires]
    client = client_de(enseignante)
    paquet = client.get(reverse("certification:archive_zip", args=[archive.pk]))
    (tmp_path / "a.zip").write_bytes(paquet.content)
    code, lignes = verifier_dossier.verifier([str(tmp_path / "a.zip")], archive.empreinte)
    assert code == 0, lignes
    contenus = {nom: zipfile.ZipFile(BytesIO(paquet.content)).read(nom) for nom in _noms(paquet.content)}
    joints = set()
    for nom, contenu in contenus.items():
        if nom.endswith(".pdf"):
            with pikepdf.open(BytesIO(contenu)) as document:
                assert document.open_metadata()["pdfaid:part"] == "3", nom
                assert ("/StructTreeRoot" in document.Root, document.Root.MarkInfo.Marked) == (True, True), nom
                joints |= {bytes(p.get_file().read_bytes()) for p in document.attachments.values()}
                relations = {str(p.obj.AFRelationship) for p in document.attachments.values()}
                assert relations == ({"/Data"} if "_E" in nom else set()), nom
    assert len(joints) == 3
    lu = json.loads(next(joint for joint in joints if b'"code":"E2"' in joint))
    assert (lu["proposition"]["etat"], lu["proposition"]["note_proposee"]) == ("PROPOSEE", "13.5")
    # Les adresses du dossier et de la liste rendent désormais les octets archivés.
    dossier = client.get(reverse("certification:dossier", args=[ines.pk, "E2"])).content
    assert dossier == next(contenu for nom, contenu in contenus.items() if "_dossier_E2" in nom)
    liste = client.get(reverse("certification:recapitulatif", args=[ines.classe_id])).content
    assert liste == contenus["002_recapitulatif.pdf"]
    assert not Travail.objects.exists()
    for une_page, dit in (
        (reverse("certification:archives", args=[archive.commission_id]), "L'archive n° 1 est faite."),
        (reverse("certification:archive", args=[archive.pk]), archive.empreinte[:8]),
        (reverse("certification:archive_verifier", args=[archive.pk]), "Rien n'a changé."),
    ):
        assert dit in client.get(une_page).content.decode().replace("&#x27;", "'")
    sortie = StringIO()
    call_command("verifier_archives", tete=archive.empreinte, stdout=sortie)
    assert "Les archives sont intactes." in sortie.getvalue()
    _chaque_retouche_se_voit(archive)


def _noms(paquet: bytes) -> list[str]:
    return zipfile.ZipFile(BytesIO(paquet)).namelist()


class _Annuler(Exception):
    """Rend la base comme elle était."""


@contextmanager
def _base_sans_garde() -> Iterator[None]:
    """Qui tient la base peut retirer ses déclencheurs ; la transaction est annulée ensuite, eux compris."""
    try:
        with transaction.atomic():
            with connection.cursor() as curseur:
                if connection.vendor == "sqlite":
                    curseur.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'")
                    for (nom,) in curseur.fetchall():
                        curseur.execute(f'DROP TRIGGER "{nom}"')
                else:
                    curseur.execute("SET LOCAL session_replication_role = replica")
            yield
            raise _Annuler
    except _Annuler:
        pass


def _lire(piece: PieceArchive) -> bytes:
    with piece.fichier.open() as fichier:
        contenu: bytes = fichier.read()
    return contenu


def _remplacer_fichier(piece: PieceArchive, contenu: bytes) -> bytes:
    ancien = _lire(piece)
    default_storage.delete(piece.fichier.name)
    default_storage.save(piece.fichier.name, ContentFile(contenu))
    return ancien


def _rescelle(archive: Archive, **proposition: object) -> None:
    """La note changée partout dans la base : ligne, manifeste, empreinte."""
    manifeste = json.loads(archive.manifeste)
    manifeste["propositions"][0].update(proposition)
    texte = canonique(manifeste)
    Archive.objects.filter(pk=archive.pk).update(manifeste=texte.decode(), empreinte=empreinte(texte))


def _chaque_retouche_se_voit(archive: Archive) -> None:
    proposition = Proposition.objects.filter(epreuve__code="E2")
    piece = PieceArchive.objects.get(archive=archive, ordre=4)

    def permuter() -> None:
        PieceArchive.objects.filter(pk=piece.pk).update(ordre=99)
        PieceArchive.objects.filter(archive_id=archive.pk, ordre=3).update(ordre=4)
        PieceArchive.objects.filter(pk=piece.pk).update(ordre=3)

    retouches: dict[str, Callable[[], object]] = {
        "note": lambda: proposition.update(note_proposee="19.50", motif_ecart="Oral"),
        "note et manifeste": lambda: (
            proposition.update(note_proposee=14, motif_ecart="Oral"),
            _rescelle(archive, note_proposee="14.00"),
        ),
        "commentaire": lambda: proposition.update(commentaire="Très bien."),
        "résultat": lambda: proposition.update(resultat={**proposition.get().resultat, "note_exacte": "20"}),
        "proposition retirée": lambda: proposition.delete(),
        "pièce retirée": lambda: PieceArchive.objects.filter(pk=piece.pk).delete(),
        "pièces permutées": permuter,
        "archive retirée": lambda: (archive.pieces.all().delete(), Archive.objects.all().delete()),
        "archive d'avant": lambda: Archive.objects.update(cree_le=datetime(2026, 1, 1, tzinfo=UTC), empreinte="0" * 64),
        "motif écrit après coup": lambda: Archive.objects.update(motif="Erreur"),
        "journal retiré": lambda: Evenement.objects.filter(acte="archive.creee").delete(),
        "journal réécrit": lambda: Evenement.objects.filter(acte="archive.creee").update(apres={"numero": 1}),
    }
    manquees = []
    for nom, retoucher in retouches.items():
        with _base_sans_garde():
            retoucher()
            vues = [anomalie for anomalie in verifier_archives().anomalies if anomalie.ou != "déclencheurs"]
            manquees += [] if vues else [nom]
    fichiers = {"octet": lambda lu: lu[:500] + bytes([lu[500] ^ 1]) + lu[501:], "vide": lambda lu: b"", "autre": None}
    autre = _lire(archive.pieces.get(ordre=6))
    for nom, changer in fichiers.items():
        ancien = _remplacer_fichier(piece, b"x")
        _remplacer_fichier(piece, changer(ancien) if changer else autre)
        manquees += [] if verifier_archives().anomalies else [nom]
        _remplacer_fichier(piece, ancien)
    en_trop = default_storage.save("archives/d-une-version-effacee.pdf", ContentFile(b"%PDF"))
    manquees += [] if verifier_archives().anomalies else ["base revenue en arrière"]
    default_storage.delete(en_trop)
    essais = len(retouches) + len(fichiers) + 1
    print(f"retouches de la base et des fichiers : {essais - len(manquees)} vues sur {essais}")
    assert (manquees, verifier_archives().anomalies) == ([], ())
    assert verifier_archives(tete="0" * 64).anomalies != ()
    with pytest.raises(CommandError):
        call_command("verifier_archives", tete="0" * 64, stdout=StringIO(), stderr=StringIO())


def test_rouvrir_fait_une_nouvelle_version_et_la_suite_continue(
    commission: Commission, chef: Utilisateur, enseignante: Utilisateur
) -> None:
    clore_commission(utilisateur=chef, commission=commission)
    with pytest.raises(ValidationError, match="pas encore faite"):
        rouvrir_commission(utilisateur=chef, commission=commission, motif="Erreur de report.")
    premiere = archiver_a_la_main(commission, chef)
    with pytest.raises(PermissionDenied):
        rouvrir_commission(utilisateur=enseignante, commission=commission, motif="x")
    with pytest.raises(ValidationError, match="Dites pourquoi"):
        rouvrir_commission(utilisateur=chef, commission=commission, motif=" ")
    rouvrir_commission(utilisateur=chef, commission=commission, motif="Erreur de report.")
    assert not Situation.objects.filter(scellee_le__isnull=False).exists()
    Proposition.objects.filter(epreuve__code="E2").update(note_proposee=15, motif_ecart="Dossier remis en retard.")
    clore_commission(utilisateur=chef, commission=commission)
    seconde = archiver_a_la_main(commission, chef)
    assert (seconde.numero, seconde.version_commission, seconde.precedente) == (2, 2, premiere.empreinte)
    assert seconde.motif == "Erreur de report."
    notes = [json.loads(une.manifeste)["propositions"][0]["note_proposee"] for une in (premiere, seconde)]
    assert notes == ["13.5", "15.00"]
    assert verifier_archives(tete=seconde.empreinte).anomalies == ()
    assert verifier_archives(tete=premiere.empreinte).anomalies != ()
    with _base_sans_garde():
        seconde.pieces.all().delete()
        seconde.delete()
        assert "a disparu" in str(verifier_archives().anomalies)
    assert verifier_journal().est_intacte


def test_la_suite_d_un_centre_n_est_pas_celle_d_un_autre(
    commission: Commission, chef: Utilisateur, centre_b: Centre, etranger: Utilisateur
) -> None:
    clore_commission(utilisateur=chef, commission=commission)
    sienne = archiver_a_la_main(commission, chef)
    with _base_sans_garde():
        Archive.objects.filter(pk=sienne.pk).update(centre=centre_b, numero=2, precedente="a" * 64)
        assert "ont disparu" in str(verifier_archives().anomalies)
    assert verifier_archives(Centre.objects.filter(pk=centre_b.pk)).archives == 0


def test_une_fabrication_arretee_reprend_ses_pieces(
    commission: Commission, chef: Utilisateur, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
) -> None:
    Proposition.objects.exclude(epreuve__code="E2").update(etat=EtatProposition.DISPENSE, note_proposee=None)
    clore_commission(utilisateur=chef, commission=commission)
    travail, a_lancer = creer_travail_d_archive(utilisateur=chef, commission=commission)
    assert (a_lancer, creer_travail_d_archive(utilisateur=chef, commission=commission)) == (True, (travail, False))
    assert travail is not None
    deja = b"%PDF-1.7 d'un essai precedent %%EOF"
    default_storage.save(f"{travail.repertoire}/v1--001_pv.pdf", ContentFile(deja))
    default_storage.save(f"{travail.repertoire}/v1--002_recapitulatif.pdf", ContentFile(b"%PDF-1.7 tronqu"))
    Travail.objects.update(etat="echoue")
    with django_capture_on_commit_callbacks(execute=True):
        lancer_l_archive(utilisateur=chef, commission=commission)
    pieces = [_lire(piece) for piece in Archive.objects.get().pieces.all()[:2]]
    assert (pieces[0], pieces[1][-6:].strip()) == (deja, b"%%EOF")
    assert not default_storage.exists(travail.repertoire)
    produire_archive.call(travail.pk)
    assert Archive.objects.count() == 1


def test_les_pages_de_la_cloture(
    commission: Commission, client_de: Connexion, chef: Utilisateur, enseignante: Utilisateur, lucas: Inscription
) -> None:
    client, adresse = client_de(chef), reverse("certification:commission_clore", args=[commission.pk])
    page = client.get(adresse).content.decode()
    assert "Ce qui manque avant de clore" in page
    assert reverse("certification:seance", args=[commission.pk, lucas.pk, "E2"]) in page
    assert client.post(adresse).status_code == 422
    lucas.delete()
    assert "Plus rien ne change" in client.get(adresse).content.decode()
    clore_commission(utilisateur=chef, commission=commission)
    creer_travail_d_archive(utilisateur=chef, commission=commission)
    assert client.get(adresse).status_code == 302
    page = client.get(reverse("certification:archives", args=[commission.pk])).content.decode()
    assert "En attente du traitement de fond." in page
    cadre = client.get(reverse("certification:archives", args=[commission.pk]), headers={"HX-Request": "true"})
    assert b"<html" not in cadre.content
    rouvrir = reverse("certification:commission_rouvrir", args=[commission.pk])
    assert client.post(rouvrir, {"motif": ""}).status_code == 422
    assert "attendez-la" in client.post(rouvrir, {"motif": "Erreur"}).content.decode()
    Travail.objects.update(etat="echoue")
    assert (
        "Reprendre la fabrication"
        in client.get(reverse("certification:archives", args=[commission.pk])).content.decode()
    )
    assert client_de(enseignante).get(rouvrir).status_code == 404


def test_un_etat_de_droit_n_attend_pas_la_commission(commission: Commission, chef: Utilisateur, classe: Classe) -> None:
    Proposition.objects.filter(epreuve__code="E32").delete()
    Centre.objects.filter(pk=classe.centre_id).update(statut="hors_contrat")
    commission.refresh_from_db()
    clore_commission(utilisateur=chef, commission=commission)
    assert Proposition.objects.get(epreuve__code="E32").etat == EtatProposition.PONCTUEL
