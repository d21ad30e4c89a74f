"""Ce qui a été observé : les positionnements et les observations."""

from typing import Self

from django.contrib.auth.models import AnonymousUser
from django.db import models
from django.db.models import Q

from centres.models import Inscription, Utilisateur
from evaluations.enums import Etat
from evaluations.models.situations import Situation
from referentiel.models import CompetenceDetaillee


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
