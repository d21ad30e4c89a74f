"""Lectures des pages des centres : un nombre de requêtes constant."""

from centres.queries.classes import Effectif, Inscrit, classes_par_annee, effectif_des, inscrits

__all__ = ["Effectif", "Inscrit", "classes_par_annee", "effectif_des", "inscrits"]
