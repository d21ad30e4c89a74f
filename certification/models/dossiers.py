"""Ce qui accompagne un dossier : les pièces jointes, et l'avis de l'inspection sur les situations."""

from typing import Self

from django.contrib.auth.models import AnonymousUser
from django.db import models
from django.db.models import Q

from centres.models import Classe, Inscription, Utilisateur
from certification.enums import Avis, NaturePiece
from evaluations.models import Situation
from referentiel.models import Epreuve


class PieceDossierQuerySet(models.QuerySet["PieceDossier"]):
    def visibles_par(self, utilisateur: Utilisateur | AnonymousUser) -> Self:
        """Celles des candidats des classes visibles, jamais les siennes (DOMAINE §4)."""
        visibles = self.filter(inscription__classe__in=Classe.objects.visibles_par(utilisateur))
        return visibles.exclude(inscription__apprenant__utilisateur=utilisateur.pk)


class PieceDossier(models.Model):
    """Un fichier joint au dossier d'un candidat à une épreuve ; son contenu a été reconnu avant d'être gardé."""

    TYPES = ("application/pdf", "image/jpeg", "image/png")
    OCTETS_MAX = 5 * 1024 * 1024

    inscription = models.ForeignKey(Inscription, on_delete=models.PROTECT, related_name="+")
    epreuve = models.ForeignKey(Epreuve, on_delete=models.PROTECT, related_name="+", verbose_name="épreuve")
    nature = models.CharField("partie du dossier", max_length=10, choices=NaturePiece.choices)
    titre = models.CharField("titre", max_length=120)
    fichier = models.FileField("fichier", upload_to="pieces_dossier/")
    type_mime = models.CharField("type", max_length=40, choices=[(nom, nom) for nom in TYPES])
    octets = models.PositiveIntegerField("taille en octets")
    sha256 = models.CharField("empreinte", max_length=64)
    deposee_le = models.DateTimeField("déposée le")
    auteur = models.ForeignKey(Utilisateur, on_delete=models.PROTECT, related_name="+")

    objects = PieceDossierQuerySet.as_manager()

    class Meta:
        verbose_name = "pièce du dossier"
        verbose_name_plural = "pièces du dossier"
        ordering = ["inscription", "epreuve__ordre", "nature", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(octets__gte=1, octets__lte=5 * 1024 * 1024),
                name="piece_dossier_taille",
                violation_error_message="Une pièce pèse 5 Mo au plus.",
            ),
            models.UniqueConstraint(
                fields=["inscription", "epreuve", "sha256"],
                name="piece_dossier_unique",
                violation_error_message="Ce fichier est déjà joint à ce dossier.",
            ),
        ]

    def __str__(self) -> str:
        return self.titre


class AvisInspectionQuerySet(models.QuerySet["AvisInspection"]):
    def visibles_par(self, utilisateur: Utilisateur | AnonymousUser) -> Self:
        return self.filter(situation__in=Situation.objects.visibles_par(utilisateur))

    def derniers(self) -> Self:
        """Le dernier avis de chaque situation : c'est lui qui compte, les autres restent."""
        suivants = AvisInspection.objects.filter(situation=models.OuterRef("situation"), pk__gt=models.OuterRef("pk"))
        return self.filter(~models.Exists(suivants))


class AvisInspection(models.Model):
    """Ce que l'inspecteur dit d'une situation ; un nouvel avis s'ajoute, aucun ne s'efface."""

    situation = models.ForeignKey(Situation, on_delete=models.PROTECT, related_name="+")
    inspecteur = models.ForeignKey(Utilisateur, on_delete=models.PROTECT, related_name="+")
    avis = models.CharField("avis", max_length=10, choices=Avis.choices)
    remarque = models.TextField("remarque à l'équipe", blank=True)
    le = models.DateTimeField("donné le")

    objects = AvisInspectionQuerySet.as_manager()

    class Meta:
        verbose_name = "avis d'inspection"
        verbose_name_plural = "avis d'inspection"
        ordering = ["situation", "-pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(avis=Avis.CONFORME) | ~Q(remarque=""),
                name="avis_a_revoir_explique",
                violation_error_message="Dites à l'équipe ce qui est à revoir.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.situation.code} : {self.get_avis_display()}"
