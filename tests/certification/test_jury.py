"""Ce qui part au jury, ce qui se remet après les résultats, ce que la purge laisse d'une archive."""

import subprocess
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from io import BytesIO
from pathlib import Path

import pikepdf
import pytest
from django.urls import reverse
from django.utils import timezone
from openpyxl import load_workbook

from centres.models import Evenement, Inscription, Utilisateur
from certification.archive_json import empreinte
from certification.enums import EtatProposition
from certification.models import BeneficeNote, Commission, PieceArchive, Proposition
from certification.queries.verification import verifier_archives
from certification.services import effacement
from certification.services.archives import (
    PieceFaite,
    clore_commission,
    creer_travail_d_archive,
    enregistrer_archive,
)
from certification.services.numeros import enregistrer_numeros
from evaluations.models import Situation
from referentiel.models import SessionExamen
from tests.certification.fabrique_commission import fabriquer_commission, proposer_partout
from tests.certification.preuves import tout_positionner
from tests.client_strict import ClientStrict

Connexion = Callable[[Utilisateur], ClientStrict]


@pytest.fixture
def close(
    situations: dict[str, Situation], ines: Inscription, chef: Utilisateur, enseignante: Utilisateur
) -> Commission:
    """Inès notée en E2, absente en E31, avec une note conservée en E32 ; l'archive faite de pièces courtes."""
    tout_positionner(situations["S1"], ines, enseignante, 3)
    tout_positionner(situations["S2"], ines, enseignante, 2)
    commission = fabriquer_commission(ines.classe, chef, enseignante)
    proposer_partout(commission, enseignante)
    enregistrer_numeros(utilisateur=chef, classe=ines.classe, numeros={ines.pk: "24b0012"})
    e32 = commission.classe.version.epreuves.get(code="E32")
    BeneficeNote.objects.create(apprenant=ines.apprenant, epreuve=e32, session_obtention=2025, note=Decimal("12.50"))
    Proposition.objects.filter(epreuve=e32).update(
        etat=EtatProposition.BENEFICE, note_conservee=Decimal("12.50"), session_conservee=2025
    )
    clore_commission(utilisateur=chef, commission=commission)
    travail, _ = creer_travail_d_archive(utilisateur=chef, commission=commission)
    assert travail is not None
    e2 = commission.classe.version.epreuves.get(code="E2")
    pieces = [
        PieceFaite("pv", "001_pv.pdf", b"%PDF pv"),
        PieceFaite("recapitulatif", "002_recapitulatif.pdf", b"%PDF liste"),
        PieceFaite("dossier", "003_dossier_E2.pdf", b"%PDF dossier", ines.pk, e2, empreinte(b"joint")),
    ]
    enregistrer_archive(travail=travail, commission=commission, pieces=pieces)
    commission.refresh_from_db()
    return commission


def texte_du_pdf(contenu: bytes, dossier: Path) -> str:
    (dossier / "x.pdf").write_bytes(contenu)
    lu = subprocess.run(["pdftotext", "-layout", dossier / "x.pdf", "-"], capture_output=True, check=True, text=True)
    return " ".join(lu.stdout.split())


def test_la_liste_pour_le_jury_sort_de_l_archive_et_se_journalise(
    close: Commission,
    ines: Inscription,
    client_de: Connexion,
    chef: Utilisateur,
    enseignante: Utilisateur,
    tmp_path: Path,
) -> None:
    client = client_de(chef)
    assert "Transmettre au jury" in client.get(reverse("certification:archives", args=[close.pk])).content.decode()
    lu = client.post(reverse("certification:transmission", args=[close.pk, "xlsx"]))
    feuille = load_workbook(BytesIO(lu.content)).active
    lignes = [tuple(case or "" for case in ligne) for ligne in feuille.iter_rows(values_only=True)]
    assert lignes == [
        ("N° de candidat", "INE", "Nom", "Prénom", "Option", "Statut", "E2", "E31", "E32"),
        ("24B0012", "", "Bernard", "Inès", "RSP", "élève", "13,5", "AB", "12,50 (session 2025)"),
    ]
    pdf = client.post(reverse("certification:transmission", args=[close.pk, "pdf"])).content
    texte = texte_du_pdf(pdf, tmp_path)
    assert all(mot in texte for mot in ("24B0012", "Bernard Inès", "13,5", "AB", "Archive n° 1"))
    assert [e.apres for e in Evenement.objects.filter(acte="jury.transmis").order_by("rang")] == [
        {"forme": "xlsx", "archive": 1},
        {"forme": "pdf", "archive": 1},
    ]
    adresse = reverse("certification:transmission", args=[close.pk, "xlsx"])
    assert client_de(enseignante).post(adresse).status_code == 404


def test_une_fiche_se_remet_apres_les_resultats_au_chef_qui_dit_pour_qui(
    close: Commission,
    ines: Inscription,
    client_de: Connexion,
    chef: Utilisateur,
    enseignante: Utilisateur,
    tmp_path: Path,
) -> None:
    client, adresse = client_de(chef), reverse("certification:fiche", args=[ines.pk, "E2"])
    assert "pas encore publiés" in client.get(adresse).content.decode()
    refus = client.post(adresse, {"motif": "Demande de la candidate du 8 juillet"})
    assert (refus.status_code, "ne sont pas publiés" in refus.content.decode()) == (422, True)
    SessionExamen.objects.filter(pk=close.classe.session_id).update(resultats_le=date(2026, 7, 3))
    assert client.post(adresse, {"motif": ""}).status_code == 422
    fiche = client.post(adresse, {"motif": "Demande de la candidate du 8 juillet"})
    texte = texte_du_pdf(fiche.content, tmp_path)
    assert all(mot in texte for mot in ("Note proposée au jury : 13,5 / 20", "Fiche S1", "Niveau retenu"))
    assert all(mot not in texte for mot in ("Membres de la commission", "gagne en autonomie"))
    with pikepdf.open(BytesIO(fiche.content)) as document:
        assert len(document.attachments) == 0
    evenement = Evenement.objects.get(acte="fiche.communiquee")
    assert (evenement.apres, evenement.motif) == (
        {"epreuve": "E2", "session": 2026},
        "Demande de la candidate du 8 juillet",
    )
    assert client_de(enseignante).get(adresse).status_code == 404


def test_pourquoi_cette_note_dit_les_preuves_et_ce_qui_l_aurait_changee(
    close: Commission, ines: Inscription, client_de: Connexion, enseignante: Utilisateur, tmp_path: Path
) -> None:
    client = client_de(enseignante)
    texte = texte_du_pdf(client.get(reverse("certification:pourquoi", args=[ines.pk, "E2"])).content, tmp_path)
    for dit in ("13,33", "13,5", "11/01/2026, Hélène Faye", "Sans S1", "Sans S2", "6,67", "Un niveau de plus"):
        assert dit in texte, dit
    vide = texte_du_pdf(client.get(reverse("certification:pourquoi", args=[ines.pk, "E31"])).content, tmp_path)
    assert "aucune observation certificative évaluée" in vide


def test_la_purge_efface_l_archive_et_laisse_une_suite_verifiable(close: Commission, ines: Inscription) -> None:
    assert verifier_archives().anomalies == ()
    fichiers = effacement.effacer(apprenants=[ines.apprenant_id], maintenant=timezone.now())
    for stockage, nom in fichiers:
        stockage.delete(nom)
    assert not PieceArchive.objects.exclude(nom="").exists()
    archive = close.archives.get()
    assert (archive.manifeste, len(archive.empreinte)) == ("", 64)
    assert verifier_archives(tete=archive.empreinte).anomalies == ()
