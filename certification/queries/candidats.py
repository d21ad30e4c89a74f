"""Les candidats d'une classe et leurs preuves : de la base aux valeurs du calcul, en un nombre constant de requêtes."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import groupby
from operator import itemgetter
from typing import Any

from django.db.models import QuerySet

from centres.enums import Modalite
from centres.models import Classe, Inscription
from centres.permissions import Personne
from certification import syntheses
from certification.bareme import CompetenceNotee, EpreuveNotee
from certification.models import BeneficeNote, Candidat, Commission, PositionCommission, Proposition
from certification.queries.decisions import Decisions, decisions_de
from certification.queries.grilles import CleGrille, grilles_en_vigueur
from certification.syntheses import GrilleLue, NoteConservee, SyntheseEpreuve
from evaluations.models import Positionnement, Situation
from evaluations.synthese import Observation, une_par_case
from referentiel.models import Competence, CompetenceDetaillee, Epreuve, Option, VersionReferentiel
from referentiel.reglement import SituationsAttendues, situations_attendues


@dataclass(frozen=True)
class EpreuveVue:
    """Une épreuve vue par une option : ses compétences et les libellés de leurs détaillées."""

    epreuve: Epreuve
    detaillees: Sequence[CompetenceDetaillee]
    situations: SituationsAttendues

    @cached_property
    def competences(self) -> dict[str, Competence]:
        return {detaillee.competence.code: detaillee.competence for detaillee in self.detaillees}

    @cached_property
    def intitules(self) -> dict[str, str]:
        return {detaillee.code: detaillee.intitule for detaillee in self.detaillees}

    @cached_property
    def notee(self) -> EpreuveNotee:
        codes: dict[str, list[str]] = {code: [] for code in self.competences}
        for detaillee in self.detaillees:
            codes[detaillee.competence.code].append(detaillee.code)
        return EpreuveNotee(
            self.epreuve.code,
            tuple(CompetenceNotee(code, self.competences[code].intitule, tuple(codes[code])) for code in codes),
            self.situations,
        )


@dataclass(frozen=True)
class SyntheseCandidat:
    """Un candidat et ce qu'il montre à chaque épreuve."""

    candidat: Candidat
    epreuves: Mapping[str, EpreuveVue]
    syntheses: Mapping[str, SyntheseEpreuve]
    # Situations certificatives de la session où il a été positionné : les seules dont les preuves comptent.
    situations: frozenset[int]
    # Ce que la commission a écrit de lui : par compétence, et par épreuve.
    positions: Mapping[str, PositionCommission]
    propositions: Mapping[str, Proposition]


@dataclass(frozen=True)
class SyntheseClasse:
    classe: Classe
    epreuves: Sequence[Epreuve]
    candidats: Sequence[SyntheseCandidat]
    commission: Commission | None


def synthese_de_la_classe(classe: Classe, lecteur: Personne | None = None) -> SyntheseClasse:
    """Tous les candidats d'une classe × toutes les épreuves ; `lecteur` n'y trouve que ceux qu'il peut voir."""
    candidats = Candidat.objects.de_la_classe(classe)
    if lecteur is not None:
        candidats = candidats.visibles_par(lecteur)
    lus = list(candidats.select_related("apprenant", "option"))
    for candidat in lus:
        candidat.classe = classe
    return _synthese(classe, lus)


def synthese_du_candidat(candidat: Candidat) -> SyntheseCandidat:
    """Un candidat × toutes les épreuves, par le même chemin que sa classe."""
    return _synthese(candidat.classe, [candidat]).candidats[0]


