"""Un imprimé reçu en .xlsx, à montrer case par case et à remplir : ses feuilles, ses textes, ses cases à formule."""

import zipfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from io import BytesIO
from xml.etree.ElementTree import Element

from defusedxml.ElementTree import fromstring

from trpm.socle.classeur import ABIME, ClasseurRefuse, verifier_classeur
from trpm.socle.classeur_feuilles import Limites, noms_des_feuilles
from trpm.socle.classeur_plan import PlanFeuille, Position, adresse, plan_de, position

# Un imprimé garde ses formules ; il a rarement plus de deux pages, mais ses bordures descendent parfois bien plus bas.
LIMITES_MODELE = Limites(lignes=2_000, colonnes=300, feuilles=20, quoi="un imprimé de grille", admet_formules=True)
SEULEMENT_XLSX = "L'imprimé doit être au format .xlsx : ouvrez-le dans votre tableur et enregistrez-le sous ce format."
# Ce que l'on montre d'une feuille ; au-delà, l'adresse d'une case peut encore s'écrire.
LIGNES_MONTREES, COLONNES_MONTREES = 150, 52
# Un imprimé chargé en compte quelques centaines.
FUSIONS_MAX = 2_000
CHAINES = "xl/sharedStrings.xml"


@dataclass(frozen=True)
class CaseModele:
    """Une case telle qu'on la voit ; une case fusionnée en vaut plusieurs et porte l'adresse de son coin."""

    adresse: str
    texte: str = ""
    est_formule: bool = False
    largeur: int = 1
    hauteur: int = 1


@dataclass(frozen=True)
class FeuilleModele:
    nom: str
    lignes: tuple[tuple[CaseModele, ...], ...]
    colonnes: int
    est_tronquee: bool
    est_protegee: bool


@dataclass(frozen=True)
class Modele:
    """Un imprimé vérifié : le plan de chaque feuille, dans l'ordre des onglets."""

    contenu: bytes
    chemins: dict[str, str]
    plans: dict[str, PlanFeuille]

    def refus_de(self, feuille: str, case: str) -> str:
        """Pourquoi on ne peut pas écrire dans cette case ; rien si on le peut."""
        plan, lue = self.plans.get(feuille), position(case)
        if plan is None:
            return f"Ce classeur n'a pas de feuille « {feuille} »."
        if lue is None:
            return f"« {case} » n'est pas l'adresse d'une case, comme B12."
        if lue[0] > LIMITES_MODELE.lignes or lue[1] > LIMITES_MODELE.colonnes:
            return f"La case {case} est hors de l'imprimé."
        fusion = plan.fusion_de(*lue)
        if fusion and fusion[0] != lue:
            return f"La case {case} fait partie d'une case fusionnée : choisissez {adresse(*fusion[0])}."
        ligne = plan.lignes.get(lue[0])
        existante = ligne.cases.get(lue[1]) if ligne else None
        if existante and existante.a_formule:
            return f"La case {case} contient une formule : elle se calcule seule."
        return ""


def ouvrir_modele(contenu: bytes, nom: str) -> Modele:
    """Un imprimé reçu, après tous les contrôles d'un classeur ; ClasseurRefuse dit ce qui ne va pas."""
    if nom.lower().endswith(".ods"):
        raise ClasseurRefuse(SEULEMENT_XLSX)
    verifier_classeur(contenu, nom, LIMITES_MODELE)
    return relire_modele(contenu)


def relire_modele(contenu: bytes) -> Modele:
    """Un imprimé déjà vérifié au dépôt."""
    try:
        with zipfile.ZipFile(BytesIO(contenu)) as archive:
            presents = set(archive.namelist())
            noms = noms_des_feuilles(archive)
            chemins = {nom: un for un, nom in noms.items() if un in presents and un.startswith("xl/worksheets/")}
            plans = {nom: plan_de(archive.read(chemin)) for nom, chemin in chemins.items()}
    except Exception as erreur:
        raise ClasseurRefuse(ABIME) from erreur
    if not plans or any(plan.donnees is None or len(plan.fusions) > FUSIONS_MAX for plan in plans.values()):
        raise ClasseurRefuse(ABIME)
    return Modele(contenu, chemins, plans)


def feuilles_a_montrer(modele: Modele) -> list[FeuilleModele]:
    """Chaque feuille en tableau : le texte des cases, les fusions, les formules ; jamais leur mise en forme."""
    with zipfile.ZipFile(BytesIO(modele.contenu)) as archive:
        chaines = _chaines(archive)
        return [
            _feuille(nom, modele.plans[nom], _textes(fromstring(archive.read(chemin)), chaines))
            for nom, chemin in modele.chemins.items()
        ]


