"""Données de démonstration : un centre inventé et sa cohorte, tirés d'une graine et écrits par les services."""
