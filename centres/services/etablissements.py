"""Les actes sur les centres eux-mêmes : l'administrateur les crée et les décrit."""

from django.db import transaction

from centres.enums import Modalite, StatutCentre
from centres.journal import journaliser
from centres.models import Centre, Utilisateur
from centres.permissions import roles_de
from centres.services.autorisation import autoriser
from centres.services.fiches import corriger, verrouiller

CHAMPS_CENTRE = ("nom", "commune", "uai", "statut", "modalite_propre")


@transaction.atomic
def creer_centre(
    *, auteur: Utilisateur, nom: str, commune: str, uai: str, statut: StatutCentre, modalite_propre: Modalite | str
) -> Centre:
    autoriser(roles_de(auteur).est_administrateur)
    centre = Centre(**_valeurs(nom, commune, uai, statut, modalite_propre))
    centre.full_clean()
    centre.save(force_insert=True)
    journaliser(
        chaine=f"centre:{centre.pk}",
        acte="centre.cree",
        auteur=auteur,
        objet=centre,
        apres={champ: getattr(centre, champ) for champ in CHAMPS_CENTRE},
    )
    return centre


@transaction.atomic
def modifier_centre(
    *,
    auteur: Utilisateur,
    centre: Centre,
    nom: str,
    commune: str,
    uai: str,
    statut: StatutCentre,
    modalite_propre: Modalite | str,
    attendue: str | None = None,
) -> Centre:
    """Le statut décide du CCF ou de l'épreuve ponctuelle, donc de l'existence d'une note proposée."""
    autoriser(roles_de(auteur).est_administrateur)
    fiche = verrouiller(centre)
    corriger(
        auteur=auteur,
        fiche=fiche,
        valeurs=_valeurs(nom, commune, uai, statut, modalite_propre),
        attendue=attendue,
        chaine=f"centre:{fiche.pk}",
        acte="centre.modifie",
    )
    return fiche


def _valeurs(nom: str, commune: str, uai: str, statut: StatutCentre, modalite_propre: Modalite | str) -> dict[str, str]:
    return {
        "nom": nom.strip(),
        "commune": commune.strip(),
        "uai": uai.strip().upper(),
        "statut": statut,
        "modalite_propre": modalite_propre,
    }
