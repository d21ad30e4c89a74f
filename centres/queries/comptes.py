"""Ce qu'une personne voit de son compte : sessions ouvertes et second facteur."""

from dataclasses import dataclass

from allauth.mfa.models import Authenticator
from django.contrib.sessions.models import Session
from django.db.models import QuerySet
from django.utils import timezone

from centres.models import Invitation, SessionOuverte, Utilisateur


def sessions_de(utilisateur: Utilisateur) -> list[SessionOuverte]:
    """Celles qui durent encore ; une session échue n'est plus qu'une ligne à purger."""
    vivantes = Session.objects.filter(expire_date__gt=timezone.now())
    return list(SessionOuverte.objects.filter(utilisateur=utilisateur, cle__in=vivantes.values("pk")))


def facteurs_de(utilisateur: Utilisateur) -> QuerySet[Authenticator]:
    """Application, clés d'accès et codes de secours, dans l'ordre où ils ont été posés."""
    return Authenticator.objects.filter(user=utilisateur).order_by("created_at", "pk")


@dataclass(frozen=True)
class Acces:
    """Ce que voit d'un compte celui qui en répond."""

    invitations: list[Invitation]
    a_second_facteur: bool


def acces_de(personne: Utilisateur) -> Acces:
    ouvertes = Invitation.objects.ouvertes().filter(utilisateur=personne).select_related("cree_par")
    return Acces(list(ouvertes), facteurs_de(personne).exists())


def resume_des_facteurs(utilisateur: Utilisateur) -> list[str]:
    """Pour le journal : le type et le numéro, jamais un secret. Les codes de secours suivent les autres."""
    return [f"{facteur.type}:{facteur.pk}" for facteur in facteurs_de(utilisateur)]
