"""L'échelle de compétences : ce qui est attendu de chaque compétence, semestre par semestre."""

from typing import Self

from django.contrib.auth.models import AnonymousUser
from django.db import models
from django.db.models import Q

from centres.enums import ROLES_LECTURE
from centres.models import Centre, Utilisateur
from referentiel.models import Competence, CompetenceDetaillee, Periode, VersionReferentiel


class EchelleQuerySet(models.QuerySet["Echelle"]):
    def visibles_par(self, utilisateur: Utilisateur | AnonymousUser) -> Self:
        """Échelles des centres où la personne enseigne, organise, certifie ou inspecte."""
        return self.filter(centre__in=Centre.objects.ou_agit(utilisateur, ROLES_LECTURE))

    def publiees(self) -> Self:
        return self.filter(publiee_le__isnull=False)


class Echelle(models.Model):
    """Une version de l'échelle d'une cohorte. Publiée, elle ne change plus : on en fait une nouvelle version."""

    centre = models.ForeignKey(Centre, on_delete=models.PROTECT, related_name="+")
    version_referentiel = models.ForeignKey(
        VersionReferentiel, on_delete=models.PROTECT, related_name="+", verbose_name="version du référentiel"
    )
    # Année civile de la première rentrée du cycle : 2023 pour une terminale de 2025-2026.
    cohorte = models.PositiveSmallIntegerField("année d'entrée")
    numero = models.PositiveSmallIntegerField("numéro", default=1)
    intitule = models.CharField("intitulé", max_length=120)
    # Remplie par l'outil et pas encore relue par l'équipe : rien d'officiel.
    est_proposee = models.BooleanField("proposition de l'outil", default=False)
    auteur = models.ForeignKey(Utilisateur, on_delete=models.PROTECT, related_name="+")
    cree_le = models.DateTimeField("créée le", auto_now_add=True)
    publiee_le = models.DateTimeField("publiée le", null=True, blank=True)

    objects = EchelleQuerySet.as_manager()

    class Meta:
        verbose_name = "échelle de compétences"
        verbose_name_plural = "échelles de compétences"
        ordering = ["-cohorte", "-numero"]
        constraints = [
            models.UniqueConstraint(
                fields=["centre", "version_referentiel", "cohorte", "numero"],
                name="echelle_unique",
                violation_error_message="Cette version de l'échelle existe déjà pour cette cohorte.",
            ),
            # Un seul brouillon à la fois : deux équipes n'écrivent pas chacune le leur.
            models.UniqueConstraint(
                fields=["centre", "version_referentiel", "cohorte"],
                condition=Q(publiee_le__isnull=True),
                name="echelle_un_seul_brouillon",
                violation_error_message="Un brouillon de cette échelle est déjà ouvert : continuez-le.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.intitule}, version {self.numero}"

    @property
    def est_publiee(self) -> bool:
        return self.publiee_le is not None


class NiveauAttendu(models.Model):
    """Ce qui est attendu à la fin d'une période, d'une compétence ou d'une de ses détaillées.

    `niveau` vide : rien n'est encore attendu. Une compétence sans ligne à elle vaut le plus haut de ses détaillées.
    """

    echelle = models.ForeignKey(Echelle, on_delete=models.CASCADE, related_name="niveaux")
    competence = models.ForeignKey(Competence, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    detaillee = models.ForeignKey(
        CompetenceDetaillee, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    periode = models.ForeignKey(Periode, on_delete=models.PROTECT, related_name="+", verbose_name="période")
    niveau = models.PositiveSmallIntegerField("niveau attendu", null=True, blank=True)
    descripteur = models.TextField("ce que l'on doit pouvoir observer", blank=True)
    version = models.PositiveIntegerField("version", default=1)

    class Meta:
        verbose_name = "niveau attendu d'une période"
        verbose_name_plural = "niveaux attendus des périodes"
        ordering = ["echelle", "competence", "detaillee", "periode"]
        constraints = [
            models.CheckConstraint(
                condition=Q(competence__isnull=True, detaillee__isnull=False)
                | Q(competence__isnull=False, detaillee__isnull=True),
                name="attendu_competence_ou_detaillee",
                violation_error_message="Un niveau attendu porte sur une compétence ou sur une détaillée.",
            ),
            models.UniqueConstraint(
                fields=["echelle", "detaillee", "periode"],
                condition=Q(detaillee__isnull=False),
                name="attendu_detaillee_unique",
                violation_error_message="Cette compétence détaillée a déjà un niveau attendu pour cette période.",
            ),
            models.UniqueConstraint(
                fields=["echelle", "competence", "periode"],
                condition=Q(competence__isnull=False),
                name="attendu_competence_unique",
                violation_error_message="Cette compétence a déjà un niveau attendu pour cette période.",
            ),
            models.CheckConstraint(
                condition=Q(niveau__isnull=True) | Q(niveau__range=(1, 4)),
                name="attendu_niveau_1_a_4",
                violation_error_message="Le niveau attendu va de 1 à 4.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.detaillee_id or self.competence_id} : {self.niveau or '·'}"
