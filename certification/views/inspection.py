"""La première vue de l'inspecteur : une session, tous ses centres ; un centre ; l'avis sur une situation."""

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from certification.documents.points import points_par_epreuve
from certification.forms.pieces import AvisForm
from certification.permissions import inspection_ouverte_ou_404, situation_a_apprecier_ou_404
from certification.queries.avis import avis_de
from certification.queries.inspection import (
    classes_inspectees,
    inspection_de,
    sessions_inspectees,
    situations_inspectees,
)
from certification.services.avis import donner_avis
from certification.views.reponses import Requete


@never_cache
@require_safe
def inspection(request: Requete) -> HttpResponse:
    """Par centre et par épreuve ; ni nom, ni note d'un candidat nommé."""
    inspection_ouverte_ou_404(request.user)
    sessions = sessions_inspectees(request.user)
    voulue = request.GET.get("session", "")
    session = int(voulue) if voulue in map(str, sessions) else next(iter(sessions), None)
    classes = list(classes_inspectees(request.user).filter(session__annee=session)) if session else []
    centres = inspection_de(classes)
    contexte = {"sessions": sessions, "session": session, "centres": centres, "points": points_par_epreuve(centres)}
    return render(request, "certification/inspection.html", contexte)


@never_cache
@require_safe
def centre(request: Requete, pk: int, annee: int) -> HttpResponse:
    """Un centre : ses classes, leurs commissions, chaque situation et son avis."""
    inspection_ouverte_ou_404(request.user)
    classes = list(classes_inspectees(request.user).filter(centre=pk, session__annee=annee))
    if not classes:
        raise Http404("Centre introuvable.")
    contexte = {
        "inspecte": inspection_de(classes)[0],
        "annee": annee,
        "situations": list(situations_inspectees(classes)),
    }
    return render(request, "certification/inspection_centre.html", contexte)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def avis(request: Requete, pk: int) -> HttpResponse:
    situation = situation_a_apprecier_ou_404(request.user, pk)
    formulaire = AvisForm(request.POST if request.method == "POST" else None)
    if formulaire.is_bound and formulaire.is_valid():
        try:
            donner_avis(utilisateur=request.user, situation=situation, **formulaire.cleaned_data)
        except ValidationError as refus:
            formulaire.reporter(refus)
        else:
            messages.success(request, "Avis enregistré : l'équipe le lit sur la situation.")
            return redirect(
                "certification:inspection_centre", situation.classe.centre_id, situation.classe.session.annee
            )
    contexte = {
        "situation": situation,
        "classe": situation.classe,
        "avis": avis_de(situation),
        "formulaire": formulaire,
    }
    return render(request, "certification/avis.html", contexte, status=422 if formulaire.is_bound else 200)
