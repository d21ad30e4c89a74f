"""Lectures du référentiel pour ses pages ; le nombre de requêtes ne dépend pas de la taille du diplôme."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import BigIntegerField, CharField, Count, F, OuterRef, Prefetch, Q, QuerySet, Subquery, Sum, Value
from django.db.models.functions import Cast
from django.http import Http404

from referentiel.models import (
    Activite,
    Bloc,
    Competence,
    CompetenceDetaillee,
    DegreEchelle,
    Descripteur,
    Epreuve,
    Indicateur,
    Option,
    Tache,
    VersionReferentiel,
)
from referentiel.parts import pourcentage
from referentiel.remarques import Remarques

Libelle = CompetenceDetaillee | Tache


@dataclass(frozen=True)
class Lecture:
    """Une version ouverte : ses options, le total des POIDS de chacune, ses remarques."""

    version: VersionReferentiel
    options: Sequence[Option]
    totaux: Mapping[int, int]
    remarques: Remarques


@dataclass(frozen=True)
class Cellule:
    """Un libellé, sur toute la largeur s'il est commun ; sans objet, le code ne concerne pas cette option."""

    objet: Libelle | None
    etendue: int
    option: Option | None
    remarque: str = ""


@dataclass(frozen=True)
class Ligne:
    """Un code et ses libellés, dans l'ordre des options."""

    code: str
    cellules: tuple[Cellule, ...]


@dataclass(frozen=True)
class Poids:
    """Un POIDS et sa part dans le total de l'option, tronquée comme dans le document source."""

    option: Option
    poids: int
    total: int

    @property
    def part(self) -> str:
        return pourcentage(self.poids, self.total)


@dataclass(frozen=True)
class VueCompetence:
    """Une compétence, ses POIDS (un par option) et ses libellés détaillés quand la page les lit."""

    competence: Competence
    poids: Sequence[Poids]
    lignes: Sequence[Ligne] = ()
    nombres: str = ""


@dataclass(frozen=True)
class VueBloc:
    bloc: Bloc
    competences: Sequence[VueCompetence]
    poids: Sequence[Poids]

    @property
    def etendue(self) -> int:
        """Nombre de lignes du bloc dans un tableau de compétences."""
        return len(self.competences)


@dataclass(frozen=True)
class VueEpreuve:
    epreuve: Epreuve
    bloc: VueBloc
    coefficients: Sequence[tuple[Option, int | None]]


@dataclass(frozen=True)
class VueActivite:
    """Une activité, son intitulé (commun, ou un par option) et ses tâches."""

    activite: Activite
    titres: Sequence[tuple[Option | None, str]]
    lignes: Sequence[Ligne]


@dataclass(frozen=True)
class Complement:
    """Indicateurs et descripteurs d'une compétence détaillée, chargés par l'établissement."""

    detaillee: CompetenceDetaillee
    option: Option | None
    indicateurs: Sequence[str]
    descripteurs: Sequence[tuple[int, str]]


@dataclass(frozen=True)
class Complements:
    """Les compléments d'une compétence et les libellés des quatre degrés de sa version."""

    lignes: Sequence[Complement]
    libelles: Mapping[int, str]


def versions_publiees() -> QuerySet[VersionReferentiel]:
    return (
        VersionReferentiel.objects.publiees()
        .select_related("diplome")
        .prefetch_related("options", "epreuves")
        .annotate(
            nombre_blocs=Count("blocs", distinct=True),
            nombre_competences=Count("competences", distinct=True),
        )
        .order_by("diplome__code", "-numero")
    )


def lecture_ou_404(diplome: str, numero: int) -> Lecture:
    versions = VersionReferentiel.objects.publiees().select_related("diplome")
    version = versions.filter(diplome__code=diplome, numero=numero).first()
    if version is None:
        raise Http404("Cette version du référentiel n'existe pas.")
    return _lecture(version)


def _lecture(version: VersionReferentiel) -> Lecture:
    options = list(Option.objects.filter(version=version).annotate(total=Sum("ponderations__poids")).order_by("ordre"))
    totaux = {option.pk: option.total for option in options}
    return Lecture(version, options, totaux, Remarques(version))


def blocs(lecture: Lecture, *, avec_detaillees: bool = True) -> list[VueBloc]:
    """Les blocs et leurs compétences ; sans `avec_detaillees`, les poids seulement."""
    competences = Competence.objects.order_by("ordre").prefetch_related("ponderations")
    if avec_detaillees:
        competences = competences.prefetch_related("detaillees")
    lignes = lecture.version.blocs.select_related("activite", "epreuve").order_by("numero")
    return [
        _vue_bloc(bloc, lecture, avec_detaillees)
        for bloc in lignes.prefetch_related(Prefetch("competences", competences))
    ]


