"""Comprendre une case : INE, SIRET, date, statut, rôle, adresse. Un refus nomme le champ et dit comment corriger."""

import re
from collections.abc import Mapping
from datetime import date, datetime

from django.core.exceptions import ValidationError
from django.core.validators import validate_email

from centres.enums import Role, StatutApprenant
from centres.imports.identites import nette, plat

INE = re.compile(r"^[0-9A-Z]{11}$")
SCIENTIFIQUE = re.compile(r"^\d[.,]\d+E\+?\d+$", re.IGNORECASE)
FORMATS_DATE = ("%d/%m/%Y", "%Y-%m-%d", "%d-%m-%Y", "%d.%m.%Y", "%d/%m/%y")
LA_POSTE = "356000000"
STATUTS: Mapping[str, StatutApprenant] = {
    **dict.fromkeys(("st", "scol", "scolaire", "eleve", "initial", "sous statut scolaire"), StatutApprenant.SCOLAIRE),
    **dict.fromkeys(("ap", "app", "apprenti", "apprentie", "apprentissage"), StatutApprenant.APPRENTI),
    **dict.fromkeys(
        ("fc", "fq", "stagiaire", "formation continue", "stagiaire de la formation continue"),
        StatutApprenant.FORMATION_CONTINUE,
    ),
}
ROLES: Mapping[str, Role] = {
    **{plat(role.value): role for role in Role},
    **{plat(str(role.label)): role for role in Role},
    **dict.fromkeys(("enseignante", "professeur", "professeure", "prof"), Role.ENSEIGNANT),
    **dict.fromkeys(("professeur principal", "professeure principale", "pp", "referente"), Role.REFERENT),
    **dict.fromkeys(("chef de travaux", "directeur delegue"), Role.DDFPT),
    **dict.fromkeys(("proviseur", "proviseure", "chef d etablissement", "directeur", "directrice"), Role.CHEF),
    **dict.fromkeys(("inspectrice", "ien"), Role.INSPECTEUR),
}


class CaseRefusee(ValueError):
    """`champ` : ce qui ne va pas ; le message dit comment corriger."""

    def __init__(self, champ: str, message: str) -> None:
        super().__init__(message)
        self.champ = champ


def texte(champ: str, brut: str, longueur: int, *, obligatoire: bool = True) -> str:
    lu = nette(brut)
    if obligatoire and not lu:
        raise CaseRefusee(champ, "Case vide : complétez-la.")
    if len(lu) > longueur:
        raise CaseRefusee(champ, f"Plus de {longueur} signes : raccourcissez.")
    return lu


def ine(brut: str) -> str:
    lu = "".join(brut.split()).upper()
    if SCIENTIFIQUE.match(lu):
        raise CaseRefusee(
            "INE", "Le tableur a arrondi ce numéro : mettez la colonne au format texte, puis ressaisissez-le."
        )
    if lu and not INE.match(lu):
        raise CaseRefusee("INE", f"« {lu[:20]} » n'a pas onze chiffres ou lettres : corrigez-le, ou videz la case.")
    return lu


def siret(brut: str) -> str:
    lu = re.sub(r"[\s.]", "", brut)
    if SCIENTIFIQUE.match(brut.strip()):
        raise CaseRefusee(
            "SIRET", "Le tableur a arrondi ce numéro : mettez la colonne au format texte, puis ressaisissez-le."
        )
    if lu and not (lu.isascii() and lu.isdigit() and len(lu) == 14):
        raise CaseRefusee("SIRET", "Un SIRET compte quatorze chiffres : corrigez-le, ou videz la case.")
    if lu and not _cle_juste(lu):
        raise CaseRefusee(
            "SIRET", "Ce numéro n'existe pas (sa clé est fausse) : vérifiez chaque chiffre, ou videz la case."
        )
    return lu


def _cle_juste(numero: str) -> bool:
    """Clé de Luhn ; les établissements de La Poste ont une somme multiple de 5."""
    somme = 0
    for rang, chiffre in enumerate(reversed(numero)):
        double = int(chiffre) * (2 if rang % 2 else 1)
        somme += double - 9 if double > 9 else double
    return somme % 10 == 0 or (numero.startswith(LA_POSTE) and sum(map(int, numero)) % 5 == 0)


def email(brut: str, champ: str = "Adresse électronique", *, obligatoire: bool = False) -> str:
    lu = texte(champ, brut, 254, obligatoire=obligatoire).lower()
    if lu:
        try:
            validate_email(lu)
        except ValidationError as erreur:
            raise CaseRefusee(
                champ, f"« {lu[:40]} » n'est pas une adresse : corrigez-la, ou videz la case."
            ) from erreur
    return lu


def jour(champ: str, brut: str) -> date | None:
    lu = brut.strip().partition(" ")[0]
    if not lu:
        return None
    for forme in FORMATS_DATE:
        try:
            trouve = datetime.strptime(lu, forme).date()  # noqa: DTZ007
        except ValueError:
            continue
        if 2000 <= trouve.year <= 2100:
            return trouve
    raise CaseRefusee(champ, f"« {lu[:20]} » n'est pas une date : écrivez-la 01/09/2026.")


def statut(brut: str) -> StatutApprenant | None:
    lu = plat(brut)
    if not lu:
        return None
    if lu not in STATUTS:
        raise CaseRefusee("Statut", f"« {brut[:30]} » n'est pas connu : écrivez élève, apprenti ou stagiaire.")
    return STATUTS[lu]


def role(brut: str) -> Role:
    lu = plat(texte("Rôle", brut, 80))
    if lu not in ROLES:
        connus = ", ".join(str(un.label) for un in Role if un != Role.ADMINISTRATEUR)
        raise CaseRefusee("Rôle", f"« {brut[:30]} » n'est pas connu. Rôles possibles : {connus}.")
    return ROLES[lu]
