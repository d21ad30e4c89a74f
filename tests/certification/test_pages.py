"""Pages « Certification » d'une classe et « Synthèse » d'un candidat : qui les voit, ce qu'elles disent, leur coût."""

from collections.abc import Callable
from datetime import date

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from centres.enums import Role, StatutApprenant
from centres.models import Centre, Classe, Inscription, Utilisateur
from certification.documents.commission import contexte_recapitulatif
from certification.models import Candidat, Grille
from certification.phrases import decimal_francais
from certification.queries.candidats import synthese_du_candidat
from evaluations.enums import Nature
from evaluations.models import Situation
from referentiel.models import Option, VersionReferentiel
from tests.certification.preuves import fabriquer_situation, positionner, tout_positionner
from tests.fabriques import fabriquer_classe, fabriquer_inscription, fabriquer_personne

Connexion = Callable[[Utilisateur], Client]


def adresses(inscription: Inscription) -> list[str]:
    return [
        reverse("certification:classe", args=[inscription.classe_id]),
        reverse("certification:synthese", args=[inscription.pk, "E2"]),
        reverse("certification:dossier", args=[inscription.pk, "E2"]),
        reverse("certification:recapitulatif", args=[inscription.classe_id]),
    ]


def requetes(client: Client, adresse: str) -> int:
    with CaptureQueriesContext(
        connection,
    ) as lues:
        assert client.get(adresse).status_code == 200
    return len(lues)


@pytest.mark.parametrize("role", ["enseignante", "referent", "ddfpt", "chef", "membre_commission", "inspecteur"])
def test_l_equipe_la_commission_et_l_inspecteur_voient_les_notes(
    role: str, request: pytest.FixtureRequest, client_de: Connexion, situations: dict[str, Situation], ines: Inscription
) -> None:
    client = client_de(request.getfixturevalue(role))
    assert [client.get(adresse).status_code for adresse in adresses(ines)] == [200] * 4


@pytest.mark.parametrize("personne", ["compte_apprenant", "administrateur", "etranger", "ancien", "sans_affectation"])
def test_personne_d_autre_ne_voit_une_note(
    personne: str,
    request: pytest.FixtureRequest,
    client_de: Connexion,
    situations: dict[str, Situation],
    ines: Inscription,
    enseignante: Utilisateur,
) -> None:
    tout_positionner(situations["S1"], ines, enseignante, 3)
    client = client_de(request.getfixturevalue(personne))
    assert [client.get(adresse).status_code for adresse in adresses(ines)] == [404] * 4


def test_un_anonyme_est_renvoye_a_la_connexion(client: Client, ines: Inscription) -> None:
    for adresse in adresses(ines):
        assert client.get(adresse).status_code == 302


def test_un_apprenant_qui_enseigne_ailleurs_ne_voit_pas_sa_propre_note(
    client_de: Connexion, compte_apprenant: Utilisateur, centre_b: Centre, ines: Inscription, grilles: list[Grille]
) -> None:
    fabriquer_personne("x", Role.ENSEIGNANT, centre_b)
    compte_apprenant.affectations.create(role=Role.ENSEIGNANT, centre=centre_b, debut=date(2020, 9, 1))
    client = client_de(compte_apprenant)
    assert [client.get(adresse).status_code for adresse in adresses(ines)] == [404] * 4


@pytest.mark.parametrize("role", [Role.ENSEIGNANT, Role.COMMISSION, Role.CHEF])
def test_un_candidat_qui_tient_un_role_dans_son_centre_ne_voit_pas_sa_propre_note(
    role: Role,
    client_de: Connexion,
    compte_apprenant: Utilisateur,
    enseignante: Utilisateur,
    centre_a: Centre,
    ines: Inscription,
    lucas: Inscription,
    situations: dict[str, Situation],
) -> None:
    tout_positionner(situations["S1"], ines, enseignante, 3)
    compte_apprenant.affectations.create(role=role, centre=centre_a, debut=date(2020, 9, 1))
    client = client_de(compte_apprenant)
    assert client.get(reverse("certification:synthese", args=[ines.pk, "E2"])).status_code == 404
    assert client.get(reverse("certification:dossier", args=[ines.pk, "E2"])).status_code == 404
    assert [client.get(adresse).status_code for adresse in adresses(lucas)] == [200] * 4
    page = client.get(reverse("certification:classe", args=[ines.classe_id])).content.decode()
    assert ("Durand" in page, reverse("certification:synthese", args=[ines.pk, "E2"]) in page) == (True, False)
    noms = [lu.candidat.pk for lu in contexte_recapitulatif(ines.classe, compte_apprenant)["candidats"]]
    assert noms == [lucas.pk]


def test_une_epreuve_inconnue_est_introuvable(
    client_de: Connexion, enseignante: Utilisateur, ines: Inscription
) -> None:
    client = client_de(enseignante)
    assert client.get(reverse("certification:synthese", args=[ines.pk, "E9"])).status_code == 404
    assert client.get(reverse("certification:dossier", args=[ines.pk, "E9"])).status_code == 404


