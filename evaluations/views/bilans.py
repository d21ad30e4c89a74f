"""Les bilans d'une classe : préparer, rédiger, tenir l'entretien, formaliser ; l'apprenant lit le sien."""

from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from centres.models import Classe
from centres.permissions import classe_ou_404, peut_lire_le_journal
from evaluations.documents.bilans import pdf_bilan_periode
from evaluations.forms.bilans import BilanPeriodeForm, CampagneForm, ecarts_avec, initiales_du_bilan_periode
from evaluations.models import BilanPeriode
from evaluations.permissions import (
    bilan_periode_ou_404,
    campagne_ou_404,
    classe_des_bilans_ou_404,
    peut_tenir_les_bilans,
)
from evaluations.queries.bilans import (
    absents_de,
    campagnes_de,
    etape_de,
    lire_bilan,
    representants_de,
    voisins,
    vue_de_la_campagne,
)
from evaluations.services.bilans import (
    BilanModifie,
    completer_campagne,
    enregistrer_bilan_periode,
    formaliser_bilan,
    preparer_campagne,
    supprimer_campagne,
)
from evaluations.services.donnees import periode_du
from evaluations.services.fabrications import est_arretee
from evaluations.views.pfmp import ECRITURE, Requete
from evaluations.views.placements import reponse_pdf
from referentiel.queries import niveaux_de_maitrise


@require_safe
def classe(request: Requete, pk: int) -> HttpResponse:
    fiche = classe_ou_404(request.user, pk)
    contexte = {
        "classe": fiche,
        "campagnes": campagnes_de(fiche),
        "peut_tenir": peut_tenir_les_bilans(request.user, fiche),
        "peut_lire_le_journal": peut_lire_le_journal(request.user, fiche.centre_id),
    }
    return render(request, "evaluations/bilans_classe.html", contexte)


@require_http_methods(ECRITURE)
def preparer(request: Requete, pk: int) -> HttpResponse:
    fiche = classe_des_bilans_ou_404(request.user, pk)
    formulaire = CampagneForm(
        request.POST if request.method == "POST" else None,
        periodes=fiche.version.periodes.all(),
        est_derniere_annee=fiche.est_derniere_annee,
        initial=_initiales_de_campagne(fiche),
    )
    if formulaire.is_bound and formulaire.is_valid():
        try:
            campagne = preparer_campagne(utilisateur=request.user, classe=fiche, **formulaire.saisie())
        except ValidationError as refus:
            formulaire.reporter(refus)
        else:
            messages.success(request, f"{campagne.bilans.count()} bilans préparés, niveaux figés.")
            return redirect("evaluations:campagne", campagne.pk)
    contexte = {"classe": fiche, "formulaire": formulaire}
    return render(request, "evaluations/campagne_formulaire.html", contexte, status=422 if formulaire.is_bound else 200)


def _initiales_de_campagne(fiche: Classe) -> dict[str, Any]:
    """Aujourd'hui, ramené dans l'année de la classe."""
    debut, fin = fiche.bornes
    jour = min(max(timezone.localdate(), debut), fin)
    return {"arrete_le": jour, "periode": periode_du(fiche, jour)}


@require_safe
def campagne(request: Requete, pk: int) -> HttpResponse:
    lue = campagne_ou_404(request.user, pk)
    vue = vue_de_la_campagne(lue)
    contexte = {
        "classe": lue.classe,
        "campagne": lue,
        "vue": vue,
        "absents": absents_de(lue).count(),
        "peut_tenir": peut_tenir_les_bilans(request.user, lue.classe),
        "est_vierge": not any(ligne.bilan.version > 1 or ligne.bilan.est_formalise for ligne in vue.lignes),
        "fabrication": vue.fabrication,
        "est_arretee": vue.fabrication is not None and est_arretee(vue.fabrication),
    }
    return render(request, "evaluations/campagne.html", contexte)


@require_POST
def completer(request: Requete, pk: int) -> HttpResponse:
    nombre = completer_campagne(utilisateur=request.user, campagne=campagne_ou_404(request.user, pk, ecrire=True))
    messages.success(request, f"{nombre} bilan{'s' if nombre > 1 else ''} de plus.")
    return redirect("evaluations:campagne", pk)


