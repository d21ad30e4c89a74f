"""Vérification d'un arbre YAML/JSON : chaque nœud rend la valeur normalisée ou ajoute une erreur avec son chemin."""

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field
from math import isfinite
from typing import Any, Protocol

PROFONDEUR_LIBRE = 8
TEXTE_LONG = 2000


class Noeud(Protocol):
    def lire(self, valeur: Any, chemin: str, erreurs: list[str]) -> Any: ...


def sous(chemin: str, cle: object) -> str:
    """Chemin d'une clé : `ponderations.RSP.C1`, ou d'un rang : `blocs[2]`."""
    if isinstance(cle, int) and not isinstance(cle, bool):
        return f"{chemin}[{cle}]"
    return f"{chemin}.{cle}" if chemin else str(cle)


def nature_de(valeur: object) -> str:
    """Le nom français de ce qui a été trouvé à la place de ce qui était attendu."""
    if valeur is None:
        return "rien"
    if isinstance(valeur, bool):
        return "oui/non (mettre des guillemets si c'est un texte)"
    noms: dict[type, str] = {int: "un entier", float: "un nombre à virgule", str: "un texte", list: "une liste"}
    return noms.get(type(valeur), "un objet" if isinstance(valeur, Mapping) else "une date (mettre des guillemets)")


def _erreur_de_texte(valeur: str) -> str | None:
    if not valeur.strip():
        return "texte vide"
    if any(unicodedata.category(c) in ("Cc", "Cs") and c != "\n" for c in valeur):
        return "caractère de contrôle interdit"
    return None


@dataclass(frozen=True)
class Texte:
    longueur: int = TEXTE_LONG
    motif: str | None = None
    choix: tuple[str, ...] = ()

    def lire(self, valeur: Any, chemin: str, erreurs: list[str]) -> str | None:
        erreur = self._erreur(valeur)
        if erreur:
            erreurs.append(f"{chemin} : {erreur}")
            return None
        texte: str = valeur
        return texte

    def _erreur(self, valeur: Any) -> str | None:
        if not isinstance(valeur, str):
            return f"un texte est attendu, trouvé {nature_de(valeur)}"
        if erreur := _erreur_de_texte(valeur):
            return erreur
        if len(valeur) > self.longueur:
            return f"texte trop long ({len(valeur)} caractères, {self.longueur} au plus)"
        if self.motif and not re.fullmatch(self.motif, valeur):
            return f"code mal formé : « {valeur} » (lettres, chiffres, point, tiret)"
        if self.choix and valeur not in self.choix:
            return f"« {valeur} » n'est pas admis ({', '.join(self.choix)})"
        return None


@dataclass(frozen=True)
class Entier:
    minimum: int = 0
    maximum: int = 32767

    def lire(self, valeur: Any, chemin: str, erreurs: list[str]) -> int | None:
        if isinstance(valeur, bool) or not isinstance(valeur, int):
            erreurs.append(f"{chemin} : un entier est attendu, trouvé {nature_de(valeur)}")
            return None
        if not self.minimum <= valeur <= self.maximum:
            erreurs.append(f"{chemin} : hors de {self.minimum}…{self.maximum}")
            return None
        return valeur


@dataclass(frozen=True)
class Nombre:
    def lire(self, valeur: Any, chemin: str, erreurs: list[str]) -> int | float | None:
        if isinstance(valeur, bool) or not isinstance(valeur, int | float) or not _est_representable(valeur):
            erreurs.append(f"{chemin} : un nombre est attendu, trouvé {nature_de(valeur)}")
            return None
        return valeur


@dataclass(frozen=True)
class Booleen:
    def lire(self, valeur: Any, chemin: str, erreurs: list[str]) -> bool | None:
        if not isinstance(valeur, bool):
            erreurs.append(f"{chemin} : true ou false est attendu, trouvé {nature_de(valeur)}")
            return None
        return valeur


@dataclass(frozen=True)
class Liste:
    element: Noeud
    minimum: int = 0

    def lire(self, valeur: Any, chemin: str, erreurs: list[str]) -> list[Any]:
        if not isinstance(valeur, list):
            erreurs.append(f"{chemin} : une liste est attendue, trouvé {nature_de(valeur)}")
            return []
        if len(valeur) < self.minimum:
            erreurs.append(f"{chemin} : au moins {self.minimum} élément attendu")
        return [self.element.lire(element, f"{chemin}[{rang}]", erreurs) for rang, element in enumerate(valeur)]


@dataclass(frozen=True)
class Table:
    """Correspondance à clés libres ; les clés entières arrivent en texte dans un fichier JSON."""

    cle: Texte | Entier
    valeur: Noeud

    def lire(self, valeur: Any, chemin: str, erreurs: list[str]) -> dict[Any, Any]:
        if not isinstance(valeur, Mapping):
            erreurs.append(f"{chemin} : des lignes « clé: valeur » sont attendues, trouvé {nature_de(valeur)}")
            return {}
        lue: dict[Any, Any] = {}
        for cle, contenu in valeur.items():
            ici = f"{chemin}.{cle}"
            if isinstance(self.cle, Entier) and isinstance(cle, str) and re.fullmatch(r"[0-9]{1,5}", cle):
                cle = int(cle)
            cle_lue = self.cle.lire(cle, f"{ici} (clé)", erreurs)
            if cle_lue in lue:
                erreurs.append(f"{ici} : clé répétée")
            lue[cle_lue] = self.valeur.lire(contenu, ici, erreurs)
        return lue


