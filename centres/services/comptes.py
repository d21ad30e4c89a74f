"""Ouvrir un compte et le rouvrir : invitation, mot de passe oublié ou changé, second facteur.

Le jeton d'un lien n'existe en clair que dans la valeur rendue ici et dans le courriel ; la base n'en garde que
l'empreinte, et le journal rien. Celui qui invite ne peut le faire que pour les comptes dont il répond.
"""

import hashlib
import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta

from allauth.mfa.models import Authenticator
from allauth.socialaccount.models import SocialAccount
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone

from centres.journal import journaliser
from centres.models import Invitation, Utilisateur
from centres.permissions import peut_ouvrir_le_compte
from centres.queries.comptes import resume_des_facteurs
from centres.services.autorisation import autoriser
from centres.services.sessions import fermer_sessions

VALIDITE_INVITATION = timedelta(days=7)
VALIDITE_OUBLI = timedelta(hours=1)
# Deux demandes rapprochées ne font qu'un courriel.
ENTRE_DEUX_OUBLIS = timedelta(minutes=5)
OCTETS_DU_JETON = 16
LIEN_PERIME = "Ce lien n'est plus valable : il a expiré, il a déjà servi, ou il est incomplet. Demandez-en un autre."


PAR_COURRIEL_SEULEMENT = (
    "Ce compte sert déjà : son lien ne part que par courriel, à la personne elle-même. "
    "Demandez à l'administrateur de renseigner son adresse, ou de régler l'envoi des courriels."
)


@dataclass(frozen=True)
class Lien:
    """Ce qu'il faut transmettre à la personne ; le jeton ne se relira nulle part."""

    invitation: Invitation
    jeton: str


def empreinte_du_jeton(jeton: str) -> str:
    return hashlib.sha256(jeton.strip().encode()).hexdigest()


@transaction.atomic
def inviter(
    *, auteur: Utilisateur | None, utilisateur: Utilisateur, motif: str = "", en_main_propre: bool = False
) -> Lien:
    """Un nouveau lien remplace les précédents ; rouvrir un compte qui a déjà servi se motive.

    `en_main_propre` : l'auteur verra le lien. Jamais pour le compte d'un collègue qui sert déjà : il s'y connecterait.
    """
    autoriser(auteur is None or peut_ouvrir_le_compte(auteur, utilisateur))
    if utilisateur.has_usable_password() and not motif.strip():
        raise ValidationError({"motif": "Ce compte a déjà un mot de passe : dites pourquoi il faut le rouvrir."})
    if not utilisateur.is_active:
        raise ValidationError("Ce compte est fermé.")
    if en_main_propre and auteur and est_deja_a_un_collegue(utilisateur):
        raise ValidationError(PAR_COURRIEL_SEULEMENT)
    revoquer_les_liens(utilisateur)
    lien = _nouveau_lien(utilisateur, auteur, VALIDITE_INVITATION)
    journaliser(
        chaine=f"utilisateur:{utilisateur.pk}",
        acte="invitation.creee",
        auteur=auteur,
        objet=lien.invitation,
        apres={"expire_le": lien.invitation.expire_le},
        motif=motif.strip(),
    )
    return lien


@transaction.atomic
def inviter_plusieurs(*, auteur: Utilisateur, personnes: Iterable[Utilisateur]) -> list[tuple[Utilisateur, Lien]]:
    """Ceux qui ne sont jamais venus, tous ou aucun ; chaque lien remplace le précédent et ne part que par courriel."""
    liens = []
    for personne in personnes:
        if personne.a_servi or not personne.email:
            raise ValidationError(f"{personne} s'est connecté entre-temps : son accès se rouvre depuis sa fiche.")
        liens.append((personne, inviter(auteur=auteur, utilisateur=personne)))
    return liens


def est_deja_a_un_collegue(utilisateur: Utilisateur) -> bool:
    """Un compte ouvert, et un rôle ; l'apprenant sans adresse, lui, vient chercher son lien."""
    return utilisateur.a_servi and utilisateur.affectations.exists()


@transaction.atomic
def revoquer_invitation(*, auteur: Utilisateur | None, invitation: Invitation) -> None:
    autoriser(auteur is None or peut_ouvrir_le_compte(auteur, invitation.utilisateur))
    if not Invitation.objects.ouvertes().filter(pk=invitation.pk).update(revoquee_le=timezone.now()):
        raise ValidationError("Cette invitation n'est plus ouverte.")
    journaliser(
        chaine=f"utilisateur:{invitation.utilisateur_id}",
        acte="invitation.revoquee",
        auteur=auteur,
        objet=invitation,
    )


def revoquer_les_liens(utilisateur: Utilisateur) -> None:
    """Aucun lien déjà parti n'ouvre plus ce compte."""
    Invitation.objects.ouvertes().filter(utilisateur=utilisateur).update(revoquee_le=timezone.now())


