"""Lecture des fichiers de la démonstration (fixtures/demo)."""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import yaml
from django.conf import settings

from evaluations.services.situations import DonneesRessource, DonneesSituation

DOSSIER = settings.BASE_DIR / "fixtures" / "demo"


@dataclass(frozen=True)
class Personnes:
    prenoms: tuple[str, ...]
    noms: tuple[str, ...]
    entreprises: tuple[str, ...]
    # Identifiant, prénom, nom et rôle de chaque membre.
    equipe: tuple[tuple[str, str, str, str], ...]


@dataclass(frozen=True)
class SituationDemo:
    """Une situation du fichier, placée dans son année scolaire."""

    annee_cycle: int
    donnees: DonneesSituation
    codes: tuple[str, ...]

    @property
    def est_certificative(self) -> bool:
        return self.donnees.nature == "certificative"


def lire_personnes() -> Personnes:
    contenu = _lire("personnes.yaml")
    return Personnes(
        prenoms=tuple(contenu["prenoms"]),
        noms=tuple(contenu["noms"]),
        entreprises=tuple(contenu["entreprises"]),
        equipe=tuple(tuple(ligne) for ligne in contenu["equipe"]),
    )


def lire_situations(session: int, entreprise: str) -> tuple[SituationDemo, ...]:
    """Les situations de la cohorte qui passe l'examen à cette session, dans l'ordre du cycle."""
    return tuple(_situation(brut, session, entreprise) for brut in _lire("situations.yaml")["situations"])


def lire_sequences() -> tuple[dict[str, Any], ...]:
    """Les séquences de la cohorte ; `periodes` par leur rang, `situations` par leur code."""
    return tuple(_lire("sequences.yaml")["sequences"])


def _situation(brut: dict[str, Any], session: int, entreprise: str) -> SituationDemo:
    rentree = date(session - 4 + brut["annee_cycle"], 9, 1)
    debut = rentree + timedelta(days=brut["decalage"])
    lieu = brut.get("lieu", "centre")
    donnees = DonneesSituation(
        code=brut["code"],
        titre=brut["titre"],
        debut=debut,
        fin=debut + timedelta(days=brut["duree"]),
        nature=brut["nature"],
        lieu=lieu,
        entreprise=entreprise if lieu == "entreprise" else "",
        epreuves=tuple(brut["epreuves"]),
        evaluees=tuple(brut["evaluees"]),
        mobilisees=tuple(brut["mobilisees"]),
        taches=tuple(brut["taches"]),
        espaces=tuple(brut.get("espaces", ())),
        supports=("fabrication mécanique", "découpe, emboutissage") if brut["nature"] == "certificative" else (),
        description=brut["description"].strip(),
        duree_heures=brut.get("heures"),
        ressources=tuple(DonneesRessource(nature=nature, designation=texte) for nature, texte in brut["ressources"]),
    )
    return SituationDemo(annee_cycle=brut["annee_cycle"], donnees=donnees, codes=tuple(brut["evaluees"]))


def _lire(nom: str) -> Any:
    return yaml.safe_load((DOSSIER / nom).read_text(encoding="utf-8"))
