"""Les notes qu'un candidat garde d'une session passée."""

from typing import Self

from django.contrib.auth.models import AnonymousUser
from django.db import models
from django.db.models import Q

from centres.models import Apprenant, Classe, Inscription, Utilisateur
from referentiel.models import Epreuve, SessionExamen

# Années pendant lesquelles un candidat peut garder une note (DOMAINE §4).
DUREE_BENEFICE = 5


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