def _vue_bloc(bloc: Bloc, lecture: Lecture, avec_detaillees: bool) -> VueBloc:
    vues = [_vue_competence(competence, lecture, avec_detaillees) for competence in bloc.competences.all()]
    poids = [
        Poids(option, sum(vue.poids[rang].poids for vue in vues), lecture.totaux[option.pk])
        for rang, option in enumerate(lecture.options)
    ]
    return VueBloc(bloc, vues, poids)


def _vue_competence(competence: Competence, lecture: Lecture, avec_detaillees: bool = True) -> VueCompetence:
    valeurs = {ligne.option_id: ligne.poids for ligne in competence.ponderations.all()}
    poids = [Poids(option, valeurs.get(option.pk, 0), lecture.totaux[option.pk]) for option in lecture.options]
    if not avec_detaillees:
        return VueCompetence(competence, poids)
    detaillees = list(competence.detaillees.all())
    return VueCompetence(competence, poids, lignes_par_code(detaillees, lecture), _nombres(detaillees, lecture.options))


def _nombres(detaillees: Sequence[CompetenceDetaillee], options: Sequence[Option]) -> str:
    """« 5 », ou « 3 RSP · 4 RMO » quand les options n'ont pas le même nombre de compétences détaillées."""
    nombres = [sum(ligne.option_id in (None, option.pk) for ligne in detaillees) for option in options]
    if len(set(nombres)) == 1:
        return str(nombres[0])
    return " · ".join(f"{nombre} {option.code}" for nombre, option in zip(nombres, options, strict=True))


def lignes_par_code(objets: Iterable[Libelle], lecture: Lecture) -> list[Ligne]:
    """Regroupe tâches ou compétences détaillées par code : un libellé commun, ou un par option."""
    groupes: dict[str, dict[int | None, Libelle]] = {}
    for objet in objets:
        groupes.setdefault(objet.code, {})[objet.option_id] = objet
    return [Ligne(code, _cellules(groupe, lecture)) for code, groupe in groupes.items()]


def _cellules(groupe: Mapping[int | None, Libelle], lecture: Lecture) -> tuple[Cellule, ...]:
    def cellule(objet: Libelle | None, etendue: int, option: Option | None) -> Cellule:
        remarque = lecture.remarques.sur(objet.code, objet.intitule) if objet else ""
        return Cellule(objet, etendue, option, remarque)

    if None in groupe:
        return (cellule(groupe[None], len(lecture.options), None),)
    return tuple(cellule(groupe.get(option.pk), 1, option) for option in lecture.options)


def epreuves(lecture: Lecture) -> list[VueEpreuve]:
    """Les épreuves avec leur bloc (compétences et poids) et leurs coefficients par option."""
    par_epreuve = {vue.bloc.epreuve.pk: vue for vue in blocs(lecture, avec_detaillees=False)}
    vues = []
    for epreuve in lecture.version.epreuves.order_by("ordre").prefetch_related("coefficients"):
        valeurs = {ligne.option_id: ligne.valeur for ligne in epreuve.coefficients.all()}
        coefficients = [(option, valeurs.get(option.pk)) for option in lecture.options]
        vues.append(VueEpreuve(epreuve, par_epreuve[epreuve.pk], coefficients))
    return vues


@dataclass(frozen=True)
class TotalAnnonce:
    """Un coefficient total que le fichier annonce (`coefficient_total_E3`), et sa remarque."""

    epreuve: str
    valeur: int
    remarque: str


def totaux_annonces(lecture: Lecture) -> list[TotalAnnonce]:
    prefixe = "coefficient_total_"
    return [
        TotalAnnonce(cle.removeprefix(prefixe), valeur, lecture.remarques.sur(cle, valeur))
        for cle, valeur in lecture.version.annexes.items()
        if cle.startswith(prefixe)
    ]


def activites(lecture: Lecture) -> list[VueActivite]:
    """Les activités avec leur intitulé par option et leurs tâches côte à côte."""
    lignes = lecture.version.activites.select_related("bloc__epreuve").order_by("ordre")
    return [
        VueActivite(activite, _titres(activite, lecture), lignes_par_code(activite.taches.all(), lecture))
        for activite in lignes.prefetch_related("intitules", Prefetch("taches", Tache.objects.order_by("ordre")))
    ]


def _titres(activite: Activite, lecture: Lecture) -> list[tuple[Option | None, str]]:
    intitules = {ligne.option_id: ligne.intitule for ligne in activite.intitules.all()}
    if None in intitules:
        return [(None, intitules[None])]
    return [(option, intitules[option.pk]) for option in lecture.options if option.pk in intitules]


