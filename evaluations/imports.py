"""Relire le classeur d'une grille, rempli ailleurs : ce qu'il dit, ou pourquoi il ne peut pas être lu."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, time, timedelta
from typing import Any

from evaluations.enums import Etat
from evaluations.models import Situation
from evaluations.queries.classeur import (
    COLONNE_INSCRIPTION,
    COLONNE_NOM,
    FEUILLE_BASE,
    LIGNE_CODES,
    LIGNE_DETAILS,
    PREMIERE_COLONNE,
    PREMIERE_LIGNE,
    SANS_OBJET,
    Base,
    BaseIllisible,
    CaseBase,
    LigneBase,
    lire_base,
)
from evaluations.queries.differences import CaseLue, Lecture, Rejet
from trpm.socle.classeur import Classeur, ClasseurRefuse, Feuille, lire_classeur
from trpm.socle.classeur_feuilles import Limites, lettres

LIMITES = Limites(lignes=2000, colonnes=256)
TELECHARGER = "téléchargez la grille à nouveau et remplissez ce fichier-là."
ATTENDU = "Attendu : 1, 2, 3, 4, NE, ABJ, ABN, DISP, ou rien."
NIVEAUX = {"1": 1, "2": 2, "3": 3, "4": 4}


class ValeurIllisible(ValueError):
    """Une case remplie par autre chose qu'un niveau ou un état ; le message est le remède."""


@dataclass(frozen=True)
class _Ligne:
    """Une ligne d'apprenant d'une feuille : son numéro dans le tableur, et ses cases de niveau."""

    numero: int
    base: LigneBase
    valeurs: tuple[Any, ...]


def lire_grille(contenu: bytes, nom: str, situation: Situation) -> Lecture:
    """Les cases que la personne a touchées ; lève ClasseurRefuse si le fichier entier est inutilisable."""
    classeur = lire_classeur(contenu, nom, LIMITES)
    base = _base(classeur, situation)
    cases: list[CaseLue] = []
    rejets: list[Rejet] = []
    avertissements: list[str] = []
    intactes, places = 0, _places(base)
    for feuille, codes in base.feuilles:
        lignes = list(_lignes(classeur.feuilles[feuille], feuille, codes, base))
        avertissements += _absences(feuille, lignes, base)
        for case in _cases(feuille, codes, lignes, places[feuille]):
            if isinstance(case, Rejet):
                rejets.append(case)
            elif case is None:
                intactes += 1
            else:
                cases.append(case)
    return Lecture(tuple(cases), tuple(rejets), intactes, tuple(avertissements))


def lire_valeur(brut: Any) -> int | str:
    """Un niveau, un état, ou une chaîne vide. Casse et espaces sont sans importance, le reste ne se devine pas."""
    if brut is None:
        return ""
    if isinstance(brut, bool):
        raise ValeurIllisible(f"VRAI ou FAUX n'est pas un niveau. {ATTENDU}")
    if isinstance(brut, date | time | timedelta):
        raise ValeurIllisible(f"Le tableur en a fait une date. {ATTENDU}")
    texte = str(brut).replace("\u00a0", " ").strip().upper()
    if isinstance(brut, float) and brut.is_integer():
        texte = str(int(brut))
    if texte == "" or texte in Etat.values:
        return texte
    if texte not in NIVEAUX:
        raise ValeurIllisible(ATTENDU)
    return NIVEAUX[texte]


def _base(classeur: Classeur, situation: Situation) -> Base:
    cachee = classeur.feuilles.get(FEUILLE_BASE)
    if cachee is None:
        raise ClasseurRefuse(
            f"Ce classeur n'est pas une grille de TRPM, ou sa feuille cachée a disparu : {TELECHARGER}"
        )
    lignes = [str(ligne[0]) for ligne in cachee if ligne and ligne[0] is not None]
    try:
        base = lire_base(lignes)
    except (BaseIllisible, ValueError, KeyError, TypeError) as erreur:
        raise ClasseurRefuse(f"La feuille cachée de ce classeur a été modifiée : {TELECHARGER}") from erreur
    if base.situation != situation.pk:
        raise ClasseurRefuse(
            f"Ce classeur est celui de « {base.intitule} », {base.classe} : envoyez-le depuis cette situation-là."
        )
    for feuille, codes in base.feuilles:
        if feuille not in classeur.feuilles:
            raise ClasseurRefuse(f"La feuille « {feuille} » manque ou a été renommée : {TELECHARGER}")
        _verifier_colonnes(classeur.feuilles[feuille], feuille, codes)
    return base


