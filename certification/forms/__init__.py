"""Formulaires de la certification."""
