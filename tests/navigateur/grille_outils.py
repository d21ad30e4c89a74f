"""Gestes communs aux parcours de la grille."""

from typing import Any

from django.urls import reverse
from playwright.sync_api import Locator, Page

from evaluations.models import Situation


def ouvrir(page: Page, situation: Situation) -> None:
    page.goto(reverse("evaluations:grille", args=[situation.pk]))
    page.wait_for_selector("#grille[data-pret]")


def case(page: Page, ligne: int, colonne: int) -> Locator:
    """La case d'un apprenant et d'une compétence, comptées depuis 0."""
    return page.locator(f"#grille tbody tr:nth-child({ligne + 1}) td").nth(colonne)


def attendre_enregistre(page: Page, delai: int = 15_000) -> None:
    page.wait_for_selector("#grille-enregistrement[data-etat=enregistre][data-attente='0']", timeout=delai)


GARDEES = """async (nombre) => {
  const locales = Object.keys(localStorage).filter((cle) => cle.startsWith("trpm.saisie."));
  if (!globalThis.indexedDB) return locales.length === nombre;
  const lire = (demande) => new Promise((oui) => { demande.onsuccess = () => oui(demande.result); });
  const base = await lire(indexedDB.open("trpm-grille"));
  const lues = await lire(base.transaction("saisies").objectStore("saisies").count());
  base.close();
  return lues === nombre;
}"""


def attendre_gardees(page: Page, nombre: int) -> None:
    """Autant de saisies écrites sur le poste : elles survivront à la fermeture de l'onglet."""
    page.wait_for_function(GARDEES, arg=nombre)


def valeurs(situation: Situation) -> dict[tuple[int, int], Any]:
    return {(p.inscription_id, p.detaillee_id): p.valeur for p in situation.positionnements.all() if p.valeur}
