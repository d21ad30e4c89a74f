"""Administration des classes : liste, fiche, suppression, rentrée."""

from django.http import HttpResponse
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
    confirmer,
    donnees_de,
    enregistrer,
    lue,
    page_liste,
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
    objets = classes_filtrees(request.user, formulaire.filtre())
    return page_liste(
        request,
        "centres/organisation_classes.html",
        formulaire,
        objets,
        rubrique=CLASSES,
        rien="Aucune classe ne correspond",
    )


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
    return enregistrer(
        request,
        formulaire,
        lambda: creer_classe(auteur=request.user, **formulaire.saisie()),
        lambda creee: (f"Classe {creee} créée : inscrivez-y ses apprenants.", reverse(CLASSES[1])),
        titre="Nouvelle classe",
        envoyer="Créer la classe",
        rubrique=CLASSES,
    )


@require_http_methods(ECRITURE)
def classe_modifier(request: Requete, pk: int) -> HttpResponse:
    classe = classe_organisee_ou_404(request.user, pk)
    initial = {
        "nom": classe.nom,
        "annee_scolaire": classe.annee_scolaire,
        "annee_cycle": classe.annee_cycle,
        "session": classe.session.annee,
        "empreinte": empreinte_classe(classe),
    }
    formulaire = ClasseForm(
        donnees_de(request),
        centres=centres_organises(request.user),
        versions=versions_ouvertes(),
        annees=annees_scolaires(timezone.localdate()),
        classe=classe,
        initial=initial,
    )
    return enregistrer(
        request,
        formulaire,
        lambda: modifier_classe(auteur=request.user, classe=classe, **formulaire.saisie(), attendue=lue(request)),
        lambda faite: (f"Classe {faite} enregistrée.", reverse(CLASSES[1])),
        titre=f"Modifier {classe}",
        envoyer="Enregistrer",
        rubrique=CLASSES,
    )


@require_http_methods(ECRITURE)
def classe_supprimer(request: Requete, pk: int) -> HttpResponse:
    classe = classe_organisee_ou_404(request.user, pk)
    return confirmer(
        request,
        lambda: supprimer_classe(auteur=request.user, classe=classe),
        fait=f"Classe {classe} supprimée.",
        retour=reverse(CLASSES[1]),
        titre=f"Supprimer {classe}",
        question="Une classe ne se supprime que si rien n'en dépend : ni inscription, ni situation.",
        concernes=[f"{classe}, {classe.centre}"],
        envoyer="Supprimer la classe",
        rubrique=CLASSES,
    )
