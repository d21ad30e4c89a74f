"""Lire sans risque un classeur reçu (.xlsx, .ods), écrire sans risque un texte dans un classeur.

Tout est vérifié avant qu'une bibliothèque ne lise le contenu : taille, archive, décompression, macros, liens,
encodage, lignes, colonnes, formules. Un refus est une seule phrase en français, qui dit quoi faire.
"""

import re
import zipfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from io import BytesIO
from typing import Any

from openpyxl import load_workbook
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE, Cell
from python_calamine import CalamineWorkbook, SheetVisibleEnum

from trpm.socle.classeur_feuilles import Limites, ParcoursRefuse, parcourir_ods, parcourir_xlsx

Valeur = str | int | float | bool | date | datetime | time | timedelta | None
Feuille = tuple[tuple[Valeur, ...], ...]

MO = 1_000_000
TAILLE_MAX = 5 * MO
TAILLE_DECOMPRESSEE_MAX = 30 * MO
# Styles, thème, chaînes partagées : une grille en compte cent fois moins, et leur lecture n'a pas d'autre frein.
TAILLE_ANNEXE_MAX = 2 * MO
ENTREES_MAX = 300
# Au-delà de ce qu'une vraie feuille atteint (environ 40) ; en dessous de 100 ko, le rapport ne veut rien dire.
RAPPORT_MAX = 150
RAPPORT_A_PARTIR_DE = 100_000

OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
CHIFFRE = "EncryptedPackage".encode("utf-16-le")
ODS = b"application/vnd.oasis.opendocument.spreadsheet"
XML_INTERDIT = (b"<!DOCTYPE", b"<!ENTITY")
ENCODAGE = re.compile(rb"""^\s*<\?xml[^>]*encoding\s*=\s*["']([A-Za-z0-9._-]+)["']""")
# Ce que les tableurs tiennent pour le début d'une formule, même plein-chasse.
DEBUT_DE_FORMULE = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
# Devant l'amorce, des espaces et des signes sans largeur (BOM compris) que le tableur laisse tomber.
SANS_LARGEUR = "\ufeff\u200b\u200c\u200d\u2060\u00ad"

ABIME = "Ce classeur est abîmé ou incomplet : rouvrez-le dans votre tableur et enregistrez-le à nouveau."
ANORMAL = "Ce classeur n'a pas la structure attendue : téléchargez la grille à nouveau et remplissez ce fichier-là."
BOMBE = "Ce classeur occupe trop de place une fois ouvert : il ne peut pas être une grille."
MACROS = "Ce classeur contient des macros : enregistrez-le au format .xlsx, sans macros."
LIENS = "Ce classeur est lié à d'autres fichiers : rompez les liaisons, puis envoyez-le à nouveau."
MOT_DE_PASSE = "Ce classeur est protégé par un mot de passe : enregistrez-le sans mot de passe."
ANCIEN = "Ce classeur est à l'ancien format .xls : enregistrez-le au format .xlsx ou .ods."
PAS_UN_CLASSEUR = "Ce fichier n'est pas un classeur .xlsx ou .ods : envoyez la grille téléchargée."
ENCODAGE_REFUSE = "Le contenu de ce classeur n'est pas en UTF-8 : enregistrez-le à nouveau au format .xlsx."


class ClasseurRefuse(ValueError):
    """Le fichier ne sera pas lu ; le message s'adresse à la personne qui l'a envoyé."""


@dataclass(frozen=True)
class Classeur:
    """Les valeurs de chaque feuille, dans l'ordre ; une case vide vaut None."""

    feuilles: Mapping[str, Feuille]
    # Les feuilles que la personne a masquées dans son tableur.
    masquees: frozenset[str] = frozenset()


def lire_classeur(contenu: bytes, nom: str, limites: Limites) -> Classeur:
    """Les valeurs d'un classeur reçu, ou ClasseurRefuse ; rien n'est évalué, rien n'est exécuté."""
    est_ods = verifier_classeur(contenu, nom, limites)
    try:
        return _valeurs_ods(contenu) if est_ods else _valeurs_xlsx(contenu, limites)
    except ParcoursRefuse as refus:
        raise ClasseurRefuse(str(refus)) from refus
    except Exception as erreur:
        # Un fichier forgé fait lever n'importe quoi aux bibliothèques : toujours la même phrase.
        raise ClasseurRefuse(ABIME) from erreur


