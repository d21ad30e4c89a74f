"""Les numéros de candidats d'une classe."""

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from centres.permissions import peut_gerer_les_classes
from certification.forms.numeros import NumerosForm
from certification.models import Candidat, Commission
from certification.permissions import classe_des_dossiers_ou_404
from certification.services.numeros import enregistrer_numeros
from certification.views.reponses import Requete


@require_http_methods(["GET", "HEAD", "POST"])
def numeros(request: Requete, pk: int) -> HttpResponse:
    """Un champ par candidat, ou une colonne collée ; close, la commission ne laisse plus que lire."""
    classe = classe_des_dossiers_ou_404(request.user, pk)
    if not peut_gerer_les_classes(request.user, classe.centre_id):
        raise Http404("Classe introuvable.")
    commission = Commission.objects.filter(classe=classe).first()
    est_figee = commission is not None and commission.est_close
    candidats = list(Candidat.objects.de_la_classe(classe).select_related("apprenant"))
    envoi = request.POST if request.method == "POST" else None
    formulaire = NumerosForm(envoi, candidats=candidats, est_figee=est_figee)
    if envoi is not None and formulaire.is_valid():
        try:
            ecrits = enregistrer_numeros(utilisateur=request.user, classe=classe, numeros=formulaire.numeros())
        except ValidationError as refus:
            formulaire.reporter(refus)
        else:
            messages.success(request, f"Numéros de candidats enregistrés : {ecrits} changé{'s' if ecrits > 1 else ''}.")
            return redirect("certification:numeros", pk)
    contexte = {"classe": classe, "formulaire": formulaire, "est_figee": est_figee, "candidats": candidats}
    return render(request, "certification/numeros.html", contexte, status=422 if formulaire.is_bound else 200)
