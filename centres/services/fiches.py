"""Corriger une fiche sans écraser le travail d'un autre, et supprimer ce dont rien ne dépend.

Une page montre des valeurs et leur empreinte ; l'enregistrement la rapporte. Si la fiche a changé entre-temps,
l'empreinte ne correspond plus et rien n'est écrit.
"""

import hashlib
import json
from collections.abc import Iterable, Mapping
from typing import Any, TypeVar

from django.core.exceptions import ValidationError
from django.core.serializers.json import DjangoJSONEncoder
from django.db import models

from centres.journal import journaliser
from centres.models import Utilisateur

_M = TypeVar("_M", bound=models.Model)
MODIFIE_DEPUIS = (
    "Quelqu'un a modifié cette fiche depuis que vous l'avez ouverte : rien n'est enregistré. "
    "Rouvrez-la pour voir son état actuel."
)


def empreinte(objet: models.Model, champs: Iterable[str]) -> str:
    """Change dès qu'un de ces champs change."""
    return _empreinte_de([_valeur(objet, champ) for champ in champs])


def valeurs_de(objet: models.Model, champs: Iterable[str]) -> dict[str, Any]:
    """Ce qu'un formulaire montre d'une fiche : ses champs, et leur empreinte."""
    lus = list(champs)
    return {**{champ: getattr(objet, champ) for champ in lus}, "empreinte": empreinte(objet, lus)}


def empreinte_de_lignes(objets: Iterable[models.Model], champs: Iterable[str]) -> str:
    """L'empreinte d'une liste de fiches, dans l'ordre donné."""
    voulus = ["pk", *champs]
    return _empreinte_de([[_valeur(objet, champ) for champ in voulus] for objet in objets])


def verifier_inchangee(actuelle: str, attendue: str | None) -> None:
    """`attendue` vide : l'acte ne vient pas d'une page."""
    if attendue is not None and actuelle != attendue:
        raise ValidationError(MODIFIE_DEPUIS, code="modifiee")


def verrouiller(objet: _M) -> _M:
    """La fiche telle qu'elle est en base, tenue jusqu'à la fin de la transaction."""
    fiche: _M | None = type(objet)._base_manager.select_for_update().filter(pk=objet.pk).order_by("pk").first()
    if fiche is None:
        raise ValidationError("Cette fiche a été supprimée entre-temps.", code="supprimee")
    return fiche


def corriger(
    *,
    auteur: Utilisateur | None,
    fiche: models.Model,
    valeurs: Mapping[str, Any],
    attendue: str | None,
    chaine: str,
    acte: str,
    tus: Iterable[str] = (),
) -> bool:
    """Compare, écrit et journalise une fiche verrouillée ; vrai si quelque chose a changé.

    `tus` : les champs qui nomment une personne. Le journal dit qu'ils ont changé, jamais leur valeur.
    """
    verifier_inchangee(empreinte(fiche, valeurs), attendue)
    avant = {champ: _valeur(fiche, champ) for champ in valeurs}
    for champ, valeur in valeurs.items():
        setattr(fiche, champ, valeur)
    apres = {champ: _valeur(fiche, champ) for champ in valeurs}
    changes = [champ for champ in valeurs if avant[champ] != apres[champ]]
    if not changes:
        return False
    fiche.full_clean()
    fiche.save(update_fields=changes)
    dits = [champ for champ in changes if champ not in set(tus)]
    journaliser(
        chaine=chaine,
        acte=acte,
        auteur=auteur,
        objet=fiche,
        avant={champ: avant[champ] for champ in dits},
        apres={**{champ: apres[champ] for champ in dits}, "champs": changes},
    )
    return True


def supprimer_si_libre(objet: models.Model) -> None:
    """Refuse en disant ce qui en dépend, dans toutes les applications."""
    attaches = []
    total = 0
    for relation in relations_vers(objet):
        nombre = relation.related_model._base_manager.filter(**{relation.field.name: objet.pk}).count()
        total += nombre
        if nombre:
            nom = relation.related_model._meta
            attaches.append(f"{nombre} {nom.verbose_name_plural if nombre > 1 else nom.verbose_name}")
    if attaches:
        verbe = "dépendent" if total > 1 else "dépend"
        raise ValidationError(f"Suppression impossible : {', '.join(attaches)} en {verbe}.")
    objet.delete()


def relations_vers(objet: models.Model) -> list[Any]:
    """Les clés étrangères qui désignent cet objet, même sans accesseur."""
    return [
        champ
        for champ in objet._meta.get_fields(include_hidden=True)
        if isinstance(champ, models.ManyToOneRel) and champ.related_model is not None
    ]


def _empreinte_de(valeurs: Any) -> str:
    return hashlib.sha256(json.dumps(valeurs, cls=DjangoJSONEncoder).encode()).hexdigest()


def _valeur(objet: models.Model, champ: str) -> Any:
    valeur = getattr(objet, champ)
    return valeur.pk if isinstance(valeur, models.Model) else valeur