def verifier_classeur(contenu: bytes, nom: str, limites: Limites) -> bool:
    """Tout ce qui se vérifie avant qu'une bibliothèque ne lise ; dit si c'est un classeur OpenDocument."""
    verifier_taille(len(contenu))
    extension = nom.rpartition(".")[2].lower()
    _verifier_signature(contenu, extension)
    try:
        with zipfile.ZipFile(BytesIO(contenu)) as archive:
            _verifier_archive(archive)
            est_ods = _est_ods(archive)
            _verifier_extension(extension, est_ods)
            _verifier_contenu(archive)
            (parcourir_ods if est_ods else parcourir_xlsx)(archive, limites)
    except ParcoursRefuse as refus:
        raise ClasseurRefuse(str(refus)) from refus
    except ClasseurRefuse:
        raise
    except Exception as erreur:
        raise ClasseurRefuse(ABIME) from erreur
    return est_ods


def verifier_taille(octets: int) -> None:
    """À appeler sur la taille annoncée, avant même de lire le fichier en mémoire."""
    if octets == 0:
        raise ClasseurRefuse("Ce fichier est vide.")
    if octets > TAILLE_MAX:
        raise ClasseurRefuse(f"Ce fichier dépasse {TAILLE_MAX // MO} Mo : il ne peut pas être une grille.")


def ressemble_a_une_formule(texte: str) -> bool:
    nu = texte.lstrip().lstrip(SANS_LARGEUR).lstrip()
    return texte.startswith(DEBUT_DE_FORMULE) or nu.startswith(DEBUT_DE_FORMULE)


def ecrire_texte(cellule: Cell, texte: str) -> None:
    """Écrit un texte qui restera un texte : ni formule ni lien, quoi que quelqu'un ait saisi dans un nom.

    Le type chaîne suffit au tableur ; l'apostrophe de style le garde texte même si la case est rouverte en saisie.
    """
    propre = ILLEGAL_CHARACTERS_RE.sub("", texte)
    cellule.value = propre
    cellule.data_type = "s"
    if ressemble_a_une_formule(propre):
        cellule.quotePrefix = True


def _verifier_signature(contenu: bytes, extension: str) -> None:
    if extension == "xlsm":
        raise ClasseurRefuse(MACROS)
    if contenu.startswith(OLE):
        raise ClasseurRefuse(MOT_DE_PASSE if CHIFFRE in contenu else ANCIEN)
    if not contenu.startswith(b"PK"):
        raise ClasseurRefuse(PAS_UN_CLASSEUR)
    if not zipfile.is_zipfile(BytesIO(contenu)):
        raise ClasseurRefuse(ABIME)


def _verifier_archive(archive: zipfile.ZipFile) -> None:
    entrees = archive.infolist()
    noms = [entree.filename for entree in entrees]
    if len(noms) > ENTREES_MAX or len(set(noms)) != len(noms) or any(map(_chemin_suspect, noms)):
        raise ClasseurRefuse(ANORMAL)
    if any(entree.flag_bits & 0x1 for entree in entrees):
        raise ClasseurRefuse(MOT_DE_PASSE)
    for entree in entrees:
        est_gonflee = entree.file_size > RAPPORT_MAX * max(entree.compress_size, 1)
        if entree.file_size > RAPPORT_A_PARTIR_DE and est_gonflee:
            raise ClasseurRefuse(BOMBE)
        if entree.file_size > TAILLE_ANNEXE_MAX and not _est_feuille(entree.filename):
            raise ClasseurRefuse(BOMBE)
    if sum(entree.file_size for entree in entrees) > TAILLE_DECOMPRESSEE_MAX:
        raise ClasseurRefuse(BOMBE)
    minuscules = [nom.lower() for nom in noms]
    if any("vbaproject" in nom or nom.startswith(("basic/", "scripts/")) for nom in minuscules):
        raise ClasseurRefuse(MACROS)
    if any(nom.startswith(("xl/externallinks/", "xl/connections", "xl/querytables/")) for nom in minuscules):
        raise ClasseurRefuse(LIENS)


def _chemin_suspect(nom: str) -> bool:
    return nom.startswith("/") or "\\" in nom or ":" in nom or ".." in nom.split("/")


def _est_feuille(nom: str) -> bool:
    return nom.startswith("xl/worksheets/") or nom == "content.xml"


