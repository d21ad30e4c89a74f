"""Les trois ans de la démonstration : l'échelle de la cohorte, relue en partie par l'équipe, puis publiée."""

from centres.models import Centre, Utilisateur
from evaluations.models import Echelle
from evaluations.queries.echelles import objectifs_de, tableau_de
from evaluations.services.echelles import SaisieAttendue, creer_echelle, modifier_periode, publier_echelle
from referentiel.models import VersionReferentiel

# Rang de la période → code → (niveau, ce que l'on doit pouvoir observer). Inventé pour l'exemple, rien d'officiel.
RELUES: dict[int, dict[str, tuple[int, str]]] = {
    1: {
        "C1.1": (1, "Retrouve une cote et sa tolérance sur un plan d'une pièce"),
        "C7.1": (1, "Lance un cycle préparé par quelqu'un d'autre"),
    },
    3: {
        "C1.1": (2, "Retrouve seul les cotes utiles d'un sous-ensemble"),
        "C7.1": (2, "Conduit une petite série avec un contrôle guidé"),
        "C8.1": (1, "Choisit l'instrument avec l'aide de la fiche de contrôle"),
    },
    6: {
        "C1.1": (4, "Explique à un camarade les contraintes d'un dossier complet"),
        "C7.1": (4, "Conduit la série seul, corrige une dérive et le note"),
        "C8.1": (3, "Choisit l'instrument, contrôle et consigne sans aide"),
    },
}


def ecrire_echelle(*, centre: Centre, version: VersionReferentiel, cohorte: int, auteur: Utilisateur) -> Echelle:
    echelle = creer_echelle(
        utilisateur=auteur,
        centre=centre,
        version=version,
        cohorte=cohorte,
        intitule="Échelle de compétences (exemple de démonstration)",
    )
    tableau = tableau_de(echelle)
    saisies = [
        SaisieAttendue(une.case.cle, rang, niveau, une.case.version, texte)
        for rang, lues in RELUES.items()
        for objectif in objectifs_de(tableau, rang)
        for une in objectif.detaillees
        if une.ligne.code in lues
        for niveau, texte in [lues[une.ligne.code]]
    ]
    modifier_periode(utilisateur=auteur, echelle=echelle, saisies=saisies)
    return publier_echelle(utilisateur=auteur, echelle=echelle)
