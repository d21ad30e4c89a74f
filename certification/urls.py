"""Synthèses, notes proposées, dossiers."""

from django.urls import path

from certification.views import archives, benefices, candidats, classeurs, classeurs_remplis, grilles, journal, travaux

app_name = "certification"
urlpatterns = [
    path("classes/<int:pk>/certification/", candidats.classe, name="classe"),
    path("classes/<int:pk>/recapitulatif.pdf", candidats.recapitulatif, name="recapitulatif"),
    path("classes/<int:pk>/dossiers/<str:epreuve_code>/", travaux.demander, name="demander"),
    path("travaux/<int:pk>/", travaux.travail, name="travail"),
    path("travaux/<int:pk>/dossiers.pdf", travaux.dossiers, name="dossiers"),
    path("candidats/<int:pk>/<str:epreuve_code>/", candidats.synthese, name="synthese"),
    path("candidats/<int:pk>/<str:epreuve_code>/dossier.pdf", candidats.dossier, name="dossier"),
    path("organisation/apprenants/<int:pk>/notes-conservees/", benefices.benefices, name="benefices"),
    path("organisation/notes-conservees/<int:pk>/retirer/", benefices.benefice_retirer, name="benefice_retirer"),
    path("classes/<int:pk>/grilles-officielles/", classeurs_remplis.classe, name="classeurs_classe"),
    path(
        "classes/<int:pk>/grilles-officielles/<str:epreuve_code>/",
        classeurs_remplis.demander,
        name="classeurs_demander",
    ),
    path(
        "candidats/<int:pk>/<str:epreuve_code>/grille-officielle.xlsx",
        classeurs_remplis.candidat,
        name="classeur_candidat",
    ),
    path("travaux/<int:pk>/grilles-officielles/", classeurs_remplis.travail, name="classeurs_travail"),
    path("travaux/<int:pk>/grilles-officielles.zip", classeurs_remplis.archive, name="classeurs_archive"),
    path("grilles-officielles/", classeurs.liste, name="officiels"),
    path("grilles-officielles/deposer/", classeurs.deposer, name="officiel_deposer"),
    path("grilles-officielles/<int:pk>/", classeurs.detail, name="officiel"),
    path("grilles-officielles/<int:pk>/importer/", classeurs.importer, name="officiel_importer"),
    path("grilles-officielles/<int:pk>/publier/", classeurs.publier, name="officiel_publier"),
    path("grilles-officielles/<int:pk>/abandonner/", classeurs.abandonner, name="officiel_abandonner"),
    path("grilles-officielles/<int:pk>/correspondance.json", classeurs.correspondance, name="officiel_correspondance"),
    path("grilles-officielles/<int:pk>/essai.xlsx", classeurs.essai, name="officiel_essai"),
    path("grilles-officielles/<int:pk>/original.xlsx", classeurs.original, name="officiel_original"),
    path("grilles/", grilles.liste, name="grilles"),
    path("grilles/<int:pk>/", grilles.detail, name="grille"),
    path("grilles/<int:pk>/modifier/", grilles.modifier, name="grille_modifier"),
    path("grilles/<int:pk>/effet/", grilles.effet, name="grille_effet"),
    path("grilles/<int:pk>/publier/", grilles.publier, name="grille_publier"),
    path("grilles/<int:pk>/nouvelle-version/", grilles.nouvelle_version, name="grille_nouvelle_version"),
    path("grilles/<int:pk>/abandonner/", grilles.abandonner, name="grille_abandonner"),
    path("commissions/<int:pk>/clore/", archives.commission_clore, name="commission_clore"),
    path("commissions/<int:pk>/rouvrir/", archives.commission_rouvrir, name="commission_rouvrir"),
    path("commissions/<int:pk>/archives/", archives.archives, name="archives"),
    path("commissions/<int:pk>/archives/fabriquer/", archives.archive_fabriquer, name="archive_fabriquer"),
    path("archives/<int:pk>/", archives.archive, name="archive"),
    path("archives/<int:pk>/pieces/<int:ordre>.pdf", archives.archive_piece, name="archive_piece"),
    path("archives/<int:pk>/archive.zip", archives.archive_zip, name="archive_zip"),
    path("archives/<int:pk>/verifier/", archives.archive_verifier, name="archive_verifier"),
    path("journal/classes/<int:pk>/certification/", journal.journal_classe, name="journal_classe"),
    path("journal/grilles/<int:pk>/", journal.journal_grilles, name="journal_grilles"),
]
