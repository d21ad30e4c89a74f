"""Ce que disent les lignes d'apprenants : codes MEF, INE, dates, doublons, charges piégées."""

from tests.centres.corpus.cas import NOA, REMI, RMO3, RSP2, RSP3, TETE, ZOE, C, Cas, D, E, I, N, csv

AUTRE_DIPLOME = "3330000001"
ICI, AILLEURS = "2222222222B", "1111111111A"


def eleve(nom: str = "MARTIN", prenom: str = "Zoé", ine: str = "", mef: str = RSP3, division: str = "TTRPM",
          statut: str = "", entree: str = "", email: str = "") -> tuple[str, ...]:  # fmt: skip
    return nom, prenom, ine, mef, division, statut, entree, email


def cas(titre: str, lignes: list[tuple[str, ...]], verdicts: list[str], dit: str = "", **options: object) -> Cas:
    return Cas(titre, "classe.csv", csv(*lignes), verdicts, dit=dit, **options)  # type: ignore[arg-type]


CHARGES = [
    "=1+1", "+33", "-2+3", "@SUM(A1)", "\t=1", "=cmd|' /C calc'!A0", "<script>x</script>", "<img src=x onerror=y>",
    "' OR 1=1 --", "../../etc/passwd", "%s%n", "${jndi:ldap://x}", "\u202eNITRAM",
]  # fmt: skip