def test_une_inscription_de_premiere_n_est_pas_candidate(
    client_de: Connexion,
    enseignante: Utilisateur,
    centre_a: Centre,
    referentiel: VersionReferentiel,
    option_rsp: Option,
) -> None:
    premiere = fabriquer_classe(centre_a, referentiel, annee_cycle=2, session=2027)
    inscription = fabriquer_inscription(premiere, option_rsp)
    client = client_de(enseignante)
    assert client.get(reverse("certification:synthese", args=[inscription.pk, "E2"])).status_code == 404
    page = client.get(reverse("certification:classe", args=[premiere.pk])).content.decode()
    assert "Pas de candidat dans cette classe" in page


def test_la_page_de_la_classe_montre_notes_blocages_et_couverture(
    client_de: Connexion, enseignante: Utilisateur, situations: dict[str, Situation], inscriptions: list[Inscription]
) -> None:
    ines, _, lucas = inscriptions
    tout_positionner(situations["S1"], ines, enseignante, 3)
    tout_positionner(situations["S1"], lucas, enseignante, 3, sauf=["C1.1", "C1.2"])
    page = client_de(enseignante).get(reverse("certification:classe", args=[ines.classe_id])).content.decode()
    assert page.index("Bernard Inès") < page.index("Çelik Aïcha") < page.index("Durand Lucas")
    assert '<span class="cellule-note">13,5</span>' in page
    assert "calculée 13,33" in page
    assert "bloquée · 1 raison<" in page
    assert "bloquée · 3 raisons" in page
    assert "16/16" in page
    assert "14/16" in page
    assert "1 situation, il en manque" in page
    assert "Tous les dossiers E31 (PDF)" in page


def test_le_filtre_garde_une_option_ou_les_notes_bloquees(
    client_de: Connexion, enseignante: Utilisateur, situations: dict[str, Situation], inscriptions: list[Inscription]
) -> None:
    for code in ("S1", "S3", "S5"):
        tout_positionner(situations[code], inscriptions[0], enseignante, 3)
    client, adresse = client_de(enseignante), reverse("certification:classe", args=[inscriptions[0].classe_id])
    rmo = client.get(adresse, {"option": "RMO"}).content.decode()
    assert ("Çelik" in rmo, "Durand" in rmo) == (True, False)
    bloquees = client.get(adresse, {"etat": "bloquee"}).content.decode()
    assert ("Bernard" in bloquees, "Durand" in bloquees) == (False, True)
    personne = client.get(adresse, {"etat": "complete", "option": "RMO"}).content.decode()
    assert "Aucun candidat ne correspond" in personne
    assert "Bernard" in client.get(adresse, {"option": "inconnue"}).content.decode()


def test_la_synthese_dit_la_meme_chose_que_le_calcul(
    client_de: Connexion,
    enseignante: Utilisateur,
    collegue: Utilisateur,
    situations: dict[str, Situation],
    ines: Inscription,
) -> None:
    tout_positionner(situations["S1"], ines, enseignante, 2)
    positionner(situations["S2"], ines, collegue, {"C1.1": 4, "C4.2": 1, "C5.1": "ABJ"})
    resultat = synthese_du_candidat(Candidat.objects.get(pk=ines.pk)).syntheses["E2"].resultat
    assert resultat is not None
    page = client_de(enseignante).get(reverse("certification:synthese", args=[ines.pk, "E2"])).content.decode()
    assert resultat.note_calculee is not None
    assert f"{decimal_francais(resultat.note_calculee)}" in page
    for etape in resultat.etapes:
        assert etape.replace("'", "&#x27;") in page
    assert "Marc Roux" in page
    preuves = page[page.index("Preuves de C5") :]
    assert "absence justifiée" in preuves[: preuves.index("</table>")]
    assert "la commission peut s'en écarter avec un motif" in page


def test_la_synthese_bloquee_dit_pourquoi_et_ou_agir(
    client_de: Connexion, enseignante: Utilisateur, situations: dict[str, Situation], ines: Inscription
) -> None:
    tout_positionner(situations["S1"], ines, enseignante, 3, sauf=["C1.1", "C1.2"])
    positionner(situations["S1"], ines, enseignante, {"C1.1": "ABJ"})
    page = client_de(enseignante).get(reverse("certification:synthese", args=[ines.pk, "E2"])).content.decode()
    assert "Aucune note proposée au jury." in page
    assert "aucune observation certificative évaluée (seulement ABJ)" in page
    assert f'href="{reverse("evaluations:grille_apprenant", args=[situations["S1"].pk, ines.pk])}#d' in page
    assert "Le calcul, ligne par ligne" not in page or "Note calculée" not in page


