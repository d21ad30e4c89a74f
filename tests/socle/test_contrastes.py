"""Contrastes WCAG calculés sur les jetons de couleur : 4,5 pour le texte, 3 pour les traits et le focus."""

import re
from pathlib import Path

import pytest

CSS = Path(__file__).resolve().parents[2] / "static" / "css"
JETONS = (CSS / "jetons.css").read_text(encoding="utf-8")

TEXTES = [
    *(
        (texte, fond)
        for texte in (
            "trpm-encre",
            "trpm-attenue",
            "trpm-primaire",
            "trpm-primaire-appui",
            "trpm-accent",
            "trpm-danger",
        )
        for fond in ("trpm-papier", "trpm-page", "trpm-creux", "trpm-teinte")
    ),
    *((f"trpm-{ton}", f"trpm-{ton}-fond") for ton in ("danger", "attention", "succes")),
    *(("trpm-encre", f"trpm-{ton}-fond") for ton in ("danger", "attention", "succes")),
    ("trpm-attention", "trpm-papier"),
    ("trpm-succes", "trpm-papier"),
    ("trpm-sur-primaire", "trpm-primaire"),
    ("trpm-sur-primaire", "trpm-primaire-appui"),
    ("trpm-sur-barre", "trpm-barre"),
    ("trpm-barre-attenue", "trpm-barre"),
    *((f"niveau-{rang}-texte", f"niveau-{rang}-fond") for rang in ("1", "2", "3", "4", "etat")),
]
TRAITS = [
    *((trait, fond) for trait in ("trpm-accent", "trpm-trait-champ") for fond in ("trpm-papier", "trpm-page")),
    ("trpm-trait", "trpm-papier"),
    ("trpm-focus-barre", "trpm-barre"),
    ("trpm-barre-trait", "trpm-barre"),
    *((f"niveau-{rang}-plein", f"niveau-{rang}-fond") for rang in "1234"),
    *((f"niveau-{rang}-plein", fond) for rang in "1234" for fond in ("trpm-papier", "trpm-page")),
]


def jetons(theme: str) -> dict[str, str]:
    """Les couleurs hexadécimales du bloc d'un thème ; l'absence d'un jeton fait échouer la lecture."""
    bloc = re.search(rf'\[data-bs-theme="{theme}"\] \{{(.*?)\n\}}', JETONS, re.DOTALL)
    assert bloc is not None
    return dict(re.findall(r"--([a-z0-9-]+): (#[0-9a-f]{6});", bloc.group(1)))


def luminance(couleur: str) -> float:
    canaux = [int(couleur[rang : rang + 2], 16) / 255 for rang in (1, 3, 5)]
    lineaires = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in canaux]
    return sum(part * canal for part, canal in zip((0.2126, 0.7152, 0.0722), lineaires, strict=True))


def contraste(une: str, autre: str) -> float:
    sombre, claire = sorted((luminance(une), luminance(autre)))
    return (claire + 0.05) / (sombre + 0.05)


def test_le_calcul_du_contraste_suit_les_valeurs_connues() -> None:
    assert contraste("#000000", "#ffffff") == pytest.approx(21)
    assert contraste("#777777", "#ffffff") == pytest.approx(4.48, abs=0.01)


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize(("texte", "fond"), TEXTES)
def test_un_texte_se_lit_sur_son_fond(theme: str, texte: str, fond: str) -> None:
    couleurs = jetons(theme)
    assert contraste(couleurs[texte], couleurs[fond]) >= 4.5


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize(("trait", "fond"), TRAITS)
def test_un_trait_utile_se_voit_sur_son_fond(theme: str, trait: str, fond: str) -> None:
    couleurs = jetons(theme)
    assert contraste(couleurs[trait], couleurs[fond]) >= 3


def test_les_deux_themes_definissent_les_memes_jetons() -> None:
    assert jetons("light").keys() == jetons("dark").keys()


def test_les_feuilles_n_emploient_que_des_jetons_declares() -> None:
    """Une faute de frappe dans var(--trpm-…) est muette : le navigateur prend la valeur héritée."""
    declares = set(re.findall(r"--((?:trpm|niveau)-[a-z0-9-]+):", JETONS))
    feuilles = sorted(CSS.glob("*.css"))
    employes = {
        nom for feuille in feuilles for nom in re.findall(r"var\(--((?:trpm|niveau)-[a-z0-9-]+)", feuille.read_text())
    }
    assert employes - declares == set()
