"""La commande `noter` : le contrat d'entrée, de sortie, de refus (contrats/README.md)."""

import copy
import io
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from django.core.management import call_command

from certification.json_strict import TAILLE_MAX
from tests.certification import calcul_independant

RACINE = Path(__file__).parents[2]
DOSSIER = {
    "format": "trpm-dossier/1",
    "option": "RSP",
    "epreuve": "E2",
    "grille": {
        "points": {"1": "0", "2": "1", "3": "2", "4": "3"},
        "poids": {"C1": 9, "C4": 10, "C5": 16},
        "granularite": "competence_detaillee",
        "non_evalue": "bloque",
        "arrondi": "demi_point_superieur",
        "bonus_max": "1",
    },
    "situations": [
        {
            "code": "S1",
            "date": "2026-02-03",
            "certificative": True,
            "positionnements": {"C1.1": 3, "C1.2": "NE", "C4.1": 2, "C5.1": 4},
        }
    ],
    "positions_commission": {},
    "bonus": "0",
}
ABSENT = object()


def lancer(contenu, tmp_path, *arguments):
    """Code de sortie, sortie standard, erreur standard de la commande sur ce contenu."""
    chemin = tmp_path / "dossier.json"
    chemin.write_bytes(contenu if isinstance(contenu, bytes) else json.dumps(contenu).encode())
    return executer(str(chemin), *arguments)


def executer(*arguments):
    sortie, erreurs = io.StringIO(), io.StringIO()
    try:
        call_command("noter", *arguments, stdout=sortie, stderr=erreurs)
    except SystemExit as fin:
        return fin.code, sortie.getvalue(), erreurs.getvalue()
    return 0, sortie.getvalue(), erreurs.getvalue()


def modifier(chemin, valeur):
    """Le dossier valide, une seule valeur changée, ajoutée ou retirée."""
    dossier = copy.deepcopy(DOSSIER)
    objet = dossier
    for cle in chemin[:-1]:
        objet = objet[cle]
    if valeur is ABSENT:
        del objet[chemin[-1]]
    else:
        objet[chemin[-1]] = valeur
    return dossier


def verifier_refus(resultat, chemin):
    code, sortie, erreurs = resultat
    assert code == 2
    assert sortie == ""
    assert erreurs.startswith(f"{chemin} : ")
    assert erreurs.endswith("\n")
    assert erreurs.count("\n") == 1
    assert len(erreurs) < 400


def situation(**valeurs):
    return DOSSIER["situations"][0] | valeurs


P = ("situations", 0, "positionnements")
S = "situations[0]"

