"""Le tableau des semestres, la couverture et les pages d'une séquence."""

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from django.urls import reverse

from centres.models import Centre, Classe, Inscription, Utilisateur
from evaluations.models import PeriodePfmp, Positionnement, Sequence, Situation
from evaluations.queries.couverture import couverture_de
from evaluations.queries.progression import cohorte_par
from referentiel.models import Option
from tests.evaluations.fabrique_grille import detail, fabriquer_situation
from tests.evaluations.fabrique_progression import fabriquer_sequence
from tests.fabriques import fabriquer_classe

JSON = {"Accept": "application/json"}


@pytest.fixture
def sequence(classe: Classe, enseignante: Utilisateur) -> Sequence:
    """Un projet de Terminale S1, avec une situation."""
    sequence = fabriquer_sequence(classe, enseignante, 5, 5, problematique="Serrer sans marquer", duree_heures=30)
    situation = fabriquer_situation(classe, enseignante, ["C6.1", "C7.3"])
    Situation.objects.filter(pk=situation.pk).update(sequence=sequence)
    situation.mobilisees.add(classe.version.competences.get(code="C1"))
    return sequence


def page(nom: str, objet: Any) -> str:
    return reverse(f"evaluations:{nom}", args=[objet.pk])


def saisie(classe: Classe, debut: int = 5, fin: int = 6, **champs: Any) -> dict[str, Any]:
    periodes = {une.ordre: une.pk for une in classe.version.periodes.all()}
    valeurs = {"intitule": "Porte-outil", "nature": "projet"}
    return {**valeurs, "periode_debut": periodes[debut], "periode_fin": periodes[fin], **champs}


def test_le_tableau_se_lit_et_se_deplace_sans_script_ou_par_le_module(
    client_de: Callable[..., Any],
    classe: Classe,
    sequence: Sequence,
    enseignante: Utilisateur,
    inspecteur: Utilisateur,
    compte_apprenant: Utilisateur,
) -> None:
    adresse = page("progression", classe)
    PeriodePfmp.objects.create(
        classe=classe, code="PFMP5", debut=date(2025, 11, 17), fin=date(2025, 12, 12), semaines=4
    )
    lue = client_de(inspecteur).get(adresse).content.decode()
    assert ("data-deplacer" in lue, "PFMP5" in lue, "C6" in lue) == (False, True, True)
    assert client_de(compte_apprenant).get(adresse).status_code == 404
    envoi = {"sequence": sequence.pk, "rang": 6, "version": 1}
    assert client_de(inspecteur).post(adresse, envoi).status_code == 404
    client = client_de(enseignante)
    assert client.post(adresse, envoi)["Location"] == f"{adresse}#sequence-{sequence.pk}"
    perdue = client.post(adresse, envoi)
    assert (perdue.status_code, "Elle commence en Terminale S2" in perdue.content.decode()) == (409, True)
    par_module = client.post(adresse, envoi | {"rang": 4, "version": 2}, headers=JSON)
    assert (par_module.status_code, par_module.json()["message"]) == (200, "")
    assert f'id="sequence-{sequence.pk}"' in par_module.json()["tableau"]
    assert client.post(adresse, envoi, headers=JSON).status_code == 409
    assert client.post(adresse, {"sequence": sequence.pk}).status_code == 422
    assert client.post(adresse, envoi | {"sequence": 999}).status_code == 404
    sequence.refresh_from_db()
    assert sequence.periode_debut.intitule == "Première S2"


def test_une_progression_vide_dit_quoi_faire(
    client_de: Callable[..., Any], classe: Classe, enseignante: Utilisateur, inspecteur: Utilisateur
) -> None:
    assert "partez d'un modèle" in client_de(enseignante).get(page("progression", classe)).content.decode()
    assert "L'équipe du centre les crée" in client_de(inspecteur).get(page("progression", classe)).content.decode()
    assert (
        "Pas encore de modèle" in client_de(enseignante).get(reverse("evaluations:sequence_modeles")).content.decode()
    )


