"""Têtes de chaîne et consultations scellées par une clé hors de la base ; un registre compte les chaînes."""

import json
from collections import Counter
from datetime import UTC
from importlib import import_module

from django.conf import settings
from django.db import migrations, models
from django.utils.crypto import salted_hmac

from trpm.socle.declencheurs import refuser

TETES = import_module("centres.migrations.0007_journal_effacable").REGLES[2:]
CONSULTATIONS = import_module("centres.migrations.0006_consultations").REGLES
REGLES = [
    refuser(
        "registre_ne_recule_pas",
        "centres_registre",
        "UPDATE",
        "Le registre des chaines ne recule pas.",
        condition="NEW.nombre <= OLD.nombre OR NEW.id <> OLD.id",
    ),
    refuser("registre_sans_suppression", "centres_registre", "DELETE", "Le journal est en ajout seul."),
]


def desarmer(apps, schema_editor):
    for _, retirer in (*TETES, *CONSULTATIONS):
        retirer(apps, schema_editor)


def armer(apps, schema_editor):
    for poser, _ in (*TETES, *CONSULTATIONS, *REGLES):
        poser(apps, schema_editor)


def sceller_les_tetes(apps, schema_editor):
    """Une tête qui n'est pas celle de son dernier événement arrête tout : un sceau ne blanchit rien."""
    Chaine = apps.get_model("centres", "Chaine")
    Evenement = apps.get_model("centres", "Evenement")
    nombre = 0
    for nombre, chaine in enumerate(Chaine.objects.order_by("pk"), start=1):
        dernier = Evenement.objects.filter(chaine=chaine).order_by("-rang").values_list("rang", "empreinte").first()
        if (chaine.rang, chaine.empreinte) != (dernier or (0, "")):
            raise RuntimeError(f"Journal altéré : la fin de {chaine.nom} manque.")
        sceau = _sceau("tete", chaine.nom, nombre, chaine.rang, chaine.empreinte)
        Chaine.objects.filter(pk=chaine.pk).update(numero=nombre, sceau=sceau)
    apps.get_model("centres", "Registre").objects.create(pk=1, nombre=nombre, sceau=_sceau("registre", nombre))


def sceller_les_consultations(apps, schema_editor):
    Consultation = apps.get_model("centres", "Consultation")
    rangs = Counter()
    precedente = 0
    for une in Consultation.objects.order_by("pk").iterator(chunk_size=2000):
        rangs[une.auteur_id] += 1
        le = une.le.astimezone(UTC).isoformat(timespec="microseconds")
        rang = rangs[une.auteur_id]
        sceau = _sceau("consultation", le, une.auteur_id, une.centre_id, une.objet, une.page, rang, precedente)
        Consultation.objects.filter(pk=une.pk).update(rang=rang, precedente=precedente, sceau=sceau)
        precedente = une.pk
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute("SET CONSTRAINTS ALL IMMEDIATE")


def _sceau(domaine, *valeurs):
    texte = json.dumps(valeurs, separators=(",", ":"), ensure_ascii=False)
    cle = settings.SECRET_KEY
    return salted_hmac(f"centres.journal.{domaine}", texte, secret=cle, algorithm="sha256").hexdigest()


class Migration(migrations.Migration):
    dependencies = [("centres", "0007_journal_effacable")]

    operations = [
        migrations.CreateModel(
            name="Registre",
            fields=[
                ("id", models.PositiveSmallIntegerField(primary_key=True, serialize=False)),
                ("nombre", models.PositiveIntegerField(default=0, verbose_name="chaînes ouvertes")),
                ("sceau", models.CharField(blank=True, max_length=64, verbose_name="sceau")),
            ],
            options={"verbose_name": "registre des chaînes"},
        ),
        migrations.RunPython(desarmer),
        migrations.AddField(
            "chaine", "numero", models.PositiveIntegerField(default=0, verbose_name="numéro au registre")
        ),
        migrations.AddField(
            "chaine",
            "sceau",
            models.CharField(blank=True, default="", max_length=64, verbose_name="sceau"),
            preserve_default=False,
        ),
        migrations.AddField(
            "consultation", "rang", models.PositiveIntegerField(default=0, verbose_name="rang pour cet auteur")
        ),
        migrations.AddField(
            "consultation",
            "precedente",
            models.PositiveBigIntegerField(default=0, verbose_name="dernière ligne déjà écrite"),
        ),
        migrations.AddField(
            "consultation",
            "sceau",
            models.CharField(blank=True, default="", max_length=64, verbose_name="sceau"),
            preserve_default=False,
        ),
        migrations.AddIndex("consultation", models.Index(fields=["auteur", "-rang"], name="consultation_rang")),
        migrations.RunPython(sceller_les_tetes),
        migrations.RunPython(sceller_les_consultations),
        migrations.RunPython(armer),
    ]
