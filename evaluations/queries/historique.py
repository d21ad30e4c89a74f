"""L'histoire d'une situation telle que le journal la raconte, en phrases."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from centres.models import Evenement
from evaluations.enums import Lieu, Nature, NatureRessource
from evaluations.models import Situation

ACTES = {
    "situation.creee": "a créé la situation",
    "situation.reprise": "a repris la situation",
    "situation.modifiee": "a modifié la situation",
    "situation.supprimee": "a supprimé la situation",
    "situation.verrouillee": "a verrouillé la situation",
    "situation.deverrouillee": "a déverrouillé la situation",
}
CHAMPS = {
    "code": "Code",
    "titre": "Titre",
    "nature": "Nature",
    "lieu": "Lieu",
    "entreprise": "Entreprise",
    "debut": "Début",
    "fin": "Fin",
    "periode": "Période",
    "epreuves": "Épreuves",
    "taches": "Tâches confiées",
    "evaluees": "Compétences évaluées",
    "mobilisees": "Compétences mobilisées",
    "supports": "Domaine du support",
    "espaces": "Espaces",
    "description": "Description",
    "sequence": "Séquence",
    "duree_heures": "Durée en heures",
    "ressources": "Inventaire",
}
LIBELLES = {"nature": dict(Nature.choices), "lieu": dict(Lieu.choices)}
LONGUEUR_CITEE = 80
INSECABLE = "\u00a0"


@dataclass(frozen=True)
class Acte:
    """Un acte du journal : qui, quand, quoi, et le détail de ce qui a changé."""

    le: datetime
    auteur: str
    acte: str
    changements: tuple[str, ...]
    motif: str


def historique_de(situation: Situation) -> tuple[Acte, ...]:
    """Du plus récent au plus ancien ; les saisies de la grille ont leur propre historique, par case."""
    evenements = (
        Evenement.objects.filter(
            chaine=f"situation:{situation.pk}", objet=f"{situation._meta.label_lower}:{situation.pk}"
        )
        .select_related("auteur")
        .order_by("-rang")
    )
    return tuple(
        Acte(
            le=evenement.le,
            auteur=str(evenement.auteur or "Une commande d'administration"),
            acte=ACTES.get(evenement.acte, evenement.acte),
            changements=tuple(_changements(evenement.avant, evenement.apres)),
            motif=evenement.motif,
        )
        for evenement in evenements
    )


def _changements(avant: dict[str, Any] | None, apres: dict[str, Any] | None) -> Iterator[str]:
    if not avant or not apres:
        return
    for champ, nom in CHAMPS.items():
        ancien, nouveau = avant.get(champ), apres.get(champ)
        if ancien == nouveau:
            continue
        if isinstance(nouveau, list) and isinstance(ancien, list):
            yield f"{nom} : {_ecart(ancien, nouveau)}"
        else:
            yield f"{nom} : {_citer(champ, ancien)} → {_citer(champ, nouveau)}"


def _ecart(ancien: list[Any], nouveau: list[Any]) -> str:
    """Ce qui entre et ce qui sort d'une liste ; si rien n'entre ni ne sort, l'ordre a changé."""
    plus = [_element(element) for element in nouveau if element not in ancien]
    moins = [_element(element) for element in ancien if element not in nouveau]
    parties = [f"ajout de {', '.join(plus)}"] * bool(plus) + [f"retrait de {', '.join(moins)}"] * bool(moins)
    return " ; ".join(parties) or "ordre changé"


def _element(element: Any) -> str:
    if isinstance(element, dict):
        return f"«{INSECABLE}{element['designation']}{INSECABLE}» ({NatureRessource(element['nature']).label})"
    return str(element)


def _citer(champ: str, valeur: Any) -> str:
    if not valeur:
        return "rien"
    if champ in {"debut", "fin"}:
        return f"{date.fromisoformat(valeur):%d/%m/%Y}"
    texte = str(LIBELLES.get(champ, {}).get(valeur, valeur))
    cite = texte if len(texte) <= LONGUEUR_CITEE else texte[: LONGUEUR_CITEE - 1] + "…"
    return f"«{INSECABLE}{cite}{INSECABLE}»"
