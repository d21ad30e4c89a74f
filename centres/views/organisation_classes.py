"""Administration des classes : liste, fiche, suppression, rentrée."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from centres.forms.base import FiltreClassesForm
from centres.forms.organisation import ClasseForm, annees_scolaires
from centres.permissions import centres_organises, classe_organisee_ou_404, organisation_ou_404
from centres.queries.organisation import (
    choix_annees,
    choix_centres,
    classes_filtrees,
    classes_organisees,
    versions_ouvertes,
)
from centres.services.classes import creer_classe, empreinte_classe, modifier_classe, supprimer_classe
from centres.views.organisation import (
    CLASSES,
    ECRITURE,
    Requete,
    donnees_de,
    filtres_gardes,
    page_confirmation,
    page_formulaire,
    paginer,
    tenter,
    tenter_sans_saisie,
)


@require_safe
def classes(request: Requete) -> HttpResponse:
    organisation_ou_404(request.user)
    toutes = list(classes_organisees(request.user))
    choix = {
        "annee": choix_annees(toutes),
        "cycle": [(cycle, f"Année {cycle}") for cycle in sorted({classe.annee_cycle for classe in toutes})],
        "centre": choix_centres(centres_organises(request.user)),
    }
    formulaire = FiltreClassesForm(request.GET, choix=choix)
    page = paginer(request, classes_filtrees(request.user, formulaire.filtre()))
    contexte = {"formulaire": formulaire, "page": page, "filtres": filtres_gardes(request)}
    return render(request, "centres/organisation_classes.html", contexte)


@require_http_methods(ECRITURE)
def classe_creer(request: Requete) -> HttpResponse:
    organisation_ou_404(request.user)
    annees = annees_scolaires(timezone.localdate())
    formulaire = ClasseForm(
        donnees_de(request),
        centres=centres_organises(request.user),
        versions=versions_ouvertes(),
        annees=annees,
        initial={"annee_scolaire": annees[-2][0], "annee_cycle": 1, "session": annees[-2][0] + 3},
    )
    if creee := tenter(formulaire, lambda: creer_classe(auteur=request.user, **formulaire.saisie())):
        messages.success(request, f"Classe {creee} créée : inscrivez-y ses apprenants.")
        return redirect("centres:organisation_classes")
    return page_formulaire(request, formulaire, titre="Nouvelle classe", envoyer="Créer la classe", rubrique=CLASSES)


@require_http_methods(ECRITURE)
def classe_modifier(request: Requete, pk: int) -> HttpResponse:
    classe = classe_organisee_ou_404(request.user, pk)
    formulaire = ClasseForm(
        donnees_de(request),
        centres=centres_organises(request.user),
        versions=versions_ouvertes(),
        annees=annees_scolaires(timezone.localdate()),
        classe=classe,
        initial={
            "nom": classe.nom,
            "annee_scolaire": classe.annee_scolaire,
            "annee_cycle": classe.annee_cycle,
            "session": classe.session.annee,
            "empreinte": empreinte_classe(classe),
        },
    )
    lue = request.POST.get("empreinte", "")
    saisie = formulaire.saisie
    if faite := tenter(
        formulaire, lambda: modifier_classe(auteur=request.user, classe=classe, **saisie(), attendue=lue)
    ):
        messages.success(request, f"Classe {faite} enregistrée.")
        return redirect("centres:organisation_classes")
    return page_formulaire(request, formulaire, titre=f"Modifier {classe}", envoyer="Enregistrer", rubrique=CLASSES)


@require_http_methods(ECRITURE)
def classe_supprimer(request: Requete, pk: int) -> HttpResponse:
    classe = classe_organisee_ou_404(request.user, pk)
    refus = None
    if request.method == "POST":
        refus = tenter_sans_saisie(lambda: supprimer_classe(auteur=request.user, classe=classe))
        if refus is None:
            messages.success(request, f"Classe {classe} supprimée.")
            return redirect("centres:organisation_classes")
    return page_confirmation(
        request,
        titre=f"Supprimer {classe}",
        question="Une classe ne se supprime que si rien n'en dépend : ni inscription, ni situation.",
        concernes=[f"{classe}, {classe.centre}"],
        envoyer="Supprimer la classe",
        rubrique=CLASSES,
        retour=reverse("centres:organisation_classes"),
        refus=refus,
    )
