"""Vocabulaire fermé des évaluations."""

from django.db.models import TextChoices


class Etat(TextChoices):
    """États non numériques d'un positionnement : jamais zéro, jamais dans un calcul."""

    NON_EVALUE = "NE", "non évalué"
    ABSENCE_JUSTIFIEE = "ABJ", "absence justifiée"
    ABSENCE_INJUSTIFIEE = "ABN", "absence injustifiée"
    DISPENSE = "DISP", "dispensé"


class Lieu(TextChoices):
    CENTRE = "centre", "en centre"
    ENTREPRISE = "entreprise", "en entreprise"


class Nature(TextChoices):
    FORMATIVE = "formative", "formative"
    CERTIFICATIVE = "certificative", "certificative"


class NatureRessource(TextChoices):
    """Rubriques de l'inventaire, deuxième partie du dossier du candidat."""

    DOCUMENT = "document", "document"
    MATERIEL = "materiel", "matériel, machine"
    OUTIL = "outil", "outil, outillage"
    LOGICIEL = "logiciel", "moyen numérique"
