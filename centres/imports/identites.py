"""Reconnaître une même personne écrite de deux façons : accents, casse, traits d'union, particules, noms inversés."""

import hashlib
import re
import unicodedata

PARTICULES = frozenset(["de", "du", "des", "d", "la", "le", "les", "l", "van", "von", "der", "den", "el", "al", "ben"])
LIGATURES = str.maketrans({"œ": "oe", "æ": "ae", "ß": "ss", "ø": "o", "ł": "l", "đ": "d"})
SEPARE = re.compile(r"[^0-9a-z]+")


def plat(texte: str) -> str:
    """« N° d'INE » → « n d ine » : ni accent, ni casse, ni ponctuation."""
    decompose = unicodedata.normalize("NFKD", texte.casefold().translate(LIGATURES))
    sans_accent = "".join(signe for signe in decompose if not unicodedata.combining(signe))
    return SEPARE.sub(" ", sans_accent).strip()


def nette(texte: str) -> str:
    """Sans espace en trop ni signe invisible, en forme composée : ce qui sera écrit."""
    visible = "".join(
        " " if signe.isspace() else signe
        for signe in texte
        if unicodedata.category(signe) not in {"Cf", "Cc"} or signe.isspace()
    )
    return " ".join(unicodedata.normalize("NFC", visible).split())


def memes_mots(un: str, autre: str) -> bool:
    """Identiques à la casse près."""
    return nette(un).casefold() == nette(autre).casefold()


def ecriture_de(nom: str, prenom: str) -> str:
    """L'empreinte d'une façon d'écrire quelqu'un, à la casse près : elle se compare, elle ne se relit pas."""
    ecrit = f"{nette(nom).casefold()}|{nette(prenom).casefold()}"
    return hashlib.sha256(ecrit.encode()).hexdigest()[:32]


def mots(texte: str) -> tuple[str, ...]:
    """Les mots qui comptent d'un nom ; un nom fait de sa seule particule la garde, un nom non latin reste entier."""
    lus = plat(texte).split() or [nette(texte).casefold()]
    return tuple(mot for mot in lus if mot not in PARTICULES) or tuple(lus)


def cles(nom: str, prenom: str) -> frozenset[tuple[str, str]]:
    """Les clés sous lesquelles chercher un doublon : deux personnes qui en partagent une se ressemblent.

    Le nom entier, chaque moitié d'un nom double, et l'ordre inversé, avec le premier prénom.
    """
    du_nom, du_prenom = mots(nom), mots(prenom)
    droites = _cles_droites(du_nom, du_prenom)
    inversee = {("".join(sorted((*du_nom, *du_prenom))), "=")}
    return frozenset(droites | inversee)


def _cles_droites(du_nom: tuple[str, ...], du_prenom: tuple[str, ...]) -> set[tuple[str, str]]:
    entier = "".join(du_prenom)
    # « Le Goff » et « Goff » se rejoignent par les particules ; « Martin-Dupont » et « Dupont » par ses moitiés.
    noms = {"".join(du_nom), *du_nom} if len(du_nom) > 1 else {"".join(du_nom)}
    return {(nom, entier) for nom in noms}
