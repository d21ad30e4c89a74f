"""Ce que voit le tuteur : un prénom, une entreprise, des dates, les questions posées et ses propres réponses."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Q
from django.utils import timezone

from evaluations.enums import Attitude, Autonomie, ValeurTuteur
from evaluations.models import (
    BilanPfmp,
    FicheTuteur,
    Formulation,
    LienTuteur,
    Placement,
    ReponseAttitude,
    ReponseTuteur,
)
from evaluations.queries.attitudes import DEGRES
from referentiel.models import CompetenceDetaillee

# Le travail est-il fait comme il faut ? La réponse ne parle que du résultat, l'autonomie que de l'aide.
# Réponse → les mots de l'atelier, le mot du livret, la touche du clavier et du papier. L'ordre est celui de la fiche.
REPONSES: dict[str, tuple[str, str, str]] = {
    ValeurTuteur.NON_ACQUIS: ("Pas encore", "non acquis", "1"),
    ValeurTuteur.EN_COURS: ("En partie", "en cours d'acquisition", "2"),
    ValeurTuteur.ACQUIS: ("Oui", "acquis", "3"),
    ValeurTuteur.NON_EVALUE: ("Pas vu", "non évalué", "0"),
}
AUTONOMIES: dict[str, tuple[str, str]] = {
    Autonomie.MONTRE: ("il faut lui montrer", "M"),
    Autonomie.AIDE: ("avec de l'aide", "A"),
    Autonomie.SEUL: ("sans aide", "S"),
}
LETTRES = dict(zip(Attitude, "ABCDEF", strict=True))


@dataclass(frozen=True)
class Choix:
    """Un bouton à cocher."""

    valeur: str
    libelle: str
    precision: str
    touche: str
    est_choisi: bool


@dataclass(frozen=True)
class QuestionPosee:
    pk: int
    numero: int
    texte: str
    code: str
    valeur: str
    autonomie: str
    version: int
    saisie_par: str

    @property
    def cle(self) -> str:
        return f"q{self.pk}"

    @property
    def reponses(self) -> tuple[Choix, ...]:
        return tuple(
            Choix(valeur, libelle, precision, touche, valeur == self.valeur)
            for valeur, (libelle, precision, touche) in REPONSES.items()
        )

    @property
    def autonomies(self) -> tuple[Choix, ...]:
        return tuple(
            Choix(valeur, libelle, "", touche, valeur == self.autonomie)
            for valeur, (libelle, touche) in AUTONOMIES.items()
        )

    @property
    def est_du_tuteur(self) -> bool:
        """Répondue par le tuteur lui-même : personne ne la recopie par-dessus."""
        return bool(self.valeur or self.autonomie) and not self.saisie_par


@dataclass(frozen=True)
class AttitudePosee:
    code: str
    lettre: str
    libelle: str
    degre: int | None
    version: int
    saisie_par: str

    @property
    def cle(self) -> str:
        return f"t{self.code}"

    @property
    def degres(self) -> tuple[Choix, ...]:
        return tuple(
            Choix(str(rang), texte, "", str(rang), rang == self.degre)
            for rang, texte in enumerate(DEGRES[Attitude(self.code)], start=1)
        )

    @property
    def est_du_tuteur(self) -> bool:
        return self.degre is not None and not self.saisie_par


@dataclass(frozen=True)
class FicheVue:
    """La fiche d'un placement, telle que l'écran, le papier et la saisie la numérotent."""

    placement: Placement
    questions: tuple[QuestionPosee, ...]
    attitudes: tuple[AttitudePosee, ...]
    activites: str
    remarque: str
    version: int
    termine_le: datetime | None
    saisie_par: str
    est_close: bool

    @property
    def prenom(self) -> str:
        return self.placement.inscription.apprenant.prenom

    @property
    def sans_reponse(self) -> tuple[QuestionPosee, ...]:
        return tuple(question for question in self.questions if not question.valeur)

    @property
    def est_du_tuteur(self) -> bool:
        """Le texte libre vient du tuteur lui-même."""
        return bool(self.version and (self.activites or self.remarque)) and not self.saisie_par


def lien_en_session(pk: int) -> LienTuteur | None:
    """Une requête : le lien s'il vaut encore à cet instant, et tout ce que l'en-tête de la page nomme."""
    return (
        LienTuteur.objects.filter(pk=pk, revoque_le=None, expire_le__gt=timezone.now())
        .select_related(
            "placement__inscription__apprenant",
            "placement__entreprise",
            "placement__tuteur",
            "placement__periode__classe__centre",
            "placement__bilan",
            "placement__fiche__saisie_par",
        )
        .first()
    )


def a_repondu_lui_meme(placement: Placement) -> bool:
    """Le tuteur a déjà donné une réponse par son lien ; une recopie de l'enseignant n'en est pas une."""
    siennes = ReponseTuteur.objects.filter(question__placement=placement, saisie_par=None)
    return siennes.exclude(valeur="").exists()


def fiche_de(placement: Placement) -> FicheVue:
    """Deux requêtes, quatre si le placement n'est pas venu avec sa fiche et son bilan."""
    fiche: FicheTuteur | None = getattr(placement, "fiche", None)
    bilan: BilanPfmp | None = getattr(placement, "bilan", None)
    questions = placement.questions.select_related("reponse__saisie_par", "detaillee").order_by("ordre", "pk")
    donnees = ReponseAttitude.objects.filter(placement=placement).select_related("saisie_par").order_by("attitude")
    degres = {reponse.attitude: reponse for reponse in donnees}
    return FicheVue(
        placement=placement,
        questions=tuple(
            _question(une.pk, rang, une.texte, une.detaillee.code, getattr(une, "reponse", None))
            for rang, une in enumerate(questions, start=1)
        ),
        attitudes=tuple(_attitude(attitude, degres.get(attitude.value)) for attitude in Attitude),
        activites=fiche.activites_realisees if fiche else "",
        remarque=fiche.remarque if fiche else "",
        version=fiche.version if fiche else 0,
        termine_le=fiche.termine_le if fiche else None,
        saisie_par=str(fiche.saisie_par) if fiche and fiche.saisie_par else "",
        est_close=bilan is not None and bilan.est_confirme,
    )


