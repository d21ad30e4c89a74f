"""La déclaration d'accessibilité ne dit que ce que la passe « navigateur » a vu."""

import json
from datetime import date
from pathlib import Path

import pytest
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse
from django.utils import timezone

from tests.navigateur.releve import FORMAT, Releve
from trpm import __version__
from trpm.donnees.accessibilite import CONTROLES, lire_controles

JOUR = date(2026, 11, 24)


class PageVue:
    """Ce que le relevé lit d'une page de Playwright."""

    def __init__(self, chemin: str, largeur: int) -> None:
        self.url = f"http://localhost:8000{chemin}"
        self.viewport_size = {"width": largeur, "height": 800}


def noter(releve: Releve, chemin: str, largeur: int, violations: int = 0) -> None:
    reponse = {"testEngine": {"version": "4.12.1"}, "violations": [{}] * violations}
    releve.noter(PageVue(chemin, largeur), reponse)  # type: ignore[arg-type]


def adresses(motifs: list[URLPattern | URLResolver], debut: str = "") -> set[str]:
    trouvees: set[str] = set()
    for motif in motifs:
        adresse = debut + str(motif.pattern)
        trouvees |= adresses(motif.url_patterns, adresse) if isinstance(motif, URLResolver) else {adresse}
    return trouvees


def test_le_fichier_publie_ne_nomme_que_des_pages_du_site() -> None:
    lu = json.loads(CONTROLES.read_text())
    assert lu["format"] == FORMAT
    assert date.fromisoformat(lu["le"]) <= timezone.localdate()
    assert lu["pages"] == sorted(lu["pages"], key=lambda page: page["adresse"])
    assert {page["adresse"] for page in lu["pages"]} <= adresses(get_resolver().url_patterns)
    assert all(page["largeurs"] == sorted(set(page["largeurs"])) != [] for page in lu["pages"])


def test_la_page_publie_le_fichier_tel_quel(client: Client) -> None:
    controles = lire_controles()
    assert controles is not None
    page = " ".join(client.get(reverse("accessibilite")).content.decode().split())
    assert f"axe-core {controles.axe}" in page
    assert f"{len(controles.pages)} pages du site" in page
    assert ("aucun défaut détecté" in page) is (controles.violations == 0)
    assert "partiellement conforme" in page
    assert "Aucun audit humain complet" in page


def test_sans_fichier_rien_n_est_affirme(tmp_path: Path) -> None:
    assert lire_controles(tmp_path / "absent.json") is None


def test_le_releve_garde_le_pire_de_chaque_page(tmp_path: Path) -> None:
    releve, fichier = Releve(), tmp_path / "dossier" / "controles.json"
    noter(releve, "/classes/12/", 1440)
    noter(releve, "/classes/13/", 390, violations=2)
    noter(releve, "/classes/14/", 390)
    noter(releve, "/accessibilite/?x=1", 390)
    noter(releve, "/nulle/part", 390, violations=9)
    releve.ecrire(fichier, JOUR)
    controles = lire_controles(fichier)
    assert controles is not None
    assert [(p.adresse, p.largeurs, p.violations) for p in controles.pages] == [
        ("accessibilite/", (390,), 0),
        ("classes/<int:pk>/", (390, 1440), 2),
    ]
    assert (controles.le, controles.axe, controles.violations) == (JOUR, "4.12.1", 2)


@pytest.mark.parametrize(
    ("jour", "violations", "le"),
    [
        (date(2026, 12, 10), 0, "2026-11-24"),
        (date(2026, 12, 24), 0, "2026-12-24"),
        (date(2026, 11, 25), 1, "2026-11-25"),
    ],
    ids=["même relevé, récent", "même relevé, un mois après", "relevé changé"],
)
def test_le_fichier_ne_change_que_s_il_dit_autre_chose(tmp_path: Path, jour: date, violations: int, le: str) -> None:
    fichier = tmp_path / "controles.json"
    premier, second = Releve(), Releve()
    noter(premier, "/classes/12/", 1440)
    noter(second, "/classes/12/", 1440, violations)
    premier.ecrire(fichier, JOUR)
    second.ecrire(fichier, jour)
    assert json.loads(fichier.read_text())["le"] == le


def test_la_version_affichee_est_celle_du_projet(client: Client) -> None:
    page = client.get(reverse("connexion")).content.decode()
    assert f"TRPM {__version__}" in page
    projet = (CONTROLES.parents[2] / "pyproject.toml").read_text()
    assert f'\nversion = "{__version__}"\n' in projet
