"""Les bilans d'une classe en PDF : demander, suivre l'avancement, télécharger."""

from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from evaluations.documents.fabrications import demander_les_bilans
from evaluations.permissions import campagne_ou_404, fabrication_ou_404
from evaluations.services.fabrications import est_arretee
from evaluations.views.pfmp import Requete


@require_POST
def demander(request: Requete, pk: int) -> HttpResponse:
    campagne = campagne_ou_404(request.user, pk, ecrire=True)
    demande = demander_les_bilans(utilisateur=request.user, campagne=campagne)
    return redirect("evaluations:fabrication", demande.pk)


@require_safe
def fabrication(request: Requete, pk: int) -> HttpResponse:
    """La page redemande son cadre à intervalles réguliers tant que rien n'est prêt."""
    demande = fabrication_ou_404(request.user, pk)
    gabarit = "evaluations/_fabrication.html" if request.htmx else "evaluations/fabrication.html"
    contexte = {
        "fabrication": demande,
        "campagne": demande.campagne,
        "classe": demande.campagne.classe,
        "est_arretee": est_arretee(demande),
    }
    return render(request, gabarit, contexte)


@never_cache
@require_safe
def fichier(request: Requete, pk: int) -> HttpResponse:
    demande = fabrication_ou_404(request.user, pk)
    if not demande.est_finie:
        raise Http404("Ces bilans ne sont pas prêts.")
    with demande.fichier.open() as contenu:
        reponse = HttpResponse(contenu.read(), content_type="application/zip")
    reponse["Content-Disposition"] = f'attachment; filename="bilans-{demande.campagne.arrete_le:%Y-%m-%d}.zip"'
    return reponse
