"""Application « Centres et personnes »."""

from django.apps import AppConfig
from django.db.backends.signals import connection_created

from trpm.socle.tri import installer


class CentresConfig(AppConfig):
    name = "centres"
    verbose_name = "Centres et personnes"

    def ready(self) -> None:
        # Avant toute connexion : les colonnes de noms se trient par cette collation.
        connection_created.connect(installer, dispatch_uid="ordre_alphabetique_francais")
