"""Le bilan conjoint d'un placement : la réponse brute du tuteur, ce qu'elle propose, ce qui est retenu."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.db.models import Prefetch

from centres.models import Centre
from evaluations.enums import Attitude, Autonomie, ValeurTuteur
from evaluations.models import (
    BilanPfmp,
    FicheTuteur,
    LigneBilan,
    Placement,
    QuestionPfmp,
    ReglagePfmp,
    ReponseAttitude,
)
from evaluations.queries.provenance import LIENS, provenance_de
from referentiel.models import CompetenceDetaillee

Correspondance = dict[str, int]


@dataclass(frozen=True)
class LigneDuBilan:
    """Une compétence : dite par le tuteur, proposée par la correspondance, retenue par l'enseignant."""

    detaillee: CompetenceDetaillee
    numero: int | None
    question: str
    valeur: str
    autonomie: str
    # « dit par Jules Lopes, le 12/03/2026, par son lien » ; vide : sans réponse.
    source: str
    propose: int | None
    retenu: int | None
    motif: str
    # Ce qui vient d'être refusé sur cette ligne.
    erreurs: tuple[str, ...] = ()

    @property
    def reponse(self) -> str:
        return ValeurTuteur(self.valeur).label if self.valeur else ""

    @property
    def comment(self) -> str:
        return Autonomie(self.autonomie).label if self.autonomie else ""

    @property
    def est_changee(self) -> bool:
        return self.retenu is not None and self.retenu != self.propose


@dataclass(frozen=True)
class AttitudeVue:
    libelle: str
    degre: int | None
    source: str = ""


@dataclass(frozen=True)
class VueBilan:
    """Le bilan tel qu'il est : brouillon proposé, enregistré ou confirmé."""

    placement: Placement
    bilan: BilanPfmp | None
    lignes: tuple[LigneDuBilan, ...]
    attitudes: tuple[AttitudeVue, ...]
    fiche: FicheTuteur | None
    correspondance: Correspondance

    @property
    def est_confirme(self) -> bool:
        return self.bilan is not None and self.bilan.est_confirme

    @property
    def version(self) -> int:
        return self.bilan.version if self.bilan else 0

    @property
    def repondues(self) -> int:
        return sum(1 for ligne in self.lignes if ligne.valeur)

    @property
    def retenues(self) -> tuple[LigneDuBilan, ...]:
        return tuple(ligne for ligne in self.lignes if ligne.retenu is not None)

    @property
    def sources(self) -> tuple[str, ...]:
        """Qui a donné les réponses : une phrase suffit le plus souvent, sinon chaque ligne porte la sienne."""
        donnees = [ligne.source for ligne in self.lignes if ligne.valeur or ligne.autonomie]
        donnees += [attitude.source for attitude in self.attitudes if attitude.degre]
        donnees += [self.source_des_textes] if self.source_des_textes else []
        return tuple(dict.fromkeys(donnees))

    @property
    def source_des_textes(self) -> str:
        ecrits = self.fiche is not None and (self.fiche.activites_realisees or self.fiche.remarque)
        return provenance_de(self.fiche) if ecrits else ""

    @property
    def a_une_raison(self) -> bool:
        return any(ligne.motif for ligne in self.lignes)

    @property
    def termine_le(self) -> datetime | None:
        return self.fiche.termine_le if self.fiche else None

    @property
    def tenu_le(self) -> date | None:
        return self.bilan.tenu_le if self.bilan else None


def reglage_de(centre: Centre | int) -> ReglagePfmp:
    """Les réglages du centre, ou ceux par défaut tant que personne ne les a touchés."""
    cle = centre if isinstance(centre, int) else centre.pk
    return ReglagePfmp.objects.filter(centre=cle).first() or ReglagePfmp(centre_id=cle)


def correspondance_de(reglage: ReglagePfmp) -> Correspondance:
    """Ce que propose chaque réponse du tuteur. NE ne propose rien, aucune réponse ne propose 4 [D]."""
    return {
        ValeurTuteur.NON_ACQUIS.value: reglage.niveau_non_acquis,
        ValeurTuteur.EN_COURS.value: reglage.niveau_en_cours,
        ValeurTuteur.ACQUIS.value: reglage.niveau_acquis,
    }


def bilan_de(placement: Placement) -> VueBilan:
    return bilans_de([placement], placement.periode.classe.centre_id)[0]


def bilans_de(placements: Sequence[Placement], centre: int) -> tuple[VueBilan, ...]:
    """Sept requêtes, pour un placement ou pour toute une classe.

    Confirmé, un bilan se lit dans ses propres lignes : rien de ce qui a suivi ne le change.
    """
    correspondance = correspondance_de(reglage_de(centre))
    cles = [placement.pk for placement in placements]
    bilans = {bilan.placement_id: bilan for bilan in _bilans(cles)}
    questions, detaillees = _questions(cles), _detaillees(cles)
    attitudes = _attitudes(cles)
    fiches = {fiche.placement_id: fiche for fiche in _fiches(cles)}
    return tuple(
        VueBilan(
            placement=placement,
            bilan=bilans.get(placement.pk),
            lignes=_lignes(bilans.get(placement.pk), questions[placement.pk], detaillees[placement.pk], correspondance),
            attitudes=_vues(attitudes[placement.pk]),
            fiche=fiches.get(placement.pk),
            correspondance=correspondance,
        )
        for placement in placements
    )


