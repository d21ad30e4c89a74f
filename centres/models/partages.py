"""Confier la fiche d'un apprenant à un second centre : un code, remis de la main à la main."""

from typing import Self

from django.db import models
from django.db.models import Q
from django.utils import timezone

from centres.models.apprenants import Apprenant
from centres.models.personnes import Utilisateur


class PartageQuerySet(models.QuerySet["Partage"]):
    def ouverts(self) -> Self:
        """Ni utilisés, ni retirés, ni échus."""
        return self.filter(utilise_le=None, retire_le=None, expire_le__gt=timezone.now())


class Partage(models.Model):
    """Le centre d'un apprenant accepte qu'un autre l'inscrive aussi ; seule l'empreinte du code est gardée."""

    apprenant = models.ForeignKey(Apprenant, on_delete=models.CASCADE, related_name="partages")
    empreinte = models.CharField("empreinte du code", max_length=64, unique=True)
    cree_par = models.ForeignKey(Utilisateur, on_delete=models.PROTECT, related_name="+")
    cree_le = models.DateTimeField("créé le", auto_now_add=True)
    expire_le = models.DateTimeField("expire le")
    utilise_le = models.DateTimeField("utilisé le", null=True, blank=True)
    retire_le = models.DateTimeField("retiré le", null=True, blank=True)

    objects = PartageQuerySet.as_manager()

    class Meta:
        verbose_name = "partage"
        ordering = ["-cree_le"]
        constraints = [
            models.CheckConstraint(
                condition=Q(utilise_le=None) | Q(retire_le=None),
                name="partage_utilise_ou_retire",
                violation_error_message="Un partage utilisé ne se retire plus.",
            ),
        ]

    def __str__(self) -> str:
        return f"partage de {self.apprenant}"
