"""Administration des entreprises d'accueil, de leurs tuteurs, et réunion des doublons."""

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe

from centres.forms.base import FiltreEntreprisesForm
from centres.forms.organisation import EntrepriseForm, TuteurForm
from centres.models import Entreprise
from centres.permissions import (
    centres_organises,
    entreprise_organisee_ou_404,
    organisation_ou_404,
    tuteur_organise_ou_404,
)
from centres.queries.organisation import choix_centres, entreprises_filtrees
from centres.services.entreprises import (
    CHAMPS_ENTREPRISE,
    CHAMPS_TUTEUR,
    creer_entreprise,
    creer_tuteur,
    empreinte_entreprises,
    fusionner_entreprises,
    modifier_entreprise,
    modifier_tuteur,
    supprimer_entreprise,
    supprimer_tuteur,
)
from centres.services.fiches import empreinte
from centres.views.organisation import (
    ECRITURE,
    ENTREPRISES,
    Requete,
    donnees_de,
    filtres_gardes,
    page_confirmation,
    page_formulaire,
    paginer,
    tenter,
    tenter_sans_saisie,
)

RAPPEL_TUTEUR = "Seulement de quoi l'identifier et lui envoyer son lien : ni téléphone, ni adresse personnelle."


@require_safe
def entreprises(request: Requete) -> HttpResponse:
    organisation_ou_404(request.user)
    centres = choix_centres(centres_organises(request.user))
    formulaire = FiltreEntreprisesForm(request.GET, choix={"centre": [(cle, nom) for cle, nom in centres]})
    page = paginer(request, entreprises_filtrees(request.user, formulaire.filtre()))
    contexte = {"formulaire": formulaire, "page": page, "filtres": filtres_gardes(request)}
    return render(request, "centres/organisation_entreprises.html", contexte)


@require_safe
def entreprise(request: Requete, pk: int) -> HttpResponse:
    fiche = entreprise_organisee_ou_404(request.user, pk)
    contexte = {"entreprise": fiche, "tuteurs": list(fiche.tuteurs.order_by("nom", "prenom"))}
    return render(request, "centres/organisation_entreprise.html", contexte)


@require_http_methods(ECRITURE)
def entreprise_creer(request: Requete) -> HttpResponse:
    organisation_ou_404(request.user)
    formulaire = EntrepriseForm(donnees_de(request), centres=centres_organises(request.user))
    acte = tenter(formulaire, lambda: creer_entreprise(auteur=request.user, **formulaire.saisie()))
    if acte:
        messages.success(request, f"{acte} est enregistrée : ajoutez-lui ses tuteurs.")
        return redirect("centres:organisation_entreprise", acte.pk)
    return page_formulaire(
        request, formulaire, titre="Nouvelle entreprise", envoyer="Enregistrer l'entreprise", rubrique=ENTREPRISES
    )


@require_http_methods(ECRITURE)
def entreprise_modifier(request: Requete, pk: int) -> HttpResponse:
    fiche = entreprise_organisee_ou_404(request.user, pk)
    initial = {champ: getattr(fiche, champ) for champ in CHAMPS_ENTREPRISE}
    formulaire = EntrepriseForm(
        donnees_de(request), initial={**initial, "empreinte": empreinte(fiche, CHAMPS_ENTREPRISE)}
    )
    lue = request.POST.get("empreinte", "")
    acte = tenter(
        formulaire,
        lambda: modifier_entreprise(auteur=request.user, entreprise=fiche, **formulaire.saisie(), attendue=lue),
    )
    retour = reverse("centres:organisation_entreprise", args=[pk])
    if acte:
        messages.success(request, f"{acte} est enregistrée.")
        return redirect(retour)
    return page_formulaire(
        request,
        formulaire,
        titre=f"Modifier {fiche}",
        envoyer="Enregistrer",
        rubrique=ENTREPRISES,
        retour=retour,
    )


@require_http_methods(ECRITURE)
def entreprise_supprimer(request: Requete, pk: int) -> HttpResponse:
    fiche = entreprise_organisee_ou_404(request.user, pk)
    refus = None
    if request.method == "POST":
        refus = tenter_sans_saisie(lambda: supprimer_entreprise(auteur=request.user, entreprise=fiche))
        if refus is None:
            messages.success(request, f"{fiche} est supprimée.")
            return redirect("centres:organisation_entreprises")
    return page_confirmation(
        request,
        titre=f"Supprimer {fiche}",
        question="Une entreprise ne se supprime que si rien n'en dépend, pas même un tuteur.",
        concernes=[f"{fiche} ({fiche.centre})"],
        envoyer="Supprimer l'entreprise",
        rubrique=ENTREPRISES,
        retour=reverse("centres:organisation_entreprise", args=[pk]),
        refus=refus,
    )


