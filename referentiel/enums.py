"""Vocabulaire fermé du référentiel (bibliothèque standard et énumérations de Django seulement)."""

from django.db.models import TextChoices


class Nature(TextChoices):
    """Nature d'une compétence dans le document source."""

    TRANSVERSALE = "transversale", "transversale"
    SPECIFIQUE = "spécifique", "spécifique"
