"""Lectures des situations : liste d'une classe et avancement des grilles, bibliothèque."""

import re
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from itertools import groupby

from django.db.models import Count, Exists, F, OuterRef, Q, QuerySet
from django.db.models.functions import Coalesce

from centres.models import Classe, Inscription
from centres.permissions import Personne
from evaluations.models import Positionnement, Ressource, Situation
from referentiel.models import Competence

CODE_NUMEROTE = re.compile(r"S(\d+)", re.IGNORECASE)


@dataclass(frozen=True)
class LigneSituation:
    """Une situation dans la liste d'une classe, avec l'avancement de sa grille."""

    situation: Situation
    periode: str
    epreuves: tuple[str, ...]
    cases_remplies: int
    cases: int


@dataclass(frozen=True)
class GroupeSituations:
    titre: str
    lignes: tuple[LigneSituation, ...]


def code_suivant(classe: Classe) -> str:
    """S1, S2… : le numéro qui suit le plus grand déjà pris dans la classe."""
    codes = classe.situations.values_list("code", flat=True)
    numeros = [int(trouve[1]) for code in codes if (trouve := CODE_NUMEROTE.fullmatch(code))]
    return f"S{max(numeros, default=0) + 1}"


def situations_de_classe(classe: Classe, *, par: str = "periode") -> tuple[GroupeSituations, ...]:
    """Groupées par période ou par épreuve ; une situation de deux épreuves figure alors dans les deux."""
    situations = list(
        Situation.objects.filter(classe=classe)
        .select_related("periode")
        .prefetch_related("epreuves")
        .order_by("-periode__ordre", "-debut", "code")
    )
    avancements = avancements_de([classe])
    lignes = [_ligne(situation, avancements.get(situation.pk, (0, 0))) for situation in situations]
    if par != "epreuve":
        return tuple(GroupeSituations(p, tuple(groupe)) for p, groupe in groupby(lignes, key=lambda li: li.periode))
    epreuves = {e.code: str(e) for s in situations for e in sorted(s.epreuves.all(), key=lambda e: e.ordre)}
    return tuple(
        GroupeSituations(intitule, tuple(ligne for ligne in lignes if code in ligne.epreuves))
        for code, intitule in sorted(epreuves.items(), key=lambda couple: (len(couple[0]), couple[0]))
    )


def avancements_de(classes: Iterable[Classe]) -> dict[int, tuple[int, int]]:
    """Pour chaque situation de ces classes : cases remplies et cases de la grille (trois requêtes).

    Les lignes de la grille sont les inscrits du moment et quiconque y est déjà positionné ; ses cases, celles de
    l'option de chacun.
    """
    cles = [classe.pk for classe in classes]
    inscriptions: dict[int, list[tuple[int, int | None, date, date | None]]] = defaultdict(list)
    lues = Inscription.objects.filter(classe__in=cles).values_list("classe", "pk", "option_id", "debut", "fin")
    for classe, inscription, option, entree, sortie in lues:
        inscriptions[classe].append((inscription, option, entree, sortie))
    situations = Situation.objects.filter(classe__in=cles).annotate(jusqu_au=Coalesce("fin", "debut"))
    detaillees: dict[int, dict[int | None, int]] = defaultdict(dict)
    dates: dict[int, tuple[int, date, date]] = {}
    comptes = situations.order_by().values_list("pk", "classe", "debut", "jusqu_au", "evaluees__option")
    for pk, classe, debut, fin, option, nombre in comptes.annotate(Count("evaluees")):
        dates[pk] = (classe, debut, fin)
        detaillees[pk][option] = nombre
    remplies = _cases_remplies(cles)
    cases = {
        pk: sum(
            detaillees[pk].get(None, 0) + (detaillees[pk].get(option, 0) if option else 0)
            for inscription, option, entree, sortie in inscriptions[classe]
            if inscription in remplies[pk] or (entree <= fin and (sortie is None or sortie >= debut))
        )
        for pk, (classe, debut, fin) in dates.items()
    }
    return {pk: (sum(remplies[pk].values()), nombre) for pk, nombre in cases.items()}