REFUS = [
    # format, option, épreuve
    (("format",), "trpm-dossier/2", "format"),
    (("format",), 1, "format"),
    (("format",), ABSENT, "format"),
    (("option",), "XYZ", "option"),
    (("option",), None, "option"),
    (("option",), ["RSP"], "option"),
    (("option",), ABSENT, "option"),
    (("epreuve",), "E3", "epreuve"),
    (("epreuve",), {}, "epreuve"),
    (("epreuve",), ABSENT, "epreuve"),
    (("situations",), ABSENT, "situations"),
    # clés inconnues, à tous les étages
    (("nom",), "Martin", "nom"),
    (("grille", "seuil"), "10", "grille.seuil"),
    (("grille", "points", "5"), "4", "grille.points.5"),
    (("situations", 0, "titre"), "Étau", f"{S}.titre"),
    (("ligne\ncoupée",), 1, "ligne\\u000acoupée"),
    # compétences
    ((*P, "C1.9"), 3, f"{S}.positionnements.C1.9"),
    ((*P, "C1"), 3, f"{S}.positionnements.C1"),
    ((*P, "c1.1"), 3, f"{S}.positionnements.c1.1"),
    ((*P, "C6.1"), 3, f"{S}.positionnements.C6.1"),
    ((*P, ""), 3, f"{S}.positionnements."),
    (("positions_commission",), {"C13": 3}, "positions_commission.C13"),
    (("positions_commission",), {"C2": 3}, "positions_commission.C2"),
    (("positions_commission",), {"C1.1": 3}, "positions_commission.C1.1"),
    # niveaux
    *[
        ((*P, "C1.1"), v, f"{S}.positionnements.C1.1")
        for v in (0, 5, -1, True, None, "3", "", "ne", "ABS", [3], {}, 3.0)
    ],
    *[(("positions_commission",), {"C4": v}, "positions_commission.C4") for v in (0, 5, True, "3", "NE", None, 2.0)],
    # situations
    (("situations",), {}, "situations"),
    (("situations",), None, "situations"),
    (("situations",), [3], "situations[0]"),
    (("situations",), [situation(), situation()], "situations[1].code"),
    *[(("situations", 0, cle), ABSENT, f"{S}.{cle}") for cle in ("code", "date", "certificative", "positionnements")],
    *[(("situations", 0, "code"), v, f"{S}.code") for v in ("", "  ", 1, None, "S" * 201, "S\n1", "S\x00")],
    *[
        (("situations", 0, "date"), v, f"{S}.date")
        for v in ("2026-02-30", "03/02/2026", "2026-2-3", "20260203", "2026-W05-2", "", 20260203, None, "٢٠٢٦-٠٢-٠٣")
    ],
    *[(("situations", 0, "certificative"), v, f"{S}.certificative") for v in (1, "true", None)],
    *[(P, v, f"{S}.positionnements") for v in ([], None, "C1.1")],
    # grille
    *[(("grille",), v, "grille") for v in (None, [], "défaut")],
    *[(("grille", "poids"), v, "grille.poids") for v in (None, [9, 10, 16], 35)],
    (("grille", "poids", "C4"), ABSENT, "grille.poids.C4"),
    (("grille", "poids"), {}, "grille.poids.C1"),
    (("grille", "poids", "C2"), 1, "grille.poids.C2"),
    (("grille", "poids", "C99"), 1, "grille.poids.C99"),
    *[
        (("grille", "poids", "C4"), v, "grille.poids.C4")
        for v in (-1, "-1/2", True, None, "dix", 1.5, "1e3", "1/0", "")
    ],
    (("grille", "poids"), {"C1": 0, "C4": "0", "C5": "0/3"}, "grille.poids"),
    *[(("grille", "points"), v, "grille.points") for v in (None, [0, 1, 2, 3])],
    (("grille", "points", "3"), ABSENT, "grille.points.3"),
    (("grille", "points", "1"), "-1", "grille.points.1"),
    (("grille", "points", "3"), "1/2", "grille.points.3"),
    (("grille", "points"), dict.fromkeys("1234", "0"), "grille.points"),
    *[
        (("grille", "points", "2"), v, "grille.points.2")
        for v in (True, None, 0.5, "1,5", " 1", "NaN", "Infinity", "²")
    ],
    *[(("grille", "granularite"), v, "grille.granularite") for v in ("tache", None, [], 1)],
    *[(("grille", "non_evalue"), v, "grille.non_evalue") for v in ("zero", {})],
    *[(("grille", "arrondi"), v, "grille.arrondi") for v in ("inferieur", "")],
    *[(("grille", "bonus_max"), v, "grille.bonus_max") for v in ("-1", None, 0.5)],
    # bonus
    *[(("bonus",), v, "bonus") for v in ("-1/2", -1, "3/2", 2, 0.5, True, None, "un")],
    (("positions_commission",), None, "positions_commission"),
    # nombres et textes démesurés
    ((*P, "C1.1"), 10**40, f"{S}.positionnements.C1.1"),
    (("grille", "poids", "C4"), "9" * 31, "grille.poids.C4"),
    (("situations", 0, "code"), "\ud800", f"{S}.code"),
    (("x" * 5000,), 1, "x" * 59 + "…"),
]


@pytest.mark.parametrize(("ou", "valeur", "chemin"), REFUS, ids=range(len(REFUS)))
def test_ce_qui_ne_va_pas_est_refuse_en_une_ligne_qui_dit_ou(ou, valeur, chemin, tmp_path):
    verifier_refus(lancer(modifier(ou, valeur), tmp_path), chemin)


@pytest.mark.parametrize(("ou", "valeur", "chemin"), REFUS, ids=range(len(REFUS)))
def test_dans_un_tableau_le_refus_dit_quel_dossier(ou, valeur, chemin, tmp_path):
    verifier_refus(lancer([DOSSIER, DOSSIER, modifier(ou, valeur)], tmp_path), f"[2].{chemin}")


def test_c9_4_est_refusee_pour_rsp_et_admise_pour_rmo(tmp_path):
    dossier = {"format": "trpm-dossier/1", "option": "RSP", "epreuve": "E31", "situations": [situation()]}
    dossier["situations"][0]["positionnements"] = {"C9.4": 3}
    resultat = lancer(dossier, tmp_path)
    verifier_refus(resultat, "situations[0].positionnements.C9.4")
    assert "absente de l'option RSP" in resultat[2]
    code, sortie, _ = lancer(dossier | {"option": "RMO"}, tmp_path)
    assert code == 0
    assert json.loads(sortie)["competences"][3]["couverture"] == "1/4"


