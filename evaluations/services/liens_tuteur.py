"""Le lien remis au tuteur : un accès sans compte à un seul placement. La base n'en garde que l'empreinte."""

import hashlib
import secrets
from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from smtplib import SMTPException

from django.core.exceptions import ValidationError
from django.core.mail import send_mail
from django.db import transaction
from django.db.models import QuerySet
from django.template.loader import render_to_string
from django.utils import timezone

from centres.journal import journaliser
from centres.models import Utilisateur
from centres.services.autorisation import autoriser
from centres.services.fiches import verrouiller
from evaluations.models import BilanPfmp, LienTuteur, Placement
from evaluations.permissions import peut_organiser_pfmp
from evaluations.queries.bilans_pfmp import reglage_de
from evaluations.services.questions_tuteur import figer_questions

OCTETS_DU_JETON = 16
COURRIEL_REFUSE = (
    "Le courriel n'est pas parti : vérifiez l'adresse du tuteur, ou imprimez la fiche. Rien n'a été envoyé."
)


@dataclass(frozen=True)
class LienRemis:
    """Le jeton n'existe en clair qu'ici, le temps de le remettre."""

    lien: LienTuteur
    jeton: str


# Ce qui porte un lien à son tuteur : le lien, son placement, l'adresse électronique, le début de l'adresse du lien.
Poster = Callable[[LienRemis, Placement, str, str], None]


def empreinte_du_jeton(jeton: str) -> str:
    return hashlib.sha256(jeton.encode()).hexdigest()


@transaction.atomic
def creer_lien(
    *,
    utilisateur: Utilisateur,
    placement: Placement,
    est_relance: bool = False,
    remplaces: Collection[LienTuteur] = (),
    maintenant: datetime | None = None,
) -> LienRemis:
    """Un lien de plus ; les précédents valent encore (un courriel déjà reçu s'ouvre), sauf ceux qu'il remplace.

    Les questions se figent au premier : l'écran et le papier portent les mêmes numéros.
    """
    quand = maintenant or timezone.now()
    autoriser(peut_organiser_pfmp(utilisateur, placement.periode.classe.centre_id))
    tenu = verrouiller(placement)
    _refuser_si_confirme(placement)
    if est_relance:
        _refuser_si_relance(placement, quand)
    figer_questions(utilisateur=utilisateur, placement=placement)
    anciens = placement.liens.filter(pk__in=[un.pk for un in remplaces])
    precedent = anciens.order_by("-cree_le", "-pk").first()
    revoques = anciens.filter(revoque_le=None).update(revoque_le=quand)
    jeton = secrets.token_urlsafe(OCTETS_DU_JETON)
    lien = LienTuteur.objects.create(
        placement=placement,
        tuteur_id=tenu.tuteur_id,
        empreinte=empreinte_du_jeton(jeton),
        cree_par=utilisateur,
        cree_le=quand,
        expire_le=_echeance(placement, quand),
        est_relance=est_relance,
        renouvelle=precedent,
    )
    apres = {"expire_le": lien.expire_le, "relance": est_relance, "revoques": revoques}
    _journaliser("lien.cree", utilisateur, placement, lien, None, apres)
    return LienRemis(lien, jeton)


@transaction.atomic
def revoquer_liens(*, utilisateur: Utilisateur, placement: Placement) -> int:
    """Tout lien remis cesse de valoir, même dans une page déjà ouverte."""
    autoriser(peut_organiser_pfmp(utilisateur, placement.periode.classe.centre_id))
    verrouiller(placement)
    nombre = placement.liens.filter(revoque_le=None).update(revoque_le=timezone.now())
    if nombre:
        _journaliser("liens.revoques", utilisateur, placement, placement, None, {"nombre": nombre})
    return nombre


@transaction.atomic
def revoquer_lien(*, utilisateur: Utilisateur, placement: Placement, lien: LienTuteur) -> None:
    """Un seul : un courriel parti à la mauvaise adresse, une feuille égarée. Les autres valent encore."""
    autoriser(peut_organiser_pfmp(utilisateur, placement.periode.classe.centre_id))
    verrouiller(placement)
    if not placement.liens.filter(pk=lien.pk, revoque_le=None).update(revoque_le=timezone.now()):
        raise ValidationError("Ce lien est déjà révoqué.")
    _journaliser("lien.revoque", utilisateur, placement, lien, None, None)


