"""Vocabulaire fermé des centres et des personnes."""

from django.db.models import TextChoices


class StatutCentre(TextChoices):
    """Statut d'un établissement ; il donne la modalité d'évaluation par défaut."""

    PUBLIC = "public", "public"
    SOUS_CONTRAT = "sous_contrat", "privé sous contrat"
    HORS_CONTRAT = "hors_contrat", "privé hors contrat"
    CFA = "cfa", "CFA"


class Modalite(TextChoices):
    """Comment les candidats d'un centre sont évalués ; en ponctuel, aucune note de CCF."""

    CCF = "ccf", "contrôle en cours de formation"
    PONCTUEL = "ponctuel", "épreuve ponctuelle"


class Role(TextChoices):
    """Ce qu'une personne fait dans un centre, pendant un temps (DOMAINE §7)."""

    ENSEIGNANT = "enseignant", "enseignant"
    REFERENT = "referent", "professeur référent"
    DDFPT = "ddfpt", "DDFPT"
    CHEF = "chef", "chef de centre"
    COMMISSION = "commission", "membre de commission"
    INSPECTEUR = "inspecteur", "inspecteur"
    ADMINISTRATEUR = "administrateur", "administrateur"


# L'équipe écrit les observations ; les rôles de lecture voient aussi les notes proposées, jamais l'administrateur.
ROLES_EQUIPE = frozenset({Role.ENSEIGNANT, Role.REFERENT, Role.DDFPT, Role.CHEF})
ROLES_NOTATION = frozenset({Role.ENSEIGNANT, Role.REFERENT})
ROLES_LECTURE = ROLES_EQUIPE | {Role.COMMISSION, Role.INSPECTEUR}


class StatutApprenant(TextChoices):
    """Statut d'une inscription ; il change parfois en cours de cycle."""

    SCOLAIRE = "scolaire", "élève"
    APPRENTI = "apprenti", "apprenti"
    FORMATION_CONTINUE = "formation_continue", "stagiaire de la formation continue"
