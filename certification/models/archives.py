"""Ce qu'une clôture garde : un manifeste enchaîné au précédent, et ses pièces ; en ajout seul."""

from typing import Self

from django.contrib.auth.models import AnonymousUser
from django.db import models
from django.db.models import Q

from centres.models import Centre, Inscription, Utilisateur
from certification.enums import NatureArchive
from certification.models.commissions import Commission
from referentiel.models import Epreuve


class ArchiveQuerySet(models.QuerySet["Archive"]):
    def visibles_par(self, utilisateur: Utilisateur | AnonymousUser) -> Self:
        return self.filter(commission__in=Commission.objects.visibles_par(utilisateur))


class Archive(models.Model):
    """L'archive d'une clôture. Au terme du délai, manifeste et fichiers s'effacent ; les empreintes restent.

    La base n'admet que l'ajout, et cet effacement-là, une fois.
    """

    commission = models.ForeignKey(Commission, on_delete=models.PROTECT, related_name="archives")
    centre = models.ForeignKey(Centre, on_delete=models.PROTECT, related_name="+")
    # 1, 2, 3… par centre.
    numero = models.PositiveIntegerField("numéro")
    version_commission = models.PositiveSmallIntegerField("version de la commission")
    # JSON canonique, UTF-8 : `empreinte` est le SHA-256 de ce texte même.
    manifeste = models.TextField("manifeste", blank=True)
    empreinte = models.CharField("empreinte", max_length=64)
    precedente = models.CharField("empreinte précédente", max_length=64, blank=True)
    cree_le = models.DateTimeField("créée le")
    auteur = models.ForeignKey(Utilisateur, on_delete=models.PROTECT, related_name="+")
    motif = models.TextField("motif de la réouverture", blank=True)
    efface_le = models.DateTimeField("effacée le", null=True, blank=True, editable=False)

    objects = ArchiveQuerySet.as_manager()

    class Meta:
        verbose_name = "archive"
        ordering = ["centre", "-numero"]
        constraints = [
            models.UniqueConstraint(
                fields=["centre", "numero"],
                name="archive_numero_unique",
                violation_error_message="Ce numéro d'archive existe déjà dans le centre.",
            ),
            models.UniqueConstraint(
                fields=["centre", "precedente"],
                name="archive_sans_fourche",
                violation_error_message="Une archive du centre suit déjà celle-là.",
            ),
            models.UniqueConstraint(
                fields=["commission", "version_commission"],
                name="archive_une_par_version",
                violation_error_message="Cette version de la commission est déjà archivée.",
            ),
            models.CheckConstraint(
                condition=Q(numero=1, precedente="") | (Q(numero__gt=1) & ~Q(precedente="")),
                name="archive_enchainee",
                violation_error_message="Chaque archive porte l'empreinte de la précédente.",
            ),
        ]

    def __str__(self) -> str:
        return f"Archive n° {self.numero} – {self.commission.classe}"


class PieceArchiveQuerySet(models.QuerySet["PieceArchive"]):
    def visibles_par(self, utilisateur: Utilisateur | AnonymousUser) -> Self:
        return self.filter(archive__in=Archive.objects.visibles_par(utilisateur))


class PieceArchive(models.Model):
    """Un fichier de l'archive, tel que le manifeste le nomme et l'empreinte."""

    archive = models.ForeignKey(Archive, on_delete=models.PROTECT, related_name="pieces")
    ordre = models.PositiveSmallIntegerField("ordre")
    nature = models.CharField("nature", max_length=14, choices=NatureArchive.choices)
    nom = models.CharField("nom du fichier", max_length=150, blank=True)
    fichier = models.FileField("fichier", upload_to="archives/", blank=True)
    sha256 = models.CharField("empreinte", max_length=64)
    octets = models.PositiveIntegerField("taille en octets")
    inscription = models.ForeignKey(Inscription, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    epreuve = models.ForeignKey(
        Epreuve, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name="épreuve"
    )
    efface_le = models.DateTimeField("effacée le", null=True, blank=True, editable=False)

    objects = PieceArchiveQuerySet.as_manager()

    class Meta:
        verbose_name = "pièce d'archive"
        verbose_name_plural = "pièces d'archive"
        ordering = ["archive", "ordre"]
        constraints = [
            models.UniqueConstraint(
                fields=["archive", "ordre"],
                name="piece_archive_ordre_unique",
                violation_error_message="Deux pièces d'une archive ne portent pas le même rang.",
            ),
            models.UniqueConstraint(
                fields=["archive", "nom"],
                condition=~Q(nom=""),
                name="piece_archive_nom_unique",
                violation_error_message="Deux pièces d'une archive ne portent pas le même nom.",
            ),
            models.CheckConstraint(
                condition=Q(efface_le__isnull=False) | (~Q(nom="") & ~Q(fichier="")),
                name="piece_archive_a_un_fichier",
                violation_error_message="Une pièce d'archive a un nom et un fichier.",
            ),
        ]

    def __str__(self) -> str:
        return self.nom or f"{self.get_nature_display()} (effacé)"
