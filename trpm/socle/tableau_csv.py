"""Lire sans risque un fichier CSV reçu : l'encodage et le séparateur se devinent, les limites passent avant."""

import csv
import io
import re
from collections import Counter

from trpm.socle.classeur_feuilles import Limites

TABLEAU = tuple[tuple[str, ...], ...]
SEPARATEURS = (";", ",", "\t")
CASE_MAX = 2_000
# Assez pour choisir un séparateur sans parcourir tout le fichier.
ECHANTILLON = 20_000
ANNONCE = re.compile(r"^sep=([;,\t])\r?\n", re.IGNORECASE)
# Ni tabulation, ni fin de ligne : ce que seul un fichier qui n'est pas du texte contient.
CONTROLES = re.compile(r"[\x00-\x08\x0e-\x1f]")
MARQUES = (
    (b"\xff\xfe\x00\x00", ""),
    (b"\x00\x00\xfe\xff", ""),
    (b"\xef\xbb\xbf", "utf-8-sig"),
    (b"\xff\xfe", "utf-16"),
    (b"\xfe\xff", "utf-16"),
)

PAS_DU_TEXTE = "Ce fichier n'est pas un texte CSV : enregistrez-le au format CSV, .xlsx ou .ods."
GUILLEMET = (
    "Un guillemet ouvert n'est jamais refermé : ouvrez le fichier dans votre tableur et enregistrez-le à nouveau."
)


class CsvRefuse(ValueError):
    """Le fichier ne sera pas lu ; le message s'adresse à la personne qui l'a envoyé."""


def lire_csv(contenu: bytes, limites: Limites) -> TABLEAU:
    """Les lignes du fichier, vides comprises : leur rang est celui qu'affiche un tableur."""
    texte = decoder(contenu)
    if CONTROLES.search(texte):
        raise CsvRefuse(PAS_DU_TEXTE)
    separateur = _separateur(texte)
    texte = ANNONCE.sub("", texte)
    lignes: list[tuple[str, ...]] = []
    try:
        for rang, ligne in enumerate(csv.reader(io.StringIO(texte, newline=""), delimiter=separateur, strict=True), 1):
            limites.verifier("Fichier CSV", rang, _largeur(ligne))
            if any(len(case) > CASE_MAX for case in ligne):
                raise CsvRefuse(f"Ligne {rang} : une case dépasse {CASE_MAX} signes. Corrigez-la ou supprimez-la.")
            lignes.append(tuple(ligne))
    except csv.Error as erreur:
        raise CsvRefuse(GUILLEMET) from erreur
    return tuple(lignes)


def decoder(contenu: bytes) -> str:
    """Marque d'ordre, sinon UTF-16 sans marque, sinon UTF-8, sinon la page de code de Windows."""
    for marque, encodage in MARQUES:
        if contenu.startswith(marque):
            return _selon(contenu, encodage)
    if encodage := _utf16_sans_marque(contenu[:ECHANTILLON]):
        return _selon(contenu, encodage)
    try:
        return contenu.decode("utf-8")
    except UnicodeDecodeError:
        pass
    try:
        return contenu.decode("cp1252")
    except UnicodeDecodeError:
        return contenu.decode("latin-1")


def _selon(contenu: bytes, encodage: str) -> str:
    try:
        return contenu.decode(encodage)
    except (UnicodeDecodeError, LookupError) as erreur:
        raise CsvRefuse(PAS_DU_TEXTE) from erreur


def _utf16_sans_marque(debut: bytes) -> str:
    """Un texte français en UTF-16 a presque un octet nul sur deux, toujours du même côté."""
    moitie = max(len(debut) // 2, 1)
    if debut[1::2].count(0) > 0.7 * moitie and debut[0::2].count(0) == 0:
        return "utf-16-le"
    if debut[0::2].count(0) > 0.7 * moitie and debut[1::2].count(0) == 0:
        return "utf-16-be"
    return ""


def _separateur(texte: str) -> str:
    """Celui qu'annonce le fichier, sinon le plus fréquent de la première ligne écrite, hors guillemets."""
    if annonce := ANNONCE.match(texte):
        return annonce[1]
    tete = next((ligne for ligne in _lignes_entieres(texte[:ECHANTILLON]) if ligne.strip(" \t;,\"'")), "")
    hors_guillemets = re.sub(r'"[^"]*"', "", tete)
    compte = Counter({separateur: hors_guillemets.count(separateur) for separateur in SEPARATEURS})
    meilleur, nombre = compte.most_common(1)[0]
    return meilleur if nombre else ";"


def _lignes_entieres(texte: str) -> list[str]:
    """Coupe aux fins de ligne qui ne sont pas dans une case entre guillemets."""
    lignes, courante, dedans = [], "", False
    for morceau in texte.splitlines(keepends=True):
        courante += morceau
        dedans ^= morceau.count('"') % 2 == 1
        if not dedans:
            lignes.append(courante)
            courante = ""
    return [*lignes, courante]


def _largeur(ligne: list[str]) -> int:
    """Les cases vides de la fin ne comptent pas : un tableur en écrit parfois des centaines."""
    return next((rang for rang in range(len(ligne), 0, -1) if ligne[rang - 1].strip()), 0)
