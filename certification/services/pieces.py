"""Joindre une pièce au dossier d'un candidat, la retirer tant que la commission n'est pas close."""

from dataclasses import dataclass
from functools import partial
from hashlib import sha256
from uuid import uuid4

from django.core.exceptions import ValidationError
from django.core.files.base import ContentFile
from django.db import DatabaseError, transaction
from django.db.models import Sum
from django.utils import timezone

from centres.journal import journaliser
from centres.models import Inscription, Utilisateur
from centres.services.autorisation import autoriser
from certification.enums import EtatCommission, NaturePiece
from certification.models import Candidat, Commission, PieceDossier
from certification.permissions import peut_joindre
from referentiel.models import Epreuve
from trpm.socle.depots import FichierRefuse, Reconnu, reconnaitre

PIECES_MAX = 12
OCTETS_DU_DOSSIER = 20 * 1024 * 1024
CLOSE = "La commission est close : les pièces du dossier ne changent plus."


@dataclass(frozen=True, kw_only=True)
class DonneesPiece:
    """Ce que l'on dit d'une pièce ; `nom` est celui du fichier choisi, il n'est pas gardé."""

    titre: str
    nature: str
    nom: str
    contenu: bytes


@transaction.atomic
def joindre_piece(
    *, utilisateur: Utilisateur, candidat: Candidat, epreuve: Epreuve, donnees: DonneesPiece
) -> PieceDossier:
    """Le journal garde la partie du dossier et l'empreinte du fichier, jamais son titre."""
    autoriser(peut_joindre(utilisateur, candidat))
    _tenir(candidat)
    reconnu = _reconnaitre(donnees)
    piece = PieceDossier(
        inscription_id=candidat.pk,
        epreuve=epreuve,
        nature=donnees.nature,
        titre=" ".join(donnees.titre.split()),
        type_mime=reconnu.type_mime,
        octets=len(reconnu.contenu),
        sha256=sha256(reconnu.contenu).hexdigest(),
        deposee_le=timezone.now(),
        auteur=utilisateur,
    )
    _verifier(piece)
    # Le nom ne se devine pas et ne dit rien ; le téléchargement revérifie les droits.
    piece.fichier.save(f"{uuid4().hex}{reconnu.extension}", ContentFile(reconnu.contenu), save=False)
    try:
        piece.save()
    except DatabaseError:
        piece.fichier.delete(save=False)
        raise
    journaliser(
        chaine=f"certification:classe:{candidat.classe_id}",
        acte="piece_dossier.jointe",
        auteur=utilisateur,
        objet=piece,
        apres={"epreuve": epreuve.code, "nature": piece.nature, "octets": piece.octets, "sha256": piece.sha256},
    )
    return piece


@transaction.atomic
def retirer_piece(*, utilisateur: Utilisateur, piece: PieceDossier) -> None:
    """La pièce et son fichier disparaissent ; le journal garde qu'elle a existé."""
    candidat = Candidat.objects.select_related("classe").get(pk=piece.inscription_id)
    autoriser(peut_joindre(utilisateur, candidat))
    _tenir(candidat)
    tenue = PieceDossier.objects.select_for_update(of=("self",)).select_related("epreuve").filter(pk=piece.pk).first()
    if tenue is None:
        raise ValidationError("Cette pièce est déjà retirée.")
    objet = f"{PieceDossier._meta.label_lower}:{tenue.pk}"
    avant = {"epreuve": tenue.epreuve.code, "nature": tenue.nature, "sha256": tenue.sha256}
    stockage, nom = tenue.fichier.storage, str(tenue.fichier)
    tenue.delete()
    journaliser(
        chaine=f"certification:classe:{candidat.classe_id}",
        acte="piece_dossier.retiree",
        auteur=utilisateur,
        objet=objet,
        avant=avant,
    )
    # Un fichier ne revient pas : il part quand le reste est acquis.
    transaction.on_commit(partial(stockage.delete, nom))


def _tenir(candidat: Candidat) -> None:
    """La commission, puis l'inscription : une clôture attend le dépôt ou le devance ; les limites tiennent à deux."""
    commission = Commission.objects.select_for_update().filter(classe=candidat.classe_id).first()
    if commission is not None and commission.etat == EtatCommission.CLOSE:
        raise ValidationError(CLOSE)
    Inscription.objects.select_for_update().get(pk=candidat.pk)


def _reconnaitre(donnees: DonneesPiece) -> Reconnu:
    try:
        reconnu = reconnaitre(donnees.nom, donnees.contenu)
    except FichierRefuse as refus:
        raise ValidationError({"fichier": [str(refus)]}) from refus
    if reconnu.type_mime not in PieceDossier.TYPES:
        raise ValidationError({"fichier": ["Une pièce du dossier est un PDF ou une image (JPEG, PNG)."]})
    return reconnu


def _verifier(piece: PieceDossier) -> None:
    if not piece.titre:
        raise ValidationError({"titre": ["Donnez un titre : ce que la pièce montre."]})
    if len(piece.titre) > (longueur := getattr(PieceDossier._meta.get_field("titre"), "max_length", 0)):
        raise ValidationError({"titre": [f"{longueur} caractères au plus."]})
    if piece.nature not in NaturePiece.values:
        raise ValidationError({"nature": ["Choisissez la partie du dossier."]})
    siennes = PieceDossier.objects.filter(inscription=piece.inscription_id, epreuve=piece.epreuve_id)
    if siennes.count() >= PIECES_MAX:
        raise ValidationError({"fichier": [f"Le dossier a déjà {PIECES_MAX} pièces : retirez-en une."]})
    if siennes.filter(sha256=piece.sha256).exists():
        raise ValidationError({"fichier": ["Ce fichier est déjà joint à ce dossier."]})
    deja = siennes.aggregate(total=Sum("octets"))["total"] or 0
    if deja + piece.octets > OCTETS_DU_DOSSIER:
        raise ValidationError({"fichier": ["Les pièces du dossier dépasseraient 20 Mo : retirez-en une."]})
