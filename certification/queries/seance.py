"""La séance : une classe d'un coup d'œil, un candidat à l'écran, et ce que les autres membres viennent d'écrire."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from centres.models import Chaine, Evenement, Utilisateur
from certification.enums import EtatProposition
from certification.models import Candidat, Commission, PositionCommission, Proposition
from certification.phrases import decimal_francais
from certification.queries.candidats import SyntheseCandidat, SyntheseClasse
from certification.queries.journal import ACTES
from certification.syntheses import SyntheseEpreuve
from evaluations.queries.parcours import Jalon
from evaluations.synthese import plus_haut
from referentiel.models import Epreuve

MANQUES_MONTRES = 2


@dataclass(frozen=True)
class CaseEpreuve:
    """Un candidat à une épreuve, tel que la vue d'ensemble le montre."""

    epreuve: Epreuve
    etat: EtatProposition
    synthese: SyntheseEpreuve
    manque: str
    est_a_reprendre: bool

    @property
    def est_faite(self) -> bool:
        return self.etat != EtatProposition.A_ETUDIER and not self.est_a_reprendre


@dataclass(frozen=True)
class LigneCandidat:
    candidat: Candidat
    cases: tuple[CaseEpreuve, ...]


@dataclass(frozen=True)
class NoteDeCandidat:
    candidat: Candidat
    note: Decimal


@dataclass(frozen=True)
class Ensemble:
    """La classe devant sa commission ; `suivante` : là où l'on s'était arrêté."""

    lignes: tuple[LigneCandidat, ...]
    epreuves: tuple[Epreuve, ...]
    faites: int
    # Proposées, mais ce qui les fondait a changé depuis : elles ne comptent pas comme faites.
    a_reprendre: int
    total: int
    suivante: tuple[Candidat, Epreuve] | None
    # Les notes proposées, de la plus basse à la plus haute.
    notes: Mapping[str, tuple[NoteDeCandidat, ...]]


def ensemble_de(synthese: SyntheseClasse) -> Ensemble:
    lignes = tuple(
        LigneCandidat(lu.candidat, tuple(_case(lu, code) for code in lu.epreuves)) for lu in synthese.candidats
    )
    cases = [(ligne.candidat, case) for ligne in lignes for case in ligne.cases]
    restes = [(candidat, case.epreuve) for candidat, case in cases if not case.est_faite]
    notes = {
        epreuve.code: tuple(
            NoteDeCandidat(candidat, case.synthese.decision.note_proposee)
            for candidat, case in sorted(cases, key=lambda une: une[1].synthese.decision.note_proposee or 0)
            if case.epreuve == epreuve and case.synthese.decision.note_proposee is not None
        )
        for epreuve in synthese.epreuves
    }
    return Ensemble(
        lignes=lignes,
        epreuves=tuple(synthese.epreuves),
        faites=len(cases) - len(restes),
        a_reprendre=sum(case.est_a_reprendre for _, case in cases),
        total=len(cases),
        suivante=restes[0] if restes else None,
        notes=notes,
    )


def _case(lu: SyntheseCandidat, code: str) -> CaseEpreuve:
    synthese, proposition = lu.syntheses[code], lu.propositions.get(code)
    etat = EtatProposition(proposition.etat) if proposition else EtatProposition.A_ETUDIER
    if synthese.conservee is not None:
        etat = EtatProposition.BENEFICE
    manque = ""
    if etat == EtatProposition.A_ETUDIER and not synthese.a_note:
        restes = len(synthese.motifs) - MANQUES_MONTRES
        manque = " ".join(synthese.motifs[:MANQUES_MONTRES]) + (f" Et {restes} de plus." if restes > 0 else "")
    return CaseEpreuve(lu.epreuves[code].epreuve, etat, synthese, manque, synthese.est_perimee)


@dataclass(frozen=True)
class NiveauPeriode:
    """Le plus haut niveau montré dans une période ; vide : rien d'observé."""

    periode: str
    niveau: int | None


