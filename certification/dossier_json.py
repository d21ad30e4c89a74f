"""Le contrat JSON de la note : `trpm-dossier/1` en entrée, `trpm-note/1` en sortie (pur)."""

import datetime
import json
import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any

from certification.bareme import (
    Arrondi,
    CompetenceNotee,
    EntreeInvalide,
    EpreuveNotee,
    Granularite,
    LigneCompetence,
    NonEvalue,
    ParametresGrille,
    ResultatNote,
)
from certification.json_strict import Objet, citer, descendre, lire_json
from certification.notation import calculer_note
from evaluations.synthese import ETATS, NIVEAUX, Observation
from referentiel.faits import Faits

FORMAT_DOSSIER = "trpm-dossier/1"
FORMAT_NOTE = "trpm-note/1"
CODE_MAX = 200
# « below 10 needs a comment » : le défaut de la grille, que `noter` emploie toujours.
SEUIL_DU_CONTRAT = Fraction(10)

_CLES_DOSSIER = ("format", "option", "epreuve", "grille", "situations", "positions_commission", "bonus")
_CLES_REQUISES = ("format", "option", "epreuve", "situations")
_CLES_GRILLE = ("points", "poids", "granularite", "non_evalue", "arrondi", "bonus_max")
_CLES_SITUATION = ("code", "date", "certificative", "positionnements")
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_NOMBRE = re.compile(r"-?[0-9]{1,30}(?:\.[0-9]{1,30}|/[0-9]{1,30})?")


@dataclass(frozen=True)
class DossierLu:
    """Un dossier conforme au contrat, prêt à noter."""

    option: str
    epreuve: EpreuveNotee
    parametres: ParametresGrille
    observations: tuple[Observation, ...]
    positions_commission: Mapping[str, int]
    bonus: Fraction

    def noter(self) -> ResultatNote:
        return calculer_note(self.epreuve, self.observations, self.parametres, self.positions_commission, self.bonus)


def noter_json(octets: bytes, faits: Faits) -> str:
    """Le texte `trpm-note/1` d'un dossier, ou d'un tableau de dossiers dans le même ordre."""
    valeur = lire_json(octets)
    if not isinstance(valeur, list):
        return _ecrire(_noter(valeur, faits))
    notes = []
    for rang, element in enumerate(valeur):
        try:
            notes.append(_noter(element, faits))
        except EntreeInvalide as erreur:
            raise erreur.sous(f"[{rang}]") from erreur
    return _ecrire(notes)


def note_en_json(resultat: ResultatNote, option: str) -> dict[str, Any]:
    """`trpm-note/1`, dans l'ordre des clés du contrat."""
    return {
        "format": FORMAT_NOTE,
        "option": option,
        "epreuve": resultat.epreuve,
        "competences": [_ligne_en_json(ligne) for ligne in resultat.lignes],
        "note_exacte": _fraction_en_json(resultat.note_exacte),
        "note_calculee": None if resultat.note_calculee is None else f"{resultat.note_calculee:f}",
        "note_arrondie": None if resultat.note_arrondie is None else f"{resultat.note_arrondie:f}",
        "motifs": list(resultat.motifs),
        "alertes": list(resultat.alertes),
    }


def figer_le_calcul(
    option: str,
    epreuve: EpreuveNotee,
    observations: Iterable[Observation],
    parametres: ParametresGrille,
    positions_commission: Mapping[str, int],
    bonus: Fraction,
) -> tuple[dict[str, Any], dict[str, Any]]:
    """Les entrées `trpm-dossier/1` d'un calcul et son résultat `trpm-note/1` : `noter` sur les unes rend l'autre.

    Le seuil du commentaire n'est pas au contrat : le résultat figé emploie celui que `noter` suppose.
    """
    preuves = observations_figees(observations, epreuve.code)
    comme_noter = replace(parametres, seuil_commentaire=SEUIL_DU_CONTRAT)
    entrees = {
        "format": FORMAT_DOSSIER,
        "option": option,
        "epreuve": epreuve.code,
        "grille": _grille_en_json(parametres),
        "situations": _situations_en_json(preuves),
        "positions_commission": dict(positions_commission),
        "bonus": str(bonus),
    }
    resultat = calculer_note(epreuve, preuves, comme_noter, positions_commission, bonus)
    return entrees, note_en_json(resultat, option)


