"""Vérifier un code à usage unique : une seule fois, quel que soit le processus qui le reçoit."""

from allauth.core.internal.cryptokit import compare_user_code
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value, yield_hotp_counters_from_time
from allauth.mfa.utils import decrypt
from django.core.exceptions import ValidationError
from django.db import transaction

from centres.models import Utilisateur
from centres.services.essais import cle_d_essai, oublier_essais, reserver_essai

SUSPENDU = "Trop d'essais : attendez un quart d'heure avant de recommencer."
CODE_REFUSE = "Ce code ne convient pas. Attendez que l'application en montre un autre, puis réessayez."


def verifier_code(utilisateur: Utilisateur, code: str) -> Authenticator:
    """Le facteur que ce code prouve. Les essais se comptent par compte : il faut déjà le mot de passe pour en faire."""
    cle = cle_d_essai("second facteur", str(utilisateur.pk), None)
    if not reserver_essai(cle):
        raise ValidationError(SUSPENDU, code="suspendu")
    with transaction.atomic():
        facteurs = Authenticator.objects.select_for_update().filter(user=utilisateur)
        for facteur in facteurs.exclude(type=Authenticator.Type.WEBAUTHN).order_by("-type"):
            if _convient(facteur, code):
                oublier_essais(cle)
                return facteur
    raise ValidationError(CODE_REFUSE, code="code")


def _convient(facteur: Authenticator, code: str) -> bool:
    if facteur.type == Authenticator.Type.RECOVERY_CODES:
        return bool(facteur.wrap().validate_code(code))
    secret = decrypt(facteur.data["secret"])
    # Un pas de temps déjà employé, ou plus ancien, ne resservira pas : un code vu par-dessus l'épaule est perdu.
    for pas in yield_hotp_counters_from_time():
        attendu = format_hotp_value(hotp_value(secret, pas))
        if pas > facteur.data.get("dernier_pas", 0) and compare_user_code(actual=code, expected=attendu):
            facteur.data["dernier_pas"] = pas
            facteur.save(update_fields=["data"])
            return True
    return False