@transaction.atomic
def accepter_invitation(*, jeton: str, mot_de_passe: str) -> Utilisateur:
    """Pose le mot de passe et ferme toute session ; le lien ne sert qu'une fois, même à deux envois simultanés."""
    invitation = _invitation_ouverte(jeton)
    utilisateur = invitation.utilisateur
    validate_password(mot_de_passe, utilisateur)
    utilisateur.set_password(mot_de_passe)
    utilisateur.save(update_fields=["password"])
    fermer_sessions(utilisateur)
    Invitation.objects.filter(pk=invitation.pk).update(utilisee_le=timezone.now())
    journaliser(
        chaine=f"utilisateur:{utilisateur.pk}", acte="invitation.acceptee", auteur=utilisateur, objet=invitation
    )
    return utilisateur


@transaction.atomic
def demander_un_lien(*, utilisateur: Utilisateur) -> Lien | None:
    """Mot de passe oublié ; rien si un lien vient déjà de partir. Une invitation en cours reste ouverte."""
    # Deux demandes simultanées se suivent.
    Utilisateur.objects.select_for_update().get(pk=utilisateur.pk)
    demandes = Invitation.objects.filter(utilisateur=utilisateur, cree_par=None)
    if demandes.filter(cree_le__gt=timezone.now() - ENTRE_DEUX_OUBLIS).exists():
        return None
    demandes.ouvertes().update(revoquee_le=timezone.now())
    lien = _nouveau_lien(utilisateur, None, VALIDITE_OUBLI)
    journaliser(chaine=f"utilisateur:{utilisateur.pk}", acte="mot_de_passe.oublie", auteur=None, objet=lien.invitation)
    return lien


@transaction.atomic
def changer_mot_de_passe(*, utilisateur: Utilisateur, nouveau: str) -> None:
    validate_password(nouveau, utilisateur)
    utilisateur.set_password(nouveau)
    utilisateur.save(update_fields=["password"])
    fermer_sessions(utilisateur)
    revoquer_les_liens(utilisateur)
    journaliser(
        chaine=f"utilisateur:{utilisateur.pk}", acte="mot_de_passe.change", auteur=utilisateur, objet=utilisateur
    )


@transaction.atomic
def reinitialiser_second_facteur(*, auteur: Utilisateur, utilisateur: Utilisateur, motif: str) -> None:
    """Téléphone perdu : la personne en reposera un à sa prochaine connexion, avec son mot de passe."""
    autoriser(auteur.pk != utilisateur.pk and peut_ouvrir_le_compte(auteur, utilisateur))
    if not motif.strip():
        raise ValidationError({"motif": "Dites pourquoi ce second facteur est retiré."})
    avant = resume_des_facteurs(utilisateur)
    if not avant:
        raise ValidationError("Cette personne n'a pas de second facteur.")
    Authenticator.objects.filter(user=utilisateur).delete()
    fermer_sessions(utilisateur)
    journaliser(
        chaine=f"utilisateur:{utilisateur.pk}",
        acte="second_facteur.reinitialise",
        auteur=auteur,
        objet=utilisateur,
        avant=avant,
        apres=[],
        motif=motif.strip(),
    )


@transaction.atomic
def rattacher_identite(*, utilisateur: Utilisateur, identite: SocialAccount) -> SocialAccount:
    """L'identité vérifiée par l'établissement ouvrira désormais ce compte ; elle ne lui apporte aucun droit."""
    rattachee, nouvelle = SocialAccount.objects.get_or_create(
        provider=identite.provider, uid=identite.uid, defaults={"user": utilisateur, "extra_data": identite.extra_data}
    )
    if nouvelle:
        journaliser(
            chaine=f"utilisateur:{utilisateur.pk}",
            acte="identite.rattachee",
            auteur=utilisateur,
            objet=utilisateur,
            apres={"fournisseur": identite.provider},
        )
    return rattachee


def noter_second_facteur(*, utilisateur: Utilisateur, acte: str, avant: list[str]) -> bool:
    """Journalise un changement fait par allauth, dans sa transaction ; faux si rien n'a changé."""
    apres = resume_des_facteurs(utilisateur)
    if apres == avant:
        return False
    journaliser(
        chaine=f"utilisateur:{utilisateur.pk}",
        acte=acte,
        auteur=utilisateur,
        objet=utilisateur,
        avant=avant,
        apres=apres,
    )
    return True


def _nouveau_lien(utilisateur: Utilisateur, auteur: Utilisateur | None, validite: timedelta) -> Lien:
    jeton = secrets.token_urlsafe(OCTETS_DU_JETON)
    invitation = Invitation.objects.create(
        utilisateur=utilisateur,
        empreinte=empreinte_du_jeton(jeton),
        cree_par=auteur,
        expire_le=timezone.now() + validite,
    )
    return Lien(invitation, jeton)


def _invitation_ouverte(jeton: str) -> Invitation:
    ouvertes = Invitation.objects.ouvertes().filter(utilisateur__is_active=True)
    invitation = (
        ouvertes.select_related("utilisateur")
        .select_for_update(of=("self",))
        .filter(empreinte=empreinte_du_jeton(jeton))
        .first()
    )
    if invitation is None:
        raise ValidationError(LIEN_PERIME, code="lien")
    return invitation
