"""Le bilan conjoint d'une PFMP : lire la réponse du tuteur, confirmer (un, ou tous d'un acte), rouvrir, imprimer."""

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
from evaluations.forms.pfmp import BilanForm, LotForm, ReouvertureForm, initiales_du_bilan, lire_choix, lire_lot
from evaluations.permissions import (
    periode_a_confirmer_ou_404,
    peut_confirmer_un_bilan,
    peut_rouvrir_un_bilan,
    placement_a_evaluer_ou_404,
    placement_a_rouvrir_ou_404,
    placement_ou_404,
)
from evaluations.queries.bilans_en_lot import lot_de
from evaluations.queries.bilans_pfmp import VueBilan, bilan_de
from evaluations.services.bilans_en_lot import EnTete, confirmer_les_bilans
from evaluations.services.bilans_pfmp import ChoixLigne, confirmer_bilan, enregistrer_bilan, rouvrir_bilan
from evaluations.views.pfmp import ECRITURE, Requete, page_de_saisie
from evaluations.views.placements import reponse_pdf
from referentiel.queries import niveaux_de_maitrise
from trpm.socle.elision import elider


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
        "libelles_niveaux": niveaux_de_maitrise(classe.version_id),
        "peut_confirmer": peut_confirmer_un_bilan(request.user, classe) and not vue.est_confirme,
        "peut_rouvrir": peut_rouvrir_un_bilan(request.user, classe) and vue.est_confirme,
    }
    return render(request, "evaluations/pfmp_bilan.html", contexte, status=statut)


@require_http_methods(ECRITURE)
def confirmer_tous(request: Requete, pk: int) -> HttpResponse:
    """L'aperçu de ce qui serait retenu, puis un seul acte ; ce qui demande une lecture reste de côté."""
    periode = periode_a_confirmer_ou_404(request.user, pk)
    formulaire = LotForm(request.POST if request.method == "POST" else None, initial={"tenu_le": periode.fin})
    vus = lire_lot(request.POST)
    if formulaire.is_bound and formulaire.is_valid():
        if vus:
            en_tete = EnTete(
                **{champ: formulaire.cleaned_data[champ] for champ in ("tenu_le", "a_tuteur", "a_apprenant")}
            )
            faits = confirmer_les_bilans(utilisateur=request.user, periode=periode, vus=vus, en_tete=en_tete)
            for nom, raison in faits.refus:
                messages.warning(request, f"{nom} : {raison}.")
            s = "s" if faits.nombre > 1 else ""
            messages.success(request, f"{faits.nombre} bilan{s} confirmé{s}.")
            return redirect("evaluations:pfmp_suivi", pk)
        formulaire.add_error(None, "Cochez au moins un bilan.")
    lot = lot_de(periode)
    coches = set(vus) if formulaire.is_bound else {un.placement.pk for un in lot.prets}
    contexte = {"periode": periode, "classe": periode.classe, "formulaire": formulaire, "lot": lot, "coches": coches}
    contexte["libelles_niveaux"] = niveaux_de_maitrise(periode.classe.version_id)
    return render(
        request, "evaluations/pfmp_bilans_confirmer.html", contexte, status=422 if formulaire.is_bound else 200
    )


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
        titre=f"Rouvrir le bilan {elider('de', placement.inscription.apprenant)}",
        envoyer="Rouvrir le bilan",
        retour=reverse("evaluations:pfmp_bilan", args=[pk]),
    )


@require_safe
def bilan_pdf(request: Requete, pk: int) -> HttpResponse:
    placement = placement_ou_404(request.user, pk)
    return reponse_pdf(pdf_bilan(placement), f"bilan-{placement.periode.code}-{placement.pk}.pdf")
