"""Administration des centres : l'administrateur les crée et décrit leur statut."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.views.decorators.http import require_http_methods

from centres.enums import Modalite, StatutCentre
from centres.forms.organisation import CentreForm
from centres.models import Centre
from centres.permissions import administration_ou_404
from centres.services.etablissements import CHAMPS_CENTRE, creer_centre, modifier_centre
from centres.services.fiches import empreinte
from centres.views.organisation import CENTRES, ECRITURE, Requete, donnees_de, page_formulaire, tenter


@require_http_methods(ECRITURE)
def centre_creer(request: Requete) -> HttpResponse:
    administration_ou_404(request.user)
    formulaire = CentreForm(donnees_de(request))
    acte = tenter(formulaire, lambda: creer_centre(auteur=request.user, **_saisie(formulaire)))
    if acte:
        messages.success(request, f"{acte} est créé : nommez son chef de centre.")
        return redirect("centres:centres")
    return page_formulaire(request, formulaire, titre="Nouveau centre", envoyer="Créer le centre", rubrique=CENTRES)


@require_http_methods(ECRITURE)
def centre_modifier(request: Requete, pk: int) -> HttpResponse:
    administration_ou_404(request.user)
    centre = get_object_or_404(Centre, pk=pk)
    initial = {champ: getattr(centre, champ) for champ in CHAMPS_CENTRE}
    formulaire = CentreForm(donnees_de(request), initial={**initial, "empreinte": empreinte(centre, CHAMPS_CENTRE)})
    lue = request.POST.get("empreinte", "")
    acte = tenter(
        formulaire,
        lambda: modifier_centre(auteur=request.user, centre=centre, **_saisie(formulaire), attendue=lue),
    )
    if acte:
        messages.success(request, f"{acte} est enregistré.")
        return redirect("centres:centres")
    return page_formulaire(request, formulaire, titre=f"Modifier {centre}", envoyer="Enregistrer", rubrique=CENTRES)


def _saisie(formulaire: CentreForm) -> dict[str, Any]:
    saisie = formulaire.saisie()
    propre = saisie["modalite_propre"]
    return {
        **saisie,
        "statut": StatutCentre(saisie["statut"]),
        "modalite_propre": Modalite(propre) if propre else "",
    }
