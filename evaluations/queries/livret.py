"""Le livret d'un apprenant : où il en est de ce qui est attendu, et sa progression période par période. Aucune note."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.db.models import prefetch_related_objects

from centres.models import Apprenant, Classe
from centres.permissions import Personne
from evaluations.attendus import Ecart, Position, attendu_a
from evaluations.calendrier import indice_de_periode
from evaluations.models import AutoEvaluation, Echelle, Positionnement
from evaluations.queries.echelles import Attendus, attendus_lus, echelle_en_vigueur
from evaluations.queries.parcours import (
    Lecture,
    NiveauCompetence,
    Parcours,
    competences_de,
    composer,
    ligne_de,
    lire_parcours,
    niveaux_par_competence,
    retenus_de,
    seconde_de,
)
from evaluations.synthese import Retenu, meilleur_retenu
from referentiel.models import Periode


@dataclass(frozen=True)
class Etape:
    """Une compétence à une période : ce qui y a été montré, et le meilleur niveau atteint à sa fin."""

    rang: int
    periode: str
    montre: Retenu | None
    # Vide tant que rien n'est montré, et pour les périodes à venir ; `avant` : à la fin de la période d'avant.
    atteint: int | None
    avant: int | None
    attendu: int | None
    seconde: Retenu | None

    @property
    def est_en_progres(self) -> bool:
        return (self.atteint or 0) > (self.avant or 0)


@dataclass(frozen=True)
class AutoEvaluee:
    """Ce que l'apprenant dit de son niveau, à une période : montré à côté, jamais compté."""

    niveau: int
    periode: str
    rang: int
    commentaire: str
    le: datetime


@dataclass(frozen=True)
class LigneLivret:
    niveau: NiveauCompetence
    # Vide tant qu'aucune échelle n'est publiée pour sa cohorte.
    ecart: Ecart | None
    etapes: tuple[Etape, ...]
    # La plus récente d'abord.
    auto_evaluations: tuple[AutoEvaluee, ...]

    @property
    def code(self) -> str:
        return self.niveau.code

    @property
    def intitule(self) -> str:
        return self.niveau.intitule

    @property
    def meilleur(self) -> int | None:
        return self.niveau.retenu.niveau if self.niveau.retenu else None

    @property
    def est_en_dessous(self) -> bool:
        return self.ecart is not None and self.ecart.position is Position.EN_DECA

    @property
    def auto(self) -> AutoEvaluee | None:
        return self.auto_evaluations[0] if self.auto_evaluations else None


@dataclass(frozen=True)
class Livret:
    parcours: Parcours
    echelle: Echelle | None
    # Celle d'aujourd'hui, ramenée dans l'année de sa dernière classe.
    periode: Periode | None
    periodes: tuple[Periode, ...]
    lignes: tuple[LigneLivret, ...]

    @property
    def observees(self) -> int:
        return sum(1 for ligne in self.lignes if ligne.meilleur)

    @property
    def en_dessous(self) -> int:
        return sum(1 for ligne in self.lignes if ligne.est_en_dessous)

    @property
    def est_vide(self) -> bool:
        return not self.parcours.jalons and not any(ligne.auto for ligne in self.lignes)


def periode_du_jour(classe: Classe, periodes: Sequence[Periode], jour: date) -> Periode | None:
    """Celle d'aujourd'hui ; l'année de la classe passée, sa dernière."""
    indice = indice_de_periode(
        classe.annee_scolaire,
        classe.annee_cycle,
        jour,
        periodes=len(periodes),
        annees=classe.version.duree_cycle_annees,
    )
    return None if indice is None else periodes[indice]


