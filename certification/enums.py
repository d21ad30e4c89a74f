"""Vocabulaire fermé de la certification : les paramètres d'une grille (DOMAINE §5)."""

from django.db.models import TextChoices


class Granularite(TextChoices):
    COMPETENCE_DETAILLEE = "competence_detaillee", "meilleur niveau de chaque compétence détaillée"
    COMPETENCE = "competence", "meilleure moyenne de la compétence par situation"


class NonEvalue(TextChoices):
    BLOQUE = "bloque", "une compétence non évaluée bloque la note"
    RENORMALISE = "renormalise", "note sur le poids évalué, couverture affichée"


class Arrondi(TextChoices):
    DEMI_POINT_SUPERIEUR = "demi_point_superieur", "au demi-point supérieur"
    DEMI_POINT_PROCHE = "demi_point_proche", "au demi-point le plus proche"
    AUCUN = "aucun", "aucun arrondi"


class EtatTravail(TextChoices):
    """Où en est une fabrication de dossiers confiée au traitement de fond."""

    EN_ATTENTE = "en_attente", "en attente"
    EN_COURS = "en_cours", "en cours"
    FINI = "fini", "prêt"
    ECHOUE = "echoue", "interrompu"
