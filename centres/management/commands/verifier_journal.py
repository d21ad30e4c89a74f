"""Relit tout le journal et dit s'il est intact."""

from time import perf_counter
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from centres.journal import verifier_journal


class Command(BaseCommand):
    help = "Vérifie que le journal n'a été ni modifié, ni tronqué, ni réordonné."

    def handle(self, *args: Any, **options: Any) -> None:
        depart = perf_counter()
        verification = verifier_journal()
        duree = perf_counter() - depart
        debit = verification.lignes / duree if duree else 0
        self.stdout.write(f"{verification.lignes} événements relus en {duree:.2f} s ({debit:.0f} par seconde).")
        for rupture in verification.ruptures:
            self.stderr.write(str(rupture))
        if not verification.est_intacte:
            raise CommandError(f"Le journal a été altéré : {len(verification.ruptures)} rupture(s).", returncode=1)
        self.stdout.write("Le journal est intact.")
