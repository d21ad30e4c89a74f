"""Du fichier envoyé à un tableau de textes : en-têtes, lignes numérotées, et ce qui n'a pas été gardé."""

import re
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime
from typing import Any

from django.utils import timezone

from centres.imports.champs import est_connue, est_interdite
from centres.imports.identites import nette, plat
from trpm.socle.classeur import (
    ANORMAL,
    BOMBE,
    PAS_UN_CLASSEUR,
    TAILLE_MAX,
    Classeur,
    ClasseurRefuse,
    Valeur,
    lire_classeur,
)
from trpm.socle.classeur_feuilles import Limites, ParcoursRefuse
from trpm.socle.tableau_csv import CsvRefuse, lire_csv

LIGNES_MAX, COLONNES_MAX = 5_000, 60
# La ligne d'en-têtes s'ajoute aux lignes de données ; quelques lignes de titre la précèdent parfois.
TITRES_MAX = 10
LIMITES = Limites(lignes=LIGNES_MAX + TITRES_MAX + 1, colonnes=COLONNES_MAX, quoi="une liste")
CASE_MAX = 300
CLASSEURS = frozenset({"xlsx", "ods", "xlsm", "xls", "xlsb", "odt", "zip"})
TEXTES = frozenset({"csv", "txt", "tsv"})
VIDE = "Ce fichier ne contient aucune ligne sous ses en-têtes."
AUTRE_FORMAT = "Ce fichier n'est ni un CSV, ni un classeur .xlsx ou .ods : enregistrez votre liste dans l'un d'eux."
# Les phrases du lecteur de classeurs parlent d'une grille ; ici, c'est une liste.
POUR_UNE_LISTE = {
    ANORMAL: "Ce classeur n'a pas la structure attendue : enregistrez-le à nouveau depuis votre tableur.",
    BOMBE: "Ce classeur occupe trop de place une fois ouvert : il ne peut pas être une liste.",
    PAS_UN_CLASSEUR: "Ce fichier n'est pas un classeur .xlsx ou .ods : enregistrez votre liste dans l'un d'eux.",
}
# Un NIR ou un téléphone dans une colonne au nom anodin : le contenu aussi se regarde.
NIR = re.compile(r"^[12]\s?\d{2}\s?(0[1-9]|1[0-2]|[2-9]\d)\s?\d[\dAB]\s?\d{3}\s?\d{3}(\s?\d{2})?$")
TELEPHONE = re.compile(r"^(\+33|0)\s?[1-9]([\s.-]?\d{2}){4}$")
DATE = re.compile(r"^\d{1,2}[/.-]\d{1,2}[/.-]((?:19|20)\d{2})$")
# Une date d'entrée remonte rarement aussi loin, une date de naissance toujours.
AGE_MIN = 13


class ListeRefusee(ValueError):
    """Le fichier ne sera pas importé ; le message dit pourquoi et quoi faire."""


@dataclass(frozen=True)
class Tableau:
    """`numeros` : le rang de chaque ligne dans le fichier, celui que montre le tableur."""

    entetes: list[str]
    lignes: list[list[str]]
    numeros: list[int]
    # Colonnes que TRPM n'a pas le droit de garder : leur contenu n'est déjà plus là.
    interdites: list[str]
    avertissements: list[str]

    def en_json(self) -> dict[str, Any]:
        return asdict(self)


def lire_liste(contenu: bytes, nom: str, genre: str) -> Tableau:
    """Les lignes du fichier, ou ListeRefusee ; les colonnes interdites sont déjà retirées."""
    verifier_taille(len(contenu))
    extension = nom.rpartition(".")[2].lower()
    avertissements: list[str] = []
    try:
        if contenu.startswith(b"PK") or extension in CLASSEURS:
            brutes, avertissements = _feuille(lire_classeur(contenu, nom, LIMITES))
        elif extension in TEXTES:
            brutes = lire_csv(contenu, LIMITES)
        else:
            raise ListeRefusee(AUTRE_FORMAT)
    except ClasseurRefuse as refus:
        raise ListeRefusee(_pour_une_liste(str(refus))) from refus
    except (CsvRefuse, ParcoursRefuse) as refus:
        raise ListeRefusee(_pour_une_liste(str(refus))) from refus
    return _tableau(brutes, genre, avertissements)


def verifier_taille(octets: int) -> None:
    """À appeler sur la taille annoncée, avant de lire le fichier."""
    if octets == 0:
        raise ListeRefusee("Ce fichier est vide.")
    if octets > TAILLE_MAX:
        raise ListeRefusee("Ce fichier dépasse 5 Mo : gardez seulement les lignes et les colonnes utiles.")


def en_texte(valeur: Valeur) -> str:
    """La case telle qu'on la lirait ; une date s'écrit à la française, un entier sans décimale."""
    if valeur is None:
        return ""
    if isinstance(valeur, bool):
        return "VRAI" if valeur else "FAUX"
    if isinstance(valeur, date | datetime):
        return valeur.strftime("%d/%m/%Y")
    if isinstance(valeur, float) and valeur.is_integer():
        return str(int(valeur))
    return nette(str(valeur))


