"""Centres, classes et apprenants."""

from django.urls import path

from centres.views import (
    acces,
    classes,
    imports,
    journal,
    organisation,
    organisation_apprenants,
    organisation_centres,
    organisation_classes,
    organisation_entreprises,
    organisation_personnels,
    organisation_personnels_groupe,
    partages,
    rentree,
)

app_name = "centres"
urlpatterns = [
    path("centres/", classes.centres, name="centres"),
    path("classes/", classes.classes, name="classes"),
    path("classes/<int:pk>/", classes.classe, name="classe"),
    path("organisation/", organisation.organisation, name="organisation"),
    path("organisation/classes/", organisation_classes.classes, name="organisation_classes"),
    path("organisation/classes/creer/", organisation_classes.classe_creer, name="organisation_classe_creer"),
    path(
        "organisation/classes/<int:pk>/modifier/",
        organisation_classes.classe_modifier,
        name="organisation_classe_modifier",
    ),
    path(
        "organisation/classes/<int:pk>/supprimer/",
        organisation_classes.classe_supprimer,
        name="organisation_classe_supprimer",
    ),
    path("organisation/classes/<int:pk>/rentree/", rentree.classe_rentree, name="organisation_classe_rentree"),
    path("organisation/apprenants/", organisation_apprenants.apprenants, name="organisation_apprenants"),
    path(
        "organisation/apprenants/creer/", organisation_apprenants.apprenant_creer, name="organisation_apprenant_creer"
    ),
    path(
        "organisation/apprenants/depart/",
        organisation_apprenants.apprenants_depart,
        name="organisation_apprenants_depart",
    ),
    path(
        "organisation/apprenants/deplacement/",
        organisation_apprenants.apprenants_deplacement,
        name="organisation_apprenants_deplacement",
    ),
    path(
        "organisation/apprenants/accueillir/", partages.apprenant_accueillir, name="organisation_apprenant_accueillir"
    ),
    path(
        "organisation/apprenants/<int:pk>/partager/",
        partages.apprenant_partager,
        name="organisation_apprenant_partager",
    ),
    path("organisation/apprenants/<int:pk>/", organisation_apprenants.apprenant, name="organisation_apprenant"),
    path(
        "organisation/apprenants/<int:pk>/modifier/",
        organisation_apprenants.apprenant_modifier,
        name="organisation_apprenant_modifier",
    ),
    path(
        "organisation/apprenants/<int:pk>/inscrire/",
        organisation_apprenants.apprenant_inscrire,
        name="organisation_apprenant_inscrire",
    ),
    path(
        "organisation/inscriptions/<int:pk>/terminer/",
        organisation_apprenants.inscription_terminer,
        name="organisation_inscription_terminer",
    ),
    path(
        "organisation/inscriptions/<int:pk>/retirer/",
        organisation_apprenants.inscription_retirer,
        name="organisation_inscription_retirer",
    ),
    path("organisation/personnels/", organisation_personnels.personnels, name="organisation_personnels"),
    path(
        "organisation/personnels/fin/",
        organisation_personnels_groupe.personnels_fin,
        name="organisation_personnels_fin",
    ),
    path(
        "organisation/personnels/inviter/",
        organisation_personnels_groupe.personnels_inviter,
        name="organisation_personnels_inviter",
    ),
    path("organisation/personnels/creer/", organisation_personnels.personne_creer, name="organisation_personne_creer"),
    path("organisation/comptes/<int:pk>/", acces.acces, name="acces"),
    path("organisation/comptes/<int:pk>/inviter/", acces.acces_inviter, name="acces_inviter"),
    path(
        "organisation/comptes/<int:pk>/invitations/<int:invitation>/revoquer/",
        acces.acces_revoquer,
        name="acces_revoquer",
    ),
    path("organisation/comptes/<int:pk>/second-facteur/", acces.acces_second_facteur, name="acces_second_facteur"),
    path("organisation/personnels/<int:pk>/", organisation_personnels.personne, name="organisation_personne"),
    path(
        "organisation/personnels/<int:pk>/modifier/",
        organisation_personnels.personne_modifier,
        name="organisation_personne_modifier",
    ),
    path(
        "organisation/personnels/<int:pk>/affecter/",
        organisation_personnels.personne_affecter,
        name="organisation_personne_affecter",
    ),
    path(
        "organisation/personnels/<int:pk>/compte/",
        organisation_personnels.personne_compte,
        name="organisation_personne_compte",
    ),
    path(
        "organisation/affectations/<int:pk>/terminer/",
        organisation_personnels.affectation_terminer,
        name="organisation_affectation_terminer",
    ),
    path("organisation/entreprises/", organisation_entreprises.entreprises, name="organisation_entreprises"),
    path(
        "organisation/entreprises/creer/",
        organisation_entreprises.entreprise_creer,
        name="organisation_entreprise_creer",
    ),
    path(
        "organisation/entreprises/fusionner/",
        organisation_entreprises.entreprises_fusionner,
        name="organisation_entreprises_fusionner",
    ),
    path("organisation/entreprises/<int:pk>/", organisation_entreprises.entreprise, name="organisation_entreprise"),
    path(
        "organisation/entreprises/<int:pk>/modifier/",
        organisation_entreprises.entreprise_modifier,
        name="organisation_entreprise_modifier",
    ),
    path(
        "organisation/entreprises/<int:pk>/supprimer/",
        organisation_entreprises.entreprise_supprimer,
        name="organisation_entreprise_supprimer",
    ),
    path(
        "organisation/entreprises/<int:pk>/tuteurs/creer/",
        organisation_entreprises.tuteur_creer,
        name="organisation_tuteur_creer",
    ),
    path(
        "organisation/tuteurs/<int:pk>/modifier/",
        organisation_entreprises.tuteur_modifier,
        name="organisation_tuteur_modifier",
    ),
    path(
        "organisation/tuteurs/<int:pk>/supprimer/",
        organisation_entreprises.tuteur_supprimer,
        name="organisation_tuteur_supprimer",
    ),
    path("organisation/imports/", imports.imports, name="imports"),
    path("organisation/imports/<int:pk>/", imports.import_apercu, name="import_apercu"),
    path("organisation/imports/<int:pk>/colonnes/", imports.import_colonnes, name="import_colonnes"),
    path("organisation/imports/<int:pk>/abandonner/", imports.import_abandonner, name="import_abandonner"),
    path(
        "organisation/imports/<int:pk>/rapport.xlsx", imports.import_rapport, {"forme": "xlsx"}, name="import_rapport"
    ),
    path(
        "organisation/imports/<int:pk>/rapport.csv", imports.import_rapport, {"forme": "csv"}, name="import_rapport_csv"
    ),
    path("organisation/centres/creer/", organisation_centres.centre_creer, name="organisation_centre_creer"),
    path(
        "organisation/centres/<int:pk>/modifier/",
        organisation_centres.centre_modifier,
        name="organisation_centre_modifier",
    ),
    path("journal/classes/<int:pk>/", journal.journal_classe, name="journal_classe"),
    path("journal/apprenants/<int:pk>/", journal.journal_apprenant, name="journal_apprenant"),
    path("journal/personnes/<int:pk>/", journal.journal_personne, name="journal_personne"),
    path("journal/consultations/", journal.journal_consultations, name="journal_consultations"),
]
