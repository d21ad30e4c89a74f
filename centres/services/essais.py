"""Compter les essais avant de les faire : exact sous concurrence, et jamais contre tout un poste.

Un essai se réserve par une mise à jour conditionnelle, validée avant que le mot de passe soit comparé : de N + k essais
simultanés, N passent. La clé joint le compte et l'adresse : une collègue au même poste, ou le titulaire depuis un
autre, n'attendent pas. L'attente est la même pour un compte inconnu.
"""

import hashlib
import hmac
import unicodedata
from datetime import timedelta
from ipaddress import IPv6Address, ip_address

from django.conf import settings
from django.db import transaction
from django.db.models import F
from django.utils import timezone

from centres.models import EssaiConnexion

LIMITE = 8
FENETRE = timedelta(minutes=15)


def cle_d_essai(usage: str, compte: str, adresse: str | None) -> str:
    """`usage` sépare mot de passe, second facteur et demande de lien ; le texte saisi ne se garde jamais."""
    compte = unicodedata.normalize("NFKC", compte).strip().casefold()
    texte = "\0".join((usage, compte, _reseau(adresse)))
    return hmac.new(settings.SECRET_KEY.encode(), texte.encode(), hashlib.sha256).hexdigest()


def reserver_essai(cle: str) -> bool:
    """Vrai si cet essai est permis ; il est alors déjà compté."""
    maintenant = timezone.now()
    with transaction.atomic():
        EssaiConnexion.objects.bulk_create([EssaiConnexion(cle=cle, debut=maintenant)], ignore_conflicts=True)
        essais = EssaiConnexion.objects.filter(cle=cle)
        essais.filter(debut__lte=maintenant - FENETRE).update(debut=maintenant, nombre=0)
        return essais.filter(nombre__lt=LIMITE).update(nombre=F("nombre") + 1) == 1


def oublier_essais(cle: str) -> None:
    """Après une réussite ; les fenêtres passées de tout le monde partent avec."""
    EssaiConnexion.objects.filter(cle=cle).delete()
    EssaiConnexion.objects.filter(debut__lte=timezone.now() - FENETRE).delete()


def _reseau(adresse: str | None) -> str:
    """Un poste en IPv6 dispose de tout un /64 : c'est ce réseau qui compte pour un poste."""
    if not adresse:
        return ""
    ip = ip_address(adresse)
    if isinstance(ip, IPv6Address):
        return str(ip.ipv4_mapped or IPv6Address(int(ip) >> 64 << 64))
    return str(ip)
