"""L'accueil."""

from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import render
from django.views.decorators.http import require_safe

from trpm.accueil import accueil_de


@require_safe
def accueil(request: HttpRequest) -> HttpResponseBase:
    return render(request, "accueil.html", {"accueil": accueil_de(request.user)})
