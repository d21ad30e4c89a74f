"""La règle des mots de passe : recommandation de la CNIL (délibération 2022-100), mot de passe seul, 80 bits."""

import re
import unicodedata
from functools import cache

from django.contrib.auth.password_validation import CommonPasswordValidator
from django.core.exceptions import ValidationError

from centres.models import Utilisateur

AIDE = (
    "12 caractères avec minuscule, majuscule, chiffre et signe ; ou 14 avec minuscule, majuscule et chiffre ; "
    "ou une phrase d'au moins sept mots."
)
TROP_SIMPLE = f"Ce mot de passe est trop facile à deviner. Il en faut un de {AIDE[0].lower()}{AIDE[1:]}"
TROP_COURANT = "Ce mot de passe, ou son début, est dans les listes que les pirates essaient d'abord."
TROP_PERSONNEL = "Ce mot de passe reprend surtout votre nom, votre identifiant ou votre adresse."
TROP_REPETE = "Ce mot de passe répète trop les mêmes caractères."
MOTS_MINIMUM = 7
# En deçà, un motif court recopié satisferait les longueurs sans rien ajouter à deviner.
DISTINCTS_MINIMUM = 7
RESTE_MINIMUM = 8
FIN_ORDINAIRE = re.compile(r"[\W\d_]+$")


class RegleCnil:
    """Assez long pour ses sortes de caractères, ni courant ni répété."""

    def validate(self, password: str, user: Utilisateur | None = None) -> None:
        if not _est_assez_riche(password):
            raise ValidationError(TROP_SIMPLE, code="trop_simple")
        if len(set(password.casefold())) < DISTINCTS_MINIMUM:
            raise ValidationError(TROP_REPETE, code="trop_repete")
        if _est_courant(password):
            raise ValidationError(TROP_COURANT, code="trop_courant")
        if user is not None and _est_personnel(password, user):
            raise ValidationError(TROP_PERSONNEL, code="trop_personnel")

    def get_help_text(self) -> str:
        return AIDE


def _est_assez_riche(mot_de_passe: str) -> bool:
    minuscule = any(c.islower() for c in mot_de_passe)
    majuscule = any(c.isupper() for c in mot_de_passe)
    chiffre = any(c.isdigit() for c in mot_de_passe)
    signe = any(not c.isalnum() and not c.isspace() for c in mot_de_passe)
    trois = minuscule and majuscule and chiffre
    longueur = len(mot_de_passe)
    mots = {mot for mot in re.findall(r"\w+", mot_de_passe.casefold()) if len(mot) > 1}
    return (trois and signe and longueur >= 12) or (trois and longueur >= 14) or len(mots) >= MOTS_MINIMUM


def _est_courant(mot_de_passe: str) -> bool:
    """« Motdepasse2026! » n'est que « motdepasse » suivi de ce que tout le monde ajoute."""
    texte = mot_de_passe.casefold().strip()
    racine = FIN_ORDINAIRE.sub("", texte)
    return texte in _courants() or (len(racine) >= 4 and racine in _courants())


def _est_personnel(mot_de_passe: str, personne: Utilisateur) -> bool:
    """Une fois le nom ôté, il ne reste plus de quoi faire un mot de passe."""
    reste = _plat(mot_de_passe)
    textes = (personne.username, personne.first_name, personne.last_name, personne.email)
    parties = {partie for texte in textes for partie in re.findall(r"[^\W_]{3,}", _plat(texte))}
    for partie in sorted(parties, key=len, reverse=True):
        reste = reste.replace(partie, "")
    return len(reste) < min(RESTE_MINIMUM, len(mot_de_passe))


def _plat(texte: str) -> str:
    """Sans accents ni majuscules : « Hélène » et « helene » sont le même nom."""
    decompose = unicodedata.normalize("NFKD", texte)
    return "".join(c for c in decompose if not unicodedata.combining(c)).casefold()


@cache
def _courants() -> frozenset[str]:
    francais = {"motdepasse", "bonjour", "azerty", "azertyuiop", "lycee", "professeur", "enseignant", "education"}
    return frozenset(CommonPasswordValidator().passwords) | francais
