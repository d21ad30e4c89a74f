"""Le bilan conjoint d'une PFMP : proposé d'après le tuteur, confirmé par l'enseignant."""

from django.db import models
from django.db.models import F, Q

from centres.models import Utilisateur
from evaluations.enums import Autonomie, ValeurTuteur
from evaluations.models.pfmp import Placement
from referentiel.models import CompetenceDetaillee


class BilanPfmp(models.Model):
    """Tenu par l'enseignant et le tuteur, l'apprenant présent. Confirmé, il ne change plus ; le chef peut rouvrir."""

    placement = models.OneToOneField(Placement, on_delete=models.PROTECT, related_name="bilan")
    tenu_le = models.DateField("tenu le", null=True, blank=True)
    a_tuteur = models.BooleanField("tuteur présent", default=False)
    a_apprenant = models.BooleanField("apprenant présent", default=False)
    synthese = models.TextField("synthèse", blank=True)
    confirme_le = models.DateTimeField("confirmé le", null=True, blank=True)
    confirme_par = models.ForeignKey(Utilisateur, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    version = models.PositiveIntegerField("version", default=1)

    class Meta:
        verbose_name = "bilan de PFMP"
        verbose_name_plural = "bilans de PFMP"
        ordering = ["placement"]
        constraints = [
            models.CheckConstraint(
                condition=Q(confirme_le__isnull=True, confirme_par__isnull=True)
                | Q(confirme_le__isnull=False, confirme_par__isnull=False, tenu_le__isnull=False),
                name="bilan_pfmp_confirme_par_quelqu_un",
            ),
        ]

    def __str__(self) -> str:
        return f"bilan de {self.placement}"

    @property
    def est_confirme(self) -> bool:
        return self.confirme_le is not None


class LigneBilan(models.Model):
    """Une compétence du bilan : ce que le tuteur a dit, ce que la correspondance propose, ce qui est retenu."""

    bilan = models.ForeignKey(BilanPfmp, on_delete=models.CASCADE, related_name="lignes")
    detaillee = models.ForeignKey(CompetenceDetaillee, on_delete=models.PROTECT, related_name="+")
    # Copie de la réponse brute le jour de l'enregistrement : ce sur quoi l'on s'est prononcé.
    valeur = models.CharField("réponse du tuteur", max_length=3, choices=ValeurTuteur.choices, blank=True)
    autonomie = models.CharField("autonomie", max_length=6, choices=Autonomie.choices, blank=True)
    niveau_propose = models.PositiveSmallIntegerField("niveau proposé", null=True, blank=True)
    # Vide : l'enseignant ne retient rien pour cette compétence.
    niveau_retenu = models.PositiveSmallIntegerField("niveau retenu", null=True, blank=True)
    motif = models.CharField("raison du changement", max_length=300, blank=True)

    class Meta:
        verbose_name = "ligne du bilan de PFMP"
        verbose_name_plural = "lignes du bilan de PFMP"
        ordering = ["bilan", "detaillee"]
        constraints = [
            models.UniqueConstraint(fields=["bilan", "detaillee"], name="ligne_bilan_unique"),
            models.CheckConstraint(
                condition=Q(niveau_propose__isnull=True) | Q(niveau_propose__range=(1, 3)),
                name="ligne_bilan_jamais_un_4_automatique",
            ),
            models.CheckConstraint(
                condition=Q(niveau_retenu__isnull=True) | Q(niveau_retenu__range=(1, 4)),
                name="ligne_bilan_niveau_1_a_4",
            ),
            # Un niveau qui n'est pas celui qui était proposé porte sa raison.
            models.CheckConstraint(
                condition=Q(niveau_retenu__isnull=True)
                | (Q(niveau_propose__isnull=False) & Q(niveau_retenu=F("niveau_propose")))
                | ~Q(motif=""),
                name="ligne_bilan_changement_motive",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.detaillee_id} : {self.niveau_retenu or '·'}"
