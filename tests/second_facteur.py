"""La session d'un test a présenté son second facteur, sauf dire le contraire : l'obligation s'éprouve à part."""

import time
from typing import Any

from allauth.account.internal.flows import login as connexion

from centres.models import Utilisateur


def preuve_de(utilisateur: Utilisateur) -> dict[str, Any]:
    """Ce qu'allauth écrit dans la session de qui vient de présenter son code."""
    return {
        connexion.AUTHENTICATION_METHODS_SESSION_KEY: [{"method": "mfa", "type": "totp", "at": time.time()}],
        connexion._AUTHENTICATION_METHODS_USER_SESSION_KEY: connexion.user_id_to_str(utilisateur),
    }
