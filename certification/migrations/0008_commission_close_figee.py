"""Close, une commission est figée avec tout ce qu'elle a dit ; une archive ne fait que s'ajouter.

Une seule modification reste admise : l'effacement des textes au terme du délai de conservation, sans toucher au reste.
"""

from django.db import migrations

from trpm.socle.declencheurs import refuser, refuser_selon

FIGEE = "La commission est close : plus rien ne change."
SCELLEE = "Une archive ne fait que s ajouter."
PUBLIE = "Un classeur publie ne change plus : publier une nouvelle version."
CLOSE = "EXISTS (SELECT 1 FROM certification_commission WHERE id {cles} AND etat = 'close')"


def _change(*colonnes):
    return " OR ".join(f"NEW.{colonne} IS DISTINCT FROM OLD.{colonne}" for colonne in colonnes)


def _recrit(*textes):
    """Un texte gardé tel quel, vidé ou remplacé par la mention d'effacement n'est pas réécrit."""
    return " OR ".join(f"NEW.{texte} NOT IN ('', '[effacé]', OLD.{texte})" for texte in textes)


AUTRE_QU_UN_EFFACEMENT = {
    "certification_membrecommission": "1 = 1",
    "certification_positioncommission": " OR ".join(
        [
            _change(
                "id", "commission_id", "inscription_id", "competence_id", "niveau", "auteur_id", "modifie_le", "version"
            ),
            _recrit("motif"),
        ]
    ),
    "certification_proposition": " OR ".join(
        [
            _change(
                "id", "commission_id", "inscription_id", "epreuve_id", "grille_id", "etat", "bonus", "entrees",
                "resultat", "note_calculee", "note_arrondie", "note_proposee", "note_conservee", "session_conservee",
                "auteur_id", "modifie_le", "version",
            ),
            _recrit("motif_ecart", "commentaire", "appreciation"),
        ]
    ),
}
# La réouverture ne touche que l'état, la version et le numéro d'écriture.
AUTRE_QU_UNE_REOUVERTURE = " OR ".join(
    [
        "NEW.etat <> 'ouverte'",
        "NEW.numero_version <> OLD.numero_version + 1",
        _change("id", "classe_id", "date", "lieu", "ouverte_le", "convoquee_par_id"),
    ]
)
ARCHIVE_EFFACEE = " OR ".join(
    [
        "OLD.efface_le IS NOT NULL",
        "NEW.efface_le IS NULL",
        "NEW.manifeste <> ''",
        "NEW.motif <> ''",
        _change(
            "id", "commission_id", "centre_id", "numero", "version_commission", "empreinte", "precedente", "cree_le",
            "auteur_id",
        ),
    ]
)
PIECE_EFFACEE = " OR ".join(
    [
        "OLD.efface_le IS NOT NULL",
        "NEW.efface_le IS NULL",
        "NEW.nom <> ''",
        "NEW.fichier <> ''",
        _change("id", "archive_id", "ordre", "nature", "sha256", "octets", "inscription_id", "epreuve_id"),
    ]
)


def _figer(table):
    nom = table.removeprefix("certification_")
    apres, avant, deux = "= NEW.commission_id", "= OLD.commission_id", "IN (OLD.commission_id, NEW.commission_id)"
    modification = f"({CLOSE.format(cles=deux)}) AND ({AUTRE_QU_UN_EFFACEMENT[table]})"
    return [
        refuser_selon(f"{nom}_close_sans_ajout", table, "INSERT", FIGEE, CLOSE.format(cles=apres)),
        refuser_selon(f"{nom}_close_sans_modification", table, "UPDATE", FIGEE, modification),
        refuser_selon(f"{nom}_close_sans_suppression", table, "DELETE", FIGEE, CLOSE.format(cles=avant)),
    ]


REGLES = [
    *(regle for table in AUTRE_QU_UN_EFFACEMENT for regle in _figer(table)),
    refuser(
        "commission_close_sans_modification", "certification_commission", "UPDATE", FIGEE,
        f"OLD.etat = 'close' AND ({AUTRE_QU_UNE_REOUVERTURE})",
    ),
    refuser("commission_close_sans_suppression", "certification_commission", "DELETE", FIGEE, "OLD.etat = 'close'"),
    refuser("archive_sans_modification", "certification_archive", "UPDATE", SCELLEE, ARCHIVE_EFFACEE),
    refuser("archive_sans_suppression", "certification_archive", "DELETE", SCELLEE),
    refuser("piecearchive_sans_modification", "certification_piecearchive", "UPDATE", SCELLEE, PIECE_EFFACEE),
    refuser("piecearchive_sans_suppression", "certification_piecearchive", "DELETE", SCELLEE),
    refuser(
        "classeur_publie_sans_modification", "certification_classeurofficiel", "UPDATE", PUBLIE,
        "OLD.publie_le IS NOT NULL",
    ),
    refuser(
        "classeur_publie_sans_suppression", "certification_classeurofficiel", "DELETE", PUBLIE,
        "OLD.publie_le IS NOT NULL",
    ),
]


class Migration(migrations.Migration):
    dependencies = [("certification", "0007_commission_et_archives")]
    operations = [migrations.RunPython(*regle) for regle in REGLES]
