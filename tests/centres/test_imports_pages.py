"""Les pages des imports : leur auteur seul, et rien n'est écrit avant l'accord."""

from collections.abc import Callable
from io import BytesIO
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from openpyxl import load_workbook

from centres.enums import Role
from centres.models import Apprenant, Centre, Classe, ImportListe, Inscription, Utilisateur
from tests.fabriques import affecter_a, fabriquer_personne

TERMINALE_RSP = "2472501433"
COLONNES = {"col_nom": 0, "col_prenom": 1, "col_mef": 2, "col_division": 3}
REGLAGES = {"annee_scolaire": 2025, "statut": "scolaire", "date_effet": "2026-01-05"}
Televerser = Callable[..., Any]


def fichier(lignes: int = 1, nom: str = "Martin", tete: str = "Nom;Prénom;Code MEF;Division") -> SimpleUploadedFile:
    corps = "".join(f"{nom}{'x' * rang};Zoé{'y' * rang};{TERMINALE_RSP};TTRPM\n" for rang in range(lignes))
    return SimpleUploadedFile("classe.csv", f"{tete}\n{corps}".encode("cp1252"))


@pytest.fixture
def televerser(client: Client, ddfpt: Utilisateur, centre_a: Centre, classe: Classe) -> Televerser:
    def faire(envoye: SimpleUploadedFile | None = None, colonnes: bool = True, **champs: Any) -> ImportListe:
        client.force_login(ddfpt)
        donnees = {"genre": "apprenants", "centre": centre_a.pk, "fichier": envoye or fichier(), **champs}
        reponse = client.post("/organisation/imports/", donnees)
        assert reponse.status_code == 302, reponse.content.decode()
        liste = ImportListe.objects.latest("pk")
        if colonnes:
            suite = client.post(f"/organisation/imports/{liste.pk}/colonnes/", {**COLONNES, **REGLAGES})
            assert suite.status_code == 302, suite.content.decode()
        return liste

    return faire


def adresses(liste: ImportListe) -> list[str]:
    base = f"/organisation/imports/{liste.pk}/"
    return [base, f"{base}colonnes/", f"{base}rapport.xlsx", f"{base}rapport.csv"]


def empreinte(client: Client, liste: ImportListe) -> str:
    return client.get(f"/organisation/imports/{liste.pk}/").context["plan"].empreinte


def test_du_fichier_au_rapport(client: Client, televerser: Televerser, classe: Classe) -> None:
    liste = televerser()
    page = client.get(f"/organisation/imports/{liste.pk}/").content.decode()
    assert "MartinZoé" not in page
    assert "Martin Zoé" in page
    assert not Apprenant.objects.exists()
    reponse = client.post(f"/organisation/imports/{liste.pk}/", {"empreinte": empreinte(client, liste)}, follow=True)
    assert "Import appliqué" in reponse.content.decode()
    assert classe.inscriptions.get().apprenant.prenom == "Zoé"
    assert client.get(f"/organisation/imports/{liste.pk}/colonnes/").status_code == 302
    rapport = client.get(f"/organisation/imports/{liste.pk}/rapport.csv")
    assert rapport["Content-Disposition"] == f'attachment; filename="import-apprenants-{liste.pk}.csv"'
    assert rapport.content.decode("utf-8-sig").splitlines()[1].startswith("2;Martin Zoé;nouveau;")
    feuille = load_workbook(BytesIO(client.get(f"/organisation/imports/{liste.pk}/rapport.xlsx").content)).active
    assert [case.value for case in feuille[2]][:3] == [2, "Martin Zoé", "nouveau"]


def test_lire_l_apercu_n_ecrit_rien_et_un_accord_perime_non_plus(client: Client, televerser: Televerser) -> None:
    liste = televerser()
    reponse = client.post(f"/organisation/imports/{liste.pk}/", {"empreinte": "0" * 64})
    assert reponse.status_code == 422
    assert "a changé depuis cet aperçu" in reponse.content.decode()
    assert not Apprenant.objects.exists()


@pytest.mark.parametrize(
    "qui", ["enseignante", "referent", "membre_commission", "inspecteur", "etranger", "ancien", "compte_apprenant"]
)
def test_qui_n_organise_pas_recoit_404(
    client: Client, televerser: Televerser, qui: str, request: pytest.FixtureRequest
) -> None:
    liste = televerser()
    client.force_login(request.getfixturevalue(qui))
    for adresse in ["/organisation/imports/", *adresses(liste)]:
        assert client.get(adresse).status_code == 404
        assert client.post(adresse).status_code in {404, 405}
    assert client.post(f"/organisation/imports/{liste.pk}/abandonner/").status_code == 404
    assert ImportListe.objects.filter(pk=liste.pk).exists()


def test_un_import_n_appartient_qu_a_son_auteur(
    client: Client, televerser: Televerser, chef: Utilisateur, administrateur: Utilisateur
) -> None:
    liste = televerser()
    for autre in (chef, administrateur):
        client.force_login(autre)
        assert client.get("/organisation/imports/").status_code == 200
        assert "classe.csv" not in client.get("/organisation/imports/").content.decode()
        assert {client.get(adresse).status_code for adresse in adresses(liste)} == {404}


def test_un_import_echu_n_existe_plus(client: Client, televerser: Televerser) -> None:
    liste = televerser()
    ImportListe.objects.filter(pk=liste.pk).update(expire_le=liste.cree_le)
    assert {client.get(adresse).status_code for adresse in adresses(liste)} == {404}
    televerser()
    assert not ImportListe.objects.filter(pk=liste.pk).exists()


