"""Ce qui a changé dans une grille : depuis un rang du journal, et l'histoire d'une cellule."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from centres.models import Evenement, Utilisateur
from evaluations.models import ObservationApprenant, Positionnement, Situation

# Un poste resté longtemps éteint rattrape le retard en plusieurs relevés.
EVENEMENTS_PAR_RELEVE = 500
CELLULE = Positionnement._meta.label_lower
OBSERVATION = ObservationApprenant._meta.label_lower


@dataclass(frozen=True)
class Changements:
    """Les lignes touchées depuis un rang, dans leur état d'aujourd'hui, et le rang jusqu'où l'on a lu."""

    rang: int
    cellules: tuple[Positionnement, ...] = ()
    observations: tuple[ObservationApprenant, ...] = ()


@dataclass(frozen=True)
class Passage:
    """Une ligne de l'histoire d'une cellule : qui, quand, d'où à où."""

    le: datetime
    auteur: str
    avant: int | str
    apres: int | str
    observation: str
    observation_avant: str

    @property
    def a_change_l_observation(self) -> bool:
        return self.observation != self.observation_avant


def changements_depuis(situation: Situation, depuis: int, dernier: int) -> Changements:
    """Rien de neuf : aucune requête. Sinon le coût suit le nombre de changements, jamais la taille de la classe."""
    if depuis >= dernier:
        return Changements(dernier)
    evenements = Evenement.objects.filter(chaine=f"situation:{situation.pk}", rang__gt=depuis).order_by("rang")
    lus = list(evenements.values_list("rang", "objet")[:EVENEMENTS_PAR_RELEVE])
    cles: dict[str, set[int]] = {}
    for _, objet in lus:
        nom, _, pk = objet.partition(":")
        cles.setdefault(nom, set()).add(int(pk))
    return Changements(
        rang=lus[-1][0] if lus else dernier,
        cellules=tuple(Positionnement.objects.filter(pk__in=cles.get(CELLULE, ())).select_related("auteur")),
        observations=tuple(
            ObservationApprenant.objects.filter(pk__in=cles.get(OBSERVATION, ())).select_related("auteur")
        ),
    )


def historique_de_cellule(situation: Situation, inscription: int, detaillee: int) -> list[Passage]:
    """Du plus récent au plus ancien ; la date est celle de la saisie, l'ordre celui du journal."""
    cellule = Positionnement.objects.filter(situation=situation, inscription=inscription, detaillee=detaillee)
    pk = cellule.values_list("pk", flat=True).first()
    if pk is None:
        return []
    evenements = Evenement.objects.filter(chaine=f"situation:{situation.pk}", objet=f"{CELLULE}:{pk}")
    # Une purge a effacé ce que les autres disaient : plus rien à raconter.
    evenements = evenements.exclude(sel="")
    return [
        _passage(evenement.auteur, evenement.le, evenement.avant or {}, evenement.apres or {})
        for evenement in evenements.select_related("auteur").order_by("-rang")
    ]


def _passage(auteur: Utilisateur | None, le: datetime, avant: dict[str, Any], apres: dict[str, Any]) -> Passage:
    saisie = apres.get("modifie_le")
    return Passage(
        le=datetime.fromisoformat(saisie) if saisie else le,
        auteur=str(auteur or "Une commande d'administration"),
        avant=avant.get("valeur", ""),
        apres=apres.get("valeur", ""),
        observation=apres.get("observation", ""),
        observation_avant=avant.get("observation", ""),
    )
