"""Les invariants de DOMAINE §6 qui concernent la note, sur des dossiers tirés par hypothesis."""

import datetime
from dataclasses import replace
from decimal import Decimal
from fractions import Fraction
from pathlib import Path

from hypothesis import assume, given, settings
from hypothesis import strategies as st

from certification.dossier_json import epreuve_des_faits
from certification.notation import (
    Arrondi,
    Granularite,
    NonEvalue,
    Origine,
    ParametresGrille,
    arrondir,
    calculer_note,
)
from evaluations.synthese import ETATS, Observation
from referentiel.faits import lire_faits

FAITS = lire_faits(Path(__file__).parents[2] / "fixtures/referentiel/trpm.yaml")
EPREUVES = [epreuve_des_faits(FAITS, option, code) for option in FAITS.options for code in FAITS.epreuves]

VALEURS = st.sampled_from([1, 2, 3, 4, 1, 2, 3, 4, None, *sorted(ETATS)])
NIVEAUX = st.integers(1, 4)
FRACTIONS = st.fractions(min_value=0, max_value=20, max_denominator=12)
NOTES = st.fractions(min_value=0, max_value=20, max_denominator=5000)


def propriete(*strategies):
    """Sans échéance (machines lentes) ni base d'exemples (rien à écrire sur le disque) ; l'exemple est imprimé."""
    return lambda test: settings(max_examples=60, deadline=None, database=None)(given(*strategies)(test))


def detaillees(epreuve):
    return [code for competence in epreuve.competences for code in competence.detaillees]


def observer(epreuve, situation, date, valeurs, *, certificative=True):
    return [
        Observation(
            situation=situation,
            date=date,
            detaillee=code,
            niveau=valeur if isinstance(valeur, int) else None,
            etat=valeur if isinstance(valeur, str) else None,
            certificative=certificative,
            epreuves=frozenset({epreuve.code}),
        )
        for code, valeur in valeurs.items()
    ]


@st.composite
def situations(draw, epreuve, code, certificative=True):
    date = datetime.date(2026, 2, draw(st.integers(1, 4)))
    valeurs = draw(st.dictionaries(st.sampled_from(detaillees(epreuve)), VALEURS))
    return observer(epreuve, code, date, valeurs, certificative=certificative)


@st.composite
def completes(draw, epreuve, code):
    """Une situation où toutes les détaillées ont un niveau."""
    valeurs = {detaillee: draw(NIVEAUX) for detaillee in detaillees(epreuve)}
    return observer(epreuve, code, datetime.date(2026, 2, draw(st.integers(1, 4))), valeurs)


@st.composite
def grilles(draw, epreuve, **imposes):
    points = sorted(draw(st.lists(FRACTIONS, min_size=4, max_size=4)))
    assume(points[3] > 0)
    poids = {c.code: draw(st.one_of(st.just(Fraction(0)), FRACTIONS)) for c in epreuve.competences}
    assume(any(poids.values()))
    valeurs = {
        "granularite": draw(st.sampled_from(Granularite)),
        "non_evalue": draw(st.sampled_from(NonEvalue)),
        "arrondi": draw(st.sampled_from(Arrondi)),
        "bonus_max": draw(st.sampled_from([Fraction(0), Fraction(2), Fraction(30)])),
    }
    return ParametresGrille(poids, dict(enumerate(points, start=1)), **valeurs | imposes)


@st.composite
def dossiers(draw, **imposes):
    """Épreuve, observations, grille, positions de la commission, bonus."""
    epreuve = draw(st.sampled_from(EPREUVES))
    nombre = draw(st.integers(0, 4))
    observations = [
        o for rang in range(nombre) for o in draw(situations(epreuve, f"S{rang}", certificative=draw(st.booleans())))
    ]
    if draw(st.booleans()):
        observations += draw(completes(epreuve, "P1"))
    grille = draw(grilles(epreuve, **imposes))
    positions = draw(st.dictionaries(st.sampled_from([c.code for c in epreuve.competences]), NIVEAUX, max_size=2))
    return epreuve, observations, grille, positions, draw(st.sampled_from([Fraction(0), grille.bonus_max]))


