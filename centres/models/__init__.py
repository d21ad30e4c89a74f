"""Qui est où : personnes, centres, classes, inscriptions, et le journal de ce qui a été fait."""

from centres.models.apprenants import Apprenant, Classe, Inscription
from centres.models.journal import Chaine, Evenement
from centres.models.personnes import Affectation, Centre, Utilisateur

__all__ = ["Affectation", "Apprenant", "Centre", "Chaine", "Classe", "Evenement", "Inscription", "Utilisateur"]
