"""Le contenu d'une situation et ce que le référentiel offre à qui en rédige une, en très peu de requêtes."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from django.db.models import CharField, F, Model, QuerySet, Value
from django.db.models.expressions import Combinable
from django.db.models.functions import Coalesce

from centres.models import Classe
from evaluations.enums import NatureRessource
from evaluations.models import Ressource, Sequence, Situation
from evaluations.queries.echelles import cohorte_de
from referentiel.models import (
    Competence,
    CompetenceDetaillee,
    Epreuve,
    Espace,
    Periode,
    Support,
    Tache,
)

RIEN = Value("", output_field=CharField())
OPTION = Coalesce(F("option__code"), RIEN)


@dataclass(frozen=True)
class Libelle:
    """Un libellé et l'option à laquelle il est propre (vide : commun)."""

    texte: str
    option: str = ""


@dataclass(frozen=True)
class Choix:
    """Un code, avec ses libellés : deux quand les options diffèrent."""

    code: str
    libelles: tuple[Libelle, ...]


@dataclass(frozen=True)
class ChoixCompetence:
    """Une compétence et ses détaillées."""

    code: str
    intitule: str
    detaillees: tuple[Choix, ...]


@dataclass(frozen=True)
class ChoixEpreuve:
    """Une épreuve et ce qu'elle ouvre : les tâches de son activité, les compétences de son bloc."""

    code: str
    intitule: str
    activite: str
    taches: tuple[Choix, ...]
    competences: tuple[ChoixCompetence, ...]


@dataclass(frozen=True)
class CadreDeSaisie:
    """Tout ce qu'un formulaire de situation propose pour une version du référentiel."""

    epreuves: tuple[ChoixEpreuve, ...]
    competences: tuple[ChoixCompetence, ...]
    periodes: tuple[str, ...]
    supports: tuple[Choix, ...]
    espaces: tuple[Choix, ...]
    # Les intitulés de la progression de la cohorte.
    sequences: tuple[str, ...]

    @property
    def taches(self) -> Iterator[Choix]:
        return (tache for epreuve in self.epreuves for tache in epreuve.taches)

    @property
    def detaillees(self) -> Iterator[Choix]:
        return (detaillee for competence in self.competences for detaillee in competence.detaillees)


@dataclass(frozen=True)
class Rubrique:
    """Une rubrique de l'inventaire et ses lignes."""

    nature: str
    designations: tuple[str, ...]


@dataclass(frozen=True)
class Contenu:
    """Ce qu'une situation retient du référentiel, et son inventaire."""

    epreuves: tuple[Choix, ...] = ()
    taches: tuple[Choix, ...] = ()
    evaluees: tuple[ChoixCompetence, ...] = ()
    mobilisees: tuple[Choix, ...] = ()
    supports: tuple[Choix, ...] = ()
    espaces: tuple[Choix, ...] = ()
    ressources: tuple[tuple[str, str], ...] = ()
    codes_evalues: tuple[str, ...] = field(default=())

    @property
    def inventaire(self) -> tuple[Rubrique, ...]:
        rubriques: dict[str, list[str]] = defaultdict(list)
        for nature, designation in self.ressources:
            rubriques[nature].append(designation)
        return tuple(
            Rubrique(str(nature.label), tuple(rubriques[nature])) for nature in NatureRessource if nature in rubriques
        )


def cadre_de_saisie(classe: Classe) -> CadreDeSaisie:
    """En quatre requêtes : épreuves, tâches, détaillées, puis périodes, supports, espaces et séquences ensemble."""
    version = classe.version
    taches: dict[int, list[tuple[str, str, str]]] = defaultdict(list)
    for activite, *tache in (
        Tache.objects.filter(activite__version=version)
        .annotate(pour=OPTION)
        .values_list("activite", "code", "intitule", "pour")
    ):
        taches[activite].append(tuple(tache))
    competences: dict[tuple[int, str, str], list[tuple[str, str, str]]] = defaultdict(list)
    for bloc, parent, titre, *detaillee in (
        CompetenceDetaillee.objects.filter(competence__version=version)
        .annotate(pour=OPTION)
        .values_list("competence__bloc", "competence__code", "competence__intitule", "code", "intitule", "pour")
    ):
        competences[bloc, parent, titre].append(tuple(detaillee))
    choix = {cle: ChoixCompetence(cle[1], cle[2], _choix(lignes)) for cle, lignes in competences.items()}
    epreuves = Epreuve.objects.filter(version=version).select_related("bloc__activite")
    periodes, supports, espaces, sequences = _cadre(classe)
    return CadreDeSaisie(
        epreuves=tuple(
            ChoixEpreuve(
                code=epreuve.code,
                intitule=epreuve.intitule,
                activite=epreuve.bloc.activite.code,
                taches=_choix(taches[epreuve.bloc.activite_id]),
                competences=tuple(c for (bloc, *_), c in choix.items() if bloc == epreuve.bloc_id),
            )
            for epreuve in epreuves
        ),
        competences=tuple(choix.values()),
        periodes=tuple(choix.code for choix in periodes),
        supports=supports,
        espaces=espaces,
        sequences=tuple(choix.code for choix in sequences),
    )


