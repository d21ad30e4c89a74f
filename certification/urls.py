"""Synthèses, notes proposées, dossiers."""

from django.urls import path

from certification import views

app_name = "certification"
urlpatterns = [
    path("classes/<int:pk>/certification/", views.classe, name="classe"),
    path("classes/<int:pk>/recapitulatif.pdf", views.recapitulatif, name="recapitulatif"),
    path("classes/<int:pk>/dossiers/<str:epreuve_code>/", views.demander, name="demander"),
    path("travaux/<int:pk>/", views.travail, name="travail"),
    path("travaux/<int:pk>/dossiers.pdf", views.dossiers, name="dossiers"),
    path("candidats/<int:pk>/<str:epreuve_code>/", views.synthese, name="synthese"),
    path("candidats/<int:pk>/<str:epreuve_code>/dossier.pdf", views.dossier, name="dossier"),
    path("organisation/apprenants/<int:pk>/notes-conservees/", views.benefices, name="benefices"),
    path("organisation/notes-conservees/<int:pk>/retirer/", views.benefice_retirer, name="benefice_retirer"),
    path("journal/classes/<int:pk>/certification/", views.journal_classe, name="journal_classe"),
    path("journal/grilles/<int:pk>/", views.journal_grilles, name="journal_grilles"),
]
