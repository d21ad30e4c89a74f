"""Les séquences et les projets : ce qui regroupe des situations dans la progression des trois ans."""

from typing import Self

from django.contrib.auth.models import AnonymousUser
from django.db import models
from django.db.models import Exists, Q

from centres.enums import ROLES_LECTURE
from centres.models import Centre, Classe, Utilisateur
from evaluations.enums import NatureSequence
from referentiel.models import Periode


class SequenceQuerySet(models.QuerySet["Sequence"]):
    def visibles_par(self, utilisateur: Utilisateur | AnonymousUser) -> Self:
        """Séquences des centres où la personne enseigne, organise, certifie ou inspecte."""
        return self.filter(centre__in=Centre.objects.ou_agit(utilisateur, ROLES_LECTURE))

    def lisibles_par(self, utilisateur: Utilisateur | AnonymousUser) -> Self:
        """Les siennes, et les modèles de tous les centres pour qui lit les classes de l'un d'eux."""
        centres = Centre.objects.ou_agit(utilisateur, ROLES_LECTURE)
        return self.filter(Q(centre__in=centres) | Q(Exists(centres), est_modele=True))

    def modeles(self) -> Self:
        """Celles que d'autres équipes peuvent reprendre."""
        return self.filter(est_modele=True)


class Sequence(models.Model):
    """Une séquence ou un projet d'une cohorte, entre deux périodes ; ses situations la nomment."""

    centre = models.ForeignKey(Centre, on_delete=models.PROTECT, related_name="+")
    # Année civile de la première rentrée du cycle, comme pour l'échelle.
    cohorte = models.PositiveSmallIntegerField("année d'entrée")
    # Vide : toute la cohorte.
    classe = models.ForeignKey(Classe, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    intitule = models.CharField("intitulé", max_length=160)
    nature = models.CharField("nature", max_length=10, choices=NatureSequence.choices, default=NatureSequence.SEQUENCE)
    periode_debut = models.ForeignKey(
        Periode, on_delete=models.PROTECT, related_name="+", verbose_name="première période"
    )
    periode_fin = models.ForeignKey(
        Periode, on_delete=models.PROTECT, related_name="+", verbose_name="dernière période"
    )
    ordre = models.PositiveSmallIntegerField("ordre", default=0)
    problematique = models.TextField("problématique", blank=True)
    objectifs = models.TextField("objectifs", blank=True)
    deroulement = models.TextField("déroulement", blank=True)
    ressources = models.TextField("ressources", blank=True)
    duree_heures = models.PositiveSmallIntegerField("durée, en heures", null=True, blank=True)
    est_modele = models.BooleanField("modèle que d'autres équipes peuvent reprendre", default=False)
    auteur = models.ForeignKey(Utilisateur, on_delete=models.PROTECT, related_name="+")
    cree_le = models.DateTimeField("créée le", auto_now_add=True)
    version = models.PositiveIntegerField("version", default=1)

    objects = SequenceQuerySet.as_manager()

    class Meta:
        verbose_name = "séquence"
        ordering = ["-cohorte", "periode_debut__ordre", "ordre", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(nature__in=NatureSequence.values),
                name="sequence_nature_connue",
                violation_error_message="Une séquence est une séquence ou un projet.",
            ),
            models.CheckConstraint(
                condition=Q(duree_heures__isnull=True) | Q(duree_heures__gte=1),
                name="sequence_duree_positive",
                violation_error_message="La durée se compte en heures, à partir de 1.",
            ),
        ]

    def __str__(self) -> str:
        return self.intitule

    @property
    def est_projet(self) -> bool:
        return self.nature == NatureSequence.PROJET
