"""Le livret : où il en est de ce qui est attendu, sa progression par semestre, un PDF ; constant en requêtes."""

import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from centres.models import Centre, Classe, Inscription, Utilisateur
from evaluations.documents.livret import contexte_livret, html_livret
from evaluations.models import Positionnement, Situation
from evaluations.queries.livret import LigneLivret, livret_de
from evaluations.queries.parcours import parcours_de
from referentiel.models import CompetenceDetaillee, Option
from tests.client_strict import ClientStrict, sans_variable_indefinie
from tests.evaluations.donnees_de_test import positionner, une_situation
from tests.evaluations.fabrique_progression import fabriquer_auto_evaluation, fabriquer_echelle
from tests.fabriques import fabriquer_classe, fabriquer_inscription

ClientDe = Callable[[Utilisateur], ClientStrict]
FEVRIER = date(2026, 3, 2)
REQUETES_AU_PLUS = 12


@pytest.fixture
def trois_ans(
    centre_a: Centre, classe: Classe, ines: Inscription, option_rsp: Option, enseignante: Utilisateur
) -> Inscription:
    """C7 : 1 en Seconde S1, 3 en Première S2, 2 en Terminale S2 ; C8 : 2 en entreprise ; attendu 2, 3 puis 4."""
    for annee_cycle, jour, niveau in ((1, date(2023, 10, 10), 1), (2, date(2025, 4, 10), 3)):
        autre = fabriquer_classe(
            centre_a, classe.version, annee_scolaire=2022 + annee_cycle, annee_cycle=annee_cycle, session=2026
        )
        inscription = fabriquer_inscription(
            autre,
            option_rsp,
            apprenant=ines.apprenant,
            debut=date(2022 + annee_cycle, 9, 1),
            fin=date(2023 + annee_cycle, 8, 31),
        )
        situation = une_situation(
            enseignante, autre, code=f"F{annee_cycle}", nature="formative", debut=jour, fin=None, espaces=()
        )
        positionner(situation, inscription, "C7.1", niveau)
    positionner(une_situation(enseignante, classe), ines, "C7.2", 2)
    entreprise = une_situation(
        enseignante,
        classe,
        code="E1",
        nature="formative",
        lieu="entreprise",
        entreprise="MécaLoire",
        evaluees=("C8.1",),
        mobilisees=(),
        espaces=(),
    )
    observe = positionner(entreprise, ines, "C8.1", 2)
    Positionnement.objects.filter(pk=observe.pk).update(observation="Cherche ses repères.")
    fabriquer_echelle(classe, enseignante, {("C7.1", 1): 2, ("C7.1", 4): 3, ("C7.1", 6): 4, ("C8.1", 3): 1})
    fabriquer_auto_evaluation(ines, "C7", 4, commentaire="J'ai réglé seule")
    return ines


def lignes_de(utilisateur: Utilisateur, inscription: Inscription) -> dict[str, LigneLivret]:
    return {une.code: une for une in livret_de(utilisateur, inscription.apprenant, FEVRIER).lignes}


def test_le_niveau_se_lit_face_a_la_periode_et_a_la_fin_du_cycle(
    enseignante: Utilisateur, trois_ans: Inscription
) -> None:
    lignes = lignes_de(enseignante, trois_ans)
    c7, c8, c1 = lignes["C7"], lignes["C8"], lignes["C1"]
    assert c7.ecart is not None
    assert (c7.meilleur, c7.ecart.periode, c7.ecart.fin, c7.est_en_dessous) == (3, 4, 4, True)
    assert c8.ecart is not None
    assert (c8.ecart.phrase, c8.est_en_dessous) == ("niveau 1 attendu, dépassé", False)
    assert (c1.meilleur, c1.est_en_dessous) == (None, False)
    # Le même niveau que partout ailleurs : il se définit à un seul endroit.
    meilleurs = {une.code: une.retenu for une in parcours_de(enseignante, trois_ans.apprenant).competences}
    assert {code: ligne.niveau.retenu for code, ligne in lignes.items()} == meilleurs


def test_la_progression_ne_redescend_pas_et_chaque_semestre_dit_ce_qu_il_a_montre(
    enseignante: Utilisateur, trois_ans: Inscription
) -> None:
    etapes = lignes_de(enseignante, trois_ans)["C7"].etapes
    assert [(e.montre.niveau if e.montre else None, e.atteint, e.attendu, e.est_en_progres) for e in etapes] == [
        (1, 1, 2, True),
        (None, 1, 2, False),
        (None, 1, 2, False),
        (3, 3, 3, True),
        (None, 3, 3, False),
        (2, 3, 4, False),
    ]
    assert [e.periode for e in etapes][::5] == ["Seconde S1", "Terminale S2"]


