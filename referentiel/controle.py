"""Contrôle complet d'un référentiel avant tout enregistrement : forme, puis cohérence entre les parties."""

from collections.abc import Iterable, Mapping
from typing import Any

from referentiel.enums import Nature
from referentiel.parts import parts_des_blocs
from referentiel.schema import Booleen, Entier, Libre, Liste, Nombre, Objet, ObjetLibelle, Table, Texte, TexteOuTable

CODE = r"[0-9A-Za-z][0-9A-Za-z.\-]*"
ERREURS_MONTREES = 200
# Échelle de maîtrise par défaut (livret scolaire de la voie professionnelle), remplaçable par `niveaux_de_maitrise`.
MAITRISE_PAR_DEFAUT: tuple[dict[str, Any], ...] = (
    {"niveau": 1, "intitule": "non maîtrisée"},
    {"niveau": 2, "intitule": "insuffisamment maîtrisée", "intitule_court": "insuffisamment"},
    {"niveau": 3, "intitule": "maîtrisée"},
    {"niveau": 4, "intitule": "bien maîtrisée"},
)


class ReferentielInvalide(ValueError):
    """Le référentiel est refusé en entier ; `erreurs` porte une phrase par défaut trouvé, avec son chemin."""

    def __init__(self, erreurs: list[str]) -> None:
        self.erreurs = erreurs[:ERREURS_MONTREES]
        if len(erreurs) > ERREURS_MONTREES:
            self.erreurs.append(f"… et {len(erreurs) - ERREURS_MONTREES} autres erreurs")
        super().__init__("\n".join(self.erreurs))


def code(longueur: int = 10) -> Texte:
    return Texte(longueur, motif=CODE)


_DEGRES = Liste(
    Objet(
        {"niveau": Entier(1, 4), "intitule": Texte(120)},
        {"intitule_court": Texte(40), "verbe": Texte(120), "note": Texte(200)},
    )
)
_DETAILLEE = ObjetLibelle(
    {"code": code(12), "intitule": Texte()},
    {"option": code(), "indicateurs": Liste(Texte()), "descripteurs": Table(Entier(1, 4), Texte())},
)
_COMPETENCE = Objet(
    {"code": code(), "intitule": Texte(), "detaillees": Liste(_DETAILLEE, 1)},
    {"nature": Texte(20, choix=tuple(Nature.values))},
)
_TACHE = ObjetLibelle({"code": code(), "intitule": Texte()}, {"option": code()})
_ACTIVITE = Objet(
    {"code": code(), "intitule": TexteOuTable(Texte(), Table(code(), Texte())), "taches": Liste(_TACHE, 1)}
)
_BLOC = Objet(
    {
        "numero": Entier(1, 99),
        "intitule": Texte(200),
        "verbes": Texte(200),
        "activite": code(),
        "unite": code(),
        "epreuve": code(),
        "competences": Liste(code(), 1),
    }
)
_EPREUVE = Objet({"code": code(), "intitule": Texte(200), "coefficient": Table(code(), Entier(0, 99))})
_MODALITE = Objet({"ccf": Booleen()}, {"ponctuel": Objet({"forme": Texte(80)}, {"duree_minutes": Entier(1, 6000)})})
_MEF = Objet(
    {"mef": code(11), "mefstat11": code(11), "niveau": Texte(40)},
    {"famille": code(20), "option": code(), "libelle": Texte(120), "note": Texte(200)},
)
_DIPLOME = Objet(
    {
        "code": code(20),
        "intitule": Texte(200),
        "niveau": Texte(80),
        "premiere_session": Entier(1900, 2200),
        "duree_cycle_annees": Entier(1, 9),
    },
    {"famille_de_metiers": Objet({"code": code(20), "intitule": Texte(200)}, {"niveau": Texte(40)})},
)
_REMARQUE = Objet({"cible": Texte(40), "note": Texte()}, {"extrait": Texte()})
# Faits gardés tels quels dans `VersionReferentiel.annexes`.
ANNEXES = ("centres", "effectifs", "livrables_demandes", "remarques")
MOTIF_COEFFICIENT_TOTAL = r"coefficient_total_[0-9A-Za-z.\-]{1,10}"
MOTIF_ESPACES = r"espaces(_[0-9A-Za-z.\-]{1,10})?"
SCHEMA = Objet(
    {
        "diplome": _DIPLOME,
        "options": Liste(Objet({"code": code(), "intitule": Texte(200)}), 1),
        "blocs": Liste(_BLOC, 1),
        "epreuves": Liste(_EPREUVE, 1),
        "modalites": Table(code(), _MODALITE),
        "ponderations": Table(code(), Table(code(), Entier(0, 9999))),
        "periodes": Liste(Texte(40), 1),
        "activites": Liste(_ACTIVITE, 1),
        "competences": Liste(_COMPETENCE, 1),
    },
    {
        "nomenclature_MEF": Liste(_MEF),
        "ccf": Table(Texte(80), Libre()),
        "parts_des_blocs": Table(code(), Table(Entier(1, 99), Nombre())),
        "autonomie": _DEGRES,
        "niveaux_de_savoirs": _DEGRES,
        "niveaux_de_maitrise": _DEGRES,
        "jalons": Liste(Objet({"apres": Texte(40), "documents": Liste(Texte(120), 1)})),
        "supports": Table(code(), Liste(Texte(120))),
        "savoirs": Liste(
            Objet({"code": code(20), "intitule": Texte(), "competences": Liste(code(), 1)}, {"niveau": Entier(1, 3)})
        ),
        "correspondances": Liste(
            Objet({"referentiel": Texte(40), "code": code(20), "competence": code()}, {"intitule": Texte()})
        ),
        "remarques": Liste(_REMARQUE),
        "centres": Libre(),
        "effectifs": Libre(),
        "livrables_demandes": Libre(),
    },
    {MOTIF_COEFFICIENT_TOTAL: Entier(0, 999), MOTIF_ESPACES: Liste(Texte(120))},
)


