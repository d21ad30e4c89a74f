"""Le journal ne fait que croître, quel que soit le programme qui écrit."""

from django.db import migrations

from trpm.socle.declencheurs import refuser

AJOUT_SEUL = "Le journal est en ajout seul."
REGLES = [
    refuser("evenement_sans_modification", "centres_evenement", "UPDATE", AJOUT_SEUL),
    refuser("evenement_sans_suppression", "centres_evenement", "DELETE", AJOUT_SEUL),
    refuser(
        "chaine_avance_d_un_rang",
        "centres_chaine",
        "UPDATE",
        "Une chaine du journal avance d un rang a la fois.",
        condition="NEW.rang <> OLD.rang + 1 OR NEW.nom <> OLD.nom",
    ),
    refuser("chaine_sans_suppression", "centres_chaine", "DELETE", AJOUT_SEUL),
]


class Migration(migrations.Migration):
    dependencies = [("centres", "0001_initial")]
    operations = [migrations.RunPython(poser, retirer) for poser, retirer in REGLES]
