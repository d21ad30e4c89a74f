"""Un référentiel s'importe en entier ou pas du tout, et s'exporte tel qu'il est entré."""

import hashlib
import json
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
import yaml
from django.core.management import CommandError, call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext
from hypothesis import HealthCheck, given, settings

from referentiel.controle import ReferentielInvalide
from referentiel.exports import en_json, en_yaml, exporter_referentiel
from referentiel.imports import lire_json, lire_yaml
from referentiel.models import DegreEchelle, Diplome, SessionExamen, VersionReferentiel
from referentiel.services import creer_sessions, importer_referentiel
from tests.referentiel.essai import FAITS, FIXTURE, bts_essai, trpm, trpm_enrichi
from tests.referentiel.strategies import diplomes

# Empreinte du fichier de faits relevé dans le document source : elle tient lieu de comparaison là où il manque.
EMPREINTE_DES_FAITS = "dab810ae55ac9976ddadf34d7ebe1fdd168aba018a6b0a1308bac6e84b269968"


def exporter(*arguments: str) -> str:
    sortie = StringIO()
    call_command("exporter_referentiel", *arguments, stdout=sortie)
    return sortie.getvalue()


def test_la_fixture_est_le_fichier_de_faits_a_l_octet_pres():
    octets = FIXTURE.read_bytes()
    assert hashlib.sha256(octets).hexdigest() == EMPREINTE_DES_FAITS
    if FAITS.exists():
        assert octets == FAITS.read_bytes()


@pytest.mark.usefixtures("referentiel")
def test_l_export_egale_le_fichier_de_faits():
    assert yaml.safe_load(exporter("TRPM")) == yaml.safe_load(FIXTURE.read_text(encoding="utf-8"))


@pytest.mark.usefixtures("referentiel")
def test_l_export_json_dit_la_meme_chose():
    faits = yaml.safe_load(FIXTURE.read_text(encoding="utf-8"))
    assert json.loads(exporter("TRPM", "--format", "json")) == json.loads(json.dumps(faits))


@pytest.mark.parametrize("fabrique", [trpm, trpm_enrichi, bts_essai])
@pytest.mark.parametrize("forme", ["yaml", "json"])
@pytest.mark.django_db
def test_exporter_importer_exporter_donne_le_meme_texte(fabrique, forme):
    ecrire, lire = (en_yaml, lire_yaml) if forme == "yaml" else (en_json, lire_json)
    premiere = importer_referentiel(fabrique())
    texte = ecrire(exporter_referentiel(premiere))
    seconde = importer_referentiel(lire(texte))
    assert seconde.numero == premiere.numero + 1
    assert ecrire(exporter_referentiel(seconde)) == texte


@pytest.mark.parametrize("fabrique", [trpm, trpm_enrichi])
@pytest.mark.django_db
def test_rien_de_ce_qui_entre_ne_se_perd(fabrique):
    assert exporter_referentiel(importer_referentiel(fabrique())) == fabrique()


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(donnees=diplomes())
@pytest.mark.django_db
def test_tout_diplome_valide_ressort_a_l_identique(db, donnees):
    arbre = exporter_referentiel(importer_referentiel(donnees))
    assert {cle: arbre[cle] for cle in donnees} == donnees
    assert lire_yaml(en_yaml(arbre)) == arbre
    assert exporter_referentiel(importer_referentiel(lire_json(en_json(arbre)))) == arbre


@pytest.mark.django_db
def test_un_autre_diplome_se_charge_sans_une_ligne_de_code():
    version = importer_referentiel(bts_essai())
    assert str(version) == "BTS-ESSAI v1"
    assert version.publiee_le is not None
    assert list(version.epreuves.values_list("code", flat=True)) == ["E5", "E4"]
    assert exporter_referentiel(version) == bts_essai()


@pytest.mark.django_db
def test_l_import_et_l_export_font_peu_de_requetes():
    with CaptureQueriesContext(connection) as import_:
        version = importer_referentiel(trpm_enrichi())
    with CaptureQueriesContext(connection) as export:
        exporter_referentiel(version)
    assert len(import_) <= 35
    assert len(export) <= 25


@pytest.mark.django_db
def test_les_quatre_degres_de_maitrise_sont_crees_par_defaut_sans_etre_exportes():
    version = importer_referentiel(trpm())
    degres = version.degres.filter(echelle=DegreEchelle.Echelle.MAITRISE).values_list("niveau", "intitule")
    assert list(degres) == [
        (1, "non maîtrisée"),
        (2, "insuffisamment maîtrisée"),
        (3, "maîtrisée"),
        (4, "bien maîtrisée"),
    ]
    assert "niveaux_de_maitrise" not in exporter_referentiel(version)


