"""Ce que le hasard décide, et lui seul : même graine, mêmes personnes et mêmes niveaux.

Chaque tirage a son propre générateur, nommé par ce qu'il décide : ajouter une situation ne change pas les autres.
"""

from dataclasses import dataclass
from random import Random

from evaluations.enums import Attitude
from trpm.demo.contenu import Personnes, SituationDemo

# Rangs d'apprenants à l'histoire particulière, pour que les notes bloquées, les absences et les changements se voient.
RANG_C8_JAMAIS_OBSERVEE = 3
RANG_ABSENT_DE_E32 = 7
RANG_ABSENT_UNE_FOIS = 11
RANG_DISPENSE_D_ASSEMBLAGE = 15
RANG_CHANGE_D_OPTION = 5
RANG_DEVIENT_APPRENTI = 9
RANG_ARRIVE_EN_PREMIERE = 13
DERNIERES_SAISIES_A_FAIRE = 4


@dataclass(frozen=True)
class ApprenantDemo:
    """Un apprenant inventé ; `aptitude` déplace ses niveaux, de -1 à +1."""

    rang: int
    nom: str
    prenom: str
    option: str
    est_apprenti: bool
    aptitude: float


def tirer_apprenants(graine: int, classe: int, effectif: int, personnes: Personnes) -> tuple[ApprenantDemo, ...]:
    """`effectif` personnes différentes : six RSP pour quatre RMO, un apprenti sur trois."""
    hasard = _generateur(graine, classe, "personnes")
    couples = [(nom, prenom) for nom in personnes.noms for prenom in personnes.prenoms]
    if effectif > len(personnes.noms):
        choisis = hasard.sample(couples, effectif)
    else:
        choisis = list(
            zip(hasard.sample(personnes.noms, effectif), hasard.sample(personnes.prenoms, effectif), strict=True)
        )
    return tuple(
        ApprenantDemo(
            rang=rang,
            nom=nom,
            prenom=prenom,
            option="RMO" if rang % 5 in (1, 3) else "RSP",
            est_apprenti=rang % 3 == 2,
            aptitude=hasard.uniform(-1, 1),
        )
        for rang, (nom, prenom) in enumerate(choisis)
    )


def tirer_valeur(
    graine: int, classe: int, apprenant: ApprenantDemo, situation: SituationDemo, code: str, effectif: int
) -> int | str | None:
    """Niveau (1 à 4), état, ou rien si personne ne s'est encore prononcé."""
    if (particulier := _histoire(apprenant, situation, code, effectif)) is not PAS_D_HISTOIRE:
        return particulier
    hasard = _generateur(graine, classe, apprenant.rang, situation.donnees.code, code)
    if not situation.est_certificative and hasard.random() < 0.06:
        return "NE"
    centre = 0.9 + 0.65 * situation.annee_cycle + 0.8 * apprenant.aptitude
    return min(4, max(1, round(hasard.gauss(centre, 0.55))))


PAS_D_HISTOIRE = "aucune"


def _histoire(apprenant: ApprenantDemo, situation: SituationDemo, code: str, effectif: int) -> int | str | None:
    """Ce que l'histoire de cet apprenant impose ici, sinon PAS_D_HISTOIRE."""
    nom, rang, est_certificative = situation.donnees.code, apprenant.rang, situation.est_certificative
    if est_certificative and rang == RANG_C8_JAMAIS_OBSERVEE and code.startswith("C8."):
        return None
    if est_certificative and rang == RANG_ABSENT_DE_E32 and "E32" in situation.donnees.epreuves:
        return "ABJ"
    if rang == RANG_ABSENT_UNE_FOIS and nom == "CE2-1":
        return "ABN"
    if est_certificative and rang == RANG_DISPENSE_D_ASSEMBLAGE and code.startswith("C9."):
        return "DISP"
    if nom == "CE32-2" and rang >= effectif - DERNIERES_SAISIES_A_FAIRE:
        return None
    return PAS_D_HISTOIRE


def choisir(graine: int, classe: int, choix: tuple[str, ...]) -> str:
    """L'entreprise d'accueil de la cohorte."""
    return _generateur(graine, classe, "entreprise").choice(choix)


def tirer_identite(personnes: Personnes, *cles: object) -> tuple[str, str]:
    """Un prénom et un nom pour quelqu'un qui n'est pas de la classe."""
    hasard = _generateur(*cles)
    return hasard.choice(personnes.prenoms), hasard.choice(personnes.noms)


def tirer_reponse(*cles: object) -> tuple[str, str]:
    """Ce que dit un tuteur d'une question, et comment l'apprenant s'y prend."""
    hasard = _generateur(*cles, "tuteur")
    valeur = hasard.choices(("NE", "NA", "ECA", "A"), (1, 1, 4, 6))[0]
    autonomie = {"NA": "montre", "ECA": "aide", "A": hasard.choice(("aide", "seul"))}.get(valeur, "")
    return valeur, autonomie


def tirer_delai(*cles: object) -> int:
    """Jours entre la remise du lien et la réponse : souvent le jour même ou le lendemain, parfois après un rappel."""
    return _generateur(*cles, "délai").choices((0, 1, 2, 3, 5, 8), (4, 5, 4, 3, 2, 3))[0]


def tirer_attitudes(*cles: object) -> dict[str, int]:
    hasard = _generateur(*cles, "attitudes")
    return {attitude.value: hasard.choice((2, 3, 3, 4)) for attitude in Attitude}


def _generateur(*cles: object) -> Random:
    # Pas un secret : un tirage reproductible.
    return Random("/".join(map(str, cles)))  # noqa: S311
