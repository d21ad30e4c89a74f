"""La note : les cas lisibles de `cas/`, puis ce qu'ils ne disent pas."""

import datetime
import tomllib
from dataclasses import replace
from decimal import Decimal
from fractions import Fraction
from pathlib import Path

import pytest

from certification import bareme, enums
from certification.dossier_json import epreuve_des_faits, lire_dossier, note_en_json
from certification.json_strict import Objet
from certification.notation import (
    Arrondi,
    EntreeInvalide,
    Origine,
    ParametresGrille,
    arrondir,
    calculer_note,
)
from evaluations.synthese import Observation
from referentiel.faits import FaitsIllisibles, lire_faits
from referentiel.reglement import SituationsAttendues, situations_attendues

CAS = sorted((Path(__file__).parent / "cas").glob("*.toml"))
FAITS = lire_faits(Path(__file__).parents[2] / "fixtures/referentiel/trpm.yaml")
E2 = epreuve_des_faits(FAITS, "RSP", "E2")
POIDS_E2 = FAITS.poids_de("RSP", "E2")
AUCUN = {"aucun": None, "aucune": None}


def dossier_du_cas(cas):
    """Le cas lisible, mis dans la forme du contrat."""
    toutes = [d for c in FAITS.competences_de(cas["option"], cas["epreuve"]) for d in c.detaillees]
    dossier = Objet({"format": "trpm-dossier/1", "situations": []})
    for cle in ("option", "epreuve", "bonus"):
        if cle in cas:
            dossier[cle] = cas[cle]
    for cle in ("grille", "positions_commission"):
        dossier[cle] = Objet({k: Objet(v) if isinstance(v, dict) else v for k, v in cas.get(cle, {}).items()})
    for situation in cas["situations"]:
        partout = dict.fromkeys(toutes, situation["partout"]) if "partout" in situation else {}
        dossier["situations"].append(
            Objet(
                code=situation["code"],
                date=situation["date"].isoformat(),
                certificative=situation["certificative"],
                positionnements=Objet(partout | situation.get("positionnements", {})),
            )
        )
    return dossier


@pytest.mark.parametrize("chemin", CAS, ids=[chemin.stem for chemin in CAS])
def test_le_cas_donne_ce_qui_est_attendu(chemin):
    cas = tomllib.loads(chemin.read_text(encoding="utf-8"))
    attendu = cas["attendu"]
    resultat = lire_dossier(dossier_du_cas(cas), FAITS).noter()
    note = note_en_json(resultat, cas["option"])
    lignes = {ligne["code"]: ligne for ligne in note["competences"]}

    for cle in ("note_exacte", "note_calculee", "note_arrondie"):
        assert note[cle] == AUCUN.get(attendu[cle], attendu[cle]), cle
    for code, points in attendu.get("points", {}).items():
        assert lignes[code]["points"] == AUCUN.get(points, points)
    for code, couverture in attendu.get("couverture", {}).items():
        assert lignes[code]["couverture"] == couverture
    for detaillee, situation in attendu.get("situations", {}).items():
        assert lignes[detaillee.split(".")[0]]["retenus"][detaillee]["situation"] == situation
    for cle in ("motifs", "alertes"):
        assert len(note[cle]) == len(attendu[cle]), note[cle]
        for morceau, phrase in zip(attendu[cle], note[cle], strict=True):
            assert morceau in phrase
    for morceau in attendu.get("etapes", []):
        assert any(morceau in etape for etape in resultat.etapes), (morceau, resultat.etapes)


def test_il_y_a_au_moins_quinze_cas_et_chacun_a_son_titre():
    titres = [tomllib.loads(chemin.read_text(encoding="utf-8"))["titre"] for chemin in CAS]
    assert len(CAS) >= 15
    assert len(set(titres)) == len(titres)


def observations(niveaux, **autres):
    valeurs = {"certificative": True, "epreuves": frozenset({"E2"}), "auteur": "A. Martin"} | autres
    return [Observation("S1", datetime.date(2026, 2, 3), code, niveau, **valeurs) for code, niveau in niveaux.items()]


