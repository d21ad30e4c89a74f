"""Qui est candidat, et ce qui est proposé et conservé : les grilles de notation."""

from datetime import datetime
from typing import Self

from django.contrib.auth.models import AnonymousUser
from django.db import models
from django.db.models import Exists, F, OuterRef, Q

from centres.models import Apprenant, Classe, Inscription, Utilisateur
from certification.enums import Arrondi, EtatTravail, Granularite, NonEvalue
from referentiel.models import Competence, Epreuve, Option, SessionExamen, VersionReferentiel

# Années pendant lesquelles un candidat peut garder une note (DOMAINE §4).
DUREE_BENEFICE = 5


class CandidatQuerySet(models.QuerySet["Candidat"]):
    def visibles_par(self, utilisateur: Utilisateur | AnonymousUser) -> Self:
        """Candidats des classes visibles, jamais soi-même, quelque rôle que l'on tienne par ailleurs (DOMAINE §4)."""
        visibles = self.filter(classe__in=Classe.objects.visibles_par(utilisateur))
        return visibles.exclude(apprenant__utilisateur=utilisateur.pk)

    def de_la_classe(self, classe: Classe) -> Self:
        return self.filter(classe=classe)


class CandidatManager(models.Manager["Candidat"]):
    """La dernière inscription d'un apprenant dans une classe de dernière année, pour une session."""

    def get_queryset(self) -> CandidatQuerySet:
        derniere_annee = F("classe__version__duree_cycle_annees")
        plus_recentes = Inscription.objects.filter(
            Q(debut__gt=OuterRef("debut")) | Q(debut=OuterRef("debut"), pk__gt=OuterRef("pk")),
            apprenant=OuterRef("apprenant"),
            classe__session=OuterRef("classe__session"),
            classe__version=OuterRef("classe__version"),
            classe__annee_cycle=derniere_annee,
        )
        inscriptions = CandidatQuerySet(self.model, using=self._db)
        return inscriptions.filter(~Exists(plus_recentes), classe__annee_cycle=derniere_annee)


class Candidat(Inscription):
    """Une inscription vue par la certification : son option décide des libellés et des poids (décision 004)."""

    # Un proxy qui remplace le gestionnaire de son parent : Django l'admet, les types de Django non.
    objects = CandidatManager.from_queryset(CandidatQuerySet)()  # type: ignore[assignment, misc]

    class Meta:
        proxy = True
        verbose_name = "candidat"
        ordering = ["apprenant__nom", "apprenant__prenom", "pk"]


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


class BeneficeNoteQuerySet(models.QuerySet["BeneficeNote"]):
    def visibles_par(self, utilisateur: Utilisateur | AnonymousUser) -> Self:
        """Celles des candidats des classes visibles, jamais la sienne (DOMAINE §4)."""
        inscrits = Inscription.objects.filter(classe__in=Classe.objects.visibles_par(utilisateur))
        return self.filter(apprenant__in=inscrits.values("apprenant")).exclude(apprenant__utilisateur=utilisateur.pk)

    def valables_pour(self, session: SessionExamen) -> Self:
        """Obtenues avant cette session, depuis cinq ans au plus, au même diplôme."""
        return self.filter(
            epreuve__version__diplome=session.diplome_id,
            session_obtention__lt=session.annee,
            session_obtention__gte=session.annee - DUREE_BENEFICE,
        )


class BeneficeNote(models.Model):
    """Une note d'au moins 10 qu'un candidat garde d'une session passée : l'épreuve n'est plus évaluée."""

    apprenant = models.ForeignKey(Apprenant, on_delete=models.PROTECT, related_name="+")
    epreuve = models.ForeignKey(Epreuve, on_delete=models.PROTECT, related_name="+", verbose_name="épreuve")
    # L'année : la session peut être celle d'une autre académie, que personne n'a ouverte ici.
    session_obtention = models.PositiveSmallIntegerField("session d'obtention")
    note = models.DecimalField("note", max_digits=4, decimal_places=2)

    objects = BeneficeNoteQuerySet.as_manager()

    class Meta:
        verbose_name = "bénéfice de note"
        verbose_name_plural = "bénéfices de notes"
        ordering = ["apprenant", "epreuve__ordre"]
        constraints = [
            models.UniqueConstraint(
                fields=["apprenant", "epreuve"],
                name="benefice_unique",
                violation_error_message="Une note conservée est déjà enregistrée pour cette épreuve.",
            ),
            models.CheckConstraint(
                condition=Q(note__gte=10) & Q(note__lte=20),
                name="benefice_entre_10_et_20",
                violation_error_message="Une note se conserve à partir de 10, et jusqu'à 20.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.apprenant} – {self.epreuve.code}, session {self.session_obtention}"


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
    """Tous les dossiers d'une classe pour une épreuve, fabriqués hors de la page, réunis en un PDF."""

    classe = models.ForeignKey(Classe, on_delete=models.PROTECT, related_name="+")
    epreuve = models.ForeignKey(Epreuve, on_delete=models.PROTECT, related_name="+", verbose_name="épreuve")
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
        return f"Dossiers {self.epreuve.code} – {self.classe}"

    @property
    def est_termine(self) -> bool:
        return self.etat in (EtatTravail.FINI, EtatTravail.ECHOUE)