def test_le_role_perdu_ferme_ses_imports(client: Client, televerser: Televerser, ddfpt: Utilisateur) -> None:
    liste = televerser()
    ddfpt.affectations.update(role=Role.ENSEIGNANT)
    assert {client.get(adresse).status_code for adresse in adresses(liste)} == {404}


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"fichier": SimpleUploadedFile("a.csv", b"nom;prenom")}, "aucune ligne sous ses en-têtes"),
        ({"fichier": SimpleUploadedFile("a.exe", b"MZ123")}, "ni un CSV, ni un classeur"),
        ({"fichier": ""}, "obligatoire"),
        ({"genre": "personnels"}, "Sélectionnez un choix valide"),
        ({"centre": "999999"}, "Sélectionnez un choix valide"),
    ],
)
def test_un_mauvais_envoi_revient_avec_son_message(
    client: Client, ddfpt: Utilisateur, centre_a: Centre, changes: dict[str, Any], message: str
) -> None:
    client.force_login(ddfpt)
    donnees = {"genre": "apprenants", "centre": centre_a.pk, "fichier": fichier(), **changes}
    reponse = client.post("/organisation/imports/", donnees)
    assert reponse.status_code == 422
    assert message in reponse.content.decode()
    assert not ImportListe.objects.exists()


def test_le_ddfpt_d_un_centre_n_importe_pas_dans_un_autre(client: Client, ddfpt: Utilisateur, centre_b: Centre) -> None:
    client.force_login(ddfpt)
    donnees = {"genre": "apprenants", "centre": centre_b.pk, "fichier": fichier()}
    assert client.post("/organisation/imports/", donnees).status_code == 422
    affecter_a(ddfpt, Role.ENSEIGNANT, centre_b)
    assert client.post("/organisation/imports/", {**donnees, "fichier": fichier()}).status_code == 422


def test_chef_d_un_centre_et_ddfpt_d_un_autre_n_importe_des_personnels_que_dans_le_sien(
    client: Client, centre_a: Centre, centre_b: Centre
) -> None:
    double = fabriquer_personne("double", Role.CHEF, centre_a)
    affecter_a(double, Role.DDFPT, centre_b)
    client.force_login(double)
    donnees = {"genre": "personnels", "centre": centre_b.pk, "fichier": fichier()}
    reponse = client.post("/organisation/imports/", donnees)
    assert "Vous ne pouvez pas importer cette liste" in reponse.content.decode()


def test_des_colonnes_inconnues_se_choisissent_a_l_ecran(client: Client, televerser: Televerser) -> None:
    liste = televerser(fichier(tete="Famille;Petit nom;Code formation;Groupe"), colonnes=False)
    assert liste.colonnes == {"mef": 2}
    adresse = f"/organisation/imports/{liste.pk}/colonnes/"
    page = client.get(adresse).content.decode()
    assert "Famille" in page
    assert "Martin" in page
    refus = client.post(adresse, {**COLONNES, **REGLAGES, "col_prenom": 0})
    assert refus.status_code == 422
    assert "Cette colonne sert déjà à « Nom »." in refus.content.decode()
    assert client.post(adresse, {**REGLAGES, "col_nom": 0}).status_code == 422
    assert client.get(f"/organisation/imports/{liste.pk}/rapport.csv").status_code == 404
    assert client.post(adresse, {**COLONNES, **REGLAGES}).status_code == 302
    assert client.get(f"/organisation/imports/{liste.pk}/").context["plan"].comptes["nouveau"] == 1


def test_les_colonnes_interdites_ne_sont_jamais_gardees(client: Client, televerser: Televerser) -> None:
    texte = (
        "Nom;Prénom;Code MEF;Division;Adresse;Téléphone;Né(e) le;N° sécu;Note libre\n"
        f"Martin;Zoé;{TERMINALE_RSP};TTRPM;3 rue Secrète;0611223344;01/02/2009;109020112345678;x\n"
    )
    liste = televerser(SimpleUploadedFile("siecle.csv", texte.encode()), colonnes=False)
    garde = str(liste.contenu)
    for secret in ("Secrète", "0611223344", "2009", "109020112345678"):
        assert secret not in garde
    page = client.get(f"/organisation/imports/{liste.pk}/colonnes/").content.decode()
    assert "Adresse, Téléphone, Né(e) le, N° sécu" in page
    assert "Note libre" in page


def test_abandonner_efface_le_fichier(client: Client, televerser: Televerser) -> None:
    liste = televerser()
    assert client.get(f"/organisation/imports/{liste.pk}/abandonner/").status_code == 405
    assert client.post(f"/organisation/imports/{liste.pk}/abandonner/").status_code == 302
    assert not ImportListe.objects.exists()


def test_l_apercu_demande_autant_de_requetes_pour_une_ligne_que_pour_trente(
    client: Client, televerser: Televerser, inscriptions: list[Inscription]
) -> None:
    comptes = []
    for lignes in (1, 30):
        liste = televerser(fichier(lignes))
        client.get(f"/organisation/imports/{liste.pk}/")
        with CaptureQueriesContext(
            connection,
        ) as requetes:
            client.get(f"/organisation/imports/{liste.pk}/")
        comptes.append(len(requetes))
    assert comptes[0] == comptes[1]
    assert comptes[0] <= 20


def test_une_formule_reste_du_texte_dans_le_rapport(client: Client, televerser: Televerser) -> None:
    liste = televerser(fichier(nom="=HYPERLINK(1)"))
    rapport = client.get(f"/organisation/imports/{liste.pk}/rapport.csv").content.decode("utf-8-sig")
    assert ";'=HYPERLINK(1) Zoé;" in rapport
    feuille = load_workbook(BytesIO(client.get(f"/organisation/imports/{liste.pk}/rapport.xlsx").content)).active
    assert (feuille["B2"].value, feuille["B2"].data_type) == ("=HYPERLINK(1) Zoé", "s")