def test_chaque_ligne_porte_ses_preuves():
    resultat = calculer_note(E2, observations({"C1.1": 3, "C4.1": 2, "C5.1": 4}), ParametresGrille(POIDS_E2))
    c1, c4, c5 = resultat.lignes
    assert [ligne.contribution for ligne in (c1, c4, c5)] == [18, 10, 48]
    retenu = c1.retenus["C1.1"]
    assert (retenu.niveau, retenu.situation, retenu.auteur) == (3, "S1", "A. Martin")
    assert retenu.date == datetime.date(2026, 2, 3)
    assert c1.detaillees_evaluees == ("C1.1",)
    assert resultat.etapes[0] == (
        "C1 Rechercher une information dans une documentation technique, en local ou à distance : "
        "C1.1 niveau 3 (S1, 03/02/2026, A. Martin) ; 2 sur 3 ; poids 9 ; contribution 9 × 2 = 18."
    )
    assert (resultat.note_exacte, resultat.note_calculee) == (Fraction(304, 21), Decimal("14.48"))
    assert resultat.note_arrondie == Decimal("14.5")


def test_les_observations_d_une_autre_epreuve_ou_d_une_autre_competence_ne_comptent_pas():
    siennes = observations({"C1.1": 1, "C4.1": 1, "C5.1": 1})
    ailleurs = observations({"C1.2": 4}, epreuves=frozenset({"E31"})) + observations({"C6.1": 4})
    parametres = ParametresGrille(POIDS_E2)
    assert calculer_note(E2, siennes + ailleurs, parametres) == calculer_note(E2, siennes, parametres)


def test_une_note_bloquee_garde_ses_lignes_et_dit_pourquoi():
    resultat = calculer_note(E2, [], ParametresGrille(POIDS_E2))
    assert [ligne.origine for ligne in resultat.lignes] == [Origine.NON_EVALUEE] * 3
    assert [motif[:3].strip() for motif in resultat.motifs] == ["C1", "C4", "C5"]
    assert (resultat.note_exacte, resultat.note_calculee, resultat.note_arrondie) == (None, None, None)
    assert (resultat.poids_evalue, resultat.poids_total) == (0, 35)


def test_les_mots_interdits_ne_paraissent_dans_aucune_phrase():
    resultat = calculer_note(E2, observations({"C1.1": 1, "C4.1": 1, "C5.1": 1}), ParametresGrille(POIDS_E2))
    texte = " ".join(resultat.etapes + resultat.motifs + resultat.alertes).lower()
    assert not [mot for mot in ("note finale", "obtenue", "validé") if mot in texte]


@pytest.mark.parametrize(
    ("exacte", "superieur", "proche", "aucun"),
    [
        ("0", "0.0", "0.0", "0.00"),
        ("1/1000", "0.5", "0.0", "0.00"),
        ("1/4", "0.5", "0.5", "0.25"),
        ("249/1000", "0.5", "0.0", "0.25"),
        ("1/200", "0.5", "0.0", "0.01"),
        ("49/5", "10.0", "10.0", "9.80"),
        ("19", "19.0", "19.0", "19.00"),
        ("39/2", "19.5", "19.5", "19.50"),
        ("19999/1000", "20.0", "20.0", "20.00"),
        ("20", "20.0", "20.0", "20.00"),
    ],
)
def test_les_trois_arrondis_partent_de_la_valeur_exacte(exacte, superieur, proche, aucun):
    attendus = dict(zip(Arrondi, (superieur, proche, aucun), strict=True))
    assert {a: str(arrondir(Fraction(exacte), a)) for a in Arrondi} == attendus


def parametres(**valeurs):
    return ParametresGrille(**{"poids": POIDS_E2} | valeurs)


@pytest.mark.parametrize(
    ("valeurs", "chemin"),
    [
        ({"points": {1: 0, 2: 1, 3: 2}}, "points.4"),
        ({"points": {1: 0, 2: 1, 3: 2, 4: 3, 5: 4}}, "points.5"),
        ({"points": {1: -1, 2: 1, 3: 2, 4: 3}}, "points.1"),
        ({"points": {1: 0, 2: 2, 3: 1, 4: 3}}, "points.3"),
        ({"points": {1: 0, 2: 0, 3: 0, 4: 0}}, "points"),
        ({"points": {1: 0, 2: 1.5, 3: 2, 4: 3}}, "points.2"),
        ({"poids": {"C1": 9, "C4": -1, "C5": 16}}, "poids.C4"),
        ({"poids": {"C1": 0, "C4": 0, "C5": 0}}, "poids"),
        ({"poids": {}}, "poids"),
        ({"poids": {"C1": True}}, "poids.C1"),
        ({"granularite": "tache"}, "granularite"),
        ({"non_evalue": "zero"}, "non_evalue"),
        ({"arrondi": "inferieur"}, "arrondi"),
        ({"bonus_max": -1}, "bonus_max"),
        ({"bonus_max": Decimal("NaN")}, "bonus_max"),
        ({"seuil_commentaire": 21}, "seuil_commentaire"),
    ],
)
def test_une_grille_qui_ne_peut_pas_noter_est_refusee(valeurs, chemin):
    with pytest.raises(EntreeInvalide) as refus:
        parametres(**valeurs)
    assert refus.value.chemin == chemin