def evolution_de(jalons: Sequence[Jalon], codes: Sequence[str]) -> Mapping[str, tuple[NiveauPeriode, ...]]:
    """Par compétence, le meilleur niveau de chaque période du cycle, formatif et entreprise compris."""
    chronologie = sorted(jalons, key=lambda jalon: jalon.debut)
    periodes = tuple(dict.fromkeys(jalon.periode for jalon in chronologie))
    vus: dict[tuple[str, str], list[int | str]] = defaultdict(list)
    for jalon in chronologie:
        for groupe in jalon.competences:
            for code in set(groupe.codes):
                vus[code, jalon.periode].extend(preuve.valeur for preuve in groupe.preuves)
    return {code: tuple(NiveauPeriode(une, plus_haut(vus.get((code, une), ()))) for une in periodes) for code in codes}


def repere_de(commission: Commission) -> str:
    """Change dès que quelque chose s'est écrit en séance ; une requête, quelle que soit la classe."""
    rang = Chaine.objects.filter(pk=f"commission:{commission.pk}").values_list("rang", flat=True).first() or 0
    return f"{rang}-{commission.etat}-{commission.numero_version}"


def annonces_depuis(commission: Commission, repere: str, lecteur: Utilisateur, candidat: Candidat) -> list[str]:
    """« M. Roux a positionné C4 » : ce que les autres ont fait de ce candidat depuis ce que montrait la page."""
    rang = repere.partition("-")[0]
    depuis = int(rang) if rang.isdecimal() and len(rang) < 10 else 0
    evenements = Evenement.objects.filter(chaine=f"commission:{commission.pk}", rang__gt=depuis)
    lus = evenements.exclude(auteur=lecteur).select_related("auteur").order_by("rang")[:20]
    return [f"{lu.auteur} {_acte(lu)}." for lu in lus if (lu.apres or {}).get("inscription") == candidat.pk]


def _acte(evenement: Evenement) -> str:
    apres: Mapping[str, Any] = evenement.apres or {}
    if evenement.acte == "position.prise":
        return f"a positionné {apres['competence']} au niveau {apres['niveau']}"
    if evenement.acte == "position.retiree":
        return f"a retiré la position de {apres['competence']}"
    return f"{ACTES[evenement.acte]} ({apres['epreuve']})"


def donnees_de_la_page(
    proposition: Proposition | None, positions: Mapping[str, PositionCommission], synthese: SyntheseEpreuve
) -> dict[str, Any]:
    """Ce qui est enregistré, champ par champ : de quoi remettre à jour un formulaire que personne n'a commencé."""
    proposee = proposition.note_proposee if proposition else None
    note = synthese.note_arrondie if proposee is None else proposee
    arrondies = {synthese.note_arrondie, proposition.note_arrondie if proposition else None} - {None}
    return {
        # Les notes que le calcul donne ou donnait, et les compétences que rien ne fonde encore.
        "arrondies": [nombre_saisi(une) for une in arrondies if une is not None],
        "bloquantes": [ligne.code for ligne in synthese.lignes if ligne.points is None],
        "version": proposition.version if proposition else 0,
        "note": {
            "note": "" if note is None else nombre_saisi(note),
            "bonus": nombre_saisi(proposition.bonus) if proposition else "0",
            "motif_ecart": proposition.motif_ecart if proposition else "",
            "commentaire": proposition.commentaire if proposition and proposition.note_proposee is not None else "",
        },
        "synthese": {"texte": proposition.appreciation if proposition else ""},
        "positions": {
            code: {"niveau": str(une.niveau or ""), "motif": une.motif if une.niveau else "", "version": une.version}
            for code, une in positions.items()
        },
    }


def nombre_saisi(valeur: Decimal) -> str:
    """« 13,5 » : comme on l'écrit dans le champ."""
    return decimal_francais(valeur.normalize())
