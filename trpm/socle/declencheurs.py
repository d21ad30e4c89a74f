"""Déclencheurs de base de données : ce que même une requête directe ne peut pas faire, sur SQLite et PostgreSQL."""

from collections.abc import Callable

from django.apps.registry import Apps
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

Geste = Callable[[Apps, BaseDatabaseSchemaEditor], None]


def refuser(nom: str, table: str, evenement: str, message: str, condition: str = "") -> tuple[Geste, Geste]:
    """Deux gestes de migration, poser et retirer un déclencheur qui refuse `evenement` (UPDATE ou DELETE).

    `condition` porte sur OLD et NEW dans la syntaxe commune aux deux bases ; vide, tout est refusé.
    TRUNCATE reste permis sur PostgreSQL : seul le propriétaire de la table peut l'employer.
    """
    quand = f"WHEN ({condition})" if condition else ""
    avant = f"CREATE TRIGGER {nom} BEFORE {evenement} ON {table} FOR EACH ROW {quand}"

    def poser(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
        if schema_editor.connection.vendor == "postgresql":
            schema_editor.execute(
                f"CREATE FUNCTION {nom}() RETURNS trigger LANGUAGE plpgsql AS "
                f"$$ BEGIN RAISE EXCEPTION '{message}' USING ERRCODE = 'integrity_constraint_violation'; END $$"
            )
            schema_editor.execute(f"{avant} EXECUTE FUNCTION {nom}()")
        else:
            schema_editor.execute(f"{avant} BEGIN SELECT RAISE(ABORT, '{message}'); END")

    def retirer(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
        if schema_editor.connection.vendor == "postgresql":
            schema_editor.execute(f"DROP TRIGGER {nom} ON {table}")
            schema_editor.execute(f"DROP FUNCTION {nom}()")
        else:
            schema_editor.execute(f"DROP TRIGGER {nom}")

    return poser, retirer


def refuser_selon(nom: str, table: str, evenement: str, message: str, condition: str) -> tuple[Geste, Geste]:
    """Comme `refuser`, quand la condition lit une autre table : PostgreSQL ne l'admet que dans la fonction."""
    avant = f"CREATE TRIGGER {nom} BEFORE {evenement} ON {table} FOR EACH ROW"
    rendu = "OLD" if evenement == "DELETE" else "NEW"

    def poser(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
        if schema_editor.connection.vendor == "postgresql":
            schema_editor.execute(
                f"CREATE FUNCTION {nom}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN IF {condition} THEN "
                f"RAISE EXCEPTION '{message}' USING ERRCODE = 'integrity_constraint_violation'; END IF; "
                f"RETURN {rendu}; END $$"
            )
            schema_editor.execute(f"{avant} EXECUTE FUNCTION {nom}()")
        else:
            schema_editor.execute(f"{avant} WHEN {condition} BEGIN SELECT RAISE(ABORT, '{message}'); END")

    return poser, refuser(nom, table, evenement, message)[1]
