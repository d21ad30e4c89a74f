"""Administration des personnels : qui tient quel rôle, où, de quand à quand."""

from functools import partial
from typing import Any

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from centres.enums import Role
from centres.forms.base import FiltrePersonnelsForm
from centres.forms.organisation import FinForm
from centres.forms.personnels import AccueilPersonneForm, PersonneForm, RoleForm
from centres.models import Affectation, Utilisateur
from centres.permissions import (
    affectation_terminable_ou_404,
    centres_nommables,
    compte_gerable_ou_404,
    equipe_ou_404,
    personnel_ou_404,
    peut_affecter,
    peut_changer_l_adresse,
    peut_gerer_le_compte,
    peut_lire_le_journal_de_la_personne,
    peut_nommer,
    roles_nommables,
)
from centres.queries.organisation import (
    centres_de_l_equipe,
    choix_centres,
    lignes_personnels,
    personnels_filtres,
)
from centres.services.fiches import empreinte, valeurs_de
from centres.services.personnes import (
    ADRESSE_FIGEE,
    CHAMPS_PERSONNE,
    accueillir_personne,
    affecter,
    modifier_personne,
    ouvrir_ou_fermer_compte,
    terminer_affectation,
)
from centres.views.organisation import (
    ECRITURE,
    PERSONNELS,
    Requete,
    confirmer,
    donnees_de,
    enregistrer,
    lue,
    page_liste,
)

ADRESSE_SUITE = (
    "La changer ferme les sessions de la personne et annule les liens déjà partis ; un message part à l'ancienne."
)
SOI_MEME = "C'est votre propre compte : dès l'enregistrement, vous serez déconnecté et devrez vous reconnecter."
ETATS = [("en_vigueur", "Rôle en vigueur"), ("passe", "Plus de rôle"), ("ferme", "Compte fermé")]


@require_safe
def personnels(request: Requete) -> HttpResponse:
    equipe_ou_404(request.user)
    choix: dict[str, list[tuple[Any, str]]] = {
        "role": [(role.value, str(role.label)) for role in Role],
        "centre": [(cle, nom) for cle, nom in choix_centres(centres_de_l_equipe(request.user))],
        "etat": list(ETATS),
    }
    formulaire = FiltrePersonnelsForm(request.GET, choix=choix)
    return page_liste(
        request,
        "centres/organisation_personnels.html",
        formulaire,
        personnels_filtres(request.user, formulaire.filtre()),
        partial(lignes_personnels, request.user),
        rubrique=PERSONNELS,
        rien="Personne ne correspond",
        peut_nommer=peut_nommer(request.user),
    )


@require_safe
def personne(request: Requete, pk: int) -> HttpResponse:
    fiche = personnel_ou_404(request.user, pk)
    (ligne,) = lignes_personnels(request.user, [fiche])
    tenues = [(une, peut_affecter(request.user, une.centre, Role(une.role))) for une in ligne.affectations[::-1]]
    contexte = {
        "personne": fiche,
        "affectations": tenues,
        "peut_nommer": peut_nommer(request.user),
        "peut_gerer": peut_gerer_le_compte(request.user, fiche),
        "peut_lire_le_journal": peut_lire_le_journal_de_la_personne(request.user, fiche),
    }
    return render(request, "centres/organisation_personne.html", contexte)


@require_http_methods(ECRITURE)
def personne_creer(request: Requete) -> HttpResponse:
    nommer_ou_404(request)
    formulaire = AccueilPersonneForm(donnees_de(request), **_choix_role(request))

    def suite(acte: tuple[Affectation, bool]) -> tuple[str, str]:
        affectation, nouveau = acte
        compte = "compte créé, sans mot de passe" if nouveau else "le compte de cette adresse reçoit le rôle"
        dit = f"{affectation.utilisateur} : {affectation.get_role_display()} ({compte})."
        return dit, _page_de(affectation.utilisateur)

    return enregistrer(
        request,
        formulaire,
        lambda: accueillir_personne(auteur=request.user, **formulaire.saisie()),
        suite,
        titre="Nouvelle personne",
        envoyer="Donner ce rôle",
        rubrique=PERSONNELS,
    )


