"""La première vue de l'inspecteur : ses centres seulement, au même prix pour un et pour trois."""

from collections.abc import Callable
from decimal import Decimal

from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from centres.enums import Role
from centres.models import Centre, Consultation, Inscription, Utilisateur
from certification.documents.points import bande_de_points
from certification.models import Commission, Proposition
from certification.queries.inspection import classes_inspectees, inspection_de
from certification.services.avis import donner_avis
from certification.services.propositions import proposer_note
from evaluations.models import Situation
from referentiel.models import Epreuve, Option, VersionReferentiel
from tests.certification.preuves import fabriquer_situation
from tests.fabriques import affecter_a, fabriquer_centre, fabriquer_classe, fabriquer_inscription

Connexion = Callable[[Utilisateur], Client]


def test_une_session_tous_centres_se_lit_au_meme_prix(
    client_de: Connexion,
    inspecteur: Utilisateur,
    enseignante: Utilisateur,
    centre_b: Centre,
    referentiel: VersionReferentiel,
    option_rsp: Option,
    seance: Commission,
    ines: Inscription,
    epreuve: Epreuve,
    situations: dict[str, Situation],
    membre_commission: Utilisateur,
) -> None:
    proposer_note(utilisateur=membre_commission, commission=seance, inscription=ines, epreuve=epreuve, version=1)
    donner_avis(utilisateur=inspecteur, situation=situations["S1"], avis="a_revoir", remarque="À étoffer")
    donner_avis(utilisateur=inspecteur, situation=situations["S2"], avis="conforme")
    client, adresse = client_de(inspecteur), reverse("certification:inspection")
    with CaptureQueriesContext(connection) as une:
        page = client.get(adresse).content.decode()
    assert "1 à revoir" in page
    assert "1 conforme" in page
    assert "1/1 tenue, 0 close" in " ".join(page.split())
    assert page.count("<circle") == 1
    assert ("13,5" in page, "Bernard" in page, str(centre_b) in page) == (True, False, False)
    ligne = inspection_de(list(classes_inspectees(inspecteur)))[0].lignes[0]
    assert (ligne.candidats, ligne.situations, ligne.notes, ligne.clos) == (3, 2, (Decimal("13.5"),), 0)
    for rang in range(3):
        centre = fabriquer_centre(f"Lycée {rang}")
        affecter_a(inspecteur, Role.INSPECTEUR, centre)
        classe = fabriquer_classe(centre, referentiel, nom=f"T{rang}")
        fabriquer_inscription(classe, option_rsp, f"Roux{rang}", "Zoé")
        fabriquer_situation(classe, enseignante, "S1", "E2", "E31")
    with CaptureQueriesContext(connection) as trois:
        page = client.get(adresse).content.decode()
    assert "4 centres" in page
    assert len(trois) == len(une)


def test_le_centre_mene_aux_dossiers_et_la_lecture_se_trace(
    client_de: Connexion,
    inspecteur: Utilisateur,
    enseignante: Utilisateur,
    ines: Inscription,
    situations: dict[str, Situation],
) -> None:
    client, centre = client_de(inspecteur), ines.classe.centre_id
    page = client.get(reverse("certification:inspection_centre", args=[centre, 2026])).content.decode()
    assert reverse("certification:classe", args=[ines.classe_id]) in page
    assert reverse("certification:avis", args=[situations["S1"].pk]) in page
    assert page.count("sans avis") == 6
    assert client.get(reverse("certification:synthese", args=[ines.pk, "E2"])).status_code == 200
    assert Consultation.objects.filter(auteur=inspecteur, page="synthèse E2").count() == 1
    assert "Donner un avis sur 6 situations certificatives" in client.get(reverse("accueil")).content.decode()
    assert client_de(enseignante).get(reverse("certification:inspection")).status_code == 404
    assert not Proposition.objects.exists()


def test_un_inspecteur_sans_classe_sait_quoi_faire(client_de: Connexion, inspecteur: Utilisateur) -> None:
    page = client_de(inspecteur).get(reverse("certification:inspection")).content.decode()
    assert "Aucune classe à inspecter" in page


def test_deux_notes_egales_font_deux_points() -> None:
    notes = (Decimal("13.5"), Decimal("13.5"), Decimal(8))
    image = bande_de_points([("Lycée <Ampère>", notes)], "E2")
    hauteurs = {morceau.split('cy="')[1].split('"')[0] for morceau in image.split("<circle")[1:]}
    assert (image.count("<circle"), len(hauteurs)) == (3, 2)
    assert "<Ampère>" not in image
