"""Pages des situations : liste d'une classe, fiche, saisie, reprise, verrou, bibliothèque."""

from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from centres.forms.base import reporter
from centres.models import Classe, Utilisateur
from centres.permissions import classe_ou_404, peut_lire_le_journal, peut_preparer
from evaluations.forms.filtres import RechercheForm
from evaluations.forms.situations import (
    DeverrouillageForm,
    Inventaire,
    InventaireFormSet,
    RepriseForm,
    SituationForm,
    initiales_de,
)
from evaluations.models import Situation
from evaluations.permissions import (
    bibliotheque_ouverte_ou_404,
    classe_preparable_ou_404,
    classes_preparables,
    peut_modifier_situation,
    peut_reprendre,
    peut_verrouiller_situation,
    situation_a_reprendre_ou_404,
    situation_modifiable_ou_404,
    situation_ou_404,
    situation_verrouillable_ou_404,
)
from evaluations.queries.contenu import cadre_de_saisie, contenu_de
from evaluations.queries.historique import historique_de
from evaluations.queries.situations import (
    avancement_de,
    bibliotheque,
    code_suivant,
    codes_positionnes,
    filtres_de_bibliotheque,
    situations_de_classe,
)
from evaluations.services.donnees import DonneesSituation
from evaluations.services.situations import (
    alertes_de_saisie,
    alertes_situation,
    creer_situation,
    deverrouiller_situation,
    dupliquer_pour_classes,
    modifier_situation,
    obstacle_a_la_suppression,
    supprimer_situation,
    verrouiller_situation,
)

PAR_PAGE = 20


class Requete(HttpRequest):
    """Toute page demande une connexion : la personne est un compte."""

    user: Utilisateur


@require_safe
def situations(request: Requete, pk: int) -> HttpResponse:
    classe = classe_ou_404(request.user, pk)
    par = "epreuve" if request.GET.get("par") == "epreuve" else "periode"
    contexte = {
        "classe": classe,
        "onglet": "situations",
        "par": par,
        "groupes": situations_de_classe(classe, par=par),
        "peut_creer": peut_preparer(request.user, classe),
    }
    return render(request, "evaluations/situation_liste.html", contexte)


@require_safe
def situation(request: Requete, pk: int) -> HttpResponse:
    fiche = situation_ou_404(request.user, pk)
    contexte = {
        "situation": fiche,
        "classe": fiche.classe,
        "contenu": contenu_de(fiche),
        "avancement": avancement_de(fiche),
        "alertes": alertes_situation(fiche),
        "historique": historique_de(fiche),
        "peut_modifier": peut_modifier_situation(request.user, fiche),
        "peut_reprendre": peut_reprendre(request.user),
        "peut_verrouiller": peut_verrouiller_situation(request.user, fiche),
        "peut_lire_le_journal": peut_lire_le_journal(request.user, fiche.classe.centre_id),
    }
    return render(request, "evaluations/situation_detail.html", contexte)


@require_http_methods(["GET", "HEAD", "POST"])
def situation_creer(request: Requete, pk: int) -> HttpResponse:
    classe = classe_preparable_ou_404(request.user, pk)
    initiales = {"code": code_suivant(classe), "nature": "formative", "lieu": "centre"}
    return _saisie(request, classe, None, initiales)


@require_http_methods(["GET", "HEAD", "POST"])
def situation_modifier(request: Requete, pk: int) -> HttpResponse:
    existante = situation_modifiable_ou_404(request.user, pk)
    return _saisie(request, existante.classe, existante, initiales_de(existante))


def _saisie(request: Requete, classe: Classe, existante: Situation | None, initiales: dict[str, Any]) -> HttpResponse:
    """Créer et modifier montrent le même formulaire, suivi de son inventaire."""
    cadre = cadre_de_saisie(classe)
    envoi = request.POST if request.method == "POST" else None
    formulaire = SituationForm(envoi, classe=classe, cadre=cadre, situation=existante, initial=initiales)
    inventaire = InventaireFormSet(envoi, initial=initiales.get("ressources", []), prefix="ressources")
    alertes: list[str] = []
    if envoi is not None and inventaire.is_valid() and formulaire.is_valid():
        alertes = _alertes_a_lire(classe, existante, formulaire.donnees(), envoi.get("alertes_lues", ""))
    if envoi is not None and inventaire.is_valid() and formulaire.is_valid() and not alertes:
        enregistree = _enregistrer(request, classe, existante, formulaire, inventaire)
        if enregistree is not None:
            return redirect("evaluations:situation", enregistree.pk)
    contexte = {
        "classe": classe,
        "situation": existante,
        "cadre": cadre,
        "formulaire": formulaire,
        "inventaire": inventaire,
        "positionnees": codes_positionnes(existante) if existante else frozenset(),
        "empreinte": initiales.get("empreinte", ""),
        "alertes": alertes,
    }
    return render(request, "evaluations/situation_formulaire.html", contexte, status=422 if envoi is not None else 200)


