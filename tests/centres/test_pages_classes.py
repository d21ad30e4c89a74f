"""Les pages « Classes », « Apprenants » et « Centres »."""

from datetime import date

import pytest
import time_machine
from django.urls import reverse

from centres.enums import Role, StatutApprenant
from centres.queries import classes_par_annee
from tests.fabriques import affecter_a, fabriquer_classe, fabriquer_inscription

CLASSES = reverse("centres:classes")


def page(classe) -> str:
    return reverse("centres:classe", args=[classe.pk])


def test_un_enseignant_voit_ses_classes_et_leur_effectif(client_de, enseignante, classe, inscriptions):
    reponse = client_de(enseignante).get(CLASSES)
    (annee,) = reponse.context["annees"]
    (ligne,) = annee.lignes
    assert (annee.libelle, ligne.classe, ligne.effectif.total) == ("2025-2026", classe, 3)
    assert ligne.effectif.par_option == (("RMO", 1), ("RSP", 2))
    assert ligne.effectif.par_statut == (("élèves", 2), ("apprenti", 1))
    texte = reponse.content.decode()
    assert page(classe) in texte
    assert "1&nbsp;RMO · 2&nbsp;RSP" in texte


def test_un_changement_d_option_ne_compte_pas_deux_fois(enseignante, classe, ines, option_rmo):
    ines.fin = date(2026, 1, 4)
    ines.save()
    fabriquer_inscription(classe, option_rmo, debut=date(2026, 1, 5), apprenant=ines.apprenant)
    (annee,) = classes_par_annee(enseignante)
    assert annee.lignes[0].effectif.par_option == (("RMO", 1),)


@time_machine.travel("2026-02-01 10:00:00+01:00")
def test_qui_est_parti_en_cours_d_annee_ne_compte_plus(client_de, enseignante, classe, ines, lucas):
    lucas.fin = date(2025, 11, 3)
    lucas.save()
    reponse = client_de(enseignante).get(page(classe))
    assert reponse.context["effectif"].total == 1
    assert reponse.content.decode().count("parti en cours d'année") == 1
    (annee,) = classes_par_annee(enseignante)
    assert annee.lignes[0].effectif.total == 1


def test_qui_finit_en_juin_compte_encore_apres_l_ete(enseignante, classe, ines):
    ines.fin = date(2026, 7, 4)
    ines.save()
    (annee,) = classes_par_annee(enseignante)
    assert annee.lignes[0].effectif.total == 1


def test_les_annees_se_suivent_de_la_plus_recente(enseignante, centre_a, referentiel, classe):
    fabriquer_classe(centre_a, referentiel, annee_scolaire=2023, annee_cycle=1)
    fabriquer_classe(centre_a, referentiel, annee_scolaire=2024, annee_cycle=2)
    assert [annee.libelle for annee in classes_par_annee(enseignante)] == ["2025-2026", "2024-2025", "2023-2024"]


@pytest.mark.parametrize("qui", ["administrateur", "sans_affectation", "ancien", "etranger", "compte_apprenant"])
def test_les_autres_n_ont_aucune_classe(request, client_de, classe, inscriptions, qui):
    client = client_de(request.getfixturevalue(qui))
    reponse = client.get(CLASSES)
    assert reponse.context["annees"] == ()
    texte = reponse.content.decode()
    assert "Aucune classe" in texte
    assert "TTRPM" not in texte
    assert client.get(page(classe)).status_code == 404


@pytest.mark.parametrize("qui", ["enseignante", "referent", "ddfpt", "chef", "membre_commission", "inspecteur"])
def test_l_equipe_et_les_lecteurs_voient_l_appel(request, client_de, classe, inscriptions, qui):
    reponse = client_de(request.getfixturevalue(qui)).get(page(classe))
    assert [inscrit.inscription for inscrit in reponse.context["inscrits"]] == inscriptions
    texte = reponse.content.decode()
    for nom in ("Bernard Inès", "Çelik Aïcha", "Durand Lucas"):
        assert nom in texte


