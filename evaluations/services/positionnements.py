"""Enregistrer une cellule ou une observation : comparer la version, écrire, journaliser, d'un seul tenant.

La requête du navigateur peut être rejouée (réseau coupé, onglet fermé) : son identifiant d'opération est gardé au
journal, et un rejeu rend le résultat d'alors sans rien écrire. On ne le cherche que si la version ne convient plus.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar
from uuid import UUID

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.db.models import Exists, F, FilteredRelation, OuterRef, Q, QuerySet
from django.db.models.functions import Coalesce
from django.http import Http404
from django.utils import timezone

from centres.enums import ROLES_NOTATION
from centres.journal import journaliser
from centres.models import Centre, Evenement, Inscription, Utilisateur
from evaluations.enums import Etat
from evaluations.models import ObservationApprenant, Positionnement, Situation
from evaluations.services.cible import Cible, lire_cible

Valeur = int | str | None
Ligne = Positionnement | ObservationApprenant
L = TypeVar("L", Positionnement, ObservationApprenant)

ACTE_CELLULE = "positionnement.enregistre"
ACTE_OBSERVATION = "observation.enregistree"
LONGUEUR_OBSERVATION = 2000
# Un collage de toute une classe sur une épreuve tient dans un envoi ; au-delà, le navigateur en fait plusieurs.
SAISIES_PAR_ENVOI = 500


class ObjetIntrouvable(Http404):
    """Absent, ou hors de portée de la personne : rien ne distingue les deux."""


class SituationVerrouillee(Exception):
    """La situation est verrouillée : plus aucun rôle n'y écrit."""

    def __init__(self) -> None:
        super().__init__("Cette situation est verrouillée : plus rien ne s'y enregistre.")


class ConflitDeVersion(Exception):
    """Quelqu'un a écrit entre-temps. `actuel` : ce qui est enregistré, `None` si rien ne l'est."""

    def __init__(self, actuel: Ligne | None) -> None:
        super().__init__("Cette case a été modifiée entre-temps.")
        self.actuel = actuel


@dataclass(frozen=True, kw_only=True)
class Saisie:
    """Une case telle que l'envoie le navigateur ; `observation` vide de sens (None) : inchangée."""

    inscription_id: int
    detaillee_id: int
    valeur: Valeur
    version: int
    observation: str | None = None
    operation: UUID | None = None


@dataclass(frozen=True)
class Issue:
    """Ce qu'est devenue une saisie : l'enregistrement, ou la raison du refus."""

    saisie: Saisie
    positionnement: Positionnement | None = None
    refus: Exception | None = None


def enregistrer_cellule(
    *,
    utilisateur: Utilisateur,
    situation_id: int,
    inscription_id: int,
    detaillee_id: int,
    valeur: Valeur,
    version: int,
    observation: str | None = None,
    operation: UUID | None = None,
    maintenant: datetime | None = None,
) -> Positionnement:
    """Écrit une cellule si elle en est encore à `version` (0 : jamais écrite) et ajoute un événement au journal.

    Une saisie identique à ce qui est enregistré n'écrit rien. Lève ObjetIntrouvable, SituationVerrouillee,
    ConflitDeVersion ou ValidationError.
    """
    niveau, etat = lire_valeur(valeur)
    texte = lire_observation(observation)
    cle = {"situation_id": situation_id, "inscription_id": inscription_id, "detaillee_id": detaillee_id}
    try:
        with transaction.atomic():
            cible = _verifier_cellule(lire_cible(utilisateur, situation_id, inscription_id, detaillee_id))
            if cible.est_verrouillee or cible.ligne_version != version:
                return _rejeu_de_cellule(utilisateur, operation, cle, cible.est_verrouillee)
            if texte is None:
                texte = cible.ligne_observation
            contenu = {"niveau": niveau, "etat": etat, "observation": texte}
            return _ecrire_cellule(utilisateur, cible, cle, contenu, operation, maintenant or timezone.now())
    except IntegrityError:
        # Deux premières saisies simultanées de la même cellule, ou un identifiant d'opération déjà journalisé.
        return _rejeu_de_cellule(utilisateur, operation, cle)


def enregistrer_cellules(*, utilisateur: Utilisateur, situation_id: int, saisies: Iterable[Saisie]) -> list[Issue]:
    """Un remplissage ou un collage : une seule transaction, et chaque case a sa propre issue.

    Une case refusée n'empêche pas les autres. Seul l'accès à la situation est jugé pour l'envoi entier.
    """
    liste = list(saisies)
    if len(liste) > SAISIES_PAR_ENVOI:
        raise ValidationError(f"{SAISIES_PAR_ENVOI} cases au plus par envoi.")
    if len(liste) == 1:
        return [_tenter(utilisateur, situation_id, liste[0])]
    with transaction.atomic():
        return [_tenter(utilisateur, situation_id, saisie) for saisie in liste]


