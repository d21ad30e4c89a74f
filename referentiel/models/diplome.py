"""Le diplôme, ses versions, ses options, ses sessions et ses codes MEF."""

from typing import Self, TypeVar

from django.db import models
from django.db.models import Q


class Diplome(models.Model):
    """Un diplôme construit en blocs de compétences (bac pro, BTS…)."""

    code = models.CharField("code", max_length=20, unique=True)

    class Meta:
        verbose_name = "diplôme"
        ordering = ["code"]

    def __str__(self) -> str:
        return self.code


class VersionReferentielQuerySet(models.QuerySet["VersionReferentiel"]):
    def publiees(self) -> Self:
        return self.filter(publiee_le__isnull=False)


class VersionReferentiel(models.Model):
    """Une version du texte : une cohorte garde celle avec laquelle elle est entrée."""

    diplome = models.ForeignKey(Diplome, on_delete=models.PROTECT, related_name="versions", verbose_name="diplôme")
    numero = models.PositiveSmallIntegerField("numéro")
    intitule = models.CharField("intitulé", max_length=200)
    niveau = models.CharField("niveau", max_length=80)
    premiere_session = models.PositiveSmallIntegerField("première session")
    duree_cycle_annees = models.PositiveSmallIntegerField("durée du cycle (années)")
    famille_code = models.CharField("code de la famille de métiers", max_length=20, blank=True)
    famille_intitule = models.CharField("famille de métiers", max_length=200, blank=True)
    famille_niveau = models.CharField("niveau de la famille de métiers", max_length=40, blank=True)
    # Textes du règlement d'examen (période, lieu, dossier, commission) : affichés, jamais calculés.
    regles_ccf = models.JSONField("règles du CCF", default=dict)
    # Faits du document source sans table à eux (effectifs, établissements cités, livrables demandés).
    annexes = models.JSONField("annexes", default=dict, blank=True)
    publiee_le = models.DateTimeField("publiée le", null=True, blank=True)

    objects = VersionReferentielQuerySet.as_manager()

    class Meta:
        verbose_name = "version du référentiel"
        verbose_name_plural = "versions du référentiel"
        ordering = ["diplome__code", "-numero"]
        constraints = [models.UniqueConstraint(fields=["diplome", "numero"], name="version_unique_par_diplome")]

    def __str__(self) -> str:
        return f"{self.diplome.code} v{self.numero}"


class SessionExamen(models.Model):
    """L'année d'examen d'un diplôme et la fin de la période de CCF, fixée par circulaire."""

    diplome = models.ForeignKey(Diplome, on_delete=models.PROTECT, related_name="sessions", verbose_name="diplôme")
    annee = models.PositiveSmallIntegerField("année")
    fin_ccf = models.DateField("fin de la période de CCF", null=True, blank=True)
    # Le délai de conservation des dossiers court à partir de cette date.
    resultats_le = models.DateField("résultats publiés le", null=True, blank=True)

    class Meta:
        verbose_name = "session d'examen"
        verbose_name_plural = "sessions d'examen"
        ordering = ["-annee"]
        constraints = [models.UniqueConstraint(fields=["diplome", "annee"], name="session_unique_par_diplome")]

    def __str__(self) -> str:
        return f"session {self.annee}"


class Option(models.Model):
    version = models.ForeignKey(VersionReferentiel, on_delete=models.CASCADE, related_name="options")
    code = models.CharField("code", max_length=10)
    intitule = models.CharField("intitulé", max_length=200)
    ordre = models.PositiveSmallIntegerField("ordre")

    class Meta:
        ordering = ["version", "ordre"]
        constraints = [models.UniqueConstraint(fields=["version", "code"], name="option_unique")]

    def __str__(self) -> str:
        return self.code


class NomenclatureMef(models.Model):
    """Code MEF des fichiers d'élèves : donne le niveau et l'option (aucune en seconde commune)."""

    version = models.ForeignKey(VersionReferentiel, on_delete=models.CASCADE, related_name="mefs")
    ordre = models.PositiveSmallIntegerField("ordre")
    mef = models.CharField("MEF", max_length=11)
    mefstat11 = models.CharField("MEFSTAT11", max_length=11)
    niveau = models.CharField("niveau", max_length=40)
    famille = models.CharField("famille", max_length=20, blank=True)
    option = models.ForeignKey(Option, on_delete=models.CASCADE, null=True, blank=True, related_name="mefs")
    libelle = models.CharField("libellé", max_length=120, blank=True)
    note = models.CharField("note", max_length=200, blank=True)

    class Meta:
        verbose_name = "code MEF"
        verbose_name_plural = "codes MEF"
        ordering = ["version", "ordre"]
        constraints = [models.UniqueConstraint(fields=["version", "mef"], name="mef_unique")]

    def __str__(self) -> str:
        return self.mef


_M = TypeVar("_M", bound=models.Model)


class DansUneOptionQuerySet(models.QuerySet[_M]):
    """Objets communs (option vide) ou propres à une option."""

    def de_l_option(self, option: Option | None) -> Self:
        """Ce qui concerne cette option ; sans option (seconde commune), le tronc commun seul."""
        return self.filter(Q(option__isnull=True) | Q(option=option)) if option else self.filter(option__isnull=True)
