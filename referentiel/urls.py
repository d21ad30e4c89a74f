"""Consultation du référentiel."""

from django.urls import path

from referentiel import views

app_name = "referentiel"
urlpatterns = [
    path("", views.accueil, name="accueil"),
    path("<str:diplome>/v<int:numero>/", views.version, name="version"),
    path("<str:diplome>/v<int:numero>/epreuves/", views.version_epreuves, name="epreuves"),
    path("<str:diplome>/v<int:numero>/activites/", views.version_activites, name="activites"),
    path("<str:diplome>/v<int:numero>/poids/", views.version_poids, name="poids"),
    path("<str:diplome>/v<int:numero>/competences/<str:code>/", views.competence, name="competence"),
    path("<str:diplome>/v<int:numero>/recherche/", views.recherche, name="recherche"),
]
