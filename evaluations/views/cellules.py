"""L'interface de la grille pour le navigateur : toujours du JSON, même quand la session a expiré."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import wraps
from typing import Any, cast
from uuid import UUID

from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.middleware.csrf import get_token
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from centres.models import Utilisateur
from evaluations.models import ObservationApprenant, Positionnement
from evaluations.queries.changements import changements_depuis, historique_de_cellule
from evaluations.queries.grille import complements_de, grille_ouverte_ou_404
from evaluations.services.positionnements import (
    ConflitDeVersion,
    Issue,
    Saisie,
    SituationVerrouillee,
    enregistrer_cellules,
    enregistrer_observation,
)
from referentiel.queries import niveaux_de_maitrise

Vue = Callable[..., HttpResponse]


class EnvoiIllisible(ValueError):
    """Un corps ou un paramètre que la grille n'envoie pas."""


@contextmanager
def lecture() -> Iterator[None]:
    """Seule la lecture de l'envoi vaut un 400 : une erreur du service reste une erreur 500, que la file retente."""
    try:
        yield
    except (ValueError, KeyError, TypeError) as erreur:
        raise EnvoiIllisible from erreur


def vue_json(vue: Vue) -> Vue:
    """401 plutôt qu'une redirection, 404 identique pour l'absent et l'interdit, 400 pour un envoi illisible."""

    @wraps(vue)
    def enveloppe(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if not request.user.is_authenticated:
            return JsonResponse({"statut": 401, "message": "Votre session a expiré : reconnectez-vous."}, status=401)
        try:
            return vue(request, *args, **kwargs)
        except Http404:
            return JsonResponse({"statut": 404, "message": "Introuvable."}, status=404)
        except EnvoiIllisible:
            return JsonResponse({"statut": 400, "message": "Envoi illisible."}, status=400)

    return login_not_required(never_cache(enveloppe))


@vue_json
@require_safe
def session(request: HttpRequest) -> HttpResponse:
    """Qui est connecté, et un jeton frais : ce que demande la grille ; à une personne, où reprendre sa saisie."""
    if "text/html" in request.headers.get("Accept", ""):
        return render(request, "evaluations/grille_reconnexion.html")
    return JsonResponse({"utilisateur": request.user.pk, "csrf": get_token(request)})


@vue_json
@require_POST
def cellules(request: HttpRequest, pk: int) -> HttpResponse:
    """Enregistre une cellule (le code HTTP dit l'issue) ou un lot `saisies` (200, une issue par cellule)."""
    corps = _corps(request)
    if (refus := _refus_d_un_autre_compte(request, corps)) is not None:
        return refus
    lot = corps.get("saisies")
    with lecture():
        saisies = [_saisie(element) for element in (lot if isinstance(lot, list) else [corps])]
    utilisateur = cast(Utilisateur, request.user)
    try:
        issues = enregistrer_cellules(utilisateur=utilisateur, situation_id=pk, saisies=saisies)
    except ValidationError as erreur:
        return JsonResponse(_refus(erreur), status=422)
    if isinstance(lot, list):
        return JsonResponse({"saisies": [_issue(issue) for issue in issues]})
    reponse = _issue(issues[0])
    return JsonResponse(reponse, status=reponse["statut"])


@vue_json
@require_POST
def observation(request: HttpRequest, pk: int) -> HttpResponse:
    """L'observation sur un apprenant ; toujours 200, l'issue est dans `statut`."""
    corps = _corps(request)
    if (refus := _refus_d_un_autre_compte(request, corps)) is not None:
        return refus
    with lecture():
        champs: dict[str, Any] = {
            "inscription_id": int(corps["inscription"]),
            "texte": _enregistrable(str(corps["texte"])),
            "version": int(corps["version"]),
            "operation": _operation(corps),
        }
    try:
        ligne = enregistrer_observation(utilisateur=cast(Utilisateur, request.user), situation_id=pk, **champs)
    except (ConflitDeVersion, SituationVerrouillee, ValidationError) as erreur:
        return JsonResponse({"operation": corps.get("operation"), **_refus(erreur)})
    return JsonResponse({"operation": corps.get("operation"), "statut": 200, **_etat(ligne)})


@vue_json
@require_safe
def changements(request: HttpRequest, pk: int) -> HttpResponse:
    """Ce qui a changé depuis le rang `depuis` du journal."""
    ouverte = grille_ouverte_ou_404(request.user, pk)
    with lecture():
        depuis = int(request.GET.get("depuis", "0"))
    releve = changements_depuis(ouverte.situation, depuis, ouverte.rang)
    return JsonResponse(
        {
            "rang": releve.rang,
            "peut_noter": ouverte.peut_noter,
            "verrouillee": ouverte.situation.est_verrouillee,
            "cellules": [_etat(ligne) for ligne in releve.cellules],
            "apprenants": [_etat(ligne) for ligne in releve.observations],
        }
    )


@vue_json
@require_safe
def complements(request: HttpRequest, pk: int) -> HttpResponse:
    return JsonResponse(complements_de(grille_ouverte_ou_404(request.user, pk).situation))


@vue_json
@require_safe
def historique(request: HttpRequest, pk: int) -> HttpResponse:
    """L'histoire d'une cellule : un fragment, ou du JSON à qui en demande."""
    situation = grille_ouverte_ou_404(request.user, pk).situation
    with lecture():
        inscription, detaillee = int(request.GET["inscription"]), int(request.GET["detaillee"])
    passages = historique_de_cellule(situation, inscription, detaillee)
    if request.accepts("text/html"):
        contexte = {"passages": passages, "libelles_niveaux": niveaux_de_maitrise(situation.classe.version_id)}
        return render(request, "evaluations/_historique_cellule.html", contexte)
    champs = ("le", "auteur", "avant", "apres", "observation_avant", "observation")
    return JsonResponse({"passages": [{nom: getattr(passage, nom) for nom in champs} for passage in passages]})


def _corps(request: HttpRequest) -> dict[str, Any]:
    with lecture():
        corps = json.loads(request.body)
    if not isinstance(corps, dict):
        raise EnvoiIllisible("objet JSON attendu")
    return corps


def _refus_d_un_autre_compte(request: HttpRequest, corps: dict[str, Any]) -> HttpResponse | None:
    """Les saisies de l'un ne partent jamais sous le nom d'un autre, resté connecté sur le même poste."""
    if corps.get("utilisateur") in (None, request.user.pk):
        return None
    message = "Ces saisies appartiennent à un autre compte : reconnectez-vous sous ce compte pour les envoyer."
    return JsonResponse({"statut": 401, "message": message}, status=401)


def _saisie(corps: dict[str, Any]) -> Saisie:
    valeur, note = corps["valeur"], corps.get("observation")
    if not (valeur is None or isinstance(valeur, int | str)) or not (note is None or isinstance(note, str)):
        raise TypeError("valeur ou observation d'un autre type")
    return Saisie(
        inscription_id=int(corps["inscription"]),
        detaillee_id=int(corps["detaillee"]),
        valeur=valeur,
        version=int(corps["version"]),
        observation=None if note is None else _enregistrable(note),
        operation=_operation(corps),
    )


def _enregistrable(texte: str) -> str:
    """Ce que PostgreSQL sait garder : ni caractère nul, ni demi-caractère."""
    if b"\x00" in texte.encode():
        raise ValueError("caractère nul")
    return texte


def _operation(corps: dict[str, Any]) -> UUID | None:
    return UUID(str(corps["operation"])) if corps.get("operation") else None


def _issue(issue: Issue) -> dict[str, Any]:
    commun = {
        "operation": str(issue.saisie.operation) if issue.saisie.operation else None,
        "inscription": issue.saisie.inscription_id,
        "detaillee": issue.saisie.detaillee_id,
    }
    if issue.positionnement is not None:
        return {**commun, "statut": 200, **_etat(issue.positionnement)}
    return {**commun, **_refus(issue.refus)}


def _refus(erreur: Exception | None) -> dict[str, Any]:
    if isinstance(erreur, ConflitDeVersion):
        return {"statut": 409, "message": str(erreur), "actuel": _etat(erreur.actuel) if erreur.actuel else None}
    if isinstance(erreur, SituationVerrouillee):
        return {"statut": 423, "message": str(erreur)}
    messages = erreur.messages if isinstance(erreur, ValidationError) else [str(erreur)]
    return {"statut": 422, "message": " ".join(messages)}


def _etat(ligne: Positionnement | ObservationApprenant) -> dict[str, Any]:
    """Une ligne telle que le navigateur la garde : contenu, version, qui et quand."""
    commun = {
        "inscription": ligne.inscription_id,
        "version": ligne.version,
        "auteur": str(ligne.auteur),
        "le": ligne.modifie_le.isoformat(),
    }
    if isinstance(ligne, ObservationApprenant):
        return {**commun, "texte": ligne.texte}
    return {**commun, "detaillee": ligne.detaillee_id, "valeur": ligne.valeur, "observation": ligne.observation}