def test_les_pages_coutent_autant_avec_trois_sequences(
    client_de: Callable[..., Any],
    classe: Classe,
    sequence: Sequence,
    ines: Inscription,
    enseignante: Utilisateur,
    django_assert_num_queries: Any,
    django_assert_max_num_queries: Any,
) -> None:
    client = client_de(enseignante)
    adresses = [page("progression", classe), page("couverture", classe), page("sequence", sequence)]
    adresses.append(reverse("evaluations:sequence_modeles"))
    Sequence.objects.update(est_modele=True)
    comptes = []
    for adresse in adresses:
        with django_assert_max_num_queries(24) as comptees:
            client.get(adresse)
        comptes.append(len(comptees))
    for rang in (2, 3):
        autre = fabriquer_sequence(classe, enseignante, rang, 4, intitule=f"Autre {rang}", est_modele=True)
        for code, cible in ((f"X{rang}", autre), (f"Y{rang}", sequence)):
            situation = fabriquer_situation(classe, enseignante, ["C8.1"], code)
            Situation.objects.filter(pk=situation.pk).update(sequence=cible)
            _positionner(situation, ines, enseignante, "C8.1")
    for adresse, compte in zip(adresses, comptes, strict=True):
        with django_assert_num_queries(compte):
            client.get(adresse)


def _positionner(situation: Situation, inscription: Inscription, auteur: Utilisateur, code: str) -> None:
    Positionnement.objects.create(
        situation=situation,
        inscription=inscription,
        detaillee=detail(code),
        niveau=2,
        auteur=auteur,
        modifie_le=situation.cree_le,
    )


def test_la_couverture_compte_le_temps_et_les_preuves_de_chaque_option(
    client_de: Callable[..., Any],
    classe: Classe,
    sequence: Sequence,
    ines: Inscription,
    enseignante: Utilisateur,
    option_rsp: Option,
    option_rmo: Option,
) -> None:
    situation = sequence.situations.get()
    parallele = fabriquer_classe(classe.centre, classe.version)
    # La même situation dans la classe d'à côté, et une autre dont la durée est connue.
    for autre_classe, code, duree, codes in ((parallele, "S4", None, ["C6.1", "C7.3"]), (classe, "S9", 10, ["C6.1"])):
        fabriquer_situation(autre_classe, enseignante, codes, code)
        Situation.objects.filter(classe=autre_classe, code=code).update(sequence=sequence, duree_heures=duree)
    _positionner(situation, ines, enseignante, "C6.1")
    lue = couverture_de(cohorte_par(classe), option_rsp)
    lignes = {une.code: une for competence in lue.competences for une in competence.detaillees}
    # 30 h de séquence moins les 10 h de S9 : 20 h pour S4, que la classe d'à côté ne réduit pas.
    assert (lignes["C6.1"].heures, lignes["C7.3"].heures) == (20.0, 10.0)
    assert (lignes["C6.1"].etat, lignes["C7.3"].etat) == ("évaluée une seule fois", "jamais évaluée")
    assert (lignes["C1.1"].etat, lignes["C8.1"].etat) == ("seulement mobilisée", "jamais travaillée")
    competences = {une.code: une for une in lue.competences}
    assert (competences["C6"].part_temps, competences["C7"].part_temps) == (67, 33)
    assert (competences["C6"].part_poids, competences["C6"].poids) == (47, 22)
    assert [une.code for une in lue.en_retrait][:1] == ["C1"]
    assert lue.sans_duree == ()
    assert "C9.4" not in lignes
    # Inès est RSP : rien n'est relevé pour les RMO.
    assert couverture_de(cohorte_par(classe), option_rmo).une_seule_fois == []
    contenu = client_de(enseignante).get(page("couverture", classe), {"option": "RMO"}).content.decode()
    assert ("C9.4" in contenu, contenu.count("<svg") >= 3) == (True, True)


