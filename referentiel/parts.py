"""Parts en pourcentage calculées sur les entiers, tronquées à deux décimales comme dans le document source."""

from collections.abc import Iterable, Mapping
from typing import Any


def centiemes(somme: int, total: int) -> int:
    """Part en centièmes de pour cent, tronquée : 35 sur 124 → 2822."""
    return somme * 10000 // total


def part_tronquee(somme: int, total: int) -> float:
    """La même, telle qu'elle s'écrit : le nombre vient du texte, jamais d'une division flottante."""
    entier, reste = divmod(centiemes(somme, total), 100)
    return float(f"{entier}.{reste:02d}")


def pourcentage(somme: int, total: int) -> str:
    """« 28,22 » : pour l'affichage, tronqué comme dans la source."""
    entier, reste = divmod(centiemes(somme, total), 100)
    return f"{entier},{reste:02d}"


def parts_des_blocs(
    blocs: Iterable[Mapping[str, Any]], ponderations: Mapping[str, Mapping[str, int]]
) -> dict[str, dict[int, float]]:
    """Part de chaque bloc, par option : somme des POIDS du bloc sur le total de l'option."""
    blocs = list(blocs)
    return {
        option: {
            bloc["numero"]: part_tronquee(sum(poids[code] for code in bloc["competences"]), sum(poids.values()))
            for bloc in blocs
        }
        for option, poids in ponderations.items()
    }
