"""Centres, classes et apprenants."""

from django.urls import path

from centres import views

app_name = "centres"
urlpatterns = [
    path("centres/", views.centres, name="centres"),
    path("classes/", views.classes, name="classes"),
    path("classes/<int:pk>/", views.classe, name="classe"),
]
