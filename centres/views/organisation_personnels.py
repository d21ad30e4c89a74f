"""Administration des personnels : qui tient quel rôle, où, de quand à quand."""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from centres.enums import Role
from centres.forms.base import FiltrePersonnelsForm
from centres.forms.organisation import FinForm
from centres.forms.personnels import AccueilPersonneForm, PersonneForm, RoleForm
from centres.models import Utilisateur
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
from centres.services.fiches import empreinte
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
    donnees_de,
    filtres_gardes,
    page_confirmation,
    page_formulaire,
    paginer,
    tenter,
    tenter_sans_saisie,
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
    page = paginer(request, personnels_filtres(request.user, formulaire.filtre()))
    contexte = {
        "formulaire": formulaire,
        "page": page,
        "lignes": lignes_personnels(request.user, page.object_list),
        "filtres": filtres_gardes(request),
        "peut_nommer": peut_nommer(request.user),
    }
    return render(request, "centres/organisation_personnels.html", contexte)


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
    _nommer_ou_404(request)
    formulaire = AccueilPersonneForm(donnees_de(request), **_choix_role(request))
    acte = tenter(formulaire, lambda: accueillir_personne(auteur=request.user, **formulaire.saisie()))
    if acte:
        affectation, nouveau = acte
        compte = "compte créé, sans mot de passe" if nouveau else "le compte de cette adresse reçoit le rôle"
        messages.success(request, f"{affectation.utilisateur} : {affectation.get_role_display()} ({compte}).")
        return redirect("centres:organisation_personne", affectation.utilisateur_id)
    return page_formulaire(
        request, formulaire, titre="Nouvelle personne", envoyer="Donner ce rôle", rubrique=PERSONNELS
    )


@require_http_methods(ECRITURE)
def personne_affecter(request: Requete, pk: int) -> HttpResponse:
    _nommer_ou_404(request)
    fiche = personnel_ou_404(request.user, pk)
    formulaire = RoleForm(donnees_de(request), **_choix_role(request))
    acte = tenter(formulaire, lambda: affecter(auteur=request.user, utilisateur=fiche, **formulaire.saisie()))
    retour = reverse("centres:organisation_personne", args=[pk])
    if acte:
        messages.success(request, f"{fiche} : {acte.get_role_display()} à partir du {acte.debut:%d/%m/%Y}.")
        return redirect(retour)
    titre = f"Nouveau rôle pour {fiche}"
    rappel = _deconnecte(request, fiche)
    return page_formulaire(
        request, formulaire, titre=titre, envoyer="Donner ce rôle", rubrique=PERSONNELS, retour=retour, rappel=rappel
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
    lue = request.POST.get("empreinte", "")
    acte = tenter(
        formulaire,
        lambda: modifier_personne(auteur=request.user, personne=fiche, **formulaire.saisie(), attendue=lue),
    )
    retour = reverse("centres:organisation_personne", args=[pk])
    if acte:
        messages.success(request, f"Fiche de {acte} enregistrée.")
        return redirect(retour)
    titre = f"Modifier {fiche}"
    return page_formulaire(request, formulaire, titre=titre, envoyer="Enregistrer", rubrique=PERSONNELS, retour=retour)


@require_http_methods(ECRITURE)
def personne_compte(request: Requete, pk: int) -> HttpResponse:
    """Fermer un compte ouvert, rouvrir un compte fermé."""
    fiche = compte_gerable_ou_404(request.user, pk)
    ferme = not fiche.is_active
    retour = reverse("centres:organisation_personne", args=[pk])
    refus = None
    if request.method == "POST":
        lue = request.POST.get("empreinte", "")
        refus = tenter_sans_saisie(
            lambda: ouvrir_ou_fermer_compte(auteur=request.user, personne=fiche, actif=ferme, attendue=lue)
        )
        if refus is None:
            messages.success(request, f"Compte de {fiche} {'rouvert' if ferme else 'fermé'}.")
            return redirect(retour)
    question = (
        "La personne se connectera de nouveau." if ferme else "La personne ne se connectera plus, dès maintenant."
    )
    return page_confirmation(
        request,
        titre=f"{'Rouvrir' if ferme else 'Fermer'} le compte de {fiche}",
        question=f"{question} Ses rôles et ce qu'elle a écrit restent.",
        envoyer="Rouvrir le compte" if ferme else "Fermer le compte",
        rubrique=PERSONNELS,
        retour=retour,
        caches=[("empreinte", empreinte(fiche, ("is_active",)))],
        refus=refus,
        danger=not ferme,
    )


@require_http_methods(ECRITURE)
def affectation_terminer(request: Requete, pk: int) -> HttpResponse:
    affectation = affectation_terminable_ou_404(request.user, pk)
    initial = {"fin": affectation.fin or timezone.localdate(), "empreinte": empreinte(affectation, ("fin",))}
    formulaire = FinForm(donnees_de(request), initial=initial)
    lue = request.POST.get("empreinte", "")
    acte = tenter(
        formulaire,
        lambda: terminer_affectation(auteur=request.user, affectation=affectation, **formulaire.saisie(), attendue=lue),
    )
    role, personne = affectation.get_role_display(), affectation.utilisateur
    if acte:
        quand = f"finit le {acte.fin:%d/%m/%Y}" if acte.fin else "court de nouveau"
        messages.success(request, f"{personne} : le rôle « {role} » {quand}.")
        return redirect("centres:organisation_personnels")
    retour = reverse("centres:organisation_personne", args=[personne.pk])
    return page_formulaire(
        request,
        formulaire,
        titre=f"Fin du rôle « {role} » de {personne}",
        envoyer="Enregistrer la date",
        rubrique=PERSONNELS,
        retour=retour,
        rappel=_deconnecte(request, personne),
    )


def _deconnecte(request: Requete, personne: Utilisateur) -> str:
    """Changer un rôle ferme les sessions de la personne ; quand c'est soi, mieux vaut le savoir avant."""
    return SOI_MEME if personne.pk == request.user.pk else ""


def _nommer_ou_404(request: Requete) -> None:
    if not peut_nommer(request.user):
        raise Http404("Page introuvable.")


def _choix_role(request: Requete) -> dict[str, Any]:
    return {
        "centres": centres_nommables(request.user),
        "roles": roles_nommables(request.user),
        "initial": {"debut": timezone.localdate()},
    }
