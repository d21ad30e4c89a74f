"""Le contenu d'un événement devient effaçable : la chaîne n'en tient plus que l'empreinte salée."""

import hashlib
import json
import secrets
from datetime import UTC
from importlib import import_module

from django.db import migrations, models

from trpm.socle.declencheurs import refuser

ANCIENNES = import_module("centres.migrations.0002_journal_ajout_seul").REGLES
# La seule modification admise : vider avant, après, motif et sel, ensemble, une fois.
AUTRE_QU_UN_EFFACEMENT = " OR ".join(
    [
        "OLD.sel = ''",
        "NEW.sel <> ''",
        "NEW.avant IS NOT NULL",
        "NEW.apres IS NOT NULL",
        "NEW.motif <> ''",
        *(
            f"NEW.{colonne} <> OLD.{colonne}"
            for colonne in (
                "id", "chaine_id", "rang", "le", "acte", "objet",
                "empreinte_contenu", "empreinte_precedente", "empreinte",
            )
        ),
        "NEW.auteur_id IS DISTINCT FROM OLD.auteur_id",
        "NEW.operation IS DISTINCT FROM OLD.operation",
    ]
)
REGLES = [
    refuser(
        "evenement_sans_modification",
        "centres_evenement",
        "UPDATE",
        "Le journal est en ajout seul.",
        condition=AUTRE_QU_UN_EFFACEMENT,
    ),
    *ANCIENNES[1:],
]


def desarmer(apps, schema_editor):
    for _, retirer in ANCIENNES:
        retirer(apps, schema_editor)


def armer(apps, schema_editor):
    for poser, _ in REGLES:
        poser(apps, schema_editor)


def rechainer(apps, schema_editor):
    """Refait les chaînes sous leur nouvelle forme ; une chaîne déjà rompue arrête tout, elle ne se blanchit pas."""
    Chaine = apps.get_model("centres", "Chaine")
    Evenement = apps.get_model("centres", "Evenement")
    for chaine in Chaine.objects.order_by("pk"):
        ancienne = nouvelle = ""
        rang = 0
        for evenement in Evenement.objects.filter(chaine=chaine).order_by("rang").iterator(chunk_size=2000):
            rang += 1
            if (evenement.rang, evenement.empreinte_precedente, evenement.empreinte) != (
                rang, ancienne, _ancienne_empreinte(evenement),
            ):
                raise RuntimeError(f"Journal altéré : {chaine.nom} n° {evenement.rang}.")
            ancienne = evenement.empreinte
            nouvelle = _sceller(evenement, nouvelle)
            evenement.save()
        if (chaine.rang, chaine.empreinte) != (rang, ancienne):
            raise RuntimeError(f"Journal altéré : la fin de {chaine.nom} manque.")
        Chaine.objects.filter(pk=chaine.pk).update(empreinte=nouvelle)
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute("SET CONSTRAINTS ALL IMMEDIATE")


def _sceller(evenement, precedente):
    evenement.sel = secrets.token_hex(16)
    contenu = {champ: getattr(evenement, champ) for champ in ("avant", "apres", "motif", "sel")}
    evenement.empreinte_contenu = _sha256(contenu)
    evenement.empreinte_precedente = precedente
    evenement.empreinte = _sha256({**_reperes(evenement), "empreinte_contenu": evenement.empreinte_contenu})
    return evenement.empreinte


def _ancienne_empreinte(evenement):
    contenu = {champ: getattr(evenement, champ) for champ in ("avant", "apres", "motif")}
    return _sha256({**_reperes(evenement), **contenu})


def _reperes(evenement):
    return {
        "chaine_id": evenement.chaine_id,
        "rang": evenement.rang,
        "le": evenement.le.astimezone(UTC).isoformat(timespec="microseconds"),
        "auteur_id": evenement.auteur_id,
        "acte": evenement.acte,
        "objet": evenement.objet,
        "operation": str(evenement.operation) if evenement.operation else None,
        "empreinte_precedente": evenement.empreinte_precedente,
    }


def _sha256(valeur):
    texte = json.dumps(valeur, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(texte.encode()).hexdigest()


class Migration(migrations.Migration):
    dependencies = [("centres", "0006_consultations")]

    operations = [
        migrations.RunPython(desarmer),
        migrations.AddField(
            model_name="evenement",
            name="sel",
            field=models.CharField(default="", max_length=32, verbose_name="sel"),
            preserve_default=False,
        ),
        migrations.AddField(
            model_name="evenement",
            name="empreinte_contenu",
            field=models.CharField(default="", max_length=64, verbose_name="empreinte du contenu"),
            preserve_default=False,
        ),
        migrations.RunPython(rechainer),
        migrations.RunPython(armer),
        migrations.AddField(
            model_name="apprenant",
            name="anonymise_le",
            field=models.DateTimeField(blank=True, editable=False, null=True, verbose_name="anonymisé le"),
        ),
    ]