def livret_de(utilisateur: Personne, apprenant: Apprenant, jour: date) -> Livret:
    """Sept requêtes avec une échelle publiée, cinq sans, quel que soit le nombre de preuves.

    Une preuve de seconde commune en demande quatre de plus (`ailleurs_de`).
    """
    lu = lire_parcours(utilisateur, apprenant)
    parcours = composer(utilisateur, apprenant, lu)
    if lu.inscription is None:
        return Livret(parcours, None, None, (), ())
    classe = lu.inscription.classe
    prefetch_related_objects([classe], "version__periodes")
    periodes = tuple(sorted(classe.version.periodes.all(), key=lambda une: une.ordre))
    periode = periode_du_jour(classe, periodes, jour)
    echelle = echelle_en_vigueur(classe)
    attendus = attendus_lus(echelle, lu.inscription.option, lu.detaillees) if echelle else None
    etapes = _etapes(lu, periodes, attendus, periode.ordre if periode else 0)
    dites = _auto_evaluations(utilisateur, apprenant)
    lignes = tuple(
        LigneLivret(
            niveau=une,
            ecart=_ecart(une, attendus, periode),
            etapes=etapes[une.code],
            auto_evaluations=tuple(dites.get(une.code, ())),
        )
        for une in competences_de(lu)
    )
    return Livret(parcours, echelle, periode, periodes, lignes)


def _ecart(une: NiveauCompetence, attendus: Attendus | None, periode: Periode | None) -> Ecart | None:
    if attendus is None or periode is None:
        return None
    return attendus.ecart(une.code, une.retenu.niveau if une.retenu else None, periode.ordre)


def _etapes(
    lu: Lecture, periodes: Sequence[Periode], attendus: Attendus | None, rang_du_jour: int
) -> Mapping[str, tuple[Etape, ...]]:
    """Code de la compétence → ses étapes, de la première à la dernière période du cycle."""
    par_rang: dict[int, list[Positionnement]] = defaultdict(list)
    for positionnement in lu.positionnements:
        par_rang[positionnement.situation.periode.ordre].append(positionnement)
    lignes = [ligne_de(une) for une in lu.detaillees]
    # Une preuve saisie d'avance se montre : la courbe va au moins jusqu'à elle.
    horizon = max([rang_du_jour, *par_rang])
    etapes: dict[str, list[Etape]] = defaultdict(list)
    meilleurs: dict[str, Retenu | None] = {}
    for periode in periodes:
        siens = par_rang.get(periode.ordre, [])
        seconde = seconde_de(siens, lu.ailleurs)
        for une in niveaux_par_competence(lignes, retenus_de(siens)):
            avant, montre = meilleurs.get(une.code), une.retenu
            atteint = meilleurs[une.code] = meilleur_retenu(un for un in (avant, montre) if un)
            etapes[une.code].append(
                Etape(
                    rang=periode.ordre,
                    periode=periode.intitule,
                    montre=montre,
                    atteint=atteint.niveau if atteint and periode.ordre <= horizon else None,
                    avant=avant.niveau if avant else None,
                    attendu=attendu_a(attendus.niveaux_de(une.code), periode.ordre) if attendus else None,
                    seconde=seconde.get(une.code),
                )
            )
    return {code: tuple(siennes) for code, siennes in etapes.items()}


def _auto_evaluations(utilisateur: Personne, apprenant: Apprenant) -> Mapping[str, list[AutoEvaluee]]:
    """Code de la compétence → ce que l'apprenant en a dit, le plus récent d'abord (une requête)."""
    lues: Iterable[AutoEvaluation] = (
        AutoEvaluation.objects.visibles_par(utilisateur)
        .filter(inscription__apprenant=apprenant, competence__isnull=False)
        .select_related("competence", "periode")
        .order_by("-periode__ordre", "-le", "-pk")
    )
    dites: dict[str, list[AutoEvaluee]] = defaultdict(list)
    for une in lues:
        if une.competence is not None:
            dites[une.competence.code].append(
                AutoEvaluee(une.niveau, une.periode.intitule, une.periode.ordre, une.commentaire, une.le)
            )
    return dites
