"""Les paquets verrouillés ont-ils une vulnérabilité connue ? La réponse vient de PyPI ; sans lui, on le dit.

Codes de sortie : 0 aucune connue, 1 une au moins, 75 audit non fait (réseau fermé, dépôt sans cette base).
Bibliothèque standard seule : `python outils/auditer_dependances.py [uv.lock]`. TRPM_AUDIT remplace l'adresse de PyPI.
"""

import json
import os
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.error import HTTPError, URLError
from urllib.request import Request, urlopen

BASE = os.environ.get("TRPM_AUDIT", "https://pypi.org").rstrip("/")
DELAI = 15
NON_FAIT = 75


class AuditImpossible(RuntimeError):
    """La base des vulnérabilités ne répond pas : on ne sait rien, et c'est ce qu'il faut dire."""


def paquets_verrouilles(verrou: Path) -> list[tuple[str, str]]:
    """Nom et version de chaque paquet qui vient d'un dépôt ; le projet lui-même n'en vient pas."""
    lus = tomllib.loads(verrou.read_text())["package"]
    return sorted((paquet["name"], paquet["version"]) for paquet in lus if "registry" in paquet.get("source", {}))


def sans_empreinte(verrou: Path) -> list[str]:
    """Un paquet sans empreinte pourrait être remplacé en chemin."""
    fautifs = []
    for paquet in tomllib.loads(verrou.read_text())["package"]:
        fichiers = [*paquet.get("wheels", []), *([paquet["sdist"]] if "sdist" in paquet else [])]
        if "registry" in paquet.get("source", {}) and not all("hash" in fichier for fichier in fichiers):
            fautifs.append(paquet["name"])
    return fautifs


def vulnerabilites(nom: str, version: str) -> Iterator[str]:
    for trouvee in _lire(f"{BASE}/pypi/{nom}/{version}/json").get("vulnerabilities") or []:
        if not trouvee.get("withdrawn"):
            corrigee = ", ".join(trouvee.get("fixed_in") or []) or "aucune version corrigée"
            yield f"{nom} {version} : {trouvee.get('id', '?')} (corrigée dans : {corrigee})"


def _lire(adresse: str) -> dict[str, Any]:
    if not adresse.startswith(("https://", "http://127.0.0.1")):
        raise AuditImpossible(f"adresse refusée : {adresse}")
    try:
        with urlopen(Request(adresse, headers={"Accept": "application/json"}), timeout=DELAI) as reponse:  # noqa: S310
            lu = json.load(reponse)
    except HTTPError as refus:
        raise AuditImpossible(f"{adresse} répond {refus.code}") from refus
    except (URLError, TimeoutError, OSError, ValueError) as refus:
        raise AuditImpossible(f"{adresse} : {refus}") from refus
    if not isinstance(lu, dict) or "vulnerabilities" not in lu:
        raise AuditImpossible(f"{adresse} ne dit rien des vulnérabilités")
    return lu


def main() -> int:
    verrou = Path(sys.argv[1] if len(sys.argv) > 1 else "uv.lock")
    if fautifs := sans_empreinte(verrou):
        print(f"Sans empreinte dans {verrou} : {', '.join(fautifs)}.")
        return 1
    paquets = paquets_verrouilles(verrou)
    trouvees = []
    try:
        for nom, version in paquets:
            trouvees += list(vulnerabilites(nom, version))
    except AuditImpossible as cause:
        for ligne in trouvees:
            print(ligne)
        print(f"AUDIT DES DÉPENDANCES NON FAIT : la base des vulnérabilités de PyPI n'est pas joignable ({cause}).")
        print(
            f"Les {len(paquets)} paquets de {verrou} portent une empreinte ; leurs failles connues n'ont pas été lues."
        )
        print("À refaire avec un accès à https://pypi.org : python outils/auditer_dependances.py")
        return 1 if trouvees else NON_FAIT
    for ligne in trouvees:
        print(ligne)
    print(f"{len(paquets)} paquets audités, {len(trouvees)} vulnérabilité(s) connue(s).")
    return 1 if trouvees else 0


if __name__ == "__main__":
    sys.exit(main())
