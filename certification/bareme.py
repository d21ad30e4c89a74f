"""Les valeurs de la note : paramètres d'une grille, compétences d'une épreuve, résultat (pur)."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction
from types import MappingProxyType
from typing import TypeVar

from evaluations.synthese import NIVEAUX, Retenu
from referentiel.reglement import ATTENDUES_PAR_DEFAUT, SituationsAttendues

K = TypeVar("K")
E = TypeVar("E", bound=StrEnum)


class Granularite(StrEnum):
    """À quel grain le maximum sur les situations est pris (DOMAINE §5.2)."""

    COMPETENCE_DETAILLEE = "competence_detaillee"
    COMPETENCE = "competence"


class NonEvalue(StrEnum):
    """Ce que devient la note quand une compétence n'a rien de retenu (DOMAINE §5.4)."""

    BLOQUE = "bloque"
    RENORMALISE = "renormalise"


class Arrondi(StrEnum):
    """Arrondi de la note exacte (DOMAINE §5.6)."""

    DEMI_POINT_SUPERIEUR = "demi_point_superieur"
    DEMI_POINT_PROCHE = "demi_point_proche"
    AUCUN = "aucun"


class Origine(StrEnum):
    """D'où viennent les points d'une compétence."""

    SITUATIONS = "situations"
    COMMISSION = "commission"
    NON_EVALUEE = "non_evaluee"


class EntreeInvalide(ValueError):
    """Une entrée refusée : où (chemin) et pourquoi, en une phrase française."""

    def __init__(self, chemin: str, message: str) -> None:
        super().__init__(chemin, message)
        self.chemin = chemin
        self.message = message

    def __str__(self) -> str:
        return f"{self.chemin} : {self.message}" if self.chemin else self.message

    def sous(self, prefixe: str) -> "EntreeInvalide":
        """La même erreur, vue depuis l'objet qui contient."""
        return EntreeInvalide(f"{prefixe}.{self.chemin}" if self.chemin else prefixe, self.message)


@dataclass(frozen=True, slots=True)
class CompetenceNotee:
    """Une compétence de l'épreuve et les codes de ses détaillées pour l'option du candidat."""

    code: str
    intitule: str
    detaillees: tuple[str, ...]

    def __str__(self) -> str:
        return f"{self.code} {self.intitule}".strip()


@dataclass(frozen=True, slots=True)
class EpreuveNotee:
    """Une épreuve vue par une option."""

    code: str
    competences: tuple[CompetenceNotee, ...]
    situations: SituationsAttendues = ATTENDUES_PAR_DEFAUT


POINTS_PAR_DEFAUT: Mapping[int, Fraction] = MappingProxyType({niveau: Fraction(niveau - 1) for niveau in NIVEAUX})


@dataclass(frozen=True)
class ParametresGrille:
    """Paramètres d'une grille publiée (DOMAINE §5) ; refuse à la construction ce qui ne peut pas noter."""

    poids: Mapping[str, Fraction]
    points: Mapping[int, Fraction] = field(default_factory=lambda: POINTS_PAR_DEFAUT)
    granularite: Granularite = Granularite.COMPETENCE_DETAILLEE
    non_evalue: NonEvalue = NonEvalue.BLOQUE
    arrondi: Arrondi = Arrondi.DEMI_POINT_SUPERIEUR
    bonus_max: Fraction = Fraction(0)
    seuil_commentaire: Fraction = Fraction(10)

    def __post_init__(self) -> None:
        self._figer("points", _table(self.points, "points"))
        self._figer("poids", _table(self.poids, "poids"))
        self._figer("granularite", _choix(Granularite, self.granularite, "granularite"))
        self._figer("non_evalue", _choix(NonEvalue, self.non_evalue, "non_evalue"))
        self._figer("arrondi", _choix(Arrondi, self.arrondi, "arrondi"))
        self._figer("bonus_max", fraction_exacte(self.bonus_max, "bonus_max"))
        self._figer("seuil_commentaire", fraction_exacte(self.seuil_commentaire, "seuil_commentaire"))
        verifier_points(self.points)
        verifier_poids(self.poids)
        if self.bonus_max < 0:
            raise EntreeInvalide("bonus_max", "le bonus maximal ne peut pas être négatif")
        if not 0 <= self.seuil_commentaire <= 20:
            raise EntreeInvalide("seuil_commentaire", "le seuil de commentaire va de 0 à 20")

    def _figer(self, champ: str, valeur: object) -> None:
        object.__setattr__(self, champ, valeur)

    @property
    def points_max(self) -> Fraction:
        """Les points du meilleur niveau : la note 20 les demande partout."""
        return self.points[NIVEAUX[-1]]


