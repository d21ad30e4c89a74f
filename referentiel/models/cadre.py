"""Échelles, périodes, supports et espaces."""

from django.db import models
from django.db.models import Q

from referentiel.models.diplome import Option, VersionReferentiel


class DegreEchelle(models.Model):
    """Un degré de l'une des trois échelles 1–4, jamais confondues."""

    class Echelle(models.TextChoices):
        IMPLICATION = "implication", "niveau d'implication dans une tâche"
        SAVOIR = "savoir", "niveau de savoir"
        MAITRISE = "maitrise", "niveau de maîtrise d'une compétence"

    version = models.ForeignKey(VersionReferentiel, on_delete=models.CASCADE, related_name="degres")
    echelle = models.CharField("échelle", max_length=12, choices=Echelle.choices)
    niveau = models.PositiveSmallIntegerField("niveau")
    intitule = models.CharField("intitulé", max_length=120)
    intitule_court = models.CharField("intitulé court", max_length=40, blank=True)
    verbe = models.CharField("verbe", max_length=120, blank=True)
    note = models.CharField("note", max_length=200, blank=True)

    class Meta:
        verbose_name = "degré d'échelle"
        verbose_name_plural = "degrés d'échelle"
        ordering = ["version", "echelle", "niveau"]
        constraints = [
            models.UniqueConstraint(fields=["version", "echelle", "niveau"], name="degre_unique"),
            models.CheckConstraint(condition=Q(niveau__range=(1, 4)), name="degre_niveau_1_a_4"),
        ]

    def __str__(self) -> str:
        return f"{self.niveau} {self.intitule}"


class Periode(models.Model):
    """Un semestre du cycle (« Seconde S1 » … « Terminale S2 »)."""

    version = models.ForeignKey(VersionReferentiel, on_delete=models.CASCADE, related_name="periodes")
    intitule = models.CharField("intitulé", max_length=40)
    ordre = models.PositiveSmallIntegerField("ordre")
    # Documents dus à la fin de la période (LSL Pro, attestation de réussite…).
    jalons = models.JSONField("jalons", default=list, blank=True)

    class Meta:
        verbose_name = "période"
        ordering = ["version", "ordre"]
        constraints = [models.UniqueConstraint(fields=["version", "ordre"], name="periode_unique")]

    def __str__(self) -> str:
        return self.intitule


class Support(models.Model):
    """Domaine industriel du support d'évaluation, propre à une option."""

    version = models.ForeignKey(VersionReferentiel, on_delete=models.CASCADE, related_name="supports")
    option = models.ForeignKey(Option, on_delete=models.CASCADE, related_name="supports")
    intitule = models.CharField("intitulé", max_length=120)
    ordre = models.PositiveSmallIntegerField("ordre")

    class Meta:
        ordering = ["version", "option__ordre", "ordre"]

    def __str__(self) -> str:
        return self.intitule


class Espace(models.Model):
    """Espace du plateau technique ; le document source ne décrit que ceux de l'option RSP."""

    version = models.ForeignKey(VersionReferentiel, on_delete=models.CASCADE, related_name="espaces")
    option = models.ForeignKey(Option, on_delete=models.CASCADE, null=True, blank=True, related_name="+")
    intitule = models.CharField("intitulé", max_length=120)
    ordre = models.PositiveSmallIntegerField("ordre")

    class Meta:
        ordering = ["version", "option__ordre", "ordre"]

    def __str__(self) -> str:
        return self.intitule
