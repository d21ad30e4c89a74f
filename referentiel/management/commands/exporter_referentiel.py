"""Écrit un référentiel sur la sortie standard, en YAML ou en JSON."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from referentiel.exports import en_json, en_yaml, exporter_referentiel
from referentiel.models import VersionReferentiel


class Command(BaseCommand):
    help = "Écrit la dernière version publiée d'un référentiel (ou --version-referentiel N) sur la sortie standard."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("diplome", help="code du diplôme, par exemple TRPM")
        # --version appartient à Django (manage.py CMD --version) : il est repris ici pour le numéro du référentiel.
        parser.add_argument("--version", dest="numero", type=int, help="numéro de version (par défaut la dernière)")
        parser.add_argument("--format", dest="forme", choices=["yaml", "json"], default="yaml")

    def create_parser(self, prog_name: str, subcommand: str, **kwargs: Any) -> CommandParser:
        return super().create_parser(prog_name, subcommand, conflict_handler="resolve", **kwargs)

    def handle(self, *args: Any, **options: Any) -> None:
        versions = VersionReferentiel.objects.publiees().filter(diplome__code=options["diplome"])
        if options["numero"] is not None:
            versions = versions.filter(numero=options["numero"])
        version = versions.select_related("diplome").order_by("-numero").first()
        if version is None:
            numero = f" version {options['numero']}" if options["numero"] is not None else ""
            raise CommandError(f"Aucun référentiel {options['diplome']}{numero} dans la base.")
        arbre = exporter_referentiel(version)
        self.stdout.write(en_json(arbre) if options["forme"] == "json" else en_yaml(arbre), ending="")
