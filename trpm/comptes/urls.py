"""Adresses des comptes ; les noms en anglais sont ceux par lesquels allauth cherche ses pages."""

from django.urls import path

from trpm.comptes.views import acces, compte, connexion, etablissement, facteurs

FACTEUR = "compte/second-facteur"

urlpatterns = [
    path("connexion/", connexion.connexion, name="connexion"),
    path("connexion/", connexion.connexion, name="account_login"),
    path("connexion/code/", connexion.code, name="mfa_authenticate"),
    path("connexion/cle/", connexion.cle, name="mfa_login_webauthn"),
    path("connexion/<slug:provider_id>/aller/", etablissement.aller, name="openid_connect_login"),
    path("connexion/<slug:provider_id>/retour/", etablissement.retour, name="openid_connect_callback"),
    path("deconnexion/", connexion.deconnexion, name="deconnexion"),
    path("deconnexion/", connexion.deconnexion, name="account_logout"),
    path("invitation/", acces.invitation, name="invitation"),
    path("mot-de-passe-oublie/", acces.mot_de_passe_oublie, name="mot_de_passe_oublie"),
    path("compte/", compte.compte, name="compte"),
    path("compte/", compte.compte, name="mfa_index"),
    path("compte/mot-de-passe/", compte.mot_de_passe, name="mot_de_passe"),
    path("compte/sessions/fermer/", compte.fermer_sessions, name="fermer_sessions"),
    path("compte/confirmer/", connexion.confirmer, name="account_reauthenticate"),
    path("compte/confirmer/code/", connexion.confirmer_code, name="mfa_reauthenticate"),
    path("compte/confirmer/cle/", connexion.confirmer_cle, name="mfa_reauthenticate_webauthn"),
    path(f"{FACTEUR}/", facteurs.second_facteur, name="second_facteur"),
    path(f"{FACTEUR}/application/", facteurs.ajouter_application, name="mfa_activate_totp"),
    path(f"{FACTEUR}/application/retirer/", facteurs.retirer_application, name="mfa_deactivate_totp"),
    path(f"{FACTEUR}/cles/ajouter/", facteurs.ajouter_cle, name="mfa_add_webauthn"),
    path(f"{FACTEUR}/cles/<int:pk>/retirer/", facteurs.retirer_cle, name="mfa_remove_webauthn"),
    path(f"{FACTEUR}/codes/", facteurs.codes_de_secours, name="mfa_view_recovery_codes"),
    path(f"{FACTEUR}/codes/refaire/", facteurs.refaire_les_codes, name="mfa_generate_recovery_codes"),
]
