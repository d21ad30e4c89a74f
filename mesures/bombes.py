"""Des bombes de 500 ko au plus, refusées : durée et mémoire de la pire, en JSON sur la sortie standard.

Se lance dans un processus neuf (`python -m mesures.bombes FICHIER…`) qui ne fait que lire : sa mémoire est celle
du refus.
"""

import json
import sys
import zipfile
from collections.abc import Iterable
from io import BytesIO
from pathlib import Path
from time import perf_counter

from openpyxl import Workbook

from trpm.socle.classeur import ClasseurRefuse, lire_classeur
from trpm.socle.classeur_feuilles import Limites

FEUILLE = "xl/worksheets/sheet1.xml"
LIMITES = Limites(lignes=2000, colonnes=256)
MORCEAU = b"\0" * 1_000_000


def fabriquer(dossier: Path) -> list[str]:
    """Le premier est un classeur ordinaire ; puis des zéros à l'infini, trop de lignes, trop d'éléments."""
    lignes = (b'<row r="%d"><c r="A%d"><v>%d</v></c></row>' % (n, n, n * 7919) for n in range(1, 60_000))
    elements = (b"<a%d/>" % (n * 7919 % 9_973) for n in range(215_000))
    contenus = {
        "ordinaire": [b'<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"/>'],
        "zeros": (MORCEAU for _ in range(480)),
        "lignes": (b"<worksheet><sheetData>", *lignes, b"</sheetData></worksheet>"),
        "elements": (b"<worksheet>", *elements, b"</worksheet>"),
    }
    chemins = []
    for nom, feuille in contenus.items():
        chemin = dossier / f"{nom}.xlsx"
        _ecrire(chemin, feuille)
        chemins.append(str(chemin))
    return chemins


def _ecrire(chemin: Path, feuille: Iterable[bytes]) -> None:
    simple = BytesIO()
    Workbook().save(simple)
    with zipfile.ZipFile(simple) as source, zipfile.ZipFile(chemin, "w", zipfile.ZIP_DEFLATED) as cible:
        for nom in source.namelist():
            if nom != FEUILLE:
                cible.writestr(nom, source.read(nom))
        with cible.open(FEUILLE, "w") as entree:
            for morceau in feuille:
                entree.write(morceau)


def mesurer(ordinaire: str, bombes: list[str]) -> dict[str, float]:
    contenu = Path(ordinaire).read_bytes()
    debut = perf_counter()
    lire_classeur(contenu, "grille.xlsx", LIMITES)
    plancher = perf_counter() - debut
    pire = max(_refuser(Path(bombe).read_bytes()) for bombe in bombes)
    return {"ms": pire * 1000, "ms_plancher": plancher * 1000, "mo": _memoire_maximale()}


def _memoire_maximale() -> float:
    """En Mo. getrusage rendrait celle du processus qui nous a lancés, si elle était plus haute."""
    lignes = Path("/proc/self/status").read_text().splitlines()
    return int(next(ligne for ligne in lignes if ligne.startswith("VmHWM")).split()[1]) / 1024


def _refuser(contenu: bytes) -> float:
    debut = perf_counter()
    try:
        lire_classeur(contenu, "grille.xlsx", LIMITES)
    except ClasseurRefuse:
        return perf_counter() - debut
    raise RuntimeError("une bombe a été acceptée")


if __name__ == "__main__":
    print(json.dumps(mesurer(sys.argv[1], sys.argv[2:])))
