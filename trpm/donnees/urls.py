"""Adresses des données personnelles, de la conservation et de l'accessibilité."""

from django.urls import path

from trpm.donnees.views import conservation, personne

CONSERVATION = "organisation/conservation"

urlpatterns = [
    path("donnees-personnelles/", personne.donnees_personnelles, name="donnees_personnelles"),
    path("accessibilite/", personne.accessibilite, name="accessibilite"),
    path("mes-donnees/", personne.mes_donnees, name="mes_donnees"),
    path("mes-donnees/fichier.<slug:forme>", personne.mes_donnees_fichier, name="mes_donnees_fichier"),
    path("organisation/apprenants/<int:pk>/donnees/", personne.donnees_communiquer, name="organisation_donnees"),
    path("organisation/apprenants/<int:pk>/gel/", conservation.gel_poser, name="organisation_gel_poser"),
    path("organisation/gels/<int:pk>/lever/", conservation.gel_lever, name="organisation_gel_lever"),
    path(f"{CONSERVATION}/", conservation.conservation, name="organisation_conservation"),
    path(f"{CONSERVATION}/<int:pk>/duree/", conservation.conservation_duree, name="organisation_conservation_duree"),
    path(f"{CONSERVATION}/<int:pk>/purge/", conservation.purge, name="organisation_purge"),
    path("organisation/resultats/", conservation.resultats, name="organisation_resultats"),
    path("organisation/resultats/<int:pk>/", conservation.resultats_dater, name="organisation_resultats_dater"),
]