def _cadre(classe: Classe) -> tuple[tuple[Choix, ...], ...]:
    version = classe.version
    siennes = Sequence.objects.filter(centre=classe.centre_id, cohorte=cohorte_de(classe))
    option, rang = OPTION, Coalesce(F("option__ordre"), Value(0))
    lignes = sorted(
        _ligne(Periode.objects.filter(version=version), "periodes", Value(0), "intitule", RIEN).union(
            _ligne(Support.objects.filter(version=version), "supports", rang, "intitule", option),
            _ligne(Espace.objects.filter(version=version), "espaces", rang, "intitule", option),
            _ligne(siennes, "sequences", F("periode_debut__ordre"), "intitule", RIEN),
            all=True,
        )
    )
    return tuple(
        _choix((ligne[3], ligne[4], ligne[5]) for ligne in lignes if ligne[0] == genre)
        for genre in ("periodes", "supports", "espaces", "sequences")
    )


def contenu_de(situation: Situation) -> Contenu:
    """Tout ce qui se rattache à une situation, en une requête."""
    par_genre: dict[str, list[tuple[Any, ...]]] = defaultdict(list)
    for genre, *ligne in sorted(_lignes_de(situation)):
        par_genre[genre].append(tuple(ligne))
    evaluees: dict[tuple[str, str], list[tuple[str, str, str]]] = defaultdict(list)
    for _, _, code, intitule, option, parent, titre in par_genre["evaluees"]:
        evaluees[parent, titre].append((code, intitule, option))
    return Contenu(
        **{
            genre: _choix(ligne[2:5] for ligne in par_genre[genre])
            for genre in ("epreuves", "taches", "mobilisees", "supports", "espaces")
        },
        evaluees=tuple(ChoixCompetence(code, titre, _choix(lignes)) for (code, titre), lignes in evaluees.items()),
        ressources=tuple((ligne[2], ligne[3]) for ligne in sorted(par_genre["ressources"], key=lambda li: li[2])),
        codes_evalues=tuple(dict.fromkeys(ligne[2] for ligne in par_genre["evaluees"])),
    )


def _lignes_de(situation: Situation) -> QuerySet[Any, tuple[Any, ...]]:
    """(genre, rang, ordre, code, intitulé, option, code parent, intitulé parent)."""
    option, rang = OPTION, Coalesce(F("option__ordre"), Value(0))
    return _ligne(_lies(situation, "epreuves", Epreuve), "epreuves", Value(0), "code", RIEN).union(
        _ligne(_lies(situation, "taches", Tache), "taches", F("activite__ordre"), "code", option),
        _ligne(
            _lies(situation, "evaluees", CompetenceDetaillee),
            "evaluees",
            F("competence__ordre"),
            "code",
            option,
            F("competence__code"),
            F("competence__intitule"),
        ),
        _ligne(_lies(situation, "mobilisees", Competence), "mobilisees", Value(0), "code", RIEN),
        _ligne(_lies(situation, "supports", Support), "supports", rang, "intitule", option),
        _ligne(_lies(situation, "espaces", Espace), "espaces", rang, "intitule", option),
        _ligne(
            Ressource.objects.filter(situation=situation),
            "ressources",
            Value(0),
            "nature",
            RIEN,
            intitule="designation",
        ),
        all=True,
    )


def _lies(situation: Situation, champ: str, modele: type[Model]) -> QuerySet[Any]:
    liens = getattr(Situation, champ).through.objects.filter(situation=situation)
    return modele._default_manager.filter(pk__in=liens.values(modele._meta.model_name))


def _ligne(
    lignes: QuerySet[Any],
    genre: str,
    rang: Combinable,
    code: str,
    option: Combinable,
    parent: Combinable = RIEN,
    titre: Combinable = RIEN,
    intitule: str = "intitule",
) -> QuerySet[Any, tuple[Any, ...]]:
    colonnes = (Value(genre, output_field=CharField()), rang, F("ordre"), F(code), F(intitule), option, parent, titre)
    return lignes.order_by().values_list(*colonnes)


def _choix(lignes: Iterable[tuple[str, str, str]]) -> tuple[Choix, ...]:
    """Regroupe par code les libellés de chaque option, dans l'ordre du référentiel."""
    groupes: dict[str, list[Libelle]] = {}
    for code, texte, option in lignes:
        groupes.setdefault(code, []).append(Libelle(texte, option))
    return tuple(Choix(code, tuple(libelles)) for code, libelles in groupes.items())
