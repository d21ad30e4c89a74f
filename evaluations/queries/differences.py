"""Ce qu'un classeur rempli changerait à la grille, case par case, comparé à ce qui est enregistré maintenant."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from django.core import signing
from django.db.models import TextChoices

from evaluations.models import Positionnement, Situation
from evaluations.queries.grille import Cellule, Grille

SEL = "evaluations.differences"
# Le temps de relire une classe entière ; au-delà, on renvoie le classeur.
DUREE_APERCU = 2 * 3600

Valeur = int | str


class Nature(TextChoices):
    NOUVEAU = "nouveau", "nouveau"
    CHANGE = "change", "changé"
    EFFACE = "efface", "effacé"
    CONFLIT = "conflit", "conflit"
    INVALIDE = "invalide", "invalide"


SECTIONS = (
    (
        Nature.CONFLIT,
        "Conflits",
        "Quelqu'un a saisi ces cases depuis votre téléchargement. Cochez pour remplacer sa valeur par la vôtre.",
    ),
    (Nature.EFFACE, "Effacements", "Vides dans le classeur, remplies ici. Cochez pour vider la case."),
    (Nature.CHANGE, "Valeurs changées", "Décochez ce qu'il ne faut pas enregistrer."),
    (Nature.NOUVEAU, "Valeurs nouvelles", "Décochez ce qu'il ne faut pas enregistrer."),
)


class ApercuPerime(ValueError):
    """L'aperçu a expiré, a été altéré, ou n'est pas celui de cette personne pour cette situation."""


@dataclass(frozen=True)
class CaseLue:
    """Une case que la personne a touchée : ce qu'elle y a mis, ce qu'elle y avait trouvé au téléchargement.

    `version_vue` : la version que l'aperçu lui a montrée ; celle du téléchargement tant qu'elle n'a rien vu d'autre.
    """

    inscription: int
    detaillee: int
    valeur: Valeur
    valeur_base: Valeur
    version_base: int
    version_vue: int
    adresse: str = ""

    @property
    def cle(self) -> str:
        """Le nom de la case dans le formulaire de l'aperçu."""
        return f"{self.inscription}.{self.detaillee}"


@dataclass(frozen=True)
class Rejet:
    """Une case illisible ou hors de propos : où, qui, quoi, et que faire."""

    adresse: str
    apprenant: str
    code: str
    valeur: str
    remede: str


@dataclass(frozen=True)
class Lecture:
    """Ce qu'un classeur accepté contient."""

    cases: tuple[CaseLue, ...] = ()
    rejets: tuple[Rejet, ...] = ()
    intactes: int = 0
    avertissements: tuple[str, ...] = ()


@dataclass(frozen=True)
class Difference:
    """Une ligne de l'aperçu ; `version` : celle qui est montrée, et qu'il faudra retrouver pour écrire."""

    case: CaseLue
    apprenant: str
    code: str
    nature: Nature
    avant: Valeur
    version: int
    auteur: str = ""
    le: datetime | None = None
    est_choisie: bool = False

    @property
    def est_conflit(self) -> bool:
        return self.nature == Nature.CONFLIT


@dataclass(frozen=True)
class Plan:
    differences: tuple[Difference, ...]
    identiques: int
    rejets: tuple[Rejet, ...] = ()
    avertissements: tuple[str, ...] = ()
    comptes: dict[str, int] = field(default_factory=dict)

    @property
    def choisies(self) -> int:
        return sum(difference.est_choisie for difference in self.differences)


def planifier(situation: Situation, grille: Grille, lecture: Lecture, choix: frozenset[str] | None = None) -> Plan:
    """Compare les cases lues à la grille d'aujourd'hui ; `choix` : les cases déjà cochées, à garder cochées."""
    reperes = reperes_de(grille)
    differences, identiques, rejets = [], lecture.intactes, list(lecture.rejets)
    for case in lecture.cases:
        repere = reperes.get((case.inscription, case.detaillee))
        if repere is None:
            rejets.append(_hors_grille(case, grille))
            continue
        apprenant, code, cellule = repere
        if case.valeur == cellule.valeur:
            identiques += 1
            continue
        nature = _nature(case, cellule)
        # Un conflit ne se coche qu'en connaissance de cause : l'ancien choix ne valait que pour la valeur montrée.
        inchangee = cellule.version == case.version_vue
        coche = nature in {Nature.NOUVEAU, Nature.CHANGE} if choix is None else case.cle in choix and inchangee
        differences.append(
            Difference(case, apprenant, code, nature, cellule.valeur, cellule.version, est_choisie=coche)
        )
    signees = _signer_les_conflits(situation, differences)
    comptes = {nature.value: sum(d.nature == nature for d in signees) for nature in Nature}
    comptes[Nature.INVALIDE] = len(rejets)
    return Plan(signees, identiques, tuple(rejets), lecture.avertissements, comptes)


