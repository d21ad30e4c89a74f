"""L'échelle de compétences lue pour une page, un PDF, ou pour situer un apprenant ; en quelques requêtes."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from django.db.models import F, QuerySet

from centres.models import Centre, Classe
from centres.permissions import Personne
from evaluations.attendus import Ecart, Niveaux, attendu_a, de_la_competence, de_la_detaillee, ecart_a, reculs
from evaluations.models import Echelle, NiveauAttendu
from evaluations.models.echelles import EchelleQuerySet
from referentiel.models import CompetenceDetaillee, Option, Periode, VersionReferentiel

AUCUN: Niveaux = {}


@dataclass(frozen=True)
class Case:
    """Une cible à une période : `pose` est ce que l'équipe a écrit, `niveau` ce qui est attendu (gardé, ou déduit)."""

    cle: str
    rang: int
    periode: str
    pose: int | None
    niveau: int | None
    descripteur: str = ""
    version: int = 0
    est_un_recul: bool = False

    @property
    def est_posee(self) -> bool:
        return self.pose is not None


@dataclass(frozen=True)
class LigneEchelle:
    """Une compétence détaillée, ou une compétence et ses détaillées. `cle` : « d12 » ou « c3 »."""

    cle: str
    code: str
    intitule: str
    option: str
    cases: tuple[Case, ...]
    detaillees: tuple["LigneEchelle", ...] = ()
    # Ce à quoi ressemble chaque niveau, quand l'établissement l'a chargé : (niveau, texte).
    descripteurs: tuple[tuple[int, str], ...] = ()

    @property
    def fin(self) -> int | None:
        return self.cases[-1].niveau if self.cases else None

    @property
    def est_posee(self) -> bool:
        return any(case.est_posee for case in self.cases)


@dataclass(frozen=True)
class BlocEchelle:
    numero: int
    intitule: str
    competences: tuple[LigneEchelle, ...]


@dataclass(frozen=True)
class TableauEchelle:
    echelle: Echelle
    periodes: tuple[Periode, ...]
    blocs: tuple[BlocEchelle, ...]

    @property
    def competences(self) -> Iterable[LigneEchelle]:
        return (competence for bloc in self.blocs for competence in bloc.competences)

    @property
    def lignes(self) -> Mapping[str, LigneEchelle]:
        return {ligne.cle: ligne for competence in self.competences for ligne in (competence, *competence.detaillees)}

    @property
    def reculs(self) -> list[tuple[str, str]]:
        """(code, période) où l'on a posé moins qu'avant."""
        return [(ligne.code, une.periode) for ligne in self.lignes.values() for une in ligne.cases if une.est_un_recul]

    @property
    def sans_attente(self) -> list[str]:
        """Les détaillées dont rien n'est attendu de tout le cycle."""
        return [une.code for competence in self.competences for une in competence.detaillees if une.fin is None]


@dataclass(frozen=True)
class ObjectifDetaillee:
    """Une ligne de la lecture verticale : ce qui est attendu, et ce qui l'était à la période d'avant."""

    ligne: LigneEchelle
    case: Case
    avant: int | None

    @property
    def est_nouveau(self) -> bool:
        return self.case.niveau is not None and self.case.niveau != self.avant


@dataclass(frozen=True)
class Objectif:
    competence: ObjectifDetaillee
    detaillees: tuple[ObjectifDetaillee, ...]


@dataclass(frozen=True)
class Attendus:
    """Ce qu'une échelle attend d'une option, par code : de quoi situer un apprenant sans relire la base."""

    echelle: Echelle
    detaillees: Mapping[str, Niveaux]
    competences: Mapping[str, Niveaux]

    def niveaux_de(self, code: str) -> Niveaux:
        """`code` d'une compétence (C1) ou d'une détaillée (C1.1)."""
        return self.detaillees.get(code) or self.competences.get(code, AUCUN)

    def ecart(self, code: str, niveau: int | None, rang: int) -> Ecart:
        """Du meilleur niveau montré à ce qui est attendu à la période de ce rang, et en fin de cycle."""
        return ecart_a(niveau, self.niveaux_de(code), rang)


