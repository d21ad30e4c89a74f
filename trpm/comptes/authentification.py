"""Retrouver une personne par son mot de passe ou sa session, avec ce que la session doit savoir d'elle."""

from typing import Any

from django.contrib.auth.backends import ModelBackend
from django.db.models import Exists, OuterRef, QuerySet
from django.http import HttpRequest

from centres.enums import Role
from centres.models import Affectation, Utilisateur

# Convoquer, présider, inspecter, administrer : un mot de passe seul n'y suffit pas.
ROLES_A_SECOND_FACTEUR = (Role.CHEF, Role.COMMISSION, Role.INSPECTEUR, Role.ADMINISTRATEUR)


def _sensibles() -> QuerySet[Affectation]:
    return Affectation.objects.en_vigueur().filter(role__in=ROLES_A_SECOND_FACTEUR)


def exige_second_facteur(utilisateur: Utilisateur) -> bool:
    return _sensibles().filter(utilisateur=utilisateur).exists()


class Comptes(ModelBackend):
    """Celui de Django : un compte inconnu coûte le même hachage qu'un autre, un compte fermé n'ouvre rien."""

    def get_user(self, user_id: Any) -> Utilisateur | None:
        """L'obligation du second facteur vient par la requête qui lit la personne : aucune de plus par page."""
        sensibles = _sensibles().filter(utilisateur=OuterRef("pk"))
        lues = Utilisateur.objects.annotate(doit_second_facteur=Exists(sensibles))
        personne = lues.filter(pk=user_id).first()
        return personne if personne and self.user_can_authenticate(personne) else None

    def authenticate(
        self, request: HttpRequest | None, username: str | None = None, password: str | None = None, **kwargs: Any
    ) -> Utilisateur | None:
        personne = super().authenticate(request, username, password, **kwargs)
        # Relue comme le sera celle de la session : la page qui suit la connexion en sait autant.
        return self.get_user(personne.pk) if personne else None