@require_http_methods(ECRITURE)
def personne_affecter(request: Requete, pk: int) -> HttpResponse:
    nommer_ou_404(request)
    fiche = personnel_ou_404(request.user, pk)
    formulaire = RoleForm(donnees_de(request), **_choix_role(request))
    return enregistrer(
        request,
        formulaire,
        lambda: affecter(auteur=request.user, utilisateur=fiche, **formulaire.saisie()),
        lambda acte: (f"{fiche} : {acte.get_role_display()} à partir du {acte.debut:%d/%m/%Y}.", _page_de(fiche)),
        titre=f"Nouveau rôle pour {fiche}",
        envoyer="Donner ce rôle",
        rubrique=PERSONNELS,
        retour=_page_de(fiche),
        rappel=deconnecte(request, fiche),
    )


@require_http_methods(ECRITURE)
def personne_modifier(request: Requete, pk: int) -> HttpResponse:
    fiche = compte_gerable_ou_404(request.user, pk)
    initial = {
        "prenom": fiche.first_name,
        "nom": fiche.last_name,
        "email": fiche.email,
        "empreinte": empreinte(fiche, CHAMPS_PERSONNE),
    }
    figee = "" if peut_changer_l_adresse(request.user, fiche) else ADRESSE_FIGEE
    suite = ADRESSE_SUITE if fiche.a_servi else ""
    formulaire = PersonneForm(donnees_de(request), initial=initial, figee=figee, suite=suite)
    return enregistrer(
        request,
        formulaire,
        lambda: modifier_personne(auteur=request.user, personne=fiche, **formulaire.saisie(), attendue=lue(request)),
        lambda faite: (f"Fiche de {faite} enregistrée.", _page_de(fiche)),
        titre=f"Modifier {fiche}",
        envoyer="Enregistrer",
        rubrique=PERSONNELS,
        retour=_page_de(fiche),
    )


@require_http_methods(ECRITURE)
def personne_compte(request: Requete, pk: int) -> HttpResponse:
    """Fermer un compte ouvert, rouvrir un compte fermé."""
    fiche = compte_gerable_ou_404(request.user, pk)
    ferme = not fiche.is_active
    question = (
        "La personne se connectera de nouveau." if ferme else "La personne ne se connectera plus, dès maintenant."
    )
    return confirmer(
        request,
        lambda: ouvrir_ou_fermer_compte(auteur=request.user, personne=fiche, actif=ferme, attendue=lue(request)),
        fait=f"Compte de {fiche} {'rouvert' if ferme else 'fermé'}.",
        titre=f"{'Rouvrir' if ferme else 'Fermer'} le compte de {fiche}",
        question=f"{question} Ses rôles et ce qu'elle a écrit restent.",
        envoyer="Rouvrir le compte" if ferme else "Fermer le compte",
        rubrique=PERSONNELS,
        retour=_page_de(fiche),
        caches=[("empreinte", empreinte(fiche, ("is_active",)))],
        danger=not ferme,
    )


@require_http_methods(ECRITURE)
def affectation_terminer(request: Requete, pk: int) -> HttpResponse:
    affectation = affectation_terminable_ou_404(request.user, pk)
    initial = valeurs_de(affectation, ("fin",))
    formulaire = FinForm(donnees_de(request), initial={**initial, "fin": initial["fin"] or timezone.localdate()})
    role, personne = affectation.get_role_display(), affectation.utilisateur

    def suite(acte: Affectation) -> tuple[str, str]:
        quand = f"finit le {acte.fin:%d/%m/%Y}" if acte.fin else "court de nouveau"
        return f"{personne} : le rôle « {role} » {quand}.", reverse(PERSONNELS[1])

    return enregistrer(
        request,
        formulaire,
        lambda: terminer_affectation(
            auteur=request.user, affectation=affectation, **formulaire.saisie(), attendue=lue(request)
        ),
        suite,
        titre=f"Fin du rôle « {role} » de {personne}",
        envoyer="Enregistrer la date",
        rubrique=PERSONNELS,
        retour=_page_de(personne),
        rappel=deconnecte(request, personne),
    )


def deconnecte(request: Requete, *personnes: Utilisateur) -> str:
    """Changer un rôle ferme les sessions de la personne ; quand c'est soi, mieux vaut le savoir avant."""
    return SOI_MEME if request.user in personnes else ""


def nommer_ou_404(request: Requete) -> None:
    if not peut_nommer(request.user):
        raise Http404("Page introuvable.")


def _page_de(personne: Utilisateur) -> str:
    return reverse("centres:organisation_personne", args=[personne.pk])


def _choix_role(request: Requete) -> dict[str, Any]:
    return {
        "centres": centres_nommables(request.user),
        "roles": roles_nommables(request.user),
        "initial": {"debut": timezone.localdate()},
    }