def synthese_des_figes(classe: Classe, propositions: Iterable[Proposition]) -> Sequence[SyntheseCandidat]:
    """Ceux qu'une commission close a étudiés, avec l'inscription et l'option qu'elle a vues : la classe, elle, vit."""
    options = {option.code: option for option in classe.version.options.all()}
    vues: dict[int, str] = {}
    # La plus récente des inscriptions étudiées : une clé par apprenant, qui ne bouge plus.
    cles: dict[int, int] = {}
    for une in propositions:
        apprenant = une.inscription.apprenant_id
        cles[apprenant] = max(cles.get(apprenant, 0), une.inscription_id)
        if une.entrees is not None:
            vues[apprenant] = une.entrees["option"]
    candidats = list(Candidat.objects.figes(cles.values()).select_related("apprenant", "option"))
    for candidat in candidats:
        candidat.classe = classe
        if candidat.apprenant_id in vues:
            candidat.option = options[vues[candidat.apprenant_id]]
    return _synthese(classe, candidats).candidats


def _synthese(classe: Classe, candidats: Sequence[Candidat]) -> SyntheseClasse:
    detaillees = _detaillees(classe.version)
    attendues = situations_attendues(classe.version.regles_ccf)
    grilles = grilles_en_vigueur(classe.version, classe.session)
    observations = _observations(classe, candidats)
    conservees = _conservees(classe, candidats)
    decisions = decisions_de(classe)
    vues: dict[int | None, dict[str, EpreuveVue]] = {}
    lus = []
    for candidat in candidats:
        if candidat.option_id not in vues:
            vues[candidat.option_id] = _epreuves_vues(detaillees, candidat.option, attendues)
        siennes = observations.get(candidat.apprenant_id, [])
        gardees = conservees.get(candidat.apprenant_id, {})
        lus.append(_candidat(candidat, vues[candidat.option_id], siennes, grilles, gardees, decisions))
    epreuves = {detaillee.competence.bloc.epreuve.code: detaillee.competence.bloc.epreuve for detaillee in detaillees}
    return SyntheseClasse(classe, tuple(epreuves.values()), tuple(lus), decisions.commission)


def _candidat(
    candidat: Candidat,
    vues: Mapping[str, EpreuveVue],
    lues: Sequence[tuple[int, Observation]],
    grilles: Mapping[CleGrille, GrilleLue],
    conservees: Mapping[str, NoteConservee],
    decisions: Decisions,
) -> SyntheseCandidat:
    resultats = {}
    apprenant = candidat.apprenant_id
    for code, vue in vues.items():
        # Un code peut avoir deux libellés (C7.3) : seul celui de l'option du candidat est sa preuve (décision 004).
        siennes = {detaillee.pk for detaillee in vue.detaillees}
        preuves = une_par_case((o for pk, o in lues if pk in siennes), lambda o: (o.cle, o.detaillee))
        grille = decisions.grille(apprenant, code) or grilles.get((candidat.option_id or 0, vue.epreuve.pk))
        resultats[code] = syntheses.synthetiser(
            vue.notee,
            preuves,
            grille,
            _empechement(candidat, vue.epreuve),
            decisions.conservee(apprenant, code, conservees.get(code)),
            decisions.decision(apprenant, vue.notee, preuves),
        )
    return SyntheseCandidat(
        candidat=candidat,
        epreuves=vues,
        syntheses=resultats,
        situations=frozenset(observation.cle for _, observation in lues),
        positions=decisions.positions.get(apprenant, {}),
        propositions=decisions.propositions.get(apprenant, {}),
    )


def _empechement(candidat: Candidat, epreuve: Epreuve) -> str:
    if candidat.classe.centre.modalite == Modalite.PONCTUEL:
        return syntheses.MOTIF_PONCTUEL
    if not epreuve.a_ccf:
        return syntheses.MOTIF_HORS_CCF
    return "" if candidat.option_id else syntheses.MOTIF_SANS_OPTION


def _conservees(classe: Classe, candidats: Sequence[Candidat]) -> dict[int, dict[str, NoteConservee]]:
    """Par apprenant et par code d'épreuve ; un code vaut d'une version à l'autre du référentiel."""
    gardees: dict[int, dict[str, NoteConservee]] = {}
    benefices = BeneficeNote.objects.valables_pour(classe.session).filter(
        apprenant__in=[candidat.apprenant_id for candidat in candidats]
    )
    lues = benefices.order_by("session_obtention", "pk")
    for apprenant, code, session, note in lues.values_list("apprenant", "epreuve__code", "session_obtention", "note"):
        gardees.setdefault(apprenant, {})[code] = NoteConservee(session, note)
    return gardees