@require_http_methods(ECRITURE)
def entreprises_fusionner(request: Requete) -> HttpResponse:
    """Deux fiches ou plus n'en font qu'une ; on choisit celle qui reste."""
    choisies = _choisies(request)
    if len(choisies) < 2:
        messages.warning(request, "Cochez au moins deux entreprises à réunir.")
        return redirect("centres:organisation_entreprises")
    refus = None
    if request.method == "POST":
        refus = tenter_sans_saisie(lambda: _fusionner(request, choisies))
        if refus is None:
            messages.success(request, f"{len(choisies)} fiches n'en font plus qu'une.")
            return redirect("centres:organisation_entreprises")
    contexte = {
        "choisies": choisies,
        "empreinte": empreinte_entreprises(choisies),
        "garder": request.POST.get("garder", str(choisies[0].pk)),
        "refus": refus,
    }
    return render(request, "centres/organisation_fusion.html", contexte, status=422 if refus else 200)


@require_http_methods(ECRITURE)
def tuteur_creer(request: Requete, pk: int) -> HttpResponse:
    fiche = entreprise_organisee_ou_404(request.user, pk)
    formulaire = TuteurForm(donnees_de(request))
    acte = tenter(formulaire, lambda: creer_tuteur(auteur=request.user, entreprise=fiche, **formulaire.saisie()))
    retour = reverse("centres:organisation_entreprise", args=[pk])
    if acte:
        messages.success(request, f"{acte} est tuteur chez {fiche.nom}.")
        return redirect(retour)
    return page_formulaire(
        request,
        formulaire,
        titre=f"Nouveau tuteur chez {fiche.nom}",
        envoyer="Ajouter le tuteur",
        rubrique=ENTREPRISES,
        retour=retour,
        rappel=RAPPEL_TUTEUR,
    )


@require_http_methods(ECRITURE)
def tuteur_modifier(request: Requete, pk: int) -> HttpResponse:
    fiche = tuteur_organise_ou_404(request.user, pk)
    initial = {champ: getattr(fiche, champ) for champ in CHAMPS_TUTEUR}
    formulaire = TuteurForm(donnees_de(request), initial={**initial, "empreinte": empreinte(fiche, CHAMPS_TUTEUR)})
    lue = request.POST.get("empreinte", "")
    acte = tenter(
        formulaire,
        lambda: modifier_tuteur(auteur=request.user, tuteur=fiche, **formulaire.saisie(), attendue=lue),
    )
    retour = reverse("centres:organisation_entreprise", args=[fiche.entreprise_id])
    if acte:
        messages.success(request, f"Fiche de {acte} enregistrée.")
        return redirect(retour)
    return page_formulaire(
        request,
        formulaire,
        titre=f"Modifier {fiche}",
        envoyer="Enregistrer",
        rubrique=ENTREPRISES,
        retour=retour,
        rappel=RAPPEL_TUTEUR,
    )


@require_http_methods(ECRITURE)
def tuteur_supprimer(request: Requete, pk: int) -> HttpResponse:
    fiche = tuteur_organise_ou_404(request.user, pk)
    retour = reverse("centres:organisation_entreprise", args=[fiche.entreprise_id])
    refus = None
    if request.method == "POST":
        refus = tenter_sans_saisie(lambda: supprimer_tuteur(auteur=request.user, tuteur=fiche))
        if refus is None:
            messages.success(request, f"{fiche} n'est plus tuteur chez {fiche.entreprise.nom}.")
            return redirect(retour)
    return page_confirmation(
        request,
        titre=f"Supprimer {fiche}",
        question="Un tuteur ne se supprime que si rien n'en dépend.",
        concernes=[f"{fiche}, {fiche.entreprise}"],
        envoyer="Supprimer le tuteur",
        rubrique=ENTREPRISES,
        retour=retour,
        refus=refus,
    )


def _choisies(request: Requete) -> list[Entreprise]:
    organisation_ou_404(request.user)
    donnees = request.POST if request.method == "POST" else request.GET
    cles = {int(cle) for cle in donnees.getlist("entreprise") if cle.isdecimal() and len(cle) < 10}
    toutes = entreprises_filtrees(request.user, {"q": "", "centre": ""})
    return list(toutes.filter(pk__in=cles))


def _fusionner(request: Requete, choisies: list[Entreprise]) -> Entreprise:
    gardee = next((une for une in choisies if str(une.pk) == request.POST.get("garder")), None)
    if gardee is None:
        raise ValidationError("Choisir la fiche qui reste.")
    lue = request.POST.get("empreinte", "")
    doublons = [une for une in choisies if une.pk != gardee.pk]
    return fusionner_entreprises(auteur=request.user, gardee=gardee, doublons=doublons, attendue=lue)
