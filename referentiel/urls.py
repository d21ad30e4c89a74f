"""Consultation du référentiel."""

from django.urls import URLPattern

app_name = "referentiel"
urlpatterns: list[URLPattern] = []