TEXTE = json.dumps(DOSSIER)


@pytest.mark.parametrize(
    ("octets", "chemin"),
    [
        (b"", "dossier.json"),
        (b" \n", "dossier.json"),
        (b"\xef\xbb\xbf", "dossier.json"),
        (b"\xff\xfe{}", "dossier.json"),
        (TEXTE.replace("S1", "\u00e9").encode("latin-1"), "dossier.json"),
        (TEXTE[:-1].encode(), "dossier.json"),
        ((TEXTE + "{}").encode(), "dossier.json"),
        (b"{'format': 1}", "dossier.json"),
        (b"null", "dossier.json"),
        (b'"trpm"', "dossier.json"),
        (b"3", "dossier.json"),
        (b"[" * 100_000, "dossier.json"),
        (b'{"a":' * 100_000 + b"1" + b"}" * 100_000, "dossier.json"),
        (b"[3]", "[0]"),
        (b"[[]]", "[0]"),
        (b"[null]", "[0]"),
        (b"NaN", "dossier.json"),
        (TEXTE.replace('"C1.1": 3', '"C1.1": NaN').encode(), "situations[0].positionnements.C1.1"),
        (TEXTE.replace('"bonus": "0"', '"bonus": -Infinity').encode(), "bonus"),
        (TEXTE.replace('"bonus": "0"', '"bonus": 1e999').encode(), "bonus"),
        (TEXTE.replace('"bonus": "0"', f'"bonus": {"9" * 5000}').encode(), "bonus"),
        (TEXTE.replace('"C1.1": 3', '"C1.1": 3, "C1.1": 4').encode(), "situations[0].positionnements.C1.1"),
        (TEXTE.replace('"bonus": "0"', '"bonus": "0", "bonus": "0"').encode(), "bonus"),
        (TEXTE.replace('"bonus": "0"', '"bonus": ' + "[" * 50 + "]" * 50).encode(), "bonus[0]"),
    ],
    ids=range(24),
)
def test_ce_qui_n_est_pas_un_json_sans_ambiguite_est_refuse(octets, chemin, tmp_path):
    code, sortie, erreurs = lancer(octets, tmp_path)
    assert (code, sortie, erreurs.count("\n")) == (2, "", 1)
    if chemin == "dossier.json":
        assert erreurs.startswith(str(tmp_path / chemin)[:50])
    else:
        assert erreurs.startswith(chemin)


def test_un_fichier_demesure_est_refuse_sans_etre_lu_en_entier(tmp_path):
    chemin = tmp_path / "enorme.json"
    with chemin.open("wb") as flux:
        flux.truncate(TAILLE_MAX * 20)
    code, sortie, erreurs = executer(str(chemin))
    assert (code, sortie) == (2, "")
    assert "plus de 64 Mo" in erreurs


def test_un_fichier_absent_un_dossier_ou_rien_sont_refuses(tmp_path):
    for arguments, phrase in [
        ([str(tmp_path / "absent.json")], "fichier introuvable"),
        ([str(tmp_path)], "c'est un dossier"),
        (["a\x00b"], "fichier illisible"),
        ([], "donner un fichier JSON"),
        ([str(tmp_path / "x" / ("y" * 300))], "fichier i"),
    ]:
        code, sortie, erreurs = executer(*arguments)
        assert (code, sortie, erreurs.count("\n")) == (2, "", 1)
        assert phrase in erreurs


def test_un_referentiel_illisible_est_refuse(tmp_path):
    code, sortie, erreurs = lancer(DOSSIER, tmp_path, "--referentiel", str(tmp_path / "absent.yaml"))
    assert (code, sortie, erreurs.count("\n")) == (2, "", 1)
    assert "référentiel illisible" in erreurs


