"""Montre ce que la purge d'un centre effacerait ; avec --executer, l'efface."""

from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError, CommandParser

from centres.models import Centre
from trpm.donnees.purge import Apercu, apercu_de, purger


class Command(BaseCommand):
    help = "Anonymise les apprenants d'un centre dont le délai de conservation est passé (aperçu sans --executer)."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--centre", required=True, help="UAI ou numéro du centre")
        parser.add_argument("--executer", action="store_true", help="effacer, sans retour possible")

    def handle(self, *args: Any, **options: Any) -> None:
        centre = self._centre(options["centre"])
        if not options["executer"]:
            self._dire(apercu_de(centre))
            self.stdout.write("Aperçu seulement : rien n'est effacé. Ajouter --executer pour le faire.")
            return
        try:
            fait = purger(auteur=None, centre=centre)
        except ValidationError as refus:
            raise CommandError(" ".join(refus.messages)) from refus
        self._dire(fait)
        self.stdout.write("Fait." if fait.cles else "Rien à effacer.")

    def _centre(self, designation: str) -> Centre:
        centres = Centre.objects.filter(uai=designation)
        if not centres and designation.isdecimal():
            centres = Centre.objects.filter(pk=int(designation))
        if len(centres) != 1:
            raise CommandError(f"Aucun centre ne répond à « {designation} ».")
        return centres[0]

    def _dire(self, apercu: Apercu) -> None:
        """Des clés et des nombres : la sortie d'une commande finit souvent dans un journal du serveur."""
        nombre = len(apercu.cles)
        self.stdout.write(f"{apercu.centre} : {nombre} personne{'s' if nombre > 1 else ''} au terme du délai.")
        for nature, combien in apercu.lignes:
            self.stdout.write(f"  {combien:6d}  {nature}")
        for echeance in apercu.retenus:
            self.stdout.write(f"  apprenant {echeance.apprenant.pk} : {echeance.retenu_par}")
        for citation in apercu.citations:
            self.stdout.write(f"  à relire : {citation}")
