#!/usr/bin/env python3
"""Vérifie une archive de commission TRPM sans l'application : un seul fichier, bibliothèque standard, Python ≥ 3.9.

    python3 verifier_dossier.py archive-3.zip --tete 5f2c…      une archive, et l'empreinte recopiée sur le papier
    python3 verifier_dossier.py archive-1/ archive-2/ archive-3/  une chaîne d'archives
    python3 verifier_dossier.py 014_dossier_E2_martin-lea.pdf     un seul dossier

Il extrait `dossier.json` des PDF, refait le calcul de la note, compare les empreintes et la suite des archives, et dit
en français ce qui diffère. Code de sortie : 0 tout est prouvé, 1 des différences, 2 une entrée illisible.
Le format est décrit dans docs/archive.md. Ce fichier ne partage aucune ligne avec l'application.
"""

from __future__ import annotations

import argparse
import datetime
import hashlib
import json
import os
import re
import stat
import sys
import zipfile
import zlib
from collections.abc import Iterator
from fractions import Fraction
from typing import Any, NamedTuple

MO = 1024 * 1024
# Une archive de 30 candidats fait quelques dizaines de Mo : au-delà de ces bornes, ce n'en est pas une.
FICHIER_MAX, TOTAL_MAX, FICHIERS_MAX = 64 * MO, 2048 * MO, 5000
JSON_MAX, PROFONDEUR_MAX, DECOMPRESSE_MAX = 16 * MO, 30, 64 * MO
OBJETS_MAX, SECTIONS_MAX, VALEURS_MAX = 200_000, 100, 2_000_000
MANIFESTE, SCEAU, JOINT = "manifeste.json", "manifeste.sha256", "dossier.json"
FORMATS = {"manifeste": "trpm-archive/1", "joint": "trpm-archive-dossier/1"}
ENTREES, NOTE = "trpm-dossier/1", "trpm-note/1"
ETATS_PROPOSITION = ("PROPOSEE", "ABSENT", "DISPENSE", "PONCTUEL", "BENEFICE")
# Ce que le bureau d'un ordinateur ajoute tout seul dans un dossier : signalé, jamais une différence.
DU_BUREAU = {".ds_store", "thumbs.db", "desktop.ini"}
NOM_DE_PIECE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,150}\.pdf")
EMPREINTE = re.compile(r"[0-9a-f]{64}")


class Illisible(Exception):
    """Ce qui est donné ne peut pas être lu : il n'y a rien à comparer."""


class Incoherent(Exception):
    """Le calcul ne peut pas être refait à partir de ce qui est écrit."""


class Rapport:
    """Ce qui diffère, et ce qu'il faut savoir sans que ce soit une différence."""

    def __init__(self) -> None:
        self.differences: list[str] = []
        self.remarques: list[str] = []

    def differe(self, ou: str, quoi: str) -> None:
        self.differences.append(f"{ou} : {quoi}" if ou else quoi)

    def exiger(self, vrai: bool, ou: str, quoi: str) -> None:
        if not vrai:
            self.differe(ou, quoi)


def sha256(octets: bytes) -> str:
    return hashlib.sha256(octets).hexdigest()


def citer(valeur: Any) -> str:
    """Un texte reçu, sans caractère qui agirait sur le terminal, tronqué."""
    texte = valeur if isinstance(valeur, str) else json.dumps(valeur, ensure_ascii=False, default=str)
    texte = texte if len(texte) <= 120 else texte[:119] + "…"
    return "".join(c if c.isprintable() else "�" for c in texte)


def lire_json(octets: bytes, quoi: str) -> Any:
    """Ni clé répétée, ni nombre à virgule, ni nombre démesuré, ni imbrication sans fin."""
    if len(octets) > JSON_MAX:
        raise Illisible(f"{quoi} : plus de {JSON_MAX // MO} Mo")
    try:
        valeur = json.loads(
            octets.decode("utf-8"),
            object_pairs_hook=_sans_doublon,
            parse_float=_refuser_nombre,
            parse_constant=_refuser_nombre,
            parse_int=_entier_raisonnable,
        )
    except (ValueError, RecursionError) as erreur:
        raise Illisible(f"{quoi} : JSON illisible ({citer(str(erreur))})") from None
    if _profondeur(valeur) > PROFONDEUR_MAX:
        raise Illisible(f"{quoi} : JSON imbriqué trop profondément")
    return valeur


def _sans_doublon(paires: list[tuple[str, Any]]) -> dict[str, Any]:
    objet = dict(paires)
    if len(objet) != len(paires):
        raise ValueError("une clé est répétée")
    return objet


def _refuser_nombre(ecrit: str) -> Any:
    raise ValueError(f"nombre à virgule {ecrit[:20]}")


def _entier_raisonnable(ecrit: str) -> int:
    if len(ecrit) > 30:
        raise ValueError("nombre démesuré")
    return int(ecrit)


def _profondeur(racine: Any) -> int:
    pile, profond = [(racine, 1)], 0
    while pile:
        valeur, niveau = pile.pop()
        profond = max(profond, niveau)
        enfants = valeur.values() if isinstance(valeur, dict) else valeur if isinstance(valeur, list) else ()
        pile += [(enfant, niveau + 1) for enfant in enfants if isinstance(enfant, (dict, list))]
    return profond


