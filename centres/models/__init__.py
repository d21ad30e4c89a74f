"""Qui est où : personnes, centres, classes, inscriptions, entreprises, et le journal de ce qui a été fait."""

from centres.models.acces import Consultation, Invitation
from centres.models.apprenants import Apprenant, Classe, Inscription
from centres.models.connexions import EssaiConnexion, SessionOuverte
from centres.models.conservation import Conservation, Gel
from centres.models.entreprises import Entreprise, Tuteur
from centres.models.imports import ImportListe
from centres.models.journal import Chaine, Evenement, Registre
from centres.models.partages import Partage
from centres.models.personnes import Affectation, Centre, Utilisateur

__all__ = [
    "Affectation",
    "Apprenant",
    "Centre",
    "Chaine",
    "Classe",
    "Conservation",
    "Consultation",
    "Entreprise",
    "EssaiConnexion",
    "Evenement",
    "Gel",
    "ImportListe",
    "Inscription",
    "Invitation",
    "Partage",
    "Registre",
    "SessionOuverte",
    "Tuteur",
    "Utilisateur",
]
