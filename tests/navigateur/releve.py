"""Les pages passées à axe pendant une passe « navigateur », pour le fichier que publie la déclaration."""

import json
from datetime import date
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from django.urls import Resolver404, resolve
from playwright.sync_api import Page

FORMAT = "trpm-controles/1"
# Une passe identique ne récrit le fichier qu'une fois par mois : sa date reste celle d'un contrôle réel.
AGE_MAXIMUM_JOURS = 30


class Releve:
    """Par adresse du plan du site : les largeurs d'écran et le plus grand nombre de violations vu."""

    def __init__(self) -> None:
        self._version = ""
        self._pages: dict[str, dict[int, int]] = {}

    def noter(self, page: Page, reponse: dict[str, Any]) -> None:
        try:
            adresse = str(resolve(urlsplit(page.url).path).route)
        except Resolver404:
            return
        self._version = reponse["testEngine"]["version"]
        largeur = (page.viewport_size or {"width": 0})["width"]
        vues = self._pages.setdefault(adresse, {})
        vues[largeur] = max(vues.get(largeur, 0), len(reponse["violations"]))

    def ecrire(self, chemin: Path, jour: date | None = None) -> None:
        jour = jour or date.today()  # noqa: DTZ011
        nouveau = {"format": FORMAT, "le": jour.isoformat(), "axe": self._version, "pages": self._en_lignes()}
        ancien = json.loads(chemin.read_text()) if chemin.exists() else {}
        memes = {**ancien, "le": ""} == {**nouveau, "le": ""}
        if memes and (jour - date.fromisoformat(ancien["le"])).days < AGE_MAXIMUM_JOURS:
            return
        chemin.parent.mkdir(parents=True, exist_ok=True)
        chemin.write_text(json.dumps(nouveau, ensure_ascii=False, indent=2) + "\n")

    def _en_lignes(self) -> list[dict[str, Any]]:
        return [
            {"adresse": adresse, "largeurs": sorted(vues), "violations": max(vues.values())}
            for adresse, vues in sorted(self._pages.items())
        ]
