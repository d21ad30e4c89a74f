"""Formulaires des centres et des personnes ; les règles sont celles des services."""
