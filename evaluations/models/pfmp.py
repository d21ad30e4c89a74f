"""Les périodes en entreprise : qui est placé où, avec qui, pour y faire quoi."""

from datetime import date, timedelta
from typing import Self

from django.contrib.auth.models import AnonymousUser
from django.db import models
from django.db.models import F, Q

from centres.models import Centre, Classe, Entreprise, Inscription, Tuteur, Utilisateur
from evaluations.models.situations import Situation
from referentiel.models import CompetenceDetaillee

JOURS_PAR_SEMAINE = 7
DEMI_JOURNEES_PAR_SEMAINE = 10


class ReglagePfmp(models.Model):
    """Ce qu'un centre décide de ses PFMP : semaines exigées, lecture de l'échelle du tuteur, durée des liens."""

    centre = models.OneToOneField(Centre, on_delete=models.CASCADE, related_name="+")
    # Sur tout le cycle ; vide : rien n'est exigé, ou le centre ne l'a pas encore dit.
    semaines_scolaire = models.PositiveSmallIntegerField("semaines exigées d'un élève", null=True, blank=True)
    semaines_apprenti = models.PositiveSmallIntegerField("semaines exigées d'un apprenti", null=True, blank=True)
    semaines_formation_continue = models.PositiveSmallIntegerField(
        "semaines exigées d'un stagiaire", null=True, blank=True
    )
    niveau_non_acquis = models.PositiveSmallIntegerField("non acquis propose le niveau", default=1)
    niveau_en_cours = models.PositiveSmallIntegerField("en cours d'acquisition propose le niveau", default=2)
    niveau_acquis = models.PositiveSmallIntegerField("acquis propose le niveau", default=3)
    validite_lien_jours = models.PositiveSmallIntegerField("validité d'un lien après la fin, en jours", default=21)

    class Meta:
        verbose_name = "réglage des PFMP"
        verbose_name_plural = "réglages des PFMP"
        constraints = [
            # Jamais un 4 automatique : seul un enseignant le donne, avec une raison.
            models.CheckConstraint(
                condition=Q(niveau_non_acquis__gte=1)
                & Q(niveau_en_cours__gte=F("niveau_non_acquis"))
                & Q(niveau_acquis__gte=F("niveau_en_cours"))
                & Q(niveau_acquis__lte=3),
                name="reglage_pfmp_niveaux_1_a_3",
            ),
            models.CheckConstraint(condition=Q(validite_lien_jours__range=(1, 120)), name="reglage_pfmp_validite"),
        ]

    def __str__(self) -> str:
        return f"PFMP, {self.centre}"


class PeriodePfmpQuerySet(models.QuerySet["PeriodePfmp"]):
    def visibles_par(self, utilisateur: Utilisateur | AnonymousUser) -> Self:
        return self.filter(classe__in=Classe.objects.visibles_par(utilisateur))


class PeriodePfmp(models.Model):
    """Une période de formation en milieu professionnel d'une classe ; ses semaines sont une donnée."""

    classe = models.ForeignKey(Classe, on_delete=models.PROTECT, related_name="periodes_pfmp")
    code = models.CharField("code", max_length=12)
    intitule = models.CharField("intitulé", max_length=120, blank=True)
    debut = models.DateField("début")
    fin = models.DateField("fin")
    semaines = models.PositiveSmallIntegerField("semaines")
    # Formative, en entreprise : elle reçoit les positionnements des bilans confirmés, à la première confirmation.
    situation = models.OneToOneField(Situation, on_delete=models.PROTECT, null=True, blank=True, related_name="+")

    objects = PeriodePfmpQuerySet.as_manager()

    class Meta:
        verbose_name = "période de PFMP"
        verbose_name_plural = "périodes de PFMP"
        ordering = ["debut", "code"]
        constraints = [
            models.UniqueConstraint(fields=["classe", "code"], name="periode_pfmp_code_unique"),
            models.CheckConstraint(condition=Q(fin__gte=F("debut")), name="periode_pfmp_dates_ordonnees"),
            models.CheckConstraint(condition=Q(semaines__gte=1), name="periode_pfmp_semaines_positives"),
        ]

    def __str__(self) -> str:
        return f"{self.code} {self.intitule}".strip()