def _cases_remplies(classes: Iterable[int]) -> dict[int, dict[int, int]]:
    """Par situation et par inscription, les cases non vides des compétences évaluées de son option."""
    positionnements = (
        Positionnement.objects.filter(situation__classe__in=classes, detaillee__in=F("situation__evaluees"))
        .filter(Q(detaillee__option__isnull=True) | Q(detaillee__option=F("inscription__option")))
        .order_by()
        .values_list("situation", "inscription")
        .annotate(nombre=Count("pk", filter=Q(niveau__isnull=False) | ~Q(etat="")))
    )
    remplies: dict[int, dict[int, int]] = defaultdict(dict)
    for situation, inscription, nombre in positionnements:
        remplies[situation][inscription] = nombre
    return remplies


def _ligne(situation: Situation, avancement: tuple[int, int]) -> LigneSituation:
    epreuves = sorted(situation.epreuves.all(), key=lambda epreuve: epreuve.ordre)
    return LigneSituation(
        situation=situation,
        periode=situation.periode.intitule,
        epreuves=tuple(epreuve.code for epreuve in epreuves),
        cases_remplies=avancement[0],
        cases=avancement[1],
    )


@dataclass(frozen=True)
class Recherche:
    """Ce que l'on cherche dans la bibliothèque ; vide : tout."""

    mots: str = ""
    epreuve: str = ""
    competence: str = ""
    nature: str = ""

    @property
    def est_vide(self) -> bool:
        return self == Recherche()


def bibliotheque(utilisateur: Personne, recherche: Recherche) -> QuerySet[Situation]:
    """Les situations de ses centres, les plus récentes d'abord ; chaque mot cherché doit se trouver quelque part."""
    situations = (
        Situation.objects.visibles_par(utilisateur)
        .select_related("classe__centre", "auteur", "periode")
        .prefetch_related("epreuves")
        .annotate(nombre_evaluees=Count("evaluees__code", distinct=True))
        .order_by("-debut", "classe__nom", "code", "pk")
    )
    for mot in recherche.mots.split():
        situations = situations.filter(
            Q(titre__icontains=mot)
            | Q(code__iexact=mot)
            | Q(description__icontains=mot)
            | Q(entreprise__icontains=mot)
            | Q(classe__nom__icontains=mot)
            | Exists(Ressource.objects.filter(situation=OuterRef("pk"), designation__icontains=mot))
        )
    if recherche.epreuve:
        situations = situations.filter(_lie("epreuves", epreuve__code=recherche.epreuve))
    if recherche.competence:
        situations = situations.filter(
            _lie("evaluees", competencedetaillee__competence__code=recherche.competence)
            | _lie("mobilisees", competence__code=recherche.competence)
        )
    if recherche.nature:
        situations = situations.filter(nature=recherche.nature)
    return situations


def _lie(champ: str, **condition: str) -> Exists:
    """Par sous-requête : le filtre ne multiplie pas les lignes que l'on compte."""
    liens = getattr(Situation, champ).through.objects
    return Exists(liens.filter(situation=OuterRef("pk"), **condition))


def codes_positionnes(situation: Situation) -> frozenset[str]:
    """Codes déjà observés chez quelqu'un : le formulaire les montre, le service refuse de les retirer."""
    return frozenset(
        situation.positionnements.exclude(niveau__isnull=True, etat="", observation="").values_list(
            "detaillee__code", flat=True
        )
    )


def avancement_de(situation: Situation) -> tuple[int, int]:
    """Cases remplies et cases de la grille d'une seule situation."""
    return avancements_de([situation.classe]).get(situation.pk, (0, 0))


def filtres_de_bibliotheque(utilisateur: Personne) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Codes des épreuves et des compétences des référentiels de ses classes, en une requête."""
    versions = Classe.objects.visibles_par(utilisateur).values("version")
    couples = (
        Competence.objects.filter(version__in=versions)
        .order_by("ordre", "code")
        .values_list("bloc__epreuve__code", "code")
    )
    lus = list(couples)
    epreuves = sorted({epreuve for epreuve, _ in lus if epreuve}, key=lambda code: (len(code), code))
    return tuple(epreuves), tuple(dict.fromkeys(code for _, code in lus))