def _alertes_a_lire(classe: Classe, existante: Situation | None, donnees: DonneesSituation, lues: str) -> list[str]:
    """Les alertes que cet envoi ferait naître et que la personne n'a pas encore eues sous les yeux."""
    connues = alertes_situation(existante) if existante else []
    alertes = [alerte for alerte in alertes_de_saisie(classe, donnees) if alerte not in connues]
    return [] if " ".join(alertes) == lues else alertes


def _enregistrer(
    request: Requete, classe: Classe, existante: Situation | None, formulaire: SituationForm, inventaire: Inventaire
) -> Situation | None:
    donnees = formulaire.donnees(inventaire.ressources())
    try:
        if existante is None:
            enregistree = creer_situation(utilisateur=request.user, classe=classe, donnees=donnees)
        else:
            enregistree = modifier_situation(
                utilisateur=request.user,
                situation=existante,
                donnees=donnees,
                lue=request.POST.get("empreinte", ""),
            )
    except ValidationError as refus:
        # Un autre envoi est passé entre la vérification et l'écriture.
        formulaire.add_error(None, refus.messages)
        return None
    messages.success(request, f"Situation {enregistree.code} enregistrée.")
    return enregistree


@require_http_methods(["GET", "HEAD", "POST"])
def situation_reprendre(request: Requete, pk: int) -> HttpResponse:
    source = situation_a_reprendre_ou_404(request.user, pk)
    formulaire = RepriseForm(
        request.POST if request.method == "POST" else None,
        classes=classes_preparables(request.user),
        initial={"titre": source.titre, "classes": request.GET.getlist("classe")},
    )
    if request.method == "POST" and formulaire.is_valid():
        try:
            reprises = dupliquer_pour_classes(utilisateur=request.user, situation=source, **formulaire.cleaned_data)
        except ValidationError as refus:
            reporter(formulaire, refus)
        else:
            for reprise in reprises:
                messages.success(request, f"{reprise.classe} : situation reprise sous le code {reprise.code}.")
            return redirect("evaluations:situation", reprises[0].pk)
    contexte = {"situation": source, "classe": source.classe, "formulaire": formulaire, "contenu": contenu_de(source)}
    statut = 422 if request.method == "POST" else 200
    return render(request, "evaluations/situation_reprendre.html", contexte, status=statut)


@require_http_methods(["GET", "HEAD", "POST"])
def situation_supprimer(request: Requete, pk: int) -> HttpResponse:
    """Demander d'abord ; une grille entamée explique ce qu'on peut faire à la place."""
    cible = situation_modifiable_ou_404(request.user, pk)
    obstacle = obstacle_a_la_suppression(cible)
    if request.method == "POST":
        try:
            supprimer_situation(utilisateur=request.user, situation=cible)
        except ValidationError as refus:
            obstacle = " ".join(refus.messages)
        else:
            messages.success(request, f"Situation {cible.code} supprimée.")
            return redirect("evaluations:situations", cible.classe_id)
    contexte = {"situation": cible, "classe": cible.classe, "obstacle": obstacle}
    statut = 422 if request.method == "POST" else 200
    return render(request, "evaluations/situation_supprimer.html", contexte, status=statut)


@require_http_methods(["GET", "HEAD", "POST"])
def situation_verrou(request: Requete, pk: int) -> HttpResponse:
    """Verrouiller d'un geste confirmé ; déverrouiller avec une raison."""
    cible = situation_verrouillable_ou_404(request.user, pk)
    formulaire = DeverrouillageForm(request.POST if request.method == "POST" else None)
    if request.method == "POST":
        try:
            if not cible.est_verrouillee:
                verrouiller_situation(utilisateur=request.user, situation=cible)
                messages.success(request, "Situation verrouillée : plus rien n'y change.")
                return redirect("evaluations:situation", cible.pk)
            if formulaire.is_valid():
                motif = formulaire.cleaned_data["motif"]
                deverrouiller_situation(utilisateur=request.user, situation=cible, motif=motif)
                messages.success(request, "Situation déverrouillée.")
                return redirect("evaluations:situation", cible.pk)
        except ValidationError as refus:
            reporter(formulaire, refus)
    contexte = {
        "situation": cible,
        "classe": cible.classe,
        "formulaire": formulaire,
        "avancement": avancement_de(cible),
    }
    statut = 422 if request.method == "POST" else 200
    return render(request, "evaluations/situation_verrou.html", contexte, status=statut)


@require_safe
def situations_bibliotheque(request: Requete) -> HttpResponse:
    bibliotheque_ouverte_ou_404(request.user)
    epreuves, competences = filtres_de_bibliotheque(request.user)
    formulaire = RechercheForm(request.GET, epreuves=epreuves, competences=competences)
    recherche = formulaire.recherche()
    page = Paginator(bibliotheque(request.user, recherche), PAR_PAGE).get_page(request.GET.get("page"))
    contexte = {
        "formulaire": formulaire,
        "recherche": recherche,
        "page": page,
        "filtres": _filtres(request.GET),
        "peut_reprendre": peut_reprendre(request.user),
    }
    return render(request, "evaluations/situation_bibliotheque.html", contexte)


def _filtres(parametres: QueryDict) -> str:
    """Les filtres en cours, à garder d'une page à l'autre."""
    gardes = parametres.copy()
    gardes.pop("page", None)
    return f"&{gardes.urlencode()}" if gardes else ""
