"""Le journal d'une situation et des positionnements d'un apprenant, en phrases."""

from collections.abc import Mapping, Sequence

from django.db.models import QuerySet

from centres.models import Apprenant, Classe, Evenement
from centres.queries.journal import Vocabulaire
from evaluations.models import ObservationApprenant, Positionnement, Situation
from evaluations.queries.historique import ACTES as ACTES_SITUATION
from evaluations.queries.historique import CHAMPS as CHAMPS_SITUATION

ACTES: dict[str, str] = {
    **ACTES_SITUATION,
    "positionnement.enregistre": "a positionné",
    "observation.enregistree": "a noté une observation",
}
CHAMPS = {**{nom: libelle.lower() for nom, libelle in CHAMPS_SITUATION.items()}, "valeur": "niveau", "texte": "texte"}
CELLULE = Positionnement._meta.label_lower
OBSERVATION = ObservationApprenant._meta.label_lower
SITUATION = Situation._meta.label_lower


def nommer_les_objets(evenements: Sequence[Evenement]) -> Mapping[str, str]:
    """« C7.3 de Bernard Inès, S4 » : trois requêtes au plus."""
    cles: dict[str, set[int]] = {CELLULE: set(), OBSERVATION: set(), SITUATION: set()}
    for evenement in evenements:
        genre, _, pk = evenement.objet.partition(":")
        if genre in cles and pk.isdecimal():
            cles[genre].add(int(pk))
    liens = ("inscription__apprenant", "situation")
    cellules = Positionnement.objects.select_related("detaillee", *liens).filter(pk__in=cles[CELLULE])
    observations = ObservationApprenant.objects.select_related(*liens).filter(pk__in=cles[OBSERVATION])
    noms = {
        f"{CELLULE}:{une.pk}": f"{une.detaillee.code} de {une.inscription.apprenant}, {une.situation.code}"
        for une in cellules
    }
    noms |= {f"{OBSERVATION}:{une.pk}": f"{une.inscription.apprenant}, {une.situation.code}" for une in observations}
    return noms | {f"{SITUATION}:{pk}": str(une) for pk, une in Situation.objects.in_bulk(cles[SITUATION]).items()}


VOCABULAIRE = Vocabulaire(
    actes=ACTES,
    champs=CHAMPS,
    nommer=nommer_les_objets,
    tus=frozenset({"version", "modifie_le", "inscription", "detaillee"}),
)


def evenements_de_la_situation(situation: Situation) -> QuerySet[Evenement]:
    return Evenement.objects.filter(chaine=f"situation:{situation.pk}")


def positionnements_de(apprenant: Apprenant, classes: QuerySet[Classe]) -> QuerySet[Evenement]:
    """Tout ce qui a été saisi sur un apprenant dans ces classes, situation par situation."""
    siens = {"inscription__apprenant": apprenant, "inscription__classe__in": classes}
    objets = [f"{CELLULE}:{pk}" for pk in Positionnement.objects.filter(**siens).values_list("pk", flat=True)]
    objets += [
        f"{OBSERVATION}:{pk}" for pk in ObservationApprenant.objects.filter(**siens).values_list("pk", flat=True)
    ]
    return Evenement.objects.filter(objet__in=objets)