def retenus(resultat):
    return {code: retenu for ligne in resultat.lignes for code, retenu in ligne.retenus.items()}


@propriete(dossiers())
def test_la_note_est_entre_0_et_20_et_exacte(dossier):
    resultat = calculer_note(*dossier)
    assert bool(resultat.motifs) == (resultat.note_exacte is None)
    if resultat.note_exacte is not None:
        assert type(resultat.note_exacte) is Fraction
        assert 0 <= resultat.note_exacte <= 20
        for note in (resultat.note_calculee, resultat.note_arrondie):
            assert type(note) is Decimal
            assert 0 <= note <= 20


@propriete(dossiers(), st.randoms())
def test_l_ordre_des_observations_ne_change_rien(dossier, hasard):
    epreuve, observations, *reste = dossier
    melangees = list(observations)
    hasard.shuffle(melangees)
    assert calculer_note(epreuve, melangees, *reste) == calculer_note(epreuve, observations, *reste)


@propriete(st.data())
def test_ajouter_une_situation_n_abaisse_jamais_un_niveau_retenu(data):
    epreuve, observations, *reste = data.draw(dossiers(granularite=Granularite.COMPETENCE_DETAILLEE))
    ajoutee = data.draw(situations(epreuve, "S9"))
    avant = retenus(calculer_note(epreuve, observations, *reste))
    apres = retenus(calculer_note(epreuve, observations + ajoutee, *reste))
    for code, retenu in avant.items():
        assert apres[code].niveau >= retenu.niveau


@propriete(st.data())
def test_ajouter_une_situation_n_abaisse_jamais_une_note_complete(data):
    epreuve, observations, *reste = data.draw(dossiers(non_evalue=NonEvalue.BLOQUE))
    socle = observations + data.draw(completes(epreuve, "S8"))
    ajoutee = data.draw(situations(epreuve, "S9"))
    avant = calculer_note(epreuve, socle, *reste)
    assert calculer_note(epreuve, socle + ajoutee, *reste).note_exacte >= avant.note_exacte


@propriete(st.data())
def test_ajouter_une_situation_n_abaisse_jamais_les_points_au_grain_de_la_competence(data):
    epreuve, observations, *reste = data.draw(dossiers(granularite=Granularite.COMPETENCE))
    ajoutee = data.draw(situations(epreuve, "S9"))
    avant = calculer_note(epreuve, observations, *reste).lignes
    apres = calculer_note(epreuve, observations + ajoutee, *reste).lignes
    for ligne, suivante in zip(avant, apres, strict=True):
        if ligne.points is not None:
            assert suivante.points >= ligne.points


@propriete(st.data())
def test_monter_un_niveau_n_abaisse_jamais_la_note(data):
    epreuve, observations, *reste = data.draw(dossiers())
    montables = [rang for rang, o in enumerate(observations) if o.niveau in (1, 2, 3)]
    assume(montables)
    rang = data.draw(st.sampled_from(montables))
    montees = list(observations)
    montees[rang] = replace(montees[rang], niveau=data.draw(st.integers(montees[rang].niveau + 1, 4)))
    avant, apres = calculer_note(epreuve, observations, *reste), calculer_note(epreuve, montees, *reste)
    assert (avant.note_exacte is None) == (apres.note_exacte is None)
    if avant.note_exacte is not None:
        assert apres.note_exacte >= avant.note_exacte
        assert apres.note_arrondie >= avant.note_arrondie


