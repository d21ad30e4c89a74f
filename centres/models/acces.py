"""Invitations à ouvrir un compte et trace des consultations de notes."""

from typing import Self

from django.db import models
from django.db.models import Q
from django.utils import timezone

from centres.models.personnes import Centre, Utilisateur


class InvitationQuerySet(models.QuerySet["Invitation"]):
    def ouvertes(self) -> Self:
        """Ni utilisées, ni révoquées, ni échues."""
        return self.filter(utilisee_le=None, revoquee_le=None, expire_le__gt=timezone.now())


class Invitation(models.Model):
    """Un lien personnel pour choisir son mot de passe ; seule l'empreinte du jeton est gardée."""

    utilisateur = models.ForeignKey(Utilisateur, on_delete=models.CASCADE, related_name="invitations")
    empreinte = models.CharField("empreinte du jeton", max_length=64, unique=True)
    cree_par = models.ForeignKey(Utilisateur, on_delete=models.PROTECT, null=True, related_name="+")
    cree_le = models.DateTimeField("créée le", auto_now_add=True)
    expire_le = models.DateTimeField("expire le")
    utilisee_le = models.DateTimeField("utilisée le", null=True, blank=True)
    revoquee_le = models.DateTimeField("révoquée le", null=True, blank=True)

    objects = InvitationQuerySet.as_manager()

    class Meta:
        verbose_name = "invitation"
        ordering = ["-cree_le"]
        constraints = [
            models.CheckConstraint(
                condition=Q(utilisee_le=None) | Q(revoquee_le=None),
                name="invitation_utilisee_ou_revoquee",
                violation_error_message="Une invitation utilisée ne se révoque plus.",
            ),
        ]

    def __str__(self) -> str:
        return f"invitation de {self.utilisateur}"


class Consultation(models.Model):
    """Une lecture de notes par un rôle privilégié : qui, quand, quoi. En ajout seul."""

    le = models.DateTimeField("le")
    auteur = models.ForeignKey(Utilisateur, on_delete=models.PROTECT, related_name="+")
    # Celui dont le chef répond des notes lues.
    centre = models.ForeignKey(Centre, on_delete=models.PROTECT, related_name="+")
    # Type et clé, comme au journal (« centres.inscription:42 ») ; la page dit ce qui a été ouvert.
    objet = models.CharField("objet", max_length=80)
    page = models.CharField("page", max_length=80)
    # De quoi voir une ligne retirée ou changée : centres/integrite.py.
    rang = models.PositiveIntegerField("rang pour cet auteur", default=0)
    precedente = models.PositiveBigIntegerField("dernière ligne déjà écrite", default=0)
    sceau = models.CharField("sceau", max_length=64, blank=True)

    class Meta:
        verbose_name = "consultation"
        ordering = ["-le", "-pk"]
        indexes = [
            models.Index(fields=["objet"], name="consultation_objet"),
            models.Index(fields=["centre", "-le"], name="consultation_centre"),
            models.Index(fields=["auteur", "-rang"], name="consultation_rang"),
        ]

    def __str__(self) -> str:
        return f"{self.page} {self.objet}"
