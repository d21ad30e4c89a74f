"""Déposer une grille officielle, dire où s'écrit chaque valeur, la publier."""

import hashlib
import json
from typing import Any
from uuid import uuid4

from django.core.exceptions import PermissionDenied, ValidationError
from django.core.files.base import ContentFile
from django.db import transaction
from django.db.models import Max
from django.utils import timezone

from centres.journal import journaliser
from centres.models import Utilisateur
from certification.bareme import EntreeInvalide
from certification.correspondance import Correspondance, lire_correspondance
from certification.models import ClasseurOfficiel
from certification.permissions import peut_placer_les_valeurs
from certification.queries.classeurs import codes_a_placer
from referentiel.models import Epreuve, Option, SessionExamen
from trpm.socle.classeur import ClasseurRefuse
from trpm.socle.classeur_modele import Modele, ouvrir_modele, relire_modele

NOM_MAX = 150
PERIME = "Quelqu'un a placé des valeurs entre-temps : relisez son travail, puis refaites vos changements."


@transaction.atomic
def deposer_classeur(
    *, utilisateur: Utilisateur, option: Option, epreuve: Epreuve, session: SessionExamen, nom: str, contenu: bytes
) -> ClasseurOfficiel:
    """Un brouillon de plus pour cette épreuve ; les valeurs déjà placées le restent si elles conviennent au fichier."""
    _autoriser(utilisateur)
    if option.version_id != epreuve.version_id or session.diplome_id != epreuve.version.diplome_id:
        raise ValidationError("L'option, l'épreuve et la session ne sont pas celles du même diplôme.")
    try:
        modele = ouvrir_modele(contenu, nom)
    except ClasseurRefuse as refus:
        raise ValidationError({"fichier": str(refus)}) from refus
    portee = {"option": option, "epreuve": epreuve, "session": session}
    dernier = ClasseurOfficiel.objects.filter(**portee).aggregate(dernier=Max("numero"))["dernier"] or 0
    classeur = ClasseurOfficiel(
        **portee,
        numero=dernier + 1,
        nom=nom[-NOM_MAX:],
        sha256=hashlib.sha256(contenu).hexdigest(),
        correspondance=_reprise(option, epreuve, modele),
        auteur=utilisateur,
    )
    classeur.full_clean(exclude=["fichier"])
    classeur.fichier.save(f"{uuid4().hex}.xlsx", ContentFile(contenu), save=False)
    classeur.save(force_insert=True)
    _journaliser("deposer_classeur", utilisateur, classeur, apres={"sha256": classeur.sha256})
    return classeur


@transaction.atomic
def placer_valeurs(
    *, utilisateur: Utilisateur, classeur: ClasseurOfficiel, valeur: Any, empreinte: str | None = None
) -> ClasseurOfficiel:
    """Enregistre la correspondance d'un brouillon ; `empreinte` : celle que l'on avait sous les yeux."""
    brouillon = _brouillon(utilisateur, classeur)
    if empreinte is not None and empreinte != empreinte_de(brouillon):
        raise ValidationError(PERIME)
    lue = lire(brouillon, valeur)
    if refus := refus_des_cases(modele_de(brouillon), lue):
        raise ValidationError(refus)
    nouvelle = lue.en_json()
    if nouvelle == brouillon.correspondance:
        return brouillon
    avant = brouillon.correspondance
    brouillon.correspondance = nouvelle
    brouillon.save(update_fields=["correspondance"])
    _journaliser("placer_classeur", utilisateur, brouillon, avant=_resume(avant), apres=_resume(nouvelle))
    return brouillon


@transaction.atomic
def publier_classeur(*, utilisateur: Utilisateur, classeur: ClasseurOfficiel) -> ClasseurOfficiel:
    """Dès cet instant les équipes s'en servent, et plus rien ne le modifie."""
    brouillon = _brouillon(utilisateur, classeur)
    lue = lire(brouillon, brouillon.correspondance)
    if not lue.champs or not lue.niveaux:
        raise ValidationError("Placez au moins une case d'identité et un niveau avant de publier.")
    brouillon.publie_le = timezone.now()
    brouillon.save(update_fields=["publie_le"])
    _journaliser("publier_classeur", utilisateur, brouillon, apres=_resume(brouillon.correspondance))
    return brouillon