def _chaines(archive: zipfile.ZipFile) -> list[str]:
    if CHAINES not in archive.namelist():
        return []
    return [_texte(element) for element in fromstring(archive.read(CHAINES)) if _local(element) == "si"]


def _texte(element: Element) -> str:
    """Le texte d'une chaîne, riche ou non, sans sa prononciation."""
    morceaux = []
    for enfant in element:
        if _local(enfant) == "t":
            morceaux.append(enfant.text or "")
        elif _local(enfant) == "r":
            morceaux.append(_texte(enfant))
    return "".join(morceaux)


def _textes(racine: Element, chaines: Sequence[str]) -> dict[Position, str]:
    textes: dict[Position, str] = {}
    for rang, ligne in _numerotes(racine):
        colonne = 0
        for case in ligne:
            lue = position(case.get("r", ""))
            colonne = lue[1] if lue else colonne + 1
            if texte := _valeur(case, chaines):
                textes[rang, colonne] = texte
    return textes


def _numerotes(racine: Element) -> Iterator[tuple[int, Element]]:
    rang = 0
    for donnees in racine:
        if _local(donnees) == "sheetData":
            for ligne in donnees:
                annonce = ligne.get("r", "")
                rang = int(annonce) if annonce.isdecimal() else rang + 1
                yield rang, ligne


def _valeur(case: Element, chaines: Sequence[str]) -> str:
    for enfant in case:
        if _local(enfant) == "is":
            return _texte(enfant)
        if _local(enfant) == "v" and enfant.text:
            if case.get("t") != "s":
                return enfant.text
            rang = int(enfant.text) if enfant.text.isdecimal() else len(chaines)
            return chaines[rang] if rang < len(chaines) else ""
    return ""


def _feuille(nom: str, plan: PlanFeuille, textes: dict[Position, str]) -> FeuilleModele:
    derniere_ligne, derniere_colonne = _etendue(plan, textes)
    lignes, colonnes = min(derniere_ligne, LIGNES_MONTREES), min(derniere_colonne, COLONNES_MONTREES)
    caches, coins = _fusions(plan, lignes, colonnes)
    tableau = []
    for rang in range(1, lignes + 1):
        cases = plan.lignes[rang].cases if rang in plan.lignes else {}
        montrees = []
        for colonne in range(1, colonnes + 1):
            if (rang, colonne) in caches:
                continue
            hauteur, largeur = coins.get((rang, colonne), (1, 1))
            est_formule = colonne in cases and cases[colonne].a_formule
            texte = textes.get((rang, colonne), "")
            montrees.append(CaseModele(adresse(rang, colonne), texte, est_formule, largeur, hauteur))
        tableau.append(tuple(montrees))
    est_tronquee = derniere_ligne > lignes or derniere_colonne > colonnes
    return FeuilleModele(nom, tuple(tableau), colonnes, est_tronquee, plan.est_protegee)


def _etendue(plan: PlanFeuille, textes: dict[Position, str]) -> Position:
    """Jusqu'à la dernière case qui dit quelque chose, fusions et formules comprises, avec un peu de marge."""
    marques = [*textes, *(oppose for _, oppose in plan.fusions)]
    for rang, ligne in plan.lignes.items():
        marques += [(rang, colonne) for colonne, case in ligne.cases.items() if case.a_formule or rang <= 60]
    return (
        max((rang for rang, _ in marques), default=1),
        max((colonne for _, colonne in marques), default=1),
    )


def _fusions(plan: PlanFeuille, lignes: int, colonnes: int) -> tuple[set[Position], dict[Position, tuple[int, int]]]:
    caches: set[Position] = set()
    coins = {}
    for (haut, gauche), (bas, droite) in plan.fusions:
        bas, droite = min(bas, lignes), min(droite, colonnes)
        couvertes = {(r, c) for r in range(haut, bas + 1) for c in range(gauche, droite + 1)}
        if not couvertes or couvertes & caches:
            # Hors de ce que l'on montre, ou par-dessus une autre, ce qu'aucun tableur n'écrit.
            continue
        coins[haut, gauche] = (bas - haut + 1, droite - gauche + 1)
        caches |= couvertes - {(haut, gauche)}
    return caches, coins


def _local(element: Element) -> str:
    return element.tag.rpartition("}")[2]
