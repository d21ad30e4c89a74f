"""Les grilles de notation, immuables une fois publiées."""

from typing import Self

from django.db import models
from django.db.models import Q

from certification.enums import Arrondi, Granularite, NonEvalue
from referentiel.models import Competence, Epreuve, Option, SessionExamen, VersionReferentiel


class GrilleQuerySet(models.QuerySet["Grille"]):
    def publiees(self) -> Self:
        return self.filter(publiee_le__isnull=False)


class Grille(models.Model):
    """Paramètres du calcul de la note pour une option et une épreuve.

    Publiée, elle est immuable (déclencheurs de la base) ; une correction est une nouvelle version (`numero`).
    Sans session, elle vaut pour toutes celles qui n'ont pas la leur.
    """

    version = models.ForeignKey(VersionReferentiel, on_delete=models.PROTECT, related_name="+")
    option = models.ForeignKey(Option, on_delete=models.PROTECT, related_name="+")
    epreuve = models.ForeignKey(Epreuve, on_delete=models.PROTECT, related_name="+", verbose_name="épreuve")
    session = models.ForeignKey(SessionExamen, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    numero = models.PositiveSmallIntegerField("numéro de version", default=1)
    points_niveau_1 = models.DecimalField("points du niveau 1", max_digits=5, decimal_places=2, default=0)
    points_niveau_2 = models.DecimalField("points du niveau 2", max_digits=5, decimal_places=2, default=1)
    points_niveau_3 = models.DecimalField("points du niveau 3", max_digits=5, decimal_places=2, default=2)
    points_niveau_4 = models.DecimalField("points du niveau 4", max_digits=5, decimal_places=2, default=3)
    granularite = models.CharField(
        "granularité", max_length=24, choices=Granularite.choices, default=Granularite.COMPETENCE_DETAILLEE
    )
    non_evalue = models.CharField(
        "compétence non évaluée", max_length=12, choices=NonEvalue.choices, default=NonEvalue.BLOQUE
    )
    arrondi = models.CharField("arrondi", max_length=24, choices=Arrondi.choices, default=Arrondi.DEMI_POINT_SUPERIEUR)
    bonus_max = models.DecimalField("bonus maximal", max_digits=4, decimal_places=2, default=0)
    seuil_commentaire = models.DecimalField("seuil du commentaire", max_digits=4, decimal_places=2, default=10)
    publiee_le = models.DateTimeField("publiée le", null=True, blank=True)

    objects = GrilleQuerySet.as_manager()

    class Meta:
        verbose_name = "grille de notation"
        verbose_name_plural = "grilles de notation"
        ordering = ["version", "option__ordre", "epreuve__ordre", "-numero"]
        constraints = [
            models.UniqueConstraint(
                fields=["version", "option", "epreuve", "numero", "session"],
                name="grille_unique",
                violation_error_message="Cette version de la grille existe déjà.",
            ),
            models.UniqueConstraint(
                fields=["version", "option", "epreuve", "numero"],
                condition=Q(session__isnull=True),
                name="grille_unique_sans_session",
                violation_error_message="Cette version de la grille existe déjà.",
            ),
            models.CheckConstraint(
                condition=Q(points_niveau_1__gte=0)
                & Q(points_niveau_2__gte=models.F("points_niveau_1"))
                & Q(points_niveau_3__gte=models.F("points_niveau_2"))
                & Q(points_niveau_4__gte=models.F("points_niveau_3"))
                & Q(points_niveau_4__gt=0),
                name="grille_points_croissants",
                violation_error_message="Les points croissent du niveau 1 au niveau 4, qui en vaut plus que zéro.",
            ),
            models.CheckConstraint(
                condition=Q(bonus_max__gte=0),
                name="grille_bonus_positif",
                violation_error_message="Le bonus ne peut pas être négatif.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.epreuve.code} {self.option.code} v{self.numero}"

    @property
    def portee(self) -> str:
        return f"session {self.session.annee}" if self.session else "toutes les sessions"


class PoidsGrille(models.Model):
    grille = models.ForeignKey(Grille, on_delete=models.CASCADE, related_name="poids")
    competence = models.ForeignKey(Competence, on_delete=models.PROTECT, related_name="+")
    poids = models.PositiveSmallIntegerField("poids")

    class Meta:
        verbose_name = "poids d'une compétence"
        verbose_name_plural = "poids des compétences"
        ordering = ["grille", "competence__ordre"]
        constraints = [
            models.UniqueConstraint(
                fields=["grille", "competence"],
                name="poids_unique",
                violation_error_message="Cette compétence a déjà un poids dans la grille.",
            )
        ]

    def __str__(self) -> str:
        return f"{self.competence.code} : {self.poids}"
