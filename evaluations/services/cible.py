"""La cellule visée par une saisie : droits, verrou, compétence, option et contenu actuel, en une instruction.

C'est l'instruction la plus exécutée de l'application : une classe entière se note case par case. Composée par
l'ORM, ses sous-requêtes demandaient trois fois plus de temps que son exécution ; elle est donc écrite en SQL.
"""

from typing import NamedTuple

from django.db import connection
from django.db.models import BigAutoField
from django.utils import timezone

from centres.enums import ROLES_NOTATION
from centres.models import Utilisateur

ROLES = sorted(ROLES_NOTATION)
PLUS_GRANDE_CLE = BigAutoField.MAX_BIGINT
LIRE = f"""
SELECT classe.centre_id,
       situation.verrouillee_le IS NOT NULL OR situation.scellee_le IS NOT NULL,
       inscription.id IS NOT NULL,
       EXISTS (SELECT 1 FROM evaluations_situation_evaluees evaluee
               WHERE evaluee.situation_id = situation.id AND evaluee.competencedetaillee_id = %s),
       EXISTS (SELECT 1 FROM referentiel_competencedetaillee detaillee
               WHERE detaillee.id = %s
                 AND (detaillee.option_id IS NULL OR detaillee.option_id = inscription.option_id)),
       ligne.id, COALESCE(ligne.version, 0), ligne.niveau, COALESCE(ligne.etat, ''), COALESCE(ligne.observation, '')
FROM evaluations_situation situation
JOIN centres_classe classe ON classe.id = situation.classe_id
LEFT JOIN centres_inscription inscription ON inscription.id = %s AND inscription.classe_id = situation.classe_id
LEFT JOIN evaluations_positionnement ligne
       ON ligne.situation_id = situation.id AND ligne.inscription_id = %s AND ligne.detaillee_id = %s
WHERE situation.id = %s
  AND EXISTS (SELECT 1 FROM centres_affectation affectation
              WHERE affectation.centre_id = classe.centre_id AND affectation.utilisateur_id = %s
                AND affectation.role IN ({", ".join(["%s"] * len(ROLES))})
                AND affectation.debut <= %s AND (affectation.fin IS NULL OR affectation.fin >= %s))
"""  # noqa: S608 - aucune valeur n'y entre, seulement le nombre de rôles
# SQLite tient déjà la base entière (BEGIN IMMEDIATE) ; PostgreSQL tient la situation jusqu'à la fin.
TENIR = " FOR NO KEY UPDATE OF situation"


class Cible(NamedTuple):
    """Version 0 : la cellule n'a jamais été écrite."""

    centre_id: int
    est_verrouillee: bool
    est_inscrit: bool
    est_evaluee: bool
    est_admise: bool
    ligne_pk: int | None
    ligne_version: int
    ligne_niveau: int | None
    ligne_etat: str
    ligne_observation: str


def lire_cible(utilisateur: Utilisateur, situation_id: int, inscription_id: int, detaillee_id: int) -> Cible | None:
    """`None` si la personne ne note pas dans le centre. La situation est tenue : un verrouillage nous attend."""
    cles = (situation_id, inscription_id, detaillee_id)
    if not utilisateur.is_active or not all(0 < cle <= PLUS_GRANDE_CLE for cle in cles):
        return None
    jour = connection.ops.adapt_datefield_value(timezone.localdate())
    valeurs = [detaillee_id, detaillee_id, inscription_id, inscription_id, detaillee_id, situation_id]
    with connection.cursor() as curseur:
        curseur.execute(
            LIRE + (TENIR if connection.features.has_select_for_no_key_update else ""),
            [*valeurs, utilisateur.pk, *ROLES, jour, jour],
        )
        lue = curseur.fetchone()
    return Cible(*lue) if lue else None