@pytest.mark.django_db
def test_deux_libelles_coupes_par_yaml_sont_recolles():
    version = importer_referentiel(trpm())
    taches = {
        (tache.code, tache.option.code if tache.option else None): tache.intitule
        for activite in version.activites.all()
        for tache in activite.taches.all()
    }
    assert taches["A2-T4", None] == (
        "Préparer, régler les postes de fabrication en respectant le ou les processus opératoires fournis"
    )
    assert taches["A3-T2", "RSP"] == "Conduire la production stabilisée, surveiller et analyser les évolutions"


def test_un_import_ne_change_aucune_version_existante(referentiel: VersionReferentiel):
    avant = exporter_referentiel(referentiel)
    donnees = trpm()
    donnees["competences"][0]["intitule"] = "Autre intitulé"
    nouvelle = importer_referentiel(donnees)
    assert nouvelle.numero == referentiel.numero + 1
    assert exporter_referentiel(VersionReferentiel.objects.get(pk=referentiel.pk)) == avant
    assert yaml.safe_load(exporter("TRPM", "--version", "1")) == avant
    assert yaml.safe_load(exporter("TRPM"))["competences"][0]["intitule"] == "Autre intitulé"


@pytest.mark.django_db
@pytest.mark.parametrize("arguments", [("INCONNU",), ("TRPM", "--version", "99")])
def test_exporter_ce_qui_n_existe_pas_le_dit(arguments):
    with pytest.raises(CommandError, match="Aucun référentiel"):
        exporter(*arguments)


@pytest.mark.django_db
def test_les_sessions_se_creent_une_seule_fois_et_sans_date_inventee():
    diplome = Diplome.objects.create(code="ESSAI-SESSIONS")
    creer_sessions(diplome, range(2024, 2031))
    session = SessionExamen.objects.get(diplome=diplome, annee=2026)
    assert session.fin_ccf is None
    sessions = creer_sessions(diplome, range(2024, 2031))
    assert [une.annee for une in sessions] == list(range(2030, 2023, -1))
    assert SessionExamen.objects.filter(diplome=diplome).count() == 7


def importer(chemin: Path) -> str:
    sortie = StringIO()
    call_command("importer_referentiel", str(chemin), stdout=sortie)
    return sortie.getvalue()


@pytest.mark.django_db
def test_la_commande_signale_une_version_identique_a_la_precedente(tmp_path):
    chemin, arbre = tmp_path / "essai.json", bts_essai()
    sorties = []
    for intitule in ("Essai", "Essai", "Autre essai"):
        arbre["diplome"]["intitule"] = intitule
        chemin.write_text(json.dumps(arbre), encoding="utf-8")
        sorties.append(importer(chemin))
    assert ["identique" in sortie for sortie in sorties] == [False, True, False]
    assert "Attention : cette version est identique à la version 1." in sorties[1]


@pytest.mark.django_db
@pytest.mark.parametrize("nom", ["essai.yaml", "essai.yml", "essai.json"])
def test_la_commande_charge_un_fichier_yaml_ou_json(tmp_path, nom):
    chemin = tmp_path / nom
    texte = json.dumps(bts_essai()) if nom.endswith("json") else yaml.safe_dump(bts_essai(), allow_unicode=True)
    # Un fichier enregistré par un tableur ou par Windows commence souvent par une marque d'ordre des octets.
    chemin.write_text(texte, encoding="utf-8-sig")
    assert importer(chemin) == "BTS-ESSAI v1 chargé et publié.\n"


@pytest.mark.django_db
def test_un_fichier_refuse_ne_laisse_rien_et_sort_en_erreur(tmp_path):
    donnees = bts_essai()
    donnees["ponderations"]["UNI"]["K2"] = "deux"
    donnees["epreuves"][0]["coefficient"] = {}
    chemin = tmp_path / "faux.yaml"
    chemin.write_text(yaml.safe_dump(donnees), encoding="utf-8")
    with pytest.raises(CommandError) as refus:
        importer(chemin)
    assert refus.value.returncode == 2
    assert "ponderations.UNI.K2 : un entier est attendu, trouvé un texte" in str(refus.value)
    assert not Diplome.objects.filter(code="BTS-ESSAI").exists()


