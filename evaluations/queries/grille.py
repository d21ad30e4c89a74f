"""La grille d'une situation : apprenants × compétences évaluées, en un nombre constant de requêtes."""

from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from functools import cached_property
from itertools import groupby
from typing import Any, NamedTuple

from django.db.models import Q, QuerySet
from django.http import Http404

from centres.enums import ROLES_LECTURE, ROLES_NOTATION
from centres.models import Chaine, Inscription
from centres.permissions import Personne, roles_de
from evaluations.models import ObservationApprenant, Positionnement, Situation
from referentiel.models import Descripteur, Indicateur
from referentiel.queries import niveaux_de_maitrise


class Libelle(NamedTuple):
    """Une ligne du référentiel : son identifiant et son intitulé pour une option (vide : commun)."""

    pk: int
    intitule: str
    option: int | None


class Colonne(NamedTuple):
    """Une compétence détaillée évaluée ; deux libellés quand les options diffèrent, un seul sinon."""

    code: str
    libelles: tuple[Libelle, ...]

    def pour(self, option: int | None) -> Libelle | None:
        """Le libellé de l'option de l'apprenant, sinon le libellé commun ; aucun : case inerte."""
        return next((libelle for libelle in self.libelles if libelle.option in {option, None}), None)


@dataclass(frozen=True)
class Groupe:
    """Une compétence et ses colonnes."""

    code: str
    intitule: str
    colonnes: tuple[Colonne, ...]


class Cellule(NamedTuple):
    """Ce qui est enregistré ; `valeur` vide : rien n'est dit. Version 0 : jamais écrite."""

    valeur: int | str = ""
    version: int = 0
    observation: str = ""


JAMAIS_ECRITE = Cellule()


@dataclass(frozen=True)
class Ligne:
    """Un apprenant ; `cellules` suit les colonnes, `None` pour une compétence hors de son option."""

    inscription: int
    apprenant: int
    nom: str
    option: int | None
    option_code: str
    option_ordre: int | None
    statut: str
    cellules: tuple[Cellule | None, ...]

    @cached_property
    def a_renseigner(self) -> int:
        return len(self.cellules) - self.cellules.count(None)

    @cached_property
    def renseignees(self) -> int:
        return len([cellule for cellule in self.cellules if cellule and cellule.valeur != ""])


@dataclass(frozen=True)
class Grille:
    groupes: tuple[Groupe, ...]
    lignes: tuple[Ligne, ...]
    niveaux: dict[int, str] = field(default_factory=dict)

    @cached_property
    def colonnes(self) -> tuple[Colonne, ...]:
        return tuple(colonne for groupe in self.groupes for colonne in groupe.colonnes)

    @cached_property
    def debuts_de_groupe(self) -> tuple[bool, ...]:
        """Pour chaque colonne : ouvre-t-elle une compétence ?"""
        return tuple(rang == 0 for groupe in self.groupes for rang in range(len(groupe.colonnes)))

    @property
    def completion_des_colonnes(self) -> tuple[tuple[int, int], ...]:
        """Pour chaque colonne : cases renseignées et cases à renseigner."""
        return tuple(
            (len([c for c in colonne if c and c.valeur != ""]), len(colonne) - colonne.count(None))
            for colonne in zip(*(ligne.cellules for ligne in self.lignes), strict=True)
        ) or tuple((0, 0) for _ in self.colonnes)

    @property
    def renseignees(self) -> int:
        return sum(ligne.renseignees for ligne in self.lignes)

    @property
    def a_renseigner(self) -> int:
        return sum(ligne.a_renseigner for ligne in self.lignes)


@dataclass(frozen=True)
class GrilleOuverte:
    """La situation dont on ouvre la grille, ce que la personne peut y faire, et le rang du dernier événement."""

    situation: Situation
    rang: int
    est_notateur: bool

    @property
    def peut_noter(self) -> bool:
        return self.est_notateur and not self.situation.est_verrouillee


def grille_ouverte_ou_404(utilisateur: Personne, pk: int) -> GrilleOuverte:
    """Les centres viennent des rôles du jour, que toute page lit déjà.

    Le rang se lit avant les cases : un événement écrit entre les deux sera relevé une fois de trop, jamais oublié.
    """
    roles = roles_de(utilisateur)
    visibles = Situation.objects.filter(classe__centre__in=roles.centres_ou(ROLES_LECTURE))
    try:
        situation = visibles.select_related("classe", "periode").get(pk=pk)
    except Situation.DoesNotExist as absente:
        raise Http404("Situation introuvable.") from absente
    rang = Chaine.objects.filter(nom=f"situation:{pk}").order_by().values_list("rang", flat=True)
    est_notateur = not ROLES_NOTATION.isdisjoint(roles.dans(situation.classe.centre_id))
    return GrilleOuverte(situation, next(iter(rang), 0), est_notateur)


