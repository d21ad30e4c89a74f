"""Pages du référentiel : ouvertes à toute personne connectée, en lecture seule, à nombre de requêtes constant."""

from collections.abc import Callable

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from centres.models import Utilisateur
from referentiel.exports import exporter_referentiel
from referentiel.models import VersionReferentiel
from referentiel.services import importer_referentiel
from tests.client_strict import ClientStrict
from tests.referentiel.essai import bts_essai, trpm_enrichi

PAGES = ["version", "epreuves", "activites", "poids"]


@pytest.fixture
def lectrice(client_de: Callable[[Utilisateur], ClientStrict], sans_affectation: Utilisateur) -> ClientStrict:
    """Une personne connectée sans aucun rôle : le texte du diplôme n'a rien de secret."""
    return client_de(sans_affectation)


def adresse(page: str, version: VersionReferentiel, *suite: str) -> str:
    return reverse(f"referentiel:{page}", args=[version.diplome.code, version.numero, *suite])


def requetes(client: ClientStrict, url: str) -> int:
    with CaptureQueriesContext(
        connection,
    ) as captees:
        assert client.get(url).status_code == 200
    return len(captees)


@pytest.mark.parametrize("page", PAGES)
def test_chaque_page_s_ouvre_en_dix_requetes_au_plus(page, lectrice, referentiel):
    nombre = requetes(lectrice, adresse(page, referentiel))
    assert nombre <= 10
    assert requetes(lectrice, adresse(page, importer_referentiel(bts_essai()))) == nombre


def test_la_page_d_accueil_liste_les_versions_en_requetes_constantes(lectrice, referentiel):
    url = reverse("referentiel:accueil")
    nombre = requetes(lectrice, url)
    for _ in range(2):
        importer_referentiel(bts_essai())
    assert requetes(lectrice, url) == nombre <= 10
    assert "BTS-ESSAI v2" in lectrice.get(url).content.decode()


def test_une_competence_s_ouvre_en_dix_requetes_avec_ou_sans_complements(lectrice, referentiel):
    nombre = requetes(lectrice, adresse("competence", referentiel, "C7"))
    enrichie = importer_referentiel(trpm_enrichi())
    assert requetes(lectrice, adresse("competence", enrichie, "C7")) == nombre <= 10


@pytest.mark.parametrize("page", PAGES)
def test_un_visiteur_non_connecte_va_a_la_connexion(page, client, referentiel):
    reponse = client.get(adresse(page, referentiel))
    assert reponse.status_code == 302
    assert reponse.url.startswith(reverse("connexion"))


@pytest.mark.parametrize("page", PAGES)
def test_une_version_inconnue_est_introuvable(page, lectrice, referentiel):
    assert lectrice.get(reverse(f"referentiel:{page}", args=["TRPM", 99])).status_code == 404
    assert lectrice.get(reverse(f"referentiel:{page}", args=["INCONNU", 1])).status_code == 404


def test_une_version_non_publiee_est_introuvable(lectrice, referentiel):
    version = importer_referentiel(bts_essai())
    VersionReferentiel.objects.filter(pk=version.pk).update(publiee_le=None)
    assert lectrice.get(adresse("version", version)).status_code == 404
    assert lectrice.get(adresse("competence", version, "K1")).status_code == 404


def test_une_competence_inconnue_est_introuvable(lectrice, referentiel):
    assert lectrice.get(adresse("competence", referentiel, "C13")).status_code == 404


def test_les_deux_libelles_d_un_meme_code_sont_cote_a_cote(lectrice, referentiel):
    page = lectrice.get(adresse("competence", referentiel, "C7")).content.decode()
    assert "Vérifier la conformité aux spécifications de fabrication" in page
    assert "Effectuer les retouches nécessaires, vérifier le résultat produit" in page


def test_c9_4_est_dit_hors_de_l_option_rsp(lectrice, referentiel):
    page = " ".join(lectrice.get(adresse("competence", referentiel, "C9")).content.decode().split())
    assert page.count("ne concerne pas cette option") == 1


def test_les_parts_sont_tronquees_comme_dans_la_source(lectrice, referentiel):
    page = lectrice.get(adresse("poids", referentiel)).content.decode()
    for part in ("28,22 %", "37,90 %", "33,87 %", "30,08 %", "31,70 %", "38,21 %"):
        assert part in page


@pytest.mark.parametrize(
    ("page", "suite", "note"),
    [
        ("competence", ["C5"], "mode opératoire"),
        ("competence", ["C3"], "activité d&#x27;une opération"),
        ("epreuves", [], "E33 et E34"),
    ],
)
def test_les_singularites_de_la_source_sont_signalees(page, suite, note, lectrice, referentiel):
    corps = lectrice.get(adresse(page, referentiel, *suite)).content.decode()
    assert "Texte de la source conservé tel quel." in corps
    assert note in corps


def test_une_version_corrigee_n_est_plus_signalee(lectrice, referentiel):
    donnees = exporter_referentiel(referentiel)
    details = donnees["competences"][4]["detaillees"]
    details[6]["intitule"] = "Établir un mode opératoire de contrôle"
    corps = lectrice.get(adresse("competence", importer_referentiel(donnees), "C5")).content.decode()
    assert "Texte de la source conservé tel quel." not in corps


def test_les_complements_charges_se_lisent_sur_leur_competence_seulement(lectrice, referentiel):
    version = importer_referentiel(trpm_enrichi())
    page = lectrice.get(adresse("competence", version, "C7")).content.decode()
    assert "Indicateur d&#x27;essai" in page
    assert "S-ESSAI.1" in page
    assert "REMI-ESSAI" in page
    assert "essai quatre" in page
    assert "Indicateur d&#x27;essai" not in lectrice.get(adresse("competence", version, "C8")).content.decode()


def test_sans_complement_la_page_dit_comment_les_charger(lectrice, referentiel):
    assert lectrice.get(adresse("competence", referentiel, "C1")).content.decode().count("importer_referentiel") == 3


@pytest.mark.parametrize(
    ("texte", "attendu"),
    [
        ("c7.3", "spécifications de fabrication"),
        ("planning chronologie", "C8.2"),
        ("A2-T4", "Préparer, régler les postes"),
    ],
)
def test_la_recherche_trouve_un_code_ou_des_mots(texte, attendu, lectrice, referentiel):
    reponse = lectrice.get(adresse("recherche", referentiel), {"q": texte})
    assert attendu in reponse.content.decode()


def test_la_recherche_ne_sort_pas_de_la_version_et_dit_quand_rien_n_est_trouve(lectrice, referentiel):
    importer_referentiel(bts_essai())
    page = lectrice.get(adresse("recherche", referentiel), {"q": "Concevoir un essai"}).content.decode()
    assert "Rien trouvé" in page


def test_un_texte_du_fichier_n_est_jamais_du_html(lectrice, referentiel):
    donnees = bts_essai()
    donnees["competences"][0]["intitule"] = "<script>alert(1)</script>"
    donnees["options"][0]["intitule"] = '"><b>gras</b>'
    version = importer_referentiel(donnees)
    for url in [adresse(page, version) for page in PAGES] + [adresse("competence", version, "K1")]:
        page = lectrice.get(url).content.decode()
        assert "<script>alert" not in page
        assert "<b>gras" not in page