FICHIERS_REFUSES: list[tuple[str, bytes, str]] = [
    ("bombe.yaml", b"a: &a [x, x]\nb: &b [*a, *a]\nc: [*b, *b]\n", "renvois YAML"),
    ("ancre.yaml", b"a: &ancre 1\n", "renvois YAML"),
    ("double.yaml", b"diplome: {code: A, code: B}\n", "« code » est répétée, ligne 1"),
    ("double.json", b'{"a": 1, "a": 2}', "« a » est répétée"),
    ("fusion.yaml", b"a: {<<: {b: 1}}\n", "cette clé YAML est refusée"),
    ("cle.yaml", b"? [1, 2]\n: 3\n", "cette clé YAML est refusée"),
    ("objet.yaml", b"!!python/object/apply:os.system ['true']\n", "YAML mal formé"),
    ("deux.yaml", b"a: 1\n---\nb: 2\n", "YAML mal formé"),
    ("faux.yaml", b"a: [1\n", "YAML mal formé"),
    ("date.yaml", b"a: 2024-13-45\n", "mal écrite"),
    ("faux.json", b'{"a": ', "JSON mal formé, ligne 1"),
    ("infini.json", b'{"a": Infinity}', "Infinity"),
    ("enorme.json", b'{"a": ' + b"9" * 5000 + b"}", "nombre démesuré"),
    ("profond.yaml", b"[" * 60 + b"]" * 60, "trop de niveaux"),
    ("profond.json", b"[" * 100_000, "niveaux imbriqués"),
    ("latin.yaml", "é: 1".encode("latin-1"), "UTF-8"),
    ("controle.yaml", b"a: \x00\n", "caractère interdit"),
    ("gros.yaml", b"#" * 1_000_001, "trop gros"),
    ("liste.yaml", b"- 1\n", "un objet est attendu"),
    ("vide.yaml", b"", "un objet est attendu, trouvé rien"),
]


@pytest.mark.django_db
@pytest.mark.parametrize(("nom", "octets", "phrase"), FICHIERS_REFUSES, ids=[nom for nom, _, _ in FICHIERS_REFUSES])
def test_un_fichier_douteux_est_refuse_en_une_phrase(tmp_path, nom, octets, phrase):
    chemin = tmp_path / nom
    chemin.write_bytes(octets)
    with pytest.raises(CommandError, match=phrase):
        importer(chemin)


@pytest.mark.django_db
def test_un_fichier_absent_est_dit(tmp_path):
    with pytest.raises(CommandError, match="fichier illisible"):
        importer(tmp_path / "absent.yaml")


def _poser(chemin: list[Any], valeur: Any) -> dict[str, Any]:
    donnees = trpm_enrichi()
    parent: Any = donnees
    for cle in chemin[:-1]:
        parent = parent[cle]
    parent[chemin[-1]] = valeur
    return donnees