def test_la_sortie_est_celle_du_contrat_cle_par_cle(tmp_path):
    code, sortie, erreurs = lancer(DOSSIER, tmp_path)
    note = json.loads(sortie)
    assert (code, erreurs) == (0, "")
    assert list(note) == [
        *("format", "option", "epreuve", "competences"),
        *("note_exacte", "note_calculee", "note_arrondie", "motifs", "alertes"),
    ]
    assert list(note["competences"][0].items()) == [
        ("code", "C1"),
        ("poids", 9),
        ("points", "2"),
        ("points_max", "3"),
        ("origine", "situations"),
        ("retenus", {"C1.1": {"niveau": 3, "situation": "S1"}}),
        ("couverture", "1/2"),
    ]
    assert (note["format"], note["option"], note["epreuve"]) == ("trpm-note/1", "RSP", "E2")
    assert (note["note_exacte"], note["note_calculee"], note["note_arrondie"]) == ("304/21", "14.48", "14.5")
    assert note["motifs"] == []


def test_une_note_bloquee_sort_avec_le_code_0_et_ses_motifs(tmp_path):
    code, sortie, erreurs = lancer(modifier(("situations",), []), tmp_path)
    note = json.loads(sortie)
    assert (code, erreurs) == (0, "")
    assert [note[cle] for cle in ("note_exacte", "note_calculee", "note_arrondie")] == [None, None, None]
    assert len(note["motifs"]) == 3
    assert note["competences"][0]["points"] is None
    assert note["competences"][0]["origine"] == "non_evaluee"


def test_la_grille_par_defaut_remplace_toute_cle_absente(tmp_path):
    attendu = lancer(modifier(("grille", "bonus_max"), "0"), tmp_path)
    for cle in DOSSIER["grille"]:
        assert lancer(modifier(("grille", cle), ABSENT), tmp_path) == attendu
    for dossier in (modifier(("grille",), ABSENT), modifier(("bonus",), ABSENT), modifier(("bonus",), 0)):
        assert lancer(dossier, tmp_path) == attendu
    assert lancer(modifier(("positions_commission",), ABSENT), tmp_path) == attendu


def test_un_tableau_donne_un_tableau_dans_le_meme_ordre(tmp_path):
    seul = json.loads(lancer(DOSSIER, tmp_path)[1])
    bloque = modifier(("situations",), [])
    code, sortie, _ = lancer([bloque, DOSSIER], tmp_path)
    assert code == 0
    assert json.loads(sortie) == [json.loads(lancer(bloque, tmp_path)[1]), seul]
    assert json.loads(lancer([], tmp_path)[1]) == []


def test_un_poids_non_entier_sort_en_fraction(tmp_path):
    note = json.loads(lancer(modifier(("grille", "poids", "C1"), "2.5"), tmp_path)[1])
    assert [c["poids"] for c in note["competences"]] == ["5/2", 10, 16]


def test_un_fichier_avec_bom_est_lu(tmp_path):
    assert lancer(b"\xef\xbb\xbf" + TEXTE.encode(), tmp_path) == lancer(DOSSIER, tmp_path)


def processus(entree, *arguments, **environnement):
    commande = [sys.executable, "manage.py", "noter", *arguments]
    return subprocess.run(
        commande, input=entree, capture_output=True, cwd=RACINE, check=False, env=os.environ | environnement
    )


def test_par_l_entree_standard_la_sortie_est_en_utf_8_dans_toute_langue():
    dossier = modifier(("situations", 0, "code"), "Étau n° 1")
    fin = processus(json.dumps(dossier).encode(), "-", LC_ALL="C", PYTHONIOENCODING="ascii")
    assert (fin.returncode, fin.stderr) == (0, b"")
    assert json.loads(fin.stdout.decode())["competences"][0]["retenus"]["C1.1"]["situation"] == "Étau n° 1"
    assert "Étau".encode() in fin.stdout


def test_un_refus_par_l_entree_standard_rend_2_et_une_ligne():
    fin = processus(json.dumps(modifier((*P, "C1.9"), 3)).encode(), "-", PYTHONIOENCODING="ascii")
    assert (fin.returncode, fin.stdout) == (2, b"")
    assert fin.stderr.decode() == "situations[0].positionnements.C1.9 : compétence détaillée inconnue\n"
    fin = processus(b"", "-")
    assert (fin.returncode, fin.stdout, fin.stderr.decode()) == (2, b"", "entrée standard : vide\n")


def test_la_commande_ne_demande_pas_de_base():
    fin = processus(TEXTE.encode(), "-", DATABASE_URL="postgres://personne:rien@127.0.0.1:1/rien")
    assert (fin.returncode, fin.stderr) == (0, b"")


def test_deux_mille_dossiers_au_hasard_donnent_la_note_du_calcul_independant():
    ecarts, notes = calcul_independant.comparer(2000, graine=20260203)
    assert ecarts == []
    assert 500 < notes < 1900
