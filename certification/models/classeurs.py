"""Les grilles officielles (.xlsx) chargées par l'établissement, et où s'écrit chaque valeur."""

from typing import Self

from django.db import models
from django.db.models import Q

from centres.models import Utilisateur
from referentiel.models import Epreuve, Option, SessionExamen


class ClasseurOfficielQuerySet(models.QuerySet["ClasseurOfficiel"]):
    def publies(self) -> Self:
        return self.filter(publie_le__isnull=False)


class ClasseurOfficiel(models.Model):
    """Le classeur du ministère pour une option, une épreuve et une session, avec sa correspondance de cellules.

    Publié, il est immuable (déclencheurs de la base) ; une correction est une nouvelle version (`numero`).
    """

    option = models.ForeignKey(Option, on_delete=models.PROTECT, related_name="+")
    epreuve = models.ForeignKey(Epreuve, on_delete=models.PROTECT, related_name="+", verbose_name="épreuve")
    session = models.ForeignKey(SessionExamen, on_delete=models.PROTECT, related_name="+")
    numero = models.PositiveSmallIntegerField("numéro de version", default=1)
    nom = models.CharField("nom du fichier", max_length=150)
    fichier = models.FileField("fichier", upload_to="classeurs_officiels/")
    sha256 = models.CharField("empreinte", max_length=64)
    # Format « trpm-classeur/1 ».
    correspondance = models.JSONField("correspondance des cellules", default=dict, blank=True)
    publie_le = models.DateTimeField("publié le", null=True, blank=True)
    auteur = models.ForeignKey(Utilisateur, on_delete=models.PROTECT, related_name="+")

    objects = ClasseurOfficielQuerySet.as_manager()

    class Meta:
        verbose_name = "classeur officiel du ministère"
        verbose_name_plural = "classeurs officiels du ministère"
        ordering = ["-session__annee", "option__ordre", "epreuve__ordre", "-numero"]
        constraints = [
            models.UniqueConstraint(
                fields=["option", "epreuve", "session", "numero"],
                name="classeur_officiel_unique",
                violation_error_message="Cette version du classeur existe déjà.",
            ),
            models.CheckConstraint(
                condition=Q(numero__gte=1),
                name="classeur_officiel_numerote",
                violation_error_message="La première version porte le numéro 1.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.epreuve.code} {self.option.code} {self.session.annee} v{self.numero}"