def _tenter(utilisateur: Utilisateur, situation_id: int, saisie: Saisie) -> Issue:
    try:
        positionnement = enregistrer_cellule(
            utilisateur=utilisateur,
            situation_id=situation_id,
            inscription_id=saisie.inscription_id,
            detaillee_id=saisie.detaillee_id,
            valeur=saisie.valeur,
            version=saisie.version,
            observation=saisie.observation,
            operation=saisie.operation,
        )
    except (SituationVerrouillee, ConflitDeVersion, ValidationError) as refus:
        return Issue(saisie, refus=refus)
    return Issue(saisie, positionnement)


def enregistrer_observation(
    *,
    utilisateur: Utilisateur,
    situation_id: int,
    inscription_id: int,
    texte: str,
    version: int,
    operation: UUID | None = None,
    maintenant: datetime | None = None,
) -> ObservationApprenant:
    """L'observation sur un apprenant pour la situation : mêmes règles qu'une cellule."""
    propre = lire_observation(texte) or ""
    cle = {"situation_id": situation_id, "inscription_id": inscription_id}
    try:
        with transaction.atomic():
            cible = _cible_observation(utilisateur, situation_id, inscription_id)
            _verifier_acces(cible)
            if cible.est_verrouillee or cible.ligne_version != version:
                return _rejeu_d_observation(utilisateur, operation, cle, cible.est_verrouillee)
            ligne = ObservationApprenant(pk=cible.ligne_pk, **cle, texte=propre, auteur=utilisateur)
            ligne.version, ligne.modifie_le = version + 1, maintenant or timezone.now()
            avant = {"texte": cible.ligne_texte or "", "version": version}
            if cible.ligne_pk and avant["texte"] == propre:
                return _enregistree(ligne)
            a_noter = _situations_a_noter(utilisateur, situation_id)
            _comparer_et_ecrire(a_noter, ligne, version, {"texte": propre})
            apres = {**_cle_en_json(cle), "texte": propre}
            _journaliser(ACTE_OBSERVATION, utilisateur, ligne, avant, apres, operation)
            return ligne
    except IntegrityError:
        return _rejeu_d_observation(utilisateur, operation, cle)


def lire_valeur(valeur: Valeur) -> tuple[int | None, str]:
    """Niveau et état d'une valeur saisie : 1 à 4 (ou « 1 » à « 4 »), NE, ABJ, ABN, DISP, ou rien."""
    if valeur is None or valeur == "":
        return None, ""
    if isinstance(valeur, str) and valeur in Etat.values:
        return None, valeur
    texte = str(valeur)
    if not isinstance(valeur, bool) and texte in {"1", "2", "3", "4"}:
        return int(texte), ""
    raise ValidationError(f"Valeur refusée : « {texte[:20]} ». Attendu : 1 à 4, NE, ABJ, ABN, DISP ou rien.")


def lire_observation(observation: str | None) -> str | None:
    if observation is None:
        return None
    propre = observation.replace("\r\n", "\n").strip()
    if len(propre) > LONGUEUR_OBSERVATION:
        raise ValidationError(f"Une observation compte {LONGUEUR_OBSERVATION} caractères au plus.")
    return propre


def _situations_a_noter(utilisateur: Utilisateur, situation_id: int) -> QuerySet[Situation]:
    return Situation.objects.filter(
        pk=situation_id, classe__centre__in=Centre.objects.ou_agit(utilisateur, ROLES_NOTATION)
    )


def _situation_tenue(utilisateur: Utilisateur, situation_id: int, inscription_id: int) -> QuerySet[Situation]:
    """La situation, tenue jusqu'à la fin de la transaction : un verrouillage attend, ou nous l'attendons."""
    inscrits = Inscription.objects.filter(pk=inscription_id, classe=OuterRef("classe"))
    return (
        _situations_a_noter(utilisateur, situation_id)
        .select_for_update(of=("self",), no_key=True)
        .annotate(est_inscrit=Exists(inscrits))
        .order_by()
    )


def _cible_observation(utilisateur: Utilisateur, situation_id: int, inscription_id: int) -> Any:
    ligne = FilteredRelation("observations", condition=Q(observations__inscription=inscription_id))
    return (
        _situation_tenue(utilisateur, situation_id, inscription_id)
        .annotate(ligne=ligne)
        .annotate(ligne_pk=F("ligne__pk"), ligne_version=Coalesce("ligne__version", 0))
        .annotate(ligne_texte=F("ligne__texte"))
        .first()
    )


def _verifier_acces(cible: Any) -> None:
    if cible is None or not cible.est_inscrit:
        raise ObjetIntrouvable("Introuvable.")


def _verifier_cellule(cible: Cible | None) -> Cible:
    if cible is None or not cible.est_inscrit:
        raise ObjetIntrouvable("Introuvable.")
    if not cible.est_evaluee:
        raise ValidationError("Cette compétence n'est pas évaluée par la situation.")
    if not cible.est_admise:
        raise ValidationError("Cette compétence ne concerne pas l'option de l'apprenant.")
    return cible


