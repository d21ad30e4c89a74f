"""Centres, classes et apprenants."""

from django.urls import path

from centres.views import classes

app_name = "centres"
urlpatterns = [
    path("centres/", classes.centres, name="centres"),
    path("classes/", classes.classes, name="classes"),
    path("classes/<int:pk>/", classes.classe, name="classe"),
]
