"""Ce que le traitement de fond fabrique, partie par partie : redémarré, il reprend où il en était."""

from datetime import datetime
from typing import Self, TypeVar
from uuid import uuid4

from django.contrib.auth.models import AnonymousUser
from django.db import models
from django.db.models import F, Q

from centres.models import Inscription, Utilisateur
from evaluations.enums import EtatFabrication
from evaluations.models.bilans import CampagneBilans

_F = TypeVar("_F", bound="Fabrication")


class FabricationQuerySet(models.QuerySet[_F]):
    def actives(self, depuis: datetime) -> Self:
        """Celles qui avancent encore : un traitement de fond arrêté en chemin ne bloque pas une nouvelle demande."""
        return self.filter(
            etat__in=[EtatFabrication.EN_ATTENTE, EtatFabrication.EN_COURS],
            avance_le__gte=depuis,
        )


class Fabrication(models.Model):
    """Le mécanisme commun : une demande, des parties faites une à une, un fichier à la fin.

    Les parties déjà faites attendent dans un dossier de fichiers nommé par `cle`.
    """

    cle = models.UUIDField("clé du dossier de fichiers", default=uuid4, editable=False)
    auteur = models.ForeignKey(Utilisateur, on_delete=models.PROTECT, related_name="+")
    etat = models.CharField("état", max_length=12, choices=EtatFabrication.choices, default=EtatFabrication.EN_ATTENTE)
    fait = models.PositiveSmallIntegerField("parties faites", default=0)
    total = models.PositiveSmallIntegerField("parties à faire", default=0)
    fichier = models.FileField("fichier", upload_to="fabrications/", blank=True)
    demande_le = models.DateTimeField("demandée le")
    # Dernier signe de vie : demande, partie faite, fin.
    avance_le = models.DateTimeField("avancée le")

    class Meta:
        abstract = True
        ordering = ["-demande_le", "-pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(fait__lte=F("total")),
                name="%(class)s_fait_au_plus_le_total",
                violation_error_message="Il n'y a pas plus de parties faites que de parties à faire.",
            ),
            models.CheckConstraint(
                condition=~Q(etat=EtatFabrication.FINI) | ~Q(fichier=""),
                name="%(class)s_finie_a_un_fichier",
                violation_error_message="Une fabrication finie a un fichier.",
            ),
        ]

    @property
    def repertoire(self) -> str:
        """Où attendent les parties déjà faites ; son nom ne se devine pas."""
        return f"fabrications/{self.cle.hex}"

    @property
    def est_finie(self) -> bool:
        return self.etat == EtatFabrication.FINI

    @property
    def est_terminee(self) -> bool:
        return self.etat in (EtatFabrication.FINI, EtatFabrication.ECHOUE)


class FabricationBilansQuerySet(FabricationQuerySet["FabricationBilans"]):
    def visibles_par(self, utilisateur: Utilisateur | AnonymousUser) -> Self:
        """Un fichier réunit toute une classe : qui en est n'y a pas accès, il n'y lirait pas que le sien."""
        siennes = Inscription.objects.filter(apprenant__utilisateur=utilisateur.pk)
        visibles = self.filter(campagne__in=CampagneBilans.objects.visibles_par(utilisateur))
        return visibles.exclude(campagne__classe__in=siennes.values("classe"))


class FabricationBilans(Fabrication):
    """Les bilans d'une classe en PDF, un par apprenant, réunis dans un fichier."""

    campagne = models.ForeignKey(CampagneBilans, on_delete=models.PROTECT, related_name="fabrications")

    objects = FabricationBilansQuerySet.as_manager()

    class Meta(Fabrication.Meta):
        verbose_name = "fabrication de bilans"
        verbose_name_plural = "fabrications de bilans"

    def __str__(self) -> str:
        return f"Bilans en PDF – {self.campagne}"
