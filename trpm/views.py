"""Page d'accueil : ce qui attend la personne connectée."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render


def accueil(request: HttpRequest) -> HttpResponse:
    return render(request, "accueil.html")
