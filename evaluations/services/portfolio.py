"""Déposer et retirer les pièces d'un portfolio ; l'apprenant dit son niveau. Rien ici n'entre dans un calcul."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from functools import partial
from hashlib import sha256
from uuid import uuid4

from django.core.exceptions import ValidationError
from django.core.files.base import ContentFile
from django.db import DatabaseError, transaction
from django.utils import timezone

from centres.journal import journaliser
from centres.models import Apprenant, Inscription, Utilisateur
from centres.services.autorisation import autoriser
from evaluations.enums import NaturePiece
from evaluations.models import AutoEvaluation, PiecePortfolio, Positionnement, Situation
from evaluations.permissions import est_soi, peut_deposer_une_piece, peut_retirer_la_piece
from referentiel.models import Competence, Periode
from trpm.socle.depots import FichierRefuse, Reconnu, reconnaitre

PIECES_MAX = 100
LONGUEUR_LEGENDE = 1000
LONGUEUR_COMMENTAIRE = 300
NATURES = {"image/jpeg": NaturePiece.PHOTO, "application/pdf": NaturePiece.PDF, "text/plain": NaturePiece.PROGRAMME}


@dataclass(frozen=True, kw_only=True)
class DonneesPiece:
    """Ce que l'on dit d'une pièce ; `nom` est celui du fichier choisi, il n'est pas gardé."""

    titre: str
    nom: str
    contenu: bytes
    legende: str = ""
    situation: Situation | None = None
    competences: Collection[Competence] = ()


@transaction.atomic
def deposer_piece(*, utilisateur: Utilisateur, apprenant: Apprenant, donnees: DonneesPiece) -> PiecePortfolio:
    """Le journal garde la nature et l'empreinte du fichier, jamais son titre ni sa légende."""
    autoriser(peut_deposer_une_piece(utilisateur, apprenant))
    # L'apprenant sert de verrou : deux dépôts à la fois ne dépassent pas le nombre, ni ne se doublent.
    Apprenant.objects.select_for_update().get(pk=apprenant.pk)
    reconnu = _reconnaitre(donnees)
    piece = PiecePortfolio(
        apprenant=apprenant,
        titre=" ".join(donnees.titre.split()),
        legende=donnees.legende.strip(),
        nature=NATURES[reconnu.type_mime],
        type_mime=reconnu.type_mime,
        octets=len(reconnu.contenu),
        sha256=sha256(reconnu.contenu).hexdigest(),
        situation=donnees.situation,
        deposee_par=utilisateur,
    )
    _verifier(apprenant, piece, donnees)
    # Le nom ne se devine pas et ne dit rien ; la lecture revérifie les droits.
    piece.fichier.save(f"{uuid4().hex}{reconnu.extension}", ContentFile(reconnu.contenu), save=False)
    try:
        piece.save()
    except DatabaseError:
        piece.fichier.delete(save=False)
        raise
    piece.competences.set(donnees.competences)
    apres = {
        "nature": piece.nature,
        "octets": piece.octets,
        "sha256": piece.sha256,
        "competences": sorted(une.code for une in donnees.competences),
    }
    journaliser(chaine=f"portfolio:{apprenant.pk}", acte="piece.deposee", auteur=utilisateur, objet=piece, apres=apres)
    return piece


@transaction.atomic
def retirer_piece(*, utilisateur: Utilisateur, piece: PiecePortfolio) -> None:
    """La pièce et son fichier disparaissent ; le journal garde qu'elle a existé."""
    autoriser(peut_retirer_la_piece(utilisateur, piece))
    tenue = PiecePortfolio.objects.select_for_update().filter(pk=piece.pk).first()
    if tenue is None:
        raise ValidationError("Cette pièce est déjà retirée.")
    objet = f"{PiecePortfolio._meta.label_lower}:{tenue.pk}"
    stockage, nom = tenue.fichier.storage, str(tenue.fichier)
    tenue.delete()
    journaliser(
        chaine=f"portfolio:{piece.apprenant_id}",
        acte="piece.retiree",
        auteur=utilisateur,
        objet=objet,
        avant={"nature": piece.nature, "sha256": piece.sha256},
    )
    # Un fichier ne revient pas : il part quand le reste est acquis.
    transaction.on_commit(partial(stockage.delete, nom))


