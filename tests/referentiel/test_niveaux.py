"""Le composant de niveau : chiffre, barres, libellé et couleur, lisible sans couleur et à voix haute."""

import re
from pathlib import Path

import pytest
from django.template import Context, Template
from django.utils.html import strip_tags

from evaluations.enums import Etat
from referentiel.templatetags.niveaux import BARRES, LIBELLES_ETATS, legende_niveaux, niveau

ICONES = Path(__file__).resolve().parents[2] / "static" / "icones" / "niveaux"


def lu(html: str) -> str:
    """Ce qu'un lecteur d'écran dit : le texte, sans ce qui lui est caché."""
    return strip_tags(re.sub(r'<span aria-hidden="true">.*?</span>', "", html)).strip()


@pytest.mark.parametrize(
    ("valeur", "attendu"),
    [
        (1, "niveau 1, non maîtrisée"),
        (2, "niveau 2, insuffisamment maîtrisée"),
        (3, "niveau 3, maîtrisée"),
        (4, "niveau 4, bien maîtrisée"),
        ("4", "niveau 4, bien maîtrisée"),
        ("NE", "NE, non évalué"),
        ("ABJ", "ABJ, absence justifiée"),
        ("ABN", "ABN, absence injustifiée"),
        ("DISP", "DISP, dispensé"),
        (None, "rien de saisi"),
        ("", "rien de saisi"),
    ],
)
@pytest.mark.parametrize("court", [False, True])
def test_un_niveau_se_lit_en_entier_court_ou_long(valeur: int | str | None, attendu: str, court: bool) -> None:
    assert lu(niveau(valeur, court=court)) == attendu


@pytest.mark.parametrize("valeur", [1, 2, 3, 4])
def test_le_chiffre_et_les_barres_ne_sont_jamais_omis(valeur: int) -> None:
    for html in (niveau(valeur), niveau(valeur, court=True)):
        assert f'<span class="niveau-signe">{valeur}</span><svg class="niveau-barres"' in html
        assert BARRES[valeur] in html


@pytest.mark.parametrize("etat", Etat.values)
def test_un_etat_n_a_ni_chiffre_ni_barre(etat: str) -> None:
    html = niveau(etat)
    assert "niveau-etat" in html
    assert "<svg" not in html
    assert not re.search(r"\d", strip_tags(html))


def test_une_case_vide_n_est_pas_un_non_evalue() -> None:
    assert "·" in niveau(None)
    assert "niveau-etat" not in niveau(None)


def test_les_libelles_des_etats_sont_ceux_des_evaluations() -> None:
    assert dict(LIBELLES_ETATS) == dict(Etat.choices)


def test_une_page_fournit_ses_propres_libelles() -> None:
    libelles = {1: "débutant", 2: "en cours", 3: "acquis", 4: "expert"}
    rendu = Template("{% load niveaux %}{% niveau 3 libelles=libelles %}").render(Context({"libelles": libelles}))
    assert lu(rendu) == "niveau 3, acquis"


def test_un_libelle_est_echappe() -> None:
    assert "<b>" not in niveau(1, libelles={1: "<b>"})


@pytest.mark.parametrize("valeur", [0, 5, "A"])
def test_une_valeur_hors_echelle_est_refusee(valeur: int | str) -> None:
    with pytest.raises((KeyError, ValueError)):
        niveau(valeur)


def test_la_legende_montre_les_quatre_niveaux_les_quatre_etats_et_la_case_vide() -> None:
    assert legende_niveaux().count("<li>") == 9


@pytest.mark.parametrize("valeur", [1, 2, 3, 4])
def test_le_fichier_des_cases_denses_porte_le_meme_dessin(valeur: int) -> None:
    assert f'd="{BARRES[valeur]}"' in (ICONES / f"{valeur}.svg").read_text()