def _lignes(
    bilan: BilanPfmp | None,
    questions: Sequence[QuestionPfmp],
    detaillees: Sequence[CompetenceDetaillee],
    correspondance: Correspondance,
) -> tuple[LigneDuBilan, ...]:
    """Les questions posées, dans leur ordre ; tant qu'il n'y en a pas, les compétences évaluables du placement."""
    posees = {question.detaillee_id: question for question in questions}
    gardees = {ligne.detaillee_id: ligne for ligne in bilan.lignes.all()} if bilan else {}
    if bilan is not None and bilan.est_confirme:
        return tuple(_gardee(ligne, posees.get(cle)) for cle, ligne in gardees.items())
    evaluees = [question.detaillee for question in questions] or detaillees
    return tuple(_proposee(une, posees.get(une.pk), gardees.get(une.pk), correspondance) for une in evaluees)


def _bilans(placements: Iterable[int]) -> Iterable[BilanPfmp]:
    ordre = ("detaillee__competence__ordre", "detaillee__ordre")
    lignes = LigneBilan.objects.select_related("detaillee__competence").order_by(*ordre)
    lus = BilanPfmp.objects.filter(placement__in=placements).select_related("confirme_par").order_by("placement")
    return lus.prefetch_related(Prefetch("lignes", queryset=lignes))


def _questions(placements: Iterable[int]) -> defaultdict[int, list[QuestionPfmp]]:
    sources = (f"reponse__{lien}" for lien in LIENS)
    lues = QuestionPfmp.objects.filter(placement__in=placements).select_related("detaillee__competence", *sources)
    posees: defaultdict[int, list[QuestionPfmp]] = defaultdict(list)
    for question in lues.order_by("placement", "ordre"):
        posees[question.placement_id].append(question)
    return posees


def _detaillees(placements: Iterable[int]) -> defaultdict[int, list[CompetenceDetaillee]]:
    liens = Placement.detaillees.through.objects.filter(placement__in=placements)
    ordre = ("placement", "competencedetaillee__competence__ordre", "competencedetaillee__ordre")
    choisies: defaultdict[int, list[CompetenceDetaillee]] = defaultdict(list)
    for lien in liens.select_related("competencedetaillee__competence").order_by(*ordre):
        choisies[lien.placement_id].append(lien.competencedetaillee)
    return choisies


def _fiches(placements: Iterable[int]) -> Iterable[FicheTuteur]:
    return FicheTuteur.objects.filter(placement__in=placements).select_related(*LIENS).order_by("placement")


def _gardee(ligne: LigneBilan, question: QuestionPfmp | None) -> LigneDuBilan:
    return LigneDuBilan(
        detaillee=ligne.detaillee,
        numero=question.ordre if question else None,
        question=question.texte if question else "",
        valeur=ligne.valeur,
        autonomie=ligne.autonomie,
        source=_source(question),
        propose=ligne.niveau_propose,
        retenu=ligne.niveau_retenu,
        motif=ligne.motif,
    )


def _proposee(
    detaillee: CompetenceDetaillee,
    question: QuestionPfmp | None,
    gardee: LigneBilan | None,
    correspondance: Correspondance,
) -> LigneDuBilan:
    reponse = getattr(question, "reponse", None)
    valeur = reponse.valeur if reponse else ""
    propose = correspondance.get(valeur)
    # Une réponse changée depuis le brouillon rend la main à la proposition.
    est_a_jour = gardee is not None and (gardee.valeur, gardee.niveau_propose) == (valeur, propose)
    return LigneDuBilan(
        detaillee=detaillee,
        numero=question.ordre if question else None,
        question=question.texte if question else "",
        valeur=valeur,
        autonomie=reponse.autonomie if reponse else "",
        source=_source(question),
        propose=propose,
        retenu=gardee.niveau_retenu if gardee and est_a_jour else propose,
        motif=gardee.motif if gardee and est_a_jour else "",
    )


def _source(question: QuestionPfmp | None) -> str:
    return provenance_de(getattr(question, "reponse", None))


def _attitudes(placements: Iterable[int]) -> defaultdict[int, dict[str, ReponseAttitude]]:
    donnees: defaultdict[int, dict[str, ReponseAttitude]] = defaultdict(dict)
    lues = ReponseAttitude.objects.filter(placement__in=placements).select_related(*LIENS)
    for reponse in lues.order_by("placement", "attitude"):
        donnees[reponse.placement_id][reponse.attitude] = reponse
    return donnees


def _vues(donnees: dict[str, ReponseAttitude]) -> tuple[AttitudeVue, ...]:
    vues = []
    for attitude in Attitude:
        reponse = donnees.get(attitude.value)
        degre = reponse.degre if reponse else None
        vues.append(AttitudeVue(str(attitude.label), degre, provenance_de(reponse) if degre else ""))
    return tuple(vues)