@transaction.atomic
def s_auto_evaluer(
    *,
    utilisateur: Utilisateur,
    inscription: Inscription,
    periode: Periode,
    niveaux: Mapping[Competence, tuple[int | None, str]],
) -> int:
    """Le niveau (vide : rien à en dire) et le mot de l'apprenant, par compétence ; rend combien ont changé.

    Le journal garde les niveaux, pas les mots.
    """
    autoriser(est_soi(utilisateur, inscription.apprenant))
    Inscription.objects.select_for_update().get(pk=inscription.pk)
    version = inscription.classe.version_id
    if periode.version_id != version or any(une.version_id != version for une in niveaux):
        raise ValidationError("Cette période ou cette compétence n'est pas de votre diplôme.")
    siennes = AutoEvaluation.objects.filter(
        inscription__apprenant=inscription.apprenant_id, periode=periode, competence__isnull=False
    )
    dites = {une.competence_id: une for une in siennes}
    changes = {
        competence.code: niveau
        for competence, (niveau, mot) in niveaux.items()
        if _dire(dites.get(competence.pk), inscription, periode, competence, niveau, mot)
    }
    if changes:
        journaliser(
            chaine=f"portfolio:{inscription.apprenant_id}",
            acte="auto_evaluation.enregistree",
            auteur=utilisateur,
            objet=inscription,
            apres={"periode": periode.intitule, "niveaux": changes},
        )
    return len(changes)


def _dire(
    dite: AutoEvaluation | None,
    inscription: Inscription,
    periode: Periode,
    competence: Competence,
    niveau: int | None,
    mot: str,
) -> bool:
    """Vrai si quelque chose a changé."""
    mot = " ".join(mot.split())[:LONGUEUR_COMMENTAIRE] if niveau else ""
    if (dite.niveau if dite else None, dite.commentaire if dite else "") == (niveau, mot):
        return False
    if niveau is None:
        if dite:
            dite.delete()
        return True
    une = dite or AutoEvaluation(inscription=inscription, periode=periode, competence=competence)
    une.niveau, une.commentaire, une.le = niveau, mot, timezone.now()
    une.full_clean()
    une.save()
    return True


def _reconnaitre(donnees: DonneesPiece) -> Reconnu:
    try:
        return reconnaitre(donnees.nom, donnees.contenu)
    except FichierRefuse as refus:
        raise ValidationError({"fichier": [str(refus)]}) from refus


def _verifier(apprenant: Apprenant, piece: PiecePortfolio, donnees: DonneesPiece) -> None:
    siennes = PiecePortfolio.objects.filter(apprenant=apprenant)
    if siennes.count() >= PIECES_MAX:
        raise ValidationError({"fichier": [f"Le portfolio a déjà {PIECES_MAX} pièces : retirez-en une."]})
    if siennes.filter(sha256=piece.sha256).exists():
        raise ValidationError({"fichier": ["Ce fichier est déjà dans le portfolio."]})
    if not piece.titre:
        raise ValidationError({"titre": ["Donnez un titre : ce que l'on voit, ou ce que fait le programme."]})
    if len(piece.legende) > LONGUEUR_LEGENDE:
        raise ValidationError({"legende": [f"{LONGUEUR_LEGENDE} caractères au plus."]})
    situation = donnees.situation
    vecues = Positionnement.objects.filter(situation=situation, inscription__apprenant=apprenant)
    if situation is not None and not vecues.exists():
        raise ValidationError({"situation": ["Cette situation n'est pas de ce parcours."]})
