"""La commission d'une classe : qui siège, les positions qu'elle prend, ce qu'elle propose au jury."""

from decimal import Decimal
from typing import Self

from django.contrib.auth.models import AnonymousUser
from django.db import models
from django.db.models import F, Q

from centres.models import Classe, Inscription, Utilisateur
from certification.enums import EtatCommission, EtatProposition
from certification.models.grilles import Grille
from referentiel.models import Competence, Epreuve


class CommissionQuerySet(models.QuerySet["Commission"]):
    def visibles_par(self, utilisateur: Utilisateur | AnonymousUser) -> Self:
        """Celles des classes visibles, sauf celle où l'on est soi-même candidat (DOMAINE §4)."""
        siennes = Inscription.objects.filter(apprenant__utilisateur=utilisateur.pk)
        visibles = self.filter(classe__in=Classe.objects.visibles_par(utilisateur))
        return visibles.exclude(classe__in=siennes.values("classe"))


class Commission(models.Model):
    """La commission de certification d'une classe de dernière année.

    Close, elle est figée par la base avec ses membres, ses positions et ses propositions ; la rouvrir augmente
    `numero_version` et n'efface rien.
    """

    classe = models.OneToOneField(Classe, on_delete=models.PROTECT, related_name="+")
    date = models.DateTimeField("date et heure")
    lieu = models.CharField("lieu", max_length=120)
    etat = models.CharField("état", max_length=10, choices=EtatCommission.choices, default=EtatCommission.CONVOQUEE)
    numero_version = models.PositiveSmallIntegerField("version", default=1)
    ouverte_le = models.DateTimeField("ouverte le", null=True, blank=True)
    close_le = models.DateTimeField("close le", null=True, blank=True)
    convoquee_par = models.ForeignKey(
        Utilisateur, on_delete=models.PROTECT, related_name="+", verbose_name="convoquée par"
    )
    # Comparée avant d'écrire : une convocation corrigée à deux ne s'écrase pas.
    version = models.PositiveIntegerField("numéro d'écriture", default=1)

    objects = CommissionQuerySet.as_manager()

    class Meta:
        verbose_name = "commission de certification"
        verbose_name_plural = "commissions de certification"
        ordering = ["-date", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(etat=EtatCommission.CONVOQUEE) | Q(ouverte_le__isnull=False),
                name="commission_ouverte_un_jour",
                violation_error_message="Une commission ouverte porte la date de son ouverture.",
            ),
            models.CheckConstraint(
                condition=~Q(etat=EtatCommission.CLOSE) | Q(close_le__isnull=False),
                name="commission_close_un_jour",
                violation_error_message="Une commission close porte la date de sa clôture.",
            ),
            models.CheckConstraint(
                condition=~Q(lieu="") & Q(numero_version__gte=1),
                name="commission_a_un_lieu",
                violation_error_message="Dites où la commission se réunit.",
            ),
        ]

    def __str__(self) -> str:
        return f"Commission – {self.classe}"

    @property
    def est_ouverte(self) -> bool:
        return self.etat == EtatCommission.OUVERTE

    @property
    def est_close(self) -> bool:
        return self.etat == EtatCommission.CLOSE


class MembreCommissionQuerySet(models.QuerySet["MembreCommission"]):
    def visibles_par(self, utilisateur: Utilisateur | AnonymousUser) -> Self:
        return self.filter(commission__in=Commission.objects.visibles_par(utilisateur))


