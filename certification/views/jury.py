"""Ce qui part au jury, ce qui se remet après les résultats, et pourquoi cette note."""

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from centres.services.consultations import noter_consultation
from certification.documents.jury import fichier_de_transmission, pdf_de_la_fiche, pdf_pourquoi
from certification.forms.archives import CommunicationForm
from certification.permissions import candidat_a_communiquer_ou_404, candidat_ou_404, commission_a_rouvrir_ou_404
from certification.queries.archives import fige_du_candidat
from certification.queries.candidats import synthese_du_candidat
from certification.services.jury import noter_la_communication, noter_la_transmission
from certification.views.reponses import Requete, reponse_fichier, reponse_pdf

FORMES = ("pdf", "xlsx")


@require_POST
def transmission(request: Requete, pk: int, forme: str) -> HttpResponse:
    """La liste pour le jury, en classeur ou en PDF."""
    commission = commission_a_rouvrir_ou_404(request.user, pk)
    if forme not in FORMES:
        raise Http404("Format inconnu.")
    try:
        noter_la_transmission(utilisateur=request.user, commission=commission, forme=forme)
    except ValidationError as refus:
        messages.error(request, " ".join(refus.messages))
        return redirect("certification:archives", pk)
    contenu, type_mime = fichier_de_transmission(commission, forme)
    classe = commission.classe
    return reponse_fichier(contenu, type_mime, f"{classe.nom} – jury – session {classe.session.annee}.{forme}")


@require_safe
def pourquoi(request: Requete, pk: int, epreuve_code: str) -> HttpResponse:
    candidat = candidat_ou_404(request.user, pk)
    lu = synthese_du_candidat(candidat)
    if epreuve_code not in lu.epreuves:
        raise Http404("Épreuve introuvable.")
    noter_consultation(utilisateur=request.user, objet=candidat, page=f"pourquoi cette note {epreuve_code}")
    nom = f"{candidat.apprenant} – pourquoi {epreuve_code} – session {candidat.classe.session.annee}.pdf"
    return reponse_pdf(pdf_pourquoi(lu, epreuve_code), nom)


@require_http_methods(["GET", "HEAD", "POST"])
def fiche(request: Requete, pk: int, epreuve_code: str) -> HttpResponse:
    """Remettre sa fiche d'évaluation à un candidat qui la demande, après les résultats."""
    candidat = candidat_a_communiquer_ou_404(request.user, pk)
    trouve = fige_du_candidat(candidat, epreuve_code)
    if trouve is None:
        raise Http404("Fiche introuvable.")
    commission, fige = trouve
    formulaire = CommunicationForm(request.POST if request.method == "POST" else None)
    if formulaire.is_bound and formulaire.is_valid():
        acte = {"candidat": candidat, "epreuve": fige.proposition.epreuve, **formulaire.cleaned_data}
        try:
            noter_la_communication(utilisateur=request.user, commission=commission, **acte)
        except ValidationError as refus:
            formulaire.add_error(None, refus.messages)
        else:
            nom = f"{candidat.apprenant} – fiche {epreuve_code} – session {candidat.classe.session.annee}.pdf"
            return reponse_pdf(pdf_de_la_fiche(commission, fige), nom)
    contexte = {"candidat": candidat, "classe": candidat.classe, "fige": fige, "formulaire": formulaire}
    return render(request, "certification/fiche_communiquer.html", contexte, status=422 if formulaire.is_bound else 200)
