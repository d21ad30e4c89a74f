"""Actes des évaluations."""