def envoyer_lien(
    *,
    utilisateur: Utilisateur,
    placement: Placement,
    page: str,
    est_relance: bool = False,
    remplaces: Collection[LienTuteur] = (),
    maintenant: datetime | None = None,
    poster: Poster | None = None,
) -> LienTuteur:
    """Crée un lien et l'envoie au tuteur. `page` : l'adresse complète sous laquelle le jeton s'ajoute.

    `poster` : la démonstration raconte des envois passés sans que rien ne parte.

    Le courriel part entre deux transactions : un serveur de messagerie lent ne retient pas la base.
    """
    autoriser(peut_organiser_pfmp(utilisateur, placement.periode.classe.centre_id))
    adresse = placement.tuteur.email if placement.tuteur else ""
    if not adresse:
        raise ValidationError("Ce placement n'a pas de tuteur avec une adresse électronique : ajoutez-la d'abord.")
    remis = creer_lien(
        utilisateur=utilisateur,
        placement=placement,
        est_relance=est_relance,
        remplaces=remplaces,
        maintenant=maintenant,
    )
    try:
        (poster or _envoyer)(remis, placement, adresse, page)
    except (OSError, SMTPException) as erreur:
        _retirer(utilisateur, placement, remis.lien)
        raise ValidationError(COURRIEL_REFUSE) from erreur
    with transaction.atomic():
        lien = verrouiller(remis.lien)
        lien.envoye_le, lien.envoye_a = maintenant or timezone.now(), adresse
        lien.save(update_fields=["envoye_le", "envoye_a"])
        # L'adresse reste sur le lien, où la purge l'efface : le journal dit seulement qu'il est parti.
        _journaliser("lien.envoye", utilisateur, placement, lien, None, {"envoye_le": lien.envoye_le})
    return lien


@transaction.atomic
def ouvrir_lien(jeton: str) -> LienTuteur | None:
    """Le lien valable de ce jeton, ou rien, sans dire pourquoi. Il se rouvre autant qu'il faut jusqu'à son terme."""
    lien = liens_valables().filter(empreinte=empreinte_du_jeton(jeton)).first()
    if lien is None:
        return None
    if LienTuteur.objects.filter(pk=lien.pk, ouvert_le=None).update(ouvert_le=timezone.now()):
        _journaliser("lien.ouvert", None, lien.placement, lien, None, None)
    return lien


def liens_valables() -> QuerySet[LienTuteur]:
    return LienTuteur.objects.filter(revoque_le=None, expire_le__gt=timezone.now()).select_related("placement")


def _echeance(placement: Placement, quand: datetime) -> datetime:
    """Le délai du centre court depuis la fin du placement ; passé ce jour, le lien vaut encore ce délai."""
    jour = max(placement.fin, timezone.localdate(quand))
    jours = reglage_de(placement.periode.classe.centre_id).validite_lien_jours
    return timezone.make_aware(datetime.combine(jour + timedelta(days=jours), time.max.replace(microsecond=0)))


def _envoyer(remis: LienRemis, placement: Placement, adresse: str, page: str) -> None:
    apprenant = placement.inscription.apprenant
    contexte = {
        "placement": placement,
        "prenom": apprenant.prenom,
        "lien": f"{page}{remis.jeton}/",
        "expire_le": remis.lien.expire_le,
        "centre": placement.periode.classe.centre,
        "nombre": placement.questions.count(),
        "est_relance": remis.lien.est_relance,
    }
    sujet = f"{'Rappel : ' if remis.lien.est_relance else ''}votre avis sur {apprenant.prenom}, deux minutes"
    send_mail(sujet, render_to_string("evaluations/tuteur_courriel.txt", contexte), None, [adresse])


@transaction.atomic
def _retirer(utilisateur: Utilisateur, placement: Placement, lien: LienTuteur) -> None:
    LienTuteur.objects.filter(pk=lien.pk).update(revoque_le=timezone.now())
    _journaliser("lien.non_envoye", utilisateur, placement, lien, None, None)


def _refuser_si_confirme(placement: Placement) -> None:
    if BilanPfmp.objects.filter(placement=placement, confirme_le__isnull=False).exists():
        raise ValidationError("Le bilan de cette PFMP est confirmé : le tuteur n'a plus à répondre.")


def _refuser_si_relance(placement: Placement, quand: datetime) -> None:
    """Deux enseignants, ou deux onglets : le tuteur ne reçoit qu'un rappel par jour."""
    parties = placement.liens.filter(est_relance=True, envoye_le__isnull=False).values_list("envoye_le", flat=True)
    if any(timezone.localdate(une) == timezone.localdate(quand) for une in parties if une):
        raise ValidationError("Ce tuteur a déjà été relancé aujourd'hui : rien n'est parti.", code="relance")


def _journaliser(
    acte: str,
    auteur: Utilisateur | None,
    placement: Placement,
    objet: Placement | LienTuteur,
    avant: object,
    apres: object,
) -> None:
    journaliser(chaine=f"placement:{placement.pk}", acte=acte, auteur=auteur, objet=objet, avant=avant, apres=apres)