def _feuille(classeur: Classeur) -> tuple[Sequence[Sequence[Valeur]], list[str]]:
    """La première feuille visible qui contient quelque chose ; les autres sont annoncées."""
    pleines = [nom for nom, lignes in classeur.feuilles.items() if any(any(_plein(v) for v in li) for li in lignes)]
    visibles = [nom for nom in pleines if nom not in classeur.masquees]
    if not visibles:
        raise ListeRefusee("Les feuilles visibles de ce classeur sont vides.")
    lue, autres = visibles[0], [nom for nom in pleines if nom != visibles[0]]
    avertis = [f"Feuille lue : « {lue} ». Feuilles laissées de côté : {', '.join(autres)}."] if autres else []
    return classeur.feuilles[lue], avertis


def _tableau(brutes: Sequence[Sequence[Valeur]], genre: str, avertissements: list[str]) -> Tableau:
    textes = [[en_texte(valeur) for valeur in ligne] for ligne in brutes]
    ecrites = [(numero, ligne) for numero, ligne in enumerate(textes, start=1) if any(ligne)]
    tete = next((rang for rang, (_, ligne) in enumerate(ecrites[:TITRES_MAX]) if _est_une_tete(ligne)), 0)
    if len(ecrites) <= tete + 1:
        raise ListeRefusee(VIDE)
    if len(ecrites) - tete - 1 > LIGNES_MAX:
        raise ListeRefusee(f"Plus de {LIGNES_MAX} lignes : envoyez la liste en plusieurs fichiers.")
    lus = ecrites[tete][1]
    donnees = ecrites[tete + 1 :]
    largeur = max(len(ligne) for _, ligne in (ecrites[tete], *donnees))
    entetes = _entetes(lus, largeur)
    colonnes = [[_case(ligne, rang) for _, ligne in donnees] for rang in range(largeur)]
    gardees = [rang for rang in range(largeur) if _est_gardee(entetes[rang], lus, rang, colonnes[rang], genre)]
    interdites = [
        entetes[rang] for rang in range(largeur) if rang not in gardees and (rang < len(lus) or any(colonnes[rang]))
    ]
    if not gardees:
        raise ListeRefusee("Aucune colonne de ce fichier ne peut être gardée.")
    return Tableau(
        entetes=[entetes[rang] for rang in gardees],
        lignes=[list(cases) for cases in zip(*(colonnes[rang] for rang in gardees), strict=True)],
        numeros=[numero for numero, _ in donnees],
        interdites=interdites,
        avertissements=[*avertissements, *_doubles(entetes)],
    )


def _est_une_tete(ligne: list[str]) -> bool:
    """Les titres (« Liste des élèves ») n'ont qu'une case ; une ligne d'en-têtes en a plusieurs, toutes du texte."""
    pleines = [case for case in ligne if case]
    return len(pleines) > 1


def _entetes(lus: list[str], largeur: int) -> list[str]:
    """Une colonne sans titre s'appelle par son rang ; deux titres égaux se distinguent."""
    vus: dict[str, int] = {}
    entetes = []
    for rang in range(largeur):
        titre = (lus[rang] if rang < len(lus) else "")[:80] or f"Colonne {rang + 1}"
        vus[plat(titre)] = fois = vus.get(plat(titre), 0) + 1
        entetes.append(titre if fois == 1 else f"{titre} ({fois})")
    return entetes


def _doubles(entetes: list[str]) -> list[str]:
    doubles = [entete for entete in entetes if re.search(r" \(\d+\)$", entete)]
    return [f"Titre de colonne répété : {', '.join(doubles)}. Vérifiez la colonne choisie."] if doubles else []


def _est_gardee(entete: str, lus: list[str], rang: int, cases: list[str], genre: str) -> bool:
    if rang >= len(lus) and not any(cases):
        return False
    return est_connue(entete, genre) or not (est_interdite(entete, genre) or _contenu_interdit(cases))


def _contenu_interdit(cases: list[str]) -> bool:
    """La moitié des cases remplies : un numéro de sécurité sociale, de téléphone, ou une date de naissance."""
    remplies = [case for case in cases if case]
    naissance = timezone.localdate().year - AGE_MIN
    suspectes = sum(
        1
        for case in remplies
        if NIR.match(case) or TELEPHONE.match(case) or ((lue := DATE.match(case)) and int(lue[1]) <= naissance)
    )
    return bool(remplies) and 2 * suspectes >= len(remplies)


def _case(ligne: list[str], rang: int) -> str:
    return ligne[rang][:CASE_MAX] if rang < len(ligne) else ""


def _plein(valeur: Valeur) -> bool:
    return valeur is not None and str(valeur).strip() != ""


def _pour_une_liste(message: str) -> str:
    """La limite annoncée est celle des lignes de données, sans les titres admis au-dessus."""
    dit = message.replace("une grille", "une liste").replace(f"{LIMITES.lignes} lignes", f"{LIGNES_MAX} lignes")
    return POUR_UNE_LISTE.get(message, dit)
