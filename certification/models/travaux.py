"""Ce que le traitement de fond fabrique pour une classe."""

from datetime import datetime
from typing import Self
from uuid import uuid4

from django.contrib.auth.models import AnonymousUser
from django.db import models
from django.db.models import F, Q

from centres.models import Classe, Inscription, Utilisateur
from certification.enums import EtatTravail, FormatTravail, NatureTravail
from referentiel.models import Epreuve


class TravailQuerySet(models.QuerySet["Travail"]):
    def visibles_par(self, utilisateur: Utilisateur | AnonymousUser) -> Self:
        """Le PDF réunit toute une classe : qui en est n'y a pas accès, sa propre note y figure (DOMAINE §4)."""
        siennes = Inscription.objects.filter(apprenant__utilisateur=utilisateur.pk)
        visibles = self.filter(classe__in=Classe.objects.visibles_par(utilisateur))
        return visibles.exclude(classe__in=siennes.values("classe"))

    def actifs(self, depuis: datetime) -> Self:
        """Ceux qui avancent encore : un traitement de fond arrêté en chemin ne bloque pas une nouvelle demande."""
        return self.filter(etat__in=[EtatTravail.EN_ATTENTE, EtatTravail.EN_COURS], avance_le__gte=depuis)


class Travail(models.Model):
    """Un long travail sur une classe, fait hors de la page : ses dossiers pour une épreuve, ou son archive.

    Ce qui est déjà fait attend dans un dossier de fichiers nommé par `cle` : un traitement redémarré le reprend.
    """

    classe = models.ForeignKey(Classe, on_delete=models.PROTECT, related_name="+")
    nature = models.CharField("nature", max_length=12, choices=NatureTravail.choices, default=NatureTravail.DOSSIERS)
    format = models.CharField("format", max_length=4, choices=FormatTravail.choices, default=FormatTravail.PDF)
    # Vide : toutes les épreuves.
    epreuve = models.ForeignKey(
        Epreuve, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name="épreuve"
    )
    cle = models.UUIDField("clé du dossier de fichiers", default=uuid4, editable=False)
    auteur = models.ForeignKey(Utilisateur, on_delete=models.PROTECT, related_name="+")
    etat = models.CharField("état", max_length=12, choices=EtatTravail.choices, default=EtatTravail.EN_ATTENTE)
    fait = models.PositiveSmallIntegerField("dossiers faits", default=0)
    total = models.PositiveSmallIntegerField("dossiers à faire", default=0)
    fichier = models.FileField("fichier", upload_to="dossiers/", blank=True)
    demande_le = models.DateTimeField("demandé le")
    # Dernier signe de vie : demande, dossier fait, fin.
    avance_le = models.DateTimeField("avancé le")

    objects = TravailQuerySet.as_manager()

    class Meta:
        verbose_name = "fabrication de dossiers"
        verbose_name_plural = "fabrications de dossiers"
        ordering = ["-demande_le", "-pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(fait__lte=F("total")),
                name="travail_fait_au_plus_le_total",
                violation_error_message="Il n'y a pas plus de dossiers faits que de dossiers à faire.",
            ),
            models.CheckConstraint(
                condition=~Q(etat=EtatTravail.FINI) | ~Q(fichier=""),
                name="travail_fini_a_un_fichier",
                violation_error_message="Une fabrication finie a un fichier.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_nature_display().capitalize()} {self.code_epreuve} – {self.classe}".replace("  ", " ")

    @property
    def code_epreuve(self) -> str:
        return self.epreuve.code if self.epreuve else ""

    @property
    def repertoire(self) -> str:
        """Où attendent les fichiers déjà faits ; son nom ne se devine pas."""
        return f"travaux/{self.cle.hex}"

    @property
    def est_termine(self) -> bool:
        return self.etat in (EtatTravail.FINI, EtatTravail.ECHOUE)
