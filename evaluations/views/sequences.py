"""Pages d'une séquence ou d'un projet : la lire, l'écrire, la reprendre ailleurs, l'imprimer."""

from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from centres.forms.base import reporter
from centres.models import Classe
from centres.permissions import peut_lire_le_journal
from evaluations.documents.sequences import pdf_sequence
from evaluations.forms.sequences import CopieForm, SequenceForm, initiales_de
from evaluations.models import Sequence
from evaluations.permissions import (
    bibliotheque_ouverte_ou_404,
    classe_preparable_ou_404,
    peut_preparer_la_progression,
    peut_reprendre,
    sequence_a_copier_ou_404,
    sequence_a_preparer_ou_404,
    sequence_ou_404,
)
from evaluations.queries.progression import Cohorte, cohorte_de_la_sequence, cohorte_par, derniere_classe
from evaluations.queries.sequences import cohortes_ou_copier, est_dans_ses_centres, fiche_de, modeles_pour
from evaluations.services.sequences import (
    Reprise,
    copier_sequence,
    creer_sequence,
    modifier_sequence,
    obstacle_a_la_suppression,
    supprimer_sequence,
)
from evaluations.views.pfmp import ECRITURE, Requete
from evaluations.views.placements import reponse_pdf


@require_safe
def sequence(request: Requete, pk: int) -> HttpResponse:
    """Le projet d'un coup d'œil ; le modèle d'un autre centre se lit sans lien vers ses situations."""
    lue = sequence_ou_404(request.user, pk)
    contexte = {
        **_cadre(request, lue),
        "fiche": fiche_de(lue),
        "est_du_centre": est_dans_ses_centres(request.user, lue),
        "peut_preparer": peut_preparer_la_progression(request.user, lue.centre_id),
        "peut_copier": peut_reprendre(request.user),
        "peut_lire_le_journal": peut_lire_le_journal(request.user, lue.centre_id),
    }
    return render(request, "evaluations/sequence.html", contexte)


@require_http_methods(ECRITURE)
def creer(request: Requete, pk: int) -> HttpResponse:
    classe = classe_preparable_ou_404(request.user, pk)
    return _saisie(request, cohorte_par(classe), classe, None)


@require_http_methods(ECRITURE)
def modifier(request: Requete, pk: int) -> HttpResponse:
    lue = sequence_a_preparer_ou_404(request.user, pk)
    cohorte = cohorte_de_la_sequence(lue)
    return _saisie(request, cohorte, derniere_classe(request.user, cohorte), lue)


def _saisie(request: Requete, cohorte: Cohorte, classe: Classe | None, lue: Sequence | None) -> HttpResponse:
    """Créer et modifier montrent le même formulaire."""
    initiales = initiales_de(lue) if lue else {"periode_debut": request.GET.get("periode")}
    formulaire = SequenceForm(
        request.POST if request.method == "POST" else None, cohorte=cohorte, sequence=lue, initial=initiales
    )
    if formulaire.is_bound and formulaire.is_valid():
        enregistree = _enregistrer(request, cohorte, lue, formulaire)
        if enregistree is not None:
            messages.success(request, f"« {enregistree.intitule} » est enregistrée.")
            return redirect("evaluations:sequence", enregistree.pk)
    contexte = {
        "cohorte": cohorte,
        "classe": classe,
        "sequence": lue,
        "formulaire": formulaire,
        "version": request.POST.get("version", lue.version if lue else ""),
    }
    statut = 422 if formulaire.is_bound else 200
    return render(request, "evaluations/sequence_formulaire.html", contexte, status=statut)


def _enregistrer(request: Requete, cohorte: Cohorte, lue: Sequence | None, formulaire: SequenceForm) -> Sequence | None:
    try:
        if lue is None:
            return creer_sequence(utilisateur=request.user, cohorte=cohorte, donnees=formulaire.donnees())
        brut = request.POST.get("version", "")
        return modifier_sequence(
            utilisateur=request.user,
            sequence=lue,
            donnees=formulaire.donnees(),
            version=int(brut) if brut.isdecimal() and len(brut) < 19 else 0,
        )
    except ValidationError as refus:
        reporter(formulaire, refus)
    return None


@require_http_methods(ECRITURE)
def copier(request: Requete, pk: int) -> HttpResponse:
    lue = sequence_a_copier_ou_404(request.user, pk)
    cohortes = cohortes_ou_copier(request.user, lue.periode_debut.version)
    formulaire = CopieForm(
        request.POST if request.method == "POST" else None, cohortes=cohortes, initial={"intitule": lue.intitule}
    )
    if formulaire.is_bound and formulaire.is_valid():
        try:
            reprise = copier_sequence(utilisateur=request.user, sequence=lue, **formulaire.options())
        except ValidationError as refus:
            reporter(formulaire, refus)
        else:
            _annoncer(request, reprise)
            return redirect("evaluations:sequence", reprise.sequence.pk)
    contexte = {**_cadre(request, lue), "formulaire": formulaire, "cohortes": cohortes}
    statut = 422 if formulaire.is_bound else 200
    return render(request, "evaluations/sequence_copier.html", contexte, status=statut)


def _annoncer(request: Requete, reprise: Reprise) -> None:
    messages.success(
        request, f"« {reprise.sequence.intitule} » est copiée, avec {len(reprise.situations)} situation(s) à relire."
    )
    if reprise.sans_classe:
        messages.warning(
            request,
            f"Sans classe de leur année dans cette cohorte, à reprendre plus tard : {', '.join(reprise.sans_classe)}.",
        )


@require_http_methods(ECRITURE)
def supprimer(request: Requete, pk: int) -> HttpResponse:
    lue = sequence_a_preparer_ou_404(request.user, pk)
    obstacle = obstacle_a_la_suppression(lue)
    if request.method == "POST":
        montree = derniere_classe(request.user, cohorte_de_la_sequence(lue))
        try:
            supprimer_sequence(utilisateur=request.user, sequence=lue)
        except ValidationError as refus:
            obstacle = " ".join(refus.messages)
        else:
            messages.success(request, f"« {lue.intitule} » est supprimée.")
            return redirect("evaluations:progression", montree.pk) if montree else redirect("centres:classes")
    contexte = {**_cadre(request, lue), "obstacle": obstacle}
    statut = 422 if request.method == "POST" else 200
    return render(request, "evaluations/sequence_supprimer.html", contexte, status=statut)


@never_cache
@require_safe
def imprimer(request: Requete, pk: int) -> HttpResponse:
    lue = sequence_ou_404(request.user, pk)
    return reponse_pdf(pdf_sequence(lue), f"sequence-{lue.pk}.pdf")


@require_safe
def modeles(request: Requete) -> HttpResponse:
    """Les séquences que les équipes partagent."""
    bibliotheque_ouverte_ou_404(request.user)
    contexte = {"modeles": list(modeles_pour(request.user)), "peut_copier": peut_reprendre(request.user)}
    return render(request, "evaluations/sequence_modeles.html", contexte)


def _cadre(request: Requete, lue: Sequence) -> dict[str, Any]:
    """Ce que demande le fil d'Ariane d'une séquence."""
    classe = derniere_classe(request.user, cohorte_de_la_sequence(lue))
    retour = reverse("evaluations:progression", args=[classe.pk]) if classe else reverse("evaluations:sequence_modeles")
    return {"sequence": lue, "classe": classe, "adresse_progression": retour}
