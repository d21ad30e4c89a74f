"""Classes, apprenants et inscriptions datées : qui suit quoi, avec quelle option et quel statut."""

from datetime import date
from typing import Self

from django.contrib.auth.models import AnonymousUser
from django.db import models
from django.db.models import Exists, F, OuterRef, Q
from django.utils import timezone

from centres.enums import ROLES_LECTURE, StatutApprenant
from centres.models.personnes import Centre, Utilisateur
from referentiel.models import Option, SessionExamen, VersionReferentiel
from trpm.socle.tri import FRANCAIS


def bornes_de_l_annee(annee_scolaire: int) -> tuple[date, date]:
    """Du 1er août au 31 août suivant : les entrées d'août et les départs de fin d'été y tiennent."""
    return date(annee_scolaire, 8, 1), date(annee_scolaire + 1, 8, 31)


class ClasseQuerySet(models.QuerySet["Classe"]):
    def visibles_par(self, utilisateur: Utilisateur | AnonymousUser) -> Self:
        """Classes des centres où la personne enseigne, organise, certifie ou inspecte."""
        return self.filter(centre__in=Centre.objects.ou_agit(utilisateur, ROLES_LECTURE))


class Classe(models.Model):
    """Une division d'une année scolaire ; élèves et apprentis, RSP et RMO s'y côtoient."""

    centre = models.ForeignKey(Centre, on_delete=models.PROTECT, related_name="classes")
    nom = models.CharField("nom", max_length=40)
    # Année civile de la rentrée : 2025 pour 2025-2026.
    annee_scolaire = models.PositiveSmallIntegerField("année scolaire")
    annee_cycle = models.PositiveSmallIntegerField("année du cycle")
    version = models.ForeignKey(VersionReferentiel, on_delete=models.PROTECT, related_name="+")
    session = models.ForeignKey(SessionExamen, on_delete=models.PROTECT, related_name="+")

    objects = ClasseQuerySet.as_manager()

    class Meta:
        verbose_name = "classe"
        ordering = ["-annee_scolaire", "nom"]
        constraints = [
            models.UniqueConstraint(
                fields=["centre", "nom", "annee_scolaire"],
                name="classe_unique",
                violation_error_message="Une classe de ce nom existe déjà dans ce centre, cette année-là.",
            ),
            models.CheckConstraint(
                condition=Q(annee_cycle__gte=1),
                name="classe_annee_cycle_positive",
                violation_error_message="La première année du cycle est l'année 1.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.nom} ({self.libelle_annee})"

    @property
    def libelle_annee(self) -> str:
        return f"{self.annee_scolaire}-{self.annee_scolaire + 1}"

    @property
    def bornes(self) -> tuple[date, date]:
        """Le premier et le dernier jour où l'on peut y entrer."""
        return bornes_de_l_annee(self.annee_scolaire)

    @property
    def est_derniere_annee(self) -> bool:
        """Dernière année du cycle : celle où l'on certifie."""
        return self.annee_cycle == self.version.duree_cycle_annees

    @property
    def jour_de_l_effectif(self) -> date:
        """Qui y est encore ce jour-là compte dans l'effectif : aujourd'hui, puis la veille des examens."""
        return min(timezone.localdate(), date(self.annee_scolaire + 1, 5, 31))


class ApprenantQuerySet(models.QuerySet["Apprenant"]):
    def visibles_par(self, utilisateur: Utilisateur | AnonymousUser) -> Self:
        """Apprenants inscrits dans les classes visibles, et soi-même pour l'apprenant connecté."""
        if not utilisateur.is_active:
            return self.none()
        inscrits = Inscription.objects.filter(classe__in=Classe.objects.visibles_par(utilisateur))
        return self.filter(Q(pk__in=inscrits.values("apprenant")) | Q(utilisateur=utilisateur))


class Apprenant(models.Model):
    """Un élève, un apprenti ou un stagiaire. Ni adresse, ni téléphone, ni photo, ni santé."""

    nom = models.CharField("nom", max_length=80, db_collation=FRANCAIS)
    prenom = models.CharField("prénom", max_length=80, db_collation=FRANCAIS)
    ine = models.CharField("INE", max_length=11, blank=True)
    utilisateur = models.OneToOneField(
        Utilisateur, on_delete=models.SET_NULL, null=True, blank=True, related_name="apprenant"
    )
    # Les empreintes des autres façons dont un fichier l'a nommé, reconnues par quelqu'un (import de listes).
    ecritures = models.JSONField("autres écritures", default=list, blank=True, editable=False)
    # La fin du délai de conservation : il ne reste que des niveaux, sans personne derrière.
    anonymise_le = models.DateTimeField("anonymisé le", null=True, blank=True, editable=False)

    objects = ApprenantQuerySet.as_manager()

    class Meta:
        verbose_name = "apprenant"
        ordering = ["nom", "prenom"]
        constraints = [
            models.UniqueConstraint(
                fields=["ine"],
                condition=~Q(ine=""),
                name="apprenant_ine_unique",
                violation_error_message="Cet INE est déjà celui d'un autre apprenant : vérifiez-le.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.nom} {self.prenom}"


class InscriptionQuerySet(models.QuerySet["Inscription"]):
    def visibles_par(self, utilisateur: Utilisateur | AnonymousUser) -> Self:
        """Inscriptions dans les classes visibles ; l'apprenant voit les siennes."""
        if not utilisateur.is_active:
            return self.none()
        return self.filter(
            Q(classe__in=Classe.objects.visibles_par(utilisateur)) | Q(apprenant__utilisateur=utilisateur)
        )

    def au(self, jour: date | None = None) -> Self:
        """Inscriptions en cours ce jour-là (aujourd'hui par défaut)."""
        jour = jour or timezone.localdate()
        return self.filter(Q(fin__isnull=True) | Q(fin__gte=jour), debut__lte=jour)

    def dernieres(self) -> Self:
        """La dernière inscription de chacun dans chaque classe : un changement d'option ne compte pas deux fois."""
        suivante = Inscription.objects.filter(
            apprenant=OuterRef("apprenant"), classe=OuterRef("classe"), debut__gt=OuterRef("debut")
        )
        return self.filter(~Exists(suivante))


class Inscription(models.Model):
    """Un apprenant dans une classe entre deux dates, avec son option et son statut du moment."""

    apprenant = models.ForeignKey(Apprenant, on_delete=models.PROTECT, related_name="inscriptions")
    classe = models.ForeignKey(Classe, on_delete=models.PROTECT, related_name="inscriptions")
    # Vide en seconde commune pour un élève ; un apprenti en a une dès l'entrée.
    option = models.ForeignKey(Option, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    statut = models.CharField("statut", max_length=20, choices=StatutApprenant.choices)
    debut = models.DateField("début")
    fin = models.DateField("fin", null=True, blank=True)

    objects = InscriptionQuerySet.as_manager()

    class Meta:
        verbose_name = "inscription"
        ordering = ["apprenant__nom", "apprenant__prenom", "debut"]
        constraints = [
            models.CheckConstraint(
                condition=Q(fin__isnull=True) | Q(fin__gte=F("debut")),
                name="inscription_dates_ordonnees",
                violation_error_message="Le dernier jour précède le premier.",
            ),
            models.UniqueConstraint(
                fields=["apprenant", "classe", "debut"],
                name="inscription_unique",
                violation_error_message="Une inscription dans cette classe commence déjà ce jour-là.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.apprenant} – {self.classe}"

    @property
    def est_en_cours(self) -> bool:
        jour = timezone.localdate()
        return self.debut <= jour and (self.fin is None or self.fin >= jour)
