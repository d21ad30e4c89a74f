"""Le projet compose les applications ; ses commandes préparent l'ensemble."""

from django.apps import AppConfig

from trpm.socle.journaux import masquer_les_jetons


class TrpmConfig(AppConfig):
    name = "trpm"
    verbose_name = "TRPM"

    def ready(self) -> None:
        masquer_les_jetons()
