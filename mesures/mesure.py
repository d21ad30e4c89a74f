"""Une mesure et son plancher, en paires alternées : la machine qui ralentit ralentit les deux."""

import gc
from collections.abc import Callable
from dataclasses import dataclass
from statistics import median
from time import perf_counter, process_time
from typing import Any


@dataclass(frozen=True)
class Mesure:
    """`plancher` et `ratio` sont vides pour un compte ; `budget` n'est qu'affiché."""

    nom: str
    valeur: float
    unite: str
    plancher: float | None = None
    ratio: float | None = None
    budget: str = ""

    def en_json(self) -> dict[str, Any]:
        return {
            "valeur": _arrondi(self.valeur),
            "plancher": _arrondi(self.plancher),
            "ratio": _arrondi(self.ratio),
            "unite": self.unite,
        }


def duree(geste: Callable[[], Any]) -> float:
    debut = perf_counter()
    geste()
    return perf_counter() - debut


def calcul(geste: Callable[[], Any]) -> float:
    """Le temps de processeur du geste : les voisins de la machine n'y entrent pas, l'attente du disque non plus."""
    debut = process_time()
    geste()
    return process_time() - debut


def comparer(
    nom: str,
    geste: Callable[[], Any],
    plancher: Callable[[], Any],
    *,
    paires: int,
    budget: str = "",
    chronometre: Callable[[Callable[[], Any]], float] = duree,
) -> Mesure:
    """Médiane des rapports, paire par paire, après un tour à vide ; durées en millisecondes."""
    geste(), plancher()
    lus = []
    gc.collect()
    for _ in range(paires):
        lus.append((chronometre(geste), chronometre(plancher)))
    return Mesure(
        nom,
        median(a for a, _ in lus) * 1000,
        "ms" if chronometre is duree else "ms de calcul",
        median(b for _, b in lus) * 1000,
        median(a / b for a, b in lus),
        budget,
    )


def _arrondi(valeur: float | None) -> float | None:
    if valeur is None or valeur == int(valeur):
        return valeur if valeur is None else int(valeur)
    return round(valeur, 3)
