"""Ce que la commission d'une classe a dit de chacun, tel que la synthèse le lit : vivant, ou figé une fois close."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from fractions import Fraction

from centres.models import Classe
from certification.archive_json import parametres_figes, relire_note
from certification.bareme import EpreuveNotee, LigneCompetence, ResultatNote
from certification.dossier_json import observations_figees
from certification.enums import EtatProposition
from certification.models import Commission, PositionCommission, Proposition
from certification.syntheses import SANS_DECISION, Decision, GrilleLue, NoteConservee
from evaluations.synthese import Observation, Retenu

SANS_NOTE: Mapping[str, str] = {
    EtatProposition.ABSENT: "Absent : la commission ne propose aucune note.",
    EtatProposition.DISPENSE: "Dispensé de cette épreuve : la commission ne propose aucune note.",
    EtatProposition.PONCTUEL: "Épreuve passée en ponctuel : la commission ne propose aucune note de CCF.",
}


@dataclass(frozen=True)
class Decisions:
    """Par apprenant : ses positions (par compétence) et ses propositions (par épreuve)."""

    commission: Commission | None = None
    positions: Mapping[int, Mapping[str, PositionCommission]] = field(default_factory=dict)
    propositions: Mapping[int, Mapping[str, Proposition]] = field(default_factory=dict)

    @property
    def est_close(self) -> bool:
        return self.commission is not None and self.commission.est_close

    def proposition(self, apprenant: int, epreuve: str) -> Proposition | None:
        return self.propositions.get(apprenant, {}).get(epreuve)

    def grille(self, apprenant: int, epreuve: str) -> GrilleLue | None:
        """Close, la grille de la proposition, quelle que soit celle publiée depuis."""
        proposition = self.proposition(apprenant, epreuve)
        if not self.est_close or proposition is None or proposition.grille is None or proposition.entrees is None:
            return None
        grille = proposition.grille
        return GrilleLue(
            pk=grille.pk,
            numero=grille.numero,
            publiee_le=grille.publiee_le,
            est_propre_a_la_session=grille.session_id is not None,
            parametres=parametres_figes(proposition.entrees, Fraction(grille.seuil_commentaire)),
        )

    def conservee(self, apprenant: int, epreuve: str, vivante: NoteConservee | None) -> NoteConservee | None:
        """Close, celle que la commission a vue ; une note enregistrée depuis n'y change rien."""
        proposition = self.proposition(apprenant, epreuve)
        if proposition is None or not self.est_close:
            return vivante
        if proposition.note_conservee is None or proposition.session_conservee is None:
            return None
        return NoteConservee(proposition.session_conservee, proposition.note_conservee)

    def decision(self, apprenant: int, epreuve: EpreuveNotee, preuves: Sequence[Observation]) -> Decision:
        positions = self.positions.get(apprenant, {})
        niveaux = {code: position.niveau for code, position in positions.items() if position.niveau is not None}
        proposition = self.proposition(apprenant, epreuve.code)
        if proposition is None:
            return Decision(positions=niveaux) if niveaux else SANS_DECISION
        exacte = (proposition.resultat or {}).get("note_exacte")
        return Decision(
            positions=niveaux,
            bonus=Fraction(proposition.bonus),
            note_proposee=_comme_l_arrondie(proposition),
            note_exacte=None if exacte is None else Fraction(exacte),
            niveaux_proposes=_niveaux(proposition),
            positions_proposees=(proposition.entrees or {}).get("positions_commission", {}),
            empechement=SANS_NOTE.get(proposition.etat, ""),
            motif_ecart=proposition.motif_ecart,
            commentaire=proposition.commentaire,
            appreciation=proposition.appreciation,
            fige=_resultat_fige(proposition, epreuve, preuves) if self.est_close else None,
        )


def decisions_de(classe: Classe) -> Decisions:
    """Trois requêtes, une seule sans commission."""
    commission = Commission.objects.filter(classe=classe).first()
    if commission is None:
        return Decisions()
    commission.classe = classe
    positions: dict[int, dict[str, PositionCommission]] = {}
    for position in commission.positions.select_related("competence", "inscription", "auteur").order_by("pk"):
        positions.setdefault(position.inscription.apprenant_id, {})[position.competence.code] = position
    propositions: dict[int, dict[str, Proposition]] = {}
    for lue in commission.propositions.select_related("epreuve", "grille", "inscription", "auteur").order_by("pk"):
        propositions.setdefault(lue.inscription.apprenant_id, {})[lue.epreuve.code] = lue
    return Decisions(commission, positions, propositions)


def _niveaux(proposition: Proposition) -> dict[str, int]:
    lignes = (proposition.resultat or {}).get("competences", [])
    return {code: retenu["niveau"] for ligne in lignes for code, retenu in ligne["retenus"].items()}


def _comme_l_arrondie(proposition: Proposition) -> Decimal | None:
    """La base rend 11,50 : la note proposée se lit 11,5 à côté d'une arrondie au demi-point."""
    proposee, arrondie = proposition.note_proposee, (proposition.resultat or {}).get("note_arrondie")
    if proposee is None or arrondie is None:
        return proposee
    ecrite = proposee.quantize(Decimal(arrondie))
    return ecrite if ecrite == proposee else proposee


def _resultat_fige(
    proposition: Proposition, epreuve: EpreuveNotee, preuves: Sequence[Observation]
) -> ResultatNote | None:
    """Relu, pas refait. Les situations sont scellées : elles disent encore qui a positionné."""
    if proposition.entrees is None or proposition.resultat is None or proposition.grille is None:
        return None
    seuil = Fraction(proposition.grille.seuil_commentaire)
    lues = {(o.situation, o.detaillee): o for o in observations_figees(preuves, epreuve.code)}
    auteurs = {cle: observation.auteur for cle, observation in lues.items()}
    parametres = parametres_figes(proposition.entrees, seuil)
    relu = relire_note(proposition.entrees, proposition.resultat, epreuve, parametres, auteurs)
    return replace(relu, lignes=tuple(_situer(ligne, lues) for ligne in relu.lignes))


def _situer(ligne: LigneCompetence, lues: Mapping[tuple[str, str], Observation]) -> LigneCompetence:
    """Les pages retrouvent la situation d'une preuve par sa clé, que le contrat ne porte pas."""
    retenus = {code: _situe(retenu, lues.get((retenu.situation, code))) for code, retenu in ligne.retenus.items()}
    return replace(ligne, retenus=retenus)


def _situe(retenu: Retenu, lue: Observation | None) -> Retenu:
    return retenu if lue is None else replace(retenu, cle=lue.cle)
