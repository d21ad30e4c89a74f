"""Pages des centres, des classes et de leurs apprenants."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from centres.models import Centre
from centres.permissions import classe_ou_404, peut_lire_le_journal, peut_voir_les_notes, roles_de
from centres.queries import classes_par_annee, effectif_des, inscrits


@require_safe
def centres(request: HttpRequest) -> HttpResponse:
    contexte = {
        "centres": Centre.objects.visibles_par(request.user),
        "est_administrateur": roles_de(request.user).est_administrateur,
    }
    return render(request, "centres/centre_liste.html", contexte)


@require_safe
def classes(request: HttpRequest) -> HttpResponse:
    return render(request, "centres/classe_liste.html", {"annees": classes_par_annee(request.user)})


@require_safe
def classe(request: HttpRequest, pk: int) -> HttpResponse:
    vue = classe_ou_404(request.user, pk)
    lignes = inscrits(vue)
    certifie = vue.est_derniere_annee and peut_voir_les_notes(request.user, vue.centre_id)
    contexte = {
        "classe": vue,
        "inscrits": lignes,
        "effectif": effectif_des(lignes),
        "peut_lire_le_journal": peut_lire_le_journal(request.user, vue.centre_id),
        "epreuves": vue.version.epreuves.order_by("ordre") if certifie else [],
    }
    return render(request, "centres/classe_detail.html", contexte)
