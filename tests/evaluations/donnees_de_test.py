"""Une situation ordinaire, dont chaque test change ce qui l'intéresse."""

from datetime import date
from typing import Any

from django.utils import timezone

from centres.models import Classe, Inscription, Utilisateur
from evaluations.models import Positionnement, Situation
from evaluations.services.situations import DonneesRessource, DonneesSituation, creer_situation
from referentiel.models import CompetenceDetaillee


def donnees(**changements: Any) -> DonneesSituation:
    """E31, certificative, en centre, en février 2026 : C7 entière évaluée, C6 mobilisée."""
    valeurs: dict[str, Any] = {
        "code": "S1",
        "titre": "Étau de montage",
        "debut": date(2026, 2, 3),
        "fin": date(2026, 2, 6),
        "nature": "certificative",
        "epreuves": ("E31",),
        "taches": ("A2-T1", "A2-T3"),
        "evaluees": ("C7.1", "C7.2", "C7.3"),
        "mobilisees": ("C6",),
        "supports": ("fabrication mécanique",),
        "espaces": ("Contrôle et mesures",),
        "description": "Usiner les mors de l'étau.",
        "ressources": (
            DonneesRessource(nature="document", designation="Dossier technique"),
            DonneesRessource(nature="materiel", designation="Fraiseuse CN"),
        ),
    }
    return DonneesSituation(**{**valeurs, **changements})


def une_situation(utilisateur: Utilisateur, classe: Classe, **changements: Any) -> Situation:
    return creer_situation(utilisateur=utilisateur, classe=classe, donnees=donnees(**changements))


def positionner(
    situation: Situation, inscription: Inscription, code: str, niveau: int | None = None, etat: str = ""
) -> Positionnement:
    """Une case remplie, écrite directement : l'acte de saisie a ses propres tests."""
    detaillee = CompetenceDetaillee.objects.de_l_option(inscription.option).get(
        competence__version=situation.classe.version, code=code
    )
    return Positionnement.objects.create(
        situation=situation,
        inscription=inscription,
        detaillee=detaillee,
        niveau=niveau,
        etat=etat,
        auteur=situation.auteur,
        modifie_le=timezone.now(),
    )
