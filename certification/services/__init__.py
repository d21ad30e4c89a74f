"""Actes de la certification."""