def test_le_formatif_est_montre_et_signale_non_compte(
    client_de: Connexion, enseignante: Utilisateur, classe: Classe, situations: dict[str, Situation], ines: Inscription
) -> None:
    formative = fabriquer_situation(
        classe, enseignante, "F1", "E2", nature=Nature.FORMATIVE, debut=date(2025, 10, 1), titre="Découverte"
    )
    tout_positionner(formative, ines, enseignante, 4)
    page = client_de(enseignante).get(reverse("certification:synthese", args=[ines.pk, "E2"])).content.decode()
    assert "Découverte" in page
    assert page.count("non comptée</span>") == 1
    assert "Aucune note proposée au jury." in page


def test_rsp_et_rmo_d_une_meme_classe_ont_chacun_leurs_libelles(
    client_de: Connexion,
    enseignante: Utilisateur,
    situations: dict[str, Situation],
    ines: Inscription,
    aicha: Inscription,
) -> None:
    client = client_de(enseignante)
    rsp = client.get(reverse("certification:synthese", args=[ines.pk, "E31"])).content.decode()
    rmo = client.get(reverse("certification:synthese", args=[aicha.pk, "E31"])).content.decode()
    assert ("C9.4" in rsp, "C9.4" in rmo) == (False, True)
    assert ("Vérifier la conformité aux spécifications" in rsp, "Effectuer les retouches" in rsp) == (True, False)
    assert ("Vérifier la conformité aux spécifications" in rmo, "Effectuer les retouches" in rmo) == (False, True)


def test_un_centre_en_ponctuel_suit_les_acquis_sans_note_de_ccf(
    client_de: Connexion,
    centre_hors_contrat: Centre,
    referentiel: VersionReferentiel,
    option_rsp: Option,
    grilles: list,
) -> None:
    professeur = fabriquer_personne("prof", Role.ENSEIGNANT, centre_hors_contrat)
    classe = fabriquer_classe(centre_hors_contrat, referentiel)
    inscription = fabriquer_inscription(classe, option_rsp, "Petit", "Léa")
    situation = fabriquer_situation(classe, professeur, "S1", "E2")
    tout_positionner(situation, inscription, professeur, 3)
    client = client_de(professeur)
    synthese = client.get(reverse("certification:synthese", args=[inscription.pk, "E2"])).content.decode()
    liste = client.get(reverse("certification:classe", args=[classe.pk])).content.decode()
    assert "Centre en épreuves ponctuelles" in synthese
    assert "16/16" in synthese
    for page in (synthese, liste):
        assert "13,5" not in page
        assert "13,33" not in page


def test_sans_option_le_motif_renvoie_a_l_inscription(
    client_de: Connexion, enseignante: Utilisateur, classe: Classe, grilles: list[Grille]
) -> None:
    inscription = fabriquer_inscription(classe, None, "Sans", "Option")
    page = client_de(enseignante).get(reverse("certification:synthese", args=[inscription.pk, "E2"])).content.decode()
    assert "l&#x27;option du candidat n&#x27;est pas renseignée" in page.lower()
    assert reverse("centres:classe", args=[classe.pk]) in page


def test_sans_grille_publiee_la_page_le_dit(client_de: Connexion, enseignante: Utilisateur, ines: Inscription) -> None:
    page = client_de(enseignante).get(reverse("certification:synthese", args=[ines.pk, "E2"])).content.decode()
    assert "Aucune grille de notation n&#x27;est publiée" in page


def test_on_passe_d_un_candidat_a_l_autre_dans_l_ordre_de_la_classe(
    client_de: Connexion, enseignante: Utilisateur, situations: dict[str, Situation], inscriptions: list[Inscription]
) -> None:
    ines, aicha, lucas = inscriptions
    page = client_de(enseignante).get(reverse("certification:synthese", args=[aicha.pk, "E32"])).content.decode()
    assert "2/3" in page
    assert reverse("certification:synthese", args=[ines.pk, "E32"]) in page
    assert reverse("certification:synthese", args=[lucas.pk, "E32"]) in page


@pytest.mark.parametrize("nom", ["certification:classe", "certification:synthese"])
def test_les_pages_coutent_autant_avec_un_ou_vingt_quatre_candidats(
    nom: str,
    client_de: Connexion,
    enseignante: Utilisateur,
    classe: Classe,
    situations: dict[str, Situation],
    option_rsp: Option,
    option_rmo: Option,
) -> None:
    client = client_de(enseignante)
    couts = []
    for rang in range(24):
        apprenti = StatutApprenant.APPRENTI if rang % 2 else StatutApprenant.SCOLAIRE
        inscription = fabriquer_inscription(
            classe, option_rmo if rang % 3 else option_rsp, f"Nom{rang:02}", statut=apprenti
        )
        for situation in situations.values():
            tout_positionner(situation, inscription, enseignante, 3)
        if rang in (0, 2, 23):
            arguments = [classe.pk] if nom == "certification:classe" else [inscription.pk, "E2"]
            couts.append(requetes(client, reverse(nom, args=arguments)))
    assert couts == [couts[0]] * 3
    # Dont une pour la commission de la classe et six pour la conformité des dossiers.
    assert couts[0] <= 17
