"""Les dossiers d'une classe entière : demande, avancement, téléchargement."""

from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST, require_safe

from centres.services.consultations import noter_consultation
from certification.documents.travaux import demander_dossiers
from certification.enums import EtatTravail, FormatTravail
from certification.permissions import classe_des_dossiers_ou_404, travail_ou_404
from certification.services.travaux import est_arrete
from certification.views.reponses import PDF, ZIP, Requete, reponse_fichier


@require_POST
def demander(request: Requete, pk: int, epreuve_code: str) -> HttpResponse:
    vue = classe_des_dossiers_ou_404(request.user, pk)
    epreuve = get_object_or_404(vue.version.epreuves, code=epreuve_code)
    voulu = FormatTravail.ZIP if request.POST.get("format") == FormatTravail.ZIP else FormatTravail.PDF
    travail = demander_dossiers(utilisateur=request.user, classe=vue, epreuve=epreuve, format=voulu)
    return redirect("certification:travail", travail.pk)


@require_POST
def demander_tous(request: Requete, pk: int) -> HttpResponse:
    """Toutes les épreuves, un fichier par candidat."""
    vue = classe_des_dossiers_ou_404(request.user, pk)
    travail = demander_dossiers(utilisateur=request.user, classe=vue, epreuve=None, format=FormatTravail.ZIP)
    return redirect("certification:travail", travail.pk)


@require_safe
def travail(request: Requete, pk: int) -> HttpResponse:
    """L'avancement ; la page le redemande à intervalles réguliers et n'en reçoit alors que le cadre."""
    demande = travail_ou_404(request.user, pk)
    gabarit = "certification/_avancement.html" if request.htmx else "certification/travail.html"
    contexte = {"travail": demande, "classe": demande.classe, "est_arrete": est_arrete(demande)}
    return render(request, gabarit, contexte)


@require_safe
def dossiers(request: Requete, pk: int, forme: str) -> HttpResponse:
    demande = travail_ou_404(request.user, pk)
    if demande.etat != EtatTravail.FINI or demande.format != forme:
        raise Http404("Ces dossiers ne sont pas prêts.")
    quoi = f"dossiers {demande.code_epreuve}".strip()
    noter_consultation(utilisateur=request.user, objet=demande.classe, page=quoi)
    nom = f"{demande.classe.nom} – {quoi} – session {demande.classe.session.annee}.{forme}"
    with demande.fichier.open() as fichier:
        return reponse_fichier(fichier.read(), ZIP if forme == FormatTravail.ZIP else PDF, nom)
