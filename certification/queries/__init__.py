"""Lectures de la certification : grilles en vigueur, candidats et leurs preuves, contenu des dossiers."""
