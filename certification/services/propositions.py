"""Ce que la commission écrit d'un candidat : positionner, proposer une note, dire un état, rédiger la synthèse.

Chaque écriture compare d'abord la version montrée à la personne : à plusieurs, personne n'écrase personne.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from fractions import Fraction
from typing import Any, TypeVar

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import IntegrityError, transaction
from django.utils import timezone

from centres.journal import journaliser
from centres.models import Inscription, Utilisateur
from certification.enums import EtatProposition
from certification.models import BeneficeNote, Candidat, Commission, PositionCommission, Proposition
from certification.permissions import peut_sieger
from certification.phrases import decimal_francais
from certification.queries.candidats import synthese_du_candidat
from certification.queries.propositions import Calcul, calcul_de
from certification.services.commissions import CLOSE, reprendre_le_benefice, tenir
from evaluations.synthese import NIVEAUX
from referentiel.models import Competence, Epreuve

PAS_OUVERTE = "La commission n'est pas ouverte : rien ne s'y écrit encore."
LONGUEUR_TEXTE = 4000
# Ce qu'un changement d'état ou une note remet à neuf.
SANS_NOTE: Mapping[str, Any] = {
    "grille_id": None,
    "bonus": Decimal(0),
    "entrees": None,
    "resultat": None,
    "note_calculee": None,
    "note_arrondie": None,
    "note_proposee": None,
    "note_conservee": None,
    "session_conservee": None,
    "motif_ecart": "",
}
L = TypeVar("L", PositionCommission, Proposition)


class ConflitDeVersion(ValidationError):
    """Quelqu'un a écrit entre-temps. `actuel` : ce qui est enregistré, `None` si rien ne l'est."""

    def __init__(self, actuel: PositionCommission | Proposition | None) -> None:
        super().__init__("Un autre membre de la commission a écrit entre-temps.", code="conflit")
        self.actuel = actuel


@dataclass(frozen=True)
class _Seance:
    """L'acte en cours : qui écrit, dans quelle commission tenue, sur quel candidat."""

    utilisateur: Utilisateur
    commission: Commission
    candidat: Candidat
    maintenant: datetime

    def journaliser(self, acte: str, objet: L, avant: Any, apres: Any, motif: str = "") -> None:
        journaliser(
            chaine=f"commission:{self.commission.pk}",
            acte=acte,
            auteur=self.utilisateur,
            objet=objet,
            avant=avant,
            apres={"inscription": objet.inscription_id, **apres, "version": objet.version},
            motif=motif,
        )


def positionner_competence(
    *,
    utilisateur: Utilisateur,
    commission: Commission,
    inscription: Inscription,
    competence: Competence,
    niveau: int,
    motif: str,
    version: int,
    maintenant: datetime | None = None,
) -> PositionCommission:
    """La commission positionne elle-même une compétence, de 1 à 4, et dit pourquoi (DOMAINE §5.3).

    `version` : celle qui est affichée, 0 si la commission n'avait encore rien dit.
    """
    if type(niveau) is not int or niveau not in NIVEAUX:
        raise ValidationError({"niveau": "Un niveau va de 1 à 4."})
    return _ecrire_position(utilisateur, commission, inscription, competence, niveau, motif, version, maintenant)


def retirer_position(
    *,
    utilisateur: Utilisateur,
    commission: Commission,
    inscription: Inscription,
    competence: Competence,
    motif: str,
    version: int,
    maintenant: datetime | None = None,
) -> PositionCommission:
    """Les situations décident à nouveau ; la ligne garde sa version et la raison du retrait."""
    return _ecrire_position(utilisateur, commission, inscription, competence, None, motif, version, maintenant)


