"""Durée de conservation d'un centre et gels qui la suspendent."""

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q

from centres.models.apprenants import Apprenant
from centres.models.personnes import Centre, Utilisateur


class Conservation(models.Model):
    """Combien de mois un centre garde les dossiers après les résultats (DOMAINE §4 : un an par défaut)."""

    centre = models.OneToOneField(Centre, on_delete=models.CASCADE, related_name="conservation")
    mois = models.PositiveSmallIntegerField(
        "mois après les résultats", default=12, validators=[MinValueValidator(1), MaxValueValidator(120)]
    )

    class Meta:
        verbose_name = "durée de conservation"
        verbose_name_plural = "durées de conservation"

    def __str__(self) -> str:
        return f"{self.centre} : {self.mois} mois"


class Gel(models.Model):
    """Un recours ou une enquête suspend la purge d'un apprenant jusqu'à sa levée."""

    apprenant = models.ForeignKey(Apprenant, on_delete=models.PROTECT, related_name="gels")
    motif = models.TextField("motif")
    pose_par = models.ForeignKey(Utilisateur, on_delete=models.PROTECT, related_name="+")
    pose_le = models.DateTimeField("posé le")
    leve_le = models.DateTimeField("levé le", null=True, blank=True)

    class Meta:
        verbose_name = "gel"
        ordering = ["-pose_le"]
        constraints = [
            models.UniqueConstraint(
                fields=["apprenant"],
                condition=Q(leve_le=None),
                name="gel_en_cours_unique",
                violation_error_message="Un gel est déjà en cours pour cette personne.",
            ),
        ]

    def __str__(self) -> str:
        return f"gel de {self.apprenant}"
