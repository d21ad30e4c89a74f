"""Le parcours d'un apprenant : toutes ses preuves, ses meilleurs niveaux, aucune note, personne d'autre."""

import re
from collections.abc import Callable
from datetime import date

import pytest
from django.urls import reverse

from centres.enums import Role
from centres.models import Classe, Inscription, Utilisateur
from evaluations.models import Positionnement
from evaluations.queries.parcours import Filtre, filtrer, parcours_de
from referentiel.models import Option
from tests.client_strict import ClientStrict
from tests.evaluations.donnees_de_test import positionner, une_situation
from tests.fabriques import fabriquer_centre, fabriquer_classe, fabriquer_inscription, fabriquer_personne

ClientDe = Callable[[Utilisateur], ClientStrict]


@pytest.fixture
def preuves(enseignante: Utilisateur, classe: Classe, ines: Inscription, lucas: Inscription) -> list[Positionnement]:
    """Inès : C7.1 à 2 puis 4 en entreprise, C7.2 à 3, C7.3 absente ; Lucas : C7.1 à 1."""
    certificative = une_situation(enseignante, classe)
    formative = une_situation(
        enseignante,
        classe,
        code="S2",
        titre="Montage chez MécaLoire",
        nature="formative",
        lieu="entreprise",
        entreprise="MécaLoire",
        debut=date(2025, 11, 3),
        fin=None,
        evaluees=("C7.1", "C8.1"),
        mobilisees=(),
        espaces=(),
    )
    return [
        positionner(certificative, ines, "C7.1", 2),
        positionner(certificative, ines, "C7.2", 3),
        positionner(certificative, ines, "C7.3", etat="ABJ"),
        positionner(formative, ines, "C7.1", 4),
        positionner(formative, ines, "C8.1"),
        positionner(certificative, lucas, "C7.1", 1),
    ]


def adresse(inscription: Inscription, onglet: str = "preuves") -> str:
    return reverse("evaluations:parcours", args=[inscription.apprenant_id]) + f"?onglet={onglet}"


def test_toutes_les_preuves_la_plus_recente_d_abord(
    enseignante: Utilisateur, ines: Inscription, preuves: list[Positionnement]
) -> None:
    jalons = parcours_de(enseignante, ines.apprenant).jalons
    assert [
        (j.code, j.nature, j.lieu, [(p.code, p.valeur, p.est_retenue) for g in j.competences for p in g.preuves])
        for j in jalons
    ] == [
        ("S1", "certificative", "en centre", [("C7.1", 2, False), ("C7.2", 3, True), ("C7.3", "ABJ", False)]),
        ("S2", "formative", "en entreprise, MécaLoire", [("C7.1", 4, True)]),
    ]


def test_le_meilleur_niveau_compte_toutes_les_preuves(
    enseignante: Utilisateur, ines: Inscription, preuves: list[Positionnement]
) -> None:
    competences = parcours_de(enseignante, ines.apprenant).competences
    assert [c.code for c in competences] == [f"C{numero}" for numero in range(1, 13)]
    c7 = competences[6]
    assert c7.retenu is not None
    assert (c7.retenu.niveau, c7.retenu.situation, c7.observees, len(c7.detaillees)) == (4, "S2", 2, 3)
    assert competences[7].retenu is None


def test_c9_4_ne_parait_que_pour_l_option_rmo(enseignante: Utilisateur, ines: Inscription, aicha: Inscription) -> None:
    def codes(inscription: Inscription) -> list[str]:
        return [d.code for c in parcours_de(enseignante, inscription.apprenant).competences for d in c.detaillees]

    assert "C9.4" not in codes(ines)
    assert "C9.4" in codes(aicha)
    assert (len(codes(ines)), len(codes(aicha))) == (57, 58)


def test_apres_un_changement_d_option_un_niveau_reste_a_son_libelle(
    enseignante: Utilisateur, classe: Classe, ines: Inscription, option_rmo: Option
) -> None:
    situation = une_situation(enseignante, classe)
    positionner(situation, ines, "C7.1", 2)
    positionner(situation, ines, "C7.3", 4)
    fabriquer_inscription(classe, option_rmo, apprenant=ines.apprenant, debut=date(2026, 3, 1))
    parcours = parcours_de(enseignante, ines.apprenant)
    c7 = parcours.competences[6]
    assert [(d.code, d.retenu.niveau if d.retenu else None) for d in c7.detaillees] == [
        ("C7.1", 2),
        ("C7.2", None),
        ("C7.3", None),
    ]
    assert c7.retenu is not None
    assert c7.retenu.niveau == 2
    (groupe,) = parcours.jalons[0].competences
    assert [(preuve.code, preuve.valeur) for preuve in groupe.preuves] == [("C7.1", 2), ("C7.3", 4)]


