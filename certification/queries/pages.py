"""Ce que montrent les pages « Certification » et « Synthèse », au-dessus des résultats du calcul."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import NamedTuple

from certification.models import Candidat
from certification.queries.candidats import SyntheseCandidat, SyntheseClasse
from certification.syntheses import SyntheseEpreuve
from referentiel.models import Epreuve

# Bornes basses des tranches ; la dernière est ouverte jusqu'à 20.
TRANCHES = (Decimal(0), Decimal(8), Decimal(10), Decimal(12), Decimal(14), Decimal(16))


@dataclass(frozen=True)
class Voisins:
    """Où l'on en est dans la classe."""

    rang: int
    total: int
    precedent: Candidat | None
    suivant: Candidat | None


class Tranche(NamedTuple):
    libelle: str
    nombre: int


@dataclass(frozen=True)
class BilanEpreuve:
    """La classe à une épreuve, pour les candidats affichés."""

    epreuve: Epreuve
    avec_note: int
    total: int
    tranches: tuple[Tranche, ...]


def voisins_de(candidat: Candidat, candidats: Sequence[Candidat]) -> Voisins:
    """`candidats` : ceux de la classe, dans l'ordre alphabétique."""
    rang = next(rang for rang, autre in enumerate(candidats) if autre.pk == candidat.pk)
    return Voisins(
        rang=rang + 1,
        total=len(candidats),
        precedent=candidats[rang - 1] if rang else None,
        suivant=candidats[rang + 1] if rang + 1 < len(candidats) else None,
    )


def filtrer(candidats: Sequence[SyntheseCandidat], option: str, etat: str) -> list[SyntheseCandidat]:
    """`etat` : « bloquee » garde ceux à qui il manque au moins une note, « complete » les autres."""
    return [
        lu
        for lu in candidats
        if (not option or (lu.candidat.option and lu.candidat.option.code == option))
        and (not etat or (etat == "complete") == all(synthese.est_reglee for synthese in lu.syntheses.values()))
    ]


def bilans(synthese: SyntheseClasse, candidats: Sequence[SyntheseCandidat]) -> list[BilanEpreuve]:
    return [_bilan(epreuve, [lu.syntheses[epreuve.code] for lu in candidats]) for epreuve in synthese.epreuves]


def _bilan(epreuve: Epreuve, syntheses: Sequence[SyntheseEpreuve]) -> BilanEpreuve:
    notes = [synthese.note_proposee for synthese in syntheses if synthese.note_proposee is not None]
    tranches = []
    for bas, haut in zip(TRANCHES, [*TRANCHES[1:], Decimal(21)], strict=True):
        libelle = f"{bas} à 20" if haut > 20 else f"{bas} à < {haut}"
        tranches.append(Tranche(libelle, sum(bas <= note < haut for note in notes)))
    tranches.append(Tranche("sans note", len(syntheses) - len(notes)))
    return BilanEpreuve(epreuve, len(notes), len(syntheses), tuple(tranches))
