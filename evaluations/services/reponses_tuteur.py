"""Recevoir ce que dit le tuteur : au fil de l'eau, réponse par réponse, sans jamais écraser celle d'un autre."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.http import Http404
from django.utils import timezone

from centres.journal import Acte, journaliser_lot
from centres.models import Utilisateur
from centres.services.autorisation import autoriser
from centres.services.fiches import verrouiller
from evaluations.enums import Attitude, Autonomie, ValeurTuteur
from evaluations.models import (
    BilanPfmp,
    FicheTuteur,
    LienTuteur,
    Placement,
    QuestionPfmp,
    ReponseAttitude,
    ReponseTuteur,
)
from evaluations.permissions import peut_organiser_pfmp

TEXTE_MAX = 2_000
CLOSE = "Le bilan de cette période est fait : la fiche ne change plus. Merci."
Champs = dict[str, Any]


@dataclass(frozen=True, kw_only=True)
class SaisieReponses:
    """Ce qu'un envoi contient : tout ou partie de la fiche. Chaque élément porte la version qu'il remplace."""

    questions: Mapping[int, tuple[str, str, int]] = field(default_factory=dict)
    attitudes: Mapping[str, tuple[int | None, int]] = field(default_factory=dict)
    textes: tuple[str, str, int] | None = None
    est_terminee: bool = False


@dataclass(frozen=True)
class Conflit:
    """Quelqu'un d'autre a répondu entre-temps : sa réponse reste, celle-ci n'est pas enregistrée."""

    cle: str
    actuel: Champs
    version: int


@dataclass
class Recu:
    """Ce qui est maintenant enregistré : clé → version, et ce qui ne l'a pas été."""

    versions: dict[str, int] = field(default_factory=dict)
    conflits: list[Conflit] = field(default_factory=list)
    est_terminee: bool = False


@dataclass(frozen=True)
class _Depot:
    """Un élément à écrire : sa ligne (neuve ou lue), ses valeurs, la version que l'auteur avait sous les yeux."""

    cle: str
    ligne: ReponseTuteur | ReponseAttitude | FicheTuteur
    valeurs: Champs
    version: int
    # Le texte libre ne s'écrit pas au journal : il dit seulement quel champ a changé.
    est_tu: bool = False


@dataclass(frozen=True, kw_only=True)
class _Source:
    """Qui donne les réponses, et quand : le tuteur par son lien, ou l'enseignant qui recopie sa fiche."""

    lien: LienTuteur | None = None
    auteur: Utilisateur | None = None
    quand: datetime


def repondre(*, lien: LienTuteur, saisie: SaisieReponses, maintenant: datetime | None = None) -> Recu:
    """Le tuteur, par son lien. Révoqué entre-temps : 404, rien n'est écrit."""
    quand = maintenant or timezone.now()
    with transaction.atomic():
        placement = verrouiller(lien.placement)
        valables = LienTuteur.objects.filter(pk=lien.pk, revoque_le=None, expire_le__gt=quand)
        if not valables.exists():
            raise Http404("Lien introuvable.")
        # Répondre, c'est avoir ouvert.
        valables.filter(ouvert_le=None).update(ouvert_le=quand)
        return _recevoir(placement, saisie, _Source(lien=lien, quand=quand))


def recopier(
    *, utilisateur: Utilisateur, placement: Placement, saisie: SaisieReponses, maintenant: datetime | None = None
) -> Recu:
    """L'enseignant recopie la fiche de papier ; ce que le tuteur a répondu lui-même par son lien ne se recouvre pas."""
    autoriser(peut_organiser_pfmp(utilisateur, placement.periode.classe.centre_id))
    with transaction.atomic():
        source = _Source(auteur=utilisateur, quand=maintenant or timezone.now())
        return _recevoir(verrouiller(placement), saisie, source)


def _recevoir(placement: Placement, saisie: SaisieReponses, source: _Source) -> Recu:
    """La ligne du placement est tenue : deux envois au même moment passent l'un après l'autre."""
    if BilanPfmp.objects.filter(placement=placement, confirme_le__isnull=False).exists():
        raise ValidationError(CLOSE, code="close")
    recu, actes = Recu(), []
    fiche = FicheTuteur.objects.filter(placement=placement).first() or FicheTuteur(placement=placement, version=0)
    for depot in [*_questions(placement, saisie), *_attitudes(placement, saisie), *_textes(fiche, saisie)]:
        if acte := _deposer(depot, source, recu):
            actes.append(acte)
    if saisie.est_terminee and not recu.conflits:
        recu.est_terminee = True
        if fiche.termine_le is None:
            actes.append(_terminer(fiche, source, recu))
    if actes:
        journaliser_lot(chaine=f"placement:{placement.pk}", auteur=source.auteur, actes=actes)
    return recu


