"""Le bilan conjoint d'un placement : la réponse brute du tuteur, ce qu'elle propose, ce qui est retenu."""

from dataclasses import dataclass
from datetime import date, datetime

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
    saisie_par: str
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
    """Cinq requêtes. Confirmé, le bilan se lit dans ses propres lignes : rien de ce qui a suivi ne le change."""
    correspondance = correspondance_de(reglage_de(placement.periode.classe.centre_id))
    bilan = BilanPfmp.objects.filter(placement=placement).select_related("confirme_par").first()
    gardees = {ligne.detaillee_id: ligne for ligne in _lignes_gardees(bilan)}
    questions = {question.detaillee_id: question for question in _questions(placement)}
    if bilan is not None and bilan.est_confirme:
        lignes = tuple(_gardee(ligne, questions.get(cle)) for cle, ligne in gardees.items())
    else:
        lignes = tuple(
            _proposee(une, questions.get(une.pk), gardees.get(une.pk), correspondance)
            for une in _detaillees(placement, questions)
        )
    return VueBilan(
        placement=placement,
        bilan=bilan,
        lignes=lignes,
        attitudes=_attitudes(placement),
        fiche=FicheTuteur.objects.filter(placement=placement).select_related("saisie_par").first(),
        correspondance=correspondance,
    )


def _lignes_gardees(bilan: BilanPfmp | None) -> list[LigneBilan]:
    if bilan is None:
        return []
    ordre = ("detaillee__competence__ordre", "detaillee__ordre")
    return list(bilan.lignes.select_related("detaillee__competence").order_by(*ordre))


def _questions(placement: Placement) -> list[QuestionPfmp]:
    return list(placement.questions.select_related("detaillee__competence", "reponse__saisie_par").order_by("ordre"))


def _detaillees(placement: Placement, questions: dict[int, QuestionPfmp]) -> list[CompetenceDetaillee]:
    """Les questions posées, dans leur ordre ; tant qu'il n'y en a pas, les compétences évaluables du placement."""
    if questions:
        return [question.detaillee for question in questions.values()]
    return list(placement.detaillees.select_related("competence").order_by("competence__ordre", "ordre"))


def _gardee(ligne: LigneBilan, question: QuestionPfmp | None) -> LigneDuBilan:
    return LigneDuBilan(
        detaillee=ligne.detaillee,
        numero=question.ordre if question else None,
        question=question.texte if question else "",
        valeur=ligne.valeur,
        autonomie=ligne.autonomie,
        saisie_par=_saisie_par(question),
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
        saisie_par=_saisie_par(question),
        propose=propose,
        retenu=gardee.niveau_retenu if gardee and est_a_jour else propose,
        motif=gardee.motif if gardee and est_a_jour else "",
    )


def _saisie_par(question: QuestionPfmp | None) -> str:
    """L'enseignant qui a recopié la fiche de papier ; vide : le tuteur a répondu lui-même."""
    reponse = getattr(question, "reponse", None)
    return str(reponse.saisie_par) if reponse and reponse.saisie_par else ""


def _attitudes(placement: Placement) -> tuple[AttitudeVue, ...]:
    degres = dict(ReponseAttitude.objects.filter(placement=placement).order_by().values_list("attitude", "degre"))
    return tuple(AttitudeVue(str(attitude.label), degres.get(attitude.value)) for attitude in Attitude)