def observations_figees(observations: Iterable[Observation], epreuve: str) -> list[Observation]:
    """Les observations de l'épreuve, chaque situation sous un code à elle.

    Un candidat qui a changé de classe peut avoir suivi deux « S1 » : la seconde devient « S1 (2) ».
    """
    dites = [o for o in observations if epreuve in o.epreuves and (o.niveau is not None or o.etat)]
    situations = sorted({(o.date, o.situation, o.cle) for o in dites})
    codes: dict[int, str] = {}
    pris: Counter[str] = Counter()
    for _, code, cle in situations:
        pris[code] += 1
        codes[cle] = code if pris[code] == 1 else f"{code} ({pris[code]})"
    return [replace(o, situation=codes[o.cle]) for o in dites]


def lire_dossier(valeur: Any, faits: Faits) -> DossierLu:
    """Un dossier `trpm-dossier/1` validé en entier, ou la première erreur avec son chemin."""
    dossier = _objet(valeur, "", connues=None)
    if "format" not in dossier:
        raise EntreeInvalide("format", "clé manquante")
    if dossier["format"] != FORMAT_DOSSIER:
        raise EntreeInvalide("format", f"format inconnu, « {FORMAT_DOSSIER} » attendu")
    _objet(dossier, "", connues=_CLES_DOSSIER, requises=_CLES_REQUISES)
    option = _choisir(dossier["option"], "option", faits.options, "option inconnue")
    code = _choisir(dossier["epreuve"], "epreuve", tuple(faits.epreuves), "épreuve inconnue")
    epreuve = epreuve_des_faits(faits, option, code)
    parametres = _lire_grille(dossier.get("grille", Objet()), faits, option, epreuve)
    return DossierLu(
        option=option,
        epreuve=epreuve,
        parametres=parametres,
        observations=_lire_situations(dossier["situations"], faits, option, epreuve),
        positions_commission=_lire_positions(dossier.get("positions_commission", Objet()), faits, epreuve),
        bonus=_lire_bonus(dossier.get("bonus", 0), parametres),
    )


def epreuve_des_faits(faits: Faits, option: str, epreuve: str) -> EpreuveNotee:
    """L'épreuve du référentiel, vue par l'option."""
    competences = faits.competences_de(option, epreuve)
    notees = tuple(CompetenceNotee(c.code, c.intitule, c.detaillees) for c in competences)
    return EpreuveNotee(epreuve, notees, faits.situations)


def _noter(valeur: Any, faits: Faits) -> dict[str, Any]:
    dossier = lire_dossier(valeur, faits)
    return note_en_json(dossier.noter(), dossier.option)


def _ecrire(valeur: Any) -> str:
    return json.dumps(valeur, ensure_ascii=False, indent=2)


def _ligne_en_json(ligne: LigneCompetence) -> dict[str, Any]:
    return {
        "code": ligne.code,
        "poids": _poids_en_json(ligne.poids),
        "points": _fraction_en_json(ligne.points),
        "points_max": str(ligne.points_max),
        "origine": ligne.origine.value,
        "retenus": {code: {"niveau": r.niveau, "situation": r.situation} for code, r in ligne.retenus.items()},
        "couverture": ligne.couverture,
    }


def _poids_en_json(poids: Fraction) -> int | str:
    return poids.numerator if poids.denominator == 1 else str(poids)


def _fraction_en_json(valeur: Fraction | None) -> str | None:
    return None if valeur is None else str(valeur)


def _grille_en_json(parametres: ParametresGrille) -> dict[str, Any]:
    return {
        "points": {str(niveau): str(points) for niveau, points in parametres.points.items()},
        "poids": {code: _poids_en_json(poids) for code, poids in parametres.poids.items()},
        "granularite": parametres.granularite.value,
        "non_evalue": parametres.non_evalue.value,
        "arrondi": parametres.arrondi.value,
        "bonus_max": str(parametres.bonus_max),
    }


