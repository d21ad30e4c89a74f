"""Les situations d'évaluation et leur inventaire."""

from datetime import datetime
from typing import Self

from django.contrib.auth.models import AnonymousUser
from django.db import models
from django.db.models import F, Q

from centres.models import Classe, Utilisateur
from evaluations.enums import Lieu, Nature, NatureRessource
from evaluations.models.sequences import Sequence
from referentiel.models import Competence, CompetenceDetaillee, Epreuve, Espace, Periode, Support, Tache


class SituationQuerySet(models.QuerySet["Situation"]):
    def visibles_par(self, utilisateur: Utilisateur | AnonymousUser) -> Self:
        """Situations des classes visibles ; l'apprenant n'accède pas aux situations, seulement à ses niveaux."""
        return self.filter(classe__in=Classe.objects.visibles_par(utilisateur))

    def certificatives(self) -> Self:
        return self.filter(nature=Nature.CERTIFICATIVE)


class Situation(models.Model):
    """Une situation d'évaluation, en centre ou en entreprise, pour une classe."""

    classe = models.ForeignKey(Classe, on_delete=models.PROTECT, related_name="situations")
    code = models.CharField("code", max_length=12)
    titre = models.CharField("titre", max_length=120)
    nature = models.CharField("nature", max_length=14, choices=Nature.choices, default=Nature.FORMATIVE)
    lieu = models.CharField("lieu", max_length=10, choices=Lieu.choices, default=Lieu.CENTRE)
    entreprise = models.CharField("entreprise", max_length=120, blank=True)
    debut = models.DateField("date de début")
    fin = models.DateField("date de fin", null=True, blank=True)
    periode = models.ForeignKey(Periode, on_delete=models.PROTECT, related_name="+", verbose_name="période")
    epreuves = models.ManyToManyField(Epreuve, related_name="+", verbose_name="épreuves")
    taches = models.ManyToManyField(Tache, related_name="+", verbose_name="tâches confiées", blank=True)
    evaluees = models.ManyToManyField(
        CompetenceDetaillee, related_name="+", verbose_name="compétences détaillées évaluées"
    )
    mobilisees = models.ManyToManyField(
        Competence, related_name="+", verbose_name="compétences seulement mobilisées", blank=True
    )
    supports = models.ManyToManyField(Support, related_name="+", verbose_name="domaine du support", blank=True)
    espaces = models.ManyToManyField(Espace, related_name="+", verbose_name="espaces du plateau", blank=True)
    description = models.TextField("description de la situation et des activités", blank=True)
    # Le projet ou la séquence qui la regroupe avec d'autres ; elle vit aussi sans.
    sequence = models.ForeignKey(
        Sequence, on_delete=models.SET_NULL, null=True, blank=True, related_name="situations", verbose_name="séquence"
    )
    duree_heures = models.PositiveSmallIntegerField("durée, en heures", null=True, blank=True)
    auteur = models.ForeignKey(Utilisateur, on_delete=models.PROTECT, related_name="+")
    cree_le = models.DateTimeField("créée le", auto_now_add=True)
    verrouillee_le = models.DateTimeField("verrouillée le", null=True, blank=True)
    # Scellée, son verrou ne se lève plus, pour aucun rôle : ce qu'elle prouve a servi.
    scellee_le = models.DateTimeField("scellée le", null=True, blank=True, editable=False)

    objects = SituationQuerySet.as_manager()

    class Meta:
        verbose_name = "situation d'évaluation"
        verbose_name_plural = "situations d'évaluation"
        ordering = ["-debut", "code"]
        constraints = [
            models.UniqueConstraint(fields=["classe", "code"], name="situation_code_unique"),
            models.CheckConstraint(
                condition=Q(fin__isnull=True) | Q(fin__gte=F("debut")), name="situation_dates_ordonnees"
            ),
            models.CheckConstraint(
                condition=Q(lieu=Lieu.ENTREPRISE) | Q(entreprise=""), name="situation_entreprise_hors_centre"
            ),
            # Le CCF se déroule en centre (règlement d'examen).
            models.CheckConstraint(
                condition=Q(nature=Nature.FORMATIVE) | Q(lieu=Lieu.CENTRE), name="situation_certificative_en_centre"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.code} {self.titre}"

    @property
    def est_certificative(self) -> bool:
        return self.nature == Nature.CERTIFICATIVE

    @property
    def est_verrouillee(self) -> bool:
        return self.figee_le is not None

    @property
    def est_scellee(self) -> bool:
        return self.scellee_le is not None

    @property
    def figee_le(self) -> datetime | None:
        """Depuis quand plus rien ne s'y écrit, verrouillée ou scellée."""
        return self.verrouillee_le or self.scellee_le


class Ressource(models.Model):
    """Une ligne de l'inventaire : ce qui est mis à disposition du candidat."""

    situation = models.ForeignKey(Situation, on_delete=models.CASCADE, related_name="ressources")
    nature = models.CharField("nature", max_length=10, choices=NatureRessource.choices)
    designation = models.CharField("désignation", max_length=200)
    ordre = models.PositiveSmallIntegerField("ordre", default=0)

    class Meta:
        verbose_name = "ressource"
        ordering = ["situation", "nature", "ordre", "pk"]

    def __str__(self) -> str:
        return self.designation
