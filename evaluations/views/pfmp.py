"""Pages des PFMP : périodes, tableau des placements, listes, réglages du centre."""

from dataclasses import replace
from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from centres.forms.base import FicheForm
from centres.models import Utilisateur
from centres.permissions import classe_ou_404
from centres.services.fiches import empreinte
from evaluations.forms.pfmp import PeriodeForm, ReglageForm
from evaluations.forms.placements import LigneLue, avec_refus, lire_lignes
from evaluations.models import PeriodePfmp
from evaluations.permissions import (
    bibliotheque_ouverte_ou_404,
    centre_a_regler_ou_404,
    classe_a_placer_ou_404,
    periode_pfmp_ou_404,
    peut_organiser_pfmp,
    peut_regler_les_pfmp,
)
from evaluations.queries.bilans_pfmp import reglage_de
from evaluations.queries.pfmp import (
    LignePlacement,
    TableauPlacements,
    mes_placements,
    periodes_de,
    periodes_visibles,
    regrouper,
    tableau_de,
)
from evaluations.queries.suivi_pfmp import conformite_de
from evaluations.queries.tuteur import a_repondu_lui_meme
from evaluations.services.pfmp import (
    CHAMPS_PERIODE,
    CHAMPS_REGLAGE,
    PlacementModifie,
    creer_periode,
    enregistrer_placement,
    modifier_periode,
    regler_les_pfmp,
    supprimer_periode,
)

ECRITURE = ["GET", "HEAD", "POST"]


class Requete(HttpRequest):
    """Toute page demande une connexion : la personne est un compte."""

    user: Utilisateur
    htmx: Any


@require_safe
def accueil(request: Requete) -> HttpResponse:
    bibliotheque_ouverte_ou_404(request.user)
    contexte = {"periodes": periodes_visibles(request.user), "miens": mes_placements(request.user)}
    return render(request, "evaluations/pfmp_accueil.html", contexte)


@require_safe
def classe(request: Requete, pk: int) -> HttpResponse:
    fiche = classe_ou_404(request.user, pk)
    contexte = {
        "classe": fiche,
        "periodes": periodes_de(fiche),
        "conformites": conformite_de(fiche),
        "peut_organiser": peut_organiser_pfmp(request.user, fiche.centre_id),
        "peut_regler": peut_regler_les_pfmp(request.user, fiche.centre_id),
    }
    return render(request, "evaluations/pfmp_classe.html", contexte)


@require_http_methods(ECRITURE)
def periode_creer(request: Requete, pk: int) -> HttpResponse:
    fiche = classe_a_placer_ou_404(request.user, pk)
    formulaire = PeriodeForm(_envoi(request))
    if formulaire.is_bound and formulaire.is_valid():
        try:
            periode = creer_periode(utilisateur=request.user, classe=fiche, **formulaire.saisie())
        except ValidationError as refus:
            formulaire.reporter(refus)
        else:
            messages.success(request, f"{periode.code} est ouverte : placez la classe.")
            return redirect("evaluations:pfmp_periode", periode.pk)
    retour = reverse("evaluations:pfmp_classe", args=[fiche.pk])
    return page_de_saisie(
        request, formulaire, classe=fiche, titre="Nouvelle période de PFMP", envoyer="Ouvrir la période", retour=retour
    )


@require_http_methods(ECRITURE)
def periode_modifier(request: Requete, pk: int) -> HttpResponse:
    periode = periode_pfmp_ou_404(request.user, pk, ecrire=True)
    initiales = {champ: getattr(periode, champ) for champ in CHAMPS_PERIODE}
    formulaire = PeriodeForm(_envoi(request), initial={**initiales, "empreinte": empreinte(periode, CHAMPS_PERIODE)})
    if formulaire.is_bound and formulaire.is_valid():
        try:
            modifier_periode(
                utilisateur=request.user,
                periode=periode,
                valeurs=formulaire.saisie(),
                attendue=formulaire.cleaned_data["empreinte"],
            )
        except ValidationError as refus:
            formulaire.reporter(refus)
        else:
            messages.success(request, "Période enregistrée.")
            return redirect("evaluations:pfmp_periode", pk)
    retour = reverse("evaluations:pfmp_periode", args=[pk])
    return page_de_saisie(
        request, formulaire, classe=periode.classe, titre=f"Modifier {periode}", envoyer="Enregistrer", retour=retour
    )


@require_POST
def periode_supprimer(request: Requete, pk: int) -> HttpResponse:
    periode = periode_pfmp_ou_404(request.user, pk, ecrire=True)
    try:
        supprimer_periode(utilisateur=request.user, periode=periode)
    except ValidationError as refus:
        messages.error(request, " ".join(refus.messages))
        return redirect("evaluations:pfmp_periode", pk)
    messages.success(request, f"{periode.code} est supprimée.")
    return redirect("evaluations:pfmp_classe", periode.classe_id)


