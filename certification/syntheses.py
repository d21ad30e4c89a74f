"""Ce que la certification sait d'un candidat à une épreuve : niveaux retenus, note proposée ou raisons (pur)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from fractions import Fraction

from certification.bareme import EpreuveNotee, LigneCompetence, ParametresGrille, ResultatNote
from certification.notation import calculer_note, nombre_de_situations
from certification.phrases import decimal_francais
from evaluations.synthese import Observation

MOTIF_PONCTUEL = "Centre en épreuves ponctuelles : les acquis sont suivis, mais la note vient de l'épreuve, pas du CCF."
MOTIF_HORS_CCF = "Cette épreuve n'est pas évaluée en CCF : aucune note n'est proposée ici."
MOTIF_SANS_OPTION = "L'option du candidat n'est pas renseignée : ni les compétences ni les poids ne sont connus."
MOTIF_SANS_GRILLE = "Aucune grille de notation n'est publiée pour cette option et cette épreuve."


@dataclass(frozen=True)
class GrilleLue:
    """Une grille publiée : ce qui la désigne, et ce que le calcul en lit."""

    pk: int
    numero: int
    publiee_le: datetime | None
    est_propre_a_la_session: bool
    parametres: ParametresGrille


@dataclass(frozen=True)
class NoteConservee:
    """Une note d'une session passée que le candidat garde : l'épreuve n'est pas évaluée de nouveau."""

    session: int
    note: Decimal

    def __str__(self) -> str:
        return f"note conservée {self._detail}"

    @property
    def motif(self) -> str:
        """Pourquoi le calcul est tu."""
        return f"Note conservée {self._detail}. Cette épreuve n'est pas évaluée de nouveau."

    @property
    def _detail(self) -> str:
        return f"(session {self.session}) : {decimal_francais(self.note.normalize())}"


@dataclass(frozen=True)
class Decision:
    """Ce que la commission a dit d'un candidat à une épreuve.

    `empechement` : absent, dispensé… `fige` : le résultat tel qu'il était à la clôture, qui ne se refait pas.
    """

    positions: Mapping[str, int] = field(default_factory=dict)
    bonus: Fraction = Fraction(0)
    note_proposee: Decimal | None = None
    # L'exacte, telle que la note proposée la suivait ; un autre calcul aujourd'hui, c'est qu'une preuve a bougé.
    note_exacte: Fraction | None = None
    # Les niveaux retenus et les positions d'alors : à note égale, une preuve peut avoir bougé.
    niveaux_proposes: Mapping[str, int] = field(default_factory=dict)
    positions_proposees: Mapping[str, int] = field(default_factory=dict)
    empechement: str = ""
    motif_ecart: str = ""
    commentaire: str = ""
    appreciation: str = ""
    fige: ResultatNote | None = None


SANS_DECISION = Decision()


