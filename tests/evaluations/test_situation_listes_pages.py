"""Les listes de situations : celle d'une classe, son avancement, et la bibliothèque de l'équipe."""

from collections.abc import Callable
from datetime import date

import pytest
from django.urls import reverse

from centres.models import Classe, Inscription, Utilisateur
from evaluations.models import Situation
from evaluations.queries.grille import grille_de
from tests.client_strict import ClientStrict
from tests.evaluations.donnees_de_test import positionner, une_situation

ClientDe = Callable[[Utilisateur], ClientStrict]


@pytest.fixture
def situation(enseignante: Utilisateur, classe: Classe) -> Situation:
    return une_situation(enseignante, classe)


def test_la_liste_groupe_par_periode_ou_par_epreuve(
    enseignante: Utilisateur, classe: Classe, situation: Situation, client_de: ClientDe
) -> None:
    une_situation(
        enseignante, classe, code="S2", debut=date(2025, 10, 6), fin=None, nature="formative", epreuves=("E2", "E31")
    )
    client = client_de(enseignante)
    adresse = reverse("evaluations:situations", args=[classe.pk])
    groupes = client.get(adresse).context["groupes"]
    assert [(g.titre, [li.situation.code for li in g.lignes]) for g in groupes] == [
        ("Terminale S2", ["S1"]),
        ("Terminale S1", ["S2"]),
    ]
    groupes = client.get(adresse, {"par": "epreuve"}).context["groupes"]
    assert [(g.titre[:3].strip(), [li.situation.code for li in g.lignes]) for g in groupes] == [
        ("E2", ["S2"]),
        ("E31", ["S1", "S2"]),
    ]


def test_l_avancement_compte_les_cases_de_l_option_de_chacun(
    enseignante: Utilisateur, classe: Classe, inscriptions: list[Inscription], client_de: ClientDe
) -> None:
    situation = une_situation(enseignante, classe, epreuves=("E31",), evaluees=("C7.3", "C9.1", "C9.4"))
    ines, aicha, _ = inscriptions
    positionner(situation, ines, "C7.3", 3)
    positionner(situation, aicha, "C9.4", etat="ABJ")
    positionner(situation, aicha, "C9.1")
    page = client_de(enseignante).get(reverse("evaluations:situations", args=[classe.pk]))
    (ligne,) = page.context["groupes"][0].lignes
    # Deux RSP de deux cases, une RMO de trois ; une case vidée n'est pas remplie.
    assert (ligne.cases_remplies, ligne.cases) == (2, 7)


def test_l_avancement_compte_les_memes_lignes_que_la_grille(
    enseignante: Utilisateur, classe: Classe, ines: Inscription, lucas: Inscription, client_de: ClientDe
) -> None:
    situation = une_situation(enseignante, classe)
    positionner(situation, ines, "C7.1", 3)
    # Ni l'un ni l'autre n'est là en février ; Inès y est pourtant déjà positionnée.
    Inscription.objects.filter(pk__in=[ines.pk, lucas.pk]).update(fin=date(2025, 12, 19))
    page = client_de(enseignante).get(reverse("evaluations:situation", args=[situation.pk]))
    assert page.context["avancement"] == (1, 3)
    assert [ligne.inscription for ligne in grille_de(situation).lignes] == [ines.pk]


def test_la_bibliotheque_cherche_par_mots_epreuve_competence_et_nature(
    enseignante: Utilisateur, classe: Classe, situation: Situation, client_de: ClientDe
) -> None:
    une_situation(
        enseignante,
        classe,
        code="S2",
        titre="Maintenance du tour",
        nature="formative",
        epreuves=("E32",),
        taches=(),
        evaluees=("C11.1",),
        mobilisees=(),
        ressources=(),
    )
    client = client_de(enseignante)
    adresse = reverse("evaluations:bibliotheque")

    def codes(**recherche: str) -> list[str]:
        return [s.code for s in client.get(adresse, recherche).context["page"]]

    assert codes() == ["S1", "S2"]
    assert codes(q="étau montage") == ["S1"]
    assert codes(q="fraiseuse") == ["S1"]
    assert codes(epreuve="E32") == ["S2"]
    assert codes(competence="C6") == ["S1"]
    assert codes(competence="C11", nature="formative") == ["S2"]
    assert codes(nature="certificative", epreuve="E32") == []
    assert codes(epreuve="E999") == ["S1", "S2"]
    assert client.get(adresse, {"q": "rien de tel"}).status_code == 200


def test_la_bibliotheque_se_feuillette_en_gardant_ses_filtres(
    enseignante: Utilisateur, classe: Classe, client_de: ClientDe
) -> None:
    for numero in range(1, 23):
        une_situation(enseignante, classe, code=f"S{numero}")
    page = client_de(enseignante).get(reverse("evaluations:bibliotheque"), {"q": "étau", "page": "2"})
    assert [s.code for s in page.context["page"]] == ["S8", "S9"]
    assert "?page=1&amp;q=%C3%A9tau" in page.content.decode()