def competence_ou_404(diplome: str, numero: int, code: str) -> tuple[Lecture, VueCompetence, dict[str, str | None]]:
    """Une compétence entière et les codes de ses deux voisines ; la version vient par la même requête."""
    voisines = Competence.objects.filter(version=OuterRef("version")).values("code")
    competence = (
        Competence.objects.filter(
            version__in=VersionReferentiel.objects.publiees(),
            version__diplome__code=diplome,
            version__numero=numero,
            code=code,
        )
        .select_related("version__diplome", "bloc__activite", "bloc__epreuve")
        .prefetch_related("ponderations", "detaillees", "correspondances", "savoirs")
        .annotate(
            precedente=Subquery(voisines.filter(ordre=OuterRef("ordre") - 1)[:1]),
            suivante=Subquery(voisines.filter(ordre=OuterRef("ordre") + 1)[:1]),
        )
        .first()
    )
    if competence is None:
        raise Http404("Cette compétence n'existe pas dans cette version du référentiel.")
    lecture = _lecture(competence.version)
    voisinage = {"precedente": competence.precedente, "suivante": competence.suivante}
    return lecture, _vue_competence(competence, lecture), voisinage


def complements(vue: VueCompetence, lecture: Lecture) -> Complements:
    """Indicateurs et descripteurs des compétences détaillées qui en ont, avec l'échelle de la version."""
    options = {option.pk: option for option in lecture.options}
    indicateurs: dict[int, list[str]] = {}
    descripteurs: dict[int, list[tuple[int, str]]] = {}
    libelles: dict[int, str] = {}
    for detaillee_id, niveau, _, texte in sorted(_textes(vue.competence)):
        if not detaillee_id:
            libelles[niveau] = texte
        elif niveau:
            descripteurs.setdefault(detaillee_id, []).append((niveau, texte))
        else:
            indicateurs.setdefault(detaillee_id, []).append(texte)
    lignes = [
        Complement(
            detaillee,
            options[detaillee.option_id] if detaillee.option_id else None,
            indicateurs.get(detaillee.pk, []),
            descripteurs.get(detaillee.pk, []),
        )
        for detaillee in vue.competence.detaillees.all()
        if detaillee.pk in indicateurs or detaillee.pk in descripteurs
    ]
    return Complements(lignes, libelles)


def _textes(competence: Competence) -> Iterable[tuple[int, int, int, str]]:
    """(détaillée, niveau ou 0 pour un indicateur, ordre, texte) ; détaillée 0 : un degré de l'échelle de maîtrise."""
    texte = Cast("texte", CharField())
    indicateurs = Indicateur.objects.filter(detaillee__competence=competence).order_by()
    descripteurs = Descripteur.objects.filter(detaillee__competence=competence).order_by()
    degres = DegreEchelle.objects.filter(
        version_id=competence.version_id, echelle=DegreEchelle.Echelle.MAITRISE
    ).order_by()
    return indicateurs.values_list("detaillee_id", Value(0), F("ordre"), texte).union(
        descripteurs.values_list("detaillee_id", F("niveau"), F("niveau"), texte),
        degres.values_list(Value(0, BigIntegerField()), F("niveau"), F("niveau"), Cast("intitule", CharField())),
        all=True,
    )


def niveaux_de_maitrise(version_id: int) -> dict[int, str]:
    """Le libellé des degrés de l'échelle de maîtrise d'une version."""
    degres = DegreEchelle.objects.filter(version=version_id, echelle=DegreEchelle.Echelle.MAITRISE).order_by("niveau")
    return dict(degres.values_list("niveau", "intitule"))


def rechercher(lecture: Lecture, texte: str) -> dict[str, list[Any]]:
    """Ce dont le code commence par le texte, ou dont l'intitulé en contient tous les mots."""
    version = lecture.version
    mots = texte.split()
    if not mots:
        return {"competences": [], "detaillees": [], "taches": [], "savoirs": []}
    filtre = Q()
    for mot in mots:
        filtre &= Q(intitule__icontains=mot)
    filtre |= Q(code__istartswith=texte.strip())
    detaillees = CompetenceDetaillee.objects.filter(competence__version=version).filter(filtre)
    taches = Tache.objects.filter(activite__version=version).filter(filtre)
    return {
        "competences": list(version.competences.filter(filtre).order_by("ordre")),
        "detaillees": list(detaillees.select_related("competence", "option").order_by("competence__ordre", "ordre")),
        "taches": list(taches.select_related("activite", "option").order_by("activite__ordre", "ordre")),
        "savoirs": list(version.savoirs.filter(filtre).order_by("ordre")),
    }
