"""Singularités du document source, signalées à côté du texte sans jamais le changer."""

from functools import lru_cache
from typing import Any

import yaml
from django.conf import settings

from referentiel.models import VersionReferentiel

FICHIER = settings.BASE_DIR / "fixtures" / "referentiel" / "remarques.yaml"


class Remarques:
    """Les notes d'une version : celles du fichier commun et celles que porte la version elle-même."""

    def __init__(self, version: VersionReferentiel) -> None:
        communes = [ligne for ligne in _communes() if ligne["diplome"] == version.diplome.code]
        self._par_cible: dict[str, list[dict[str, Any]]] = {}
        for ligne in [*communes, *version.annexes.get("remarques", [])]:
            self._par_cible.setdefault(ligne["cible"], []).append(ligne)

    def sur(self, cible: str, texte: object) -> str:
        """La note de cette cible, si le texte contient toujours ce qu'elle signale ; vide sinon."""
        lignes = self._par_cible.get(cible, [])
        return " ".join(ligne["note"] for ligne in lignes if ligne.get("extrait", "") in str(texte))


@lru_cache(maxsize=1)
def _communes() -> tuple[dict[str, Any], ...]:
    return tuple(yaml.safe_load(FICHIER.read_text(encoding="utf-8")))
