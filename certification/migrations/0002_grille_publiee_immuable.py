"""Une grille publiée ne change plus, ni ses poids, quel que soit le programme qui écrit."""

from django.db import migrations

from trpm.socle.declencheurs import refuser

MESSAGE = "Une grille publiee ne change plus : publier une nouvelle version."
PUBLIEE = "EXISTS (SELECT 1 FROM certification_grille WHERE id IN ({grilles}) AND publiee_le IS NOT NULL)"
# Événement → grilles concernées : un poids ne quitte pas une grille publiée et n'y entre pas.
POIDS = {"INSERT": "NEW.grille_id", "UPDATE": "OLD.grille_id, NEW.grille_id", "DELETE": "OLD.grille_id"}


def _nom(evenement):
    return f"poids_publie_sans_{evenement.lower()}"


def proteger_les_poids(apps, schema_editor):
    """La condition lit une autre table : PostgreSQL ne l'admet pas dans WHEN, elle va dans la fonction."""
    for evenement, grilles in POIDS.items():
        nom, condition = _nom(evenement), PUBLIEE.format(grilles=grilles)
        avant = f"CREATE TRIGGER {nom} BEFORE {evenement} ON certification_poidsgrille FOR EACH ROW"
        if schema_editor.connection.vendor == "postgresql":
            suite = "OLD" if evenement == "DELETE" else "NEW"
            schema_editor.execute(
                f"CREATE FUNCTION {nom}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN IF {condition} THEN "
                f"RAISE EXCEPTION '{MESSAGE}' USING ERRCODE = 'integrity_constraint_violation'; END IF; "
                f"RETURN {suite}; END $$"
            )
            schema_editor.execute(f"{avant} EXECUTE FUNCTION {nom}()")
        else:
            schema_editor.execute(f"{avant} WHEN {condition} BEGIN SELECT RAISE(ABORT, '{MESSAGE}'); END")


def liberer_les_poids(apps, schema_editor):
    for evenement in POIDS:
        nom = _nom(evenement)
        if schema_editor.connection.vendor == "postgresql":
            schema_editor.execute(f"DROP TRIGGER {nom} ON certification_poidsgrille")
            schema_editor.execute(f"DROP FUNCTION {nom}()")
        else:
            schema_editor.execute(f"DROP TRIGGER {nom}")


class Migration(migrations.Migration):
    dependencies = [("certification", "0001_initial")]
    operations = [
        migrations.RunPython(
            *refuser("grille_publiee_sans_modification", "certification_grille", "UPDATE", MESSAGE, "OLD.publiee_le IS NOT NULL")
        ),
        migrations.RunPython(
            *refuser("grille_publiee_sans_suppression", "certification_grille", "DELETE", MESSAGE, "OLD.publiee_le IS NOT NULL")
        ),
        migrations.RunPython(proteger_les_poids, liberer_les_poids),
    ]