def cohorte_de(classe: Classe) -> int:
    """L'année de la première rentrée du cycle."""
    return classe.annee_scolaire - classe.annee_cycle + 1


def libelle_cohorte(cohorte: int, version: VersionReferentiel) -> str:
    return f"{cohorte}-{cohorte + version.duree_cycle_annees}"


def echelles_de(centre: Centre | int, version: VersionReferentiel | int, cohorte: int) -> EchelleQuerySet:
    """Les versions de l'échelle d'une cohorte, la plus récente d'abord."""
    lues: EchelleQuerySet = Echelle.objects.filter(centre=centre, version_referentiel=version, cohorte=cohorte)
    return lues.order_by("-numero")


def echelle_en_vigueur(classe: Classe) -> Echelle | None:
    """La dernière version publiée de la cohorte : la seule à laquelle un apprenant se compare."""
    return echelles_de(classe.centre_id, classe.version_id, cohorte_de(classe)).publiees().first()


def classe_de_la_cohorte(utilisateur: Personne, echelle: Echelle) -> Classe | None:
    """La classe la plus récente de cette cohorte : c'est par elle que l'on arrive à l'échelle."""
    classes = Classe.objects.visibles_par(utilisateur).filter(
        centre=echelle.centre_id,
        version=echelle.version_referentiel_id,
        annee_scolaire=F("annee_cycle") + echelle.cohorte - 1,
    )
    return classes.select_related("centre", "version").order_by("-annee_scolaire", "nom").first()


def echelles_a_copier(centre: Centre | int, version: VersionReferentiel | int) -> QuerySet[Echelle]:
    """Les échelles publiées du centre, d'où repartir pour une autre cohorte."""
    publiees = Echelle.objects.filter(centre=centre, version_referentiel=version).publiees()
    return publiees.order_by("-cohorte", "-numero")


def tableau_de(echelle: Echelle) -> TableauEchelle:
    """Trois requêtes (quatre si des descripteurs sont chargés) : périodes, compétences, niveaux."""
    periodes = tuple(echelle.version_referentiel.periodes.order_by("ordre"))
    lues = list(
        CompetenceDetaillee.objects.filter(competence__version=echelle.version_referentiel)
        .select_related("competence__bloc", "option")
        .prefetch_related("descripteurs")
        .order_by("competence__ordre", "ordre", "option__ordre")
    )
    poses = _poses(echelle)
    par_competence: dict[int, list[CompetenceDetaillee]] = defaultdict(list)
    for une in lues:
        par_competence[une.competence_id].append(une)
    blocs: dict[int, list[LigneEchelle]] = defaultdict(list)
    intitules = {}
    for groupe in par_competence.values():
        bloc = groupe[0].competence.bloc
        intitules[bloc.numero] = bloc.intitule
        blocs[bloc.numero].append(_ligne_competence(groupe, periodes, poses))
    return TableauEchelle(
        echelle, periodes, tuple(BlocEchelle(n, intitules[n], tuple(lignes)) for n, lignes in sorted(blocs.items()))
    )


def objectifs_de(tableau: TableauEchelle, rang: int) -> tuple[Objectif, ...]:
    """La lecture verticale : tout ce qui est attendu à la fin d'une période."""
    indice = next(i for i, periode in enumerate(tableau.periodes) if periode.ordre == rang)

    def objectif(ligne: LigneEchelle) -> ObjectifDetaillee:
        return ObjectifDetaillee(ligne, ligne.cases[indice], ligne.cases[indice - 1].niveau if indice else None)

    return tuple(Objectif(objectif(une), tuple(map(objectif, une.detaillees))) for une in tableau.competences)


def attendus_de(echelle: Echelle, option: Option | None) -> Attendus:
    return attendus_par_option(echelle, [option])[option.pk if option else None]


def attendus_lus(echelle: Echelle, option: Option | None, detaillees: Sequence[CompetenceDetaillee]) -> Attendus:
    """Une seule requête, pour qui a déjà lu les compétences de l'option."""
    return _attendus(echelle, detaillees, _poses(echelle), option.pk if option else None)


