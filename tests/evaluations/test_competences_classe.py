"""La carte de chaleur d'une classe : un niveau par case, ce qui manque ou reste en dessous ; l'aide au LSL Pro."""

import re
from collections.abc import Callable
from datetime import date
from io import BytesIO
from typing import Any

import pytest
from django.urls import reverse
from django.utils import timezone
from openpyxl import load_workbook

from centres.models import Classe, Inscription, Utilisateur
from evaluations.enums import EtatBilan
from evaluations.models import Positionnement, Situation
from evaluations.queries.niveaux_classe import FiltreClasse, tableau_de_la_classe
from evaluations.queries.parcours import parcours_de
from evaluations.services.donnees import periode_du
from referentiel.models import Option
from tests.client_strict import ClientStrict
from tests.evaluations.fabrique_grille import fabriquer_situation, remplir_la_classe
from tests.evaluations.fabrique_progression import fabriquer_bilan, fabriquer_campagne, fabriquer_echelle

ClientDe = Callable[[Utilisateur], ClientStrict]
JOUR = date(2026, 4, 15)


def positionner(situation: Situation, inscription: Inscription, niveaux: dict[str, int]) -> None:
    for code, niveau in niveaux.items():
        detaillee = situation.evaluees.filter(code=code, option__in=[inscription.option_id]) or (
            situation.evaluees.filter(code=code, option=None)
        )
        Positionnement.objects.create(
            situation=situation,
            inscription=inscription,
            detaillee=detaillee[0],
            niveau=niveau,
            auteur=situation.auteur,
            modifie_le=timezone.now(),
        )


@pytest.fixture
def observee(classe: Classe, inscriptions: list[Inscription], situation_e31: Situation) -> Classe:
    """Inès : C6 à 3, C8 à 1 ; Aïcha : C7 à 2 ; Lucas : rien. L'échelle attend 2 en C6, 3 en C8."""
    positionner(situation_e31, inscriptions[0], {"C6.1": 3, "C8.1": 1})
    positionner(situation_e31, inscriptions[1], {"C7.3": 2})
    fabriquer_echelle(classe, situation_e31.auteur, {("C6.1", 5): 2, ("C8.1", 6): 3})
    return classe


def test_chaque_case_dit_le_niveau_du_parcours_et_l_ecart_a_l_attendu(
    enseignante: Utilisateur, observee: Classe, inscriptions: list[Inscription]
) -> None:
    tableau = tableau_de_la_classe(enseignante, observee, periode_du(observee, JOUR), JOUR)
    lignes = {ligne.inscription.apprenant.nom: ligne for ligne in tableau.lignes}
    ines = {case.code: case for case in lignes["Bernard"].cases}
    assert [(ines[code].niveau, ines[code].est_en_dessous) for code in ("C6", "C8", "C1")] == [
        (3, False),
        (1, True),
        (None, False),
    ]
    assert ines["C8"].attendu == 3
    for ligne in tableau.lignes:
        parcours = parcours_de(enseignante, ligne.inscription.apprenant)
        assert parcours.competences == tuple(
            _sans_auteur(une, autre) for une, autre in zip(ligne.competences, parcours.competences, strict=True)
        )
    colonnes = {une.code: (une.observes, une.total, une.en_dessous, une.attendu) for une in tableau.colonnes}
    assert (colonnes["C6"], colonnes["C8"], colonnes["C7"]) == ((1, 3, 0, "2"), (1, 3, 1, "3"), (1, 3, 0, ""))
    assert [ligne.sans_preuve for ligne in tableau.lignes] == [10, 11, 12]
    assert [(une.epreuve.code, une.situations, une.manque) for une in tableau.epreuves] == [
        ("E2", 0, 2),
        ("E31", 1, 1),
        ("E32", 0, 2),
    ]
    for filtre, noms in (
        (FiltreClasse(montrer="dessous"), ["Bernard"]),
        (FiltreClasse(option="RMO"), ["Çelik"]),
        (FiltreClasse(option="RSP", montrer="vide"), ["Bernard", "Durand"]),
    ):
        assert [ligne.inscription.apprenant.nom for ligne in tableau.reduit(filtre).lignes] == noms