@require_http_methods(ECRITURE)
def periode(request: Requete, pk: int) -> HttpResponse:
    """Toute la classe dans un tableau ; chaque ligne s'enregistre seule, ou toutes ensemble sans JavaScript."""
    ecrire = request.method == "POST"
    fiche = periode_pfmp_ou_404(request.user, pk, ecrire=ecrire)
    tableau = tableau_de(fiche)
    if not ecrire:
        return _page_du_tableau(request, fiche, tableau)
    resultats = [_enregistrer(request, fiche, lue) for lue in lire_lignes(request.POST, tableau)]
    if request.htmx:
        return render(request, "evaluations/_pfmp_lignes.html", {"resultats": resultats, "periode": fiche})
    refusees = {ligne.pk: ligne for ligne, _, faite in resultats if not faite}
    if not refusees:
        messages.success(request, "Placements enregistrés." if resultats else "Rien n'avait changé.")
        return redirect("evaluations:pfmp_periode", pk)
    frais = tableau_de(fiche)
    frais = replace(frais, lignes=tuple(refusees.get(ligne.pk, ligne) for ligne in frais.lignes))
    return _page_du_tableau(request, fiche, frais, statut=422)


def _enregistrer(request: Requete, periode: PeriodePfmp, lue: LigneLue) -> tuple[LignePlacement, bool, bool]:
    """La ligne à montrer, si sa case « tuteur » s'est vidée, si elle est enregistrée."""
    if lue.saisie is None:
        return lue.montree, lue.tuteur_vide, False
    avant = lue.montree.placement
    ancien, ancien_nom = (avant.tuteur_id, str(avant.tuteur)) if avant else (None, "")
    try:
        placement = enregistrer_placement(utilisateur=request.user, periode=periode, saisie=lue.saisie)
    except (ValidationError, PlacementModifie) as refus:
        return avec_refus(lue.montree, refus), lue.tuteur_vide, False
    message = f"enregistré à {timezone.localtime():%H:%M:%S}"
    if ancien and ancien != placement.tuteur_id and a_repondu_lui_meme(placement):
        alerte = f"{ancien_nom} avait déjà répondu : ses réponses restent dans le bilan, son lien ne s'ouvre plus."
        message = f"{message}. {alerte}"
        if not request.htmx:
            messages.warning(request, f"{placement.inscription.apprenant} : {alerte}")
    return replace(lue.montree, placement=placement, message=message), lue.tuteur_vide, True


def _page_du_tableau(
    request: Requete, periode: PeriodePfmp, tableau: TableauPlacements, statut: int = 200
) -> HttpResponse:
    contexte = {
        "periode": periode,
        "classe": periode.classe,
        "tableau": tableau,
        "peut_organiser": peut_organiser_pfmp(request.user, periode.classe.centre_id),
    }
    return render(request, "evaluations/pfmp_periode.html", contexte, status=statut)


@require_safe
def listes(request: Requete, pk: int) -> HttpResponse:
    periode = periode_pfmp_ou_404(request.user, pk)
    par = "enseignant" if request.GET.get("par") == "enseignant" else "entreprise"
    contexte = {"periode": periode, "classe": periode.classe, "par": par, "groupes": regrouper(periode, par=par)}
    return render(request, "evaluations/pfmp_listes.html", contexte)


@require_http_methods(ECRITURE)
def reglages(request: Requete, pk: int) -> HttpResponse:
    centre = centre_a_regler_ou_404(request.user, pk)
    actuel = reglage_de(centre)
    initiales = {champ: getattr(actuel, champ) for champ in CHAMPS_REGLAGE}
    formulaire = ReglageForm(_envoi(request), initial={**initiales, "empreinte": empreinte(actuel, CHAMPS_REGLAGE)})
    if formulaire.is_bound and formulaire.is_valid():
        try:
            regler_les_pfmp(
                utilisateur=request.user,
                centre=centre,
                valeurs=formulaire.saisie(),
                attendue=formulaire.cleaned_data["empreinte"],
            )
        except ValidationError as refus:
            formulaire.reporter(refus)
        else:
            messages.success(request, "Réglages enregistrés.")
            return redirect("evaluations:pfmp")
    return page_de_saisie(
        request,
        formulaire,
        classe=None,
        titre=f"Réglages des PFMP, {centre}",
        envoyer="Enregistrer",
        retour=reverse("evaluations:pfmp"),
    )


def page_de_saisie(request: Requete, formulaire: FicheForm, **contexte: Any) -> HttpResponse:
    """Une page faite d'un seul formulaire ; refusé, il revient avec ses messages."""
    statut = 422 if formulaire.is_bound else 200
    return render(request, "evaluations/pfmp_formulaire.html", {"formulaire": formulaire, **contexte}, status=statut)


def _envoi(request: HttpRequest) -> Any:
    return request.POST if request.method == "POST" else None
