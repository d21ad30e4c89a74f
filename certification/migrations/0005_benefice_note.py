"""Les notes qu'un candidat garde d'une session passée."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("centres", "0004_organisation_et_acces"),
        ("certification", "0004_travail"),
        ("referentiel", "0001_initial"),
    ]

    operations = [
        migrations.CreateModel(
            name="BeneficeNote",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("session_obtention", models.PositiveSmallIntegerField(verbose_name="session d'obtention")),
                ("note", models.DecimalField(decimal_places=2, max_digits=4, verbose_name="note")),
                (
                    "apprenant",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="centres.apprenant"
                    ),
                ),
                (
                    "epreuve",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="referentiel.epreuve",
                        verbose_name="épreuve",
                    ),
                ),
            ],
            options={
                "verbose_name": "bénéfice de note",
                "verbose_name_plural": "bénéfices de notes",
                "ordering": ["apprenant", "epreuve__ordre"],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("apprenant", "epreuve"),
                        name="benefice_unique",
                        violation_error_message="Une note conservée est déjà enregistrée pour cette épreuve.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("note__gte", 10), ("note__lte", 20)),
                        name="benefice_entre_10_et_20",
                        violation_error_message="Une note se conserve à partir de 10, et jusqu'à 20.",
                    ),
                ],
            },
        ),
    ]