def controler(donnees: object) -> dict[str, Any]:
    """Rend l'arbre normalisé, ou lève ReferentielInvalide avec toutes les erreurs trouvées."""
    erreurs: list[str] = []
    lu = SCHEMA.lire(donnees, "", erreurs)
    if erreurs:
        raise ReferentielInvalide(erreurs)
    codes_options = [option["code"] for option in lu["options"]]
    codes_competences = [competence["code"] for competence in lu["competences"]]
    _unicite(lu, erreurs)
    _blocs(lu, codes_competences, erreurs)
    _par_option(lu, codes_options, codes_competences, erreurs)
    _variantes(lu, codes_options, erreurs)
    _echelles_et_periodes(lu, erreurs)
    _complements(lu, codes_competences, erreurs)
    if not erreurs:
        _parts(lu, erreurs)
    if erreurs:
        raise ReferentielInvalide(erreurs)
    return lu


def cle_de_libelle(code: str, option: str | None) -> str:
    """Désigne un libellé : « A2-T4 » commun, « A3-T2/RSP » propre à une option."""
    return f"{code}/{option}" if option else code


def textes_coupes(lu: Mapping[str, Any]) -> dict[str, list[str]]:
    """Les libellés que le fichier coupait (voir ObjetLibelle), en morceaux."""
    lignes = [tache for activite in lu["activites"] for tache in activite["taches"]]
    lignes += [detaillee for competence in lu["competences"] for detaillee in competence["detaillees"]]
    return {
        cle_de_libelle(ligne["code"], ligne.get("option")): ligne["morceaux"] for ligne in lignes if "morceaux" in ligne
    }


def _doublons(valeurs: Iterable[Any], chemin: str, erreurs: list[str]) -> None:
    vues = set()
    for valeur in valeurs:
        if valeur in vues:
            erreurs.append(f"{chemin} : « {valeur} » est répété")
        vues.add(valeur)


