"""Le texte des courriels de compte ; le lien porte le jeton dans son fragment, qu'aucun serveur ne reçoit."""

from django.core.mail import send_mail
from django.template.loader import render_to_string

from centres.models import Utilisateur
from centres.services.comptes import Lien


def envoyer_lien_oubli(utilisateur: Utilisateur, lien: Lien, page: str) -> None:
    contexte = {"utilisateur": utilisateur, "lien": f"{page}#{lien.jeton}", "jeton": lien.jeton}
    texte = render_to_string("comptes/courriel_oubli.txt", contexte)
    send_mail("TRPM : choisir un nouveau mot de passe", texte, None, [utilisateur.email])