@propriete(dossiers())
def test_les_etats_n_entrent_jamais_dans_le_calcul(dossier):
    epreuve, observations, *reste = dossier
    avec = calculer_note(epreuve, observations, *reste)
    sans = calculer_note(epreuve, [o for o in observations if o.niveau is not None], *reste)
    assert [replace(ligne, etats=()) for ligne in avec.lignes] == list(sans.lignes)
    assert (avec.note_exacte, avec.note_arrondie, avec.alertes) == (sans.note_exacte, sans.note_arrondie, sans.alertes)


@propriete(dossiers())
def test_le_formatif_ne_compte_jamais(dossier):
    epreuve, observations, *reste = dossier
    certificatives = [o for o in observations if o.certificative]
    assert calculer_note(epreuve, observations, *reste) == calculer_note(epreuve, certificatives, *reste)


@propriete(st.data())
def test_une_competence_sans_rien_bloque_la_note_ou_que_soit_le_trou(data):
    epreuve, observations, grille, _, bonus = data.draw(dossiers(non_evalue=NonEvalue.BLOQUE))
    observations = observations + data.draw(completes(epreuve, "S8"))
    for trou in epreuve.competences:
        trouees = [o for o in observations if o.detaillee not in trou.detaillees]
        resultat = calculer_note(epreuve, trouees, grille, {}, bonus)
        assert (resultat.note_exacte, resultat.note_calculee, resultat.note_arrondie) == (None, None, None)
        assert resultat.motifs == (f"{trou} : aucune observation certificative évaluée.",)


@propriete(st.data())
def test_la_position_de_la_commission_remplace_les_points_et_garde_les_preuves(data):
    epreuve, observations, grille, _, bonus = data.draw(dossiers())
    competence = data.draw(st.sampled_from(epreuve.competences))
    niveau = data.draw(NIVEAUX)
    avant = calculer_note(epreuve, observations, grille, {}, bonus)
    apres = calculer_note(epreuve, observations, grille, {competence.code: niveau}, bonus)
    for ligne, suivante in zip(avant.lignes, apres.lignes, strict=True):
        if ligne.competence != competence:
            assert suivante == ligne
        else:
            assert (suivante.points, suivante.origine) == (grille.points[niveau], Origine.COMMISSION)
            assert (suivante.retenus, suivante.couverture) == (ligne.retenus, ligne.couverture)


@propriete(dossiers(), st.integers(2, 9))
def test_multiplier_tous_les_poids_ou_tous_les_points_ne_change_pas_la_note(dossier, facteur):
    epreuve, observations, grille, positions, bonus = dossier
    note = calculer_note(*dossier).note_exacte
    autres_poids = replace(grille, poids={code: p * facteur for code, p in grille.poids.items()})
    autres_points = replace(grille, points={n: p * facteur for n, p in grille.points.items()})
    for autre in (autres_poids, autres_points):
        assert calculer_note(epreuve, observations, autre, positions, bonus).note_exacte == note


@propriete(dossiers())
def test_c9_4_ne_parait_jamais_pour_rsp(dossier):
    epreuve, observations, *reste = dossier
    toutes = set(detaillees(epreuve))
    intruse = replace(observations[0], detaillee="C9.4", niveau=4, etat=None) if observations else None
    ajout = [intruse] if intruse and "C9.4" not in toutes else []
    resultat = calculer_note(epreuve, observations + ajout, *reste)
    assert set(retenus(resultat)) <= toutes


@propriete(NOTES)
def test_chaque_arrondi_reste_a_sa_distance_de_la_valeur_exacte(note):
    superieur = Fraction(arrondir(note, Arrondi.DEMI_POINT_SUPERIEUR))
    proche = Fraction(arrondir(note, Arrondi.DEMI_POINT_PROCHE))
    aucun = Fraction(arrondir(note, Arrondi.AUCUN))
    assert note <= superieur < note + Fraction(1, 2)
    assert -Fraction(1, 4) < proche - note <= Fraction(1, 4)
    assert -Fraction(1, 200) < aucun - note <= Fraction(1, 200)
    assert {(superieur * 2).denominator, (proche * 2).denominator} == {1}
