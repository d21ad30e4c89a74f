"""Ce qu'un fichier changerait : un verdict par ligne, et de quoi reconnaître que la base a bougé depuis l'aperçu."""

import hashlib
import json
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from django.core.serializers.json import DjangoJSONEncoder

AUTRE = "autre"
LIGNE = "ligne"


class Verdict(StrEnum):
    ERREUR = "erreur"
    DOUBLON = "doublon probable"
    CHANGE = "changé"
    NOUVEAU = "nouveau"
    INCHANGE = "inchangé"


@dataclass(frozen=True)
class Candidat:
    """Une réponse possible à un doublon : la fiche à reprendre (ou la ligne répétée), et ce qui y changerait."""

    valeur: str
    libelle: str
    changements: tuple[str, ...] = ()
    action: Any = None


@dataclass(frozen=True)
class LignePlan:
    """`action` : ce que le service accomplira ; pour un doublon, celle de « une autre personne »."""

    numero: int
    libelle: str
    verdict: Verdict
    details: tuple[str, ...] = ()
    champ: str = ""
    candidats: tuple[Candidat, ...] = ()
    action: Any = None
    # La fiche existante que la ligne désigne.
    cible: int | None = None

    @property
    def cle(self) -> str:
        return f"choix-{self.numero}"


@dataclass(frozen=True)
class Creation:
    """Une classe que la liste nomme et que le centre n'a pas encore ; créée seulement si on le demande."""

    nom: str
    details: str
    lignes: int
    action: Any

    @property
    def cle(self) -> str:
        return f"creer-{hashlib.sha256(self.nom.encode()).hexdigest()[:12]}"


@dataclass(frozen=True)
class Plan:
    lignes: tuple[LignePlan, ...]
    creations: tuple[Creation, ...] = ()
    # Ce qui a servi au calcul sans se voir dans les lignes (versions, réglages).
    contexte: Mapping[str, Any] = field(default_factory=dict)

    @property
    def comptes(self) -> dict[str, int]:
        compte = Counter(ligne.verdict for ligne in self.lignes)
        return {verdict.name.lower(): compte[verdict] for verdict in Verdict}

    def de(self, verdict: Verdict) -> list[LignePlan]:
        return [ligne for ligne in self.lignes if ligne.verdict == verdict]

    @property
    def est_sans_effet(self) -> bool:
        return not self.creations and all(ligne.verdict == Verdict.INCHANGE for ligne in self.lignes)

    @property
    def empreinte(self) -> str:
        """Change dès qu'un verdict, un détail ou une fiche visée change."""
        vu = [
            [
                [li.numero, li.libelle, li.verdict, li.details, li.cible],
                [[c.valeur, c.libelle, c.changements] for c in li.candidats],
            ]
            for li in self.lignes
        ]
        creations = [[creation.nom, creation.details, creation.lignes] for creation in self.creations]
        texte = json.dumps([vu, creations, dict(self.contexte)], cls=DjangoJSONEncoder, sort_keys=True)
        return hashlib.sha256(texte.encode()).hexdigest()


def erreur(numero: int, libelle: str, champ: str, message: str) -> LignePlan:
    return LignePlan(numero, libelle, Verdict.ERREUR, (message,), champ=champ)
