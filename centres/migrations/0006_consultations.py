"""Chaque consultation dit de quel centre étaient les notes ; leur table ne fait que croître."""

import django.db.models.deletion
from django.db import migrations, models

from trpm.socle.declencheurs import refuser

AJOUT_SEUL = "Les consultations sont en ajout seul."
REGLES = [
    refuser("consultation_sans_modification", "centres_consultation", "UPDATE", AJOUT_SEUL),
    refuser("consultation_sans_suppression", "centres_consultation", "DELETE", AJOUT_SEUL),
]


class Migration(migrations.Migration):
    dependencies = [("centres", "0005_comptes_et_sessions")]
    operations = [
        # La table n'a encore servi à rien : aucune ligne à compléter.
        migrations.AddField(
            model_name="consultation",
            name="centre",
            field=models.ForeignKey(
                default=None, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="centres.centre"
            ),
            preserve_default=False,
        ),
        migrations.AddIndex(
            model_name="consultation",
            index=models.Index(fields=["centre", "-le"], name="consultation_centre"),
        ),
        *[migrations.RunPython(poser, retirer) for poser, retirer in REGLES],
    ]