def _sans_auteur(une: Any, autre: Any) -> Any:
    """La carte ne nomme pas les auteurs : tout le reste est ce que montre le parcours."""
    niveaux = [(d.code, d.retenu and (d.retenu.niveau, d.retenu.cle)) for d in une.detaillees]
    assert niveaux == [(d.code, d.retenu and (d.retenu.niveau, d.retenu.cle)) for d in autre.detaillees]
    assert (une.code, une.retenu and une.retenu.niveau) == (autre.code, autre.retenu and autre.retenu.niveau)
    return autre


def test_la_page_ouvre_les_preuves_de_chaque_case_et_se_filtre(
    client_de: ClientDe, enseignante: Utilisateur, observee: Classe, inscriptions: list[Inscription]
) -> None:
    bilan = fabriquer_bilan(
        fabriquer_campagne(observee, enseignante, date(2026, 1, 30)), inscriptions[0], etat=EtatBilan.FORMALISE
    )
    client, adresse = client_de(enseignante), reverse("evaluations:competences_classe", args=[observee.pk])
    page = client.get(adresse).content.decode()
    apprenant = inscriptions[0].apprenant
    assert f"{reverse('evaluations:parcours', args=[apprenant.pk])}?competence=C8#chronologie" in page
    assert "niveau 3 attendu, en dessous" in page
    assert reverse("evaluations:bilan_periode", args=[bilan.pk]) in page
    seuls = client.get(adresse, {"montrer": "dessous", "option": "inconnue"}).content.decode()
    assert ("Bernard Inès" in seuls, "Durand Lucas" in seuls) == (True, False)
    personne = client.get(adresse, {"montrer": "dessous", "option": "RMO"}).content.decode()
    assert "Aucun apprenant ne répond à ce filtre." in personne


def test_la_carte_d_une_classe_de_trente_coute_autant_que_celle_de_trois(
    client_de: ClientDe,
    enseignante: Utilisateur,
    observee: Classe,
    option_rsp: Option,
    option_rmo: Option,
    django_assert_max_num_queries: Any,
) -> None:
    client, adresse = client_de(enseignante), reverse("evaluations:competences_classe", args=[observee.pk])
    periode = periode_du(observee, JOUR)
    client.get(adresse)
    with django_assert_max_num_queries(14) as pour_trois:
        client.get(adresse)
    autre = fabriquer_situation(observee, enseignante, ["C1.1", "C2.1"], code="S9")
    for inscription in remplir_la_classe(observee, [option_rsp, option_rmo], 27):
        positionner(autre, inscription, {"C1.1": 2, "C2.1": 4})
    with django_assert_max_num_queries(14) as pour_trente:
        page = client.get(adresse)
    with django_assert_max_num_queries(8) as lectures:
        tableau_de_la_classe(enseignante, observee, periode, JOUR)
    assert len(pour_trois) == len(pour_trente)
    octets = len(page.content)
    print(f"carte de 30 : {len(lectures)} lectures, {len(pour_trente)} requêtes avec la session, {octets // 1024} ko")


def test_le_lsl_ne_montre_que_les_eleves_et_son_classeur_dit_le_degre(
    client_de: ClientDe, enseignante: Utilisateur, observee: Classe, inscriptions: list[Inscription]
) -> None:
    client = client_de(enseignante)
    page = client.get(reverse("evaluations:lsl", args=[observee.pk])).content.decode()
    assert ("Bernard Inès" in page, "Durand Lucas" in page, "Çelik" in page) == (True, True, False)
    assert "1 apprenti ou stagiaire n&#x27;y est pas" in page or "1 apprenti ou stagiaire n'y est pas" in page
    assert re.findall(r'data-valeur="(\d)"', page) == ["3", "1"]
    classeur = client.get(reverse("evaluations:lsl_xlsx", args=[observee.pk]))
    lignes = list(load_workbook(BytesIO(classeur.content)).active.iter_rows(values_only=True))
    assert [ligne[:3] for ligne in lignes] == [
        ("Nom", "Prénom", "Option"),
        ("Bernard", "Inès", "RSP"),
        ("Durand", "Lucas", "RSP"),
    ]
    assert "3 maîtrisée" in lignes[1]