class MembreCommission(models.Model):
    """Qui siège, à quel titre, et s'il était là ; l'absence du professionnel n'invalide rien (DOMAINE §4)."""

    commission = models.ForeignKey(Commission, on_delete=models.CASCADE, related_name="membres")
    utilisateur = models.ForeignKey(Utilisateur, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    # Pour qui n'a pas de compte ici.
    nom = models.CharField("nom et prénom", max_length=120, blank=True)
    qualite = models.CharField("qualité", max_length=120)
    est_president = models.BooleanField("préside", default=False)
    est_professionnel = models.BooleanField("représente la profession", default=False)
    # Vide : sa présence n'a pas encore été notée.
    est_present = models.BooleanField("présent", null=True, blank=True)

    objects = MembreCommissionQuerySet.as_manager()

    class Meta:
        verbose_name = "membre de la commission"
        verbose_name_plural = "membres de la commission"
        ordering = ["commission", "-est_president", "est_professionnel", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["commission", "utilisateur"],
                condition=Q(utilisateur__isnull=False),
                name="membre_unique",
                violation_error_message="Cette personne est déjà membre de la commission.",
            ),
            models.UniqueConstraint(
                fields=["commission"],
                condition=Q(est_president=True),
                name="membre_un_president",
                violation_error_message="Une commission a un seul président.",
            ),
            models.CheckConstraint(
                condition=(Q(utilisateur__isnull=False) | ~Q(nom="")) & ~Q(qualite=""),
                name="membre_nomme",
                violation_error_message="Un membre a un nom et une qualité.",
            ),
        ]

    def __str__(self) -> str:
        return str(self.utilisateur) if self.utilisateur else self.nom


class PositionCommissionQuerySet(models.QuerySet["PositionCommission"]):
    def visibles_par(self, utilisateur: Utilisateur | AnonymousUser) -> Self:
        return self.filter(commission__in=Commission.objects.visibles_par(utilisateur))

    def prises(self) -> Self:
        """Les retirées gardent leur ligne et sa version, sans niveau."""
        return self.filter(niveau__isnull=False)


