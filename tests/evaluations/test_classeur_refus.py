"""Les mauvais classeurs de grille : une phrase claire chacun, et rien ne change."""

from collections.abc import Callable
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from openpyxl import Workbook

from centres.models import Evenement
from evaluations.models import Positionnement
from tests.classeurs import enregistrer, modifier, reecrire, remplir
from tests.evaluations.fabrique_grille import fabriquer_situation
from tests.evaluations.test_classeur import envoyer
from tests.evaluations.test_classeur_export import telecharger
from tests.fabriques import fabriquer_classe, fabriquer_inscription

pytestmark = pytest.mark.django_db
Geste = Callable[[Workbook], Any]


def _echanger(classeur: Workbook, *lignes: int) -> None:
    feuille = classeur["E31"]
    for ligne in lignes:
        gauche, droite = feuille.cell(ligne, 4), feuille.cell(ligne, 5)
        gauche.value, droite.value = droite.value, gauche.value


def _doubler(classeur: Workbook) -> None:
    feuille = classeur["E31"]
    for colonne in range(1, 8):
        feuille.cell(9, colonne).value = feuille.cell(6, colonne).value


def _poser(adresse: str, valeur: Any) -> Geste:
    def poser(classeur: Workbook) -> None:
        classeur["E31"][adresse] = valeur

    return poser


def _falsifier(classeur: Workbook) -> None:
    cachee = classeur["_trpm"]
    cachee["A2"] = cachee["A2"].value.replace(",0,", ",9,", 1)


GESTES: dict[str, tuple[Geste, str]] = {
    "colonnes échangées": (lambda c: _echanger(c, 3, 5, 6, 7), "colonne D : C6.1 attendu, C7.3 lu"),
    "codes visibles échangés": (lambda c: _echanger(c, 5), "colonne D : C6.1 attendu, C7.3 lu"),
    "codes cachés échangés": (lambda c: _echanger(c, 3), "colonne D : C6.1 attendu, C7.3 lu"),
    "colonne renommée": (_poser("F5", "C8.9"), "colonne F : C8.1 attendu, C8.9 lu"),
    "colonne supprimée": (lambda c: c["E31"].delete_cols(5), "colonne E : C7.3 attendu, C8.1 lu"),
    "colonne ajoutée": (_poser("H5", "moyenne"), "colonne H : rien attendu, moyenne lu"),
    "en-têtes supprimés": (lambda c: c["E31"].delete_rows(1, 5), "colonne D : C6.1 attendu, rien lu"),
    "feuille vidée": (lambda c: c["E31"].delete_rows(1, 20), "colonne D : C6.1 attendu, rien lu"),
    "feuille renommée": (lambda c: setattr(c["E31"], "title", "Feuil1"), "La feuille « E31 » manque"),
    "feuille cachée supprimée": (lambda c: c.remove(c["_trpm"]), "n'est pas une grille de TRPM"),
    "feuille cachée modifiée": (_falsifier, "feuille cachée de ce classeur a été modifiée"),
    "apprenant en double": (_doubler, "ligne 9 : Bernard Inès est déjà à la ligne 6"),
    "apprenant inconnu": (_poser("A7", 999_999), "ligne 7 : cet apprenant n'était pas dans la grille"),
    "identifiant illisible": (_poser("A7", "9" * 5000), "ligne 7 : cet apprenant n'était pas dans la grille"),
    "noms déplacés": (_poser("B6", "Durand Lucas"), "ligne 6 : Bernard Inès attendu"),
    "ligne ajoutée": (_poser("B9", "Nouveau Venu"), "ligne 9 : cet apprenant n'était pas dans la grille"),
    "formule": (_poser("D7", "=1+2"), "Feuille « E31 », case D7 : une formule"),
    "dix mille lignes": (_poser("D10000", 3), "plus de 2000 lignes"),
}


@pytest.mark.parametrize("nom", GESTES)
def test_un_classeur_malmene_est_refuse_en_une_phrase(client_de, enseignante, situation_e31, inscriptions, nom) -> None:
    geste, attendu = GESTES[nom]
    client = client_de(enseignante)
    avant = Evenement.objects.count()
    html = envoyer(client, situation_e31, modifier(telecharger(client, situation_e31), geste), statut=422)
    assert attendu in html
    assert "Rien n'a été enregistré." in html
    assert 'name="case"' not in html
    assert (Positionnement.objects.count(), Evenement.objects.count()) == (0, avant)


def test_le_classeur_d_une_autre_situation_ou_d_une_autre_classe_est_nomme(
    client_de, enseignante, classe, centre_a, referentiel, option_rsp, situation_e31, inscriptions
) -> None:
    client = client_de(enseignante)
    voisine = fabriquer_situation(classe, enseignante, ["C6.1", "C7.3", "C8.1", "C9.4"], "S5")
    autre_classe = fabriquer_classe(centre_a, referentiel, "1TRPM", annee_cycle=2)
    fabriquer_inscription(autre_classe, option_rsp, "Bernard", "Inès")
    lointaine = fabriquer_situation(autre_classe, enseignante, ["C6.1", "C7.3", "C8.1", "C9.4"])
    for source, attendu in ((voisine, "« S5 Étau de montage », TTRPM"), (lointaine, "« S4 Étau de montage », 1TRPM")):
        contenu = remplir(telecharger(client, source), {("Bernard Inès", "C6.1"): 3})
        html = envoyer(client, situation_e31, contenu, statut=422)
        assert f"Ce classeur est celui de {attendu}" in html
    assert Positionnement.objects.count() == 0


def test_un_classeur_quelconque_n_est_pas_une_grille(client_de, enseignante, situation_e31) -> None:
    html = envoyer(client_de(enseignante), situation_e31, enregistrer(Workbook()), statut=422)
    assert "n'est pas une grille de TRPM" in html


@pytest.mark.parametrize(
    ("nom", "contenu", "attendu"),
    [
        ("vide.xlsx", b" ", "n'est pas un classeur"),
        ("notes.csv", b"a;b", "n'est pas un classeur"),
        ("grille.xlsx", b"nom;\xe9", "n'est pas un classeur"),
        ("grille.xlsm", b"PK", "macros"),
        ("grille.xls", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "ancien format"),
        ("grille.xlsx", b"PK" + b"0" * 5_000_000, "5 Mo"),
    ],
)
def test_un_mauvais_fichier_reaffiche_le_formulaire(
    client_de, enseignante, situation_e31, nom, contenu, attendu
) -> None:
    html = envoyer(client_de(enseignante), situation_e31, contenu, nom, statut=422)
    assert attendu in html
    assert 'aria-describedby="erreur-classeur"' in html


def test_sans_fichier_ou_avec_un_fichier_vide_le_formulaire_le_dit(client_de, enseignante, situation_e31) -> None:
    client, adresse = client_de(enseignante), reverse("evaluations:classeur_televerser", args=[situation_e31.pk])
    assert "Choisissez le classeur" in client.post(adresse).content.decode()
    vide = client.post(adresse, {"fichier": SimpleUploadedFile("grille.xlsx", b"")})
    assert "Ce fichier est vide" in vide.content.decode()


def test_les_macros_d_une_vraie_grille_sont_refusees(client_de, enseignante, situation_e31, inscriptions) -> None:
    client = client_de(enseignante)
    contenu = reecrire(telecharger(client, situation_e31), {"xl/vbaProject.bin": b"x"})
    assert "macros" in envoyer(client, situation_e31, contenu, statut=422)