def test_les_filtres_reduisent_la_chronologie(
    enseignante: Utilisateur, ines: Inscription, preuves: list[Positionnement]
) -> None:
    jalons = parcours_de(enseignante, ines.apprenant).jalons

    def codes(filtre: Filtre) -> list[str]:
        return [jalon.code for jalon in filtrer(jalons, filtre)]

    assert codes(Filtre()) == ["S1", "S2"]
    assert codes(Filtre(periode="Terminale S1")) == ["S2"]
    assert codes(Filtre(bloc=2)) == ["S1", "S2"]
    assert codes(Filtre(bloc=1)) == []
    assert codes(Filtre(competence="C7", periode="Terminale S2")) == ["S1"]
    assert codes(Filtre(endroit="entreprise")) == ["S2"]
    assert codes(Filtre(endroit="centre", competence="C7")) == ["S1"]
    assert codes(Filtre(endroit="seconde")) == []


def test_l_apprenant_voit_les_siens_sans_observation_ni_lien(
    compte_apprenant: Utilisateur, ines: Inscription, preuves: list[Positionnement], client_de: ClientDe
) -> None:
    Positionnement.objects.filter(pk=preuves[0].pk).update(observation="Cherche ses repères.")
    page = client_de(compte_apprenant).get(adresse(ines)).content.decode()
    assert "Mon parcours" in page
    assert "Montage chez MécaLoire" in page
    assert "Cherche ses repères." not in page
    assert reverse("evaluations:situation", args=[preuves[0].situation_id]) not in page


def test_l_apprenant_ne_voit_pas_son_voisin(
    compte_apprenant: Utilisateur, lucas: Inscription, preuves: list[Positionnement], client_de: ClientDe
) -> None:
    assert client_de(compte_apprenant).get(adresse(lucas)).status_code == 404


@pytest.mark.parametrize("role", ["etranger", "administrateur", "ancien", "sans_affectation"])
def test_hors_de_l_equipe_le_parcours_n_existe_pas(
    role: str,
    ines: Inscription,
    preuves: list[Positionnement],
    client_de: ClientDe,
    request: pytest.FixtureRequest,
) -> None:
    assert client_de(request.getfixturevalue(role)).get(adresse(ines)).status_code == 404


@pytest.mark.parametrize("role", ["enseignante", "referent", "ddfpt", "chef", "membre_commission", "inspecteur"])
def test_l_equipe_et_les_lecteurs_voient_le_parcours_et_les_observations(
    role: str,
    ines: Inscription,
    preuves: list[Positionnement],
    client_de: ClientDe,
    request: pytest.FixtureRequest,
) -> None:
    Positionnement.objects.filter(pk=preuves[0].pk).update(observation="Cherche ses repères.")
    page = client_de(request.getfixturevalue(role)).get(adresse(ines)).content.decode()
    assert "Cherche ses repères." in page
    assert reverse("evaluations:situation", args=[preuves[0].situation_id]) in page


def test_aucune_note_nulle_part(
    compte_apprenant: Utilisateur, ines: Inscription, preuves: list[Positionnement], client_de: ClientDe
) -> None:
    client = client_de(compte_apprenant)
    for onglet in ("niveaux", "progression", "preuves"):
        page = client.get(adresse(ines, onglet)).content.decode().lower()
        for mot in ("note propos", "note calc", "note arrond", "sur 20", "poids", "jury"):
            assert mot not in page
        assert re.search(r"/ ?20\b", page) is None


def test_ce_qui_s_est_passe_dans_un_centre_que_l_on_ne_voit_pas_reste_la_bas(
    enseignante: Utilisateur,
    ines: Inscription,
    option_rsp: Option,
    preuves: list[Positionnement],
    client_de: ClientDe,
) -> None:
    centre_c = fabriquer_centre("Lycée C")
    ailleurs = fabriquer_classe(centre_c, ines.classe.version, nom="Seconde C", annee_scolaire=2023, annee_cycle=1)
    ancienne = fabriquer_inscription(
        ailleurs, option_rsp, apprenant=ines.apprenant, debut=date(2023, 9, 1), fin=date(2024, 8, 31)
    )
    professeur = fabriquer_personne("professeur_c", Role.ENSEIGNANT, centre_c)
    situation = une_situation(
        professeur, ailleurs, code="S9", titre="Perçage", nature="formative", debut=date(2024, 3, 4), fin=None
    )
    positionner(situation, ancienne, "C7.1", 4)
    assert "Perçage" not in client_de(enseignante).get(adresse(ines)).content.decode()
    assert [j.code for j in parcours_de(professeur, ines.apprenant).jalons] == ["S9"]


def test_un_filtre_inconnu_est_ignore(
    enseignante: Utilisateur, ines: Inscription, preuves: list[Positionnement], client_de: ClientDe
) -> None:
    filtres = {"bloc": "x", "competence": "C99", "periode": "Terminale S1", "endroit": "lune"}
    reponse = client_de(enseignante).get(reverse("evaluations:parcours", args=[ines.apprenant_id]), filtres)
    assert reponse.context["onglet"] == "preuves"
    assert [jalon.code for jalon in reponse.context["jalons"]] == ["S2"]


def test_sans_preuve_la_page_dit_quoi_faire(enseignante: Utilisateur, ines: Inscription, client_de: ClientDe) -> None:
    assert "Aucun niveau pour l'instant" in client_de(enseignante).get(adresse(ines)).content.decode()