def test_une_sequence_s_ecrit_et_le_conflit_se_montre(
    client_de: Callable[..., Any], classe: Classe, enseignante: Utilisateur, inspecteur: Utilisateur
) -> None:
    situation = fabriquer_situation(classe, enseignante, ["C6.1"])
    client, creer = client_de(enseignante), page("sequence_creer", classe)
    assert client.get(creer).status_code == 200
    refus = client.post(creer, saisie(classe, 6, 5, intitule=""))
    assert refus.status_code == 422
    assert refus.content.decode().count("invalid-feedback") >= 2
    assert client.post(creer, saisie(classe, situations=[situation.pk])).status_code == 302
    sequence = Sequence.objects.get()
    assert sequence.situations.get() == situation
    assert client.post(creer, saisie(classe)).status_code == 422
    modifier = page("sequence_modifier", sequence)
    assert "Porte-outil" in client.get(modifier).content.decode()
    assert client.post(modifier, saisie(classe, objectifs="Tourner", version=1)).status_code == 302
    perdue = client.post(modifier, saisie(classe, objectifs="Fraiser", version=1))
    assert (perdue.status_code, "a été modifiée" in perdue.content.decode()) == (422, True)
    assert client_de(inspecteur).get(modifier).status_code == 404
    journal = client.get(page("journal_sequence", sequence)).content.decode()
    assert ("a créé une séquence" in journal, "a modifié une séquence" in journal) == (True, True)
    supprimer = page("sequence_supprimer", sequence)
    assert client.get(supprimer).status_code == 200
    encore_pleine = client.post(modifier, saisie(classe, situations=[situation.pk], version=2))
    assert encore_pleine.status_code == 302
    assert client.post(supprimer).status_code == 422
    Situation.objects.update(sequence=None)
    assert client.post(supprimer).status_code == 302
    assert not Sequence.objects.exists()


def test_un_modele_se_lit_et_se_copie_d_un_autre_centre(
    client_de: Callable[..., Any],
    classe: Classe,
    sequence: Sequence,
    etranger: Utilisateur,
    enseignante: Utilisateur,
    compte_apprenant: Utilisateur,
    centre_b: Centre,
) -> None:
    fiche, copier = page("sequence", sequence), page("sequence_copier", sequence)
    chez_nous = client_de(enseignante).get(fiche).content.decode()
    assert page("grille", sequence.situations.get()) in chez_nous
    client = client_de(etranger)
    assert (client.get(fiche).status_code, client.get(copier).status_code) == (404, 404)
    Sequence.objects.update(est_modele=True)
    ailleurs = client.get(fiche).content.decode()
    assert ("Serrer sans marquer" in ailleurs, page("grille", sequence.situations.get()) in ailleurs) == (True, False)
    assert ("Hélène Faye" in chez_nous, "Hélène Faye" in ailleurs) == (True, False)
    assert client_de(compte_apprenant).get(fiche).status_code == 404
    assert client.get(page("sequence_modifier", sequence)).status_code == 404
    assert "Aucune cohorte" in client.get(copier).content.decode()
    fabriquer_classe(centre_b, classe.version, annee_scolaire=2026, session=2027)
    assert client.post(copier, {"intitule": "", "cohorte": 0}).status_code == 422
    envoi = {"intitule": "Étau de modélisme", "cohorte": 0, "avec_situations": "on"}
    assert client.post(copier, envoi).status_code == 302
    copie = Sequence.objects.get(centre=centre_b)
    assert copie.situations.get().debut == date(2027, 3, 12)
    assert client.post(copier, envoi).status_code == 422


def test_une_sequence_s_imprime(client_de: Callable[..., Any], sequence: Sequence, inspecteur: Utilisateur) -> None:
    reponse = client_de(inspecteur).get(page("sequence_pdf", sequence))
    assert reponse.content.startswith(b"%PDF")
