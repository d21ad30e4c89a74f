"""La synthèse du conseil en tableau : une ligne par PFMP, une colonne par compétence retenue, une par attitude."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from centres.models import Classe
from evaluations.enums import Attitude
from evaluations.queries.suivi_pfmp import PfmpSynthese, SyntheseApprenant, synthese_de


@dataclass(frozen=True)
class CompetenceRetenue:
    """Une colonne ; une option peut dire autrement le même code."""

    code: str
    intitules: tuple[str, ...]

    @property
    def texte(self) -> str:
        return " / ".join(self.intitules)


@dataclass(frozen=True)
class LigneSynthese:
    pfmp: PfmpSynthese
    niveaux: tuple[int | None, ...]
    attitudes: tuple[int | None, ...]


@dataclass(frozen=True)
class BlocSynthese:
    """Un apprenant et ses PFMP."""

    apprenant: SyntheseApprenant
    lignes: tuple[LigneSynthese, ...]


@dataclass(frozen=True)
class TableauSynthese:
    competences: tuple[CompetenceRetenue, ...]
    attitudes: tuple[str, ...]
    blocs: tuple[BlocSynthese, ...]

    @property
    def colonnes(self) -> int:
        return len(self.competences) + len(self.attitudes)

    @property
    def textes(self) -> tuple[LigneSynthese, ...]:
        """Celles dont le bilan confirmé porte une synthèse écrite."""
        lignes = (ligne for bloc in self.blocs for ligne in bloc.lignes)
        return tuple(une for une in lignes if une.pfmp.est_confirme and une.pfmp.bilan and une.pfmp.bilan.synthese)


def tableau_de_synthese(classe: Classe) -> TableauSynthese:
    apprenants = synthese_de(classe)
    competences = _competences(apprenants)
    codes = [une.code for une in competences]
    attitudes = tuple(str(une.label) for une in Attitude)
    return TableauSynthese(
        competences=competences,
        attitudes=attitudes,
        blocs=tuple(
            BlocSynthese(apprenant, tuple(_ligne(une, codes, attitudes) for une in apprenant.pfmp))
            for apprenant in apprenants
        ),
    )


def _ligne(une: PfmpSynthese, codes: Sequence[str], attitudes: Sequence[str]) -> LigneSynthese:
    niveaux = {retenu.code: retenu.niveau for retenu in une.niveaux}
    degres = dict(une.attitudes)
    return LigneSynthese(
        pfmp=une,
        niveaux=tuple(niveaux.get(code) for code in codes),
        attitudes=tuple(degres.get(attitude) for attitude in attitudes),
    )


def _competences(apprenants: Sequence[SyntheseApprenant]) -> tuple[CompetenceRetenue, ...]:
    """Celles qu'un bilan confirmé a retenues, C9 avant C10."""
    intitules: dict[str, dict[str, None]] = {}
    for apprenant in apprenants:
        for une in apprenant.pfmp:
            for retenu in une.niveaux:
                intitules.setdefault(retenu.code, {})[retenu.intitule] = None
    ordre = sorted(intitules, key=lambda code: [int(chiffres) for chiffres in re.findall(r"\d+", code)])
    return tuple(CompetenceRetenue(code, tuple(intitules[code])) for code in ordre)
