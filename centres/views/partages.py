"""Un apprenant dans deux centres : son centre remet un code, l'autre l'inscrit avec ce code."""

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from centres.forms.organisation import AccueilParCodeForm
from centres.permissions import apprenant_organise_ou_404, organisation_ou_404
from centres.queries.organisation import partage_ouvert
from centres.services.partages import accueillir_avec_un_code, partager, retirer_partage
from centres.views.organisation import (
    APPRENANTS,
    ECRITURE,
    Requete,
    donnees_de,
    enregistrer,
    tenter_sans_saisie,
)
from centres.views.organisation_apprenants import choix_inscription, page_de_l_apprenant


@never_cache
@require_http_methods(ECRITURE)
def apprenant_partager(request: Requete, pk: int) -> HttpResponse:
    """Le code ne s'affiche qu'une fois, à celui qui vient de l'ouvrir."""
    fiche = apprenant_organise_ou_404(request.user, pk)
    code, refus = "", None
    if request.method == "POST" and "retirer" in request.POST:
        refus = tenter_sans_saisie(lambda: retirer_partage(auteur=request.user, apprenant=fiche))
        if refus is None:
            messages.success(request, "Code retiré : il n'ouvre plus rien.")
            return redirect(page_de_l_apprenant(pk))
    elif request.method == "POST":
        try:
            code = partager(auteur=request.user, apprenant=fiche).code
        except ValidationError as erreur:
            refus = erreur.messages
    contexte = {"apprenant": fiche, "partage": partage_ouvert(fiche), "code": code, "refus": refus}
    return render(request, "centres/organisation_partage.html", contexte, status=422 if refus else 200)


@require_http_methods(ECRITURE)
def apprenant_accueillir(request: Requete) -> HttpResponse:
    """Inscrire ici quelqu'un qui est déjà dans un autre centre."""
    organisation_ou_404(request.user)
    formulaire = AccueilParCodeForm(
        donnees_de(request), initial={"debut": timezone.localdate()}, **choix_inscription(request, parallele=False)
    )
    return enregistrer(
        request,
        formulaire,
        lambda: accueillir_avec_un_code(auteur=request.user, **formulaire.saisie()),
        lambda acte: (
            f"{acte.apprenant} est aussi inscrit en {acte.classe} ; son autre centre garde la sienne.",
            page_de_l_apprenant(acte.apprenant_id),
        ),
        titre="Inscrire avec un code",
        envoyer="Inscrire",
        rubrique=APPRENANTS,
    )
