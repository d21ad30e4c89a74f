"""Listes d'apprenants, de personnels et d'entreprises : du fichier d'un établissement à un verdict par ligne."""
