"""`manage.py noter` : la note d'un dossier JSON, hors de la base de données."""

import argparse
import sys
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand

from certification.bareme import EntreeInvalide
from certification.dossier_json import noter_json
from certification.json_strict import TAILLE_MAX, citer
from referentiel.faits import FaitsIllisibles, lire_faits

ENTREE_STANDARD = "-"
CODE_REFUS = 2


class Command(BaseCommand):
    help = "Calcule la note d'un dossier « trpm-dossier/1 » (ou d'un tableau) et l'écrit en « trpm-note/1 »."
    # La commande ne touche ni la base ni les modèles : rien à vérifier avant de calculer.
    requires_system_checks = []

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument(
            "fichier", nargs="?", metavar="FICHIER.json", help="le dossier, ou - pour l'entrée standard"
        )
        parser.add_argument(
            "--referentiel",
            type=Path,
            default=settings.BASE_DIR / "fixtures/referentiel/trpm.yaml",
            metavar="FICHIER",
            help="le fichier de faits du référentiel",
        )

    def handle(self, *args: Any, fichier: str | None, referentiel: Path, **options: Any) -> None:
        try:
            octets = _lire(fichier)
            note = noter_json(octets, lire_faits(referentiel))
        except EntreeInvalide as erreur:
            self._refuser(str(erreur) if erreur.chemin else f"{_nom(fichier)} : {erreur.message}")
        except FaitsIllisibles as erreur:
            self._refuser(str(erreur))
        else:
            _en_utf8(self.stdout)
            self.stdout.write(note)

    def _refuser(self, message: str) -> None:
        """Une seule ligne sur l'erreur standard, rien sur la sortie (contrat)."""
        _en_utf8(self.stderr)
        self.stderr.write(" ".join(message.split()))
        raise SystemExit(CODE_REFUS)


def _lire(fichier: str | None) -> bytes:
    """Un octet de plus que permis suffit à savoir que l'entrée est trop longue."""
    if fichier is None:
        raise EntreeInvalide("", "donner un fichier JSON, ou - pour l'entrée standard")
    if fichier == ENTREE_STANDARD:
        return sys.stdin.buffer.read(TAILLE_MAX + 1)
    try:
        with Path(fichier).open("rb") as flux:
            return flux.read(TAILLE_MAX + 1)
    except FileNotFoundError as erreur:
        raise EntreeInvalide("", "fichier introuvable") from erreur
    except IsADirectoryError as erreur:
        raise EntreeInvalide("", "c'est un dossier, pas un fichier") from erreur
    except (OSError, ValueError) as erreur:
        raise EntreeInvalide("", "fichier illisible") from erreur


def _nom(fichier: str | None) -> str:
    if fichier is None:
        return "noter"
    return "entrée standard" if fichier == ENTREE_STANDARD else citer(fichier)


def _en_utf8(flux: Any) -> None:
    """La sortie est en UTF-8 quelle que soit la langue du terminal ; un flux en mémoire n'a rien à régler."""
    regler = getattr(flux, "reconfigure", None)
    if regler is not None:
        regler(encoding="utf-8")
