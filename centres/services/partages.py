"""Un apprenant dans deux centres : celui qui l'a déjà accepte par un code, l'autre l'inscrit avec ce code.

Rien ne se cherche d'un centre à l'autre : sans le code, une fiche d'ailleurs n'existe pas.
"""

import hashlib
import secrets
from dataclasses import dataclass
from datetime import date, timedelta

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone

from centres.enums import StatutApprenant
from centres.journal import journaliser
from centres.models import Apprenant, Classe, Inscription, Partage, Utilisateur
from centres.permissions import apprenants_organises, peut_gerer_les_classes
from centres.services.apprenants import inscrire_apprenant
from centres.services.autorisation import autoriser
from referentiel.models import Option

VALIDITE = timedelta(days=14)
# Dicté au téléphone : ni O ni 0, ni I ni 1 ; quatre groupes de quatre, soit près de 80 bits.
ALPHABET = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"
GROUPES = 4
CODE_PERIME = "Ce code n'est pas valable : mal recopié, déjà utilisé, retiré, ou vieux de plus de quatorze jours."


@dataclass(frozen=True)
class CodeDePartage:
    """Ce qu'il faut transmettre à l'autre centre ; le code ne se relira nulle part."""

    partage: Partage
    code: str


@transaction.atomic
def partager(*, auteur: Utilisateur, apprenant: Apprenant) -> CodeDePartage:
    """Un nouveau code remplace le précédent."""
    autoriser(apprenants_organises(auteur).filter(pk=apprenant.pk).exists())
    # La fiche sert de verrou : deux demandes à la fois ne laissent qu'un code ouvert, et l'anonymisation se voit.
    if Apprenant.objects.select_for_update().get(pk=apprenant.pk).anonymise_le:
        raise ValidationError("Cette fiche est anonyme : elle ne se confie plus.")
    _retirer_les_ouverts(apprenant)
    code = "-".join("".join(secrets.choice(ALPHABET) for _ in range(4)) for _ in range(GROUPES))
    partage = Partage.objects.create(
        apprenant=apprenant, empreinte=empreinte_du_code(code), cree_par=auteur, expire_le=timezone.now() + VALIDITE
    )
    journaliser(
        chaine=f"apprenant:{apprenant.pk}",
        acte="partage.ouvert",
        auteur=auteur,
        objet=partage,
        apres={"expire_le": partage.expire_le},
    )
    return CodeDePartage(partage, code)


@transaction.atomic
def retirer_partage(*, auteur: Utilisateur, apprenant: Apprenant) -> None:
    autoriser(apprenants_organises(auteur).filter(pk=apprenant.pk).exists())
    if not _retirer_les_ouverts(apprenant):
        raise ValidationError("Aucun code n'est ouvert pour cet apprenant.")
    journaliser(chaine=f"apprenant:{apprenant.pk}", acte="partage.retire", auteur=auteur, objet=apprenant)


@transaction.atomic
def accueillir_avec_un_code(
    *, auteur: Utilisateur, code: str, classe: Classe, option: Option | None, statut: StatutApprenant, debut: date
) -> Inscription:
    """Ouvre l'inscription d'ici sans toucher à celles de l'autre centre ; le code ne sert qu'une fois."""
    autoriser(peut_gerer_les_classes(auteur, classe.centre_id))
    partage = _ouvert(code)
    inscription = inscrire_apprenant(
        auteur=auteur,
        classe=classe,
        apprenant=partage.apprenant,
        option=option,
        statut=statut,
        debut=debut,
        en_parallele=True,
        confie=True,
    )
    Partage.objects.filter(pk=partage.pk).update(utilise_le=timezone.now())
    journaliser(
        chaine=f"apprenant:{partage.apprenant_id}",
        acte="partage.utilise",
        auteur=auteur,
        objet=partage,
        apres={"centre": classe.centre_id},
    )
    return inscription


def empreinte_du_code(code: str) -> str:
    """Casse, espaces et tirets ne comptent pas : le code a été recopié."""
    lu = "".join(signe for signe in code.upper() if signe.isalnum())
    return hashlib.sha256(lu.encode()).hexdigest()


def _ouvert(code: str) -> Partage:
    ouverts = Partage.objects.ouverts().filter(apprenant__anonymise_le=None).select_related("apprenant")
    partage = ouverts.select_for_update(of=("self",)).filter(empreinte=empreinte_du_code(code)).order_by("pk").first()
    if partage is None:
        raise ValidationError({"code": CODE_PERIME})
    return partage


def _retirer_les_ouverts(apprenant: Apprenant) -> int:
    return Partage.objects.ouverts().filter(apprenant=apprenant).update(retire_le=timezone.now())
