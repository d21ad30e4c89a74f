"""Une commission prête : présidée par Hélène Faye, avec Paul Garnier et un professionnel sans compte."""

from datetime import UTC, datetime
from typing import Any

from django.utils import timezone

from centres.models import Classe, Evenement, Utilisateur
from certification.enums import EtatCommission
from certification.models import Commission
from certification.services.commissions import DonneesConvocation, DonneesMembre, convoquer

JOUR = datetime(2026, 6, 2, 8, 30, tzinfo=UTC)


def convocation(president: Utilisateur, *autres: Utilisateur, **changements: Any) -> DonneesConvocation:
    membres = (
        DonneesMembre(utilisateur=president, qualite="Enseignant du domaine professionnel", est_president=True),
        *(DonneesMembre(utilisateur=autre, qualite="Équipe pédagogique") for autre in autres),
        DonneesMembre(nom="Mme Perrin", qualite="Représentante du monde professionnel", est_professionnel=True),
    )
    return DonneesConvocation(**{"date": JOUR, "lieu": "Salle B12", "membres": membres, **changements})


def fabriquer_commission(classe: Classe, chef: Utilisateur, president: Utilisateur, *autres: Utilisateur) -> Commission:
    return convoquer(utilisateur=chef, classe=classe, donnees=convocation(president, *autres))


def clore(commission: Commission) -> Commission:
    """L'état seul : l'acte de clôture a ses propres tests."""
    Commission.objects.filter(pk=commission.pk).update(etat=EtatCommission.CLOSE, close_le=timezone.now())
    commission.refresh_from_db()
    return commission


def evenements(commission: Commission) -> list[Evenement]:
    chaines = [f"commission:{commission.pk}", f"certification:classe:{commission.classe_id}"]
    return list(Evenement.objects.filter(chaine__in=chaines).order_by("pk"))
