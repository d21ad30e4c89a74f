"""Le bilan conjoint d'une PFMP : lire la réponse du tuteur, confirmer, rouvrir, imprimer."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from django.contrib import messages
from django.core.exceptions import NON_FIELD_ERRORS, ValidationError
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe

from evaluations.documents.pfmp import pdf_bilan
from evaluations.forms.pfmp import BilanForm, ReouvertureForm, initiales_du_bilan, lire_choix
from evaluations.permissions import (
    peut_confirmer_un_bilan,
    peut_rouvrir_un_bilan,
    placement_a_evaluer_ou_404,
    placement_a_rouvrir_ou_404,
    placement_ou_404,
)
from evaluations.queries.bilans_pfmp import VueBilan, bilan_de
from evaluations.services.bilans_pfmp import ChoixLigne, confirmer_bilan, enregistrer_bilan, rouvrir_bilan
from evaluations.views.pfmp import ECRITURE, Requete, page_de_saisie
from evaluations.views.placements import reponse_pdf


@require_http_methods(ECRITURE)
def bilan(request: Requete, pk: int) -> HttpResponse:
    """Confirmer tout, une partie, ou autre chose avec une raison ; « brouillon » garde sans confirmer."""
    if request.method != "POST":
        vue = bilan_de(placement_ou_404(request.user, pk))
        return _page(request, vue, BilanForm(initial=initiales_du_bilan(vue)))
    placement = placement_a_evaluer_ou_404(request.user, pk)
    vue = bilan_de(placement)
    refusees: dict[str, list[str]] = {}
    formulaire, choix = BilanForm(request.POST), lire_choix(request.POST, vue)
    if formulaire.is_valid():
        est_brouillon = "brouillon" in request.POST
        try:
            (enregistrer_bilan if est_brouillon else confirmer_bilan)(
                utilisateur=request.user,
                placement=placement,
                donnees=formulaire.donnees(choix),
                version=formulaire.cleaned_data["version"],
            )
        except ValidationError as refus:
            formulaire.reporter(refus)
            refusees = _par_ligne(refus)
        else:
            messages.success(request, "Brouillon enregistré." if est_brouillon else "Bilan confirmé.")
            return redirect("evaluations:pfmp_bilan", pk)
    return _page(request, avec_choix(vue, choix, refusees), formulaire, statut=422)


def _par_ligne(refus: ValidationError) -> dict[str, list[str]]:
    """Le code de chaque refus dit sa ligne."""
    refusees: dict[str, list[str]] = {}
    for erreur in refus.error_dict.get(NON_FIELD_ERRORS, []) if hasattr(refus, "error_dict") else []:
        refusees.setdefault(str(erreur.code), []).extend(erreur.messages)
    return refusees


def avec_choix(vue: VueBilan, choix: tuple[ChoixLigne, ...], refusees: Mapping[str, Sequence[str]]) -> VueBilan:
    """Ce que la personne a choisi reste à l'écran quand l'envoi est refusé, chaque refus sur sa ligne."""
    par_cle = {un.detaillee_id: un for un in choix}
    lignes = tuple(
        replace(
            ligne,
            retenu=par_cle[ligne.detaillee.pk].niveau,
            motif=par_cle[ligne.detaillee.pk].motif,
            erreurs=tuple(refusees.get(f"ligne{ligne.detaillee.pk}", ())),
        )
        for ligne in vue.lignes
    )
    return vue if vue.est_confirme else replace(vue, lignes=lignes)


def _page(request: Requete, vue: VueBilan, formulaire: BilanForm, statut: int = 200) -> HttpResponse:
    placement = vue.placement
    classe = placement.periode.classe
    contexte: dict[str, Any] = {
        "vue": vue,
        "placement": placement,
        "periode": placement.periode,
        "classe": classe,
        "formulaire": formulaire,
        "niveaux": (1, 2, 3, 4),
        "peut_confirmer": peut_confirmer_un_bilan(request.user, classe) and not vue.est_confirme,
        "peut_rouvrir": peut_rouvrir_un_bilan(request.user, classe) and vue.est_confirme,
    }
    return render(request, "evaluations/pfmp_bilan.html", contexte, status=statut)


@require_http_methods(ECRITURE)
def rouvrir(request: Requete, pk: int) -> HttpResponse:
    placement = placement_a_rouvrir_ou_404(request.user, pk)
    formulaire = ReouvertureForm(request.POST if request.method == "POST" else None)
    if formulaire.is_bound and formulaire.is_valid():
        try:
            rouvrir_bilan(utilisateur=request.user, placement=placement, **formulaire.saisie())
        except ValidationError as refus:
            formulaire.reporter(refus)
        else:
            messages.success(request, "Bilan rouvert : ses niveaux ont quitté le parcours jusqu'à sa confirmation.")
            return redirect("evaluations:pfmp_bilan", pk)
    return page_de_saisie(
        request,
        formulaire,
        classe=placement.periode.classe,
        titre=f"Rouvrir le bilan de {placement.inscription.apprenant}",
        envoyer="Rouvrir le bilan",
        retour=reverse("evaluations:pfmp_bilan", args=[pk]),
    )


@require_safe
def bilan_pdf(request: Requete, pk: int) -> HttpResponse:
    placement = placement_ou_404(request.user, pk)
    return reponse_pdf(pdf_bilan(placement), f"bilan-{placement.periode.code}-{placement.pk}.pdf")
