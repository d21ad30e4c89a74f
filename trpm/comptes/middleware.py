"""Tant qu'un rôle exige un second facteur que la session n'a pas présenté, rien d'autre ne s'ouvre."""

from collections.abc import Callable
from typing import Any, TypeVar

from django.http import HttpRequest, HttpResponseBase, JsonResponse
from django.shortcuts import redirect

from trpm.comptes.sessions import doit_second_facteur

REPRISE = "apres_second_facteur"
MESSAGE = "Votre rôle demande un second facteur : posez-le depuis « Mon compte », puis recommencez."
_V = TypeVar("_V", bound=Callable[..., Any])


def admise_sans_second_facteur(vue: _V) -> _V:
    """Les seules pages ouvertes en attendant : poser son second facteur, confirmer qui l'on est, partir."""
    vue.admise_sans_second_facteur = True  # type: ignore[attr-defined]
    return vue


class SecondFacteurExige:
    """Au moment d'appeler la vue : une adresse, un fragment ou un PDF n'y échappent pas. Aucune requête de plus."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        return self.get_response(request)

    def process_view(
        self, request: HttpRequest, vue: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]
    ) -> HttpResponseBase | None:
        if getattr(vue, "admise_sans_second_facteur", False) or not doit_second_facteur(request):
            return None
        if _attend_une_page(request):
            if request.method == "GET":
                request.session[REPRISE] = request.get_full_path()
            return redirect("second_facteur")
        return JsonResponse({"statut": 403, "message": MESSAGE}, status=403)


def _attend_une_page(request: HttpRequest) -> bool:
    """Une navigation, et non un appel de nos scripts, qui suivraient la redirection sans la voir."""
    if request.headers.get("Sec-Fetch-Mode", "navigate") != "navigate" or request.headers.get("HX-Request"):
        return False
    return request.content_type != "application/json" and request.accepts("text/html")