REFUS: list[tuple[list[Any], Any, str]] = [
    (["inconnue"], 1, "inconnue : clé inconnue"),
    (["diplome", "code"], "T/R", "diplome.code : code mal formé"),
    (["diplome", "premiere_session"], True, "diplome.premiere_session : un entier est attendu"),
    (["diplome", "intitule"], " ", "diplome.intitule : texte vide"),
    (["diplome", "intitule"], "a\x07", "diplome.intitule : caractère de contrôle"),
    (["diplome", "intitule"], "a" * 201, "diplome.intitule : texte trop long"),
    (["options", 1, "code"], "RSP", "options : « RSP » est répété"),
    (["blocs", 0, "numero"], 2, "blocs : les numéros doivent être différents et croissants"),
    (["blocs", 0, "epreuve"], "E9", "blocs[0].epreuve : « E9 » n'existe pas"),
    (["blocs", 0, "activite"], "A2", "blocs (activite) : « A2 » est répété"),
    (["blocs", 0, "competences"], ["C1", "C4", "C5", "C6"], "blocs (competences) : « C6 » est répété"),
    (["blocs", 0, "competences"], ["C1", "C4"], "competences : C5 n'est dans aucun bloc"),
    (["epreuves", 0, "coefficient"], {"RSP": 5}, "epreuves[0].coefficient.RMO : manque"),
    (["modalites", "E9"], {"ccf": True}, "modalites.E9 : inconnu ici"),
    (["modalites", "E2", "ccf"], "oui", "modalites.E2.ccf : true ou false est attendu"),
    (["ponderations", "RSP", "C1"], -1, "ponderations.RSP.C1 : hors de 0"),
    (["ponderations", "RSP", "C13"], 1, "ponderations.RSP.C13 : inconnu ici"),
    (["ponderations", "RSP", "C1"], 10, "parts_des_blocs.RSP.1 : 28.22 écrit, 28.8 calculé sur les poids"),
    (["parts_des_blocs", "RMO", 1], 30.09, "parts_des_blocs.RMO.1 : 30.09 écrit, 30.08 calculé"),
    (["parts_des_blocs", "RMO", 1], float("nan"), "parts_des_blocs.RMO.1 : un nombre est attendu"),
    (["autonomie", 0, "niveau"], 5, "autonomie[0].niveau : hors de 1…4"),
    (["niveaux_de_maitrise"], [{"niveau": 1, "intitule": "un"}], "les quatre niveaux 1 à 4 sont attendus"),
    (["jalons", 0, "apres"], "Licence S1", "jalons (apres) : « Licence S1 » n'existe pas"),
    (["activites", 1, "intitule"], {"RSP": "x"}, "activites[1].intitule.RMO : manque"),
    (["activites", 0, "taches", 1, "code"], "A1-T1", "activites[0].taches[1].code : A1-T1 est répété"),
    (["activites", 0, "taches", 0, "option"], "XXX", "activites[0].taches[0].option : « XXX » n'existe pas"),
    (["activites", 0, "taches", 0, "optoin"], None, "activites[0].taches[0].optoin : clé inconnue"),
    (["competences", 1, "detaillees", 0, "code"], "C1.1", "competences[1].detaillees[0].code : C1.1 est répété"),
    (["competences", 0, "nature"], "autre", "competences[0].nature : « autre » n'est pas admis"),
    (["competences", 0, "detaillees"], [], "competences[0].detaillees : au moins 1"),
    (["competences", 6, "detaillees", 0, "descripteurs"], {5: "x"}, "descripteurs.5 (clé) : hors de 1…4"),
    (["competences", 6, "detaillees", 0, "descripteurs"], {1: "x", "1": "y"}, "descripteurs.1 : clé répétée"),
    (["savoirs", 0, "niveau"], 4, "savoirs[0].niveau : hors de 1…3"),
    (["savoirs", 0, "competences"], ["C99"], "savoirs[0].competences : « C99 » n'existe pas"),
    (["savoirs", 1, "code"], "S-ESSAI.1", "savoirs : « S-ESSAI.1 » est répété"),
    (["correspondances", 1, "competence"], "C7", "correspondances : « REMI-ESSAI CC1 → C7 » est répété"),
    (["supports", "XXX"], ["x"], "supports : « XXX » n'existe pas"),
    (["espaces_XXX"], ["x"], "espaces_… : « XXX » n'existe pas"),
    (["nomenclature_MEF", 1, "mef"], "2472010331", "nomenclature_MEF : « 2472010331 » est répété"),
    (["ccf", "situations_par_epreuve"], {"min": 3, "max": 2}, "ccf.situations_par_epreuve : deux entiers"),
    (["ccf", "periode"], {1: "x"}, "ccf.periode.1 : la clé doit être un texte"),
    (["effectifs", "national", "TU"], 2**60, "effectifs.national.TU : valeur non admise"),
]


@pytest.mark.parametrize(("chemin", "valeur", "phrase"), REFUS, ids=[phrase[:60] for _, _, phrase in REFUS])
@pytest.mark.django_db
def test_chaque_defaut_est_nomme_avec_son_chemin(chemin, valeur, phrase):
    versions = VersionReferentiel.objects.count()
    with pytest.raises(ReferentielInvalide) as refus:
        importer_referentiel(_poser(chemin, valeur))
    assert any(phrase in erreur for erreur in refus.value.erreurs), refus.value.erreurs
    assert VersionReferentiel.objects.count() == versions


def test_toutes_les_erreurs_sont_dites_ensemble():
    donnees = bts_essai()
    donnees["diplome"]["code"] = ""
    del donnees["periodes"]
    donnees["options"] = "UNI"
    with pytest.raises(ReferentielInvalide) as refus:
        importer_referentiel(donnees)
    assert len(refus.value.erreurs) >= 3


def test_un_fichier_tres_faux_ne_noie_pas_la_personne():
    with pytest.raises(ReferentielInvalide) as refus:
        importer_referentiel({f"cle{rang}": 1 for rang in range(1000)})
    assert len(refus.value.erreurs) == 201
    assert refus.value.erreurs[-1].startswith("… et ")
