"""Activités, tâches, blocs, épreuves : ce que l'on fait et ce que l'on certifie."""

from django.db import models
from django.db.models import Q

from referentiel.models.diplome import DansUneOptionQuerySet, Option, VersionReferentiel


class Activite(models.Model):
    version = models.ForeignKey(VersionReferentiel, on_delete=models.CASCADE, related_name="activites")
    code = models.CharField("code", max_length=10)
    ordre = models.PositiveSmallIntegerField("ordre")

    class Meta:
        verbose_name = "activité"
        ordering = ["version", "ordre"]
        constraints = [models.UniqueConstraint(fields=["version", "code"], name="activite_unique")]

    def __str__(self) -> str:
        return self.code


class IntituleActivite(models.Model):
    """L'intitulé d'une activité : commun (option vide) ou propre à chaque option."""

    activite = models.ForeignKey(Activite, on_delete=models.CASCADE, related_name="intitules")
    option = models.ForeignKey(Option, on_delete=models.CASCADE, null=True, blank=True, related_name="+")
    intitule = models.TextField("intitulé")

    class Meta:
        verbose_name = "intitulé d'activité"
        ordering = ["activite", "option__ordre"]
        constraints = [
            models.UniqueConstraint(fields=["activite", "option"], name="intitule_activite_unique"),
            models.UniqueConstraint(
                fields=["activite"], condition=Q(option__isnull=True), name="intitule_activite_unique_sans_option"
            ),
        ]

    def __str__(self) -> str:
        return self.intitule


class Tache(models.Model):
    activite = models.ForeignKey(Activite, on_delete=models.CASCADE, related_name="taches")
    code = models.CharField("code", max_length=10)
    option = models.ForeignKey(Option, on_delete=models.CASCADE, null=True, blank=True, related_name="+")
    intitule = models.TextField("intitulé")
    ordre = models.PositiveSmallIntegerField("ordre")

    objects = DansUneOptionQuerySet.as_manager()

    class Meta:
        verbose_name = "tâche"
        ordering = ["activite__ordre", "ordre"]
        constraints = [
            models.UniqueConstraint(fields=["activite", "code", "option"], name="tache_unique"),
            models.UniqueConstraint(
                fields=["activite", "code"], condition=Q(option__isnull=True), name="tache_unique_sans_option"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.code} {self.intitule}"


class Bloc(models.Model):
    """Un bloc = une activité = une unité = une épreuve."""

    version = models.ForeignKey(VersionReferentiel, on_delete=models.CASCADE, related_name="blocs")
    numero = models.PositiveSmallIntegerField("numéro")
    intitule = models.CharField("intitulé", max_length=200)
    verbes = models.CharField("verbes", max_length=200)
    activite = models.OneToOneField(Activite, on_delete=models.CASCADE, related_name="bloc")
    unite = models.CharField("unité", max_length=10)

    class Meta:
        ordering = ["version", "numero"]
        constraints = [models.UniqueConstraint(fields=["version", "numero"], name="bloc_unique")]

    def __str__(self) -> str:
        return f"Bloc {self.numero} – {self.intitule}"


class Epreuve(models.Model):
    version = models.ForeignKey(VersionReferentiel, on_delete=models.CASCADE, related_name="epreuves")
    bloc = models.OneToOneField(Bloc, on_delete=models.CASCADE, related_name="epreuve")
    code = models.CharField("code", max_length=10)
    intitule = models.CharField("intitulé", max_length=200)
    ordre = models.PositiveSmallIntegerField("ordre")
    a_ccf = models.BooleanField("évaluée en CCF", default=True)
    ponctuel_forme = models.CharField("forme de l'épreuve ponctuelle", max_length=80, blank=True)
    ponctuel_duree_minutes = models.PositiveSmallIntegerField("durée de l'épreuve ponctuelle (min)", null=True)

    class Meta:
        verbose_name = "épreuve"
        ordering = ["version", "ordre"]
        constraints = [models.UniqueConstraint(fields=["version", "code"], name="epreuve_unique")]

    def __str__(self) -> str:
        return f"{self.code} {self.intitule}"


class Coefficient(models.Model):
    epreuve = models.ForeignKey(Epreuve, on_delete=models.CASCADE, related_name="coefficients")
    option = models.ForeignKey(Option, on_delete=models.CASCADE, related_name="+")
    valeur = models.PositiveSmallIntegerField("coefficient")

    class Meta:
        ordering = ["epreuve__ordre", "option__ordre"]
        constraints = [models.UniqueConstraint(fields=["epreuve", "option"], name="coefficient_unique")]

    def __str__(self) -> str:
        return f"{self.epreuve.code} {self.option.code} : {self.valeur}"
