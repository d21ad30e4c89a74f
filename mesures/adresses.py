"""Les adresses de TRPM, et la page vide qui sert de plancher."""

from django.http import HttpRequest, HttpResponse
from django.urls import include, path


def vide(request: HttpRequest) -> HttpResponse:
    """Session, utilisateur, intergiciels : tout ce qu'une page paie, sauf elle-même."""
    return HttpResponse(str(request.user.pk))


urlpatterns = [path("mesures/vide/", vide), path("", include("trpm.urls"))]