def _question(pk: int, numero: int, texte: str, code: str, reponse: ReponseTuteur | None) -> QuestionPosee:
    return QuestionPosee(
        pk=pk,
        numero=numero,
        texte=texte,
        code=code,
        valeur=reponse.valeur if reponse else "",
        autonomie=reponse.autonomie if reponse else "",
        version=reponse.version if reponse else 0,
        saisie_par=str(reponse.saisie_par) if reponse and reponse.saisie_par else "",
    )


def _attitude(attitude: Attitude, reponse: ReponseAttitude | None) -> AttitudePosee:
    return AttitudePosee(
        code=attitude.value,
        lettre=LETTRES[attitude],
        libelle=str(attitude.label).capitalize(),
        degre=reponse.degre if reponse else None,
        version=reponse.version if reponse else 0,
        saisie_par=str(reponse.saisie_par) if reponse and reponse.saisie_par else "",
    )


def formulations_pour(centre: int, detaillees: Sequence[CompetenceDetaillee]) -> dict[int, str]:
    """Une requête : celle du centre, à défaut celle livrée, à défaut l'intitulé du référentiel."""
    textes = {une.pk: une.intitule[:200] for une in detaillees}
    lues = Formulation.objects.filter(Q(centre=None) | Q(centre=centre), detaillee__in=textes)
    # Celles du centre en dernier : elles l'emportent.
    for formulation in sorted(lues.order_by("pk"), key=lambda une: une.centre_id is not None):
        textes[formulation.detaillee_id] = formulation.texte
    return textes


def questions_figees(placement: Placement) -> bool:
    """Dès qu'un lien a été remis (courriel, QR, papier) ou qu'une réponse existe."""
    repondues = ReponseTuteur.objects.filter(question__placement=placement)
    return placement.liens.exists() or repondues.exists()


@dataclass(frozen=True)
class LignePreparee:
    """Une compétence évaluable et la question qu'on en fera."""

    detaillee: CompetenceDetaillee
    texte: str
    livree: str
    est_posee: bool


def lignes_a_preparer(placement: Placement) -> tuple[LignePreparee, ...]:
    """Les questions enregistrées d'abord, dans leur ordre ; à défaut, la bibliothèque."""
    detaillees = list(placement.detaillees.select_related("competence").order_by("competence__ordre", "ordre"))
    livrees = formulations_pour(placement.periode.classe.centre_id, detaillees)
    posees = dict(placement.questions.order_by("ordre").values_list("detaillee", "texte"))
    return tuple(
        LignePreparee(une, posees.get(une.pk, livrees[une.pk]), livrees[une.pk], not posees or une.pk in posees)
        for une in detaillees
    )


def liens_de(placement: Placement) -> list[LienTuteur]:
    return list(placement.liens.select_related("cree_par", "tuteur").order_by("-cree_le", "-pk"))
