"""Fermer les sessions d'une personne, et tenir la liste de celles qu'elle a ouvertes."""

from django.contrib.sessions.models import Session
from django.db import transaction
from django.db.models import F
from django.utils import timezone

from centres.journal import journaliser
from centres.models import SessionOuverte, Utilisateur

# Navigateurs et systèmes reconnus dans l'ordre : Edge et Opera se disent aussi Chrome, Chrome se dit aussi Safari.
NAVIGATEURS = {"Edg": "Edge", "OPR": "Opera", "Firefox": "Firefox", "Chrome": "Chrome", "Safari": "Safari"}
SYSTEMES = {"iPhone": "iPhone", "iPad": "iPad", "Android": "Android", "Windows": "Windows", "Mac OS": "macOS"}


def fermer_sessions(utilisateur: Utilisateur) -> None:
    """Toute session ouverte cesse de valoir à la requête suivante ; à appeler dans la transaction de l'acte.

    Une vue qui agit sur son propre compte rouvre ensuite la sienne (`trpm.comptes.sessions.garder_cette_session`).
    """
    Utilisateur.objects.filter(pk=utilisateur.pk).update(epoque_sessions=F("epoque_sessions") + 1)
    utilisateur.refresh_from_db(fields=["epoque_sessions"])
    ouvertes = SessionOuverte.objects.filter(utilisateur=utilisateur)
    Session.objects.filter(pk__in=list(ouvertes.values_list("cle", flat=True))).delete()
    ouvertes.delete()


@transaction.atomic
def fermer_les_autres_sessions(*, utilisateur: Utilisateur) -> None:
    fermer_sessions(utilisateur)
    journaliser(chaine=f"utilisateur:{utilisateur.pk}", acte="sessions.fermees", auteur=utilisateur, objet=utilisateur)


def noter_session(*, utilisateur: Utilisateur, cle: str, agent: str) -> None:
    """Celles qui ont fini leur temps quittent la liste par la même occasion."""
    vivantes = Session.objects.filter(expire_date__gt=timezone.now())
    SessionOuverte.objects.filter(utilisateur=utilisateur).exclude(cle__in=vivantes.values("pk")).delete()
    SessionOuverte.objects.update_or_create(
        cle=cle, defaults={"utilisateur": utilisateur, "appareil": _appareil(agent)}
    )


def _appareil(agent: str) -> str:
    """« Firefox sur Windows » : ce qu'une personne reconnaît, rien de plus."""
    navigateur = next((nom for marque, nom in NAVIGATEURS.items() if marque in agent), "Navigateur")
    systeme = next((nom for marque, nom in SYSTEMES.items() if marque in agent), "")
    if not systeme and "Linux" in agent:
        systeme = "Linux"
    return f"{navigateur} sur {systeme}" if systeme else navigateur
