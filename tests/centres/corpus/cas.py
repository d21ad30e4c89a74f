"""Un cas du corpus : le fichier, et ce que TRPM doit en dire."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from io import BytesIO
from typing import Any

from openpyxl import Workbook

N, C, I, E, D = "nouveau", "changé", "inchangé", "erreur", "doublon probable"  # noqa: E741
RSP3, RMO3, RSP2, REMI = "2472501433", "2472501333", "2472501432", "2472010331"
TETE = ("Nom", "Prénom", "INE", "Code MEF", "Division", "Statut", "Date d'entrée", "E-mail")
ZOE = ("MARTIN", "Zoé", "1234567890A", RSP3, "TTRPM", "", "", "")
NOA = ("PETIT", "Noa", "", RMO3, "TTRPM", "apprenti", "06/10/2025", "noa@exemple.fr")


@dataclass(frozen=True)
class Cas:
    """Soit `refus` (le fichier entier, à l'envoi), soit un verdict par ligne ; `dit` : un morceau d'un détail."""

    titre: str
    nom: str
    contenu: Callable[[], bytes]
    verdicts: Sequence[str] = ()
    refus: str = ""
    dit: str = ""
    genre: str = "apprenants"
    # Les colonnes à choisir à l'écran quand rien ne se devine.
    colonnes: dict[str, int] | None = None
    # Un refus de la page des colonnes : une donnée obligatoire manque.
    colonne_manquante: bool = False


def texte(*lignes: Sequence[Any], separateur: str = ";", fin: str = "\r\n", tete: Sequence[str] = TETE) -> str:
    return fin.join(separateur.join(str(case) for case in ligne) for ligne in (tete, *lignes)) + fin


def csv(*lignes: Sequence[Any], encodage: str = "utf-8", **options: Any) -> Callable[[], bytes]:
    return lambda: texte(*lignes, **options).encode(encodage)


def brut(contenu: bytes | str) -> Callable[[], bytes]:
    return lambda: contenu if isinstance(contenu, bytes) else contenu.encode()


def xlsx(*lignes: Sequence[Any], tete: Sequence[Any] = TETE, apres: Callable[[Workbook], None] | None = None) -> bytes:
    classeur = Workbook()
    for ligne in (tete, *lignes):
        classeur.active.append(list(ligne))
    if apres:
        apres(classeur)
    sortie = BytesIO()
    classeur.save(sortie)
    return sortie.getvalue()
