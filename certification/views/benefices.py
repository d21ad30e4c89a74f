"""Les notes gardées d'une session passée."""

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from centres.queries.organisation import inscriptions_visibles
from centres.services.consultations import noter_consultation
from certification.forms.benefices import BeneficeForm
from certification.models import DUREE_BENEFICE
from certification.permissions import apprenant_beneficiaire_ou_404, benefice_ou_404
from certification.queries.benefices import benefices_de, epreuves_conservables
from certification.services.benefices import conserver_note, renoncer_au_benefice
from certification.views.reponses import Requete


@require_http_methods(["GET", "HEAD", "POST"])
def benefices(request: Requete, pk: int) -> HttpResponse:
    """Les notes qu'un apprenant garde de sessions passées, et de quoi en enregistrer une."""
    apprenant = apprenant_beneficiaire_ou_404(request.user, pk)
    derniere = list(inscriptions_visibles(request.user, [apprenant]))[-1]
    noter_consultation(utilisateur=request.user, objet=derniere, page="notes conservées")
    epreuves = epreuves_conservables(apprenant)
    formulaire = BeneficeForm(request.POST if request.method == "POST" else None, epreuves=epreuves)
    if request.method == "POST" and formulaire.is_valid():
        try:
            gardee = conserver_note(utilisateur=request.user, apprenant=apprenant, **formulaire.cleaned_data)
        except ValidationError as refus:
            formulaire.reporter(refus)
        else:
            messages.success(request, f"Note conservée en {gardee.epreuve.code}, session {gardee.session_obtention}.")
            return redirect("certification:benefices", pk)
    contexte = {
        "apprenant": apprenant,
        "benefices": benefices_de(apprenant),
        "duree": DUREE_BENEFICE,
        "formulaire": formulaire,
        "a_conserver": epreuves.exists(),
    }
    return render(request, "certification/benefices.html", contexte, status=422 if formulaire.is_bound else 200)


@require_http_methods(["GET", "HEAD", "POST"])
def benefice_retirer(request: Requete, pk: int) -> HttpResponse:
    benefice = benefice_ou_404(request.user, pk)
    if request.method == "POST":
        renoncer_au_benefice(utilisateur=request.user, benefice=benefice)
        messages.success(request, f"Note conservée en {benefice.epreuve.code} retirée : l'épreuve est à évaluer.")
        return redirect("certification:benefices", benefice.apprenant_id)
    return render(request, "certification/benefice_retirer.html", {"benefice": benefice})
