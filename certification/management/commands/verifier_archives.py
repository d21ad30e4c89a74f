"""Relit les archives des commissions contre la base, les fichiers et le journal."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from certification.queries.verification import verifier_archives


class Command(BaseCommand):
    help = "Vérifie qu'aucune archive n'a été modifiée, retirée ni remplacée ; rend 1 si une anomalie est trouvée."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--tete", default="", metavar="SHA256", help="empreinte recopiée sur un procès-verbal")

    def handle(self, *args: Any, **options: Any) -> None:
        tete = "".join(str(options["tete"]).split()).lower()
        controle = verifier_archives(tete=tete)
        self.stdout.write(f"{controle.archives} archive(s), {controle.pieces} pièce(s) relues.")
        for anomalie in controle.anomalies:
            self.stderr.write(str(anomalie))
        if not controle.est_intact:
            raise CommandError(f"Les archives ont été altérées : {len(controle.anomalies)} anomalie(s).", returncode=1)
        self.stdout.write("Les archives sont intactes.")
