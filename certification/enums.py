"""Vocabulaire fermé de la certification : grilles, commission, dossiers, archives (DOMAINE §4 et §5)."""

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


class NatureTravail(TextChoices):
    DOSSIERS = "dossiers", "dossiers de la classe"
    ARCHIVE = "archive", "archive de la commission"
    CLASSEURS = "classeurs", "grilles officielles de la classe"


class FormatTravail(TextChoices):
    PDF = "pdf", "un seul PDF"
    ZIP = "zip", "un fichier par candidat (.zip)"


class EtatCommission(TextChoices):
    """Close, la commission et tout ce qu'elle a dit sont figés ; la rouvrir en fait une nouvelle version."""

    CONVOQUEE = "convoquee", "convoquée"
    OUVERTE = "ouverte", "ouverte"
    CLOSE = "close", "close"


class EtatProposition(TextChoices):
    """Où en est un candidat à une épreuve devant la commission."""

    A_ETUDIER = "a_etudier", "à étudier"
    PROPOSEE = "proposee", "note proposée"
    ABSENT = "absent", "absent"
    DISPENSE = "dispense", "dispensé"
    PONCTUEL = "ponctuel", "épreuve ponctuelle"
    BENEFICE = "benefice", "note conservée"


class Avis(TextChoices):
    """L'inspecteur dit si une situation convient ; il ne bloque rien (DOMAINE §4)."""

    CONFORME = "conforme", "conforme"
    A_REVOIR = "a_revoir", "à revoir"


class NaturePiece(TextChoices):
    """À quelle partie du dossier se joint une pièce (DOMAINE §4)."""

    SITUATION = "situation", "situations et activités"
    MOYENS = "moyens", "documents et moyens"
    FICHE = "fiche", "fiche d'évaluation"
    SYNTHESE = "synthese", "synthèse"


class NatureArchive(TextChoices):
    PV = "pv", "procès-verbal"
    RECAPITULATIF = "recapitulatif", "liste récapitulative"
    GRILLE = "grille", "grille de notation"
    DOSSIER = "dossier", "dossier du candidat"