@pytest.mark.parametrize(
    ("poids", "positions", "bonus", "chemin"),
    [
        ({"C1": 9, "C4": 10}, {}, 0, "poids.C5"),
        ({"C1": 9, "C4": 10, "C5": 16, "C6": 1}, {}, 0, "poids.C6"),
        (POIDS_E2, {"C6": 3}, 0, "positions_commission.C6"),
        (POIDS_E2, {"C1": 5}, 0, "positions_commission.C1"),
        (POIDS_E2, {"C1": True}, 0, "positions_commission.C1"),
        (POIDS_E2, {}, -1, "bonus"),
        (POIDS_E2, {}, 1, "bonus"),
        (POIDS_E2, {}, 0.5, "bonus"),
    ],
)
def test_une_entree_qui_ne_va_pas_avec_l_epreuve_est_refusee(poids, positions, bonus, chemin):
    with pytest.raises(EntreeInvalide) as refus:
        calculer_note(E2, [], ParametresGrille(poids), positions, bonus)
    assert refus.value.chemin == chemin


def test_une_grille_est_figee_meme_si_ses_tables_changent_apres():
    poids = dict(POIDS_E2)
    grille = ParametresGrille(poids)
    poids["C1"] = Fraction(99)
    assert grille.poids["C1"] == 9
    with pytest.raises(TypeError):
        grille.poids["C1"] = Fraction(1)


def test_les_decimales_de_la_base_sont_exactes():
    points = {n: Decimal("0.10") * (n - 1) for n in (1, 2, 3, 4)}
    assert parametres(points=points).points[4] == Fraction(3, 10)


@pytest.mark.parametrize("nom", ["Granularite", "NonEvalue", "Arrondi"])
def test_le_vocabulaire_du_calcul_est_celui_de_la_base(nom):
    assert getattr(enums, nom).values == [membre.value for membre in getattr(bareme, nom)]


def test_les_faits_donnent_57_detaillees_pour_rsp_et_58_pour_rmo():
    comptes = {
        option: sum(len(c.detaillees) for epreuve in FAITS.epreuves for c in FAITS.competences_de(option, epreuve))
        for option in FAITS.options
    }
    assert comptes == {"RSP": 57, "RMO": 58}
    totaux = {option: sum(FAITS.poids[option].values()) for option in FAITS.options}
    assert totaux == {"RSP": 124, "RMO": 123}


@pytest.mark.parametrize("texte", ["", "- 1", "a: [", "diplome: {code: X}", "options: 3"])
def test_un_fichier_de_faits_de_mauvaise_forme_est_refuse(tmp_path, texte):
    chemin = tmp_path / "faits.yaml"
    chemin.write_text(texte, encoding="utf-8")
    with pytest.raises(FaitsIllisibles, match="référentiel"):
        lire_faits(chemin)


def test_un_fichier_de_faits_absent_est_refuse(tmp_path):
    with pytest.raises(FaitsIllisibles, match="illisible"):
        lire_faits(tmp_path / "absent.yaml")


def test_le_nombre_de_situations_attendu_vient_du_referentiel():
    """Une seule situation : trop peu pour deux à trois, ce qu'il faut pour une à deux."""
    situation = Objet(code="S1", date="2026-02-03", certificative=True, positionnements=Objet())
    situation["positionnements"] = Objet({d: 3 for c in FAITS.competences_de("RSP", "E2") for d in c.detaillees})
    dossier = Objet({"format": "trpm-dossier/1", "option": "RSP", "epreuve": "E2", "situations": [situation]})
    assert FAITS.situations == SituationsAttendues(2, 3)
    (alerte,) = lire_dossier(dossier, FAITS).noter().alertes
    assert alerte == "1 situation certificative évaluée : le règlement en demande 2 à 3."
    autres = replace(FAITS, situations=situations_attendues({"situations_par_epreuve": {"min": 1, "max": 2}}))
    assert lire_dossier(dossier, autres).noter().alertes == ()
    assert situations_attendues({}) == SituationsAttendues(2, 3)