@dataclass(frozen=True)
class Section:
    """Les différences d'une même nature, avec ce qu'il faut en savoir avant de cocher."""

    nature: Nature
    titre: str
    consigne: str
    differences: tuple[Difference, ...]


def sections_de(plan: Plan) -> tuple[Section, ...]:
    """D'abord ce qui demande une décision, ensuite ce qui va de soi."""
    return tuple(
        Section(nature, titre, consigne, differences)
        for nature, titre, consigne in SECTIONS
        if (differences := tuple(d for d in plan.differences if d.nature == nature))
    )


def sceller(plan: Plan, situation: Situation, utilisateur_id: int) -> str:
    """L'aperçu tel qu'il est montré, signé : il revient du navigateur sans pouvoir être changé ni prêté."""
    cases = [
        [c.inscription, c.detaillee, c.valeur, c.valeur_base, c.version_base, d.version]
        for d in plan.differences
        for c in [d.case]
    ]
    return signing.dumps({"u": utilisateur_id, "s": situation.pk, "c": cases}, salt=SEL, compress=True)


def desceller(texte: str, situation: Situation, utilisateur_id: int) -> Lecture:
    try:
        contenu: dict[str, Any] = signing.loads(texte, salt=SEL, max_age=DUREE_APERCU)
    except signing.BadSignature as erreur:
        raise ApercuPerime("Cet aperçu n'est plus valable : envoyez le classeur à nouveau.") from erreur
    if (contenu["u"], contenu["s"]) != (utilisateur_id, situation.pk):
        raise ApercuPerime("Cet aperçu n'est plus valable : envoyez le classeur à nouveau.")
    return Lecture(cases=tuple(CaseLue(*case) for case in contenu["c"]))


def reperes_de(grille: Grille) -> dict[tuple[int, int], tuple[str, str, Cellule]]:
    """Pour chaque case de la grille : apprenant, code et contenu actuel."""
    reperes = {}
    for ligne in grille.lignes:
        for colonne, cellule in zip(grille.colonnes, ligne.cellules, strict=True):
            libelle = colonne.pour(ligne.option)
            if libelle and cellule:
                reperes[ligne.inscription, libelle.pk] = (ligne.nom, colonne.code, cellule)
    return reperes


def _nature(case: CaseLue, cellule: Cellule) -> Nature:
    """Un conflit : quelqu'un a changé la valeur depuis le téléchargement (une observation seule n'en est pas un)."""
    if cellule.version != case.version_base and cellule.valeur != case.valeur_base:
        return Nature.CONFLIT
    if case.valeur == "":
        return Nature.EFFACE
    return Nature.NOUVEAU if cellule.valeur == "" else Nature.CHANGE


def _hors_grille(case: CaseLue, grille: Grille) -> Rejet:
    nom = next((ligne.nom for ligne in grille.lignes if ligne.inscription == case.inscription), "")
    remede = "Cette case n'existe plus (option, inscription ou situation modifiée) : téléchargez la grille à nouveau."
    return Rejet(case.adresse, nom, "", str(case.valeur), remede)


def _signer_les_conflits(situation: Situation, differences: Sequence[Difference]) -> tuple[Difference, ...]:
    """Qui a écrit la valeur en conflit, et quand : une requête, et seulement s'il y en a."""
    conflits = [difference for difference in differences if difference.est_conflit]
    if not conflits:
        return tuple(differences)
    ecrits = _auteurs(situation, {difference.case.inscription for difference in conflits})
    for rang, difference in enumerate(signees := list(differences)):
        if difference.est_conflit:
            auteur, le = ecrits.get((difference.case.inscription, difference.case.detaillee), ("", None))
            signees[rang] = replace(difference, auteur=auteur, le=le)
    return tuple(signees)


def _auteurs(situation: Situation, inscriptions: Iterable[int]) -> dict[tuple[int, int], tuple[str, datetime]]:
    lignes = Positionnement.objects.filter(situation=situation, inscription__in=inscriptions).select_related("auteur")
    return {(p.inscription_id, p.detaillee_id): (str(p.auteur), p.modifie_le) for p in lignes.order_by()}
