"""Les bilans d'une classe : préparés ensemble à une date, tenus en entretien, formalisés un par un."""

from typing import Self

from django.contrib.auth.models import AnonymousUser
from django.db import models
from django.db.models import Q

from centres.models import Classe, Inscription, Utilisateur
from evaluations.enums import EtatBilan, NatureBilan
from referentiel.models import Periode


class CampagneBilansQuerySet(models.QuerySet["CampagneBilans"]):
    def visibles_par(self, utilisateur: Utilisateur | AnonymousUser) -> Self:
        """Campagnes des classes visibles ; l'apprenant ne lit que son bilan."""
        return self.filter(classe__in=Classe.objects.visibles_par(utilisateur))


class CampagneBilans(models.Model):
    """Les bilans de toute une classe à une date : intermédiaires, ou individuels au dernier trimestre."""

    classe = models.ForeignKey(Classe, on_delete=models.PROTECT, related_name="campagnes_bilans")
    nature = models.CharField("nature", max_length=14, choices=NatureBilan.choices, default=NatureBilan.INTERMEDIAIRE)
    periode = models.ForeignKey(Periode, on_delete=models.PROTECT, related_name="+", verbose_name="période")
    # Les niveaux sont lus à la fin de ce jour-là.
    arrete_le = models.DateField("niveaux arrêtés le")
    intitule = models.CharField("intitulé", max_length=120)
    auteur = models.ForeignKey(Utilisateur, on_delete=models.PROTECT, related_name="+")
    cree_le = models.DateTimeField("créée le", auto_now_add=True)

    objects = CampagneBilansQuerySet.as_manager()

    class Meta:
        verbose_name = "campagne de bilans"
        verbose_name_plural = "campagnes de bilans"
        ordering = ["-arrete_le", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["classe", "nature", "arrete_le"],
                name="campagne_bilans_unique",
                violation_error_message="Des bilans de cette nature sont déjà arrêtés à cette date pour cette classe.",
            ),
            models.CheckConstraint(
                condition=Q(nature__in=NatureBilan.values),
                name="campagne_bilans_nature_connue",
                violation_error_message="Un bilan est intermédiaire ou individuel.",
            ),
        ]

    def __str__(self) -> str:
        return self.intitule


class BilanPeriodeQuerySet(models.QuerySet["BilanPeriode"]):
    def visibles_par(self, utilisateur: Utilisateur | AnonymousUser) -> Self:
        """Bilans des classes visibles ; l'apprenant lit les siens une fois formalisés."""
        if not utilisateur.is_active:
            return self.none()
        return self.filter(
            Q(inscription__classe__in=Classe.objects.visibles_par(utilisateur))
            | Q(inscription__apprenant__utilisateur=utilisateur, etat=EtatBilan.FORMALISE)
        )

    def formalises(self) -> Self:
        return self.filter(etat=EtatBilan.FORMALISE)


class BilanPeriode(models.Model):
    """Le bilan d'un apprenant : les meilleurs niveaux figés à une date, l'entretien, les objectifs. Aucune note.

    `niveaux` se remplit à la préparation et ne se recalcule plus : niveau, situation, date, auteur et niveau attendu.
    """

    campagne = models.ForeignKey(CampagneBilans, on_delete=models.PROTECT, related_name="bilans")
    inscription = models.ForeignKey(Inscription, on_delete=models.PROTECT, related_name="bilans_periode")
    etat = models.CharField("état", max_length=12, choices=EtatBilan.choices, default=EtatBilan.A_PREPARER)
    arrete_le = models.DateField("niveaux arrêtés le", null=True, blank=True)
    niveaux = models.JSONField("niveaux figés", default=dict, blank=True)
    remarques_equipe = models.TextField("remarques de l'équipe", blank=True)
    objectifs = models.TextField("objectifs", blank=True)
    entretien_le = models.DateField("entretien le", null=True, blank=True)
    representant = models.ForeignKey(
        Utilisateur, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name="représentant"
    )
    apprenant_present = models.BooleanField("apprenant présent", default=False)
    remarques_apprenant = models.TextField("remarques de l'apprenant", blank=True)
    formalise_le = models.DateTimeField("formalisé le", null=True, blank=True)
    version = models.PositiveIntegerField("version", default=1)

    objects = BilanPeriodeQuerySet.as_manager()

    class Meta:
        verbose_name = "bilan d'un apprenant"
        verbose_name_plural = "bilans des apprenants"
        ordering = ["-campagne__arrete_le", "inscription__apprenant__nom", "inscription__apprenant__prenom", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["campagne", "inscription"],
                name="bilan_periode_unique",
                violation_error_message="Cet apprenant a déjà un bilan dans cette campagne.",
            ),
            models.CheckConstraint(
                condition=Q(etat__in=EtatBilan.values),
                name="bilan_periode_etat_connu",
                violation_error_message="Un bilan est à préparer, préparé ou formalisé.",
            ),
            models.CheckConstraint(
                condition=Q(etat=EtatBilan.FORMALISE, formalise_le__isnull=False)
                | (~Q(etat=EtatBilan.FORMALISE) & Q(formalise_le__isnull=True)),
                name="bilan_periode_formalise_date",
                violation_error_message="Un bilan formalisé porte la date de sa formalisation.",
            ),
            models.CheckConstraint(
                condition=Q(etat=EtatBilan.A_PREPARER) | Q(arrete_le__isnull=False),
                name="bilan_periode_arrete",
                violation_error_message="Un bilan préparé porte la date à laquelle ses niveaux sont arrêtés.",
            ),
            models.CheckConstraint(
                condition=Q(apprenant_present=False) | Q(entretien_le__isnull=False),
                name="bilan_periode_entretien_date",
                violation_error_message="Dites le jour de l'entretien où l'apprenant était présent.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.campagne}, {self.inscription.apprenant}"

    @property
    def est_formalise(self) -> bool:
        return self.etat == EtatBilan.FORMALISE