def _detaillees(version: VersionReferentiel) -> list[CompetenceDetaillee]:
    return list(
        CompetenceDetaillee.objects.filter(competence__version=version, competence__bloc__epreuve__isnull=False)
        .select_related("competence__bloc__epreuve")
        .order_by("competence__bloc__epreuve__ordre", "competence__ordre", "ordre")
    )


def _epreuves_vues(
    detaillees: Iterable[CompetenceDetaillee], option: Option | None, attendues: SituationsAttendues
) -> dict[str, EpreuveVue]:
    par_epreuve: dict[str, list[CompetenceDetaillee]] = {}
    for detaillee in detaillees:
        siennes = par_epreuve.setdefault(detaillee.competence.bloc.epreuve.code, [])
        if detaillee.option_id is None or (option is not None and detaillee.option_id == option.pk):
            siennes.append(detaillee)
    return {
        code: EpreuveVue(siennes[0].competence.bloc.epreuve, tuple(siennes), attendues)
        for code, siennes in par_epreuve.items()
    }


def situations_certificatives(classe: Classe, apprenants: Iterable[int]) -> QuerySet[Situation]:
    """Situations certificatives des classes de la même session et de la même version que ces apprenants ont suivies."""
    suivies = Inscription.objects.filter(apprenant__in=list(apprenants)).values("classe")
    return Situation.objects.certificatives().filter(
        classe__in=suivies, classe__session=classe.session_id, classe__version=classe.version_id
    )


def situations_comptees(classe: Classe, apprenants: Iterable[int]) -> list[int]:
    """Celles où ces apprenants ont été positionnés, d'une autre classe comprise : leurs notes en dépendent."""
    vus = list(apprenants)
    positionnes = Positionnement.objects.filter(inscription__apprenant__in=vus).values("situation")
    return list(situations_certificatives(classe, vus).filter(pk__in=positionnes).values_list("pk", flat=True))


def _observations(classe: Classe, candidats: Sequence[Candidat]) -> dict[int, list[tuple[int, Observation]]]:
    """Par apprenant : (détaillée, observation) de chacun de ses positionnements certificatifs."""
    apprenants = [candidat.apprenant_id for candidat in candidats]
    situations = situations_certificatives(classe, apprenants)
    lues: dict[int, list[tuple[int, Observation]]] = {}
    # Une situation qui sert plusieurs épreuves donne plusieurs lignes à chaque positionnement.
    for cle, lignes in groupby(_positionnements(situations, apprenants), key=itemgetter(slice(0, -1))):
        _, apprenant, situation, code, debut, detaillee, code_detaillee, niveau, etat, prenom, nom, identifiant = cle
        observation = Observation(
            situation=code,
            date=debut,
            detaillee=code_detaillee,
            niveau=niveau,
            etat=etat or None,
            auteur=f"{prenom} {nom}".strip() or identifiant,
            certificative=True,
            epreuves=frozenset(ligne[-1] for ligne in lignes),
            cle=situation,
        )
        lues.setdefault(apprenant, []).append((detaillee, observation))
    return lues


def _positionnements(situations: QuerySet[Situation], apprenants: Sequence[int]) -> Iterable[tuple[Any, ...]]:
    return (
        Positionnement.objects.filter(situation__in=situations, inscription__apprenant__in=apprenants)
        .order_by("situation__debut", "situation__code", "detaillee", "inscription__debut", "pk")
        .values_list(
            "pk",
            "inscription__apprenant",
            "situation",
            "situation__code",
            "situation__debut",
            "detaillee",
            "detaillee__code",
            "niveau",
            "etat",
            "auteur__first_name",
            "auteur__last_name",
            "auteur__username",
            "situation__epreuves__code",
        )
    )
