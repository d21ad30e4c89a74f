"""Adresses de l'ensemble ; chaque application déclare les siennes."""

from django.contrib.auth.decorators import login_not_required
from django.contrib.auth.views import LogoutView
from django.urls import include, path

from trpm.views import accueil, connexion

urlpatterns = [
    path("", accueil, name="accueil"),
    path("connexion/", connexion, name="connexion"),
    # Sans session non plus : revenir d'une session expirée par une adresse qui n'admet que l'envoi finirait en erreur.
    path("deconnexion/", login_not_required(LogoutView.as_view()), name="deconnexion"),
    path("referentiel/", include("referentiel.urls")),
    path("", include("centres.urls")),
    path("", include("evaluations.urls")),
    path("", include("certification.urls")),
]
