"""Une commission qui s'est prononcée sur toute sa classe, écrite en clair : de quoi clore et archiver."""

from collections.abc import Mapping
from datetime import UTC, datetime
from decimal import Decimal
from fractions import Fraction
from typing import Any

from django.utils import timezone

from centres.models import Classe, Utilisateur
from certification.dossier_json import note_en_json
from certification.enums import EtatCommission, EtatProposition
from certification.models import Commission, MembreCommission, PositionCommission, Proposition
from certification.notation import calculer_note
from certification.queries.candidats import SyntheseCandidat, synthese_de_la_classe
from referentiel.models import Competence
from tests.certification.fabrique_archive import grille_ecrite

PROFESSIONNEL = "Karim BENALI"


def fabriquer_commission(
    classe: Classe, president: Utilisateur, *membres: Utilisateur, etat: EtatCommission = EtatCommission.OUVERTE
) -> Commission:
    """Ouverte, un président présent, l'équipe présente, le professionnel absent."""
    commission = Commission.objects.create(
        classe=classe,
        date=datetime(2026, 5, 20, 7, tzinfo=UTC),
        lieu="salle B12",
        etat=etat,
        ouverte_le=None if etat == EtatCommission.CONVOQUEE else timezone.now(),
        convoquee_par=president,
    )
    siegent = [
        MembreCommission(commission=commission, utilisateur=president, qualite="Chef de centre", est_president=True)
    ]
    siegent += [MembreCommission(commission=commission, utilisateur=une, qualite="Enseignant") for une in membres]
    for membre in siegent:
        membre.est_present = True
    siegent.append(
        MembreCommission(nom=PROFESSIONNEL, qualite="Chef d'atelier", est_professionnel=True, est_present=False)
    )
    for membre in siegent:
        membre.commission = commission
    MembreCommission.objects.bulk_create(siegent)
    return commission


def proposer_partout(commission: Commission, auteur: Utilisateur, **options: Any) -> None:
    """La note arrondie là où le calcul en donne une, absent ailleurs."""
    for lu in synthese_de_la_classe(commission.classe).candidats:
        for code in lu.epreuves:
            proposer(commission, lu, code, auteur, **options)


def proposer(
    commission: Commission,
    lu: SyntheseCandidat,
    code: str,
    auteur: Utilisateur,
    *,
    positions: Mapping[str, int] | None = None,
    ecart: str = "",
    motif: str = "",
    commentaire: str = "Des bases à reprendre.",
) -> Proposition:
    vue, synthese = lu.epreuves[code], lu.syntheses[code]
    assert synthese.grille is not None
    assert lu.candidat.option is not None
    prises = dict(positions or {})
    for competence, niveau in prises.items():
        PositionCommission.objects.create(
            commission=commission,
            inscription=lu.candidat,
            competence=Competence.objects.get(version=lu.candidat.classe.version, code=competence),
            niveau=niveau,
            motif="Montré à l'entretien.",
            auteur=auteur,
            modifie_le=timezone.now(),
        )
    calcul = calculer_note(vue.notee, synthese.observations, synthese.grille.parametres, prises, Fraction(0))
    resultat = note_en_json(calcul, lu.candidat.option.code)
    arrondie = calcul.note_arrondie
    return Proposition.objects.create(
        commission=commission,
        inscription=lu.candidat,
        epreuve=vue.epreuve,
        grille_id=synthese.grille.pk,
        etat=EtatProposition.ABSENT if arrondie is None else EtatProposition.PROPOSEE,
        entrees=entrees_de(lu, code, prises),
        resultat=resultat,
        note_calculee=calcul.note_calculee,
        note_arrondie=arrondie,
        note_proposee=None if arrondie is None else arrondie + Decimal(ecart or 0),
        motif_ecart=motif,
        commentaire=commentaire,
        appreciation="Travaille avec soin, gagne en autonomie.",
        auteur=auteur,
        modifie_le=timezone.now(),
    )


def entrees_de(lu: SyntheseCandidat, code: str, positions: Mapping[str, int]) -> dict[str, Any]:
    synthese, situations = lu.syntheses[code], {}
    for observation in synthese.observations:
        une = situations.setdefault(
            observation.situation,
            {
                "code": observation.situation,
                "date": observation.date.isoformat(),
                "certificative": True,
                "positionnements": {},
            },
        )
        une["positionnements"][observation.detaillee] = observation.niveau or observation.etat
    assert synthese.grille is not None
    assert lu.candidat.option is not None
    return {
        "format": "trpm-dossier/1",
        "option": lu.candidat.option.code,
        "epreuve": code,
        "grille": grille_ecrite(synthese.grille.parametres),
        "situations": list(situations.values()),
        "positions_commission": dict(positions),
        "bonus": "0",
    }
