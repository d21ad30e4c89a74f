"""Qui a donné une réponse : le tuteur par son lien, ou l'enseignant qui a recopié sa fiche de papier."""

from django.utils import timezone

from evaluations.models.tuteur import Reponse

# Ce que `provenance` lit d'une réponse, pour un `select_related`.
LIENS = ("lien__tuteur", "saisie_par")


def provenance(reponse: Reponse) -> str:
    """« dit par Jules Lopes, le 12/03/2026, par son lien ». Effacé, le tuteur n'a plus de nom."""
    jour = f"le {timezone.localtime(reponse.modifie_le):%d/%m/%Y}"
    if reponse.saisie_par is not None:
        return f"fiche papier recopiée par {reponse.saisie_par}, {jour}"
    tuteur = reponse.lien.tuteur if reponse.lien else None
    return f"dit par {tuteur or 'le tuteur'}, {jour}, par son lien"


def provenance_de(reponse: Reponse | None) -> str:
    return provenance(reponse) if reponse else ""
