"""Chaque colonne de texte libre a un sort au terme du délai : une nouvelle colonne oblige à en décider."""

from django.apps import apps
from django.db import models

from certification.services.effacement import AUTRES
from certification.services.effacement import EFFACEMENTS as EFFACEMENTS_CERTIFICATION
from evaluations.services.effacement import EFFACEMENTS as EFFACEMENTS_EVALUATIONS

APPLICATIONS = ("referentiel", "centres", "evaluations", "certification")
SORTES = (models.CharField, models.TextField, models.JSONField, models.FileField)
# Effacées ou vidées par la purge d'un apprenant.
EFFACEES = {
    "centres.Apprenant": {"nom", "prenom", "ine", "ecritures"},
    "centres.Utilisateur": {"username", "email", "first_name", "last_name", "password"},
    "centres.Evenement": {"avant", "apres", "motif", "sel"},
    "centres.Gel": {"motif"},
    "centres.ImportListe": {"nom_fichier", "contenu", "colonnes", "rapport"},
    "centres.Invitation": {"empreinte"},
    "centres.Partage": {"empreinte"},
    "centres.SessionOuverte": {"cle", "appareil"},
    "certification.Travail": {"fichier"},
    "certification.NumeroCandidat": {"numero"},
    "certification.PieceDossier": {"titre", "fichier", "sha256"},
    "certification.AvisInspection": {"remarque"},
    # Le dernier candidat effacé emporte le manifeste et ses pièces communes ; les empreintes restent, elles prouvent.
    "certification.Archive": {"manifeste", "motif"},
    "certification.PieceArchive": {"nom", "fichier"},
    "evaluations.FabricationBilans": {"fichier"},
    "evaluations.PiecePortfolio": {"titre", "fichier", "type_mime", "sha256", "legende"},
}
# Ne parlent d'aucun apprenant : l'établissement, l'entreprise, le tuteur, la situation commune, des clés.
GARDEES = {
    "centres.Centre": {"uai", "nom", "commune"},
    "centres.Classe": {"nom"},
    "centres.Chaine": {"nom", "empreinte", "sceau"},
    "centres.Registre": {"sceau"},
    "centres.Evenement": {"acte", "objet", "empreinte_precedente", "empreinte", "empreinte_contenu"},
    "centres.Consultation": {"objet", "page", "sceau"},
    "centres.Entreprise": {"nom", "commune", "siret"},
    "centres.Tuteur": {"nom", "prenom", "email", "fonction"},
    "centres.EssaiConnexion": {"cle"},
    "certification.Commission": {"lieu"},
    "certification.MembreCommission": {"nom", "qualite"},
    # Des niveaux et des codes de situations : ni l'un ni l'autre ne nomme le candidat.
    "certification.Proposition": {"entrees", "resultat"},
    "certification.ClasseurOfficiel": {"nom", "fichier", "sha256", "correspondance"},
    "certification.Archive": {"empreinte", "precedente"},
    "certification.PieceArchive": {"sha256"},
    "evaluations.Situation": {"code", "titre", "entreprise", "description"},
    "evaluations.Ressource": {"designation"},
    "evaluations.PeriodePfmp": {"code", "intitule"},
    "evaluations.LienTuteur": {"empreinte"},
    "evaluations.Formulation": {"texte"},
    "evaluations.QuestionPfmp": {"texte"},
    "evaluations.Echelle": {"intitule"},
    "evaluations.NiveauAttendu": {"descripteur"},
    "evaluations.Sequence": {"intitule", "problematique", "objectifs", "deroulement", "ressources"},
    "evaluations.CampagneBilans": {"intitule"},
    # Des niveaux, leur situation, leur date et l'enseignant : ce que la purge garde aussi ailleurs.
    "evaluations.BilanPeriode": {"niveaux"},
}
EFFACEMENTS = (*EFFACEMENTS_EVALUATIONS, *EFFACEMENTS_CERTIFICATION)


def _textes_libres(modele: type[models.Model]) -> set[str]:
    """Les colonnes où l'on écrit ce que l'on veut ; un vocabulaire fermé ne nomme personne."""
    return {champ.name for champ in modele._meta.concrete_fields if isinstance(champ, SORTES) and not champ.choices}


def test_chaque_colonne_de_texte_a_un_sort_a_la_purge() -> None:
    effacees = {nom: set(champs) for nom, champs in EFFACEES.items()}
    for effacement in EFFACEMENTS:
        effacees.setdefault(effacement.modele._meta.label, set()).update(effacement.textes)
    sans_sort = {
        f"{modele._meta.label}.{champ}"
        for app in APPLICATIONS[1:]
        for modele in apps.get_app_config(app).get_models()
        if not modele._meta.proxy
        for champ in _textes_libres(modele)
        - effacees.get(modele._meta.label, set())
        - GARDEES.get(modele._meta.label, set())
    }
    assert sans_sort == set()


def test_aucune_colonne_decidee_n_a_disparu() -> None:
    for sorts in (EFFACEES, GARDEES):
        for nom, champs in sorts.items():
            assert champs <= {champ.name for champ in apps.get_model(nom)._meta.concrete_fields}, nom


def test_chaque_table_qui_mene_a_un_apprenant_est_connue_de_la_purge() -> None:
    """Toute clé vers un apprenant ou une inscription : soit la purge la traite, soit la ligne reste, sans texte."""
    connues = {effacement.modele._meta.label for effacement in EFFACEMENTS}
    connues |= {modele._meta.label for modele in AUTRES}
    connues |= {"centres.Inscription", "centres.Gel", "certification.BeneficeNote", "certification.Candidat"}
    connues |= {"centres.Partage", "certification.NumeroCandidat", "evaluations.PiecePortfolio"}
    vers = {
        modele._meta.label
        for app in APPLICATIONS
        for modele in apps.get_app_config(app).get_models()
        for champ in modele._meta.concrete_fields
        if champ.related_model is not None
        and champ.related_model._meta.label in {"centres.Apprenant", "centres.Inscription"}
    }
    assert vers - connues == set()