def _deposer(depot: _Depot, source: _Source, recu: Recu) -> Acte | None:
    ligne = depot.ligne
    actuel = {champ: getattr(ligne, champ) for champ in depot.valeurs}
    deja = any(valeur not in ("", None) for valeur in actuel.values())
    # Un envoi répété après une coupure dit la même chose : il est reçu, rien ne change.
    if actuel == depot.valeurs:
        recu.versions[depot.cle] = ligne.version if ligne.pk else 0
        return None
    du_tuteur = source.auteur is not None and deja and ligne.saisie_par_id is None
    if du_tuteur or (ligne.version if ligne.pk else 0) != depot.version:
        recu.conflits.append(Conflit(depot.cle, actuel, ligne.version if ligne.pk else 0))
        return None
    ligne.version = ligne.version + 1 if ligne.pk else 1
    _signer(ligne, source)
    for champ, valeur in depot.valeurs.items():
        setattr(ligne, champ, valeur)
    ligne.save()
    recu.versions[depot.cle] = ligne.version
    acte = "tuteur.recopie" if source.auteur else "tuteur.repondu"
    if depot.est_tu:
        champs = [champ for champ, valeur in depot.valeurs.items() if actuel[champ] != valeur]
        return Acte(acte=acte, objet=ligne, apres={"champs": champs, "version": ligne.version, **_par(source)})
    return Acte(acte=acte, objet=ligne, avant=actuel if deja else None, apres={**depot.valeurs, **_par(source)})


def _terminer(fiche: FicheTuteur, source: _Source, recu: Recu) -> Acte:
    if not fiche.pk:
        fiche.version = 1
        _signer(fiche, source)
    fiche.termine_le = source.quand
    fiche.save()
    recu.versions["f"] = fiche.version
    return Acte(acte="tuteur.termine", objet=fiche, apres={"termine_le": fiche.termine_le, **_par(source)})


def _signer(ligne: ReponseTuteur | ReponseAttitude | FicheTuteur, source: _Source) -> None:
    ligne.lien, ligne.saisie_par, ligne.modifie_le = source.lien, source.auteur, source.quand


def _par(source: _Source) -> Champs:
    """Le journal garde le numéro du lien, jamais le nom du tuteur : la purge doit pouvoir l'effacer."""
    return {"lien": source.lien.pk} if source.lien else {}


def _questions(placement: Placement, saisie: SaisieReponses) -> list[_Depot]:
    if not saisie.questions:
        return []
    posees = {
        question.pk: question
        for question in QuestionPfmp.objects.filter(placement=placement, pk__in=saisie.questions)
        .select_related("reponse")
        .order_by("ordre")
    }
    if set(posees) != set(saisie.questions):
        raise Http404("Question introuvable.")
    depots = []
    for pk, (valeur, autonomie, version) in saisie.questions.items():
        if valeur not in ["", *ValeurTuteur.values] or autonomie not in ["", *Autonomie.values]:
            raise ValidationError("Cette réponse n'existe pas.")
        ligne = getattr(posees[pk], "reponse", None) or ReponseTuteur(question=posees[pk], version=0)
        depots.append(_Depot(f"q{pk}", ligne, {"valeur": valeur, "autonomie": autonomie}, version))
    return depots


def _attitudes(placement: Placement, saisie: SaisieReponses) -> list[_Depot]:
    if not saisie.attitudes:
        return []
    lues = ReponseAttitude.objects.filter(placement=placement, attitude__in=saisie.attitudes).order_by("attitude")
    donnees = {reponse.attitude: reponse for reponse in lues}
    depots = []
    for code, (degre, version) in saisie.attitudes.items():
        if code not in Attitude.values or degre not in (None, 1, 2, 3, 4):
            raise ValidationError("Ce degré n'existe pas.")
        ligne = donnees.get(code) or ReponseAttitude(placement=placement, attitude=code, version=0)
        depots.append(_Depot(f"t{code}", ligne, {"degre": degre}, version))
    return depots


def _textes(fiche: FicheTuteur, saisie: SaisieReponses) -> list[_Depot]:
    if saisie.textes is None:
        return []
    activites, remarque, version = saisie.textes
    if max(len(activites), len(remarque)) > TEXTE_MAX:
        raise ValidationError(f"Un texte fait {TEXTE_MAX} signes au plus.")
    return [_Depot("f", fiche, {"activites_realisees": activites, "remarque": remarque}, version, est_tu=True)]
