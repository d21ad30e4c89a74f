"""Remplir des cases d'un imprimé .xlsx en laissant tout le reste tel qu'il est, octet pour octet.

Une bibliothèque qui relit et réécrit un classeur en perd une partie (images, validations, mises en forme
conditionnelles). Ici seul le XML des cases visées change ; les autres fichiers de l'archive sont recopiés.
Les valeurs déjà calculées des formules sont oubliées : le tableur les recalcule à l'ouverture.
"""

import re
import zipfile
from collections import defaultdict
from collections.abc import Mapping
from decimal import Decimal
from io import BytesIO
from xml.sax.saxutils import escape, quoteattr

from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE

from trpm.socle.classeur_modele import Modele
from trpm.socle.classeur_plan import CaseXml, LigneXml, PlanFeuille, Position, adresse, position
from trpm.socle.tableau import LONGUEUR_CASE, neutraliser

# Feuille, adresse de la case.
Cible = tuple[str, str]
Contenu = str | int | Decimal
Retouche = tuple[int, int, bytes]
LIVRE = "xl/workbook.xml"
CALCUL = re.compile(rb"<(?P<prefixe>(?:\w+:)?)calcPr\b(?P<attributs>[^>]*?)/?>")
AVANT_LE_CALCUL = ("definedNames", "externalReferences", "functionGroups", "sheets")
ETENDUE = re.compile(rb"""\sspans=("[^"]*"|'[^']*')""")
TYPE = re.compile(rb"""\st=("[^"]*"|'[^']*')""")
# Attributs d'une case qui ne dépendent pas de sa valeur.
GARDES = ("s", "ph")


class CaseImpossible(ValueError):
    """On ne peut pas écrire là ; la phrase dit pourquoi."""


def remplir(modele: Modele, valeurs: Mapping[Cible, Contenu]) -> bytes:
    """Le même classeur, ces cases remplies."""
    par_feuille: dict[str, dict[Position, Contenu]] = defaultdict(dict)
    for (feuille, case), valeur in valeurs.items():
        if refus := modele.refus_de(feuille, case):
            raise CaseImpossible(refus)
        par_feuille[feuille][position(case) or (0, 0)] = valeur
    noms = {chemin: nom for nom, chemin in modele.chemins.items()}
    sortie = BytesIO()
    with (
        zipfile.ZipFile(BytesIO(modele.contenu)) as source,
        zipfile.ZipFile(sortie, "w", zipfile.ZIP_DEFLATED) as cible,
    ):
        for entree in source.infolist():
            octets = source.read(entree)
            if entree.filename in noms:
                nom = noms[entree.filename]
                octets = remplir_feuille(octets, modele.plans[nom], par_feuille.get(nom, {}))
            elif entree.filename == LIVRE:
                octets = recalculer_a_l_ouverture(octets)
            cible.writestr(_entree(entree), octets, compress_type=entree.compress_type)
    return sortie.getvalue()


def remplir_feuille(xml: bytes, plan: PlanFeuille, valeurs: Mapping[Position, Contenu]) -> bytes:
    retouches = _oublis(xml, plan)
    par_ligne: dict[int, dict[int, Contenu]] = defaultdict(dict)
    for (rang, colonne), valeur in valeurs.items():
        par_ligne[rang][colonne] = valeur
    nouvelles = []
    for rang in sorted(par_ligne):
        if rang in plan.lignes:
            retouches += _dans_la_ligne(xml, plan, rang, par_ligne[rang])
        else:
            nouvelles.append(rang)
    retouches += _lignes_nouvelles(xml, plan, nouvelles, par_ligne)
    return _retoucher(xml, retouches)


def recalculer_a_l_ouverture(xml: bytes) -> bytes:
    """Demande au tableur de tout recalculer : aucune valeur gardée ne survit à un imprimé qui change."""
    if lue := CALCUL.search(xml):
        attributs = re.sub(rb"""\sfullCalcOnLoad=("[^"]*"|'[^']*')""", b"", lue["attributs"])
        balise = b'<%bcalcPr%b fullCalcOnLoad="1"/>' % (lue["prefixe"], attributs.rstrip())
        reste = xml[lue.end() :]
        if not lue[0].endswith(b"/>"):
            reste = reste[reste.index(b">") + 1 :]
        return xml[: lue.start()] + balise + reste
    for nom in AVANT_LE_CALCUL:
        if fermee := re.search(rb"</((?:\w+:)?)%b\s*>" % nom.encode(), xml):
            return xml[: fermee.end()] + b'<%bcalcPr fullCalcOnLoad="1"/>' % fermee[1] + xml[fermee.end() :]
    return xml


def _entree(entree: zipfile.ZipInfo) -> zipfile.ZipInfo:
    copie = zipfile.ZipInfo(entree.filename, entree.date_time)
    copie.external_attr = entree.external_attr
    copie.create_system = entree.create_system
    return copie


