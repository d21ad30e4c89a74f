"""Ce que les contrôles automatiques ont vraiment vu : le fichier qu'écrit la passe « navigateur » de ./test."""

import json
import re
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from django.conf import settings

CONTROLES = settings.BASE_DIR / "docs" / "accessibilite" / "controles.json"
VARIABLE = re.compile(r"<[^>]+>")


@dataclass(frozen=True)
class PageControlee:
    """Une adresse du plan du site, les largeurs d'écran où elle a été ouverte, et ce qu'axe y a trouvé."""

    adresse: str
    largeurs: tuple[int, ...]
    violations: int

    @property
    def lisible(self) -> str:
        """« /classes/…/ » : ce qui varie d'une page à l'autre n'apprend rien."""
        return "/" + VARIABLE.sub("…", self.adresse)


@dataclass(frozen=True)
class Controles:
    le: date
    axe: str
    pages: tuple[PageControlee, ...]

    @property
    def violations(self) -> int:
        return sum(page.violations for page in self.pages)


def lire_controles(fichier: Path = CONTROLES) -> Controles | None:
    """Rien si aucun contrôle n'a été enregistré : la déclaration le dira."""
    if not fichier.exists():
        return None
    lu = json.loads(fichier.read_text())
    pages = (PageControlee(p["adresse"], tuple(p["largeurs"]), p["violations"]) for p in lu["pages"])
    return Controles(date.fromisoformat(lu["le"]), lu["axe"], tuple(pages))