def test_l_appel_montre_ce_qui_a_change_en_cours_d_annee(client_de, enseignante, classe, ines, option_rmo):
    ines.fin = date(2026, 1, 4)
    ines.save()
    fabriquer_inscription(
        classe, option_rmo, statut=StatutApprenant.APPRENTI, debut=date(2026, 1, 5), apprenant=ines.apprenant
    )
    reponse = client_de(enseignante).get(page(classe))
    (inscrit,) = reponse.context["inscrits"]
    assert (inscrit.inscription.option, inscrit.precedentes) == (option_rmo, (ines,))
    assert "avant : RSP, élève" in " ".join(reponse.content.decode().split())


def test_une_classe_sans_apprenant_dit_quoi_faire(client_de, enseignante, classe):
    assert "Aucun apprenant" in client_de(enseignante).get(page(classe)).content.decode()


def test_la_synthese_n_est_offerte_qu_en_derniere_annee(
    client_de, enseignante, centre_a, referentiel, option_rsp, ines
):
    premiere = fabriquer_classe(centre_a, referentiel, annee_scolaire=2024, annee_cycle=2)
    inscription = fabriquer_inscription(premiere, option_rsp)
    client = client_de(enseignante)
    assert (
        reverse("certification:synthese", args=[inscription.pk, "E2"])
        not in client.get(page(premiere)).content.decode()
    )
    terminale = client.get(page(ines.classe)).content.decode()
    for code in ("E2", "E31", "E32"):
        assert reverse("certification:synthese", args=[ines.pk, code]) in terminale


def test_une_classe_hors_contrat_annonce_l_epreuve_ponctuelle(
    client_de, enseignante, centre_hors_contrat, referentiel, classe
):
    affecter_a(enseignante, Role.ENSEIGNANT, centre_hors_contrat)
    ponctuelle = fabriquer_classe(centre_hors_contrat, referentiel)
    client = client_de(enseignante)
    assert "sans note de CCF" in client.get(page(ponctuelle)).content.decode()
    assert "sans note de CCF" not in client.get(page(classe)).content.decode()


@pytest.mark.parametrize("verbe", ["post", "put", "delete"])
def test_les_pages_ne_font_que_lire(client_de, enseignante, classe, verbe):
    client = client_de(enseignante)
    for adresse in (CLASSES, page(classe), reverse("centres:centres")):
        assert getattr(client, verbe)(adresse).status_code == 405


def requetes(client, adresse: str, compteur) -> int:
    client.get(adresse)
    with compteur as releve:
        assert client.get(adresse).status_code == 200
    return len(releve)


def test_la_liste_des_classes_coute_autant_avec_une_ou_trois(
    client_de, enseignante, centre_a, centre_b, referentiel, option_rsp, ines, django_assert_max_num_queries
):
    client = client_de(enseignante)
    avec_une = requetes(client, CLASSES, django_assert_max_num_queries(8))
    affecter_a(enseignante, Role.ENSEIGNANT, centre_b)
    for centre in (centre_a, centre_b):
        fabriquer_inscription(fabriquer_classe(centre, referentiel, annee_scolaire=2024), option_rsp)
    assert requetes(client, CLASSES, django_assert_max_num_queries(8)) == avec_une


def test_l_appel_coute_autant_avec_un_ou_trois_apprenants(
    client_de, enseignante, classe, ines, option_rmo, django_assert_max_num_queries
):
    client = client_de(enseignante)
    avec_un = requetes(client, page(classe), django_assert_max_num_queries(8))
    for _ in range(2):
        fabriquer_inscription(classe, option_rmo, statut=StatutApprenant.APPRENTI)
    assert requetes(client, page(classe), django_assert_max_num_queries(8)) == avec_un


def test_un_administrateur_voit_tous_les_centres(client_de, administrateur, centre_a, centre_hors_contrat):
    texte = client_de(administrateur).get(reverse("centres:centres")).content.decode()
    assert "Lycée A" in texte
    assert "Épreuve ponctuelle" in texte


def test_un_enseignant_ne_voit_que_ses_centres(client_de, enseignante, centre_b):
    texte = client_de(enseignante).get(reverse("centres:centres")).content.decode()
    assert "Lycée A" in texte
    assert "Lycée B" not in texte


def test_sans_affectation_la_page_des_centres_dit_qui_contacter(client_de, sans_affectation, centre_a):
    texte = client_de(sans_affectation).get(reverse("centres:centres")).content.decode()
    assert "Aucun centre" in texte
    assert "Lycée A" not in texte
