"""Les réglages de la production, et une page vide : le plancher de toute page authentifiée du même serveur."""

from trpm.settings import *  # noqa: F403
from trpm.settings import ALLOWED_HOSTS as HOTES

ROOT_URLCONF = "mesures.adresses"
ALLOWED_HOSTS = [*HOTES, "testserver"]
