"""Les dossiers d'une classe entière : demande, avancement, téléchargement."""

from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST, require_safe

from centres.services.consultations import noter_consultation
from certification.documents.travaux import demander_dossiers
from certification.enums import EtatTravail
from certification.permissions import classe_des_dossiers_ou_404, travail_ou_404
from certification.views.reponses import Requete, reponse_pdf


@require_POST
def demander(request: Requete, pk: int, epreuve_code: str) -> HttpResponse:
    vue = classe_des_dossiers_ou_404(request.user, pk)
    epreuve = get_object_or_404(vue.version.epreuves, code=epreuve_code)
    travail = demander_dossiers(utilisateur=request.user, classe=vue, epreuve=epreuve)
    return redirect("certification:travail", travail.pk)


@require_safe
def travail(request: Requete, pk: int) -> HttpResponse:
    """L'avancement ; la page le redemande à intervalles réguliers et n'en reçoit alors que le cadre."""
    demande = travail_ou_404(request.user, pk)
    gabarit = "certification/_avancement.html" if request.htmx else "certification/travail.html"
    return render(request, gabarit, {"travail": demande, "classe": demande.classe})


@require_safe
def dossiers(request: Requete, pk: int) -> HttpResponse:
    demande = travail_ou_404(request.user, pk)
    if demande.etat != EtatTravail.FINI:
        raise Http404("Ces dossiers ne sont pas prêts.")
    noter_consultation(utilisateur=request.user, objet=demande.classe, page=f"dossiers {demande.code_epreuve}")
    classe_nom, annee = demande.classe.nom, demande.classe.session.annee
    with demande.fichier.open() as fichier:
        return reponse_pdf(fichier.read(), f"{classe_nom} – dossiers {demande.code_epreuve} – session {annee}.pdf")