def _ecrire_cellule(
    utilisateur: Utilisateur,
    cible: Cible,
    cle: Mapping[str, int],
    contenu: Mapping[str, Any],
    operation: UUID | None,
    maintenant: datetime,
) -> Positionnement:
    version = cible.ligne_version
    ligne = Positionnement(pk=cible.ligne_pk, **cle, **contenu, auteur=utilisateur)
    ligne.version, ligne.modifie_le = version + 1, maintenant
    actuel = (cible.ligne_niveau, cible.ligne_etat, cible.ligne_observation)
    if actuel == (ligne.niveau, ligne.etat, ligne.observation):
        ligne.version = version
        # Rien n'est écrit : l'auteur et la date restent ceux de la dernière écriture.
        return _enregistree(ligne) if ligne.pk else ligne
    # Le centre vient d'être jugé, situation tenue : l'UPDATE l'exige encore, sans recomposer les rôles.
    a_noter = Situation.objects.filter(pk=ligne.situation_id, classe__centre=cible.centre_id)
    _comparer_et_ecrire(a_noter, ligne, version, contenu)
    avant = {"valeur": actuel[0] or actuel[1], "observation": actuel[2], "version": version}
    apres = {**_cle_en_json(cle), "valeur": ligne.valeur, "observation": ligne.observation}
    _journaliser(ACTE_CELLULE, utilisateur, ligne, avant, apres, operation)
    return ligne


def _enregistree(ligne: L) -> L:
    return type(ligne)._default_manager.select_related("auteur").get(pk=ligne.pk)


def _comparer_et_ecrire(a_noter: QuerySet[Situation], ligne: Ligne, version: int, contenu: Mapping[str, Any]) -> None:
    """Portée, verrou et version dans le même UPDATE : aucune ligne touchée, c'est un conflit."""
    if ligne.pk is None:
        ligne.save(force_insert=True)
        return
    ouverte = a_noter.filter(verrouillee_le=None, scellee_le=None)
    lignes = type(ligne)._default_manager.filter(pk=ligne.pk, version=version, situation__in=ouverte)
    champs = {**contenu, "auteur": ligne.auteur, "modifie_le": ligne.modifie_le, "version": ligne.version}
    if not lignes.update(**champs):
        # L'abandon de la transaction passe par le même chemin qu'une création simultanée.
        raise IntegrityError("version dépassée")


def _journaliser(
    acte: str,
    utilisateur: Utilisateur,
    ligne: Ligne,
    avant: Mapping[str, Any],
    apres: Mapping[str, Any],
    operation: UUID | None,
) -> None:
    journaliser(
        chaine=f"situation:{ligne.situation_id}",
        acte=acte,
        auteur=utilisateur,
        objet=ligne,
        avant=dict(avant),
        apres={**apres, "version": ligne.version, "modifie_le": ligne.modifie_le.isoformat()},
        operation=operation,
    )


def _cle_en_json(cle: Mapping[str, int]) -> dict[str, int]:
    return {nom.removesuffix("_id"): valeur for nom, valeur in cle.items() if nom != "situation_id"}


def _rejeu_de_cellule(
    utilisateur: Utilisateur, operation: UUID | None, cle: Mapping[str, int], est_verrouillee: bool = False
) -> Positionnement:
    """Le résultat d'alors si l'opération est déjà faite, même avant un verrouillage ; sinon un conflit."""
    apres = _deja_fait(utilisateur, operation, cle, ACTE_CELLULE)
    if apres is None and est_verrouillee:
        raise SituationVerrouillee
    if apres is None:
        raise ConflitDeVersion(Positionnement.objects.filter(**cle).select_related("auteur").first())
    niveau, etat = lire_valeur(apres["valeur"])
    ligne = Positionnement(**cle, niveau=niveau, etat=etat, observation=apres["observation"], auteur=utilisateur)
    ligne.version, ligne.modifie_le = apres["version"], datetime.fromisoformat(apres["modifie_le"])
    return ligne


def _rejeu_d_observation(
    utilisateur: Utilisateur, operation: UUID | None, cle: Mapping[str, int], est_verrouillee: bool = False
) -> ObservationApprenant:
    apres = _deja_fait(utilisateur, operation, cle, ACTE_OBSERVATION)
    if apres is None and est_verrouillee:
        raise SituationVerrouillee
    if apres is None:
        raise ConflitDeVersion(ObservationApprenant.objects.filter(**cle).select_related("auteur").first())
    ligne = ObservationApprenant(**cle, texte=apres["texte"], auteur=utilisateur)
    ligne.version, ligne.modifie_le = apres["version"], datetime.fromisoformat(apres["modifie_le"])
    return ligne


def _deja_fait(
    utilisateur: Utilisateur, operation: UUID | None, cle: Mapping[str, int], acte: str
) -> dict[str, Any] | None:
    evenement = Evenement.objects.filter(operation=operation).first() if operation else None
    if evenement is None:
        return None
    apres: dict[str, Any] = evenement.apres or {}
    est_la_meme = (
        evenement.chaine_id == f"situation:{cle['situation_id']}"
        and (evenement.auteur_id, evenement.acte) == (utilisateur.pk, acte)
        and _cle_en_json(cle).items() <= apres.items()
    )
    if not est_la_meme:
        raise ValidationError("Cet identifiant d'opération a déjà servi à une autre saisie.")
    return apres
