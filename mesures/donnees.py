"""Une base jetable et des classes entières, semblables à la démonstration, de taille choisie."""

from datetime import date
from typing import Any

import yaml
from django.conf import settings
from django.core.management import call_command
from django.utils import timezone

from centres.enums import Role, StatutApprenant, StatutCentre
from centres.models import Affectation, Apprenant, Centre, Classe, Inscription, Utilisateur
from evaluations.models import Positionnement, Situation
from evaluations.services.donnees import DonneesSituation
from evaluations.services.situations import creer_situation
from referentiel.models import CompetenceDetaillee, VersionReferentiel
from referentiel.services import creer_sessions, importer_referentiel
from trpm.socle.statiques import INUTILISES

EDITEURS = 8
ANNEE = 2026


def preparer_base() -> None:
    """Schéma, fichiers statiques et référentiel, dans le dossier et la base de cette exécution."""
    call_command("migrate", interactive=False, verbosity=0)
    call_command("collectstatic", interactive=False, verbosity=0, ignore_patterns=INUTILISES)
    faits = settings.BASE_DIR / "fixtures" / "referentiel" / "trpm.yaml"
    version = importer_referentiel(yaml.safe_load(faits.read_text()))
    creer_sessions(version.diplome, [ANNEE])
    centre = Centre.objects.create(nom="Banc d'essai", commune="Lyon", statut=StatutCentre.PUBLIC)
    for rang in range(EDITEURS):
        enseignant = Utilisateur.objects.create_user(username=f"enseignant{rang}", last_name=f"Enseignant {rang}")
        Affectation.objects.create(
            utilisateur=enseignant, role=Role.ENSEIGNANT, centre=centre, debut=date(ANNEE - 3, 9, 1)
        )


def fabriquer_grille(effectif: int, *, pleine: bool = True) -> Situation:
    """Une situation qui évalue les 57 compétences détaillées de l'option RSP pour `effectif` apprenants."""
    version = VersionReferentiel.objects.get(diplome__code="TRPM")
    option = version.options.get(code="RSP")
    auteur = Utilisateur.objects.get(username="enseignant0")
    classe = _classe(version, effectif, pleine)
    apprenants = Apprenant.objects.bulk_create(
        Apprenant(nom=f"Nom-{rang:02}", prenom=f"Prénom{rang:02}") for rang in range(effectif)
    )
    inscrits = Inscription.objects.bulk_create(
        Inscription(
            apprenant=apprenant,
            classe=classe,
            option=option,
            statut=StatutApprenant.SCOLAIRE,
            debut=date(ANNEE - 1, 9, 1),
        )
        for apprenant in apprenants
    )
    detaillees = list(CompetenceDetaillee.objects.de_l_option(option).filter(competence__version=version))
    situation = creer_situation(utilisateur=auteur, classe=classe, donnees=_donnees(detaillees))
    if pleine:
        Positionnement.objects.bulk_create(_positionnements(situation, inscrits, detaillees, auteur))
    return situation


def _classe(version: VersionReferentiel, effectif: int, pleine: bool) -> Classe:
    return Classe.objects.create(
        centre=Centre.objects.get(nom="Banc d'essai"),
        nom=f"T{effectif}{'P' if pleine else 'V'}{Classe.objects.count()}",
        annee_scolaire=ANNEE - 1,
        annee_cycle=3,
        version=version,
        session=version.diplome.sessions.get(annee=ANNEE),
    )


def _donnees(detaillees: list[CompetenceDetaillee]) -> DonneesSituation:
    valeurs: dict[str, Any] = {
        "code": "S1",
        "titre": "Étau de montage",
        "nature": "certificative",
        "debut": date(ANNEE, 3, 12),
        "epreuves": ("E2", "E31", "E32"),
        "evaluees": tuple(sorted({detaillee.code for detaillee in detaillees})),
    }
    return DonneesSituation(**valeurs)


def _positionnements(
    situation: Situation, inscrits: list[Inscription], detaillees: list[CompetenceDetaillee], auteur: Utilisateur
) -> list[Positionnement]:
    """Niveaux et versions variés mais toujours les mêmes ; une case sur onze porte un état."""
    lignes = []
    for rang, inscrit in enumerate(inscrits):
        for place, detaillee in enumerate(detaillees):
            sans_niveau = (rang + place) % 11 == 0
            ligne = Positionnement(situation=situation, inscription=inscrit, detaillee=detaillee, auteur=auteur)
            ligne.niveau = None if sans_niveau else 1 + (rang * 7 + place * 5) % 4
            ligne.etat = "NE" if sans_niveau else ""
            ligne.version, ligne.modifie_le = 1 + (rang + place) % 3, timezone.now()
            lignes.append(ligne)
    return lignes
