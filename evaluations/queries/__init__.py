"""Lectures des évaluations."""
