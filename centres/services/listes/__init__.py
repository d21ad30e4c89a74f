"""Planifier et accomplir l'import d'une liste : mêmes règles que les actes faits un par un, en lots."""