def proposer_note(
    *,
    utilisateur: Utilisateur,
    commission: Commission,
    inscription: Inscription,
    epreuve: Epreuve,
    version: int,
    note: Decimal | None = None,
    bonus: Decimal = Decimal(0),
    motif_ecart: str = "",
    commentaire: str = "",
    maintenant: datetime | None = None,
) -> Proposition:
    """Propose la note au jury, et garde la grille, les entrées et le résultat qui la fondent.

    `note` vide : la note calculée, arrondie. S'en écarter demande un motif ; sous le seuil, un commentaire.
    """

    def changer(seance: _Seance, ligne: Proposition) -> dict[str, Any]:
        calcul = _calculer(seance, epreuve, bonus)
        proposee = calcul.note_arrondie if note is None else note
        ecart = motif_ecart.strip() if proposee != calcul.note_arrondie else ""
        texte = commentaire.strip()
        _verifier_la_note(calcul, proposee, ecart, texte)
        return {
            **SANS_NOTE,
            **_calcule(calcul),
            "etat": EtatProposition.PROPOSEE,
            "bonus": bonus,
            "note_proposee": proposee,
            "motif_ecart": ecart,
            "commentaire": texte,
        }

    cible = (utilisateur, commission, inscription, epreuve, version, maintenant)
    return _ecrire_proposition("note.proposee", *cible, changer)


def changer_etat(
    *,
    utilisateur: Utilisateur,
    commission: Commission,
    inscription: Inscription,
    epreuve: Epreuve,
    etat: str,
    version: int,
    motif: str = "",
    maintenant: datetime | None = None,
) -> Proposition:
    """Absent, dispensé, ponctuel, bénéfice d'une note, ou de nouveau à étudier : aucune note n'est alors proposée.

    Dispensé et ponctuel demandent un motif, gardé en commentaire.
    """
    if etat not in EtatProposition.values or etat == EtatProposition.PROPOSEE:
        raise ValidationError({"etat": "Cet état ne se choisit pas : une note se propose avec son calcul."})
    texte = motif.strip()
    if etat in (EtatProposition.DISPENSE, EtatProposition.PONCTUEL) and not texte:
        raise ValidationError({"motif": "Dites sur quoi repose cet état."})

    def changer(seance: _Seance, ligne: Proposition) -> dict[str, Any]:
        valeurs = {**SANS_NOTE, "etat": etat, "commentaire": texte}
        if etat == EtatProposition.ABSENT:
            # Son dossier se garde : ce qu'il avait montré, sans note proposée.
            calcul = calcul_de(synthese_du_candidat(seance.candidat), epreuve.code, Fraction(0))
            valeurs |= _calcule(calcul)
        if etat == EtatProposition.BENEFICE:
            temoin = Proposition()
            reprendre_le_benefice(temoin, _benefice(seance, epreuve))
            valeurs["note_conservee"], valeurs["session_conservee"] = temoin.note_conservee, temoin.session_conservee
        return valeurs

    cible = (utilisateur, commission, inscription, epreuve, version, maintenant)
    return _ecrire_proposition("etat.change", *cible, changer)


def rediger_synthese(
    *,
    utilisateur: Utilisateur,
    commission: Commission,
    inscription: Inscription,
    epreuve: Epreuve,
    texte: str,
    version: int,
    maintenant: datetime | None = None,
) -> Proposition:
    """La synthèse de l'équipe, lue à la commission et imprimée au dossier."""
    propre = texte.replace("\r\n", "\n").strip()
    if len(propre) > LONGUEUR_TEXTE:
        raise ValidationError({"texte": f"La synthèse compte {LONGUEUR_TEXTE} caractères au plus."})
    cible = (utilisateur, commission, inscription, epreuve, version, maintenant)
    return _ecrire_proposition("synthese.redigee", *cible, lambda *_: {"appreciation": propre})