class PlacementQuerySet(models.QuerySet["Placement"]):
    def visibles_par(self, utilisateur: Utilisateur | AnonymousUser) -> Self:
        """Placements des classes visibles ; l'apprenant passe par son parcours, le tuteur par son lien."""
        return self.filter(periode__in=PeriodePfmp.objects.visibles_par(utilisateur))


class Placement(models.Model):
    """Un apprenant pendant une période : son entreprise, son tuteur, l'enseignant qui le suit.

    Ce qu'on ne sait pas encore reste vide : la ligne s'enregistre quand même. `version` croît à chaque
    enregistrement de la ligne et se compare avant d'écrire.
    """

    periode = models.ForeignKey(PeriodePfmp, on_delete=models.PROTECT, related_name="placements")
    inscription = models.ForeignKey(Inscription, on_delete=models.PROTECT, related_name="placements")
    entreprise = models.ForeignKey(Entreprise, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    tuteur = models.ForeignKey(Tuteur, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    enseignant = models.ForeignKey(
        Utilisateur,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name="enseignant référent",
    )
    debut = models.DateField("début")
    fin = models.DateField("fin")
    activites_prevues = models.TextField("activités prévues", blank=True)
    detaillees = models.ManyToManyField(
        CompetenceDetaillee, related_name="+", verbose_name="compétences évaluables en entreprise", blank=True
    )
    # Le jour où l'attestation signée de l'entreprise est revenue au centre.
    attestation_le = models.DateField("attestation reçue le", null=True, blank=True)
    version = models.PositiveIntegerField("version", default=1)

    objects = PlacementQuerySet.as_manager()

    class Meta:
        verbose_name = "placement"
        ordering = ["periode", "inscription__apprenant__nom", "inscription__apprenant__prenom"]
        constraints = [
            models.UniqueConstraint(fields=["periode", "inscription"], name="placement_unique"),
            models.CheckConstraint(condition=Q(fin__gte=F("debut")), name="placement_dates_ordonnees"),
            models.CheckConstraint(
                condition=Q(tuteur__isnull=True) | Q(entreprise__isnull=False), name="placement_tuteur_en_entreprise"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.inscription.apprenant}, {self.periode.code}"

    @property
    def semaines(self) -> int:
        """Celles de la période si les dates sont les siennes ; sinon les semaines entamées entre les dates."""
        if (self.debut, self.fin) == (self.periode.debut, self.periode.fin):
            return self.periode.semaines
        return semaines_entre(self.debut, self.fin)


def semaines_entre(debut: date, fin: date) -> int:
    """Semaines du calendrier touchées par l'intervalle, du lundi au dimanche."""
    lundi = debut - timedelta(days=debut.weekday())
    return (fin - lundi).days // JOURS_PAR_SEMAINE + 1


class Visite(models.Model):
    """Une visite en entreprise, prévue puis rapportée."""

    placement = models.ForeignKey(Placement, on_delete=models.CASCADE, related_name="visites")
    prevue_le = models.DateField("prévue le")
    faite_le = models.DateField("faite le", null=True, blank=True)
    auteur = models.ForeignKey(Utilisateur, on_delete=models.PROTECT, related_name="+")
    compte_rendu = models.TextField("compte rendu", blank=True)

    class Meta:
        verbose_name = "visite en entreprise"
        verbose_name_plural = "visites en entreprise"
        ordering = ["placement", "prevue_le", "pk"]

    def __str__(self) -> str:
        return f"visite du {self.faite_le or self.prevue_le:%d/%m/%Y}"


class AbsencePfmp(models.Model):
    """Une absence en entreprise, en demi-journées ; sans motif écrit : la santé ne nous regarde pas."""

    placement = models.ForeignKey(Placement, on_delete=models.CASCADE, related_name="absences")
    jour = models.DateField("jour")
    demi_journees = models.PositiveSmallIntegerField("demi-journées", default=2)
    est_justifiee = models.BooleanField("justifiée", default=False)

    class Meta:
        verbose_name = "absence en PFMP"
        verbose_name_plural = "absences en PFMP"
        ordering = ["placement", "jour"]
        constraints = [
            models.UniqueConstraint(fields=["placement", "jour"], name="absence_pfmp_unique"),
            models.CheckConstraint(condition=Q(demi_journees__range=(1, 2)), name="absence_pfmp_demi_journees"),
        ]

    def __str__(self) -> str:
        return f"{self.jour:%d/%m/%Y}, {self.demi_journees} demi-journée(s)"
