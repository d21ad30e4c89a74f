"""Le projet compose les applications ; ses commandes préparent l'ensemble."""

from django.apps import AppConfig


class TrpmConfig(AppConfig):
    name = "trpm"
    verbose_name = "TRPM"
