"""Affiche un lien de tuteur tout neuf : celui que `./run` montre en démonstration, ou celui d'un placement donné."""

from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError
from django.urls import reverse
from django.utils import timezone

from centres.enums import ROLES_EQUIPE
from centres.models import Affectation, Utilisateur
from evaluations.models import Placement
from evaluations.services.liens_tuteur import creer_lien


class Command(BaseCommand):
    help = __doc__

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--base", default="http://127.0.0.1:8000", help="début de l'adresse du site")
        parser.add_argument("--placement", type=int, help="clé du placement ; à défaut, un placement encore ouvert")

    def handle(self, *args: Any, **options: Any) -> None:
        if not settings.EST_DEMO:
            raise CommandError("Hors démonstration, un lien se remet depuis la page du placement.")
        placement = _placement(options["placement"])
        if placement is None:
            raise CommandError("Aucun placement n'attend de réponse de tuteur.")
        try:
            remis = creer_lien(utilisateur=_auteur(placement), placement=placement)
        except ValidationError as refus:
            raise CommandError(" ".join(refus.messages)) from refus
        chemin = reverse("evaluations:tuteur_lien", args=[remis.jeton])
        self.stdout.write(f"Lien de tuteur ({placement}) : {options['base'].rstrip('/')}{chemin}")


def _placement(cle: int | None) -> Placement | None:
    """Le plus récent qui a une entreprise, des compétences, et dont ni la réponse ni le bilan ne sont faits."""
    placements = Placement.objects.select_related("periode__classe__centre", "inscription__apprenant").filter(
        entreprise__isnull=False, detaillees__isnull=False, bilan__confirme_le=None
    )
    if cle is not None:
        return placements.filter(pk=cle).first()
    return placements.order_by("fiche__termine_le", "-debut", "pk").filter(fiche__termine_le=None).first()


def _auteur(placement: Placement) -> Utilisateur:
    """L'enseignant référent, à défaut quelqu'un de l'équipe du centre."""
    equipe = Affectation.objects.en_vigueur(timezone.localdate()).filter(
        centre=placement.periode.classe.centre_id, role__in=ROLES_EQUIPE
    )
    affectation = (
        equipe.order_by("pk").select_related("utilisateur").filter(utilisateur=placement.enseignant_id).first()
        or equipe.order_by("pk").select_related("utilisateur").first()
    )
    if affectation is None:
        raise CommandError("Personne ne peut remettre ce lien : le centre n'a plus d'équipe.")
    return affectation.utilisateur