def _est_ods(archive: zipfile.ZipFile) -> bool:
    noms = set(archive.namelist())
    if {"[Content_Types].xml", "xl/workbook.xml"} <= noms:
        return False
    if {"mimetype", "content.xml"} <= noms and archive.read("mimetype").strip() == ODS:
        return True
    raise ClasseurRefuse(PAS_UN_CLASSEUR)


def _verifier_extension(extension: str, est_ods: bool) -> None:
    attendue = "ods" if est_ods else "xlsx"
    if extension != attendue:
        raise ClasseurRefuse(f"Ce fichier est un classeur .{attendue} : renommez-le avec cette extension.")


def _verifier_contenu(archive: zipfile.ZipFile) -> None:
    """Chaque fichier XML est en UTF-8 et sans déclaration d'entité ; ce qui suit peut alors le lire."""
    for entree in archive.infolist():
        if not entree.filename.lower().endswith((".xml", ".rels")):
            continue
        # Une taille annoncée fausse fait échouer la somme de contrôle : le fichier est refusé comme abîmé.
        xml = archive.read(entree)
        if xml.startswith((b"\xff\xfe", b"\xfe\xff", b"\x00<", b"<\x00")):
            raise ClasseurRefuse(ENCODAGE_REFUSE)
        encodage = ENCODAGE.match(xml.removeprefix(b"\xef\xbb\xbf"))
        if encodage and encodage[1].lower() not in {b"utf-8", b"utf8", b"us-ascii", b"ascii"}:
            raise ClasseurRefuse(ENCODAGE_REFUSE)
        if any(interdit in xml for interdit in XML_INTERDIT):
            raise ClasseurRefuse(ANORMAL)
        _verifier_annexe(entree.filename, xml)


def _verifier_annexe(nom: str, xml: bytes) -> None:
    if nom == "[Content_Types].xml" and b"macroenabled" in xml.lower():
        raise ClasseurRefuse(MACROS)
    if nom == "META-INF/manifest.xml" and b"encryption-data" in xml:
        raise ClasseurRefuse(MOT_DE_PASSE)
    if nom == "content.xml" and (b"<table:table-source" in xml or b"<office:dde-source" in xml):
        raise ClasseurRefuse(LIENS)


def _valeurs_xlsx(contenu: bytes, limites: Limites) -> Classeur:
    classeur = load_workbook(BytesIO(contenu), read_only=True, data_only=True, keep_links=False)
    try:
        feuilles = {}
        masquees = frozenset(une.title for une in classeur.worksheets if une.sheet_state != "visible")
        for feuille in classeur.worksheets:
            # La dimension annoncée peut mentir : seules les cases présentes comptent, elles ont été comptées.
            feuille.reset_dimensions()
            feuilles[feuille.title] = tuple(_lignes_bornees(feuille, limites))
        return Classeur(feuilles, masquees)
    finally:
        classeur.close()


def _lignes_bornees(feuille: Any, limites: Limites) -> Iterator[tuple[Valeur, ...]]:
    """Les limites tiennent aussi pour une feuille rangée ailleurs que là où le parcours les a comptées."""
    for rang, ligne in enumerate(feuille.iter_rows(values_only=True), start=1):
        limites.verifier(f"Feuille « {feuille.title} »", rang, len(ligne))
        yield ligne


def _valeurs_ods(contenu: bytes) -> Classeur:
    classeur = CalamineWorkbook.from_filelike(BytesIO(contenu))
    visible = SheetVisibleEnum.Visible
    masquees = frozenset(une.name for une in classeur.sheets_metadata if une.visible != visible)
    return Classeur({nom: _lignes_ods(classeur, nom) for nom in classeur.sheet_names}, masquees)


def _lignes_ods(classeur: CalamineWorkbook, nom: str) -> Feuille:
    lignes: list[list[Any]] = classeur.get_sheet_by_name(nom).to_python(skip_empty_area=False)
    return tuple(tuple(_valeur_ods(valeur) for valeur in ligne) for ligne in lignes)


def _valeur_ods(valeur: Any) -> Valeur:
    """Une case vide rend une chaîne vide, un entier rend un nombre à virgule : comme pour un .xlsx."""
    if valeur == "":
        return None
    if isinstance(valeur, float) and valeur.is_integer():
        return int(valeur)
    return valeur  # type: ignore[no-any-return]