@dataclass(frozen=True)
class LigneCompetence:
    """Ce qui fonde la contribution d'une compétence : à imprimer tel quel à l'écran, au PDF, à l'export."""

    competence: CompetenceNotee
    poids: Fraction
    points: Fraction | None
    points_max: Fraction
    origine: Origine
    retenus: Mapping[str, Retenu]
    detaillees_evaluees: tuple[str, ...]
    etats: tuple[str, ...] = ()
    niveau_commission: int | None = None

    @property
    def code(self) -> str:
        return self.competence.code

    @property
    def couverture(self) -> str:
        """Détaillées évaluées / détaillées de l'option, sans réduire la fraction."""
        return f"{len(self.detaillees_evaluees)}/{len(self.competence.detaillees)}"

    @property
    def contribution(self) -> Fraction | None:
        """Poids × points ; rien si la compétence n'est pas évaluée."""
        return None if self.points is None else self.poids * self.points


@dataclass(frozen=True)
class ResultatNote:
    """La note et ses raisons. Sans note, `motifs` dit pourquoi ; `alertes` n'empêche rien."""

    epreuve: str
    lignes: tuple[LigneCompetence, ...]
    poids_total: Fraction
    poids_evalue: Fraction
    note_exacte: Fraction | None
    note_calculee: Decimal | None
    note_arrondie: Decimal | None
    etapes: tuple[str, ...]
    motifs: tuple[str, ...]
    alertes: tuple[str, ...]


def fraction_exacte(valeur: object, chemin: str) -> Fraction:
    """Un nombre exact : jamais de flottant dans une note."""
    if isinstance(valeur, bool) or not isinstance(valeur, int | Fraction | Decimal):
        raise EntreeInvalide(chemin, f"nombre exact attendu, {type(valeur).__name__} reçu")
    if isinstance(valeur, Decimal) and not valeur.is_finite():
        raise EntreeInvalide(chemin, "nombre fini attendu")
    return Fraction(valeur)


def verifier_points(points: Mapping[int, Fraction]) -> None:
    """Des points pour chaque niveau, jamais négatifs, jamais décroissants, pas tous nuls (contrat `noter`)."""
    for niveau in NIVEAUX:
        if niveau not in points:
            raise EntreeInvalide(f"points.{niveau}", "points manquants pour ce niveau")
    for niveau in points:
        if niveau not in NIVEAUX:
            raise EntreeInvalide(f"points.{niveau}", "niveau inconnu, les niveaux vont de 1 à 4")
    for niveau in NIVEAUX:
        if points[niveau] < 0:
            raise EntreeInvalide(f"points.{niveau}", "les points ne peuvent pas être négatifs")
        if niveau > 1 and points[niveau] < points[niveau - 1]:
            raise EntreeInvalide(f"points.{niveau}", f"les points décroissent après le niveau {niveau - 1}")
    if points[NIVEAUX[-1]] == 0:
        raise EntreeInvalide("points", "les points ne peuvent pas être tous nuls")


def verifier_poids(poids: Mapping[str, Fraction]) -> None:
    """Des poids jamais négatifs, pas tous nuls ; certains peuvent l'être (contrat `noter`)."""
    for code, valeur in poids.items():
        if valeur < 0:
            raise EntreeInvalide(f"poids.{code}", "un poids ne peut pas être négatif")
    if not any(poids.values()):
        raise EntreeInvalide("poids", "les poids ne peuvent pas être tous nuls")


def verifier_poids_de_l_epreuve(poids: Mapping[str, Fraction], epreuve: EpreuveNotee) -> None:
    """Un poids par compétence de l'épreuve, et aucun autre."""
    codes = [competence.code for competence in epreuve.competences]
    for code in poids:
        if code not in codes:
            raise EntreeInvalide(f"poids.{code}", f"compétence hors de l'épreuve {epreuve.code}")
    for code in codes:
        if code not in poids:
            raise EntreeInvalide(f"poids.{code}", "poids manquant")


def _table(table: Mapping[K, Fraction], chemin: str) -> Mapping[K, Fraction]:
    return MappingProxyType({cle: fraction_exacte(valeur, f"{chemin}.{cle}") for cle, valeur in table.items()})


def _choix(enumeration: type[E], valeur: str, chemin: str) -> E:
    if valeur not in list(enumeration):
        raise EntreeInvalide(chemin, f"valeur inconnue, choisir parmi {', '.join(enumeration)}")
    return enumeration(valeur)
