"""Compétences, détails, poids et ce qui les décrit."""

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q

from referentiel.enums import Nature
from referentiel.models.diplome import DansUneOptionQuerySet, Option, VersionReferentiel
from referentiel.models.structure import Bloc


class Competence(models.Model):
    version = models.ForeignKey(VersionReferentiel, on_delete=models.CASCADE, related_name="competences")
    bloc = models.ForeignKey(Bloc, on_delete=models.CASCADE, related_name="competences")
    code = models.CharField("code", max_length=10)
    nature = models.CharField("nature", max_length=20, choices=Nature.choices)
    intitule = models.TextField("intitulé")
    ordre = models.PositiveSmallIntegerField("ordre")

    class Meta:
        verbose_name = "compétence"
        ordering = ["version", "ordre"]
        constraints = [models.UniqueConstraint(fields=["version", "code"], name="competence_unique")]

    def __str__(self) -> str:
        return f"{self.code} {self.intitule}"


class CompetenceDetaillee(models.Model):
    """Une ligne par libellé : un même code (C7.3) a une ligne par option quand les libellés diffèrent."""

    competence = models.ForeignKey(Competence, on_delete=models.CASCADE, related_name="detaillees")
    code = models.CharField("code", max_length=12)
    option = models.ForeignKey(Option, on_delete=models.CASCADE, null=True, blank=True, related_name="+")
    intitule = models.TextField("intitulé")
    ordre = models.PositiveSmallIntegerField("ordre")

    objects = DansUneOptionQuerySet.as_manager()

    class Meta:
        verbose_name = "compétence détaillée"
        verbose_name_plural = "compétences détaillées"
        ordering = ["competence__ordre", "ordre"]
        constraints = [
            models.UniqueConstraint(fields=["competence", "code", "option"], name="detaillee_unique"),
            models.UniqueConstraint(
                fields=["competence", "code"], condition=Q(option__isnull=True), name="detaillee_unique_sans_option"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.code} {self.intitule}"


class Ponderation(models.Model):
    """POIDS d'une compétence pour une option : valeur par défaut d'une grille de notation."""

    competence = models.ForeignKey(Competence, on_delete=models.CASCADE, related_name="ponderations")
    option = models.ForeignKey(Option, on_delete=models.CASCADE, related_name="ponderations")
    poids = models.PositiveSmallIntegerField("poids")

    class Meta:
        verbose_name = "pondération"
        ordering = ["competence__ordre", "option__ordre"]
        constraints = [models.UniqueConstraint(fields=["competence", "option"], name="ponderation_unique")]

    def __str__(self) -> str:
        return f"{self.competence.code} {self.option.code} : {self.poids}"


class Indicateur(models.Model):
    """Indicateur de performance ; absent du document source, chargé par l'établissement."""

    detaillee = models.ForeignKey(CompetenceDetaillee, on_delete=models.CASCADE, related_name="indicateurs")
    texte = models.TextField("texte")
    ordre = models.PositiveSmallIntegerField("ordre")

    class Meta:
        ordering = ["detaillee", "ordre"]

    def __str__(self) -> str:
        return self.texte


class Descripteur(models.Model):
    """Ce à quoi ressemble un niveau de maîtrise pour une compétence détaillée."""

    detaillee = models.ForeignKey(CompetenceDetaillee, on_delete=models.CASCADE, related_name="descripteurs")
    niveau = models.PositiveSmallIntegerField("niveau", validators=[MinValueValidator(1), MaxValueValidator(4)])
    texte = models.TextField("texte")

    class Meta:
        ordering = ["detaillee", "niveau"]
        constraints = [
            models.UniqueConstraint(fields=["detaillee", "niveau"], name="descripteur_unique"),
            models.CheckConstraint(condition=Q(niveau__range=(1, 4)), name="descripteur_niveau_1_a_4"),
        ]

    def __str__(self) -> str:
        return f"{self.detaillee.code} niveau {self.niveau}"


class Savoir(models.Model):
    """Savoir associé : jamais noté seul, son niveau s'arrête à 3."""

    version = models.ForeignKey(VersionReferentiel, on_delete=models.CASCADE, related_name="savoirs")
    code = models.CharField("code", max_length=20)
    intitule = models.TextField("intitulé")
    niveau_savoir = models.PositiveSmallIntegerField("niveau de savoir", null=True, blank=True)
    competences = models.ManyToManyField(Competence, related_name="savoirs", verbose_name="compétences")
    ordre = models.PositiveSmallIntegerField("ordre")

    class Meta:
        ordering = ["version", "ordre"]
        constraints = [
            models.UniqueConstraint(fields=["version", "code"], name="savoir_unique"),
            models.CheckConstraint(
                condition=Q(niveau_savoir__isnull=True) | Q(niveau_savoir__range=(1, 3)), name="savoir_niveau_1_a_3"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.code} {self.intitule}"


class Correspondance(models.Model):
    """Lien d'un code d'un autre référentiel (seconde REMI…) vers une compétence d'ici."""

    version = models.ForeignKey(VersionReferentiel, on_delete=models.CASCADE, related_name="correspondances")
    referentiel_source = models.CharField("référentiel source", max_length=40)
    code_source = models.CharField("code source", max_length=20)
    intitule_source = models.TextField("intitulé source", blank=True)
    competence = models.ForeignKey(Competence, on_delete=models.CASCADE, related_name="correspondances")
    ordre = models.PositiveSmallIntegerField("ordre")

    class Meta:
        ordering = ["version", "ordre"]
        constraints = [
            models.UniqueConstraint(
                fields=["version", "referentiel_source", "code_source", "competence"], name="correspondance_unique"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.referentiel_source} {self.code_source} → {self.competence.code}"
