"""Les trois ans de la démonstration : l'échelle de la cohorte, publiée, et sa progression, dont une séquence modèle."""

from centres.models import Centre, Utilisateur
from evaluations.models import Echelle, Sequence, Situation
from evaluations.queries.echelles import objectifs_de, tableau_de
from evaluations.queries.progression import Cohorte
from evaluations.services.echelles import SaisieAttendue, creer_echelle, modifier_periode, publier_echelle
from evaluations.services.sequences import DonneesSequence, creer_sequence
from referentiel.models import VersionReferentiel
from trpm.demo.contenu import lire_sequences

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


def ecrire_sequences(*, cohorte: Cohorte, auteur: Utilisateur) -> list[Sequence]:
    """Une séquence regroupe ses situations dans toutes les classes parallèles de la cohorte."""
    periodes = {une.ordre: une for une in cohorte.version.periodes.all()}
    return [
        creer_sequence(
            utilisateur=auteur,
            cohorte=cohorte,
            donnees=DonneesSequence(
                intitule=lue["intitule"],
                nature=lue["nature"],
                periode_debut=periodes[lue["periodes"][0]],
                periode_fin=periodes[lue["periodes"][-1]],
                problematique=lue.get("problematique", ""),
                objectifs=lue.get("objectifs", ""),
                deroulement=lue.get("deroulement", ""),
                ressources=lue.get("ressources", ""),
                duree_heures=lue["heures"],
                est_modele=lue.get("est_modele", False),
                situations=frozenset(
                    Situation.objects.filter(classe__in=cohorte.classes.order_by(), code__in=lue["situations"])
                    .order_by("pk")
                    .values_list("pk", flat=True)
                ),
            ),
        )
        for lue in lire_sequences()
    ]