def test_l_auto_evaluation_se_lit_a_cote_sans_rien_changer(enseignante: Utilisateur, trois_ans: Inscription) -> None:
    ligne = lignes_de(enseignante, trois_ans)["C7"]
    assert ligne.auto is not None
    assert (ligne.auto.niveau, ligne.meilleur, ligne.etapes[-1].atteint) == (4, 3, 3)


def test_les_pages_disent_tout_a_l_equipe_et_sans_observation_a_l_apprenant(
    client_de: ClientDe, enseignante: Utilisateur, compte_apprenant: Utilisateur, trois_ans: Inscription
) -> None:
    adresse = reverse("evaluations:parcours", args=[trois_ans.apprenant_id])
    for personne, voit in ((enseignante, True), (compte_apprenant, False)):
        client = client_de(personne)
        niveaux = client.get(adresse).content.decode()
        assert "J&#x27;ai réglé seule" in niveaux
        assert "niveau 4 attendu, en dessous" in niveaux
        assert "fin de cycle : niveau 4" in niveaux
        assert niveaux.count("graphique-jauge") == 12
        progression = client.get(adresse, {"onglet": "progression"}).content.decode()
        assert progression.count("graphique-courbe") == 12
        assert "Seconde S1 : niveau 1 ; " in progression
        preuves = client.get(adresse, {"onglet": "preuves", "endroit": "entreprise"}).content.decode()
        assert "MécaLoire" in preuves
        assert ("Cherche ses repères." in preuves) is voit
        assert "M'auto-évaluer" not in niveaux if voit else "M'auto-évaluer" in niveaux


def test_le_livret_s_imprime_sans_observation_ni_note(
    client_de: ClientDe, compte_apprenant: Utilisateur, enseignante: Utilisateur, trois_ans: Inscription, tmp_path: Any
) -> None:
    livret = livret_de(enseignante, trois_ans.apprenant, FEVRIER)
    with sans_variable_indefinie():
        html = html_livret(contexte_livret(livret, trois_ans.apprenant))
    assert "Cherche ses repères." not in html
    reponse = client_de(compte_apprenant).get(reverse("evaluations:livret_pdf", args=[trois_ans.apprenant_id]))
    assert reponse["Content-Type"] == "application/pdf"
    assert "no-store" in reponse["Cache-Control"]
    fichier = tmp_path / "livret.pdf"
    fichier.write_bytes(reponse.content)
    texte = " ".join(subprocess.check_output(["pdftotext", "-layout", fichier, "-"], text=True).split())
    for attendu in ("Livret de suivi", "niveau 4 attendu", "Preuves par période", "MécaLoire", "Seconde S1", "/3"):
        assert attendu in texte
    assert "Page 1/3" in texte
    for interdit in ("note", "jury", "repères"):
        assert interdit not in texte.lower().replace("repère face", "")


@contextmanager
def requetes() -> Iterator[CaptureQueriesContext]:
    with CaptureQueriesContext(connection) as lues:
        yield lues


def test_soixante_situations_et_mille_cinq_cents_positionnements_en_douze_requetes(
    client_de: ClientDe, enseignante: Utilisateur, compte_apprenant: Utilisateur, trois_ans: Inscription
) -> None:
    adresse = reverse("evaluations:parcours", args=[trois_ans.apprenant_id])
    client, onglets = client_de(enseignante), ("niveaux", "progression", "preuves")
    with requetes() as avec_quatre:
        for onglet in onglets:
            client.get(adresse, {"onglet": onglet})
    _beaucoup(trois_ans, enseignante)
    assert len(parcours_de(enseignante, trois_ans.apprenant).jalons) == 64
    with requetes() as avec_soixante:
        for onglet in onglets:
            assert client.get(adresse, {"onglet": onglet}).status_code == 200
    assert len(avec_soixante) == len(avec_quatre) <= REQUETES_AU_PLUS * len(onglets)
    apprenant = client_de(compte_apprenant)
    with requetes() as lues:
        apprenant.get(adresse)
    assert len(lues) <= REQUETES_AU_PLUS


def _beaucoup(inscription: Inscription, auteur: Utilisateur) -> None:
    classe = inscription.classe
    periodes = list(classe.version.periodes.order_by("ordre"))
    detaillees = list(
        CompetenceDetaillee.objects.filter(competence__version=classe.version).de_l_option(inscription.option)[:25]
    )
    situations = Situation.objects.bulk_create(
        Situation(
            classe=classe,
            code=f"M{rang}",
            titre="Série",
            debut=date(2025, 9, 1) + timedelta(days=rang),
            nature="formative",
            lieu="centre",
            periode=periodes[rang % len(periodes)],
            auteur=auteur,
        )
        for rang in range(60)
    )
    Positionnement.objects.bulk_create(
        Positionnement(
            situation=situation,
            inscription=inscription,
            detaillee=detaillee,
            niveau=1 + (situation.pk + detaillee.pk) % 4,
            auteur=auteur,
            modifie_le=timezone.now(),
        )
        for situation in situations
        for detaillee in detaillees
    )
