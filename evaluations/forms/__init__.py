"""Formulaires des évaluations."""
