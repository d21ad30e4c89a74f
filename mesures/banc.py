"""Ce que chaque famille de mesures reçoit : un client connecté, deux classes remplies, un nombre de paires."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from centres.models import Utilisateur
from evaluations.models import Situation
from mesures.donnees import fabriquer_grille

# Les planchers (mesures/adresses.py).
VIDE = "/mesures/vide/"
PAGE_VIDE = "/mesures/page-vide/"
TRANSACTION = ("BEGIN", "COMMIT", "SAVEPOINT", "RELEASE", "ROLLBACK")


@dataclass(frozen=True)
class Banc:
    client: Client
    trente: Situation
    soixante: Situation
    paires: int


def dresser(paires: int) -> Banc:
    return Banc(client_connecte(), fabriquer_grille(30), fabriquer_grille(60), paires)


def client_connecte() -> Client:
    client = Client()
    enseignant = Utilisateur.objects.get(username="enseignant0")
    client.force_login(enseignant, backend=settings.AUTHENTICATION_BACKENDS[-1])
    return client


def instructions(geste: Callable[[], Any]) -> int:
    """Les instructions SQL d'un geste, sans l'ouverture ni la fin des transactions."""
    with CaptureQueriesContext(connection) as requetes:
        geste()
    return sum(not requete["sql"].startswith(TRANSACTION) for requete in requetes)
