"""Le texte d'un diplôme et ses versions. Aucune personne ici, aucune règle de calcul."""

from referentiel.models.cadre import DegreEchelle, Espace, Periode, Support
from referentiel.models.competences import (
    Competence,
    CompetenceDetaillee,
    Correspondance,
    Descripteur,
    Indicateur,
    Ponderation,
    Savoir,
)
from referentiel.models.diplome import Diplome, NomenclatureMef, Option, SessionExamen, VersionReferentiel
from referentiel.models.structure import Activite, Bloc, Coefficient, Epreuve, IntituleActivite, Tache

__all__ = [
    "Activite",
    "Bloc",
    "Coefficient",
    "Competence",
    "CompetenceDetaillee",
    "Correspondance",
    "DegreEchelle",
    "Descripteur",
    "Diplome",
    "Epreuve",
    "Espace",
    "Indicateur",
    "IntituleActivite",
    "NomenclatureMef",
    "Option",
    "Periode",
    "Ponderation",
    "Savoir",
    "SessionExamen",
    "Support",
    "Tache",
    "VersionReferentiel",
]
