"""Une période, un placement et la réponse d'un tuteur : le minimum que chaque test complète."""

from collections.abc import Mapping
from datetime import date, datetime

from django.utils import timezone

from centres.models import Classe, Entreprise, Inscription, Tuteur, Utilisateur
from evaluations.models import FicheTuteur, PeriodePfmp, Placement, QuestionPfmp, ReponseTuteur
from evaluations.services.pfmp import SaisiePlacement, creer_periode, enregistrer_placement, preparer_placement

DEBUT, FIN = date(2026, 1, 5), date(2026, 1, 30)
CODES = ("C6.1", "C7.1", "C8.1")


def une_periode(utilisateur: Utilisateur, classe: Classe, code: str = "PFMP5", semaines: int = 4) -> PeriodePfmp:
    return creer_periode(
        utilisateur=utilisateur, classe=classe, code=code, debut=DEBUT, fin=FIN, semaines=semaines, intitule="Hiver"
    )


def une_entreprise(classe: Classe, nom: str = "MécaLoire") -> tuple[Entreprise, Tuteur]:
    entreprise = Entreprise.objects.create(centre=classe.centre, nom=nom, commune="Feurs")
    return entreprise, Tuteur.objects.create(entreprise=entreprise, prenom="Jean", nom="Petit", email="jean@exemple.fr")


def placer(
    utilisateur: Utilisateur,
    periode: PeriodePfmp,
    inscription: Inscription,
    tuteur: Tuteur | None = None,
    codes: tuple[str, ...] = CODES,
) -> Placement:
    placement = enregistrer_placement(
        utilisateur=utilisateur,
        periode=periode,
        saisie=SaisiePlacement(
            inscription_id=inscription.pk,
            version=0,
            debut=periode.debut,
            fin=periode.fin,
            entreprise_id=tuteur.entreprise_id if tuteur else None,
            tuteur_id=tuteur.pk if tuteur else None,
        ),
    )
    return preparer_placement(
        utilisateur=utilisateur, placement=placement, codes=codes, activites_prevues="Tournage", version=1
    )


def repondre(placement: Placement, valeurs: Mapping[str, str], termine_le: datetime | None = None) -> None:
    """Ce que le tuteur dit, écrit directement : sa page a ses propres tests."""
    for ordre, detaillee in enumerate(placement.detaillees.order_by("competence__ordre", "ordre"), start=1):
        question = QuestionPfmp.objects.create(
            placement=placement, detaillee=detaillee, texte=f"Question {detaillee.code}", ordre=ordre
        )
        if detaillee.code in valeurs:
            ReponseTuteur.objects.create(
                question=question, valeur=valeurs[detaillee.code], autonomie="aide", modifie_le=timezone.now()
            )
    quand = termine_le or timezone.now()
    FicheTuteur.objects.create(placement=placement, remarque="Soigneuse", termine_le=quand, modifie_le=quand)
