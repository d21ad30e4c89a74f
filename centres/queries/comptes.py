"""Ce qu'une personne voit de son compte : sessions ouvertes et second facteur."""

from allauth.mfa.models import Authenticator
from django.contrib.sessions.models import Session
from django.db.models import QuerySet
from django.utils import timezone

from centres.models import SessionOuverte, Utilisateur


def sessions_de(utilisateur: Utilisateur) -> list[SessionOuverte]:
    """Celles qui durent encore ; une session échue n'est plus qu'une ligne à purger."""
    vivantes = Session.objects.filter(expire_date__gt=timezone.now())
    return list(SessionOuverte.objects.filter(utilisateur=utilisateur, cle__in=vivantes.values("pk")))


def facteurs_de(utilisateur: Utilisateur) -> QuerySet[Authenticator]:
    """Application, clés d'accès et codes de secours, dans l'ordre où ils ont été posés."""
    return Authenticator.objects.filter(user=utilisateur).order_by("created_at", "pk")


def resume_des_facteurs(utilisateur: Utilisateur) -> list[str]:
    """Pour le journal : le type et le numéro, jamais un secret. Les codes de secours suivent les autres."""
    return [f"{facteur.type}:{facteur.pk}" for facteur in facteurs_de(utilisateur)]