def _situations_en_json(observations: Iterable[Observation]) -> list[dict[str, Any]]:
    situations: dict[str, dict[str, Any]] = {}
    for o in sorted(observations, key=lambda o: (o.date, o.situation, o.detaillee)):
        situation = situations.setdefault(
            o.situation,
            {
                "code": o.situation,
                "date": o.date.isoformat(),
                "certificative": o.certificative,
                "positionnements": {},
            },
        )
        situation["positionnements"][o.detaillee] = o.niveau if o.niveau is not None else o.etat
    return list(situations.values())


def _lire_grille(valeur: Any, faits: Faits, option: str, epreuve: EpreuveNotee) -> ParametresGrille:
    """La grille par défaut du référentiel, dont chaque clé peut être remplacée."""
    grille = _objet(valeur, "grille", connues=_CLES_GRILLE)
    parametres: dict[str, Any] = {"poids": faits.poids_de(option, epreuve.code)}
    if "points" in grille:
        parametres["points"] = _lire_points(grille["points"])
    if "poids" in grille:
        parametres["poids"] = _lire_poids(grille["poids"], faits, epreuve)
    for cle, enumeration in (("granularite", Granularite), ("non_evalue", NonEvalue), ("arrondi", Arrondi)):
        if cle in grille:
            parametres[cle] = _choisir(grille[cle], f"grille.{cle}", tuple(enumeration), "valeur inconnue")
    if "bonus_max" in grille:
        parametres["bonus_max"] = _nombre(grille["bonus_max"], "grille.bonus_max")
    try:
        return ParametresGrille(**parametres)
    except EntreeInvalide as erreur:
        raise erreur.sous("grille") from erreur


def _lire_points(valeur: Any) -> dict[int, Fraction]:
    cles = tuple(str(niveau) for niveau in NIVEAUX)
    points = _objet(valeur, "grille.points", connues=cles, requises=cles)
    return {niveau: _nombre(points[str(niveau)], f"grille.points.{niveau}") for niveau in NIVEAUX}


def _lire_poids(valeur: Any, faits: Faits, epreuve: EpreuveNotee) -> dict[str, Fraction]:
    poids = _objet(valeur, "grille.poids", connues=None)
    for code in poids:
        _verifier_competence(code, descendre("grille.poids", code), faits, epreuve)
    for competence in epreuve.competences:
        if competence.code not in poids:
            raise EntreeInvalide(f"grille.poids.{competence.code}", "poids manquant")
    return {code: _nombre(nombre, f"grille.poids.{code}") for code, nombre in poids.items()}


def _lire_situations(valeur: Any, faits: Faits, option: str, epreuve: EpreuveNotee) -> tuple[Observation, ...]:
    if not isinstance(valeur, list):
        raise EntreeInvalide("situations", "une liste est attendue")
    observations: list[Observation] = []
    codes: set[str] = set()
    for rang, element in enumerate(valeur):
        chemin = f"situations[{rang}]"
        situation = _objet(element, chemin, connues=_CLES_SITUATION, requises=_CLES_SITUATION)
        code = _code_situation(situation["code"], f"{chemin}.code", codes)
        codes.add(code)
        date = _date(situation["date"], f"{chemin}.date")
        if type(situation["certificative"]) is not bool:
            raise EntreeInvalide(f"{chemin}.certificative", "true ou false attendu")
        for detaillee, niveau, etat in _lire_positionnements(situation, chemin, faits, option, epreuve):
            observations.append(
                Observation(
                    situation=code,
                    date=date,
                    detaillee=detaillee,
                    niveau=niveau,
                    etat=etat,
                    certificative=situation["certificative"],
                    epreuves=frozenset({epreuve.code}),
                )
            )
    return tuple(observations)


def _lire_positionnements(
    situation: Objet, chemin_situation: str, faits: Faits, option: str, epreuve: EpreuveNotee
) -> list[tuple[str, int | None, str | None]]:
    racine = f"{chemin_situation}.positionnements"
    lus: list[tuple[str, int | None, str | None]] = []
    for code, valeur in _objet(situation["positionnements"], racine, connues=None).items():
        chemin = descendre(racine, code)
        _verifier_detaillee(code, chemin, faits, option, epreuve)
        if type(valeur) is int and valeur in NIVEAUX:
            lus.append((code, valeur, None))
        elif isinstance(valeur, str) and valeur in ETATS:
            lus.append((code, None, valeur))
        else:
            raise EntreeInvalide(chemin, "1, 2, 3, 4, « NE », « ABJ », « ABN » ou « DISP » attendu")
    return lus