@transaction.atomic
def abandonner_classeur(*, utilisateur: Utilisateur, classeur: ClasseurOfficiel) -> None:
    brouillon = _brouillon(utilisateur, classeur)
    stockage, nom, cle = brouillon.fichier.storage, str(brouillon.fichier.name), brouillon.pk
    brouillon.delete()
    brouillon.pk = cle
    _journaliser("abandonner_classeur", utilisateur, brouillon, avant={"sha256": brouillon.sha256})
    transaction.on_commit(lambda: stockage.delete(nom))


def modele_de(classeur: ClasseurOfficiel) -> Modele:
    with classeur.fichier.open() as fichier:
        return relire_modele(fichier.read())


def lire(classeur: ClasseurOfficiel, valeur: Any) -> Correspondance:
    """Une correspondance pour ce classeur, ou ValidationError qui dit où elle ne va pas."""
    try:
        return lire_correspondance(valeur, codes_a_placer(classeur.option, classeur.epreuve))
    except EntreeInvalide as erreur:
        raise ValidationError({_champ(erreur.chemin): f"{erreur.message[:1].upper()}{erreur.message[1:]}."}) from erreur


def refus_des_cases(modele: Modele, lue: Correspondance) -> list[str]:
    """Les cases où l'on ne peut pas écrire, une phrase chacune."""
    refus = []
    for emplacement, quoi in lue.cases().items():
        if phrase := modele.refus_de(emplacement.feuille, emplacement.case):
            refus.append(f"{quoi} : {phrase}")
    return refus


def empreinte_de(classeur: ClasseurOfficiel) -> str:
    return hashlib.sha256(json.dumps(classeur.correspondance, sort_keys=True).encode()).hexdigest()


def _champ(chemin: str) -> str:
    """Le champ du formulaire que désigne un chemin : `champs.nom`, `niveaux.cases.C6.1`."""
    return chemin.removeprefix("champs.").removeprefix("niveaux.").removeprefix("cases.").partition("[")[0] or "__all__"


def _reprise(option: Option, epreuve: Epreuve, modele: Modele) -> dict[str, Any]:
    """La correspondance de la version précédente, d'une session passée au besoin, si elle convient encore."""
    precedents = ClasseurOfficiel.objects.filter(option=option, epreuve=epreuve).exclude(correspondance={})
    precedent = precedents.order_by("-session__annee", "-numero").first()
    if precedent is None:
        return {}
    lue = lire(precedent, precedent.correspondance)
    return {} if refus_des_cases(modele, lue) else lue.en_json()


def _brouillon(utilisateur: Utilisateur, classeur: ClasseurOfficiel) -> ClasseurOfficiel:
    _autoriser(utilisateur)
    relu = (
        ClasseurOfficiel.objects.select_for_update(of=("self",))
        .select_related("option", "epreuve", "session")
        .filter(pk=classeur.pk)
        .first()
    )
    if relu is None:
        raise ValidationError("Ce classeur a été abandonné entre-temps.")
    if relu.publie_le is not None:
        raise ValidationError("Ce classeur est publié : déposez une nouvelle version pour le corriger.")
    return relu


def _autoriser(utilisateur: Utilisateur) -> None:
    if not peut_placer_les_valeurs(utilisateur):
        raise PermissionDenied("Le DDFPT, le chef de centre ou l'administrateur tient les grilles officielles.")


def _resume(correspondance: dict[str, Any]) -> dict[str, Any]:
    return {
        "champs": len(correspondance.get("champs", {})),
        "niveaux": len(correspondance.get("niveaux", {}).get("cases", {})),
    }


def _journaliser(
    acte: str,
    auteur: Utilisateur,
    classeur: ClasseurOfficiel,
    *,
    avant: dict[str, Any] | None = None,
    apres: dict[str, Any] | None = None,
) -> None:
    journaliser(
        chaine=f"grilles:{classeur.epreuve.version_id}",
        acte=acte,
        auteur=auteur,
        objet=classeur,
        avant=avant and {"classeur": str(classeur), **avant},
        apres=apres and {"classeur": str(classeur), **apres},
    )
