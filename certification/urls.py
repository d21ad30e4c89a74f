"""Synthèses, notes proposées, dossiers."""

from django.urls import path

from certification import views

app_name = "certification"
urlpatterns = [
    path("classes/<int:pk>/certification/", views.classe, name="classe"),
    path("classes/<int:pk>/recapitulatif.pdf", views.recapitulatif, name="recapitulatif"),
    path("candidats/<int:pk>/<str:epreuve_code>/", views.synthese, name="synthese"),
    path("candidats/<int:pk>/<str:epreuve_code>/dossier.pdf", views.dossier, name="dossier"),
]