def attendus_par_option(echelle: Echelle, options: Iterable[Option | None]) -> dict[int | None, Attendus]:
    """Une classe mêle les options : deux requêtes pour toutes. Clé : celle de l'option, vide en seconde commune."""
    lues = list(
        CompetenceDetaillee.objects.filter(competence__version=echelle.version_referentiel_id)
        .select_related("competence")
        .order_by("competence__ordre", "ordre")
    )
    poses = _poses(echelle)
    return {cle: _attendus(echelle, lues, poses, cle) for cle in {option.pk if option else None for option in options}}


def _attendus(
    echelle: Echelle,
    lues: Sequence[CompetenceDetaillee],
    poses: Mapping[str, Mapping[int, NiveauAttendu]],
    option: int | None,
) -> Attendus:
    admises = [une for une in lues if une.option_id in (None, option)]
    siens: dict[int, dict[str, Niveaux]] = defaultdict(dict)
    codes = {}
    for une in admises:
        codes[une.competence_id] = une.competence.code
        siens[une.competence_id][une.code] = _niveaux(poses, f"d{une.pk}")
    detaillees: dict[str, Niveaux] = {}
    competences: dict[str, Niveaux] = {}
    for pk, groupe in siens.items():
        propres = _niveaux(poses, f"c{pk}")
        competences[codes[pk]] = de_la_competence(propres, groupe.values())
        detaillees |= {code: de_la_detaillee(niveaux, propres) for code, niveaux in groupe.items()}
    return Attendus(echelle, detaillees, competences)


def _poses(echelle: Echelle) -> dict[str, dict[int, NiveauAttendu]]:
    """Clé de la cible → rang de la période → ce qui y est posé."""
    poses: dict[str, dict[int, NiveauAttendu]] = defaultdict(dict)
    for une in NiveauAttendu.objects.filter(echelle=echelle).select_related("periode").order_by("periode__ordre"):
        cle = f"d{une.detaillee_id}" if une.detaillee_id else f"c{une.competence_id}"
        poses[cle][une.periode.ordre] = une
    return poses


def _niveaux(poses: Mapping[str, Mapping[int, NiveauAttendu]], cle: str) -> Niveaux:
    return {rang: une.niveau for rang, une in poses.get(cle, {}).items()}


def _ligne_competence(
    groupe: Sequence[CompetenceDetaillee],
    periodes: Sequence[Periode],
    poses: Mapping[str, Mapping[int, NiveauAttendu]],
) -> LigneEchelle:
    competence = groupe[0].competence
    cle = f"c{competence.pk}"
    propres = _niveaux(poses, cle)
    siens = {f"d{une.pk}": _niveaux(poses, f"d{une.pk}") for une in groupe}
    attendus = de_la_competence(propres, siens.values())
    return LigneEchelle(
        cle=cle,
        code=competence.code,
        intitule=competence.intitule,
        option="",
        cases=_cases(cle, attendus, propres, periodes, poses),
        detaillees=tuple(
            LigneEchelle(
                cle=f"d{une.pk}",
                code=une.code,
                intitule=une.intitule,
                option=une.option.code if une.option else "",
                cases=_cases(
                    f"d{une.pk}",
                    de_la_detaillee(siens[f"d{une.pk}"], propres),
                    siens[f"d{une.pk}"],
                    periodes,
                    poses,
                ),
                descripteurs=tuple((d.niveau, d.texte) for d in une.descripteurs.all()),
            )
            for une in groupe
        ),
    )


def _cases(
    cle: str,
    attendus: Niveaux,
    propres: Niveaux,
    periodes: Sequence[Periode],
    poses: Mapping[str, Mapping[int, NiveauAttendu]],
) -> tuple[Case, ...]:
    en_recul = reculs(propres)
    posees = poses.get(cle, {})
    return tuple(
        Case(
            cle=cle,
            rang=periode.ordre,
            periode=periode.intitule,
            pose=propres.get(periode.ordre),
            niveau=attendu_a(attendus, periode.ordre),
            descripteur=posees[periode.ordre].descripteur if periode.ordre in posees else "",
            version=posees[periode.ordre].version if periode.ordre in posees else 0,
            est_un_recul=periode.ordre in en_recul,
        )
        for periode in periodes
    )
