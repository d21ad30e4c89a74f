"""Ce que le serveur écrit de ses requêtes ne contient jamais le jeton d'un lien de tuteur."""

import logging
import re

# `/t/<jeton>` partout où il peut paraître : ligne de requête, adresse, référent, message d'erreur.
JETON = re.compile(r"(/t/)[^/\s\"'?#\\]+")
MASQUE = r"\1[masqué]"
# Ces journaux ont leurs propres sorties, que nos réglages ne voient pas.
AUTRES = ("gunicorn.access", "gunicorn.error", "django.server")


class SansJeton(logging.Filter):
    """Remplace le message par sa forme masquée ; la trace d'une exception est masquée aussi."""

    def filter(self, record: logging.LogRecord) -> bool:
        message = record.getMessage()
        masque = JETON.sub(MASQUE, message)
        if masque != message:
            record.msg, record.args = masque, ()
        if record.exc_info and not record.exc_text:
            record.exc_text = logging.Formatter().formatException(record.exc_info)
        if record.exc_text:
            record.exc_text = JETON.sub(MASQUE, record.exc_text)
        return True


def masquer_les_jetons() -> None:
    """À l'ouverture de l'application, dans chaque processus qui sert."""
    for nom in AUTRES:
        journal = logging.getLogger(nom)
        if not any(isinstance(filtre, SansJeton) for filtre in journal.filters):
            journal.addFilter(SansJeton())
