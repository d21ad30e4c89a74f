"""Met la base en état de servir : schéma, fichiers statiques, référentiel, centres, grilles, démonstration."""

from argparse import ArgumentParser
from typing import Any

import yaml
from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand
from django.utils import timezone

from centres.models import Centre, Utilisateur
from certification.models import Grille
from certification.services.grilles import publier_grilles_par_defaut
from evaluations.services.questions_tuteur import charger_formulations
from referentiel.models import VersionReferentiel
from referentiel.services import creer_sessions, importer_referentiel
from trpm.contexte import MOT_DE_PASSE_DEMO, ROLES_DEMO
from trpm.socle.statiques import INUTILISES

REFERENTIEL = settings.BASE_DIR / "fixtures" / "referentiel" / "trpm.yaml"
FORMULATIONS = settings.BASE_DIR / "fixtures" / "pfmp" / "formulations.yaml"
# Les classes en cours de cycle passent au plus tard trois ans après.
ANNEES_A_VENIR = 3


class Command(BaseCommand):
    help = __doc__

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--sans-demo", action="store_true", help="ne pas charger de démonstration dans une base vide"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        call_command("migrate", interactive=False, verbosity=0)
        call_command("collectstatic", interactive=False, verbosity=0, ignore_patterns=INUTILISES)
        version = self._referentiel()
        if nombre := charger_formulations(version, yaml.safe_load(FORMULATIONS.read_text())):
            self.stdout.write(f"{nombre} formulations pour les tuteurs.")
        if not Centre.objects.exists():
            call_command("loaddata", "centres", verbosity=0)
            self.stdout.write("Centres chargés.")
        if not Grille.objects.filter(version=version).exists():
            publier_grilles_par_defaut(version)
            self.stdout.write("Grilles par défaut publiées.")
        if not options["sans_demo"] and not Utilisateur.objects.exists():
            call_command("creer_demo", graine=1, classes=1, effectif=24)
        if Utilisateur.objects.filter(username="enseignant").exists() and settings.EST_DEMO:
            self.stdout.write(
                f"Comptes de démonstration : {', '.join(ROLES_DEMO)} · mot de passe : {MOT_DE_PASSE_DEMO}"
            )
        self.stdout.write("Base prête.")

    def _referentiel(self) -> VersionReferentiel:
        existante = VersionReferentiel.objects.filter(diplome__code="TRPM").order_by("numero").last()
        if existante:
            return existante
        version = importer_referentiel(yaml.safe_load(REFERENTIEL.read_text()))
        annee = timezone.localdate().year
        creer_sessions(version.diplome, range(annee - 1, annee + ANNEES_A_VENIR + 1))
        self.stdout.write("Référentiel TRPM chargé.")
        return version
