"""Charge un fichier de référentiel comme nouvelle version publiée de son diplôme."""

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from referentiel.controle import ReferentielInvalide
from referentiel.exports import exporter_referentiel
from referentiel.imports import FichierIllisible, lire_fichier
from referentiel.models import VersionReferentiel
from referentiel.services import importer_referentiel


class Command(BaseCommand):
    help = "Charge un référentiel (YAML ou JSON) comme nouvelle version : tout est vérifié d'abord, tout ou rien."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("fichier", type=Path)

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            version = importer_referentiel(lire_fichier(options["fichier"]))
        except FichierIllisible as erreur:
            raise CommandError(str(erreur), returncode=2) from erreur
        except ReferentielInvalide as erreur:
            raise CommandError(f"Référentiel refusé, rien n'a été enregistré.\n{erreur}", returncode=2) from erreur
        self.stdout.write(f"{version} chargé et publié.")
        precedentes = VersionReferentiel.objects.filter(diplome=version.diplome_id, numero__lt=version.numero)
        precedente = precedentes.order_by("-numero").first()
        if precedente and exporter_referentiel(precedente) == exporter_referentiel(version):
            self.stdout.write(f"Attention : cette version est identique à la version {precedente.numero}.")