@require_POST
def supprimer(request: Requete, pk: int) -> HttpResponse:
    lue = campagne_ou_404(request.user, pk, ecrire=True)
    try:
        supprimer_campagne(utilisateur=request.user, campagne=lue)
    except ValidationError as refus:
        messages.error(request, " ".join(refus.messages))
        return redirect("evaluations:campagne", pk)
    messages.success(request, "Bilans supprimés.")
    return redirect("evaluations:bilans_classe", lue.classe_id)


@never_cache
@require_http_methods(ECRITURE)
def bilan(request: Requete, pk: int) -> HttpResponse:
    """L'équipe y écrit jusqu'à la formalisation ; l'apprenant et les lecteurs le lisent."""
    lu = bilan_periode_ou_404(request.user, pk, ecrire=request.method == "POST")
    peut_tenir = peut_tenir_les_bilans(request.user, lu.campagne.classe) and not lu.est_formalise
    if request.method != "POST":
        initiales = initiales_du_bilan_periode(lu, request.user)
        return _page(request, lu, _formulaire(lu, initial=initiales) if peut_tenir else None)
    formulaire = _formulaire(lu, request.POST)
    conflit: list[tuple[str, Any]] = []
    if formulaire.is_valid():
        try:
            return _enregistrer(request, lu, formulaire)
        except BilanModifie as refus:
            conflit = ecarts_avec(formulaire, refus.actuel)
            formulaire = _rejouer(request.POST, lu, refus)
        except ValidationError as refus:
            formulaire.reporter(refus)
    return _page(request, lu, formulaire, conflit, statut=422)


def _enregistrer(request: Requete, lu: BilanPeriode, formulaire: BilanPeriodeForm) -> HttpResponse:
    est_final = request.POST.get("acte") == "formaliser"
    (formaliser_bilan if est_final else enregistrer_bilan_periode)(
        utilisateur=request.user, bilan=lu, donnees=formulaire.donnees(), version=formulaire.cleaned_data["version"]
    )
    fait = "formalisé : il ne change plus et l'apprenant peut le lire" if est_final else "enregistré"
    messages.success(request, f"Bilan {fait}.")
    suivant = voisins(lu)[1] if request.POST.get("acte") == "suivant" else None
    return redirect("evaluations:bilan_periode", suivant or lu.pk)


def _rejouer(envoye: QueryDict, lu: BilanPeriode, refus: BilanModifie) -> BilanPeriodeForm:
    """La même saisie sur la version d'aujourd'hui : un second envoi est un choix, la comparaison est à l'écran."""
    envoi = {**envoye.dict(), "version": str(refus.actuel.version)}
    rejoue = _formulaire(lu, envoi)
    rejoue.add_error(None, refus.messages)
    return rejoue


def _formulaire(lu: BilanPeriode, envoi: Any = None, **options: Any) -> BilanPeriodeForm:
    return BilanPeriodeForm(envoi, representants=representants_de(lu.campagne.classe.centre_id), **options)


def _page(
    request: Requete,
    lu: BilanPeriode,
    formulaire: BilanPeriodeForm | None,
    conflit: list[tuple[str, Any]] | None = None,
    statut: int = 200,
) -> HttpResponse:
    est_soi = lu.inscription.apprenant.utilisateur_id == request.user.pk
    precedent, suivant = (None, None) if est_soi else voisins(lu)
    contexte = {
        "bilan": lu,
        "vue": lire_bilan(lu),
        "etape": etape_de(lu),
        "classe": lu.campagne.classe,
        "campagne": lu.campagne,
        "apprenant": lu.inscription.apprenant,
        # Formalisé pendant la saisie : le texte refusé reste lisible, rien ne s'écrit plus.
        "formulaire": None if lu.est_formalise else formulaire,
        "refuse": formulaire if lu.est_formalise else None,
        "conflit": conflit,
        "precedent": precedent,
        "suivant": suivant,
        "est_soi": est_soi,
        "retour": reverse("evaluations:campagne", args=[lu.campagne_id]),
        "libelles_niveaux": niveaux_de_maitrise(lu.campagne.classe.version_id),
    }
    return render(request, "evaluations/bilan_periode.html", contexte, status=statut)


@never_cache
@require_safe
def bilan_pdf(request: Requete, pk: int) -> HttpResponse:
    lu = bilan_periode_ou_404(request.user, pk)
    return reponse_pdf(pdf_bilan_periode(lu), f"bilan-{lu.campagne.arrete_le:%Y-%m-%d}-{lu.pk}.pdf")
