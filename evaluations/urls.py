"""Situations, grille de classe, parcours."""

from django.urls import path

from evaluations.views import parcours, situations

app_name = "evaluations"
urlpatterns = [
    path("classes/<int:pk>/situations/", situations.situations, name="situations"),
    path("classes/<int:pk>/situations/creer/", situations.situation_creer, name="situation_creer"),
    path("situations/", situations.situations_bibliotheque, name="bibliotheque"),
    path("situations/<int:pk>/", situations.situation, name="situation"),
    path("situations/<int:pk>/modifier/", situations.situation_modifier, name="situation_modifier"),
    path("situations/<int:pk>/reprendre/", situations.situation_reprendre, name="situation_reprendre"),
    path("situations/<int:pk>/verrou/", situations.situation_verrou, name="situation_verrou"),
    path("apprenants/<int:pk>/parcours/", parcours.parcours, name="parcours"),
]
