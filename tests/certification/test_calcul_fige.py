"""Ce qu'une proposition garde : `noter` sur ses entrées rend son résultat, hors de l'application."""

import json
from collections.abc import Mapping
from datetime import date, timedelta
from fractions import Fraction
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from certification.bareme import Arrondi, Granularite, NonEvalue, ParametresGrille
from certification.dossier_json import epreuve_des_faits, figer_le_calcul, noter_json, observations_figees
from evaluations.synthese import Observation
from referentiel.faits import lire_faits

FAITS = lire_faits(Path(__file__).parents[2] / "fixtures/referentiel/trpm.yaml")
DEBUT = date(2026, 1, 5)


@st.composite
def dossiers(draw: st.DrawFn) -> tuple[str, str, list[Observation], ParametresGrille, Mapping[str, int], Fraction]:
    option, code = draw(st.sampled_from(["RSP", "RMO"])), draw(st.sampled_from(["E2", "E31", "E32"]))
    epreuve = epreuve_des_faits(FAITS, option, code)
    valeurs = st.sampled_from([1, 2, 3, 4, "NE", "ABJ", None])
    observations = []
    # Deux situations de deux classes peuvent porter le même code.
    for cle, nom in enumerate(draw(st.lists(st.sampled_from(["S1", "S2"]), max_size=3)), start=1):
        debut = DEBUT + timedelta(days=draw(st.integers(0, 3)))
        for competence in epreuve.competences:
            for detaillee in competence.detaillees:
                valeur = draw(valeurs)
                observations.append(
                    Observation(
                        situation=nom,
                        date=debut,
                        detaillee=detaillee,
                        niveau=valeur if isinstance(valeur, int) else None,
                        etat=valeur if isinstance(valeur, str) else None,
                        auteur="Hélène Faye",
                        certificative=True,
                        epreuves=frozenset({code, "E2"}),
                        cle=cle,
                    )
                )
    bonus = draw(st.sampled_from([Fraction(0), Fraction(1, 2)]))
    parametres = ParametresGrille(
        poids=FAITS.poids_de(option, code),
        points=draw(st.sampled_from([{1: 0, 2: 1, 3: 2, 4: 3}, {1: 0, 2: 1, 3: Fraction(5, 2), 4: 4}])),  # type: ignore[dict-item]
        granularite=draw(st.sampled_from(list(Granularite))),
        non_evalue=draw(st.sampled_from(list(NonEvalue))),
        arrondi=draw(st.sampled_from(list(Arrondi))),
        bonus_max=Fraction(1),
        seuil_commentaire=draw(st.sampled_from([Fraction(8), Fraction(10)])),
    )
    codes = st.sampled_from([competence.code for competence in epreuve.competences])
    positions = draw(st.dictionaries(codes, st.integers(1, 4), max_size=2))
    return option, code, observations, parametres, positions, bonus


@settings(max_examples=60, deadline=None)
@given(dossiers())
def test_noter_sur_les_entrees_rend_le_resultat(dossier) -> None:
    option, code, observations, parametres, positions, bonus = dossier
    epreuve = epreuve_des_faits(FAITS, option, code)
    entrees, resultat = figer_le_calcul(option, epreuve, observations, parametres, positions, bonus)
    assert "Faye" not in json.dumps(entrees, ensure_ascii=False)
    assert json.loads(noter_json(json.dumps(entrees).encode(), FAITS)) == json.loads(json.dumps(resultat))


def test_deux_situations_de_meme_code_se_distinguent() -> None:
    communs = {"situation": "S1", "detaillee": "C1.1", "certificative": True, "epreuves": frozenset({"E2"})}
    seconde = Observation(date=DEBUT + timedelta(days=1), niveau=3, cle=1, **communs)
    premiere = Observation(date=DEBUT, niveau=2, cle=2, **communs)
    assert [o.situation for o in observations_figees([seconde, premiere], "E2")] == ["S1 (2)", "S1"]
