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
from centres.services.fiches import valeurs_de
from centres.views.organisation import (
    ECRITURE,
    ENTREPRISES,
    Requete,
    cles_cochees,
    confirmer,
    donnees_de,
    enregistrer,
    lue,
    page_liste,
    tenter_sans_saisie,
)

RAPPEL_TUTEUR = "Seulement de quoi l'identifier et lui envoyer son lien : ni téléphone, ni adresse personnelle."


@require_safe
def entreprises(request: Requete) -> HttpResponse:
    organisation_ou_404(request.user)
    centres = choix_centres(centres_organises(request.user))
    formulaire = FiltreEntreprisesForm(request.GET, choix={"centre": [(cle, nom) for cle, nom in centres]})
    objets = entreprises_filtrees(request.user, formulaire.filtre())
    return page_liste(
        request,
        "centres/organisation_entreprises.html",
        formulaire,
        objets,
        rubrique=ENTREPRISES,
        rien="Aucune entreprise ne correspond",
    )


@require_safe
def entreprise(request: Requete, pk: int) -> HttpResponse:
    fiche = entreprise_organisee_ou_404(request.user, pk)
    contexte = {"entreprise": fiche, "tuteurs": list(fiche.tuteurs.order_by("nom", "prenom"))}
    return render(request, "centres/organisation_entreprise.html", contexte)


@require_http_methods(ECRITURE)
def entreprise_creer(request: Requete) -> HttpResponse:
    organisation_ou_404(request.user)
    formulaire = EntrepriseForm(donnees_de(request), centres=centres_organises(request.user))
    return enregistrer(
        request,
        formulaire,
        lambda: creer_entreprise(auteur=request.user, **formulaire.saisie()),
        lambda acte: (f"{acte} est enregistrée : ajoutez-lui ses tuteurs.", _page_de(acte)),
        titre="Nouvelle entreprise",
        envoyer="Enregistrer l'entreprise",
        rubrique=ENTREPRISES,
    )


@require_http_methods(ECRITURE)
def entreprise_modifier(request: Requete, pk: int) -> HttpResponse:
    fiche = entreprise_organisee_ou_404(request.user, pk)
    formulaire = EntrepriseForm(donnees_de(request), initial=valeurs_de(fiche, CHAMPS_ENTREPRISE))
    return enregistrer(
        request,
        formulaire,
        lambda: modifier_entreprise(
            auteur=request.user, entreprise=fiche, **formulaire.saisie(), attendue=lue(request)
        ),
        lambda acte: (f"{acte} est enregistrée.", _page_de(acte)),
        titre=f"Modifier {fiche}",
        envoyer="Enregistrer",
        rubrique=ENTREPRISES,
        retour=_page_de(fiche),
    )


@require_http_methods(ECRITURE)
def entreprise_supprimer(request: Requete, pk: int) -> HttpResponse:
    fiche = entreprise_organisee_ou_404(request.user, pk)
    return confirmer(
        request,
        lambda: supprimer_entreprise(auteur=request.user, entreprise=fiche),
        fait=f"{fiche} est supprimée.",
        vers=reverse(ENTREPRISES[1]),
        titre=f"Supprimer {fiche}",
        question="Une entreprise ne se supprime que si rien n'en dépend, pas même un tuteur.",
        concernes=[f"{fiche} ({fiche.centre})"],
        envoyer="Supprimer l'entreprise",
        rubrique=ENTREPRISES,
        retour=_page_de(fiche),
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
    return enregistrer(
        request,
        formulaire,
        lambda: creer_tuteur(auteur=request.user, entreprise=fiche, **formulaire.saisie()),
        lambda acte: (f"{acte} est tuteur chez {fiche.nom}.", _page_de(fiche)),
        titre=f"Nouveau tuteur chez {fiche.nom}",
        envoyer="Ajouter le tuteur",
        rubrique=ENTREPRISES,
        retour=_page_de(fiche),
        rappel=RAPPEL_TUTEUR,
    )


@require_http_methods(ECRITURE)
def tuteur_modifier(request: Requete, pk: int) -> HttpResponse:
    fiche = tuteur_organise_ou_404(request.user, pk)
    formulaire = TuteurForm(donnees_de(request), initial=valeurs_de(fiche, CHAMPS_TUTEUR))
    return enregistrer(
        request,
        formulaire,
        lambda: modifier_tuteur(auteur=request.user, tuteur=fiche, **formulaire.saisie(), attendue=lue(request)),
        lambda acte: (f"Fiche de {acte} enregistrée.", _page_de(fiche.entreprise)),
        titre=f"Modifier {fiche}",
        envoyer="Enregistrer",
        rubrique=ENTREPRISES,
        retour=_page_de(fiche.entreprise),
        rappel=RAPPEL_TUTEUR,
    )


@require_http_methods(ECRITURE)
def tuteur_supprimer(request: Requete, pk: int) -> HttpResponse:
    fiche = tuteur_organise_ou_404(request.user, pk)
    return confirmer(
        request,
        lambda: supprimer_tuteur(auteur=request.user, tuteur=fiche),
        fait=f"{fiche} n'est plus tuteur chez {fiche.entreprise.nom}.",
        titre=f"Supprimer {fiche}",
        question="Un tuteur ne se supprime que si rien n'en dépend.",
        concernes=[f"{fiche}, {fiche.entreprise}"],
        envoyer="Supprimer le tuteur",
        rubrique=ENTREPRISES,
        retour=_page_de(fiche.entreprise),
    )


def _page_de(entreprise: Entreprise) -> str:
    return reverse("centres:organisation_entreprise", args=[entreprise.pk])


def _choisies(request: Requete) -> list[Entreprise]:
    organisation_ou_404(request.user)
    toutes = entreprises_filtrees(request.user, {"q": "", "centre": ""})
    return list(toutes.filter(pk__in=cles_cochees(request, "entreprise")))


def _fusionner(request: Requete, choisies: list[Entreprise]) -> Entreprise:
    gardee = next((une for une in choisies if str(une.pk) == request.POST.get("garder")), None)
    if gardee is None:
        raise ValidationError("Choisir la fiche qui reste.")
    doublons = [une for une in choisies if une.pk != gardee.pk]
    return fusionner_entreprises(auteur=request.user, gardee=gardee, doublons=doublons, attendue=lue(request))
