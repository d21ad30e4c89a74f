"""Les courriels des comptes, envoyés par l'ouvrier."""

import unicodedata

from django_tasks import task

from centres.models import Utilisateur
from centres.services.comptes import demander_un_lien
from centres.services.courriels import envoyer_lien_oubli


@task()
def envoyer_un_lien(adresse: str, page: str) -> None:
    """À l'adresse gardée dans le compte, jamais à celle qui a été saisie ; rien ne dit ce qui est parti."""
    for utilisateur in Utilisateur.objects.filter(email__iexact=adresse, is_active=True):
        if _normale(utilisateur.email) == _normale(adresse) and (lien := demander_un_lien(utilisateur=utilisateur)):
            envoyer_lien_oubli(utilisateur, lien, page)


def _normale(adresse: str) -> str:
    return unicodedata.normalize("NFKC", adresse).casefold()