def _memes_cles(table: Mapping[Any, Any], attendues: Iterable[Any], chemin: str, erreurs: list[str]) -> None:
    attendues = list(attendues)
    erreurs.extend(f"{chemin}.{cle} : manque" for cle in attendues if cle not in table)
    erreurs.extend(f"{chemin}.{cle} : inconnu ici" for cle in table if cle not in attendues)


def _connus(codes: Iterable[str], connus: Iterable[str], chemin: str, erreurs: list[str]) -> None:
    connus = set(connus)
    erreurs.extend(f"{chemin} : « {un} » n'existe pas dans ce fichier" for un in codes if un not in connus)


def _unicite(lu: Mapping[str, Any], erreurs: list[str]) -> None:
    for cle in ("options", "epreuves", "activites", "competences"):
        _doublons((ligne["code"] for ligne in lu[cle]), cle, erreurs)
    _doublons((ligne["code"] for ligne in lu.get("savoirs", [])), "savoirs", erreurs)
    _doublons((ligne["mef"] for ligne in lu.get("nomenclature_MEF", [])), "nomenclature_MEF", erreurs)
    _doublons(lu["periodes"], "periodes", erreurs)


def _blocs(lu: Mapping[str, Any], competences: list[str], erreurs: list[str]) -> None:
    blocs = lu["blocs"]
    numeros = [bloc["numero"] for bloc in blocs]
    if numeros != sorted(set(numeros)):
        erreurs.append("blocs : les numéros doivent être différents et croissants")
    epreuves = [epreuve["code"] for epreuve in lu["epreuves"]]
    activites = [activite["code"] for activite in lu["activites"]]
    for rang, bloc in enumerate(blocs):
        _connus([bloc["epreuve"]], epreuves, f"blocs[{rang}].epreuve", erreurs)
        _connus([bloc["activite"]], activites, f"blocs[{rang}].activite", erreurs)
        _connus(bloc["competences"], competences, f"blocs[{rang}].competences", erreurs)
    _doublons((bloc["activite"] for bloc in blocs), "blocs (activite)", erreurs)
    _doublons((bloc["epreuve"] for bloc in blocs), "blocs (epreuve)", erreurs)
    rangees = [un for bloc in blocs for un in bloc["competences"]]
    _doublons(rangees, "blocs (competences)", erreurs)
    certifiees = {bloc["epreuve"] for bloc in blocs}
    erreurs.extend(f"epreuves : {un} n'a pas de bloc" for un in epreuves if un not in certifiees)
    erreurs.extend(f"competences : {un} n'est dans aucun bloc" for un in competences if un not in rangees)
    _memes_cles(lu["modalites"], epreuves, "modalites", erreurs)


def _par_option(lu: Mapping[str, Any], options: list[str], competences: list[str], erreurs: list[str]) -> None:
    for rang, epreuve in enumerate(lu["epreuves"]):
        _memes_cles(epreuve["coefficient"], options, f"epreuves[{rang}].coefficient", erreurs)
    _memes_cles(lu["ponderations"], options, "ponderations", erreurs)
    for option, poids in lu["ponderations"].items():
        _memes_cles(poids, competences, f"ponderations.{option}", erreurs)
        if not sum(poids.values()):
            erreurs.append(f"ponderations.{option} : les poids sont tous nuls")
    for rang, activite in enumerate(lu["activites"]):
        if isinstance(activite["intitule"], dict):
            _memes_cles(activite["intitule"], options, f"activites[{rang}].intitule", erreurs)
    _connus(lu.get("supports", {}), options, "supports", erreurs)
    espaces = [cle.partition("_")[2] for cle in lu if cle.startswith("espaces_")]
    _connus(espaces, options, "espaces_…", erreurs)
    for rang, ligne in enumerate(lu.get("nomenclature_MEF", [])):
        if option := ligne.get("option"):
            _connus([option], options, f"nomenclature_MEF[{rang}].option", erreurs)


