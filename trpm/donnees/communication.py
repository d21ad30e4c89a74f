"""Remettre à un apprenant, sur sa demande, tout ce que son centre tient de lui (RGPD, article 15)."""

from django.core.exceptions import ValidationError
from django.db import transaction

from centres.journal import journaliser
from centres.models import Apprenant, Utilisateur
from centres.permissions import apprenants_organises
from centres.services.autorisation import autoriser
from trpm.donnees.export import Donnees, donnees_communicables, en_classeur, en_json

FABRIQUES = {"xlsx": en_classeur, "json": en_json}
TYPES = {
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "json": "application/json",
}


@transaction.atomic
def communiquer_donnees(*, auteur: Utilisateur, apprenant: Apprenant, motif: str, forme: str) -> bytes:
    """Le fichier à remettre ; le journal garde qui l'a sorti et pour quelle demande."""
    autoriser(apprenants_organises(auteur).filter(pk=apprenant.pk).exists())
    if not motif.strip():
        raise ValidationError({"motif": "Dites de quand date la demande et qui l'a faite."})
    if Apprenant.objects.filter(pk=apprenant.pk).exclude(anonymise_le=None).exists():
        raise ValidationError("Les données de cette personne sont anonymisées : il n'y a plus rien à communiquer.")
    donnees: Donnees = donnees_communicables(auteur, apprenant)
    journaliser(
        chaine=f"apprenant:{apprenant.pk}",
        acte="donnees.communiquees",
        auteur=auteur,
        objet=apprenant,
        apres={"forme": forme, "positionnements": len(donnees["positionnements"])},
        motif=motif.strip(),
    )
    return FABRIQUES[forme](donnees)