APPRENANTS = (
    cas("MEF inconnu", [eleve(mef="9999999999")], [E], "aucun diplôme suivi ici"),
    cas("MEF d'un autre diplôme dans une classe TRPM", [eleve(mef=AUTRE_DIPLOME)], [E], "prépare un autre diplôme"),
    cas("classe d'un autre diplôme", [eleve(mef=AUTRE_DIPLOME, division="1BTS")], [N]),
    cas("MEF de première dans une terminale", [eleve(mef=RSP2)], [E], "année 2 du cycle"),
    cas("deux niveaux dans une classe à créer", [eleve(mef=RSP2, division="X"), eleve("A", "B", division="X")], [N, E]),
    cas("MEFSTAT de onze chiffres", [eleve(mef="23830025014")], [N], "RSP"),
    cas("MEF suivi du onzième chiffre", [eleve(mef="24725013331")], [N], "RMO"),
    cas("MEF arrondi par le tableur", [eleve(mef="2,4725E+09")], [E], "aucun diplôme"),
    cas("seconde commune", [eleve(mef=REMI, division="2REMI")], [N], "sans option"),
    cas("apprenti sans option en seconde", [eleve(mef=REMI, division="2REMI", statut="apprenti")], [E], "option"),
    cas("élève avec option en seconde", [eleve(mef="2472501431", division="2REMI")], [E], "seconde commune"),
    cas("apprenti avec option en seconde", [eleve(mef="2472501331", division="2REMI", statut="AP")], [N], "RMO"),
    cas("sans MEF, classe connue mais sans option", [eleve(mef="")], [E], "Choisir l'option"),
    cas("sans MEF, classe inconnue", [eleve(mef="", division="NEUVE")], [E], "nécessaire pour la créer"),
    Cas("option écrite sans MEF", "a.csv", csv(("MARTIN", "Zoé", "TTRPM", "rmo"),
        tete=("Nom", "Prénom", "Classe", "Option")), [N], dit="RMO"),
    Cas("option qui contredit le MEF", "a.csv", csv((*ZOE, "RMO"), tete=(*TETE, "Option")), [E], dit="corrigez l'un"),
    Cas("option inconnue", "a.csv", csv((*eleve(mef=""), "XYZ"), tete=(*TETE, "Option")), [E], dit="pas une option"),
    cas("INE trop court", [eleve(ine="12345")], [E], "onze chiffres ou lettres"),
    cas("INE arrondi par le tableur", [eleve(ine="1,23457E+10")], [E], "arrondi"),
    cas("INE avec espaces et minuscules", [eleve(ine=" 1234 567890 a ")], [N]),
    cas("INE d'un apprenant du centre, autre nom", [eleve("ZORRO", "Diego", ICI)], [E], "est celui de"),
    cas("INE d'un apprenant d'un autre centre", [eleve(ine=AILLEURS)], [E], "ne peut pas être utilisé"),
    cas("nom d'un apprenant d'un autre centre", [eleve("SECRET", "Ada")], [N]),
    cas("même INE sur deux lignes", [eleve(ine="1234567890A"), eleve("ROY", "Tom", "1234567890A")], [N, E], "Déjà"),
    cas("ligne répétée", [NOA, NOA], [N, I], "Répète la ligne 2"),
    cas("nom vide", [eleve(nom=" ")], [E], "Case vide"),
    cas("division vide", [eleve(division="")], [E], "Case vide"),
    cas("nom trop long", [eleve(nom="M" * 81)], [E], "Plus de 80 signes"),
    cas("division trop longue", [eleve(division="D" * 41)], [E], "Plus de 40 signes"),
    cas("statut inconnu", [eleve(statut="fantôme")], [E], "n'est pas connu"),
    cas("date impossible", [eleve(entree="31/02/2026")], [E], "n'est pas une date"),
    cas("date d'une autre année", [eleve(entree="01/10/2030")], [E], "Après la fin de l'année"),
    cas("entrée dans l'établissement des années plus tôt", [eleve(entree="01/09/2019")], [N], "01/09/2025"),
    cas("entrée en cours d'année", [eleve(entree="2025-11-17")], [N], "17/11/2025"),
    cas("adresse électronique fausse", [eleve(email="zoe@@x")], [E], "n'est pas une adresse"),
    cas("déjà inscrite", [eleve("Bernard", "Inès")], [I]),
    cas("casse différente", [eleve("BERNARD", "inès")], [I]),
    cas("accent perdu", [eleve("Bernard", "Ines")], [D], "accents"),
    cas("cédille perdue", [eleve("Celik", "Aicha", mef=RMO3, statut="apprenti")], [D]),
    cas("nom et prénom inversés", [eleve("Inès", "Bernard")], [D], "inversés"),
    cas("nom double", [eleve("Bernard-Roy", "Inès")], [D]),
    cas("particule", [eleve("de Bernard", "Inès")], [D]),
    cas("doublon dans le fichier", [eleve("LE GOFF", "Yann"), eleve("Goff", "Yann")], [N, D], "ligne 2"),
    cas("changement d'option", [eleve("Durand", "Lucas", ICI, RMO3)], [C], "se ferme la veille"),
    cas("changement de statut", [eleve("Durand", "Lucas", ICI, statut="apprenti")], [C], "apprenti"),
    cas("INE ajouté", [eleve("Bernard", "Inès", "9999999999Z")], [C], "INE : aucun"),
    cas("bons, mauvais et douteux mêlés", [ZOE, eleve(nom=""), eleve("Bernard", "Ines"), NOA], [N, E, D, N]),
    *(cas(f"charge {rang}", [eleve(nom=charge)], [N]) for rang, charge in enumerate(CHARGES, start=1)),
    Cas("colonnes interdites", "a.csv", csv((*ZOE, "3 rue X", "0611223344", "01/02/2009", "109020112345678"),
        tete=(*TETE, "Adresse", "Tél.", "Date de naissance", "Divers")), [N]),
    Cas("données interdites sous un titre anodin", "a.csv", csv((*ZOE, "01/02/2009", "06 11 22 33 44"),
        tete=(*TETE, "Col A", "Col B")), [N]),
    Cas("mille lignes", "a.csv", csv(*((f"NOM{r:04}", "Ana", "", RSP3, "TTRPM", "", "", "") for r in range(1000))),
        [N] * 1000),
)  # fmt: skip
