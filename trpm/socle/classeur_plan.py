"""Où se trouve chaque case dans le XML d'une feuille, à l'octet près : de quoi la remplacer sans toucher au reste."""

import re
from dataclasses import dataclass, field
from xml.parsers.expat import ParserCreate, XMLParserType

from trpm.socle.classeur_feuilles import REFERENCE, lettres, numero

BALISE = re.compile(rb"""<[^\s/>]+(?:[^>"']|"[^"]*"|'[^']*')*>""")
PLAGE = re.compile(r"^([A-Z]{1,3})([1-9][0-9]{0,6})(?::([A-Z]{1,3})([1-9][0-9]{0,6}))?$")
Position = tuple[int, int]


@dataclass
class Morceau:
    """Un élément : de `debut` à `fin`, son contenu commence à `dedans` et s'arrête à `dehors` (nul s'il est vide)."""

    attributs: dict[str, str]
    debut: int
    dedans: int
    dehors: int = 0
    fin: int = 0

    @property
    def est_vide(self) -> bool:
        return self.dehors == 0


@dataclass
class CaseXml(Morceau):
    a_formule: bool = False
    # La valeur que le tableur avait calculée, à faire oublier.
    valeur: Position | None = None


@dataclass
class LigneXml(Morceau):
    cases: dict[int, CaseXml] = field(default_factory=dict)


@dataclass
class PlanFeuille:
    """Les lignes et les cases d'une feuille par numéro, ses fusions, le style de ses colonnes."""

    donnees: Morceau | None = None
    prefixe: str = ""
    lignes: dict[int, LigneXml] = field(default_factory=dict)
    fusions: list[tuple[Position, Position]] = field(default_factory=list)
    colonnes: list[tuple[int, int, str]] = field(default_factory=list)
    est_protegee: bool = False

    def fusion_de(self, ligne: int, colonne: int) -> tuple[Position, Position] | None:
        for coin, oppose in self.fusions:
            if coin[0] <= ligne <= oppose[0] and coin[1] <= colonne <= oppose[1]:
                return coin, oppose
        return None

    def style_de(self, ligne: int, colonne: int) -> str:
        """Celui d'une case qui n'existe pas encore : de sa ligne, sinon de sa colonne."""
        rangee = self.lignes.get(ligne)
        if rangee and rangee.attributs.get("customFormat") in ("1", "true"):
            return rangee.attributs.get("s", "")
        return next((style for debut, fin, style in self.colonnes if debut <= colonne <= fin), "")


def position(adresse: str) -> Position | None:
    """(ligne, colonne) d'une adresse comme « B12 »."""
    lue = REFERENCE.match(adresse)
    return (int(lue[2]), numero(lue[1])) if lue else None


def adresse(ligne: int, colonne: int) -> str:
    return f"{lettres(colonne)}{ligne}"


def plan_de(xml: bytes) -> PlanFeuille:
    """`xml` a été vérifié : UTF-8, sans déclaration de type ni entité, borné en cases."""
    return _Lecteur(xml).lire()


class _Lecteur:
    """Suit la lecture d'expat, qui seul dit à quel octet commence un élément."""

    def __init__(self, xml: bytes) -> None:
        self.xml = xml
        self.plan = PlanFeuille()
        self.pile: list[str] = []
        self.ligne: LigneXml | None = None
        self.case: CaseXml | None = None
        self.rang = 0
        self.colonne = 0
        self.valeur = 0
        self.parser: XMLParserType = ParserCreate()

    def lire(self) -> PlanFeuille:
        self.parser.StartElementHandler = self._ouvrir
        self.parser.EndElementHandler = self._fermer
        self.parser.Parse(self.xml, True)
        return self.plan

    def _ouvrir(self, nom: str, attributs: dict[str, str]) -> None:
        prefixe, _, local = nom.rpartition(":")
        parent = self.pile[-1] if self.pile else ""
        self.pile.append(local)
        debut = self.parser.CurrentByteIndex
        if local == "sheetData":
            self.plan.donnees = Morceau(attributs, debut, self._apres_balise(debut))
            self.plan.prefixe = f"{prefixe}:" if prefixe else ""
        elif local == "row" and parent == "sheetData":
            self._ouvrir_ligne(attributs, debut)
        elif local == "c" and self.ligne is not None and parent == "row":
            self._ouvrir_case(attributs, debut)
        elif self.case is not None and parent == "c":
            self.case.a_formule = self.case.a_formule or local == "f"
            self.valeur = debut if local == "v" else self.valeur
        else:
            self._noter(local, attributs)

    def _ouvrir_ligne(self, attributs: dict[str, str], debut: int) -> None:
        annonce = attributs.get("r", "")
        self.rang = int(annonce) if annonce.isdecimal() else self.rang + 1
        self.colonne = 0
        self.ligne = LigneXml(attributs, debut, self._apres_balise(debut))
        self.plan.lignes[self.rang] = self.ligne

    def _ouvrir_case(self, attributs: dict[str, str], debut: int) -> None:
        lue = position(attributs.get("r", ""))
        self.colonne = lue[1] if lue else self.colonne + 1
        self.case = CaseXml(attributs, debut, self._apres_balise(debut))
        if self.ligne is not None:
            self.ligne.cases[self.colonne] = self.case

    def _noter(self, local: str, attributs: dict[str, str]) -> None:
        if local == "mergeCell":
            lue = PLAGE.match(attributs.get("ref", ""))
            if lue and lue[3]:
                self.plan.fusions.append(((int(lue[2]), numero(lue[1])), (int(lue[4]), numero(lue[3]))))
        elif local == "col" and attributs.get("style"):
            self.plan.colonnes.append((int(attributs["min"]), int(attributs["max"]), attributs["style"]))
        elif local == "sheetProtection":
            self.plan.est_protegee = attributs.get("sheet") in ("1", "true")

    def _fermer(self, nom: str) -> None:
        local = self.pile.pop()
        parent = self.pile[-1] if self.pile else ""
        if local == "sheetData" and self.plan.donnees:
            self._clore(self.plan.donnees)
        elif local == "row" and self.ligne and parent == "sheetData":
            self._clore(self.ligne)
            self.ligne = None
        elif local == "c" and self.case and parent == "row":
            self._clore(self.case)
            self.case = None
        elif local == "v" and self.case and parent == "c":
            index = self.parser.CurrentByteIndex
            est_vide = self._est_vide(self.valeur)
            self.case.valeur = (self.valeur, index if est_vide else self._apres_balise_fermante(index))

    def _clore(self, morceau: Morceau) -> None:
        if self._est_vide(morceau.debut):
            morceau.fin = morceau.dedans
            return
        morceau.dehors = self.parser.CurrentByteIndex
        morceau.fin = self._apres_balise_fermante(morceau.dehors)

    def _est_vide(self, debut: int) -> bool:
        return self.xml[self._apres_balise(debut) - 2 : self._apres_balise(debut)] == b"/>"

    def _apres_balise(self, debut: int) -> int:
        lue = BALISE.match(self.xml, debut)
        if lue is None:
            raise ValueError("balise introuvable")
        return lue.end()

    def _apres_balise_fermante(self, debut: int) -> int:
        return self.xml.index(b">", debut) + 1