def _verifier_colonnes(lignes: Feuille, feuille: str, codes: tuple[str, ...]) -> None:
    """Les codes, cachés et visibles, doivent être à leur place : un niveau ne change jamais de compétence."""
    for numero in (LIGNE_CODES, LIGNE_DETAILS):
        ligne = lignes[numero - 1] if len(lignes) >= numero else ()
        lus = [_mot(valeur) for valeur in ligne[PREMIERE_COLONNE - 1 :]]
        while lus and not lus[-1]:
            lus.pop()
        for rang in range(max(len(lus), len(codes))):
            attendu = codes[rang] if rang < len(codes) else "rien"
            lu = (lus[rang] if rang < len(lus) else "") or "rien"
            if lu != attendu:
                raise ClasseurRefuse(
                    f"Feuille « {feuille} », colonne {lettres(PREMIERE_COLONNE + rang)} : {attendu} attendu, {lu} lu. "
                    f"Une colonne a été déplacée, renommée, ajoutée ou supprimée : {TELECHARGER}"
                )


def _lignes(contenu: Feuille, feuille: str, codes: tuple[str, ...], base: Base) -> Iterator[_Ligne]:
    """Les lignes d'apprenants, dans n'importe quel ordre ; chacune doit porter son identifiant et son nom d'origine."""
    connues = {ligne.inscription: ligne for ligne in base.lignes}
    deja: dict[int, int] = {}
    for numero, lue in enumerate(contenu[PREMIERE_LIGNE - 1 :], start=PREMIERE_LIGNE):
        ligne = (*lue, *[None] * (PREMIERE_COLONNE + len(codes) - len(lue)))
        if all(_mot(valeur) == "" for valeur in ligne):
            continue
        cle = _mot(ligne[COLONNE_INSCRIPTION - 1])
        apprenant = connues.get(int(cle)) if cle.isdecimal() and len(cle) < 19 else None
        ou = f"Feuille « {feuille} », ligne {numero}"
        if apprenant is None:
            raise ClasseurRefuse(f"{ou} : cet apprenant n'était pas dans la grille téléchargée. Supprimez cette ligne.")
        if apprenant.inscription in deja:
            raise ClasseurRefuse(
                f"{ou} : {apprenant.nom} est déjà à la ligne {deja[apprenant.inscription]}. Gardez une seule ligne."
            )
        if _mot(ligne[COLONNE_NOM - 1]) != _mot(apprenant.nom):
            raise ClasseurRefuse(
                f"{ou} : {apprenant.nom} attendu. Les noms ont été déplacés ou changés : {TELECHARGER}"
            )
        deja[apprenant.inscription] = numero
        yield _Ligne(numero, apprenant, ligne[PREMIERE_COLONNE - 1 : PREMIERE_COLONNE - 1 + len(codes)])


def _places(base: Base) -> dict[str, tuple[int, ...]]:
    """Pour chaque feuille, le rang de ses colonnes dans les lignes de la base."""
    places, suivante = {}, 0
    for feuille, codes in base.feuilles:
        places[feuille] = tuple(range(suivante, suivante + len(codes)))
        suivante += len(codes)
    return places


def _cases(
    feuille: str, codes: tuple[str, ...], lignes: list[_Ligne], places: tuple[int, ...]
) -> Iterator[CaseLue | Rejet | None]:
    for ligne in lignes:
        for rang, (code, place, brut) in enumerate(zip(codes, places, ligne.valeurs, strict=True)):
            adresse = f"{feuille} {lettres(PREMIERE_COLONNE + rang)}{ligne.numero}"
            try:
                yield _case(ligne.base.inscription, ligne.base.cases[place], brut, adresse)
            except ValeurIllisible as remede:
                yield Rejet(adresse, ligne.base.nom, code, _mot(brut)[:40], str(remede))


def _case(inscription: int, case: CaseBase | None, brut: Any, adresse: str) -> CaseLue | None:
    """La case si elle a été touchée, rien sinon : une valeur laissée telle quelle n'est pas une saisie."""
    if case is None:
        if _mot(brut) in {"", SANS_OBJET}:
            return None
        raise ValeurIllisible("Cette compétence ne concerne pas l'option de l'apprenant : laissez la case vide.")
    valeur = lire_valeur(brut)
    if valeur == case.valeur:
        return None
    return CaseLue(inscription, case.detaillee, valeur, case.valeur, case.version, case.version, adresse)


def _absences(feuille: str, lignes: list[_Ligne], base: Base) -> Iterator[str]:
    presents = {ligne.base.inscription for ligne in lignes}
    absents = [ligne.nom for ligne in base.lignes if ligne.inscription not in presents]
    if absents:
        yield f"Feuille « {feuille} » : {', '.join(absents)} n'y figure plus, rien ne change pour ces lignes."


def _mot(valeur: Any) -> str:
    if isinstance(valeur, float) and valeur.is_integer():
        valeur = int(valeur)
    return "" if valeur is None else " ".join(str(valeur).split())
