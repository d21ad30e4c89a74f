"""Utilisateurs, centres et affectations : qui agit, où, et pendant quel temps."""

from collections.abc import Iterable
from datetime import date
from typing import Self

from django.contrib.auth.models import AbstractUser, AnonymousUser
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.crypto import salted_hmac

from centres.enums import Modalite, Role, StatutCentre
from trpm.socle.tri import FRANCAIS


class Utilisateur(AbstractUser):
    """Une personne qui se connecte. Ses droits viennent de ses affectations, pas de ce compte."""

    # Entre dans l'empreinte de session : l'augmenter ferme toutes les sessions de la personne.
    epoque_sessions = models.PositiveIntegerField("époque des sessions", default=0, editable=False)

    class Meta:
        verbose_name = "utilisateur"
        ordering = ["last_name", "first_name", "username"]

    def __str__(self) -> str:
        return self.get_full_name() or self.username

    @property
    def a_servi(self) -> bool:
        """Quelqu'un l'a ouvert, par un mot de passe ou par l'établissement : qui en change l'adresse le prend."""
        return self.has_usable_password() or self.last_login is not None

    def _get_session_auth_hash(self, secret: str | None = None) -> str:
        """Celle de Django couvre le mot de passe ; la nôtre aussi l'époque, qui change avec les rôles."""
        cle = f"centres.Utilisateur.epoque:{self.epoque_sessions}"
        return salted_hmac(cle, self.password, secret=secret, algorithm="sha256").hexdigest()


class AffectationQuerySet(models.QuerySet["Affectation"]):
    def en_vigueur(self, jour: date | None = None) -> Self:
        """Affectations qui ont commencé et ne sont pas finies ce jour-là (aujourd'hui par défaut)."""
        jour = jour or timezone.localdate()
        return self.filter(Q(fin__isnull=True) | Q(fin__gte=jour), debut__lte=jour)

    def non_finies(self, jour: date | None = None) -> Self:
        """En vigueur ou à venir."""
        return self.filter(Q(fin__isnull=True) | Q(fin__gte=jour or timezone.localdate()))


class CentreQuerySet(models.QuerySet["Centre"]):
    def get_by_natural_key(self, nom: str, commune: str) -> "Centre":
        return self.get(nom=nom, commune=commune)

    def ou_agit(self, utilisateur: Utilisateur | AnonymousUser, roles: Iterable[Role]) -> Self:
        """Centres où la personne tient aujourd'hui l'un de ces rôles ; aucun pour un anonyme ou un compte fermé."""
        if not utilisateur.is_active:
            return self.none()
        tenues = Affectation.objects.en_vigueur().filter(utilisateur=utilisateur, role__in=list(roles))
        return self.filter(pk__in=tenues.values("centre"))

    def visibles_par(self, utilisateur: Utilisateur | AnonymousUser) -> Self:
        """Centres où la personne a un rôle ; tous pour un administrateur."""
        if not utilisateur.is_active:
            return self.none()
        tenues = Affectation.objects.en_vigueur().filter(utilisateur=utilisateur)
        administre = tenues.filter(role=Role.ADMINISTRATEUR)
        return self.filter(Q(pk__in=tenues.values("centre")) | Q(models.Exists(administre)))


class Centre(models.Model):
    """Un établissement qui forme et certifie."""

    uai = models.CharField("UAI", max_length=8, blank=True)
    nom = models.CharField("nom", max_length=120, db_collation=FRANCAIS)
    commune = models.CharField("commune", max_length=80, db_collation=FRANCAIS)
    statut = models.CharField("statut", max_length=20, choices=StatutCentre.choices)
    # Renseignée quand elle diffère de celle du statut : un CFA non habilité relève du ponctuel.
    modalite_propre = models.CharField("modalité propre", max_length=10, choices=Modalite.choices, blank=True)

    objects = CentreQuerySet.as_manager()

    class Meta:
        verbose_name = "centre"
        ordering = ["commune", "nom"]
        constraints = [
            models.UniqueConstraint(
                fields=["nom", "commune"],
                name="centre_unique",
                violation_error_message="Un centre de ce nom existe déjà dans cette commune.",
            )
        ]

    def __str__(self) -> str:
        return f"{self.nom}, {self.commune}"

    def natural_key(self) -> tuple[str, str]:
        return (self.nom, self.commune)

    @property
    def modalite(self) -> Modalite:
        """Modalité d'évaluation : la sienne, sinon celle de son statut (le hors contrat est en ponctuel)."""
        if self.modalite_propre:
            return Modalite(self.modalite_propre)
        return Modalite.PONCTUEL if self.statut == StatutCentre.HORS_CONTRAT else Modalite.CCF


class Affectation(models.Model):
    """Un rôle tenu dans un centre entre deux dates ; l'administrateur n'a pas de centre."""

    utilisateur = models.ForeignKey(Utilisateur, on_delete=models.CASCADE, related_name="affectations")
    centre = models.ForeignKey(Centre, on_delete=models.CASCADE, null=True, blank=True, related_name="affectations")
    role = models.CharField("rôle", max_length=20, choices=Role.choices)
    debut = models.DateField("début")
    fin = models.DateField("fin", null=True, blank=True)

    objects = AffectationQuerySet.as_manager()

    class Meta:
        verbose_name = "affectation"
        ordering = ["utilisateur", "centre", "debut"]
        constraints = [
            models.CheckConstraint(
                condition=Q(fin__isnull=True) | Q(fin__gte=F("debut")),
                name="affectation_dates_ordonnees",
                violation_error_message="Le dernier jour précède le premier.",
            ),
            models.CheckConstraint(
                condition=Q(role=Role.ADMINISTRATEUR, centre__isnull=True)
                | (~Q(role=Role.ADMINISTRATEUR) & Q(centre__isnull=False)),
                name="affectation_centre_sauf_administrateur",
                violation_error_message="Un rôle s'exerce dans un centre ; celui d'administrateur n'en a pas.",
            ),
            models.UniqueConstraint(
                fields=["utilisateur", "role", "debut", "centre"],
                name="affectation_unique",
                violation_error_message="Cette personne a déjà ce rôle, dans ce centre, à partir de ce jour.",
            ),
            models.UniqueConstraint(
                fields=["utilisateur", "role", "debut"],
                condition=Q(centre__isnull=True),
                name="affectation_unique_sans_centre",
                violation_error_message="Cette personne a déjà ce rôle à partir de ce jour.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.utilisateur} – {self.get_role_display()}"

    @property
    def est_en_vigueur(self) -> bool:
        jour = timezone.localdate()
        return self.debut <= jour and (self.fin is None or self.fin >= jour)