def canonique(valeur: Any) -> bytes:
    """La seule écriture admise : clés triées, aucun espace, UTF-8."""
    texte = json.dumps(valeur, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return texte.encode("utf-8", "surrogatepass")


def champ(objet: Any, chemin: str, attendu: type | tuple[type, ...], ou: str = "") -> Any:
    """La valeur au bout de `a.b.c`, du type attendu ; un booléen n'est pas un entier."""
    valeur = objet
    for cle in chemin.split("."):
        if not isinstance(valeur, dict) or cle not in valeur:
            raise Incoherent(f"{ou}{chemin} manque")
        valeur = valeur[cle]
    types = attendu if isinstance(attendu, tuple) else (attendu,)
    if not isinstance(valeur, types) or (isinstance(valeur, bool) and bool not in types):
        raise Incoherent(f"{ou}{chemin} n'est pas de la nature attendue")
    return valeur


class Nom(str):
    """Un nom PDF (`/Type`)."""


class Ref(NamedTuple):
    """Une référence à un objet."""

    numero: int


class Flux(NamedTuple):
    """Un flux et son dictionnaire."""

    dico: dict[str, Any]
    brut: bytes


class Pdf:
    """Juste ce qu'il faut d'un lecteur PDF pour suivre catalogue, arbre des noms et flux attaché ; tout est borné."""

    BLANC = re.compile(rb"(?:[\0\t\n\f\r ]|%[^\r\n]*)*")
    JETON = re.compile(rb"[^\0\t\n\f\r ()<>\[\]{}/%]+")
    REFERENCE = re.compile(rb"(\d{1,10})[\0\t\n\f\r ]+\d{1,5}[\0\t\n\f\r ]+R(?![^\0\t\n\f\r ()<>\[\]{}/%])")
    ENTETE = re.compile(rb"(\d{1,10})[\0\t\n\f\r ]+\d{1,5}[\0\t\n\f\r ]+obj")

    def __init__(self, octets: bytes) -> None:
        if not octets.startswith(b"%PDF-"):
            raise Illisible("ce n'est pas un PDF")
        self.octets = octets
        self.places: dict[int, tuple[int, int, int]] = {}
        self.bande: dict[str, Any] = {}
        self.contenus: dict[int, tuple[list[int], int, bytes]] = {}
        self.reste, self.valeurs, self.placees = DECOMPRESSE_MAX, VALEURS_MAX, 0
        self.en_cours: set[int] = set()
        self._lire_les_places()
        if "Encrypt" in self.bande:
            raise Illisible("ce PDF est chiffré")

    def attache(self, nom: str) -> bytes:
        """Le contenu du fichier attaché qui porte ce nom ; un seul doit le porter."""
        catalogue = self._dico(self.bande.get("Root"))
        fiches = self._liste(catalogue.get("AF")) + self._de_l_arbre(
            self._dico(self._dico(catalogue.get("Names")).get("EmbeddedFiles"))
        )
        trouves: dict[bytes, bytes] = {}
        for fiche in fiches[:FICHIERS_MAX]:
            specification = self._dico(fiche)
            noms = {self._texte(specification.get(cle)) for cle in ("UF", "F")}
            if nom in noms:
                contenu = self._decoder(self._resoudre(self._dico(specification.get("EF")).get("F")))
                trouves[hashlib.sha256(contenu).digest()] = contenu
        if not trouves:
            raise Illisible(f"aucun fichier « {nom} » n'est attaché au PDF")
        if len(trouves) > 1:
            raise Illisible(f"plusieurs fichiers « {nom} » différents sont attachés au PDF")
        return next(iter(trouves.values()))

    def _de_l_arbre(self, racine: dict[str, Any]) -> list[Any]:
        feuilles, pile, vus = [], [racine], 0
        while pile:
            vus += 1
            if vus > FICHIERS_MAX:
                raise Illisible("arbre des fichiers attachés sans fin")
            noeud = pile.pop()
            feuilles += self._liste(noeud.get("Names"))[1::2]
            pile += [self._dico(enfant) for enfant in self._liste(noeud.get("Kids"))]
        return feuilles

    def _lire_les_places(self) -> None:
        fin = self.octets.rfind(b"startxref")
        trouve = re.compile(rb"startxref\s+(\d{1,12})").match(self.octets, fin) if fin >= 0 else None
        if not trouve:
            raise Illisible("PDF sans table des objets")
        a_lire, lues = [int(trouve.group(1))], set()
        while a_lire:
            place = a_lire.pop(0)
            if place in lues:
                continue
            lues.add(place)
            if len(lues) > SECTIONS_MAX:
                raise Illisible("table des objets sans fin")
            bande = self._table(place) if self.octets.startswith(b"xref", place) else self._flux_de_table(place)
            self.bande = self.bande or bande
            a_lire += [bande[cle] for cle in ("XRefStm", "Prev") if isinstance(bande.get(cle), int)]

    def _table(self, place: int) -> dict[str, Any]:
        position = place + len(b"xref")
        section = re.compile(rb"[\0\t\n\f\r ]*(\d{1,10}) (\d{1,10})[ \r\n]+")
        ligne = re.compile(rb"(\d{10}) (\d{5}) ([nf])[ \r\n]{1,2}")
        while trouve := section.match(self.octets, position):
            premier, nombre = int(trouve.group(1)), int(trouve.group(2))
            position = trouve.end()
            for numero in range(premier, premier + min(nombre, OBJETS_MAX)):
                entree = ligne.match(self.octets, position)
                if not entree:
                    raise Illisible("table des objets abîmée")
                position = entree.end()
                if entree.group(3) == b"n":
                    self._placer(numero, (1, int(entree.group(1)), 0))
        position = self._passer(position)
        if not self.octets.startswith(b"trailer", position):
            raise Illisible("table des objets abîmée")
        bande, _ = self._valeur(self.octets, position + len(b"trailer"))
        return bande if isinstance(bande, dict) else {}

    def _flux_de_table(self, place: int) -> dict[str, Any]:
        _, flux = self._objet_a(place)
        if not isinstance(flux, Flux):
            raise Illisible("table des objets illisible")
        largeurs = [n for n in self._liste(flux.dico.get("W")) if isinstance(n, int) and 0 <= n <= 8]
        if len(largeurs) != 3 or not sum(largeurs):
            raise Illisible("table des objets illisible")
        donnees, pas = self._decoder(flux), sum(largeurs)
        bornes = self._liste(flux.dico.get("Index")) or [0, flux.dico.get("Size")]
        if not all(isinstance(n, int) and 0 <= n <= OBJETS_MAX for n in bornes):
            raise Illisible("table des objets illisible")
        numeros = (n for debut, nombre in zip(bornes[::2], bornes[1::2]) for n in range(debut, debut + nombre))
        for numero, debut in zip(numeros, range(0, len(donnees) - pas + 1, pas)):
            a, b = largeurs[0], largeurs[0] + largeurs[1]
            ligne = donnees[debut : debut + pas]
            genre = int.from_bytes(ligne[:a], "big") if a else 1
            if genre in (1, 2):
                self._placer(numero, (genre, int.from_bytes(ligne[a:b], "big"), int.from_bytes(ligne[b:], "big")))
        return flux.dico

    def _placer(self, numero: int, place: tuple[int, int, int]) -> None:
        """La table la plus récente, lue la première, l'emporte."""
        self.placees += 1
        if self.placees > OBJETS_MAX:
            raise Illisible("trop d'objets dans ce PDF")
        self.places.setdefault(numero, place)

    def _resoudre(self, valeur: Any) -> Any:
        for _ in range(PROFONDEUR_MAX):
            if not isinstance(valeur, Ref):
                return valeur
            valeur = self._objet(valeur.numero)
        raise Illisible("référence sans fin")

    def _objet(self, numero: int) -> Any:
        genre, ou, rang = self.places.get(numero, (0, 0, 0))
        if not genre:
            return None
        if numero in self.en_cours or len(self.en_cours) > PROFONDEUR_MAX:
            raise Illisible("référence sans fin")
        self.en_cours.add(numero)
        try:
            if genre == 2:
                return self._dans_un_flux(ou, rang, numero)
            trouve, valeur = self._objet_a(ou)
            if trouve != numero:
                raise Illisible("table des objets fausse")
            return valeur
        finally:
            self.en_cours.discard(numero)

    def _dans_un_flux(self, porteur: int, rang: int, numero: int) -> Any:
        if porteur not in self.contenus:
            flux = self._objet(porteur) if self.places.get(porteur, (0,))[0] == 1 else None
            if not isinstance(flux, Flux) or not isinstance(flux.dico.get("First"), int):
                raise Illisible("flux d'objets illisible")
            contenu, premier = self._decoder(flux), flux.dico["First"]
            entete = re.sub(rb"%[^\r\n]*", b" ", contenu[:premier]).split()
            if not all(mot.isdigit() and len(mot) <= 10 for mot in entete):
                raise Illisible("flux d'objets illisible")
            self.contenus[porteur] = ([int(mot) for mot in entete], premier, contenu)
        entete_lu, premier, contenu = self.contenus[porteur]
        if 2 * rang + 1 >= len(entete_lu) or entete_lu[2 * rang] != numero:
            raise Illisible("flux d'objets illisible")
        return self._valeur(contenu, premier + entete_lu[2 * rang + 1])[0]

    def _objet_a(self, place: int) -> tuple[int, Any]:
        position = self._passer(place)
        entete = self.ENTETE.match(self.octets, position)
        if not entete:
            raise Illisible("table des objets fausse")
        valeur, position = self._valeur(self.octets, entete.end())
        position = self._passer(position)
        if isinstance(valeur, dict) and self.octets.startswith(b"stream", position):
            longueur = self._resoudre(valeur.get("Length"))
            if not isinstance(longueur, int) or longueur < 0:
                raise Illisible("flux sans longueur")
            position += len(b"stream")
            position += 2 if self.octets.startswith(b"\r\n", position) else 1
            valeur = Flux(valeur, self.octets[position : position + longueur])
        return int(entete.group(1)), valeur

    def _decoder(self, flux: Any) -> bytes:
        if not isinstance(flux, Flux):
            raise Illisible("le fichier attaché n'est pas un flux")
        filtre = self._resoudre(flux.dico.get("Filter"))
        filtres = [filtre] if isinstance(filtre, Nom) else self._liste(filtre)
        contenu = flux.brut
        if filtres and filtres != ["FlateDecode"]:
            raise Illisible("flux compressé d'une façon inattendue")
        if filtres:
            machine = zlib.decompressobj()
            try:
                contenu = machine.decompress(contenu, max(self.reste, 1))
            except zlib.error:
                raise Illisible("flux compressé abîmé") from None
            if not machine.eof:
                raise Illisible("flux compressé tronqué ou démesuré")
        self.reste -= len(contenu)
        if self.reste <= 0:
            raise Illisible("ce PDF se décompresse sans fin")
        parametres = self._resoudre(flux.dico.get("DecodeParms"))
        parametres = parametres[0] if isinstance(parametres, list) and parametres else parametres
        return _sans_prediction(contenu, self._dico(parametres)) if parametres else contenu

    def _dico(self, valeur: Any) -> dict[str, Any]:
        lu = self._resoudre(valeur)
        return lu if isinstance(lu, dict) else {}

    def _liste(self, valeur: Any) -> list[Any]:
        lu = self._resoudre(valeur)
        return lu if isinstance(lu, list) else []

    def _texte(self, valeur: Any) -> str:
        lu = self._resoudre(valeur)
        if not isinstance(lu, bytes):
            return ""
        return lu[2:].decode("utf-16-be", "replace") if lu.startswith(b"\xfe\xff") else lu.decode("latin-1")

    def _passer(self, position: int, octets: bytes | None = None) -> int:
        trouve = self.BLANC.match(self.octets if octets is None else octets, position)
        return trouve.end() if trouve else position

    def _valeur(self, octets: bytes, position: int, niveau: int = 0) -> tuple[Any, int]:
        self.valeurs -= 1
        if niveau > PROFONDEUR_MAX or self.valeurs < 0:
            raise Illisible("objets imbriqués sans fin")
        position = self._passer(position, octets)
        if octets.startswith(b"<<", position):
            return self._lire_dico(octets, position + 2, niveau)
        if octets.startswith(b"[", position):
            return self._lire_liste(octets, position + 1, b"]", niveau)
        if octets.startswith(b"(", position):
            return _chaine(octets, position + 1)
        if octets.startswith(b"<", position):
            fin = octets.find(b">", position)
            chiffres = bytes(c for c in octets[position + 1 : fin] if c in b"0123456789abcdefABCDEF")
            return bytes.fromhex((chiffres + b"0" * (len(chiffres) % 2)).decode()), _apres(fin)
        if octets.startswith(b"/", position):
            jeton = self.JETON.match(octets, position + 1)
            nom = jeton.group() if jeton else b""
            propre = re.sub(rb"#([0-9a-fA-F]{2})", lambda m: bytes([int(m.group(1), 16)]), nom)
            return Nom(propre.decode("latin-1")), position + 1 + len(nom)
        if reference := self.REFERENCE.match(octets, position):
            return Ref(int(reference.group(1))), reference.end()
        jeton = self.JETON.match(octets, position)
        if not jeton:
            raise Illisible("objet PDF illisible")
        return _simple(jeton.group()), jeton.end()

    def _lire_liste(self, octets: bytes, position: int, fin: bytes, niveau: int) -> tuple[list[Any], int]:
        lues: list[Any] = []
        while not octets.startswith(fin, position := self._passer(position, octets)):
            valeur, position = self._valeur(octets, position, niveau + 1)
            lues.append(valeur)
        return lues, position + len(fin)

    def _lire_dico(self, octets: bytes, position: int, niveau: int) -> tuple[dict[str, Any], int]:
        lues, position = self._lire_liste(octets, position, b">>", niveau)
        return {str(cle): valeur for cle, valeur in zip(lues[::2], lues[1::2]) if isinstance(cle, Nom)}, position


def _apres(fin: int) -> int:
    if fin < 0:
        raise Illisible("objet PDF illisible")
    return fin + 1


def _simple(jeton: bytes) -> Any:
    if re.fullmatch(rb"[+-]?\d{1,18}", jeton):
        return int(jeton)
    return {b"true": True, b"false": False, b"null": None}.get(jeton, jeton.decode("latin-1"))


def _chaine(octets: bytes, position: int) -> tuple[bytes, int]:
    """Une chaîne entre parenthèses, échappements compris."""
    lue, ouvertes = bytearray(), 1
    echappes = {b"n": b"\n", b"r": b"\r", b"t": b"\t", b"b": b"\b", b"f": b"\f", b"\n": b"", b"\r": b""}
    while position < len(octets):
        c = octets[position : position + 1]
        position += 1
        if c == b"\\":
            if octal := re.compile(rb"[0-7]{1,3}").match(octets, position):
                lue.append(int(octal.group(), 8) & 255)
                position = octal.end()
                continue
            suivant = octets[position : position + 1]
            lue += echappes.get(suivant, suivant)
            position += 1
            continue
        ouvertes += (c == b"(") - (c == b")")
        if not ouvertes:
            return bytes(lue), position
        lue += c
    raise Illisible("objet PDF illisible")


def _sans_prediction(contenu: bytes, parametres: dict[str, Any]) -> bytes:
    """Les prédicteurs PNG, que d'autres logiciels emploient pour la table des objets."""
    predicteur, colonnes = parametres.get("Predictor", 1), parametres.get("Columns", 1)
    if predicteur == 1:
        return contenu
    bornees = isinstance(colonnes, int) and 0 < colonnes <= 65536 and len(contenu) <= 4 * MO
    if not bornees or predicteur not in range(10, 16):
        raise Illisible("flux compressé d'une façon inattendue")
    avant, rendu = bytearray(colonnes), bytearray()
    for debut in range(0, len(contenu), colonnes + 1):
        genre, ligne = contenu[debut], bytearray(contenu[debut + 1 : debut + 1 + colonnes])
        for i in range(len(ligne)):
            gauche, haut = (ligne[i - 1] if i else 0), avant[i]
            diagonale = avant[i - 1] if i else 0
            ajout = (0, gauche, haut, (gauche + haut) // 2, _paeth(gauche, haut, diagonale))[min(genre, 4)]
            ligne[i] = (ligne[i] + ajout) & 255
        rendu += ligne
        avant = ligne + bytearray(colonnes - len(ligne))
    return bytes(rendu)


def _paeth(gauche: int, haut: int, diagonale: int) -> int:
    estime = gauche + haut - diagonale
    return min((gauche, haut, diagonale), key=lambda v: abs(estime - v))


def nombre(valeur: Any, quoi: str) -> Fraction:
    """Un entier, ou une chaîne « n », « n/d », « n.d »."""
    if isinstance(valeur, int) and not isinstance(valeur, bool):
        return Fraction(valeur)
    if isinstance(valeur, str) and re.fullmatch(r"-?[0-9]{1,30}(\.[0-9]{1,30}|/0*[1-9][0-9]{0,29})?", valeur):
        return Fraction(valeur)
    raise Incoherent(f"{quoi} n'est pas un nombre")


def structure_de(joint: Any) -> list[tuple[str, list[str]]]:
    """Les compétences de l'épreuve pour l'option du candidat, chacune avec ses compétences détaillées."""
    structure = [
        (champ(c, "code", str), [champ(d, "code", str) for d in champ(c, "detaillees", list)])
        for c in champ(joint, "competences", list)
    ]
    toutes = [code for _, detaillees in structure for code in detaillees]
    if not structure or len(set(toutes)) != len(toutes) or len({code for code, _ in structure}) != len(structure):
        raise Incoherent("les compétences de l'épreuve manquent ou se répètent")
    return structure


def situations_de(entrees: Any, connues: set[str]) -> list[dict[str, Any]]:
    """Les situations certificatives, de la plus ancienne à la plus récente ; toutes sont contrôlées."""
    lues, codes = [], set()
    for situation in champ(entrees, "situations", list):
        code, jour = champ(situation, "code", str), champ(situation, "date", str)
        try:
            datetime.date.fromisoformat(jour if re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", jour) else "")
        except ValueError:
            raise Incoherent(f"la date de la situation {citer(code)} n'en est pas une") from None
        niveaux = champ(situation, "positionnements", dict)
        for detaillee, valeur in niveaux.items():
            admis = valeur in ("NE", "ABJ", "ABN", "DISP") if isinstance(valeur, str) else type(valeur) is int
            if detaillee not in connues or not admis or (isinstance(valeur, int) and not 1 <= valeur <= 4):
                raise Incoherent(f"situation {citer(code)}, {citer(detaillee)} : positionnement impossible")
        if code in codes:
            raise Incoherent(f"la situation {citer(code)} est répétée")
        codes.add(code)
        if champ(situation, "certificative", bool):
            lues.append({"code": code, "date": jour, "niveaux": niveaux})
    return sorted(lues, key=lambda s: (s["date"], s["code"]))


def par_detaillee(
    situations: list[dict[str, Any]], detaillees: list[str], points: dict[int, Fraction]
) -> tuple[Fraction | None, dict[str, Any]]:
    """Le plus haut niveau de chaque détaillée, la situation la plus ancienne départageant ; puis la moyenne."""
    retenus: dict[str, Any] = {}
    for detaillee in detaillees:
        for situation in situations:
            niveau = situation["niveaux"].get(detaillee)
            if isinstance(niveau, int) and niveau > retenus.get(detaillee, {"niveau": 0})["niveau"]:
                retenus[detaillee] = {"niveau": niveau, "situation": situation["code"]}
    if not retenus:
        return None, {}
    return sum((points[r["niveau"]] for r in retenus.values()), Fraction(0)) / len(retenus), retenus


def par_competence(
    situations: list[dict[str, Any]], detaillees: list[str], points: dict[int, Fraction]
) -> tuple[Fraction | None, dict[str, Any]]:
    """La moyenne de chaque situation ; la plus haute, la plus ancienne départageant."""
    meilleure: tuple[Fraction | None, dict[str, Any]] = (None, {})
    for situation in situations:
        moyenne, retenus = par_detaillee([situation], detaillees, points)
        if moyenne is not None and (meilleure[0] is None or moyenne > meilleure[0]):
            meilleure = (moyenne, retenus)
    return meilleure


def grille_de(entrees: Any, codes: list[str]) -> tuple[dict[int, Fraction], dict[str, Fraction], dict[str, Any]]:
    """Points par niveau, poids par compétence, réglages : tout doit être écrit, rien n'est supposé."""
    grille = champ(entrees, "grille", dict)
    points = {n: nombre(champ(grille, f"points.{n}", (str, int)), f"points du niveau {n}") for n in (1, 2, 3, 4)}
    if points[1] < 0 or not points[1] <= points[2] <= points[3] <= points[4] or points[4] == 0:
        raise Incoherent("les points des niveaux ne croissent pas")
    ecrits = champ(grille, "poids", dict)
    poids = {code: nombre(ecrits.get(code), f"le poids de {citer(code)}") for code in codes}
    if set(ecrits) != set(codes) or min(poids.values()) < 0 or not any(poids.values()):
        raise Incoherent("les poids ne sont pas ceux des compétences de l'épreuve")
    admis = {
        "granularite": ("competence_detaillee", "competence"),
        "non_evalue": ("bloque", "renormalise"),
        "arrondi": ("demi_point_superieur", "demi_point_proche", "aucun"),
    }
    for reglage, choix in admis.items():
        if grille.get(reglage) not in choix:
            raise Incoherent(f"réglage « {reglage} » inconnu")
    return points, poids, grille


def recalculer(entrees: Any, structure: list[tuple[str, list[str]]]) -> dict[str, Any]:
    """La note refaite depuis les seules entrées, dans la forme de `trpm-note/1`, sans les phrases."""
    if champ(entrees, "format", str) != ENTREES:
        raise Incoherent(f"les entrées ne sont pas au format {ENTREES}")
    points, poids, grille = grille_de(entrees, [code for code, _ in structure])
    situations = situations_de(entrees, {d for _, detaillees in structure for d in detaillees})
    positions = entrees.get("positions_commission", {})
    if not isinstance(positions, dict) or not set(positions) <= set(poids):
        raise Incoherent("la commission positionne une compétence hors de l'épreuve")
    choisir = par_competence if grille["granularite"] == "competence" else par_detaillee
    lignes, somme, evalue, trou = [], Fraction(0), Fraction(0), False
    for code, detaillees in structure:
        valeur, retenus = choisir(situations, detaillees, points)
        origine = "non_evaluee" if valeur is None else "situations"
        if code in positions:
            if type(positions[code]) is not int or positions[code] not in points:
                raise Incoherent(f"niveau de la commission impossible pour {citer(code)}")
            valeur, origine = points[positions[code]], "commission"
        trou = trou or valeur is None
        somme += poids[code] * valeur if valeur is not None else 0
        evalue += poids[code] if valeur is not None else 0
        couvertes = len(par_detaillee(situations, detaillees, points)[1])
        lignes.append(
            {
                "code": code,
                "poids": int(poids[code]) if poids[code].denominator == 1 else str(poids[code]),
                "points": None if valeur is None else str(valeur),
                "points_max": str(points[4]),
                "origine": origine,
                "retenus": retenus,
                "couverture": f"{couvertes}/{len(detaillees)}",
            }
        )
    bonus, bonus_max = nombre(entrees.get("bonus", 0), "le bonus"), nombre(grille.get("bonus_max", 0), "bonus_max")
    if not 0 <= bonus <= bonus_max:
        raise Incoherent("le bonus dépasse le maximum de la grille")
    bloquee = not evalue or (trou and grille["non_evalue"] == "bloque")
    note = None if bloquee else min(somme / evalue * 20 / points[4] + bonus, Fraction(20))
    return {"competences": lignes, **ecrire_note(note, grille["arrondi"])}


def ecrire_note(note: Fraction | None, arrondi: str) -> dict[str, str | None]:
    if note is None:
        return {"note_exacte": None, "note_calculee": None, "note_arrondie": None}
    cent = (note * 200 + 1) // 2
    calculee = f"{cent // 100}.{cent % 100:02d}"
    demis = -((-note * 2) // 1) if arrondi == "demi_point_superieur" else (note * 4 + 1) // 2
    arrondie = calculee if arrondi == "aucun" else f"{demis // 2}.{demis % 2 * 5}"
    return {"note_exacte": str(note), "note_calculee": calculee, "note_arrondie": arrondie}


def controler_joint(joint: Any, ou: str, rapport: Rapport) -> None:
    """Le calcul refait, comparé au résultat écrit ; puis la proposition, comparée au résultat."""
    try:
        if champ(joint, "format", str) != FORMATS["joint"]:
            raise Incoherent(f"format inconnu, {FORMATS['joint']} attendu")
        proposition, entrees = champ(joint, "proposition", dict), joint.get("entrees")
        if entrees is None:
            rapport.exiger(proposition.get("etat") != "PROPOSEE", ou, "une note est proposée sans aucune entrée.")
            rapport.exiger(joint.get("resultat") is None, ou, "un résultat est écrit sans aucune entrée.")
        else:
            _controler_resultat(joint, ou, rapport)
        _controler_proposition(joint, proposition, ou, rapport)
    except Incoherent as erreur:
        rapport.differe(ou, f"le calcul ne peut pas être refait : {erreur}.")


def _controler_resultat(joint: Any, ou: str, rapport: Rapport) -> None:
    refait, ecrit = recalculer(joint["entrees"], structure_de(joint)), champ(joint, "resultat", dict)
    rapport.exiger(ecrit.get("format") == NOTE, ou, f"le résultat n'est pas au format {NOTE}.")
    for cle, chemin in (("option", "candidat.option"), ("epreuve", "epreuve.code")):
        valeur = champ(joint, chemin, str)
        meme = valeur == joint["entrees"].get(cle) == ecrit.get(cle)
        rapport.exiger(meme, ou, f"« {cle} » n'est pas la même partout dans le dossier.")
    lignes = {str(ligne.get("code")): ligne for ligne in champ(ecrit, "competences", list) if isinstance(ligne, dict)}
    for attendue in refait["competences"]:
        ligne = lignes.pop(attendue["code"], {})
        for cle, valeur in attendue.items():
            lu = ligne.get(cle)
            if lu != valeur or type(lu) is not type(valeur):
                dit = f"{cle} {citer(lu)} écrit, {citer(valeur)} refait"
                rapport.differe(ou, f"{attendue['code']} : {dit} à partir des positionnements.")
    rapport.exiger(not lignes, ou, "le résultat compte des compétences hors de l'épreuve.")
    for cle in ("note_exacte", "note_calculee", "note_arrondie"):
        if ecrit.get(cle) != refait[cle]:
            rapport.differe(ou, f"{cle} {citer(ecrit.get(cle))} écrite, {citer(refait[cle])} refaite.")
    sans_note = refait["note_exacte"] is None
    rapport.exiger(bool(ecrit.get("motifs")) == sans_note, ou, "les motifs ne disent pas si la note est bloquée.")


def _controler_proposition(joint: Any, proposition: Any, ou: str, rapport: Rapport) -> None:
    resultat = joint.get("resultat") or {}
    for cle in ("note_calculee", "note_arrondie"):
        if proposition.get(cle) != resultat.get(cle):
            dit = f"{citer(proposition.get(cle))} dans la proposition, {citer(resultat.get(cle))} dans le résultat"
            rapport.differe(ou, f"{cle} : {dit}.")
    positions = {}
    for position in champ(joint, "positions", list):
        positions[champ(position, "competence", str)] = champ(position, "niveau", int)
        sans_motif = not str(position.get("motif") or "").strip()
        rapport.exiger(not sans_motif, ou, f"{position['competence']} : positionnée par la commission sans motif.")
    entrees = joint.get("entrees") or {}
    meme = positions == entrees.get("positions_commission", {})
    rapport.exiger(meme, ou, "les positions de la commission ne sont pas celles du calcul.")
    meme = nombre(proposition.get("bonus"), "le bonus") == nombre(entrees.get("bonus", 0), "le bonus")
    rapport.exiger(meme, ou, "le bonus de la proposition n'est pas celui du calcul.")
    etat, proposee = proposition.get("etat"), proposition.get("note_proposee")
    if etat not in ETATS_PROPOSITION:
        rapport.differe(ou, f"état « {citer(etat)} » : la commission n'a pas fini.")
    elif etat != "PROPOSEE":
        rapport.exiger(proposee is None, ou, f"une note est proposée alors que l'état est {etat}.")
    else:
        _controler_note_proposee(joint, proposition, ou, rapport)


def _controler_note_proposee(joint: Any, proposition: Any, ou: str, rapport: Rapport) -> None:
    proposee, arrondie = nombre(proposition.get("note_proposee"), "la note proposée"), proposition.get("note_arrondie")
    rapport.exiger(0 <= proposee <= 20, ou, "la note proposée n'est pas entre 0 et 20.")
    if arrondie is None or proposee != nombre(arrondie, "la note arrondie"):
        dit = f"note proposée {citer(proposition['note_proposee'])} pour {citer(arrondie)} par le calcul"
        rapport.exiger(bool(str(proposition.get("motif_ecart") or "").strip()), ou, f"{dit}, sans motif d'écart.")
    seuil = nombre(champ(joint, "grille.seuil_commentaire", (str, int)), "le seuil du commentaire")
    if proposee < seuil:
        commentee = bool(str(proposition.get("commentaire") or "").strip())
        rapport.exiger(commentee, ou, f"note proposée inférieure à {seuil}, sans commentaire.")


class Source:
    """Les fichiers d'une archive, lus un à un, dans la limite de ce qu'une archive peut être."""

    def __init__(self, chemin: str) -> None:
        self.chemin, self.lus = chemin, 0
        self.zip: zipfile.ZipFile | None = None
        self.noms: dict[str, str] = dict(self._du_dossier() if os.path.isdir(chemin) else self._du_zip())

    def _du_dossier(self) -> Iterator[tuple[str, str]]:
        nombre_lu = 0
        for racine, dossiers, fichiers in os.walk(self.chemin):
            dossiers.sort()
            for nom in sorted(fichiers):
                nombre_lu += 1
                if nombre_lu > FICHIERS_MAX:
                    raise Illisible(f"plus de {FICHIERS_MAX} fichiers")
                complet = os.path.join(racine, nom)
                yield os.path.relpath(complet, self.chemin).replace(os.sep, "/"), complet

    def _du_zip(self) -> Iterator[tuple[str, str]]:
        try:
            self.zip = zipfile.ZipFile(self.chemin)
        except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError) as erreur:
            raise Illisible(f"fichier .zip illisible ({citer(str(erreur))})") from None
        noms = [info.filename for info in self.zip.infolist() if not info.is_dir()]
        if len(noms) > FICHIERS_MAX:
            raise Illisible(f"plus de {FICHIERS_MAX} fichiers")
        if len(set(noms)) != len(noms):
            raise Illisible("un fichier est deux fois dans le .zip")
        # Un .zip refait à la main garde souvent le nom du dossier devant chaque fichier.
        racines = {nom.partition("/")[0] for nom in noms}
        prefixe = f"{next(iter(racines))}/" if len(racines) == 1 and all("/" in nom for nom in noms) else ""
        for nom in noms:
            yield nom[len(prefixe) :], nom

    def lire(self, nom: str) -> bytes:
        """Au plus `FICHIER_MAX` octets : on lit un octet de plus pour savoir s'il y en avait davantage."""
        complet = self.noms[nom]
        try:
            if self.zip is not None:
                with self.zip.open(complet) as fichier:
                    octets = fichier.read(FICHIER_MAX + 1)
            else:
                octets = lire_fichier(complet)
        except (OSError, zipfile.BadZipFile, zlib.error, RuntimeError, NotImplementedError, EOFError, ValueError) as e:
            raise Illisible(f"{citer(nom)} : lecture impossible ({citer(str(e))})") from None
        self.lus += len(octets)
        if len(octets) > FICHIER_MAX or self.lus > TOTAL_MAX:
            raise Illisible(f"{citer(nom)} : trop gros pour une archive")
        return octets


def lire_fichier(chemin: str) -> bytes:
    if not stat.S_ISREG(os.stat(chemin).st_mode):
        raise OSError("ce n'est pas un fichier ordinaire")
    with open(chemin, "rb") as fichier:
        return fichier.read(FICHIER_MAX + 1)


class Archive(NamedTuple):
    """Ce que la suite des archives a besoin de savoir."""

    chemin: str
    manifeste: dict[str, Any]
    empreinte: str

    @property
    def titre(self) -> str:
        m = self.manifeste
        centre = m["centre"]["uai"] or m["centre"]["nom"]
        nom = f"archive n° {m['numero']} de {centre}, session {m['session']}, {m['classe']}"
        return citer(f"{nom}, version {m['version_commission']} de la commission")


def controler_archive(source: Source, rapport: Rapport) -> Archive:
    if MANIFESTE not in source.noms:
        raise Illisible(f"pas de {MANIFESTE} : ce n'est pas une archive de commission")
    octets = source.lire(MANIFESTE)
    manifeste = lire_json(octets, MANIFESTE)
    try:
        _controler_forme(manifeste)
    except Incoherent as erreur:
        raise Illisible(f"{MANIFESTE} : {erreur}") from None
    empreinte = sha256(octets)
    rapport.exiger(canonique(manifeste) == octets, MANIFESTE, "il n'est pas écrit sous sa forme canonique.")
    if SCEAU not in source.noms:
        rapport.differe(SCEAU, "ce fichier manque.")
    else:
        attendu = f"{empreinte}  {MANIFESTE}\n".encode()
        rapport.exiger(source.lire(SCEAU) == attendu, SCEAU, "l'empreinte écrite n'est pas celle du manifeste.")
    memes = manifeste["version_commission"] == manifeste["commission"]["version"]
    rapport.exiger(memes, MANIFESTE, "la version de la commission n'y est pas la même partout.")
    if manifeste["version_commission"] > 1 and not manifeste["motif"].strip():
        rapport.differe(MANIFESTE, "la commission a été rouverte sans motif.")
    _controler_pieces(source, manifeste, rapport)
    return Archive(source.chemin, manifeste, empreinte)


def _controler_forme(manifeste: Any) -> None:
    if champ(manifeste, "format", str) != FORMATS["manifeste"]:
        raise Incoherent(f"format inconnu, {FORMATS['manifeste']} attendu")
    for chemin in ("centre.uai", "centre.nom", "classe", "precedent", "motif", "diplome.code", "commission.date"):
        champ(manifeste, chemin, str)
    for chemin in ("session", "numero", "version_commission", "commission.version"):
        champ(manifeste, chemin, int)
    for piece in champ(manifeste, "pieces", list):
        for cle in ("nom", "nature", "sha256"):
            champ(piece, cle, str, "pièce : ")
        champ(piece, "octets", int, "pièce : ")
        champ(piece, "ordre", int, "pièce : ")
        for cle in ("candidat", "epreuve"):
            champ(piece, cle, (str, type(None)), "pièce : ")
    for ligne in champ(manifeste, "propositions", list):
        for cle in ("candidat", "epreuve", "etat", "option"):
            champ(ligne, cle, str, "proposition : ")
        champ(ligne, "dossier", (str, type(None)), "proposition : ")


def _controler_pieces(source: Source, manifeste: Any, rapport: Rapport) -> None:
    pieces, propositions = manifeste["pieces"], manifeste["propositions"]
    noms = [piece["nom"] for piece in pieces]
    for nom in sorted({nom for nom in noms if noms.count(nom) > 1}):
        rapport.differe(MANIFESTE, f"la pièce {citer(nom)} y est deux fois.")
    suite = [piece["ordre"] for piece in pieces] == list(range(1, len(pieces) + 1))
    rapport.exiger(suite, MANIFESTE, "les pièces ne se suivent pas dans l'ordre.")
    for ailleurs in sorted(set(source.noms) - set(noms) - {MANIFESTE, SCEAU}):
        if ailleurs.rpartition("/")[2].lower() in DU_BUREAU:
            rapport.remarques.append(f"{citer(ailleurs)} : ajouté par l'ordinateur, ignoré.")
        else:
            rapport.differe(citer(ailleurs), "ce fichier n'est pas dans le manifeste.")
    lignes = {(ligne["candidat"], ligne["epreuve"]): ligne for ligne in propositions}
    rapport.exiger(len(lignes) == len(propositions), MANIFESTE, "un candidat y est deux fois à la même épreuve.")
    for nature in ("PV", "RECAPITULATIF"):
        rapport.exiger(sum(p["nature"] == nature for p in pieces) == 1, MANIFESTE, f"il faut une pièce {nature}.")
    attendues = {(cle, nature) for cle, ligne in lignes.items() if ligne["dossier"] for nature in ("GRILLE", "DOSSIER")}
    presentes = [((p["candidat"], p["epreuve"]), p["nature"]) for p in pieces if p["candidat"] is not None]
    meme = sorted(map(str, attendues)) == sorted(map(str, presentes))
    rapport.exiger(meme, MANIFESTE, "les grilles et les dossiers ne sont pas ceux des propositions.")
    for ligne in propositions:
        if ligne["etat"] == "PROPOSEE" and not ligne["dossier"]:
            rapport.differe(MANIFESTE, f"{citer(ligne['candidat'])} {citer(ligne['epreuve'])} : note sans dossier.")
        rapport.exiger(ligne["etat"] in ETATS_PROPOSITION, MANIFESTE, f"état « {citer(ligne['etat'])} » inattendu.")
    for piece in pieces:
        _controler_piece(source, manifeste, piece, lignes, rapport)


def _controler_piece(source: Source, manifeste: Any, piece: Any, lignes: Any, rapport: Rapport) -> None:
    nom = piece["nom"]
    if not NOM_DE_PIECE.fullmatch(nom) or nom not in source.noms:
        rapport.differe(citer(nom), "cette pièce du manifeste manque.")
        return
    try:
        octets = source.lire(nom)
    except Illisible as erreur:
        rapport.differe("", f"{erreur}.")
        return
    if sha256(octets) != piece["sha256"] or len(octets) != piece["octets"]:
        rapport.differe(nom, "le fichier n'est pas celui du manifeste (empreinte différente).")
    if piece["candidat"] is None:
        return
    try:
        attache = Pdf(octets).attache(JOINT)
        joint = lire_json(attache, JOINT)
    except Illisible as erreur:
        rapport.differe(nom, f"{erreur}.")
        return
    ligne = lignes.get((piece["candidat"], piece["epreuve"]), {})
    rapport.exiger(sha256(attache) == ligne.get("dossier"), nom, f"{JOINT} n'est pas celui du manifeste.")
    if piece["nature"] == "DOSSIER":
        controler_joint(joint, nom, rapport)
        _comparer_au_manifeste(joint, manifeste, piece, ligne, rapport)


def _comparer_au_manifeste(joint: Any, manifeste: Any, piece: Any, ligne: Any, rapport: Rapport) -> None:
    nom = piece["nom"]
    for cle in ("centre", "diplome", "session", "classe", "commission"):
        meme = isinstance(joint, dict) and joint.get(cle) == manifeste[cle]
        rapport.exiger(meme, nom, f"« {cle} » n'est pas le même que dans le manifeste.")
    try:
        lu = {
            "candidat": champ(joint, "candidat.cle", str),
            "epreuve": champ(joint, "epreuve.code", str),
            "option": champ(joint, "candidat.option", str),
            **{
                cle: champ(joint, f"proposition.{cle}", (str, type(None)))
                for cle in ("etat", "note_calculee", "note_arrondie", "note_proposee")
            },
        }
    except Incoherent as erreur:
        rapport.differe(nom, f"{erreur}.")
        return
    fond = {cle: joint.get(cle) for cle in ("entrees", "resultat", "positions", "proposition")}
    rapport.exiger(
        sha256(canonique(fond)) == ligne.get("fond"), nom, "ce qui a été décidé n'est pas ce qui a été scellé."
    )
    for cle, valeur in lu.items():
        if ligne.get(cle, "absente") != valeur:
            dit = f"{citer(valeur)} dans le dossier, {citer(ligne.get(cle))} dans le manifeste"
            rapport.differe(nom, f"« {cle} » : {dit}.")


def controler_suite(archives: list[Archive], tete: str | None, rapport: Rapport) -> None:
    """Chaque archive porte l'empreinte de la précédente : en retirer ou en remplacer une se voit."""
    archives = sorted(archives, key=lambda archive: archive.manifeste["numero"])
    for archive in archives:
        numero, precedent = archive.manifeste["numero"], archive.manifeste["precedent"]
        rapport.exiger(numero >= 1, archive.titre, "ce numéro n'est pas possible.")
        bien = precedent == "" if numero == 1 else bool(EMPREINTE.fullmatch(precedent))
        rapport.exiger(bien, archive.titre, "l'empreinte de l'archive précédente ne va pas avec son numéro.")
    for avant, apres in zip(archives, archives[1:]):
        codes = {avant.manifeste["centre"]["uai"], apres.manifeste["centre"]["uai"]} - {""}
        meme_centre = len(codes) < 2
        rapport.exiger(meme_centre, apres.titre, f"n'est pas du même centre que l'{avant.titre}.")
        suivie = apres.manifeste["numero"] == avant.manifeste["numero"] + 1
        suivie = suivie and apres.manifeste["precedent"] == avant.empreinte
        rapport.exiger(suivie, apres.titre, f"ne suit pas l'{avant.titre}.")
        memes = all(avant.manifeste[cle] == apres.manifeste[cle] for cle in ("classe", "session", "diplome"))
        if memes and apres.manifeste["version_commission"] <= avant.manifeste["version_commission"]:
            rapport.differe(apres.titre, "ne porte pas une version plus récente de la commission.")
    if archives and archives[0].manifeste["numero"] > 1:
        debut = archives[0].manifeste["numero"] - 1
        rapport.remarques.append(f"La suite est vérifiée à partir d'ici : les archives 1 à {debut} manquent ici.")
    if tete is None:
        rapport.remarques.append(
            "Sans l'empreinte recopiée le jour de la clôture (--tete), ceci prouve que l'archive est d'accord avec "
            "elle-même, pas que c'est celle de ce jour-là."
        )
    elif not archives or archives[-1].empreinte != tete:
        rapport.differe("", "l'empreinte de tête donnée n'est pas celle de la dernière archive : elle a été remplacée.")


def controler_pdf_seul(chemin: str, rapport: Rapport) -> str:
    """Un dossier sans son archive : le calcul se refait ; l'empreinte se compare si le manifeste est à côté."""
    octets = lire_borne(chemin)
    attache = Pdf(octets).attache(JOINT)
    joint, nom = lire_json(attache, JOINT), os.path.basename(chemin)
    controler_joint(joint, citer(nom), rapport)
    voisin = os.path.join(os.path.dirname(chemin), MANIFESTE)
    if not os.path.isfile(voisin):
        rapport.remarques.append(f"{citer(nom)} : sans {MANIFESTE} à côté, seul le calcul est vérifié.")
        return sha256(octets)
    manifeste = lire_json(lire_borne(voisin), MANIFESTE)
    try:
        _controler_forme(manifeste)
    except Incoherent as erreur:
        raise Illisible(f"{MANIFESTE} : {erreur}") from None
    connues = {piece["nom"]: piece["sha256"] for piece in manifeste["pieces"]}
    rapport.exiger(connues.get(nom) == sha256(octets), citer(nom), "ce n'est pas une pièce du manifeste voisin.")
    return sha256(octets)


def lire_borne(chemin: str) -> bytes:
    try:
        octets = lire_fichier(chemin)
    except OSError as erreur:
        raise Illisible(f"lecture impossible ({citer(erreur.strerror or str(erreur))})") from None
    if len(octets) > FICHIER_MAX:
        raise Illisible("trop gros")
    return octets


def verifier(chemins: list[str], tete: str | None) -> tuple[int, list[str]]:
    """Le code de sortie et les lignes à imprimer."""
    rapport, archives, lignes, illisibles = Rapport(), [], [], []
    for chemin in chemins:
        propre = Rapport()
        try:
            if os.path.isfile(chemin) and not zipfile.is_zipfile(chemin):
                lignes.append(f"{citer(chemin)} : PDF lu, SHA-256 {controler_pdf_seul(chemin, propre)}.")
            elif os.path.exists(chemin):
                archive = controler_archive(Source(chemin), propre)
                archives.append(archive)
                lignes.append(f"{citer(chemin)} : {archive.titre}, {len(archive.manifeste['pieces'])} pièces.")
                lignes.append(f"  empreinte {archive.empreinte}")
            else:
                raise Illisible("rien à cet endroit")
        except Illisible as erreur:
            illisibles.append(f"ILLISIBLE : {citer(chemin)} : {erreur}.")
        lignes += [f"  DIFFÉRENCE : {difference}" for difference in propre.differences]
        lignes += [f"  Remarque : {remarque}" for remarque in propre.remarques]
        rapport.differences += propre.differences
    if archives or tete is not None:
        suite = Rapport()
        controler_suite(archives, tete, suite)
        lignes += [f"DIFFÉRENCE : {difference}" for difference in suite.differences]
        lignes += [f"Remarque : {remarque}" for remarque in suite.remarques]
        rapport.differences += suite.differences
    if illisibles:
        return 2, lignes + illisibles
    if rapport.differences:
        return 1, [*lignes, f"Résultat : {len(rapport.differences)} différence(s)."]
    return 0, [*lignes, "Résultat : tout est conforme. Notes refaites, empreintes et suite des archives vérifiées."]


def empreinte_donnee(texte: str) -> str:
    """Recopiée d'un papier : espaces et majuscules sont admis."""
    propre = re.sub(r"\s", "", texte).lower()
    if not EMPREINTE.fullmatch(propre):
        raise argparse.ArgumentTypeError("64 chiffres hexadécimaux attendus")
    return propre


def main(arguments: list[str] | None = None) -> int:
    analyseur = argparse.ArgumentParser(description="Vérifie une archive de commission TRPM, sans l'application.")
    analyseur.add_argument("chemins", nargs="+", metavar="CHEMIN", help="dossier, .zip ou PDF ; une suite")
    analyseur.add_argument("--tete", type=empreinte_donnee, metavar="SHA256", help="empreinte recopiée à la clôture")
    lus = analyseur.parse_args(arguments)
    code, lignes = verifier(lus.chemins, lus.tete)
    # Une console ancienne ne sait pas tout écrire : mieux vaut un « ? » qu'un échec.
    if hasattr(sys.stdout, "reconfigure"):
        sys.stdout.reconfigure(errors="replace")
    print("\n".join(lignes))
    return code


if __name__ == "__main__":
    sys.exit(main())
