"""Entreprises d'accueil et tuteurs, connus d'un centre."""

from typing import Self

from django.contrib.auth.models import AnonymousUser
from django.db import models
from django.db.models import Q

from centres.enums import ROLES_EQUIPE
from centres.models.personnes import Centre, Utilisateur


class EntrepriseQuerySet(models.QuerySet["Entreprise"]):
    def visibles_par(self, utilisateur: Utilisateur | AnonymousUser) -> Self:
        """Entreprises des centres où la personne enseigne ou organise."""
        return self.filter(centre__in=Centre.objects.ou_agit(utilisateur, ROLES_EQUIPE))


class Entreprise(models.Model):
    """Une entreprise qui accueille des apprenants d'un centre."""

    centre = models.ForeignKey(Centre, on_delete=models.PROTECT, related_name="entreprises")
    nom = models.CharField("nom", max_length=120)
    commune = models.CharField("commune", max_length=80, blank=True)
    siret = models.CharField("SIRET", max_length=14, blank=True)

    objects = EntrepriseQuerySet.as_manager()

    class Meta:
        verbose_name = "entreprise"
        ordering = ["nom", "commune"]
        constraints = [
            models.UniqueConstraint(
                fields=["centre", "nom", "commune"],
                name="entreprise_unique",
                violation_error_message="Une entreprise de ce nom existe déjà dans cette commune.",
            ),
            models.UniqueConstraint(
                fields=["centre", "siret"],
                condition=~Q(siret=""),
                name="entreprise_siret_unique",
                violation_error_message="Ce SIRET est déjà celui d'une autre entreprise du centre.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.nom}, {self.commune}" if self.commune else self.nom


class TuteurQuerySet(models.QuerySet["Tuteur"]):
    def visibles_par(self, utilisateur: Utilisateur | AnonymousUser) -> Self:
        return self.filter(entreprise__in=Entreprise.objects.visibles_par(utilisateur))


class Tuteur(models.Model):
    """La personne qui suit un apprenant en entreprise. Elle n'a pas de compte : un lien lui suffit."""

    entreprise = models.ForeignKey(Entreprise, on_delete=models.PROTECT, related_name="tuteurs")
    nom = models.CharField("nom", max_length=80)
    prenom = models.CharField("prénom", max_length=80, blank=True)
    # Adresse professionnelle, seulement pour envoyer le lien.
    email = models.EmailField("adresse électronique", blank=True)
    fonction = models.CharField("fonction", max_length=80, blank=True)

    objects = TuteurQuerySet.as_manager()

    class Meta:
        verbose_name = "tuteur"
        ordering = ["nom", "prenom"]
        constraints = [
            models.UniqueConstraint(
                fields=["entreprise", "nom", "prenom"],
                name="tuteur_unique",
                violation_error_message="Ce tuteur est déjà dans l'entreprise.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.prenom} {self.nom}".strip()
