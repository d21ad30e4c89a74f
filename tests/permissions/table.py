"""Lire la table des droits et en tirer le verdict d'une case, sans rien savoir du code."""

import tomllib
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.permissions.monde import Cible, Personnage

FICHIER = Path(__file__).with_name("table.toml")
LECTURES = ("GET", "HEAD")
METHODES = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE")
ACCEPTE, INTROUVABLE, CONNEXION, METHODE_REFUSEE = "accepté", "introuvable", "connexion", "méthode refusée"


@dataclass(frozen=True)
class Page:
    nom: str
    objet: str = ""
    lit: tuple[str, ...] | None = None
    ecrit: tuple[str, ...] | None = None
    etats: dict[str, dict[str, list[str]]] = field(default_factory=dict)
    portee: str = ""
    muet: bool = False
    ferme: bool = False
    statuts: tuple[int, ...] = (200,)
    referent: str = "same-origin"
    absente: str = ""

    @property
    def methodes_admises(self) -> tuple[str, ...]:
        return ("GET",) * (self.lit is not None) + ("POST",) * (self.ecrit is not None)

    def admis(self, methode: str, cible: Cible) -> tuple[str, ...] | None:
        genre = "lit" if methode in LECTURES else "ecrit" if methode == "POST" else ""
        if not genre or getattr(self, genre) is None:
            return None
        propre = self.etats.get(cible.etat, {}).get(genre)
        return getattr(self, genre) if propre is None else tuple(propre)

    def verdict(self, methode: str, personnage: Personnage, cible: Cible) -> str:
        admis = self.admis(methode, cible)
        if personnage.compte is None and "public" not in (self.lit or ()) + (self.ecrit or ()) and not self.ferme:
            return CONNEXION
        if admis is None:
            return METHODE_REFUSEE
        if not cible.existe:
            return INTROUVABLE
        return ACCEPTE if _est_admis(admis, personnage, cible, self) else INTROUVABLE


def _est_admis(admis: Iterable[str], personnage: Personnage, cible: Cible, page: Page) -> bool:
    voulus = set(admis)
    if "public" in voulus or ("tous" in voulus and personnage.compte is not None):
        return True
    if "soi" in voulus and cible.soi == personnage.nom:
        return True
    if not page.objet or page.portee == "tous les centres":
        tenus = {role for roles in personnage.roles.values() for role in roles}
    else:
        tenus = personnage.roles.get(cible.centre or "", frozenset()) | personnage.roles.get("*", frozenset())
    return bool(voulus & set(tenus))


def lire_la_table() -> dict[str, Page]:
    lu = tomllib.loads(FICHIER.read_text())
    groupes: dict[str, list[str]] = lu["groupes"]

    def developper(noms: list[str] | None) -> tuple[str, ...] | None:
        return None if noms is None else tuple(role for nom in noms for role in groupes.get(nom, [nom]))

    pages = {}
    for nom, regle in lu["pages"].items():
        etats: dict[str, Any] = {
            etat: {genre: list(developper(noms) or ()) for genre, noms in regles.items()}
            for etat, regles in regle.get("etats", {}).items()
        }
        autres = {
            cle: regle[cle] for cle in ("objet", "portee", "muet", "ferme", "referent", "absente") if cle in regle
        }
        autres |= {cle: tuple(regle[cle]) for cle in ("statuts",) if cle in regle}
        pages[nom] = Page(
            nom, lit=developper(regle.get("lit")), ecrit=developper(regle.get("ecrit")), etats=etats, **autres
        )
    return pages