@transaction.atomic
def _ecrire_position(
    utilisateur: Utilisateur,
    commission: Commission,
    inscription: Inscription,
    competence: Competence,
    niveau: int | None,
    motif: str,
    version: int,
    maintenant: datetime | None,
) -> PositionCommission:
    seance = _seance(utilisateur, commission, inscription, maintenant)
    if not Competence.objects.filter(
        pk=competence.pk, version=seance.commission.classe.version_id, bloc__epreuve__isnull=False
    ).exists():
        raise ValidationError("Cette compétence n'est pas d'une épreuve de la classe.")
    texte = motif.strip()
    if not texte:
        raise ValidationError({"motif": "Dites pourquoi la commission positionne cette compétence."})
    absences = seance.commission.propositions.filter(etat=EtatProposition.ABSENT)
    if absences.filter(
        inscription__apprenant=seance.candidat.apprenant_id, epreuve__bloc__competences=competence
    ).exists():
        # Les entrées gardées avec son absence ne suivraient plus les positions.
        raise ValidationError("Ce candidat est dit absent : dites d'abord qu'il est à étudier.")
    cle = {"commission_id": seance.commission.pk, "inscription_id": seance.candidat.pk, "competence_id": competence.pk}
    lignes = PositionCommission.objects.filter(
        commission=seance.commission, inscription__apprenant=seance.candidat.apprenant_id, competence=competence
    )
    ligne = lignes.first() or PositionCommission(**cle, version=0)
    if ligne.version != version:
        raise ConflitDeVersion(ligne if ligne.pk else None)
    avant = {"niveau": ligne.niveau, "version": ligne.version} if ligne.pk else None
    valeurs = {"niveau": niveau, "motif": texte}
    if (ligne.niveau, ligne.motif) == (niveau, texte) or (not ligne.pk and niveau is None):
        return ligne
    _comparer_et_ecrire(seance, ligne, valeurs)
    acte = "position.prise" if niveau is not None else "position.retiree"
    seance.journaliser(acte, ligne, avant, {"competence": competence.code, "niveau": niveau}, texte)
    return ligne


@transaction.atomic
def _ecrire_proposition(
    acte: str,
    utilisateur: Utilisateur,
    commission: Commission,
    inscription: Inscription,
    epreuve: Epreuve,
    version: int,
    maintenant: datetime | None,
    changer: Callable[[_Seance, Proposition], dict[str, Any]],
) -> Proposition:
    seance = _seance(utilisateur, commission, inscription, maintenant)
    if not seance.commission.classe.version.epreuves.filter(pk=epreuve.pk, a_ccf=True).exists():
        raise ValidationError("Cette épreuve n'est pas évaluée en CCF pour cette classe.")
    lignes = Proposition.objects.filter(
        commission=seance.commission, inscription__apprenant=seance.candidat.apprenant_id, epreuve=epreuve
    )
    ligne = lignes.first() or Proposition(
        commission=seance.commission, inscription_id=seance.candidat.pk, epreuve=epreuve, version=0
    )
    if ligne.version != version:
        raise ConflitDeVersion(ligne if ligne.pk else None)
    avant = _resume(ligne) if ligne.pk else None
    valeurs = changer(seance, ligne)
    if ligne.pk and all(getattr(ligne, champ) == valeur for champ, valeur in valeurs.items()):
        return ligne
    _comparer_et_ecrire(seance, ligne, valeurs)
    seance.journaliser(acte, ligne, avant, {"epreuve": epreuve.code, **_resume(ligne)}, ligne.motif_ecart)
    return ligne


def _seance(
    utilisateur: Utilisateur, commission: Commission, inscription: Inscription, maintenant: datetime | None
) -> _Seance:
    tenue = tenir(commission)
    if not peut_sieger(utilisateur, tenue):
        raise PermissionDenied
    if not tenue.est_ouverte:
        raise ValidationError(CLOSE if tenue.est_close else PAS_OUVERTE, code="fermee")
    candidats = Candidat.objects.de_la_classe(tenue.classe).visibles_par(utilisateur)
    candidat = candidats.select_related("apprenant", "option").filter(pk=inscription.pk).first()
    if candidat is None:
        raise ValidationError("Cette personne n'est pas candidate dans cette classe.")
    candidat.classe = tenue.classe
    return _Seance(utilisateur, tenue, candidat, maintenant or timezone.now())


