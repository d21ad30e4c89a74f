"""Ce qui est attendu à une période et en fin de cycle, et l'écart avec ce qu'un apprenant a montré (pur, sans base).

Une période est désignée par son rang dans le cycle, de 1 à n. Ce qui a été attendu le reste : une période sans niveau
posé garde le plus haut niveau posé avant elle.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum

NIVEAUX = (1, 2, 3, 4)
NIVEAU_VISE = 3
# Montrée telle quelle à côté de toute proposition (DOMAINE §3 : rien d'officiel ne fixe ces niveaux).
REGLE = (
    "Le niveau visé en fin de cycle, le même pour toutes les compétences, est réparti régulièrement entre les "
    "périodes : niveau visé × rang de la période ÷ nombre de périodes, arrondi au niveau supérieur."
)

# Rang de la période → niveau posé ; un rang absent ou vide : rien n'y est posé.
Niveaux = Mapping[int, int | None]


class Position(StrEnum):
    """Où se tient un apprenant par rapport à ce qui est attendu pour la période."""

    RIEN_D_ATTENDU = "rien"
    NON_EVALUEE = "non_evaluee"
    EN_DECA = "en_deca"
    ATTEINTE = "atteinte"
    AU_DELA = "au_dela"


@dataclass(frozen=True, slots=True)
class Ecart:
    """`manque` : niveaux qui manquent pour la période ; `reste` : ceux qui restent à gagner d'ici la fin du cycle."""

    niveau: int | None
    periode: int | None
    fin: int | None
    position: Position
    manque: int
    reste: int

    @property
    def phrase(self) -> str:
        if self.position is Position.RIEN_D_ATTENDU:
            return "rien n'est encore attendu"
        attendu = f"niveau {self.periode} attendu"
        return {
            Position.NON_EVALUEE: f"{attendu}, pas encore évalué",
            Position.EN_DECA: f"{attendu}, en dessous",
            Position.ATTEINTE: f"{attendu}, atteint",
            Position.AU_DELA: f"{attendu}, dépassé",
        }[self.position]


def attendu_a(niveaux: Niveaux, rang: int) -> int | None:
    """Le plus haut niveau posé jusqu'à cette période comprise."""
    return max((niveau for autre, niveau in niveaux.items() if autre <= rang and niveau), default=None)


def attendu_en_fin(niveaux: Niveaux) -> int | None:
    """Le niveau de fin de cycle."""
    return max((niveau for niveau in niveaux.values() if niveau), default=None)


def reculs(niveaux: Niveaux) -> tuple[int, ...]:
    """Les périodes où l'on a posé moins qu'avant : sans effet, donc à signaler à qui rédige."""
    return tuple(
        rang for rang, niveau in sorted(niveaux.items()) if niveau and niveau < (attendu_a(niveaux, rang) or 0)
    )


def de_la_detaillee(propres: Niveaux, de_la_competence: Niveaux) -> Niveaux:
    """Une détaillée où rien n'est posé suit ce qui l'est pour sa compétence."""
    return propres if any(propres.values()) else de_la_competence


def de_la_competence(propres: Niveaux, detaillees: Iterable[Niveaux]) -> Niveaux:
    """Ce qui est posé pour la compétence elle-même ; sinon, à chaque période, le plus haut de ses détaillées."""
    if any(propres.values()):
        return propres
    lues = list(detaillees)
    rangs = sorted({rang for une in lues for rang in une})
    return {rang: max((attendu_a(une, rang) or 0 for une in lues), default=0) or None for rang in rangs}


def ecart(niveau: int | None, attendu_periode: int | None, attendu_fin: int | None) -> Ecart:
    """Compare le meilleur niveau montré (vide : rien d'évalué) à la période et, à part, à la fin du cycle."""
    for valeur in (niveau, attendu_periode, attendu_fin):
        if valeur is not None and valeur not in NIVEAUX:
            raise ValueError(f"niveau hors de 1 à 4 : {valeur!r}")
    if (attendu_periode or 0) > (attendu_fin or 0):
        raise ValueError("la fin du cycle n'attend pas moins que l'une de ses périodes")
    atteint = niveau or 0
    return Ecart(
        niveau=niveau,
        periode=attendu_periode,
        fin=attendu_fin,
        position=_position(niveau, attendu_periode),
        manque=max(0, (attendu_periode or 0) - atteint),
        reste=max(0, (attendu_fin or 0) - atteint),
    )


def ecart_a(niveau: int | None, niveaux: Niveaux, rang: int) -> Ecart:
    return ecart(niveau, attendu_a(niveaux, rang), attendu_en_fin(niveaux))


def proposer(rang: int, nombre: int, vise: int = NIVEAU_VISE) -> int:
    """La valeur de départ de l'outil (`REGLE`) ; l'équipe la relit et la change."""
    if not 1 <= rang <= nombre or vise not in NIVEAUX:
        raise ValueError(f"période {rang} sur {nombre}, niveau visé {vise}")
    return -(-vise * rang // nombre)


def _position(niveau: int | None, attendu: int | None) -> Position:
    if attendu is None:
        return Position.RIEN_D_ATTENDU
    if niveau is None:
        return Position.NON_EVALUEE
    if niveau < attendu:
        return Position.EN_DECA
    return Position.ATTEINTE if niveau == attendu else Position.AU_DELA
