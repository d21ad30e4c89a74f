"""Une page d'essai qui laisse deux traces au lieu d'une."""

from django.http import HttpRequest, HttpResponse
from django.urls import include, path
from django.utils import timezone

from centres.models import Centre, Consultation


def bavarde(request: HttpRequest) -> HttpResponse:
    for _ in range(2):
        Consultation.objects.create(
            le=timezone.now(), auteur=request.user, centre=Centre.objects.first(), objet="x:1", page="x"
        )
    return HttpResponse("")


urlpatterns = [path("bavarde/", bavarde), path("", include("trpm.urls"))]
