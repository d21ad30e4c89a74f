"""Ce que ferait quelqu'un qui tient la base : désarmer les déclencheurs, écrire, les réarmer."""

from collections.abc import Sequence
from importlib import import_module

from django.apps import apps
from django.db import connection

MIGRATIONS = ("0006_consultations", "0007_journal_effacable", "0008_journal_scelle")
REGLES = [regle for nom in MIGRATIONS for regle in import_module(f"centres.migrations.{nom}").REGLES]


def alterer(sql: str, valeurs: Sequence[object] = ()) -> None:
    editeur = connection.schema_editor(atomic=False)
    editeur.deferred_sql = []
    with connection.cursor() as curseur:
        if connection.vendor == "postgresql":
            curseur.execute("SET CONSTRAINTS ALL IMMEDIATE")
        for _, retirer in REGLES:
            retirer(apps, editeur)
        curseur.execute(sql, list(valeurs))
        for poser, _ in REGLES:
            poser(apps, editeur)