def grille_de(situation: Situation, *, inscription: int | None = None) -> Grille:
    """La grille entière, ou les cellules d'un seul apprenant (les autres lignes restent, sans contenu)."""
    groupes = groupes_evalues(situation)
    colonnes = [colonne for groupe in groupes for colonne in groupe.colonnes]
    contenu: dict[int, dict[int, Cellule]] = defaultdict(dict)
    positionnements = Positionnement.objects.filter(situation=situation).order_by()
    if inscription is not None:
        positionnements = positionnements.filter(inscription=inscription)
    champs = ("inscription_id", "detaillee_id", "niveau", "etat", "version", "observation")
    # Presque toutes les cases se ressemblent (un niveau, première version, sans note) : un seul objet pour toutes.
    pareilles: dict[tuple[Any, ...], Cellule] = {}
    for apprenant, detaillee, niveau, etat, version, observation in positionnements.values_list(*champs):
        cle = (niveau or etat, version, observation)
        cellule = pareilles.get(cle) or pareilles.setdefault(cle, Cellule(*cle))
        contenu[apprenant][detaillee] = cellule
    # Les compétences d'une option sont les mêmes pour tous ceux qui la suivent : cherchées une fois.
    cles: dict[int | None, list[int | None]] = {}
    lignes = []
    positionnes = contenu if inscription is None else _positionnes(situation)
    for valeurs in _inscrits(situation, positionnes):
        option = valeurs[4]
        if option not in cles:
            cles[option] = [libelle.pk if (libelle := colonne.pour(option)) else None for colonne in colonnes]
        lignes.append(_ligne(valeurs, cles[option], contenu.get(valeurs[0], {})))
    return Grille(groupes, tuple(lignes), niveaux_de_maitrise(situation.classe.version_id))


def groupes_evalues(situation: Situation) -> tuple[Groupe, ...]:
    champs = ("competence__code", "competence__intitule", "code", "pk", "intitule", "option_id")
    evaluees = situation.evaluees.order_by("competence__ordre", "ordre", "code", "option__ordre").values_list(*champs)
    return tuple(
        Groupe(code, intitule, _colonnes(lignes))
        for (code, intitule), lignes in groupby(evaluees, key=lambda ligne: ligne[:2])
    )


def _colonnes(lignes: Iterable[tuple[Any, ...]]) -> tuple[Colonne, ...]:
    libelles: dict[str, list[Libelle]] = {}
    for _, _, code, pk, intitule, option in lignes:
        libelles.setdefault(code, []).append(Libelle(pk, intitule, option))
    return tuple(Colonne(code, tuple(trouves)) for code, trouves in libelles.items())


def _positionnes(situation: Situation) -> QuerySet[Positionnement, Any]:
    return Positionnement.objects.filter(situation=situation).values("inscription")


def _inscrits(
    situation: Situation, positionnes: Collection[int] | QuerySet[Positionnement, Any]
) -> QuerySet[Inscription, tuple[Any, ...]]:
    """Les inscrits pendant la situation, et quiconque y est déjà positionné ; par ordre alphabétique."""
    dernier_jour = situation.fin or situation.debut
    presents = Q(debut__lte=dernier_jour) & (Q(fin=None) | Q(fin__gte=situation.debut))
    champs = ("pk", "apprenant_id", "apprenant__nom", "apprenant__prenom", "option_id", "option__code")
    return (
        Inscription.objects.filter(presents | Q(pk__in=positionnes), classe=situation.classe_id)
        .order_by("apprenant__nom", "apprenant__prenom", "debut")
        .values_list(*champs, "option__ordre", "statut")
    )


def _ligne(valeurs: tuple[Any, ...], cles: Iterable[int | None], contenu: dict[int, Cellule]) -> Ligne:
    pk, apprenant, nom, prenom, option, option_code, option_ordre, statut = valeurs
    cellules = tuple(None if cle is None else contenu.get(cle, JAMAIS_ECRITE) for cle in cles)
    return Ligne(pk, apprenant, f"{nom} {prenom}", option, option_code or "", option_ordre, statut, cellules)


def complements_de(situation: Situation) -> dict[str, Any]:
    """Ce que la grille montre sous le curseur et charge après coup : indicateurs, descripteurs, observations."""
    details: dict[int, dict[str, Any]] = {}
    evaluees = situation.evaluees.order_by().values("pk")
    indicateurs = Indicateur.objects.filter(detaillee__in=evaluees).order_by("detaillee", "ordre")
    for pk, texte in indicateurs.values_list("detaillee_id", "texte"):
        details.setdefault(pk, {}).setdefault("indicateurs", []).append(texte)
    descripteurs = Descripteur.objects.filter(detaillee__in=evaluees).order_by("detaillee", "niveau")
    for pk, niveau, texte in descripteurs.values_list("detaillee_id", "niveau", "texte"):
        details.setdefault(pk, {}).setdefault("descripteurs", {})[niveau] = texte
    notees = Positionnement.objects.filter(situation=situation).exclude(observation="").order_by("pk")
    apprenants = ObservationApprenant.objects.filter(situation=situation).order_by("pk")
    return {
        "details": details,
        "observations": list(notees.values_list("inscription_id", "detaillee_id", "observation")),
        "apprenants": list(apprenants.values_list("inscription_id", "version", "texte")),
    }


def observation_de(situation: Situation, inscription: int) -> tuple[str, int]:
    """L'observation sur un apprenant et sa version."""
    observations = ObservationApprenant.objects.filter(situation=situation, inscription=inscription)
    return observations.values_list("texte", "version").first() or ("", 0)