def _variantes(lu: Mapping[str, Any], options: list[str], erreurs: list[str]) -> None:
    """Un code a un libellé commun, ou un libellé par option, jamais les deux."""
    for groupe, lignes in (("activites", "taches"), ("competences", "detaillees")):
        portees: dict[str, dict[str | None, int]] = {}
        for rang, parent in enumerate(lu[groupe]):
            for place, ligne in enumerate(parent[lignes]):
                chemin = f"{groupe}[{rang}].{lignes}[{place}]"
                option = ligne.get("option")
                _connus([option] if option else [], options, f"{chemin}.option", erreurs)
                deja = portees.setdefault(ligne["code"], {})
                if option in deja or None in deja or (option is None and deja):
                    erreurs.append(f"{chemin}.code : {ligne['code']} est répété")
                elif deja and rang not in deja.values():
                    erreurs.append(f"{chemin}.code : {ligne['code']} est déjà ailleurs dans {groupe}")
                deja[option] = rang


def _echelles_et_periodes(lu: Mapping[str, Any], erreurs: list[str]) -> None:
    for cle in ("autonomie", "niveaux_de_savoirs", "niveaux_de_maitrise"):
        niveaux = [degre["niveau"] for degre in lu.get(cle, [])]
        if niveaux != sorted(set(niveaux)):
            erreurs.append(f"{cle} : les niveaux doivent être différents et croissants")
    if "niveaux_de_maitrise" in lu and len(lu["niveaux_de_maitrise"]) != 4:
        erreurs.append("niveaux_de_maitrise : les quatre niveaux 1 à 4 sont attendus")
    jalons = [jalon["apres"] for jalon in lu.get("jalons", [])]
    _connus(jalons, lu["periodes"], "jalons (apres)", erreurs)
    _doublons(jalons, "jalons (apres)", erreurs)


def _complements(lu: Mapping[str, Any], competences: list[str], erreurs: list[str]) -> None:
    for rang, savoir in enumerate(lu.get("savoirs", [])):
        _connus(savoir["competences"], competences, f"savoirs[{rang}].competences", erreurs)
        _doublons(savoir["competences"], f"savoirs[{rang}].competences", erreurs)
    lignes = lu.get("correspondances", [])
    for rang, ligne in enumerate(lignes):
        _connus([ligne["competence"]], competences, f"correspondances[{rang}].competence", erreurs)
    cles = [f"{ligne['referentiel']} {ligne['code']} → {ligne['competence']}" for ligne in lignes]
    _doublons(cles, "correspondances", erreurs)
    nombre = lu.get("ccf", {}).get("situations_par_epreuve")
    if nombre is not None:
        minimum, maximum = (nombre.get("min"), nombre.get("max")) if isinstance(nombre, dict) else (None, None)
        if type(minimum) is not int or type(maximum) is not int or not 1 <= minimum <= maximum:
            erreurs.append("ccf.situations_par_epreuve : deux entiers min et max, 1 ≤ min ≤ max, sont attendus")


def _parts(lu: Mapping[str, Any], erreurs: list[str]) -> None:
    """Les parts écrites dans le fichier doivent être celles que donnent les entiers."""
    if "parts_des_blocs" not in lu:
        return
    attendues = parts_des_blocs(lu["blocs"], lu["ponderations"])
    _memes_cles(lu["parts_des_blocs"], attendues, "parts_des_blocs", erreurs)
    for option, parts in lu["parts_des_blocs"].items():
        if option not in attendues:
            continue
        _memes_cles(parts, attendues[option], f"parts_des_blocs.{option}", erreurs)
        erreurs.extend(
            f"parts_des_blocs.{option}.{numero} : {part} écrit, {attendues[option][numero]} calculé sur les poids"
            for numero, part in parts.items()
            if numero in attendues[option] and part != attendues[option][numero]
        )
