"""La fiche d'un placement : préparation, tuteur, visites, absences, attestation."""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from centres.forms.base import FicheForm
from centres.permissions import peut_lire_le_journal
from centres.services.entreprises import CHAMPS_TUTEUR, modifier_tuteur
from centres.services.fiches import empreinte
from evaluations.documents.pfmp import pdf_attestation
from evaluations.forms.pfmp import (
    AbsenceForm,
    AttestationForm,
    PreparationForm,
    RapportForm,
    TuteurPfmpForm,
    VisiteForm,
    codes_de,
)
from evaluations.models import AbsencePfmp, Placement, Visite
from evaluations.permissions import peut_confirmer_un_bilan, peut_organiser_pfmp, placement_ou_404
from evaluations.queries.pfmp import competences_proposees, visites_et_absences
from evaluations.services.pfmp import PlacementModifie, preparer_placement
from evaluations.services.suivi_pfmp import (
    noter_absence,
    prevoir_visite,
    rapporter_visite,
    recevoir_attestation,
    retirer_absence,
    retirer_visite,
)
from evaluations.views.pfmp import ECRITURE, Requete, page_de_saisie
from trpm.socle.elision import elider


@require_safe
def placement(request: Requete, pk: int) -> HttpResponse:
    fiche = placement_ou_404(request.user, pk)
    return _page(request, fiche)


def _page(request: Requete, fiche: Placement, statut: int = 200, **formulaires: FicheForm) -> HttpResponse:
    """La fiche, avec au besoin le petit formulaire refusé et ses messages."""
    contexte = {
        "placement": fiche,
        "periode": fiche.periode,
        "classe": fiche.periode.classe,
        "bilan": getattr(fiche, "bilan", None),
        "fiche_tuteur": getattr(fiche, "fiche", None),
        "peut_organiser": peut_organiser_pfmp(request.user, fiche.periode.classe.centre_id),
        "peut_confirmer": peut_confirmer_un_bilan(request.user, fiche.periode.classe),
        "peut_lire_le_journal": peut_lire_le_journal(request.user, fiche.periode.classe.centre_id),
        "visite_form": VisiteForm(prefix="visite"),
        "absence_form": AbsenceForm(prefix="absence", initial={"jour": fiche.debut}),
        "attestation_form": AttestationForm(prefix="attestation", initial={"recue_le": fiche.attestation_le}),
        **visites_et_absences(fiche),
        **formulaires,
    }
    return render(request, "evaluations/pfmp_placement.html", contexte, status=statut)


@require_http_methods(ECRITURE)
def preparer(request: Requete, pk: int) -> HttpResponse:
    """Activités prévues et compétences évaluables, cochées parmi celles de l'option."""
    fiche = placement_ou_404(request.user, pk, ecrire=True)
    proposees = competences_proposees(fiche.inscription)
    codes = [une.code for _, _, detaillees in proposees for une in detaillees]
    initiales = {"activites_prevues": fiche.activites_prevues, "codes": codes_de(fiche), "version": fiche.version}
    formulaire = PreparationForm(request.POST if request.method == "POST" else None, codes=codes, initial=initiales)
    if formulaire.is_bound and formulaire.is_valid():
        try:
            preparer_placement(utilisateur=request.user, placement=fiche, **formulaire.cleaned_data)
        except (ValidationError, PlacementModifie) as refus:
            textes = refus.messages if isinstance(refus, ValidationError) else [str(refus)]
            formulaire.add_error(None, textes)
        else:
            messages.success(request, "Préparation enregistrée.")
            return redirect("evaluations:pfmp_placement", pk)
    contexte = {
        "placement": fiche,
        "periode": fiche.periode,
        "classe": fiche.periode.classe,
        "formulaire": formulaire,
        "proposees": proposees,
        "cochees": formulaire["codes"].value() or [],
    }
    statut = 422 if formulaire.is_bound else 200
    return render(request, "evaluations/pfmp_preparer.html", contexte, status=statut)


@require_http_methods(ECRITURE)
def tuteur(request: Requete, pk: int) -> HttpResponse:
    """Corriger l'adresse du tuteur avant de lui envoyer son lien."""
    fiche = placement_ou_404(request.user, pk, ecrire=True)
    if fiche.tuteur is None or fiche.entreprise is None:
        raise Http404("Placement introuvable.")
    initiales = {champ: getattr(fiche.tuteur, champ) for champ in CHAMPS_TUTEUR}
    formulaire = TuteurPfmpForm(
        request.POST if request.method == "POST" else None,
        initial={**initiales, "empreinte": empreinte(fiche.tuteur, CHAMPS_TUTEUR)},
    )
    retour = reverse("evaluations:pfmp_placement", args=[pk])
    if formulaire.is_bound and formulaire.is_valid():
        lue = formulaire.cleaned_data["empreinte"]
        fiche.tuteur.entreprise = fiche.entreprise
        try:
            modifier_tuteur(auteur=request.user, tuteur=fiche.tuteur, **formulaire.saisie(), attendue=lue)
        except ValidationError as refus:
            formulaire.reporter(refus)
        else:
            messages.success(request, "Tuteur enregistré.")
            return redirect(retour)
    titre = f"Tuteur {elider('de', fiche.inscription.apprenant)}"
    return page_de_saisie(
        request, formulaire, classe=fiche.periode.classe, titre=titre, envoyer="Enregistrer", retour=retour
    )