def _oublis(xml: bytes, plan: PlanFeuille) -> list[Retouche]:
    """Sans sa valeur, une case à formule n'annonce plus de type : un texte ou une erreur vides seraient abîmés."""
    retouches: list[Retouche] = []
    for ligne in plan.lignes.values():
        for case in ligne.cases.values():
            if not case.a_formule or case.valeur is None:
                continue
            retouches.append((*case.valeur, b""))
            if "t" in case.attributs:
                retouches.append((case.debut, case.dedans, TYPE.sub(b"", xml[case.debut : case.dedans])))
    return retouches


def _dans_la_ligne(xml: bytes, plan: PlanFeuille, rang: int, valeurs: Mapping[int, Contenu]) -> list[Retouche]:
    ligne = plan.lignes[rang]
    presentes = sorted(colonne for colonne in valeurs if colonne in ligne.cases)
    absentes = sorted(colonne for colonne in valeurs if colonne not in ligne.cases)
    retouches = []
    for colonne in presentes:
        case = ligne.cases[colonne]
        retouches.append((case.debut, case.fin, _case(plan, rang, colonne, valeurs[colonne], case)))
    if not absentes:
        return retouches
    balise = ETENDUE.sub(b"", xml[ligne.debut : ligne.dedans])
    if ligne.est_vide:
        dedans = b"".join(_case(plan, rang, colonne, valeurs[colonne]) for colonne in absentes)
        ouverte = balise[:-2].rstrip() + b">"
        return [(ligne.debut, ligne.fin, ouverte + dedans + f"</{plan.prefixe}row>".encode())]
    retouches.append((ligne.debut, ligne.dedans, balise))
    for colonne in absentes:
        place = _place(ligne, colonne)
        retouches.append((place, place, _case(plan, rang, colonne, valeurs[colonne])))
    return retouches


def _place(ligne: LigneXml, colonne: int) -> int:
    """Devant la première case de droite, sinon à la fin de la ligne."""
    droite = [numero for numero in ligne.cases if numero > colonne]
    return ligne.cases[min(droite)].debut if droite else ligne.dehors


def _lignes_nouvelles(
    xml: bytes, plan: PlanFeuille, rangs: list[int], par_ligne: Mapping[int, Mapping[int, Contenu]]
) -> list[Retouche]:
    donnees = plan.donnees
    if donnees is None or not rangs:
        return []
    ecrites = {rang: _ligne(plan, rang, par_ligne[rang]) for rang in rangs}
    if donnees.est_vide:
        ouverte = xml[donnees.debut : donnees.dedans][:-2].rstrip() + b">"
        tout = b"".join(ecrites.values())
        return [(donnees.debut, donnees.fin, ouverte + tout + f"</{plan.prefixe}sheetData>".encode())]
    retouches = []
    for rang, ecrite in ecrites.items():
        dessous = [numero for numero in plan.lignes if numero > rang]
        place = plan.lignes[min(dessous)].debut if dessous else donnees.dehors
        retouches.append((place, place, ecrite))
    return retouches


def _ligne(plan: PlanFeuille, rang: int, valeurs: Mapping[int, Contenu]) -> bytes:
    cases = b"".join(_case(plan, rang, colonne, valeurs[colonne]) for colonne in sorted(valeurs))
    return f'<{plan.prefixe}row r="{rang}">'.encode() + cases + f"</{plan.prefixe}row>".encode()


def _case(plan: PlanFeuille, rang: int, colonne: int, valeur: Contenu, ancienne: CaseXml | None = None) -> bytes:
    p = plan.prefixe
    attributs = {"r": adresse(rang, colonne)}
    if ancienne is not None:
        attributs |= {nom: ancienne.attributs[nom] for nom in GARDES if nom in ancienne.attributs}
    elif style := plan.style_de(rang, colonne):
        attributs["s"] = style
    if valeur == "":
        dedans = ""
    elif isinstance(valeur, str):
        attributs["t"] = "inlineStr"
        dedans = f'<{p}is><{p}t xml:space="preserve">{escape(texte_sur(valeur))}</{p}t></{p}is>'
    else:
        dedans = f"<{p}v>{valeur}</{p}v>"
    ecrits = "".join(f" {nom}={quoteattr(valeur)}" for nom, valeur in attributs.items())
    return (f"<{p}c{ecrits}>{dedans}</{p}c>" if dedans else f"<{p}c{ecrits}/>").encode()


def texte_sur(texte: str) -> str:
    """Un texte qui restera un texte même si la case est rouverte en saisie ; une puce « - » devient un tiret."""
    propre = ILLEGAL_CHARACTERS_RE.sub("", texte).replace("\r\n", "\n").strip()
    if propre.startswith("- "):
        propre = f"•{propre[1:]}"
    return neutraliser(propre)[:LONGUEUR_CASE]


def _retoucher(xml: bytes, retouches: list[Retouche]) -> bytes:
    """Les retouches, de la première à la dernière ; à la même place, dans l'ordre où elles ont été demandées."""
    morceaux, fait = [], 0
    for debut, fin, nouveau in sorted(retouches, key=lambda une: (une[0], une[1])):
        morceaux += [xml[fait:debut], nouveau]
        fait = fin
    return b"".join([*morceaux, xml[fait:]])
