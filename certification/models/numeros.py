"""Le numéro sous lequel le jury connaît un candidat."""

from django.core.validators import RegexValidator
from django.db import models

from centres.models import Inscription
from referentiel.models import SessionExamen

NUMERO = RegexValidator(r"\A[0-9A-Z]+\Z", "Un numéro de candidat ne porte que des chiffres et des lettres.")


class NumeroCandidat(models.Model):
    """Donné par la division des examens ; TRPM le recopie, unique dans une session."""

    inscription = models.OneToOneField(Inscription, on_delete=models.PROTECT, related_name="+")
    # Celle de la classe : la base refuse un doublon, ce qu'une contrainte ne sait pas lire à travers une autre table.
    session = models.ForeignKey(SessionExamen, on_delete=models.PROTECT, related_name="+")
    numero = models.CharField("numéro", max_length=20, validators=[NUMERO])

    class Meta:
        verbose_name = "numéro de candidat"
        verbose_name_plural = "numéros de candidats"
        ordering = ["inscription"]
        constraints = [
            models.UniqueConstraint(
                fields=["session", "numero"],
                name="numero_unique_par_session",
                violation_error_message="Ce numéro est déjà celui d'un autre candidat de la session.",
            )
        ]

    def __str__(self) -> str:
        return self.numero
