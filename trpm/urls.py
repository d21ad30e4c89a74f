"""Adresses de l'ensemble ; chaque application déclare les siennes."""

from django.urls import include, path

from trpm.views import accueil

urlpatterns = [
    path("", accueil, name="accueil"),
    path("", include("trpm.comptes.urls")),
    path("", include("trpm.donnees.urls")),
    path("referentiel/", include("referentiel.urls")),
    path("", include("centres.urls")),
    path("", include("evaluations.urls")),
    path("", include("certification.urls")),
]