@require_POST
def visite_prevoir(request: Requete, pk: int) -> HttpResponse:
    return _petit_acte(
        request,
        pk,
        "visite_form",
        VisiteForm(request.POST, prefix="visite"),
        lambda fiche, lues: prevoir_visite(utilisateur=request.user, placement=fiche, **lues),
        "Visite prévue.",
    )


@require_POST
def absence_noter(request: Requete, pk: int) -> HttpResponse:
    return _petit_acte(
        request,
        pk,
        "absence_form",
        AbsenceForm(request.POST, prefix="absence"),
        lambda fiche, lues: noter_absence(utilisateur=request.user, placement=fiche, **lues),
        "Absence notée.",
    )


@require_POST
def attestation_recevoir(request: Requete, pk: int) -> HttpResponse:
    return _petit_acte(
        request,
        pk,
        "attestation_form",
        AttestationForm(request.POST, prefix="attestation"),
        lambda fiche, lues: recevoir_attestation(utilisateur=request.user, placement=fiche, **lues),
        "Attestation enregistrée.",
    )


def _petit_acte(
    request: Requete,
    pk: int,
    nom: str,
    formulaire: FicheForm,
    acte: Callable[[Placement, dict[str, Any]], Any],
    succes: str,
) -> HttpResponse:
    """Un formulaire de quelques champs dans la fiche ; refusé, la fiche revient avec lui."""
    fiche = placement_ou_404(request.user, pk, ecrire=True)
    if formulaire.is_valid():
        try:
            acte(fiche, formulaire.saisie())
        except ValidationError as refus:
            formulaire.reporter(refus)
        else:
            messages.success(request, succes)
            return redirect("evaluations:pfmp_placement", pk)
    return _page(request, fiche, statut=422, **{nom: formulaire})


@require_http_methods(ECRITURE)
def visite(request: Requete, pk: int, visite: int) -> HttpResponse:
    """Rapporter une visite : le jour, ce qui s'y est dit."""
    fiche = placement_ou_404(request.user, pk, ecrire=True)
    rapport = _celle_de(Visite, fiche, visite)
    initiales = {champ: getattr(rapport, champ) for champ in ("prevue_le", "faite_le", "compte_rendu")}
    formulaire = RapportForm(request.POST if request.method == "POST" else None, initial=initiales)
    if formulaire.is_bound and formulaire.is_valid():
        try:
            rapporter_visite(utilisateur=request.user, visite=rapport, **formulaire.saisie())
        except ValidationError as refus:
            formulaire.reporter(refus)
        else:
            messages.success(request, "Visite enregistrée.")
            return redirect("evaluations:pfmp_placement", pk)
    titre = f"Visite à {fiche.inscription.apprenant}"
    retour = reverse("evaluations:pfmp_placement", args=[pk])
    return page_de_saisie(
        request, formulaire, classe=fiche.periode.classe, titre=titre, envoyer="Enregistrer", retour=retour
    )


@require_POST
def visite_retirer(request: Requete, pk: int, visite: int) -> HttpResponse:
    fiche = placement_ou_404(request.user, pk, ecrire=True)
    try:
        retirer_visite(utilisateur=request.user, visite=_celle_de(Visite, fiche, visite))
    except ValidationError as refus:
        messages.error(request, " ".join(refus.messages))
    else:
        messages.success(request, "Visite retirée.")
    return redirect("evaluations:pfmp_placement", pk)


@require_POST
def absence_retirer(request: Requete, pk: int, absence: int) -> HttpResponse:
    fiche = placement_ou_404(request.user, pk, ecrire=True)
    retirer_absence(utilisateur=request.user, absence=_celle_de(AbsencePfmp, fiche, absence))
    messages.success(request, "Absence retirée.")
    return redirect("evaluations:pfmp_placement", pk)


@require_safe
def attestation(request: Requete, pk: int) -> HttpResponse:
    fiche = placement_ou_404(request.user, pk)
    if fiche.entreprise is None:
        raise Http404("Placement introuvable.")
    return reponse_pdf(pdf_attestation(fiche), f"attestation-{fiche.periode.code}-{fiche.pk}.pdf")


def reponse_pdf(contenu: bytes, nom: str) -> HttpResponse:
    reponse = HttpResponse(contenu, content_type="application/pdf")
    reponse["Content-Disposition"] = f'inline; filename="{nom}"'
    return reponse


def _celle_de(modele: Any, placement: Placement, pk: int) -> Any:
    objet = modele.objects.select_related("placement__periode__classe").filter(pk=pk, placement=placement).first()
    if objet is None:
        raise Http404("Introuvable.")
    return objet