@dataclass(frozen=True)
class SyntheseEpreuve:
    """Le résultat d'une épreuve pour un candidat.

    `empechement` dit pourquoi aucune note de CCF n'est proposée, quoi que montrent les preuves : les niveaux
    restent affichés, le calcul est tu.
    """

    code: str
    grille: GrilleLue | None = None
    resultat: ResultatNote | None = None
    empechement: str = ""
    nombre_situations: int = 0
    observations: tuple[Observation, ...] = ()
    conservee: NoteConservee | None = None
    decision: Decision = SANS_DECISION

    @property
    def par_detaillee(self) -> dict[str, list[Observation]]:
        """Tout ce qui a été dit de chaque détaillée dans les situations certificatives de l'épreuve, états compris."""
        groupes: dict[str, list[Observation]] = {}
        for observation in self.observations:
            groupes.setdefault(observation.detaillee, []).append(observation)
        return groupes

    @property
    def lignes(self) -> tuple[LigneCompetence, ...]:
        return self.resultat.lignes if self.resultat else ()

    @property
    def a_note(self) -> bool:
        return self.note_arrondie is not None

    @property
    def est_reglee(self) -> bool:
        """Rien n'est plus attendu de cette épreuve : une note, proposée ou conservée, ou un état de la commission."""
        return self.a_note or self.conservee is not None or bool(self.decision.empechement)

    @property
    def est_proposee(self) -> bool:
        """La commission s'est prononcée par une note ; avant, la note affichée n'est que la calculée, arrondie."""
        return self.a_note and self.decision.note_proposee is not None

    @property
    def note_proposee(self) -> Decimal | None:
        """Ce que la commission propose au jury ; tant qu'elle n'a rien dit, l'arrondi de la note calculée."""
        return self.decision.note_proposee if self.est_proposee else self.note_arrondie

    @property
    def est_perimee(self) -> bool:
        """Une preuve, une position ou la grille a changé depuis que la commission a proposé ; les écrans et la
        clôture le demandent ici."""
        decision = self.decision
        if decision.note_proposee is None or decision.fige is not None:
            return False
        niveaux = {code: retenu.niveau for ligne in self.lignes for code, retenu in ligne.retenus.items()}
        codes = {ligne.code for ligne in self.lignes}
        positions = {code: niveau for code, niveau in decision.positions.items() if code in codes}
        proposes = (decision.note_exacte, decision.niveaux_proposes, decision.positions_proposees)
        return (self.note_exacte, niveaux, positions) != proposes

    @property
    def note_exacte(self) -> Fraction | None:
        return self._du_calcul.note_exacte if self._du_calcul else None

    @property
    def note_calculee(self) -> Decimal | None:
        return self._du_calcul.note_calculee if self._du_calcul else None

    @property
    def note_arrondie(self) -> Decimal | None:
        """Valeur par défaut de la note proposée au jury ; la commission peut s'en écarter avec un motif."""
        return self._du_calcul.note_arrondie if self._du_calcul else None

    @property
    def etapes(self) -> tuple[str, ...]:
        return self._du_calcul.etapes if self._du_calcul else ()

    @property
    def motifs(self) -> tuple[str, ...]:
        """Pourquoi il n'y a pas de note."""
        if self.empechement:
            return (self.empechement,)
        return self.resultat.motifs if self.resultat else ()

    @property
    def alertes(self) -> tuple[str, ...]:
        return self._du_calcul.alertes if self._du_calcul else ()

    @property
    def nombre_evaluees(self) -> int:
        return sum(len(ligne.detaillees_evaluees) for ligne in self.lignes)

    @property
    def nombre_attendues(self) -> int:
        return sum(len(ligne.competence.detaillees) for ligne in self.lignes)

    @property
    def _du_calcul(self) -> ResultatNote | None:
        return None if self.empechement else self.resultat


def synthetiser(
    epreuve: EpreuveNotee,
    observations: Sequence[Observation],
    grille: GrilleLue | None,
    empechement: str = "",
    conservee: NoteConservee | None = None,
    decision: Decision = SANS_DECISION,
) -> SyntheseEpreuve:
    """Applique la grille en vigueur aux preuves d'un candidat ; sans grille, rien n'est calculé.

    Une note conservée tait le calcul : les niveaux restent visibles, l'épreuve n'est plus à noter.
    """
    if conservee is not None:
        empechement = conservee.motif
    empechement = empechement or decision.empechement
    if grille is None:
        motif = empechement or MOTIF_SANS_GRILLE
        return SyntheseEpreuve(epreuve.code, empechement=motif, conservee=conservee, decision=decision)
    positions = {c.code: decision.positions[c.code] for c in epreuve.competences if c.code in decision.positions}
    # Une grille corrigée depuis peut n'admettre qu'un bonus plus petit.
    bonus = min(decision.bonus, grille.parametres.bonus_max)
    return SyntheseEpreuve(
        code=epreuve.code,
        grille=grille,
        resultat=decision.fige or calculer_note(epreuve, observations, grille.parametres, positions, bonus),
        empechement=empechement,
        nombre_situations=nombre_de_situations(observations, epreuve.code),
        observations=tuple(
            observation
            for observation in observations
            if epreuve.code in observation.epreuves and (observation.niveau or observation.etat)
        ),
        conservee=conservee,
        decision=decision,
    )


def moyennes_par_competence(syntheses: Mapping[str, SyntheseEpreuve]) -> dict[str, LigneCompetence]:
    """La ligne de chaque compétence, toutes épreuves réunies : la matière du radar."""
    return {ligne.code: ligne for synthese in syntheses.values() for ligne in synthese.lignes}
