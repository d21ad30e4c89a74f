"""L'élision devant un nom propre : « d'Aïcha », « qu'Inès », mais « de Yanis » et « de Hamza »."""

import re
import unicodedata

# L'h de ces prénoms est muet ; celui des autres se prononce, ou l'usage hésite : on n'élide pas.
H_MUET = ("hect", "hel", "hen", "herm", "herv", "hil", "hipp", "hon", "hor", "hub", "hug", "hya")
# Une voyelle ; y devant une consonne (Yves, pas Yanis) ; jamais « ou » devant une voyelle (Ouassim).
VOYELLE = re.compile(r"(?!ou[aeiou])[aeiou]|y(?=[bcdfglmnprstv])", re.IGNORECASE)


def s_elide(nom: str) -> bool:
    lettres = unicodedata.normalize("NFD", nom.replace("œ", "oe").replace("Œ", "Oe"))
    simple = "".join(signe for signe in lettres if not unicodedata.combining(signe))
    return bool(VOYELLE.match(simple)) or simple.casefold().startswith(H_MUET)


def elider(mot: str, nom: object) -> str:
    """`elider("de", "Aïcha")` : « d'Aïcha » ; le mot finit par un e muet."""
    texte = str(nom)
    return f"{mot[:-1]}'{texte}" if s_elide(texte) else f"{mot} {texte}"