@dataclass(frozen=True)
class TexteOuTable:
    """Un texte commun, ou un texte par clé."""

    texte: Texte
    table: Table

    def lire(self, valeur: Any, chemin: str, erreurs: list[str]) -> Any:
        return (self.table if isinstance(valeur, Mapping) else self.texte).lire(valeur, chemin, erreurs)


@dataclass(frozen=True)
class Objet:
    """Clés connues ; un facultatif vide (null) est comme absent ; toute autre clé est refusée."""

    requis: Mapping[str, Noeud]
    facultatifs: Mapping[str, Noeud] = field(default_factory=dict)
    # Clés reconnues par un motif (`espaces_RSP`), toujours facultatives.
    motifs: Mapping[str, Noeud] = field(default_factory=dict)

    def lire(self, valeur: Any, chemin: str, erreurs: list[str]) -> dict[str, Any]:
        if not isinstance(valeur, Mapping):
            erreurs.append(f"{chemin or 'fichier'} : un objet est attendu, trouvé {nature_de(valeur)}")
            return {}
        lu: dict[str, Any] = {}
        erreurs.extend(f"{sous(chemin, cle)} : manque" for cle in self.requis if cle not in valeur)
        for cle, contenu in valeur.items():
            noeud = self._noeud(cle)
            if noeud is None:
                erreurs.append(f"{sous(chemin, str(cle))} : clé inconnue")
            elif contenu is not None or cle in self.requis:
                lu[cle] = noeud.lire(contenu, sous(chemin, cle), erreurs)
        return lu

    def _noeud(self, cle: object) -> Noeud | None:
        if not isinstance(cle, str):
            return None
        if noeud := self.requis.get(cle) or self.facultatifs.get(cle):
            return noeud
        return next((noeud for motif, noeud in self.motifs.items() if re.fullmatch(motif, cle)), None)


@dataclass(frozen=True)
class ObjetLibelle(Objet):
    """Objet à `intitule` qui accepte un texte que YAML a coupé à ses virgules, faute de guillemets.

    `{code: X, intitule: Préparer, régler les postes}` se lit avec une clé « régler les postes » vide : le texte est
    recollé, et `morceaux` garde la coupure pour que l'export rende le fichier tel qu'il était.
    """

    def lire(self, valeur: Any, chemin: str, erreurs: list[str]) -> dict[str, Any]:
        if not isinstance(valeur, Mapping) or not isinstance(valeur.get("intitule"), str):
            return super().lire(valeur, chemin, erreurs)
        suite = [cle for cle, contenu in valeur.items() if isinstance(cle, str) and " " in cle and contenu is None]
        lu = super().lire({cle: contenu for cle, contenu in valeur.items() if cle not in suite}, chemin, erreurs)
        if suite and lu.get("intitule"):
            morceaux = [lu["intitule"], *suite]
            lu["intitule"] = Texte().lire(", ".join(morceaux), sous(chemin, "intitule"), erreurs)
            lu["morceaux"] = morceaux
        return lu


@dataclass(frozen=True)
class Libre:
    """Faits sans forme imposée (règles du CCF, effectifs) : ce que JSON sait garder, rien d'autre."""

    def lire(self, valeur: Any, chemin: str, erreurs: list[str]) -> Any:
        self._verifier(valeur, chemin, erreurs, PROFONDEUR_LIBRE)
        return valeur

    def _verifier(self, valeur: Any, chemin: str, erreurs: list[str], reste: int) -> None:
        if reste == 0:
            erreurs.append(f"{chemin} : trop de niveaux imbriqués")
        elif isinstance(valeur, Mapping):
            for cle, contenu in valeur.items():
                if not isinstance(cle, str):
                    erreurs.append(f"{chemin}.{cle} : la clé doit être un texte (mettre des guillemets)")
                self._verifier(contenu, f"{chemin}.{cle}", erreurs, reste - 1)
        elif isinstance(valeur, list):
            for rang, contenu in enumerate(valeur):
                self._verifier(contenu, f"{chemin}[{rang}]", erreurs, reste - 1)
        elif isinstance(valeur, str):
            if valeur and (erreur := _erreur_de_texte(valeur)):
                erreurs.append(f"{chemin} : {erreur}")
        elif valeur is not None and not isinstance(valeur, bool) and not _est_representable(valeur):
            erreurs.append(f"{chemin} : valeur non admise, trouvé {nature_de(valeur)}")


def _est_representable(valeur: Any) -> bool:
    """Un nombre que JSON et les deux bases rendent tel quel."""
    if isinstance(valeur, int):
        return abs(valeur) < 2**53
    return isinstance(valeur, float) and isfinite(valeur) and abs(valeur) < 1e15
