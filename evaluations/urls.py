"""Situations, grille de classe, parcours."""

from django.urls import path

from evaluations.views import (
    bilans_pfmp,
    cellules,
    classeur,
    grille,
    journal,
    parcours,
    pfmp,
    placements,
    situations,
    suivi_pfmp,
)

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
    path("pfmp/", pfmp.accueil, name="pfmp"),
    path("pfmp/centres/<int:pk>/reglages/", pfmp.reglages, name="pfmp_reglages"),
    path("classes/<int:pk>/pfmp/", pfmp.classe, name="pfmp_classe"),
    path("classes/<int:pk>/pfmp/creer/", pfmp.periode_creer, name="pfmp_creer"),
    path("classes/<int:pk>/pfmp/synthese/", suivi_pfmp.synthese, name="pfmp_synthese"),
    path("classes/<int:pk>/pfmp/synthese.pdf", suivi_pfmp.synthese_pdf, name="pfmp_synthese_pdf"),
    path("classes/<int:pk>/pfmp/synthese.xlsx", suivi_pfmp.synthese_xlsx, name="pfmp_synthese_xlsx"),
    path("pfmp/<int:pk>/", pfmp.periode, name="pfmp_periode"),
    path("pfmp/<int:pk>/modifier/", pfmp.periode_modifier, name="pfmp_modifier"),
    path("pfmp/<int:pk>/supprimer/", pfmp.periode_supprimer, name="pfmp_supprimer"),
    path("pfmp/<int:pk>/preparer/", suivi_pfmp.preparer_classe, name="pfmp_preparer_classe"),
    path("pfmp/<int:pk>/listes/", pfmp.listes, name="pfmp_listes"),
    path("pfmp/<int:pk>/suivi/", suivi_pfmp.suivi, name="pfmp_suivi"),
    path("pfmp/placements/<int:pk>/", placements.placement, name="pfmp_placement"),
    path("pfmp/placements/<int:pk>/preparer/", placements.preparer, name="pfmp_preparer"),
    path("pfmp/placements/<int:pk>/tuteur/", placements.tuteur, name="pfmp_tuteur"),
    path("pfmp/placements/<int:pk>/visites/", placements.visite_prevoir, name="pfmp_visite_prevoir"),
    path("pfmp/placements/<int:pk>/visites/<int:visite>/", placements.visite, name="pfmp_visite"),
    path(
        "pfmp/placements/<int:pk>/visites/<int:visite>/retirer/", placements.visite_retirer, name="pfmp_visite_retirer"
    ),
    path("pfmp/placements/<int:pk>/absences/", placements.absence_noter, name="pfmp_absence_noter"),
    path(
        "pfmp/placements/<int:pk>/absences/<int:absence>/retirer/",
        placements.absence_retirer,
        name="pfmp_absence_retirer",
    ),
    path("pfmp/placements/<int:pk>/attestation/", placements.attestation_recevoir, name="pfmp_attestation_recevoir"),
    path("pfmp/placements/<int:pk>/attestation.pdf", placements.attestation, name="pfmp_attestation"),
    path("pfmp/placements/<int:pk>/bilan/", bilans_pfmp.bilan, name="pfmp_bilan"),
    path("pfmp/placements/<int:pk>/bilan/rouvrir/", bilans_pfmp.rouvrir, name="pfmp_bilan_rouvrir"),
    path("pfmp/placements/<int:pk>/bilan.pdf", bilans_pfmp.bilan_pdf, name="pfmp_bilan_pdf"),
]
