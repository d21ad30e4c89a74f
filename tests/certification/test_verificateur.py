"""Le vérificateur autonome : d'accord avec le calcul sur tout, et rien ne lui échappe dans une archive retouchée."""

import ast
import json
import random
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Callable, Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any

import pikepdf
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import verifier_dossier
from certification.archive_json import (
    NOM_JOINT,
    NOM_MANIFESTE,
    NOM_SCEAU,
    canonique,
    empreinte,
    nom_de_piece,
    observations_figees,
    parametres_figes,
    relire_note,
)
from certification.dossier_json import lire_dossier
from certification.json_strict import lire_json
from tests.certification import calcul_independant
from tests.certification.fabrique_archive import (
    FAITS,
    cadre,
    dossier_clos,
    dossiers_d_essai,
    ecrire_archive,
    imprimer,
    manifeste_de,
    remplacer_piece,
    sceller,
)

SCRIPT = Path(verifier_dossier.__file__)
RETOURNEMENTS = 120
# Des graines pour que l'essai se rejoue, pas des secrets.
Hasard = random.Random
Retouche = Callable[[Path], object]


@pytest.fixture(scope="module")
def suite(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """Trois archives d'un centre, la quatrième d'un autre ; et l'empreinte de tête du premier."""
    racine, precedent = tmp_path_factory.mktemp("archives"), ""
    for numero in (1, 2, 3):
        precedent = ecrire_archive(racine / f"a{numero}", dossiers_d_essai(numero), numero=numero, precedent=precedent)
    ecrire_archive(racine / "autre", dossiers_d_essai(9), uai="0380001B")
    return racine, precedent


@pytest.fixture
def copie(suite: tuple[Path, str], tmp_path: Path) -> Path:
    return Path(shutil.copytree(suite[0], tmp_path / "copie"))


def verifier(*chemins: Path, tete: str | None = None) -> tuple[int, str]:
    code, lignes = verifier_dossier.verifier([str(chemin) for chemin in chemins], tete)
    return code, "\n".join(lignes)


@settings(max_examples=250, deadline=None, database=None)
@given(st.integers(0, 2**48))
def test_le_verificateur_et_le_calcul_disent_la_meme_note(graine: int) -> None:
    clos = dossier_clos(calcul_independant.dossier_au_hasard(Hasard(graine)))
    joint = json.loads(canonique(clos.en_json(cadre())))
    refait = verifier_dossier.recalculer(joint["entrees"], verifier_dossier.structure_de(joint))
    assert refait == {cle: clos.resultat[cle] for cle in refait}
    rapport = verifier_dossier.Rapport()
    verifier_dossier.controler_joint(joint, "", rapport)
    assert rapport.differences == []


@settings(max_examples=80, deadline=None, database=None)
@given(st.integers(0, 2**48))
def test_un_resultat_fige_se_relit_sans_se_refaire(graine: int) -> None:
    """Les mêmes lignes et les mêmes phrases que le calcul, à partir des deux JSON gardés."""
    clos = dossier_clos(calcul_independant.dossier_au_hasard(Hasard(graine)))
    lu = lire_dossier(lire_json(json.dumps(clos.entrees).encode()), FAITS)
    calcule = lu.noter()
    relu = relire_note(clos.entrees, clos.resultat, lu.epreuve, parametres_figes(clos.entrees, Fraction(10)))
    champs = (
        "poids_total",
        "poids_evalue",
        "note_exacte",
        "note_calculee",
        "note_arrondie",
        "etapes",
        "motifs",
        "alertes",
    )
    assert [getattr(relu, champ) for champ in champs] == [getattr(calcule, champ) for champ in champs]
    observations = observations_figees(clos.entrees, lu.epreuve.code)
    assert set(observations) == set(lu.observations)
    assert [ligne.couverture for ligne in relu.lignes] == [ligne.couverture for ligne in calcule.lignes]


def test_un_seul_fichier_bibliotheque_standard_et_python_3_9() -> None:
    arbre = ast.parse(SCRIPT.read_text(), feature_version=(3, 9))
    importes = {alias.name for n in ast.walk(arbre) if isinstance(n, ast.Import) for alias in n.names}
    importes |= {n.module or "" for n in ast.walk(arbre) if isinstance(n, ast.ImportFrom)}
    assert {nom for nom in importes if nom.split(".")[0] not in sys.stdlib_module_names} == set()
    calculs = {n.func.id for n in ast.walk(arbre) if isinstance(n, ast.Call) and isinstance(n.func, ast.Name)}
    assert calculs & {"float", "round", "eval", "exec"} == set()


def test_intacte_une_archive_est_acceptee_sous_toutes_ses_formes(suite: tuple[Path, str], tmp_path: Path) -> None:
    racine, tete = suite
    trois = [racine / nom for nom in ("a3", "a1", "a2")]
    assert verifier(*trois, tete=tete)[0] == 0
    seule, dit = verifier(racine / "a3", tete=tete)
    assert (seule, "les archives 1 à 2 manquent ici" in dit) == (0, True)
    assert "Sans l'empreinte recopiée" in verifier(racine / "a1")[1]
    for prefixe in ("", "archive-1/"):
        chemin = tmp_path / f"{len(prefixe)}.zip"
        with zipfile.ZipFile(chemin, "w", zipfile.ZIP_DEFLATED) as archive:
            for fichier in (racine / "a1").iterdir():
                archive.write(fichier, prefixe + fichier.name)
        assert verifier(chemin, racine / "a2", racine / "a3", tete=tete)[0] == 0
    un_pdf = next((racine / "a1").glob("*_dossier_*.pdf"))
    assert verifier(un_pdf)[0] == 0
    isole = Path(shutil.copy(un_pdf, tmp_path))
    assert verifier(isole)[0] == 0
    assert "seul le calcul est vérifié" in verifier(isole)[1]
    ordinaire = Path(shutil.copytree(racine / "a1", tmp_path / "bureau"))
    (ordinaire / "Thumbs.db").write_bytes(b"\0")
    assert verifier(ordinaire)[0] == 0


def test_en_ligne_de_commande_sans_l_application(suite: tuple[Path, str], tmp_path: Path) -> None:
    """Copié seul ailleurs, lancé isolé : ni Django, ni ce dépôt."""
    script = shutil.copy(SCRIPT, tmp_path)
    commande = [sys.executable, "-I", "-S", script, suite[0] / "a3", "--tete", suite[1].upper()]
    fini = subprocess.run(commande, capture_output=True, text=True, cwd=tmp_path, timeout=60)
    assert (fini.returncode, fini.stderr) == (0, "")
    assert "tout est conforme" in fini.stdout
    (tmp_path / "x.pdf").write_bytes(b"%PDF-1.7\n")
    fini = subprocess.run([*commande[:4], tmp_path / "x.pdf"], capture_output=True, text=True, cwd=tmp_path, timeout=60)
    assert (fini.returncode, fini.stdout.count("\n")) == (2, 1)
    assert fini.stdout.startswith("ILLISIBLE : ")


@pytest.mark.parametrize("options", [{"object_stream_mode": 0}, {"object_stream_mode": 2}, {"qdf": True}])
def test_un_pdf_reecrit_par_un_autre_logiciel_se_lit(options: dict[str, Any], suite: Any, tmp_path: Path) -> None:
    with pikepdf.open(next((suite[0] / "a1").glob("*_dossier_*.pdf"))) as document:
        attendu = bytes(document.attachments[NOM_JOINT].get_file().read_bytes())
        if "object_stream_mode" in options:
            options = {"object_stream_mode": pikepdf.ObjectStreamMode(options["object_stream_mode"])}
        document.save(tmp_path / "r.pdf", **options)
    assert verifier_dossier.Pdf((tmp_path / "r.pdf").read_bytes()).attache(NOM_JOINT) == attendu


def _retourner(fichier: Path, place: int, bit: int) -> None:
    octets = bytearray(fichier.read_bytes())
    octets[place % len(octets)] ^= 1 << bit
    fichier.write_bytes(octets)


def test_un_octet_change_n_importe_ou_se_voit(copie: Path, suite: tuple[Path, str]) -> None:
    hasard, vus, dossier = Hasard(6), 0, copie / "a3"
    fichiers = sorted(dossier.iterdir())
    for essai in range(RETOURNEMENTS):
        fichier = fichiers[essai % len(fichiers)]
        intact = fichier.read_bytes()
        _retourner(fichier, hasard.randrange(1 << 30), hasard.randrange(8))
        vus += verifier(dossier)[0] != 0
        fichier.write_bytes(intact)
    print(f"octets changés : {vus} vus sur {RETOURNEMENTS}")
    assert (vus, verifier(dossier, tete=suite[1])[0]) == (RETOURNEMENTS, 0)


def _pieces(dossier: Path, motif: str = "*.pdf") -> list[Path]:
    return sorted(dossier.glob(motif))


def _echanger(dossier: Path) -> None:
    premier, second = _pieces(dossier, "*_dossier_*.pdf")[:2]
    gauche, droite = premier.read_bytes(), second.read_bytes()
    premier.write_bytes(droite)
    second.write_bytes(gauche)


def _changer_note(dossier: Path, *, refaire: bool, complet: bool = False, motif: bool = False) -> None:
    """Un point de plus dans le dossier attaché ; `complet` : aussi dans le manifeste ; `motif` : avec une raison."""
    manifeste = manifeste_de(dossier)
    piece = next(p for p in manifeste["pieces"] if p["nature"] == "DOSSIER")
    joint = json.loads(verifier_dossier.Pdf((dossier / piece["nom"]).read_bytes()).attache(NOM_JOINT))
    joint["proposition"]["note_proposee"] = "19.5"
    joint["proposition"]["motif_ecart"] = "Très bon oral." if motif else ""
    octets = canonique(joint)
    remplacer_piece(dossier, piece["ordre"], imprimer("DOSSIER", octets), refaire=refaire)
    if complet:
        manifeste = manifeste_de(dossier)
        ligne = next(
            p
            for p in manifeste["propositions"]
            if (p["candidat"], p["epreuve"]) == (piece["candidat"], piece["epreuve"])
        )
        ligne.update(note_proposee="19.5", dossier=empreinte(octets), fond=_fond(joint))
        sceller(dossier, manifeste)
        grille = next(p for p in manifeste["pieces"] if p["nature"] == "GRILLE" and p["epreuve"] == ligne["epreuve"])
        remplacer_piece(dossier, grille["ordre"], imprimer("GRILLE", octets), refaire=True)


def _fond(joint: dict[str, Any]) -> str:
    return empreinte(canonique({cle: joint[cle] for cle in ("entrees", "resultat", "positions", "proposition")}))


def _changer_un_niveau(dossier: Path) -> None:
    """Un positionnement réécrit et tout rescellé : le résultat écrit ne suit plus de ses entrées."""
    manifeste = manifeste_de(dossier)
    piece = next(p for p in manifeste["pieces"] if p["nature"] == "DOSSIER" and p["epreuve"] == "E31")
    joint = json.loads(verifier_dossier.Pdf((dossier / piece["nom"]).read_bytes()).attache(NOM_JOINT))
    joint["entrees"]["positions_commission"] = {}
    joint["positions"] = []
    for situation in joint["entrees"]["situations"]:
        situation["positionnements"] = dict.fromkeys(situation["positionnements"], 4)
    octets = canonique(joint)
    remplacer_piece(dossier, piece["ordre"], imprimer("DOSSIER", octets), refaire=True)
    manifeste = manifeste_de(dossier)
    for ligne in manifeste["propositions"]:
        if (ligne["candidat"], ligne["epreuve"]) == (piece["candidat"], piece["epreuve"]):
            ligne.update(dossier=empreinte(octets), fond=_fond(joint))
    sceller(dossier, manifeste)


def _retirer_au_manifeste(dossier: Path) -> None:
    manifeste = manifeste_de(dossier)
    (dossier / manifeste["pieces"].pop()["nom"]).unlink()
    sceller(dossier, manifeste)


def _retirer_un_candidat(dossier: Path) -> None:
    manifeste = manifeste_de(dossier)
    for piece in [p for p in manifeste["pieces"] if p["candidat"] == "I2"]:
        (dossier / piece["nom"]).unlink()
        manifeste["pieces"].remove(piece)
    manifeste["propositions"] = [p for p in manifeste["propositions"] if p["candidat"] != "I2"]
    sceller(dossier, manifeste)


def _reordonner(dossier: Path, *, renumeroter: bool) -> None:
    manifeste = manifeste_de(dossier)
    manifeste["pieces"].reverse()
    for ordre, piece in enumerate(manifeste["pieces"], start=1):
        piece["ordre"] = ordre if renumeroter else piece["ordre"]
    sceller(dossier, manifeste)


def _melanger(dossier: Path, *, sceller_aussi: bool) -> None:
    """La pièce d'un autre centre à la place de la sienne."""
    sien = next(p for p in manifeste_de(dossier)["pieces"] if p["nature"] == "DOSSIER")
    autre = next((dossier.parent / "autre").glob("*_dossier_*.pdf")).read_bytes()
    remplacer_piece(dossier, sien["ordre"], autre, refaire=sceller_aussi)


def _rouvrir_sans_motif(dossier: Path) -> None:
    sceller(dossier, {**manifeste_de(dossier), "motif": " "})


RETOUCHES: dict[str, Retouche] = {
    "deux dossiers échangés": _echanger,
    "pièce renommée": lambda d: _pieces(d)[3].rename(d / "099_dossier.pdf"),
    "pièce retirée": lambda d: _pieces(d)[4].unlink(),
    "fichier ajouté": lambda d: (d / "100_dossier_E2.pdf").write_bytes(_pieces(d)[0].read_bytes()),
    "sceau retiré": lambda d: (d / NOM_SCEAU).unlink(),
    "manifeste retiré": lambda d: (d / NOM_MANIFESTE).unlink(),
    "manifeste tronqué": lambda d: (d / NOM_MANIFESTE).write_bytes((d / NOM_MANIFESTE).read_bytes()[:-9]),
    "manifeste aéré": lambda d: (d / NOM_MANIFESTE).write_text(json.dumps(manifeste_de(d), indent=1)),
    "note changée": lambda d: _changer_note(d, refaire=False),
    "note changée, pièce rescellée": lambda d: _changer_note(d, refaire=True),
    "note changée sans motif, tout rescellé": lambda d: _changer_note(d, refaire=True, complet=True),
    "niveaux changés, tout rescellé": _changer_un_niveau,
    "pièce retirée, rescellé": _retirer_au_manifeste,
    "pièces dans le désordre, rescellé": lambda d: _reordonner(d, renumeroter=False),
    "dossier d'un autre centre": lambda d: _melanger(d, sceller_aussi=False),
    "dossier d'un autre centre, rescellé": lambda d: _melanger(d, sceller_aussi=True),
    "réouverture sans motif": _rouvrir_sans_motif,
}
# Ce que seule l'empreinte recopiée sur le papier peut dire : tout a été refait avec soin.
AVEC_LA_TETE: dict[str, Retouche] = {
    "note changée avec un motif, tout rescellé": lambda d: _changer_note(d, refaire=True, complet=True, motif=True),
    "candidat retiré, tout rescellé": _retirer_un_candidat,
    "pièces réordonnées et renumérotées, rescellé": lambda d: _reordonner(d, renumeroter=True),
    "état plus ancien remis en place": lambda d: (shutil.rmtree(d), shutil.copytree(d.parent / "a2", d)),
    "archive d'un autre centre": lambda d: (shutil.rmtree(d), shutil.copytree(d.parent / "autre", d)),
}


def test_chaque_retouche_se_voit_et_rien_d_intact_n_est_refuse(suite: tuple[Path, str], tmp_path: Path) -> None:
    racine, tete = suite
    manquees, essais = [], {**RETOUCHES, **AVEC_LA_TETE}
    for rang, (nom, retoucher) in enumerate(essais.items()):
        copie = Path(shutil.copytree(racine, tmp_path / str(rang)))
        assert verifier(copie / "a3", tete=tete)[0] == 0
        retoucher(copie / "a3")
        seule = verifier(copie / "a3", tete=None if nom in RETOUCHES else tete)[0]
        dans_la_suite = verifier(copie / "a1", copie / "a2", copie / "a3", tete=tete)[0]
        manquees += [nom] if 0 in (seule, dans_la_suite) else []
    print(f"retouches : {len(essais) - len(manquees)} vues sur {len(essais)}, 0 fausse alarme sur {len(essais)}")
    assert manquees == []


def _suites(racine: Path) -> Iterator[tuple[str, list[Path]]]:
    yield "une archive manque au milieu", [racine / "a1", racine / "a3"]
    yield "la dernière manque", [racine / "a1", racine / "a2"]
    yield "deux fois la même", [racine / "a1", racine / "a2", racine / "a2"]
    yield "celle d'un autre centre", [racine / "autre", racine / "a2", racine / "a3"]
    yield "celle d'un autre centre en plus", [racine / "autre", racine / "a1", racine / "a2", racine / "a3"]


def test_une_suite_incomplete_ou_melangee_se_voit(suite: tuple[Path, str]) -> None:
    racine, tete = suite
    assert [nom for nom, chemins in _suites(racine) if verifier(*chemins, tete=tete)[0] != 1] == []


def test_les_differences_se_disent_en_francais(copie: Path) -> None:
    _changer_un_niveau(copie / "a3")
    dit = verifier(copie / "a3")[1]
    assert "refaite." in dit
    assert "à partir des positionnements." in dit
    _changer_note(copie / "a2", refaire=True, complet=True)
    assert "sans motif d'écart." in verifier(copie / "a2")[1]
    _melanger(copie / "a1", sceller_aussi=True)
    assert "« centre » n'est pas le même que dans le manifeste." in verifier(copie / "a1")[1]


HOSTILES = {
    "vide": b"",
    "tronqué": b"%PDF-1.7\nstartxref\n9\n",
    "table qui tourne en rond": b"%PDF-1.7\nxref\n0 0\ntrailer <</Prev 9>>\nstartxref\n9\n%%EOF",
    "objet qui se contient": b"%PDF-1.7\n1 0 obj 1 0 R endobj\nxref\n1 1\n0000000009 00000 n \n"
    b"trailer <</Root 1 0 R>>\nstartxref\n30\n%%EOF",
    "imbriqué": b"%PDF-1.7\nxref\n0 0\ntrailer " + b"[" * 5000 + b"\nstartxref\n9\n%%EOF",
    "chiffré": b"%PDF-1.7\nxref\n0 0\ntrailer <</Encrypt 1 0 R>>\nstartxref\n9\n%%EOF",
    "ni pdf ni zip": b"PK\x03\x04" + b"\0" * 50,
}


@pytest.mark.parametrize("contenu", HOSTILES.values(), ids=HOSTILES)
def test_une_entree_hostile_est_illisible_en_une_ligne(contenu: bytes, tmp_path: Path) -> None:
    (tmp_path / "x.pdf").write_bytes(contenu)
    code, dit = verifier(tmp_path / "x.pdf")
    assert (code, dit.count("\n")) == (2, 0)


def test_une_archive_hostile_est_bornee(copie: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Bombe dans le .zip, nom qui remonte, fichier spécial, JSON sans fin, PDF qui se décompresse sans fin."""
    monkeypatch.setattr(verifier_dossier, "FICHIER_MAX", 1_000_000)
    with zipfile.ZipFile(tmp_path / "bombe.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(NOM_MANIFESTE, b"0" * 20_000_000)
    assert verifier(tmp_path / "bombe.zip")[0] == 2
    manifeste = manifeste_de(copie / "a1")
    manifeste["pieces"][0]["nom"] = "../a2/manifeste.json"
    sceller(copie / "a1", manifeste)
    assert verifier(copie / "a1")[0] == 1
    (copie / "a2" / NOM_MANIFESTE).write_bytes(b"[" * 100_000)
    assert verifier(copie / "a2")[0] == 2
    (copie / "a3" / NOM_MANIFESTE).write_bytes(b'{"format":"trpm-archive/1","format":"x"}')
    assert "une clé est répétée" in verifier(copie / "a3")[1]
    monkeypatch.setattr(verifier_dossier, "DECOMPRESSE_MAX", 100_000)
    (tmp_path / "enfle.pdf").write_bytes(imprimer("x", b"0" * 3_000_000))
    assert verifier(tmp_path / "enfle.pdf")[0] == 2


def test_le_nom_d_une_piece_est_admis_par_le_verificateur() -> None:
    for precisions in (("E2", "D'ALMEIDA Zoé Ève"), ("E31", "Łukasz ../../etc"), ("", "李"), ("E2", "x" * 300)):
        nom = nom_de_piece(7, "DOSSIER", *precisions)
        assert verifier_dossier.NOM_DE_PIECE.fullmatch(nom), nom
    assert nom_de_piece(14, "DOSSIER", "E2", "D'ALMEIDA Zoé") == "014_dossier_E2_D-ALMEIDA-Zoe.pdf"


def test_l_archive_refuse_un_nombre_a_virgule() -> None:
    with pytest.raises(TypeError):
        canonique({"note": [14.5]})
    assert canonique({"b": "é", "a": [1, None]}) == '{"a":[1,null],"b":"é"}'.encode()
