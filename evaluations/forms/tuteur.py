"""Lire ce qu'envoient la page du tuteur, la saisie du papier et la préparation des questions."""

import re
from collections.abc import Mapping

from django.core.exceptions import ValidationError
from django.http import QueryDict

from evaluations.enums import ValeurTuteur
from evaluations.services.questions_tuteur import SaisieQuestion
from evaluations.services.reponses_tuteur import SaisieReponses

# `v<clé>` accompagne chaque élément montré : c'est lui qui dit ce que l'envoi contient.
VERSION = re.compile(r"v(?:q(?P<question>\d{1,18})|t(?P<attitude>[a-z_]{1,16})|(?P<textes>f))")
PREPAREE = re.compile(r"texte-(\d{1,18})")


def lire_reponses(envoi: QueryDict, *, est_terminee: bool) -> SaisieReponses:
    """Une section absente de l'envoi n'est pas touchée."""
    questions: dict[int, tuple[str, str, int]] = {}
    attitudes: dict[str, tuple[int | None, int]] = {}
    textes = None
    for champ in envoi:
        lu = VERSION.fullmatch(champ)
        if lu is None:
            continue
        version, cle = _entier(envoi.get(champ, "")), champ[1:]
        if lu["question"]:
            valeur = envoi.get(cle, "")
            # D'un travail pas vu, l'aide cochée auparavant ne dit plus rien.
            aide = "" if valeur == ValeurTuteur.NON_EVALUE else envoi.get(f"a{cle}", "")
            questions[int(lu["question"])] = (valeur, aide, version)
        elif lu["attitude"]:
            degre = envoi.get(cle, "")
            attitudes[lu["attitude"]] = (_entier(degre) if degre else None, version)
        else:
            textes = (_texte(envoi, "activites"), _texte(envoi, "remarque"), version)
    return SaisieReponses(questions=questions, attitudes=attitudes, textes=textes, est_terminee=est_terminee)


def lire_questions(envoi: Mapping[str, str]) -> list[SaisieQuestion]:
    lues = []
    for champ, texte in envoi.items():
        if trouve := PREPAREE.fullmatch(champ):
            cle = trouve[1]
            lues.append(
                SaisieQuestion(
                    detaillee_id=int(cle),
                    texte=" ".join(texte.split()),
                    est_posee=f"pose-{cle}" in envoi,
                    au_centre=f"centre-{cle}" in envoi,
                )
            )
    return lues


def _texte(envoi: QueryDict, nom: str) -> str:
    return envoi.get(nom, "").replace("\r\n", "\n").strip()


def _entier(texte: str) -> int:
    if not re.fullmatch(r"\d{1,9}", texte):
        raise ValidationError("Cet envoi ne se lit pas : rouvrez la page.")
    return int(texte)
