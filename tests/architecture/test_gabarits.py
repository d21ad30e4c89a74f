"""Les gabarits : rien en ligne, rien d'ailleurs, aucun lien vers une application plus haute."""

import re
from fnmatch import fnmatch
from pathlib import Path

import pytest
from django.contrib.staticfiles import finders
from django.urls import get_resolver

from tests.architecture.sources import GABARITS, RACINE, STATIQUES, application, nom, plus_hautes
from trpm.socle.statiques import INUTILISES

# Un SVG construit par trpm.socle.graphiques, texte échappé, se rend tel quel : c'est le seul cas.
SAFE_ADMIS: set[str] = set()
EN_LIGNE = re.compile(r"""<style\b|\sstyle\s*=|\son[a-z]+\s*=\s*["']|hx-on|javascript:""", re.I)
SCRIPT_EN_LIGNE = re.compile(r"<script\b(?![^>]*\bsrc=)(?![^>]*application/json)", re.I)
AILLEURS = re.compile(r"""(?:src|href|action|url\(|@import|import)\s*[=(]?\s*["']?\s*(?:https?:)?//""", re.I)
LIEN = re.compile(r"""{%\s*url\s+["']([a-z_]+):""")
STATIQUE = re.compile(r"""{%\s*static\s+["']([^"']+)["']""")

BALISE_DE_GABARIT = re.compile(r"{%.*?%}|{{.*?}}|{#.*?#}", re.S)

chaque_gabarit = pytest.mark.parametrize("gabarit", GABARITS, ids=nom)


@chaque_gabarit
def test_ni_style_ni_script_en_ligne(gabarit: Path) -> None:
    source = BALISE_DE_GABARIT.sub("", gabarit.read_text())
    assert EN_LIGNE.findall(source) == []
    assert SCRIPT_EN_LIGNE.findall(source) == []


@chaque_gabarit
def test_aucune_donnee_n_echappe_a_l_echappement(gabarit: Path) -> None:
    source = gabarit.read_text()
    if nom(gabarit) not in SAFE_ADMIS:
        assert re.findall(r"\|\s*safe\w*|{%\s*autoescape off", source) == []


@chaque_gabarit
def test_un_fragment_commence_par_dire_ses_variables(gabarit: Path) -> None:
    if gabarit.name.startswith("_"):
        assert gabarit.read_text().lstrip().startswith(("{#", "{% comment")), nom(gabarit)


@chaque_gabarit
def test_les_liens_descendent(gabarit: Path) -> None:
    """Un lien vers une application plus haute ne vit que dans les fragments de navigation, à la racine."""
    if app := application(gabarit):
        assert [cible for cible in LIEN.findall(gabarit.read_text()) if cible in plus_hautes(app)] == []


@pytest.mark.parametrize("fichier", [*GABARITS, *STATIQUES], ids=nom)
def test_rien_ne_vient_d_un_autre_site(fichier: Path) -> None:
    assert AILLEURS.findall(fichier.read_text()) == []


@chaque_gabarit
def test_chaque_fichier_statique_existe_et_est_servi(gabarit: Path) -> None:
    """En production un nom absent du manifeste ferait échouer la page ; les tests, eux, ne le voient pas."""
    for chemin in STATIQUE.findall(gabarit.read_text()):
        assert finders.find(chemin), chemin
        assert not any(fnmatch(partie, motif) for partie in chemin.split("/") for motif in INUTILISES), chemin


def test_chaque_gabarit_est_employe() -> None:
    """Un gabarit que rien ne nomme est du code mort ; ceux que Django cherche par leur nom sont connus."""
    de_django = {"400.html", "403.html", "403_csrf.html", "404.html", "500.html"}
    sources = [f for d in ("trpm", "referentiel", "centres", "evaluations", "certification") for f in _python(d)]
    texte = "\n".join(fichier.read_text() for fichier in [*sources, *GABARITS])
    orphelins = []
    for gabarit in GABARITS:
        chemin = str(gabarit.relative_to(RACINE / "templates"))
        if chemin not in de_django and chemin not in texte and not chemin.startswith("registration/login"):
            orphelins.append(chemin)
    assert orphelins == []


def _python(paquet: str) -> list[Path]:
    return list((RACINE / paquet).rglob("*.py"))


def test_chaque_espace_de_noms_est_celui_d_une_application() -> None:
    assert {"referentiel", "centres", "evaluations", "certification"} >= set(get_resolver().namespace_dict)
