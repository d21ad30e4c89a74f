"""Les adresses de TRPM, et les deux pages vides qui servent de planchers."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import include, path


def vide(request: HttpRequest) -> HttpResponse:
    """Session, utilisateur, intergiciels : tout ce qu'une page paie, sauf elle-même."""
    return HttpResponse(str(request.user.pk))


def page_vide(request: HttpRequest) -> HttpResponse:
    """Le cadre commun à toutes les pages (barre, navigation, aide), sans rien dedans."""
    return render(request, "base.html")


urlpatterns = [path("mesures/vide/", vide), path("mesures/page-vide/", page_vide), path("", include("trpm.urls"))]
