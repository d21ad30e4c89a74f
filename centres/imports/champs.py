"""Les colonnes que TRPM sait lire, celles qu'il devine, et celles qu'il n'a pas le droit de garder."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from centres.imports.identites import plat
from centres.models import ImportListe

Genre = ImportListe.Genre


@dataclass(frozen=True)
class Champ:
    """`noms` : les en-têtes rencontrés dans les fichiers, sans accent ni casse ni ponctuation."""

    code: str
    libelle: str
    noms: tuple[str, ...]
    obligatoire: bool = False


CHAMPS: Mapping[str, tuple[Champ, ...]] = {
    Genre.APPRENANTS: (
        Champ(
            "nom",
            "Nom",
            ("nom de famille", "nom", "nom eleve", "nom usage", "nom d usage", "nom apprenant", "patronyme"),
            True,
        ),
        Champ("prenom", "Prénom", ("prenom", "prenom 1", "prenom eleve", "prenoms", "prenom usage"), True),
        Champ("ine", "INE", ("ine", "n ine", "numero ine", "id national", "identifiant national", "ine rnie")),
        Champ(
            "mef",
            "Code MEF",
            ("code mef", "mef", "mefstat", "mefstat11", "code mefstat", "mefstat 11", "code formation", "code mef 11"),
        ),
        Champ("division", "Division", ("division", "classe", "code structure", "code division", "structure"), True),
        Champ("option", "Option", ("option trpm", "option", "option du diplome")),
        Champ("statut", "Statut", ("statut", "code statut", "statut eleve", "libelle statut")),
        Champ("entree", "Date d'entrée", ("date d entree", "date entree", "entree", "date entree eleve")),
        Champ("email", "Adresse électronique", ("email", "e mail", "mail", "mel", "courriel", "adresse electronique")),
    ),
    Genre.PERSONNELS: (
        Champ("nom", "Nom", ("nom de famille", "nom", "nom usage", "nom d usage", "patronyme"), True),
        Champ("prenom", "Prénom", ("prenom", "prenoms"), True),
        Champ(
            "email",
            "Adresse électronique",
            ("email", "e mail", "mail", "mel", "courriel", "adresse electronique", "adresse professionnelle"),
            True,
        ),
        Champ("role", "Rôle", ("role", "fonction", "profil"), True),
        Champ("debut", "Début", ("debut", "date debut", "date de debut", "a partir du")),
        Champ("fin", "Fin", ("fin", "date fin", "date de fin", "dernier jour")),
    ),
    Genre.ENTREPRISES: (
        Champ("entreprise", "Entreprise", ("entreprise", "raison sociale", "nom entreprise", "societe"), True),
        Champ("commune", "Commune", ("commune", "ville", "localite")),
        Champ("siret", "SIRET", ("siret", "n siret", "numero siret")),
        Champ("tuteur_nom", "Nom du tuteur", ("nom tuteur", "tuteur nom", "nom du tuteur", "tuteur")),
        Champ("tuteur_prenom", "Prénom du tuteur", ("prenom tuteur", "tuteur prenom", "prenom du tuteur")),
        Champ(
            "tuteur_email",
            "Adresse du tuteur",
            (
                "email tuteur",
                "tuteur email",
                "mail tuteur",
                "courriel tuteur",
                "e mail tuteur",
                "mel tuteur",
                "mail du tuteur",
                "email du tuteur",
                "email",
                "e mail",
                "mail",
                "mel",
                "courriel",
            ),
        ),
        Champ("fonction", "Fonction du tuteur", ("fonction", "fonction tuteur", "tuteur fonction")),
    ),
}

# Un mot de l'en-tête suffit : la colonne est oubliée avant que quoi que ce soit soit gardé (DOMAINE §4).
MOTS_INTERDITS = frozenset(
    [
        "adresse",
        "rue",
        "voie",
        "cp",
        "telephone",
        "tel",
        "portable",
        "mobile",
        "fax",
        "nir",
        "photo",
        "naissance",
        "age",
        "nee",
        "sexe",
        "genre",
        "civilite",
        "nationalite",
        "pays",
        "sante",
        "handicap",
        "pai",
        "pap",
        "pps",
        "boursier",
        "bourse",
        "regime",
        "responsable",
        "parent",
        "pere",
        "mere",
        "legal",
        "secu",
        "insee",
        "iban",
        "rib",
        "medecin",
        "allergie",
        "religion",
    ]
)
SUITES_INTERDITES = (
    "ne le",
    "ne e le",
    "naiss",
    "code postal",
    "securite sociale",
    "commune nais",
    "situation familiale",
    "num secu",
)


def deviner(entetes: Iterable[str], genre: str) -> dict[str, int]:
    """Champ → rang de la colonne. Le nom le plus précis l'emporte, une colonne ne sert qu'une fois."""
    plats = [plat(entete) for entete in entetes]
    trouves: dict[str, int] = {}
    for champ in CHAMPS[genre]:
        rangs = (rang for nom in champ.noms for rang, lu in enumerate(plats) if lu == nom)
        rang = next((rang for rang in rangs if rang not in trouves.values()), None)
        if rang is not None:
            trouves[champ.code] = rang
    return trouves


def est_connue(entete: str, genre: str) -> bool:
    lu = plat(entete)
    return any(lu in champ.noms for champ in CHAMPS[genre])


def est_interdite(entete: str, genre: str) -> bool:
    """Une donnée que TRPM ne recueille pas ; l'adresse électronique, elle, est admise."""
    if est_connue(entete, genre):
        return False
    lu = plat(entete)
    mots = set(lu.split())
    if mots & {"email", "mail", "mel", "courriel", "electronique"}:
        return bool(mots & {"responsable", "parent", "pere", "mere", "legal"})
    if genre == Genre.ENTREPRISES and mots == {"code", "naf"}:
        return False
    return bool(mots & MOTS_INTERDITS) or any(suite in lu for suite in SUITES_INTERDITES)


def manquants(colonnes: Mapping[str, int], genre: str) -> list[str]:
    return [champ.libelle for champ in CHAMPS[genre] if champ.obligatoire and champ.code not in colonnes]