class PositionCommission(models.Model):
    """La commission positionne elle-même une compétence : ses points remplacent ceux des situations (DOMAINE §5.3)."""

    commission = models.ForeignKey(Commission, on_delete=models.PROTECT, related_name="positions")
    inscription = models.ForeignKey(Inscription, on_delete=models.PROTECT, related_name="+")
    competence = models.ForeignKey(Competence, on_delete=models.PROTECT, related_name="+", verbose_name="compétence")
    niveau = models.PositiveSmallIntegerField("niveau", null=True, blank=True)
    motif = models.TextField("motif")
    auteur = models.ForeignKey(Utilisateur, on_delete=models.PROTECT, related_name="+")
    modifie_le = models.DateTimeField("modifiée le")
    version = models.PositiveIntegerField("version", default=1)

    objects = PositionCommissionQuerySet.as_manager()

    class Meta:
        verbose_name = "position de la commission"
        verbose_name_plural = "positions de la commission"
        ordering = ["commission", "inscription", "competence__ordre"]
        constraints = [
            models.UniqueConstraint(
                fields=["commission", "inscription", "competence"],
                name="position_unique",
                violation_error_message="La commission a déjà positionné cette compétence pour ce candidat.",
            ),
            models.CheckConstraint(
                condition=Q(niveau__isnull=True) | Q(niveau__gte=1, niveau__lte=4),
                name="position_de_1_a_4",
                violation_error_message="Un niveau va de 1 à 4.",
            ),
            models.CheckConstraint(
                condition=~Q(motif=""),
                name="position_motivee",
                violation_error_message="Dites pourquoi la commission positionne cette compétence.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.competence.code} : {self.niveau or 'aucun niveau'}"


class PropositionQuerySet(models.QuerySet["Proposition"]):
    def visibles_par(self, utilisateur: Utilisateur | AnonymousUser) -> Self:
        return self.filter(commission__in=Commission.objects.visibles_par(utilisateur))


class Proposition(models.Model):
    """Ce que la commission propose au jury pour un candidat à une épreuve, et tout ce qui le fonde.

    `entrees` (trpm-dossier/1) et `resultat` (trpm-note/1) sont ceux du moment où la note a été proposée : ils ne
    sont jamais recalculés. Aucun des deux ne nomme le candidat.
    """

    commission = models.ForeignKey(Commission, on_delete=models.PROTECT, related_name="propositions")
    inscription = models.ForeignKey(Inscription, on_delete=models.PROTECT, related_name="+")
    epreuve = models.ForeignKey(Epreuve, on_delete=models.PROTECT, related_name="+", verbose_name="épreuve")
    grille = models.ForeignKey(Grille, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    etat = models.CharField("état", max_length=10, choices=EtatProposition.choices, default=EtatProposition.A_ETUDIER)
    bonus = models.DecimalField("bonus", max_digits=4, decimal_places=2, default=Decimal(0))
    entrees = models.JSONField("entrées du calcul", null=True, blank=True, editable=False)
    resultat = models.JSONField("résultat du calcul", null=True, blank=True, editable=False)
    note_calculee = models.DecimalField("note calculée", max_digits=4, decimal_places=2, null=True, blank=True)
    note_arrondie = models.DecimalField("note arrondie", max_digits=4, decimal_places=2, null=True, blank=True)
    note_proposee = models.DecimalField("note proposée au jury", max_digits=4, decimal_places=2, null=True, blank=True)
    # Le bénéfice de note tel qu'il était devant la commission.
    note_conservee = models.DecimalField("note conservée", max_digits=4, decimal_places=2, null=True, blank=True)
    session_conservee = models.PositiveSmallIntegerField("session de la note conservée", null=True, blank=True)
    motif_ecart = models.TextField("motif de l'écart", blank=True)
    commentaire = models.TextField("commentaire", blank=True)
    appreciation = models.TextField("synthèse de l'équipe", blank=True)
    auteur = models.ForeignKey(Utilisateur, on_delete=models.PROTECT, related_name="+")
    modifie_le = models.DateTimeField("modifiée le")
    version = models.PositiveIntegerField("version", default=1)

    objects = PropositionQuerySet.as_manager()

    class Meta:
        verbose_name = "proposition au jury"
        verbose_name_plural = "propositions au jury"
        ordering = ["commission", "inscription", "epreuve__ordre"]
        constraints = [
            models.UniqueConstraint(
                fields=["commission", "inscription", "epreuve"],
                name="proposition_unique",
                violation_error_message="La commission a déjà une proposition pour ce candidat à cette épreuve.",
            ),
            models.CheckConstraint(
                condition=Q(etat=EtatProposition.PROPOSEE, note_proposee__isnull=False, note_arrondie__isnull=False)
                | (~Q(etat=EtatProposition.PROPOSEE) & Q(note_proposee__isnull=True)),
                name="proposition_note_si_proposee",
                violation_error_message="Une note se propose à partir d'une note calculée, et dans cet état seulement.",
            ),
            models.CheckConstraint(
                condition=Q(note_proposee__isnull=True) | Q(note_proposee__gte=0, note_proposee__lte=20),
                name="proposition_de_0_a_20",
                violation_error_message="Une note va de 0 à 20.",
            ),
            models.CheckConstraint(
                condition=Q(note_proposee__isnull=True) | Q(note_proposee=F("note_arrondie")) | ~Q(motif_ecart=""),
                name="proposition_ecart_motive",
                violation_error_message="S'écarter de la note calculée demande un motif.",
            ),
            models.CheckConstraint(
                condition=Q(bonus__gte=0),
                name="proposition_bonus_positif",
                violation_error_message="Le bonus ne peut pas être négatif.",
            ),
            models.CheckConstraint(
                condition=~Q(etat=EtatProposition.BENEFICE)
                | Q(note_conservee__isnull=False, session_conservee__isnull=False),
                name="proposition_benefice_date",
                violation_error_message="Une note conservée porte sa valeur et sa session.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.epreuve.code} – {self.inscription}"

    @property
    def est_etudiee(self) -> bool:
        """La commission s'est prononcée, par une note ou par un état."""
        return self.etat != EtatProposition.A_ETUDIER
