"""Compter et contrôler les cases d'un classeur au fil de la lecture, sans jamais le tenir entier en mémoire."""

import re
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from typing import IO, Any
from xml.etree.ElementTree import Element

from defusedxml.ElementTree import iterparse

REFERENCE = re.compile(r"^([A-Z]{1,3})([1-9][0-9]{0,6})$")
# Une grille de 60 × 58 en compte environ 12 000 ; chacun pèse en mémoire, vide ou non.
ELEMENTS_MAX = 80_000
TABLE = "{urn:oasis:names:tc:opendocument:xmlns:table:1.0}"
IDENTIFIANT = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"
OFFICE = "{urn:oasis:names:tc:opendocument:xmlns:office:1.0}"


class ParcoursRefuse(ValueError):
    """Trop grand, ou porteur d'une formule ; le message dit où."""


@dataclass(frozen=True)
class Limites:
    """Ce qu'une feuille peut compter ; au-delà, on s'arrête de lire."""

    lignes: int
    colonnes: int
    feuilles: int = 20
    # Ce que le fichier devait être, dans les phrases de refus.
    quoi: str = "une grille"
    # Un imprimé officiel garde les siennes ; elles ne sont ni lues ni calculées ici.
    admet_formules: bool = False

    def verifier(self, feuille: str, ligne: int, colonne: int) -> None:
        if ligne > self.lignes:
            raise ParcoursRefuse(f"{feuille} : plus de {self.lignes} lignes. {self._jamais}")
        if colonne > self.colonnes:
            raise ParcoursRefuse(f"{feuille} : plus de {self.colonnes} colonnes. {self._jamais}")

    def verifier_feuilles(self, nombre: int) -> None:
        if nombre > self.feuilles:
            raise ParcoursRefuse(f"Ce classeur a plus de {self.feuilles} feuilles : il ne peut pas être {self.quoi}.")

    @property
    def _jamais(self) -> str:
        return f"{self.quoi.capitalize()} n'en compte jamais autant."


def lettres(colonne: int) -> str:
    """Le nom d'une colonne : 1 → A, 28 → AB."""
    texte = ""
    while colonne:
        colonne, reste = divmod(colonne - 1, 26)
        texte = chr(65 + reste) + texte
    return texte


def numero(colonne: str) -> int:
    total = 0
    for lettre in colonne:
        total = total * 26 + ord(lettre) - 64
    return total


def _evenements(source: IO[bytes], feuille: str) -> Iterator[tuple[str, Element]]:
    for rang, (evenement, element) in enumerate(iterparse(source, events=("start", "end"))):
        if rang > 2 * ELEMENTS_MAX:
            raise ParcoursRefuse(f"{feuille} : trop de contenu. Ce classeur ne peut pas être une grille.")
        yield evenement, element


def parcourir_xlsx(archive: zipfile.ZipFile, limites: Limites) -> None:
    feuilles = sorted(nom for nom in archive.namelist() if nom.startswith("xl/worksheets/") and nom.endswith(".xml"))
    limites.verifier_feuilles(len(feuilles))
    noms = noms_des_feuilles(archive)
    for chemin in feuilles:
        feuille = f"Feuille « {noms[chemin]} »" if chemin in noms else "Une feuille"
        _parcourir_feuille_xlsx(archive, chemin, feuille, limites)


def noms_des_feuilles(archive: zipfile.ZipFile) -> dict[str, str]:
    """Le nom que l'on voit de chaque fichier de feuille ; leur ordre ne dit rien après un déplacement."""
    with archive.open("xl/_rels/workbook.xml.rels") as source:
        cibles = {lien.get("Id", ""): lien.get("Target", "") for _, lien in iterparse(source)}
    noms = {}
    with archive.open("xl/workbook.xml") as source:
        for _, element in iterparse(source):
            if _local(element) == "sheet":
                cible = cibles.get(element.get(IDENTIFIANT, ""), "")
                noms["xl/" + cible.removeprefix("/xl/")] = element.get("name", "")
    return noms


def _parcourir_feuille_xlsx(archive: zipfile.ZipFile, chemin: str, feuille: str, limites: Limites) -> None:
    ligne, colonne = 0, 0
    with archive.open(chemin) as source:
        for evenement, element in _evenements(source, feuille):
            nom = _local(element)
            if nom == "row":
                if evenement == "end":
                    element.clear()
                    continue
                ligne, colonne = _entier(element.get("r"), ligne + 1), 0
                limites.verifier(feuille, ligne, 0)
            elif nom == "c" and evenement == "start":
                reference = REFERENCE.match(element.get("r", ""))
                colonne = numero(reference[1]) if reference else colonne + 1
                limites.verifier(feuille, int(reference[2]) if reference else ligne, colonne)
            elif nom == "f" and not limites.admet_formules:
                raise _formule(feuille, ligne, colonne)


def parcourir_ods(archive: zipfile.ZipFile, limites: Limites) -> None:
    """Les répétitions d'OpenDocument sont dépliées en nombre : une case répétée un million de fois en vaut autant."""
    feuilles, feuille, ligne = 0, "", 0
    with archive.open("content.xml") as source:
        for evenement, element in _evenements(source, "Classeur"):
            if element.tag == f"{TABLE}table" and evenement == "start":
                feuilles, ligne = feuilles + 1, 0
                feuille = f"Feuille « {element.get(f'{TABLE}name', '')} »"
                limites.verifier_feuilles(feuilles)
            elif element.tag == f"{TABLE}table-row" and evenement == "end":
                ligne = _ligne_ods(element, feuille, ligne, limites)
                element.clear()


def _ligne_ods(element: Element, feuille: str, ligne: int, limites: Limites) -> int:
    """Le rang de la dernière ligne que celle-ci représente ; les vides de la fin de la feuille ne comptent pas."""
    colonne, derniere = 0, 0
    for case, repetitions in _cases_ods(element):
        colonne += repetitions
        if case.get(f"{TABLE}formula"):
            raise _formule(feuille, ligne + 1, colonne)
        if len(case) or case.get(f"{OFFICE}value-type"):
            derniere = colonne
            limites.verifier(feuille, 0, derniere)
    repetitions = _entier(element.get(f"{TABLE}number-rows-repeated"), 1)
    if derniere:
        limites.verifier(feuille, ligne + repetitions, 0)
    return ligne + repetitions


def _cases_ods(element: Element) -> Iterator[tuple[Element, int]]:
    for case in element:
        if case.tag in {f"{TABLE}table-cell", f"{TABLE}covered-table-cell"}:
            yield case, _entier(case.get(f"{TABLE}number-columns-repeated"), 1)


def _formule(feuille: str, ligne: int, colonne: int) -> ParcoursRefuse:
    return ParcoursRefuse(
        f"{feuille}, case {lettres(colonne)}{ligne} : une formule. Remplacez-la par sa valeur, puis envoyez à nouveau."
    )


def _local(element: Element) -> str:
    return element.tag.rpartition("}")[2]


def _entier(texte: Any, defaut: int) -> int:
    return int(texte) if texte and str(texte).isdecimal() else defaut
