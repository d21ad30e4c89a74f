"""Ce qui a été observé : les situations d'évaluation et les positionnements."""

from typing import Self

from django.contrib.auth.models import AnonymousUser
from django.db import models
from django.db.models import F, Q

from centres.models import Classe, Inscription, Utilisateur
from evaluations.enums import Etat, Lieu, Nature, NatureRessource
from referentiel.models import Competence, CompetenceDetaillee, Epreuve, Espace, Periode, Support, Tache


class SituationQuerySet(models.QuerySet["Situation"]):
    def visibles_par(self, utilisateur: Utilisateur | AnonymousUser) -> Self:
        """Situations des classes visibles ; l'apprenant n'accède pas aux situations, seulement à ses niveaux."""
        return self.filter(classe__in=Classe.objects.visibles_par(utilisateur))

    def certificatives(self) -> Self:
        return self.filter(nature=Nature.CERTIFICATIVE)


class Situation(models.Model):
    """Une situation d'évaluation, en centre ou en entreprise, pour une classe."""

    classe = models.ForeignKey(Classe, on_delete=models.PROTECT, related_name="situations")
    code = models.CharField("code", max_length=12)
    titre = models.CharField("titre", max_length=120)
    nature = models.CharField("nature", max_length=14, choices=Nature.choices, default=Nature.FORMATIVE)
    lieu = models.CharField("lieu", max_length=10, choices=Lieu.choices, default=Lieu.CENTRE)
    entreprise = models.CharField("entreprise", max_length=120, blank=True)
    debut = models.DateField("date de début")
    fin = models.DateField("date de fin", null=True, blank=True)
    periode = models.ForeignKey(Periode, on_delete=models.PROTECT, related_name="+", verbose_name="période")
    epreuves = models.ManyToManyField(Epreuve, related_name="+", verbose_name="épreuves")
    taches = models.ManyToManyField(Tache, related_name="+", verbose_name="tâches confiées", blank=True)
    evaluees = models.ManyToManyField(
        CompetenceDetaillee, related_name="+", verbose_name="compétences détaillées évaluées"
    )
    mobilisees = models.ManyToManyField(
        Competence, related_name="+", verbose_name="compétences seulement mobilisées", blank=True
    )
    supports = models.ManyToManyField(Support, related_name="+", verbose_name="domaine du support", blank=True)
    espaces = models.ManyToManyField(Espace, related_name="+", verbose_name="espaces du plateau", blank=True)
    description = models.TextField("description de la situation et des activités", blank=True)
    auteur = models.ForeignKey(Utilisateur, on_delete=models.PROTECT, related_name="+")
    cree_le = models.DateTimeField("créée le", auto_now_add=True)
    verrouillee_le = models.DateTimeField("verrouillée le", null=True, blank=True)

    objects = SituationQuerySet.as_manager()

    class Meta:
        verbose_name = "situation d'évaluation"
        verbose_name_plural = "situations d'évaluation"
        ordering = ["-debut", "code"]
        constraints = [
            models.UniqueConstraint(fields=["classe", "code"], name="situation_code_unique"),
            models.CheckConstraint(
                condition=Q(fin__isnull=True) | Q(fin__gte=F("debut")), name="situation_dates_ordonnees"
            ),
            models.CheckConstraint(
                condition=Q(lieu=Lieu.ENTREPRISE) | Q(entreprise=""), name="situation_entreprise_hors_centre"
            ),
            # Le CCF se déroule en centre (règlement d'examen).
            models.CheckConstraint(
                condition=Q(nature=Nature.FORMATIVE) | Q(lieu=Lieu.CENTRE), name="situation_certificative_en_centre"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.code} {self.titre}"

    @property
    def est_certificative(self) -> bool:
        return self.nature == Nature.CERTIFICATIVE

    @property
    def est_verrouillee(self) -> bool:
        return self.verrouillee_le is not None


class Ressource(models.Model):
    """Une ligne de l'inventaire : ce qui est mis à disposition du candidat."""

    situation = models.ForeignKey(Situation, on_delete=models.CASCADE, related_name="ressources")
    nature = models.CharField("nature", max_length=10, choices=NatureRessource.choices)
    designation = models.CharField("désignation", max_length=200)
    ordre = models.PositiveSmallIntegerField("ordre", default=0)

    class Meta:
        verbose_name = "ressource"
        ordering = ["situation", "nature", "ordre", "pk"]

    def __str__(self) -> str:
        return self.designation


class PositionnementQuerySet(models.QuerySet["Positionnement"]):
    def visibles_par(self, utilisateur: Utilisateur | AnonymousUser) -> Self:
        """Positionnements des inscriptions visibles : l'équipe voit sa classe, l'apprenant se voit lui-même."""
        return self.filter(inscription__in=Inscription.objects.visibles_par(utilisateur))

    def evalues(self) -> Self:
        """Ceux qui portent un niveau : NE, ABJ, ABN et DISP n'entrent dans aucun calcul."""
        return self.filter(niveau__isnull=False)


class Positionnement(models.Model):
    """Ce qu'un enseignant a dit d'une compétence détaillée d'un apprenant dans une situation.

    `niveau` (1 à 4) ou `etat` (NE, ABJ, ABN, DISP), jamais les deux ; ni l'un ni l'autre : cellule vidée.
    `version` croît à chaque enregistrement : c'est elle que l'on compare avant d'écrire.
    """

    situation = models.ForeignKey(Situation, on_delete=models.PROTECT, related_name="positionnements")
    inscription = models.ForeignKey(Inscription, on_delete=models.PROTECT, related_name="positionnements")
    detaillee = models.ForeignKey(CompetenceDetaillee, on_delete=models.PROTECT, related_name="+")
    niveau = models.PositiveSmallIntegerField("niveau de maîtrise", null=True, blank=True)
    etat = models.CharField("état", max_length=4, choices=Etat.choices, blank=True)
    observation = models.TextField("observation", blank=True)
    auteur = models.ForeignKey(Utilisateur, on_delete=models.PROTECT, related_name="+")
    modifie_le = models.DateTimeField("modifié le")
    version = models.PositiveIntegerField("version", default=1)

    objects = PositionnementQuerySet.as_manager()

    class Meta:
        verbose_name = "positionnement"
        ordering = ["situation", "inscription", "detaillee"]
        constraints = [
            models.UniqueConstraint(fields=["situation", "inscription", "detaillee"], name="positionnement_unique"),
            models.CheckConstraint(
                condition=Q(niveau__isnull=True) | Q(niveau__range=(1, 4)), name="positionnement_niveau_1_a_4"
            ),
            models.CheckConstraint(condition=Q(niveau__isnull=True) | Q(etat=""), name="positionnement_niveau_ou_etat"),
            models.CheckConstraint(condition=Q(etat="") | Q(etat__in=Etat.values), name="positionnement_etat_connu"),
        ]

    def __str__(self) -> str:
        return f"{self.detaillee_id} : {self.valeur or '·'}"

    @property
    def valeur(self) -> int | str:
        """Le niveau, sinon l'état, sinon une chaîne vide."""
        return self.niveau or self.etat


class ObservationApprenant(models.Model):
    """Ce qu'un enseignant retient d'un apprenant sur toute une situation ; versionné comme une cellule."""

    situation = models.ForeignKey(Situation, on_delete=models.PROTECT, related_name="observations")
    inscription = models.ForeignKey(Inscription, on_delete=models.PROTECT, related_name="observations")
    texte = models.TextField("observation", blank=True)
    auteur = models.ForeignKey(Utilisateur, on_delete=models.PROTECT, related_name="+")
    modifie_le = models.DateTimeField("modifiée le")
    version = models.PositiveIntegerField("version", default=1)

    class Meta:
        verbose_name = "observation sur un apprenant"
        verbose_name_plural = "observations sur les apprenants"
        ordering = ["situation", "inscription"]
        constraints = [
            models.UniqueConstraint(fields=["situation", "inscription"], name="observation_apprenant_unique"),
        ]

    def __str__(self) -> str:
        return self.texte