def _lire_positions(valeur: Any, faits: Faits, epreuve: EpreuveNotee) -> dict[str, int]:
    positions = _objet(valeur, "positions_commission", connues=None)
    for code, niveau in positions.items():
        chemin = descendre("positions_commission", code)
        _verifier_competence(code, chemin, faits, epreuve)
        if type(niveau) is not int or niveau not in NIVEAUX:
            raise EntreeInvalide(chemin, "niveau de 1 à 4 attendu")
    return dict(positions)


def _lire_bonus(valeur: Any, parametres: ParametresGrille) -> Fraction:
    bonus = _nombre(valeur, "bonus")
    if bonus < 0:
        raise EntreeInvalide("bonus", "le bonus ne peut pas être négatif")
    if bonus > parametres.bonus_max:
        raise EntreeInvalide("bonus", f"le bonus dépasse le maximum de la grille ({parametres.bonus_max})")
    return bonus


def _verifier_competence(code: str, chemin: str, faits: Faits, epreuve: EpreuveNotee) -> None:
    sienne = faits.epreuve_de.get(code)
    if sienne is None:
        raise EntreeInvalide(chemin, "compétence inconnue")
    if sienne != epreuve.code:
        raise EntreeInvalide(chemin, f"compétence de l'épreuve {sienne}, pas de {epreuve.code}")


def _verifier_detaillee(code: str, chemin: str, faits: Faits, option: str, epreuve: EpreuveNotee) -> None:
    competence = faits.competence_de.get(code)
    if competence is None:
        raise EntreeInvalide(chemin, "compétence détaillée inconnue")
    _verifier_competence(competence, chemin, faits, epreuve)
    if code not in faits.competences[option][competence].detaillees:
        raise EntreeInvalide(chemin, f"compétence détaillée absente de l'option {option}")


def _objet(valeur: Any, chemin: str, *, connues: tuple[str, ...] | None, requises: tuple[str, ...] = ()) -> Objet:
    if not isinstance(valeur, Objet):
        raise EntreeInvalide(chemin, "un objet est attendu")
    for cle in valeur:
        if connues is not None and cle not in connues:
            raise EntreeInvalide(descendre(chemin, cle), "clé inconnue")
    for cle in requises:
        if cle not in valeur:
            raise EntreeInvalide(descendre(chemin, cle), "clé manquante")
    return valeur


def _choisir(valeur: Any, chemin: str, choix: tuple[str, ...], message: str) -> str:
    if not isinstance(valeur, str) or valeur not in choix:
        raise EntreeInvalide(chemin, f"{message}, choisir parmi {', '.join(choix)}")
    return valeur


def _code_situation(valeur: Any, chemin: str, deja: set[str]) -> str:
    if not isinstance(valeur, str) or not valeur.strip() or len(valeur) > CODE_MAX or not valeur.isprintable():
        raise EntreeInvalide(chemin, f"un texte de 1 à {CODE_MAX} caractères est attendu")
    if valeur in deja:
        raise EntreeInvalide(chemin, f"code de situation répété : {citer(valeur)}")
    return valeur


def _date(valeur: Any, chemin: str) -> datetime.date:
    if isinstance(valeur, str) and _DATE.fullmatch(valeur):
        try:
            return datetime.date.fromisoformat(valeur)
        except ValueError:
            pass
    raise EntreeInvalide(chemin, "date AAAA-MM-JJ attendue")


def _nombre(valeur: Any, chemin: str) -> Fraction:
    """Un entier JSON, ou une chaîne « n », « n/d », « n.d » : jamais un flottant."""
    if type(valeur) is int:
        return Fraction(valeur)
    if isinstance(valeur, str) and _NOMBRE.fullmatch(valeur):
        try:
            return Fraction(valeur)
        except ZeroDivisionError:
            pass
    raise EntreeInvalide(chemin, "nombre attendu : un entier, ou une chaîne comme « 3/2 » ou « 1.5 »")