def _comparer_et_ecrire(seance: _Seance, ligne: L, valeurs: Mapping[str, Any]) -> None:
    """Portée et version dans le même UPDATE ; la base refuse d'elle-même une commission close."""
    version = ligne.version
    champs = {**valeurs, "auteur_id": seance.utilisateur.pk, "modifie_le": seance.maintenant, "version": version + 1}
    for champ, valeur in champs.items():
        setattr(ligne, champ, valeur)
    modele = type(ligne)
    if ligne.pk is None:
        try:
            with transaction.atomic():
                ligne.save(force_insert=True)
        except IntegrityError as double:
            raise ConflitDeVersion(None) from double
        return
    if not modele._default_manager.filter(pk=ligne.pk, version=version).update(**champs):
        raise ConflitDeVersion(modele._default_manager.filter(pk=ligne.pk).first())


def _calculer(seance: _Seance, epreuve: Epreuve, bonus: Decimal) -> Calcul:
    calcul = calcul_de(synthese_du_candidat(seance.candidat), epreuve.code, Fraction(bonus))
    if calcul.refus:
        raise ValidationError({"bonus" if calcul.est_le_bonus else "note": list(calcul.refus)})
    return calcul


def _calcule(calcul: Calcul) -> dict[str, Any]:
    return {
        "grille_id": calcul.grille,
        "entrees": calcul.entrees,
        "resultat": calcul.resultat,
        "note_calculee": calcul.note_calculee,
        "note_arrondie": calcul.note_arrondie,
    }


def _verifier_la_note(calcul: Calcul, note: Decimal | None, motif_ecart: str, commentaire: str) -> None:
    refus: dict[str, str] = {}
    exposant = note.as_tuple().exponent if note is not None else 0
    if note is None or not note.is_finite() or not 0 <= note <= 20 or not isinstance(exposant, int) or exposant < -2:
        raise ValidationError({"note": "Une note va de 0 à 20, avec deux décimales au plus."})
    if note != calcul.note_arrondie and not motif_ecart:
        arrondie = decimal_francais(calcul.note_arrondie) if calcul.note_arrondie is not None else ""
        refus["motif_ecart"] = f"La note s'écarte de {arrondie} : dites pourquoi."
    if Fraction(note) < calcul.seuil and not commentaire:
        refus["commentaire"] = f"Une note inférieure à {calcul.seuil} demande un commentaire pour le jury."
    if refus:
        raise ValidationError(refus)
    if max(len(motif_ecart), len(commentaire)) > LONGUEUR_TEXTE:
        raise ValidationError(f"Un texte compte {LONGUEUR_TEXTE} caractères au plus.")


def _benefice(seance: _Seance, epreuve: Epreuve) -> BeneficeNote:
    valables = BeneficeNote.objects.valables_pour(seance.commission.classe.session)
    sienne = valables.filter(apprenant=seance.candidat.apprenant_id, epreuve__code=epreuve.code).last()
    if sienne is None:
        raise ValidationError({"etat": "Aucune note conservée valable n'est enregistrée pour cette épreuve."})
    return sienne


def _resume(ligne: Proposition) -> dict[str, Any]:
    """Ce que le journal garde : l'état, les nombres et les clés ; les textes, par leur longueur seulement."""
    notes = ("bonus", "note_calculee", "note_arrondie", "note_proposee", "note_conservee")
    return {
        "etat": ligne.etat,
        "grille": ligne.grille_id,
        **{champ: None if (lu := getattr(ligne, champ)) is None else str(lu) for champ in notes},
        "commentaire": len(ligne.commentaire),
        "synthese": len(ligne.appreciation),
        "version": ligne.version,
    }
