"""Ce qu'ouvre le tuteur, sans compte : la page d'arrivée de son lien, puis sa fiche.

Le lien lui-même ne fait rien : un antivirus qui lit l'adresse n'ouvre ni ne consomme rien. Le bouton échange le jeton
contre un cookie signé, propre à ce lien et à cette adresse ; la session d'un enseignant à côté n'y est pas mêlée.
"""

import secrets
from collections.abc import Callable
from functools import wraps
from typing import Any

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.core import signing
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect, JsonResponse
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.crypto import constant_time_compare
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.gzip import gzip_page
from django.views.decorators.http import require_http_methods
from django.views.defaults import permission_denied

from centres.services.essais import cle_d_essai, oublier_essais, reserver_essai
from evaluations.forms.tuteur import lire_reponses
from evaluations.models import LienTuteur
from evaluations.queries.tuteur import fiche_de, lien_en_session
from evaluations.services.liens_tuteur import ouvrir_lien
from evaluations.services.reponses_tuteur import Recu, repondre
from trpm.socle.adresse import adresse_du_client

DUREE = 12 * 3600
SEL = "evaluations.tuteur"
Vue = Callable[..., HttpResponse]


def _publique(vue: Vue) -> Vue:
    """Sans compte, sans cache, sans référent.

    `no-referrer` fait envoyer `Origin: null` à nos formulaires, que la protection CSRF de Django refuse : la fiche a la
    sienne (`_exiger_la_cle`), et l'ouverture demande le jeton lui-même, qu'un autre site n'a pas.
    """

    @wraps(vue)
    def muette(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        try:
            reponse: HttpResponseBase = vue(request, *args, **kwargs)
        except Http404:
            # Deviné, périmé, révoqué, mal recopié : un seul corps, écrit pour un tuteur.
            reponse = HttpResponse(render_to_string("evaluations/tuteur_absente.html"), status=404)
        except PermissionDenied as refus:
            reponse = permission_denied(request, refus)
        reponse["Referrer-Policy"] = "no-referrer"
        reponse["Cache-Control"] = "no-store"
        reponse["X-Robots-Tag"] = "noindex, nofollow"
        return reponse

    ouverte = login_not_required(csrf_exempt(never_cache(muette)))
    # Le second facteur d'un chef de centre connecté à côté ne regarde pas le tuteur.
    ouverte.admise_sans_second_facteur = True  # type: ignore[attr-defined]
    return ouverte  # type: ignore[return-value]


@_publique
@gzip_page
@require_http_methods(["GET", "HEAD", "POST"])
def absente(request: HttpRequest) -> HttpResponse:
    """Un lien coupé au jeton : la même page que tout lien qui ne s'ouvre pas."""
    raise Http404("Lien introuvable.")


@_publique
@gzip_page
@require_http_methods(["GET", "HEAD", "POST"])
def lien(request: HttpRequest, jeton: str) -> HttpResponse:
    """GET : la même page pour tout jeton, sans regarder la base. POST : l'échange, ou la page absente."""
    if request.method != "POST":
        return HttpResponse(render_to_string("evaluations/tuteur_lien.html"))
    essai = cle_d_essai("lien-tuteur", "", adresse_du_client(request))
    ouvert = ouvrir_lien(jeton) if reserver_essai(essai) else None
    if ouvert is None:
        raise Http404("Lien introuvable.")
    oublier_essais(essai)
    adresse = reverse("evaluations:tuteur_fiche", args=[ouvert.pk])
    reponse = HttpResponseRedirect(adresse, status=303)
    reponse.set_cookie(
        _nom(ouvert.pk),
        signing.dumps([ouvert.pk, secrets.token_urlsafe(16)], salt=SEL),
        max_age=DUREE,
        path=adresse,
        secure=settings.SESSION_COOKIE_SECURE,
        httponly=True,
        samesite="Strict",
    )
    return reponse


@_publique
@gzip_page
@require_http_methods(["GET", "HEAD", "POST"])
def fiche(request: HttpRequest, pk: int) -> HttpResponse:
    """La fiche d'un seul placement ; le lien est relu à chaque requête, sa révocation vaut donc aussitôt."""
    graine = _graine(request, pk)
    ouvert = lien_en_session(pk)
    if ouvert is None:
        raise Http404("Lien introuvable.")
    if request.method != "POST":
        return _page(ouvert, graine)
    _exiger_la_cle(request, graine)
    if request.POST.get("acte") == "quitter":
        return _quitter(ouvert)
    avertir = _reste_des_blancs(request, ouvert)
    try:
        recu = repondre(lien=ouvert, saisie=lire_reponses(request.POST, est_terminee=_termine(request) and not avertir))
    except ValidationError as refus:
        return _refus(request, ouvert, graine, refus)
    if _attend_du_json(request):
        return _compte_rendu(recu)
    if recu.conflits:
        # Ce que la page vient de lire date d'avant l'envoi : elle est relue, avec les réponses de l'autre.
        return _page(lien_en_session(pk) or ouvert, graine, conflits=[un.cle for un in recu.conflits], statut=409)
    if avertir:
        return _page(lien_en_session(pk) or ouvert, graine, avertir=True, statut=422)
    ancre = "merci" if recu.est_terminee else f"apres-{request.POST.get('acte', '')}"
    return HttpResponseRedirect(f"{request.path}#{ancre}", status=303)


def _page(ouvert: LienTuteur, graine: str, statut: int = 200, **details: Any) -> HttpResponse:
    contexte = {
        "lien": ouvert,
        "fiche": fiche_de(ouvert.placement),
        "placement": ouvert.placement,
        "cle": _cle(graine),
        "conflits": [],
        "refus": [],
        "avertir": False,
        **details,
    }
    return HttpResponse(render_to_string("evaluations/tuteur_fiche.html", contexte), status=statut)


def _quitter(ouvert: LienTuteur) -> HttpResponse:
    reponse = HttpResponse(render_to_string("evaluations/tuteur_fin.html"))
    reponse.delete_cookie(
        _nom(ouvert.pk), path=reverse("evaluations:tuteur_fiche", args=[ouvert.pk]), samesite="Strict"
    )
    return reponse


def _refus(request: HttpRequest, ouvert: LienTuteur, graine: str, refus: ValidationError) -> HttpResponse:
    if _attend_du_json(request):
        return JsonResponse({"message": " ".join(refus.messages)}, status=422)
    return _page(ouvert, graine, refus=refus.messages, statut=422)


def _compte_rendu(recu: Recu) -> JsonResponse:
    conflits = [{"cle": un.cle, "version": un.version, **un.actuel} for un in recu.conflits]
    corps = {"versions": recu.versions, "conflits": conflits, "termine": recu.est_terminee}
    return JsonResponse(corps, status=409 if conflits else 200)


def _nom(pk: int) -> str:
    return f"tuteur_{pk}"


def _graine(request: HttpRequest, pk: int) -> str:
    """Ce que le cookie de ce lien, et de lui seul, porte ; sans lui, la page n'existe pas."""
    try:
        signe, graine = signing.loads(request.COOKIES.get(_nom(pk), ""), salt=SEL, max_age=DUREE)
    except (signing.BadSignature, TypeError, ValueError):
        raise Http404("Lien introuvable.") from None
    if signe != pk:
        raise Http404("Lien introuvable.")
    return str(graine)


def _cle(graine: str) -> str:
    return signing.Signer(salt=f"{SEL}.formulaire").signature(graine)


def _exiger_la_cle(request: HttpRequest, graine: str) -> None:
    """Un autre site ne connaît pas la clé du formulaire, que seule la fiche ouverte porte."""
    ailleurs = request.headers.get("Sec-Fetch-Site", "same-origin") not in {"same-origin", "none"}
    if ailleurs or not constant_time_compare(request.POST.get("cle", ""), _cle(graine)):
        raise PermissionDenied


def _termine(request: HttpRequest) -> bool:
    return request.POST.get("acte") == "terminer"


def _reste_des_blancs(request: HttpRequest, ouvert: LienTuteur) -> bool:
    """Sans script, rien n'a montré les questions laissées vides : on le dit une fois avant d'accepter la fin."""
    if not _termine(request) or _attend_du_json(request) or "quand_meme" in request.POST:
        return False
    return any(not request.POST.get(question.cle) for question in fiche_de(ouvert.placement).questions)


def _attend_du_json(request: HttpRequest) -> bool:
    return request.headers.get("Accept") == "application/json"
