"""Ce que l'apprenant montre lui-même : les pièces de son portfolio et ce qu'il dit de son niveau."""

from typing import Self

from django.contrib.auth.models import AnonymousUser
from django.db import models
from django.db.models import Q

from centres.models import Apprenant, Inscription, Utilisateur
from evaluations.enums import NaturePiece
from evaluations.models.situations import Situation
from referentiel.models import Competence, CompetenceDetaillee, Periode


class PiecePortfolioQuerySet(models.QuerySet["PiecePortfolio"]):
    def visibles_par(self, utilisateur: Utilisateur | AnonymousUser) -> Self:
        """Pièces des apprenants visibles ; l'apprenant voit les siennes."""
        return self.filter(apprenant__in=Apprenant.objects.visibles_par(utilisateur))


class PiecePortfolio(models.Model):
    """Un fichier déposé : photo réencodée, PDF ou programme. Servi en pièce jointe, jamais interprété par la page."""

    apprenant = models.ForeignKey(Apprenant, on_delete=models.PROTECT, related_name="pieces_portfolio")
    titre = models.CharField("titre", max_length=120)
    nature = models.CharField("nature", max_length=10, choices=NaturePiece.choices)
    fichier = models.FileField("fichier", upload_to="portfolio/")
    # Celui que l'on a reconnu dans le contenu, jamais celui que le navigateur annonce.
    type_mime = models.CharField("type", max_length=60)
    octets = models.PositiveIntegerField("taille en octets")
    sha256 = models.CharField("empreinte SHA-256", max_length=64)
    legende = models.TextField("légende", blank=True)
    situation = models.ForeignKey(Situation, on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    competences = models.ManyToManyField(Competence, related_name="+", verbose_name="compétences", blank=True)
    deposee_par = models.ForeignKey(Utilisateur, on_delete=models.PROTECT, related_name="+")
    deposee_le = models.DateTimeField("déposée le", auto_now_add=True)

    objects = PiecePortfolioQuerySet.as_manager()

    class Meta:
        verbose_name = "pièce du portfolio"
        verbose_name_plural = "pièces du portfolio"
        ordering = ["-deposee_le", "-pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(nature__in=NaturePiece.values),
                name="piece_portfolio_nature_connue",
                violation_error_message="Une pièce est une photo, un PDF ou un programme.",
            ),
            models.UniqueConstraint(
                fields=["apprenant", "sha256"],
                name="piece_portfolio_unique",
                violation_error_message="Ce fichier est déjà dans le portfolio.",
            ),
        ]

    def __str__(self) -> str:
        return self.titre


class AutoEvaluationQuerySet(models.QuerySet["AutoEvaluation"]):
    def visibles_par(self, utilisateur: Utilisateur | AnonymousUser) -> Self:
        return self.filter(inscription__in=Inscription.objects.visibles_par(utilisateur))


class AutoEvaluation(models.Model):
    """Le niveau que l'apprenant se donne : montré à côté, il n'entre dans aucun calcul."""

    inscription = models.ForeignKey(Inscription, on_delete=models.PROTECT, related_name="auto_evaluations")
    competence = models.ForeignKey(Competence, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    detaillee = models.ForeignKey(
        CompetenceDetaillee, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    periode = models.ForeignKey(Periode, on_delete=models.PROTECT, related_name="+", verbose_name="période")
    niveau = models.PositiveSmallIntegerField("niveau que l'apprenant se donne")
    commentaire = models.TextField("commentaire", blank=True)
    le = models.DateTimeField("le")

    objects = AutoEvaluationQuerySet.as_manager()

    class Meta:
        verbose_name = "auto-évaluation"
        verbose_name_plural = "auto-évaluations"
        ordering = ["inscription", "periode", "competence", "detaillee"]
        constraints = [
            models.CheckConstraint(
                condition=Q(competence__isnull=True, detaillee__isnull=False)
                | Q(competence__isnull=False, detaillee__isnull=True),
                name="auto_evaluation_competence_ou_detaillee",
                violation_error_message="Une auto-évaluation porte sur une compétence ou sur une détaillée.",
            ),
            models.UniqueConstraint(
                fields=["inscription", "detaillee", "periode"],
                condition=Q(detaillee__isnull=False),
                name="auto_evaluation_detaillee_unique",
                violation_error_message="Cette compétence détaillée a déjà une auto-évaluation pour cette période.",
            ),
            models.UniqueConstraint(
                fields=["inscription", "competence", "periode"],
                condition=Q(competence__isnull=False),
                name="auto_evaluation_competence_unique",
                violation_error_message="Cette compétence a déjà une auto-évaluation pour cette période.",
            ),
            models.CheckConstraint(
                condition=Q(niveau__range=(1, 4)),
                name="auto_evaluation_niveau_1_a_4",
                violation_error_message="Le niveau que l'on se donne va de 1 à 4.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.detaillee_id or self.competence_id} : {self.niveau}"
