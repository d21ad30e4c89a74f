"""Crée les données de démonstration : même graine, mêmes données."""

import argparse
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from trpm.demo.creation import DemoDejaPresente, fabriquer_demo


def _entier_positif(texte: str) -> int:
    try:
        valeur = int(texte)
    except ValueError as erreur:
        raise argparse.ArgumentTypeError(f"« {texte} » n'est pas un nombre entier") from erreur
    if not 1 <= valeur <= 60:
        raise argparse.ArgumentTypeError("attendu : un nombre de 1 à 60")
    return valeur


class Command(BaseCommand):
    help = "Crée un centre de démonstration avec une cohorte suivie sur trois ans."

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument("--graine", type=int, default=1, help="même graine, mêmes données")
        parser.add_argument("--classes", type=_entier_positif, default=1, help="nombre de cohortes")
        parser.add_argument("--effectif", type=_entier_positif, default=24, help="apprenants par cohorte")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            bilan = fabriquer_demo(graine=options["graine"], classes=options["classes"], effectif=options["effectif"])
        except DemoDejaPresente as erreur:
            raise CommandError(str(erreur)) from erreur
        self.stdout.write(
            f"Démonstration créée : {bilan.apprenants} apprenants, {bilan.situations} situations, "
            f"{bilan.positionnements} positionnements."
        )
