"""Situations, grille de classe, parcours."""

from django.urls import path

from evaluations.views import cellules, classeur, grille, journal, parcours, situations

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
    path("situations/<int:pk>/grille/", grille.grille, name="grille"),
    path("situations/<int:pk>/apprenants/<int:inscription>/", grille.grille_apprenant, name="grille_apprenant"),
    path("situations/<int:pk>/cellules/", cellules.cellules, name="cellule"),
    path("situations/<int:pk>/observation/", cellules.observation, name="observation"),
    path("situations/<int:pk>/changements/", cellules.changements, name="changements"),
    path("situations/<int:pk>/complements/", cellules.complements, name="complements"),
    path("situations/<int:pk>/historique/", cellules.historique, name="historique"),
    path("situations/<int:pk>/grille.xlsx", classeur.classeur, name="classeur"),
    path("situations/<int:pk>/grille/televerser/", classeur.classeur_televerser, name="classeur_televerser"),
    path("situations/<int:pk>/grille/appliquer/", classeur.classeur_appliquer, name="classeur_appliquer"),
    path("situations/<int:pk>/grille-vierge.pdf", classeur.grille_vierge, name="grille_vierge"),
    path("grille/session/", cellules.session, name="session"),
    path("journal/situations/<int:pk>/", journal.journal_situation, name="journal_situation"),
    path(
        "journal/apprenants/<int:pk>/positionnements/", journal.journal_positionnements, name="journal_positionnements"
    ),
]
