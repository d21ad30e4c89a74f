"""Chaque champ de fichier : un mauvais contenu revient avec une phrase en français, et rien ne change."""

import ast
import zipfile
from io import BytesIO

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.http import HttpResponse
from django.urls import reverse
from openpyxl import Workbook

from centres.models import Apprenant, Evenement, ImportListe
from certification.models import ClasseurOfficiel, PieceDossier
from evaluations.models import PiecePortfolio, Positionnement
from tests.architecture.sources import PYTHON, arbre, nom
from tests.certification.fabrique_officiels import deposer
from tests.classeurs import enregistrer, reecrire
from tests.evaluations.fabrique_grille import fabriquer_situation
from trpm.socle.classeur import TAILLE_MAX

PNG = b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR"
PDF = b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n1 0 obj<</OpenAction<</S/JavaScript>>>>endobj"
EXECUTABLE = b"MZ\x90\x00" + b"\x00" * 60
PAGE = b"<!DOCTYPE html><html><script>alert(1)</script></html>"
OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\x00" * 504


def _zip(**entrees: bytes) -> bytes:
    sortie = BytesIO()
    with zipfile.ZipFile(sortie, "w", zipfile.ZIP_DEFLATED) as archive:
        for chemin, contenu in entrees.items():
            archive.writestr(chemin, contenu)
    return sortie.getvalue()


