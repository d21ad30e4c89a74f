"""La commission d'une classe : la convoquer, l'ouvrir, noter qui est là, la voir d'un coup d'œil."""

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from centres.services.consultations import noter_consultation
from certification.documents.convocation import pdf_convocation
from certification.documents.images import notes_proposees
from certification.forms.commissions import Convocation, PresencesForm
from certification.models import Commission
from certification.permissions import (
    classe_a_convoquer_ou_404,
    classe_des_dossiers_ou_404,
    classes_notees,
    commission_a_corriger_ou_404,
    commission_a_lire_ou_404,
    commission_a_presider_ou_404,
    commissions_lisibles,
    peut_clore,
    peut_convoquer,
    peut_presider,
    peut_sieger,
)
from certification.queries.candidats import synthese_de_la_classe
from certification.queries.seance import ensemble_de
from certification.services.commissions import convoquer, modifier_convocation, noter_presence, ouvrir
from certification.views.reponses import Requete, reponse_pdf


@never_cache
@require_safe
def commissions(request: Requete) -> HttpResponse:
    """L'entrée du rail : chaque commission que la personne peut lire, la plus récente d'abord."""
    contexte = {"commissions": commissions_lisibles(request.user), "classes": classes_notees(request.user)}
    return render(request, "certification/commissions.html", contexte)


@never_cache
@require_safe
def commission(request: Requete, pk: int) -> HttpResponse:
    """Où en est la commission de la classe ; s'il n'y en a pas, de quoi la convoquer."""
    classe = classe_des_dossiers_ou_404(request.user, pk)
    contexte = {"classe": classe, "peut_convoquer": peut_convoquer(request.user, classe.centre_id), "commission": None}
    vue = Commission.objects.visibles_par(request.user).filter(classe=classe).first()
    if vue is not None:
        noter_consultation(utilisateur=request.user, objet=classe, page="commission de la classe")
        vue.classe = classe
        ensemble = ensemble_de(synthese_de_la_classe(classe, request.user))
        contexte |= {
            "commission": vue,
            "ensemble": ensemble,
            "images": [
                (epreuve, notes_proposees(epreuve, notes), notes)
                for epreuve in ensemble.epreuves
                if (notes := ensemble.notes[epreuve.code])
            ],
            "membres": list(vue.membres.select_related("utilisateur")),
            "peut_presider": peut_presider(request.user, vue),
            "peut_clore": peut_clore(request.user, vue),
            "peut_sieger": peut_sieger(request.user, vue),
        }
    return render(request, "certification/commission.html", contexte)


@require_http_methods(["GET", "HEAD", "POST"])
def commission_convoquer(request: Requete, pk: int) -> HttpResponse:
    """Date, lieu, membres ; la même page corrige la convocation jusqu'à la clôture."""
    classe = classe_a_convoquer_ou_404(request.user, pk)
    vue = commission_a_corriger_ou_404(classe)
    saisie = Convocation(request.POST if request.method == "POST" else None, classe, vue, request.user)
    if request.method == "POST" and saisie.est_valide():
        try:
            if vue is None:
                convoquer(utilisateur=request.user, classe=classe, donnees=saisie.donnees())
            else:
                corriger = {"donnees": saisie.donnees(), "version": saisie.fiche.cleaned_data["version"]}
                modifier_convocation(utilisateur=request.user, commission=vue, **corriger)
        except ValidationError as refus:
            saisie.reporter(refus)
        else:
            messages.success(request, "Commission convoquée." if vue is None else "Convocation corrigée.")
            return redirect("certification:commission", classe.pk)
    contexte = {"classe": classe, "commission": vue, "saisie": saisie}
    return render(
        request, "certification/commission_convoquer.html", contexte, status=422 if request.method == "POST" else 200
    )


@require_safe
def convocation(request: Requete, pk: int) -> HttpResponse:
    vue = commission_a_lire_ou_404(request.user, pk)
    nom = f"{vue.classe.nom} – convocation – {timezone.localtime(vue.date):%Y-%m-%d}.pdf"
    return reponse_pdf(pdf_convocation(vue), nom)


@require_POST
def commission_ouvrir(request: Requete, pk: int) -> HttpResponse:
    vue = commission_a_presider_ou_404(request.user, pk)
    try:
        ouvrir(utilisateur=request.user, commission=vue)
    except ValidationError as refus:
        messages.error(request, " ".join(refus.messages))
        return redirect("certification:commission", vue.classe_id)
    messages.success(request, "Commission ouverte : notez d'abord qui est là.")
    return redirect("certification:commission_presences", vue.pk)


@require_http_methods(["GET", "HEAD", "POST"])
def commission_presences(request: Requete, pk: int) -> HttpResponse:
    """L'absence du professionnel s'inscrit et n'empêche rien (DOMAINE §4)."""
    vue = commission_a_presider_ou_404(request.user, pk)
    membres = list(vue.membres.select_related("utilisateur"))
    formulaire = PresencesForm(request.POST if request.method == "POST" else None, membres)
    if formulaire.is_bound and formulaire.is_valid():
        try:
            noter_presence(utilisateur=request.user, commission=vue, presences=formulaire.presences())
        except ValidationError as refus:
            formulaire.add_error(None, refus.messages)
        else:
            messages.success(request, "Présences notées.")
            return redirect("certification:commission", vue.classe_id)
    contexte = {
        "commission": vue,
        "classe": vue.classe,
        "formulaire": formulaire,
        "lignes": [(membre, formulaire[f"membre_{membre.pk}"]) for membre in membres],
    }
    statut = 422 if formulaire.is_bound else 200
    return render(request, "certification/commission_presences.html", contexte, status=statut)
