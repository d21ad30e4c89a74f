"""Adresses de l'ensemble ; chaque application déclare les siennes."""

from django.contrib.auth.views import LoginView, LogoutView
from django.urls import include, path

from trpm.views import accueil

urlpatterns = [
    path("", accueil, name="accueil"),
    path("connexion/", LoginView.as_view(redirect_authenticated_user=True), name="connexion"),
    path("deconnexion/", LogoutView.as_view(), name="deconnexion"),
    path("referentiel/", include("referentiel.urls")),
    path("", include("centres.urls")),
    path("", include("evaluations.urls")),
    path("", include("certification.urls")),
]