CLASSEUR = enregistrer(Workbook())
# nom envoyé, contenu : le nom ment, le contenu ment, ou les deux.
ENVOIS: dict[str, tuple[str, bytes]] = {
    "vide": ("liste.xlsx", b""),
    "une espace": ("liste.xlsx", b" "),
    "zéros": ("liste.xlsx", b"\x00" * 1_000),
    "image renommée": ("liste.xlsx", PNG),
    "PDF renommé": ("liste.xlsx", PDF),
    "exécutable renommé": ("liste.xlsx", EXECUTABLE),
    "exécutable": ("liste.exe", EXECUTABLE),
    "page renommée": ("liste.xlsx", PAGE),
    "page": ("liste.html", PAGE),
    "dessin": ("liste.svg", b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>"),
    "binaire en CSV": ("liste.csv", PNG * 100),
    "exécutable en CSV": ("liste.csv", EXECUTABLE),
    "ancien .xls": ("liste.xlsx", OLE),
    "archive quelconque": ("liste.xlsx", _zip(lisezmoi=b"bonjour")),
    "archive quelconque en .ods": ("liste.ods", _zip(lisezmoi=b"bonjour")),
    "archive qui remonte": ("liste.xlsx", reecrire(CLASSEUR, {"../../etc/cron.d/x": b"x"})),
    "archive tronquée": ("liste.xlsx", CLASSEUR[: len(CLASSEUR) // 2]),
    "macros": ("liste.xlsm", reecrire(CLASSEUR, {"xl/vbaProject.bin": b"x"})),
    "macros renommées": ("liste.xlsx", reecrire(CLASSEUR, {"xl/vbaProject.bin": b"x"})),
    "liaisons": ("liste.xlsx", reecrire(CLASSEUR, {"xl/externalLinks/externalLink1.xml": b"<externalLink/>"})),
    "polyglotte PDF et zip": ("liste.xlsx", PDF + CLASSEUR),
    "polyglotte page et zip": ("liste.xlsx", PAGE + CLASSEUR),
    "polyglotte image et zip": ("liste.png", PNG + CLASSEUR),
    "entité XML": (
        "liste.xlsx",
        reecrire(
            CLASSEUR,
            {"xl/workbook.xml": b'<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]><workbook>&e;</workbook>'},
        ),
    ),
    "bombe": ("liste.xlsx", reecrire(CLASSEUR, {"xl/worksheets/sheet1.xml": b" " * 40_000_000})),
    "trop gros": ("liste.xlsx", CLASSEUR + b"0" * TAILLE_MAX),
    "trop gros en CSV": ("liste.csv", b"nom;prenom\n" + b"a;b\n" * (TAILLE_MAX // 4)),
    "sans extension": ("liste", PNG),
    "chemin dans le nom": ("../../liste.exe", EXECUTABLE),
    "nom en deux extensions": ("liste.xlsx.exe", CLASSEUR),
}


def verifier(reponse: HttpResponse) -> None:
    page = reponse.content.decode()
    assert reponse.status_code == 422
    assert '<html lang="fr"' in page
    # La phrase du refus est rattachée à son champ, et ne montre ni trace ni chemin du serveur.
    assert 'aria-describedby="' in page or 'role="alert"' in page
    assert "invalid-feedback" in page or 'id="erreur-classeur"' in page
    assert not any(mot in page for mot in ("Traceback", "Exception", "openpyxl", "calamine"))


@pytest.fixture
def situation_e31(classe, enseignante):
    return fabriquer_situation(classe, enseignante, ["C6.1", "C7.3"])


@pytest.mark.parametrize("envoi", ENVOIS)
def test_une_mauvaise_liste_revient_avec_sa_phrase(envoi, client_de, chef, centre_a):
    fichier = SimpleUploadedFile(*ENVOIS[envoi])
    avant = (Apprenant.objects.count(), Evenement.objects.count())
    donnees = {"genre": "apprenants", "centre": centre_a.pk, "fichier": fichier}
    verifier(client_de(chef).post(reverse("centres:imports"), donnees))
    assert not ImportListe.objects.exists()
    assert (Apprenant.objects.count(), Evenement.objects.count()) == avant


@pytest.mark.parametrize("envoi", [*ENVOIS, "classeur sans rapport"])
def test_un_mauvais_classeur_de_grille_revient_avec_sa_phrase(envoi, client_de, enseignante, situation_e31):
    fichier = SimpleUploadedFile(*ENVOIS.get(envoi, ("grille.xlsx", CLASSEUR)))
    avant = Evenement.objects.count()
    adresse = reverse("evaluations:classeur_televerser", args=[situation_e31.pk])
    verifier(client_de(enseignante).post(adresse, {"fichier": fichier}))
    assert not Positionnement.objects.exists()
    assert Evenement.objects.count() == avant


def test_une_mauvaise_grille_officielle_revient_avec_sa_phrase(client_de, chef, classe, option_rsp):
    client, adresse = client_de(chef), reverse("certification:officiel_deposer")
    cible = f"{option_rsp.pk}-{classe.version.epreuves.get(code='E31').pk}"
    avant = Evenement.objects.count()
    for nom_envoye, contenu in [*ENVOIS.values(), ("grille.ods", CLASSEUR)]:
        envoi = {"cible": cible, "session": classe.session_id, "fichier": SimpleUploadedFile(nom_envoye, contenu)}
        verifier(client.post(adresse, envoi))
    verifier(client.post(adresse, {"cible": cible, "session": classe.session_id, "fichier": "grille.xlsx"}))
    assert not ClasseurOfficiel.objects.exists()
    assert Evenement.objects.count() == avant

    officiel = deposer(chef, option_rsp, classe.version.epreuves.get(code="E31"), classe.session)
    depose = Evenement.objects.count()
    importer = reverse("certification:officiel_importer", args=[officiel.pk])
    for nom_envoye, contenu in [*ENVOIS.values(), ("c.json", b"[" * 50_000), ("c.json", b" " * 300_000)]:
        verifier(client.post(importer, {"correspondance": SimpleUploadedFile(nom_envoye, contenu)}))
    verifier(client.post(importer, {"correspondance": "c.json"}))
    assert Evenement.objects.count() == depose


def test_une_mauvaise_piece_de_portfolio_revient_avec_sa_phrase(client_de, enseignante, classe, ines):
    client, adresse = client_de(enseignante), reverse("evaluations:portfolio", args=[ines.apprenant_id])
    avant = Evenement.objects.count()
    for nom_envoye, contenu in [*ENVOIS.values(), ("page.txt", PAGE), ("corps.nc", EXECUTABLE), ("mors.pdf", PDF)]:
        verifier(client.post(adresse, {"titre": "Mors", "fichier": SimpleUploadedFile(nom_envoye, contenu)}))
    verifier(client.post(adresse, {"titre": "Mors", "fichier": "mors.pdf"}))
    assert not PiecePortfolio.objects.exists()
    assert Evenement.objects.count() == avant


def test_une_mauvaise_piece_de_dossier_revient_avec_sa_phrase(client_de, enseignante, ines):
    client, adresse = client_de(enseignante), reverse("certification:pieces", args=[ines.pk, "E2"])
    avant = Evenement.objects.count()
    for nom_envoye, contenu in [*ENVOIS.values(), ("page.txt", PAGE), ("cycle.nc", b"G0 X0"), ("mors.pdf", PDF)]:
        envoi = {"titre": "Mors", "nature": "situation", "fichier": SimpleUploadedFile(nom_envoye, contenu)}
        verifier(client.post(adresse, envoi))
    verifier(client.post(adresse, {"titre": "Mors", "nature": "situation", "fichier": "mors.pdf"}))
    assert not PieceDossier.objects.exists()
    assert Evenement.objects.count() == avant


def test_un_texte_a_la_place_d_un_fichier_se_dit(client_de, enseignante, chef, centre_a, situation_e31):
    grille = reverse("evaluations:classeur_televerser", args=[situation_e31.pk])
    verifier(client_de(enseignante).post(grille, {"fichier": "grille.xlsx"}))
    donnees = {"genre": "apprenants", "centre": centre_a.pk, "fichier": "liste.csv"}
    verifier(client_de(chef).post(reverse("centres:imports"), donnees))


def test_aucun_autre_champ_de_fichier_n_existe() -> None:
    """Un nouveau champ de fichier s'ajoute à ces essais."""
    trouves = set()
    for fichier in PYTHON:
        for noeud in ast.walk(arbre(fichier)):
            texte = ast.unparse(noeud) if isinstance(noeud, ast.Attribute) else ""
            if texte.endswith((".FILES", "forms.FileField", "forms.ImageField", "models.ImageField")):
                trouves.add(nom(fichier))
    assert trouves == {
        "centres/forms/imports.py",
        "centres/views/imports.py",
        "certification/forms/classeurs.py",
        "certification/forms/pieces.py",
        "certification/views/classeurs.py",
        "certification/views/pieces.py",
        "evaluations/forms/portfolio.py",
        "evaluations/views/classeur.py",
        "evaluations/views/portfolio.py",
    }
