"""Le sens referentiel ← centres ← evaluations ← certification tient aussi là où import-linter ne voit rien."""

import ast
import re
from pathlib import Path

import pytest
from django.apps import apps
from django.db import models
from django.db.migrations.loader import MigrationLoader

from tests.architecture.sources import APPLICATIONS, GABARITS, PYTHON, RACINE, application, arbre, nom, plus_hautes

NOS_MODELES = [modele for app in APPLICATIONS for modele in apps.get_app_config(app).get_models()]
NOS_TABLES = [modele for modele in NOS_MODELES if not modele._meta.proxy]
RANG = {app: rang for rang, app in enumerate(APPLICATIONS)}


def _accesseurs_inverses_vers_le_bas() -> list[tuple[str, str, str]]:
    """(application basse, accesseur, champ) des relations d'une application haute qui se lisent depuis le bas."""
    trouves = []
    for modele in NOS_TABLES:
        for champ in modele._meta.get_fields():
            cible = getattr(champ, "related_model", None)
            if not isinstance(champ, models.ForeignKey | models.ManyToManyField) or not isinstance(cible, type):
                continue
            basse = cible._meta.app_label
            if RANG.get(basse, 99) < RANG[modele._meta.app_label] and not champ.remote_field.hidden:
                trouves.append((basse, champ.remote_field.get_accessor_name() or "", str(champ)))
    return trouves


def test_une_relation_entre_applications_nomme_son_inverse_ou_n_en_a_pas() -> None:
    assert [champ for _, accesseur, champ in _accesseurs_inverses_vers_le_bas() if accesseur.endswith("_set")] == []


@pytest.mark.parametrize(("basse", "accesseur", "champ"), _accesseurs_inverses_vers_le_bas())
def test_une_application_basse_n_emploie_pas_l_inverse_d_une_haute(basse: str, accesseur: str, champ: str) -> None:
    # L'accesseur (.situations) ou une traversée (situations__…) ; le même mot seul peut nommer autre chose.
    emploi = re.compile(rf"(?<!self)\.{accesseur}\.(all|filter|count|exists|order_by)\b|[\"'( ]{accesseur}__")
    fichiers = [f for f in [*PYTHON, *GABARITS] if application(f) == basse]
    assert [nom(fichier) for fichier in fichiers if emploi.search(fichier.read_text())] == [], champ


def test_les_migrations_ne_dependent_que_du_bas() -> None:
    remontees = []
    for (app, nom_migration), migration in MigrationLoader(None, ignore_no_migrations=True).disk_migrations.items():
        if app in RANG:
            remontees += [(app, nom_migration, d) for d in migration.dependencies if RANG.get(d[0], -1) > RANG[app]]
    assert remontees == []


@pytest.mark.parametrize("app", APPLICATIONS)
def test_aucune_application_n_en_nomme_une_plus_haute(app: str) -> None:
    """get_model("evaluations", …) ou reverse("evaluations:…") seraient des imports déguisés."""
    hautes = "|".join(plus_hautes(app)) or "aucune"
    deguise = re.compile(rf"get_model\(\s*[\"']({hautes})\b|[\"']({hautes})[.:]\w")
    fautifs = []
    for fichier in PYTHON:
        if application(fichier) == app and deguise.search(fichier.read_text()):
            fautifs.append(nom(fichier))
    assert fautifs == []


def _rang_dans_la_classe(noeud: ast.stmt) -> int | None:
    """Champs et constantes, Meta, __str__ (et la clé naturelle), propriétés, méthodes."""
    if isinstance(noeud, ast.ClassDef):
        return 1 if noeud.name == "Meta" else 0
    if isinstance(noeud, ast.Assign | ast.AnnAssign):
        return 0
    if not isinstance(noeud, ast.FunctionDef):
        return None
    if noeud.name in {"__str__", "natural_key"}:
        return 2
    return 3 if any("property" in ast.unparse(decorateur) for decorateur in noeud.decorator_list) else 4


@pytest.mark.parametrize("fichier", [f for f in PYTHON if f.name == "models.py" or f.parent.name == "models"], ids=nom)
def test_un_modele_se_lit_toujours_dans_le_meme_ordre(fichier: Path) -> None:
    for classe in (noeud for noeud in arbre(fichier).body if isinstance(noeud, ast.ClassDef)):
        rangs = [rang for rang in map(_rang_dans_la_classe, classe.body) if rang is not None]
        assert rangs == sorted(rangs), f"{nom(fichier)}:{classe.name}"


@pytest.mark.parametrize("modele", NOS_MODELES, ids=lambda modele: modele._meta.label)
def test_un_modele_a_un_nom_francais_et_un_affichage(modele: type[models.Model]) -> None:
    assert modele.__str__ is not models.Model.__str__
    assert modele._meta.verbose_name != re.sub(r"(?<!^)(?=[A-Z])", " ", modele.__name__).lower() or (
        modele.__name__.lower() == modele._meta.verbose_name
    )


def test_chaque_application_a_ses_tests() -> None:
    assert [app for app in APPLICATIONS if not list((RACINE / "tests" / app).glob("test_*.py"))] == []
