"""Personnels, entreprises et tuteurs."""

from collections.abc import Sequence

from tests.centres.corpus.cas import C, Cas, D, E, I, N, csv, xlsx
from tests.classeurs import en_ods

TETE_PERSONNELS = ("Nom", "Prénom", "E-mail", "Rôle", "Début", "Fin")
TETE_ENTREPRISES = (
    "Raison sociale", "Ville", "SIRET", "Nom du tuteur", "Prénom du tuteur", "Courriel tuteur", "Fonction",
)  # fmt: skip
# Clés de Luhn justes, numéros inventés.
SIRET_1, SIRET_2 = "12345678200002", "98765432400001"
MORIN = ("MORIN", "Léa", "lea.morin@exemple.fr", "enseignante", "01/09/2025", "")
FONDERIE = ("Fonderie du Test", "Lyon", SIRET_1, "Roche", "Paul", "p.roche@exemple.fr", "chef d'atelier")


def personnels(titre: str, lignes: Sequence[Sequence[str]], verdicts: Sequence[str], dit: str = "") -> Cas:
    return Cas(titre, "p.csv", csv(*lignes, tete=TETE_PERSONNELS), verdicts, dit=dit, genre="personnels")


def entreprises(titre: str, lignes: Sequence[Sequence[str]], verdicts: Sequence[str], dit: str = "") -> Cas:
    return Cas(titre, "e.csv", csv(*lignes, tete=TETE_ENTREPRISES), verdicts, dit=dit, genre="entreprises")


PERSONNELS = (
    personnels("une enseignante", [MORIN], [N], "enseignant, à partir du 01/09/2025"),
    personnels("deux rôles, une personne", [MORIN, (*MORIN[:3], "professeur principal", "", "")], [N, N]),
    personnels("rôle inconnu", [(*MORIN[:3], "magicienne", "", "")], [E], "Rôles possibles"),
    personnels("rôle que le chef ne donne pas", [(*MORIN[:3], "inspecteur", "", "")], [E], "Vous ne pouvez pas"),
    personnels("administrateur", [(*MORIN[:3], "administrateur", "", "")], [E], "Vous ne pouvez pas"),
    personnels("sans adresse", [("MORIN", "Léa", "", "enseignant", "", "")], [E], "Case vide"),
    personnels("dates inversées", [(*MORIN[:4], "01/09/2025", "01/01/2025")], [E], "Avant le début"),
    personnels("déjà en poste", [("Faye", "Hélène", "faye@exemple.fr", "enseignant", "", "")], [I]),
    personnels("fin de mission", [("Faye", "Hélène", "FAYE@exemple.fr", "enseignant", "", "31/08/2027")], [C], "31/08"),
    personnels("nouveau rôle", [("Faye", "Hélène", "faye@exemple.fr", "DDFPT", "01/09/2025", "")], [C], "DDFPT"),
    personnels(
        "adresse d'un autre", [("Zorro", "Diego", "faye@exemple.fr", "enseignant", "", "")], [E], "autre compte"
    ),
    personnels("autre adresse, même nom", [("FAYE", "Helene", "h@exemple.fr", "enseignant", "", "")], [D], "même nom"),
    personnels("adresse partagée", [MORIN, ("ROY", "Tom", MORIN[2], "DDFPT", "", "")], [N, E], "d'un autre nom"),
    personnels("ligne répétée", [MORIN, MORIN], [N, I]),
    personnels("charge", [("=1+1", "<b>", "x@exemple.fr", "enseignant", "", "")], [N]),
)
ENTREPRISES = (
    entreprises("une entreprise et son tuteur", [FONDERIE], [N], "avec son tuteur"),
    entreprises("deux tuteurs", [FONDERIE, (*FONDERIE[:3], "Blin", "Eva", "", "")], [N, N]),
    entreprises("SIRET à clé fausse", [("X", "", "12345678200003", "", "", "", "")], [E], "clé est fausse"),
    entreprises("SIRET trop court", [("X", "", "123", "", "", "", "")], [E], "quatorze chiffres"),
    entreprises("SIRET arrondi", [("X", "", "1,23457E+13", "", "", "", "")], [E], "arrondi"),
    entreprises("SIRET espacé", [("X", "", "123 456 782 00002", "", "", "", "")], [N]),
    entreprises("établissement de La Poste", [("La Poste", "", "35600000000010", "", "", "", "")], [N]),
    entreprises("deux entreprises au même SIRET", [FONDERIE, ("Autre", "", SIRET_1, "", "", "", "")], [N, E]),
    entreprises("tuteur sans nom", [("X", "", "", "", "Paul", "", "")], [E], "donnez son nom"),
    entreprises("connue", [("MécaLoire", "Roanne", "", "", "", "", "")], [I]),
    entreprises("connue, SIRET ajouté", [("MécaLoire", "Roanne", SIRET_2, "", "", "", "")], [C], "SIRET : "),
    entreprises("nom proche", [("SARL Méca-Loire", "Roanne", "", "", "", "", "")], [D], "très proche"),
    entreprises("ligne répétée", [FONDERIE, FONDERIE], [N, I]),
    entreprises("tuteur contredit", [FONDERIE, (*FONDERIE[:6], "PDG")], [N, E], "déjà à la ligne 2"),
    entreprises("charge", [("=1+1", "@x", "", "+1", "-1", "", "<i>")], [N]),
    Cas("classeur .ods d'entreprises", "e.ods", lambda: en_ods(xlsx(FONDERIE, tete=TETE_ENTREPRISES)), [N],
        genre="entreprises"),
)  # fmt: skip
