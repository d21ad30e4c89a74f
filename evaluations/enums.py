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


class ValeurTuteur(TextChoices):
    """Ce que dit le tuteur, gardé tel quel."""

    NON_EVALUE = "NE", "non évalué"
    NON_ACQUIS = "NA", "non acquis"
    EN_COURS = "ECA", "en cours d'acquisition"
    ACQUIS = "A", "acquis"


class Autonomie(TextChoices):
    """Comment l'apprenant s'y prend, dit par le tuteur à côté de sa réponse."""

    MONTRE = "montre", "il faut lui montrer"
    AIDE = "aide", "avec de l'aide"
    SEUL = "seul", "sans aide"


class Attitude(TextChoices):
    """Les six attitudes observées en entreprise (DOMAINE §3)."""

    HABILETE = "habilete", "habileté"
    SOCIABILITE = "sociabilite", "sociabilité"
    INTERET = "interet", "intérêt"
    INITIATIVE = "initiative", "initiative"
    ANALYSE_CRITIQUE = "analyse_critique", "analyse critique"
    ASSIDUITE = "assiduite", "assiduité"


class NatureSequence(TextChoices):
    SEQUENCE = "sequence", "séquence"
    PROJET = "projet", "projet"


class NatureBilan(TextChoices):
    INTERMEDIAIRE = "intermediaire", "bilan intermédiaire"
    INDIVIDUEL = "individuel", "bilan individuel"


class EtatBilan(TextChoices):
    """Formalisé : plus rien ne change, l'apprenant le lit."""

    A_PREPARER = "a_preparer", "à préparer"
    PREPARE = "prepare", "préparé"
    FORMALISE = "formalise", "formalisé"


class NaturePiece(TextChoices):
    PHOTO = "photo", "photo"
    PDF = "pdf", "document PDF"
    PROGRAMME = "programme", "programme"


class EtatFabrication(TextChoices):
    EN_ATTENTE = "en_attente", "en attente"
    EN_COURS = "en_cours", "en cours"
    FINI = "fini", "prêt"
    ECHOUE = "echoue", "interrompu"
