"""Les courriels des comptes ; le lien porte le jeton dans son fragment, qu'aucun serveur ne reçoit."""

from django.core.mail import send_mail
from django.template.loader import render_to_string

from centres.models import Utilisateur
from centres.services.comptes import Lien


def lien_complet(lien: Lien, page: str) -> str:
    """`page` est l'adresse complète de la page d'invitation."""
    return f"{page}#{lien.jeton}"


def envoyer_lien_oubli(utilisateur: Utilisateur, lien: Lien, page: str) -> None:
    _envoyer("TRPM : choisir un nouveau mot de passe", "comptes/courriel_oubli.txt", utilisateur, lien, page)


def envoyer_invitation(utilisateur: Utilisateur, lien: Lien, page: str) -> None:
    _envoyer("TRPM : votre compte vous attend", "comptes/courriel_invitation.txt", utilisateur, lien, page)


def prevenir_l_ancienne_adresse(utilisateur: Utilisateur, auteur: Utilisateur, ancienne: str) -> None:
    """Sans lien, et sans dire la nouvelle adresse : de quoi s'inquiéter à temps."""
    contexte = {"utilisateur": utilisateur, "auteur": auteur}
    texte = render_to_string("comptes/courriel_adresse.txt", contexte)
    send_mail("TRPM : l'adresse de votre compte a changé", texte, None, [ancienne])


def _envoyer(sujet: str, gabarit: str, utilisateur: Utilisateur, lien: Lien, page: str) -> None:
    contexte = {"utilisateur": utilisateur, "lien": lien_complet(lien, page), "jeton": lien.jeton}
    send_mail(sujet, render_to_string(gabarit, contexte), None, [utilisateur.email])
