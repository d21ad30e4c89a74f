"""Les actes sur les comptes et les rôles datés."""

from datetime import date

from django.db import transaction

from centres.enums import Role
from centres.journal import journaliser
from centres.models import Affectation, Centre, Utilisateur
from centres.permissions import oublier_roles, peut_affecter, roles_de
from centres.services.autorisation import autoriser


@transaction.atomic
def creer_utilisateur(
    *, auteur: Utilisateur | None, identifiant: str, prenom: str, nom: str, email: str = ""
) -> Utilisateur:
    """Un compte sans mot de passe : il n'ouvre rien tant que la personne n'en a pas choisi un."""
    autoriser(auteur is None or roles_de(auteur).est_administrateur)
    utilisateur = Utilisateur(username=identifiant, first_name=prenom, last_name=nom, email=email)
    utilisateur.set_unusable_password()
    utilisateur.full_clean()
    utilisateur.save(force_insert=True)
    journaliser(
        chaine=f"utilisateur:{utilisateur.pk}",
        acte="utilisateur.cree",
        auteur=auteur,
        objet=utilisateur,
    )
    return utilisateur


@transaction.atomic
def affecter(
    *,
    auteur: Utilisateur | None,
    utilisateur: Utilisateur,
    role: Role,
    centre: Centre | None,
    debut: date,
    fin: date | None = None,
) -> Affectation:
    autoriser(auteur is None or peut_affecter(auteur, centre, role))
    affectation = Affectation(utilisateur=utilisateur, centre=centre, role=role, debut=debut, fin=fin)
    affectation.full_clean()
    affectation.save(force_insert=True)
    oublier_roles(utilisateur)
    journaliser(
        chaine=f"utilisateur:{utilisateur.pk}",
        acte="affectation.creee",
        auteur=auteur,
        objet=affectation,
        apres={"role": role, "centre": centre.pk if centre else None, "debut": debut, "fin": fin},
    )
    return affectation
