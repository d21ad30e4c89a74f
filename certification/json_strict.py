"""Lecture stricte d'un JSON venu d'ailleurs : tout ce qui est ambigu est refusé, avec son chemin (pur)."""

import json
from collections import Counter
from dataclasses import dataclass
from typing import Any

from certification.bareme import EntreeInvalide

TAILLE_MAX = 64 * 1024 * 1024
PROFONDEUR_MAX = 20
CHIFFRES_MAX = 30
CITATION_MAX = 60


class Objet(dict[str, Any]):
    """Un objet JSON et les clés qu'il répétait : `json` garderait la dernière sans rien dire."""

    doublons: tuple[str, ...] = ()


@dataclass(frozen=True)
class _Refuse:
    """Une valeur que la lecture a reconnue comme inacceptable ; le chemin est trouvé au parcours."""

    message: str


def lire_json(octets: bytes) -> Any:
    """La valeur JSON, faite seulement d'objets sans doublon, de listes, de chaînes, d'entiers, de booléens, de null."""
    if len(octets) > TAILLE_MAX:
        raise EntreeInvalide("", f"plus de {TAILLE_MAX // (1024 * 1024)} Mo")
    try:
        texte = octets.decode("utf-8-sig")
    except UnicodeDecodeError as erreur:
        raise EntreeInvalide("", f"ce n'est pas de l'UTF-8 (octet {erreur.start})") from erreur
    if not texte.strip():
        raise EntreeInvalide("", "vide")
    try:
        valeur = json.loads(
            texte,
            object_pairs_hook=_objet,
            parse_int=_entier,
            parse_float=lambda ecrit: _Refuse(f"{citer(ecrit)} : un nombre non entier s'écrit en chaîne"),
            parse_constant=lambda ecrit: _Refuse(f"{ecrit} n'est pas un nombre"),
        )
    except json.JSONDecodeError as erreur:
        raise EntreeInvalide("", f"JSON illisible (ligne {erreur.lineno}, colonne {erreur.colno})") from erreur
    except RecursionError as erreur:
        raise EntreeInvalide("", "JSON imbriqué trop profondément") from erreur
    _verifier(valeur)
    return valeur


def citer(texte: str) -> str:
    """Un texte reçu, rendu sûr pour une ligne d'erreur : sans saut de ligne ni caractère invisible, tronqué."""
    court = texte if len(texte) <= CITATION_MAX else texte[: CITATION_MAX - 1] + "…"
    return "".join(c if c.isprintable() else f"\\u{ord(c):04x}" for c in court)


def descendre(chemin: str, cle: str | int) -> str:
    """Le chemin d'un élément : `situations[0].positionnements.C1.9`."""
    if isinstance(cle, int):
        return f"{chemin}[{cle}]"
    return f"{chemin}.{citer(cle)}" if chemin else citer(cle)


def _objet(paires: list[tuple[str, Any]]) -> Objet:
    objet = Objet(paires)
    if len(objet) != len(paires):
        comptes = Counter(cle for cle, _ in paires)
        objet.doublons = tuple(cle for cle, fois in comptes.items() if fois > 1)
    return objet


def _entier(ecrit: str) -> int | _Refuse:
    return int(ecrit) if len(ecrit) <= CHIFFRES_MAX else _Refuse(f"{citer(ecrit)} : nombre démesuré")


def _verifier(racine: Any) -> None:
    """Parcours dans l'ordre du document, sans récursion : la profondeur vient d'ailleurs."""
    pile: list[tuple[str, int, Any]] = [("", 0, racine)]
    while pile:
        chemin, profondeur, valeur = pile.pop()
        if profondeur > PROFONDEUR_MAX:
            raise EntreeInvalide(citer(chemin), "JSON imbriqué trop profondément")
        if isinstance(valeur, _Refuse):
            raise EntreeInvalide(chemin, valeur.message)
        if isinstance(valeur, str):
            _verifier_texte(chemin, valeur)
        if isinstance(valeur, Objet):
            _verifier_cles(chemin, valeur)
            pile += [(descendre(chemin, c), profondeur + 1, v) for c, v in reversed(valeur.items())]
        elif isinstance(valeur, list):
            pile += [(descendre(chemin, i), profondeur + 1, v) for i, v in reversed(list(enumerate(valeur)))]


def _verifier_cles(chemin: str, objet: Objet) -> None:
    for cle in objet:
        _verifier_texte(descendre(chemin, cle), cle)
    for cle in objet.doublons:
        raise EntreeInvalide(descendre(chemin, cle), "clé répétée")


def _verifier_texte(chemin: str, texte: str) -> None:
    """Un demi-caractère isolé passerait la lecture et ferait échouer l'écriture en UTF-8."""
    if any("\ud800" <= caractere <= "\udfff" for caractere in texte):
        raise EntreeInvalide(chemin, "caractère Unicode incomplet")
