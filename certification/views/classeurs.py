"""Les grilles officielles : les déposer, placer les valeurs, les publier."""

import json
from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from certification.forms.classeurs import CorrespondanceForm, DepotForm, ReprendreForm
from certification.models import ClasseurOfficiel
from certification.permissions import (
    classeur_a_deposer_ou_404,
    classeur_a_placer_ou_404,
    classeur_officiel_ou_404,
    classeurs_officiels,
    grilles_a_lire_ou_404,
    peut_placer_les_valeurs,
)
from certification.queries.classeurs import codes_a_placer, exemple, feuilles_montrees
from certification.services.classeurs import (
    abandonner_classeur,
    deposer_classeur,
    empreinte_de,
    lire,
    modele_de,
    placer_valeurs,
    publier_classeur,
)
from certification.views.reponses import JSON, XLSX, Requete, reponse_fichier
from referentiel.models import SessionExamen, VersionReferentiel
from trpm.socle.classeur_modele import Modele
from trpm.socle.classeur_rempli import remplir

ECRITURE = ["GET", "HEAD", "POST"]


@require_safe
def liste(request: Requete) -> HttpResponse:
    grilles_a_lire_ou_404(request.user)
    contexte = {"classeurs": classeurs_officiels(), "peut_placer": peut_placer_les_valeurs(request.user)}
    return render(request, "certification/officiels.html", contexte)


@require_http_methods(ECRITURE)
def deposer(request: Requete) -> HttpResponse:
    classeur_a_deposer_ou_404(request.user)
    envoi = request.method == "POST"
    formulaire = DepotForm(
        request.POST if envoi else None,
        request.FILES if envoi else None,
        versions=VersionReferentiel.objects.prefetch_related("epreuves", "options").order_by(
            "diplome__code", "-numero"
        ),
        sessions=SessionExamen.objects.order_by("-annee"),
    )
    if formulaire.is_valid():
        try:
            classeur = deposer_classeur(utilisateur=request.user, **formulaire.saisie())
        except ValidationError as refus:
            formulaire.reporter(refus)
        else:
            messages.success(request, "Classeur déposé. Dites maintenant où s'écrit chaque valeur.")
            return redirect("certification:officiel", classeur.pk)
    return render(
        request, "certification/officiel_deposer.html", {"formulaire": formulaire}, status=422 if envoi else 200
    )


@never_cache
@require_http_methods(ECRITURE)
def detail(request: Requete, pk: int) -> HttpResponse:
    """Les feuilles de la grille et ce qui s'y écrira ; tant qu'elle n'est pas publiée, on y place les valeurs."""
    if request.method == "POST":
        return _placer(request, classeur_a_placer_ou_404(request.user, pk))
    classeur = classeur_officiel_ou_404(request.user, pk)
    modele = modele_de(classeur)
    return _page(request, classeur, modele, _formulaire(classeur, modele, None), ReprendreForm())


@require_POST
def importer(request: Requete, pk: int) -> HttpResponse:
    """Reprendre une correspondance exportée : elle remplace celle du brouillon."""
    classeur = classeur_a_placer_ou_404(request.user, pk)
    reprise = ReprendreForm(request.POST, request.FILES)
    if reprise.is_valid():
        try:
            placer_valeurs(utilisateur=request.user, classeur=classeur, valeur=reprise.cleaned_data["correspondance"])
        except ValidationError as refus:
            reprise.add_error("correspondance", refus.messages)
        else:
            messages.success(request, "Correspondance reprise.")
            return redirect("certification:officiel", pk)
    modele = modele_de(classeur)
    return _page(request, classeur, modele, _formulaire(classeur, modele, None), reprise)


@require_http_methods(ECRITURE)
def publier(request: Requete, pk: int) -> HttpResponse:
    classeur = classeur_a_placer_ou_404(request.user, pk)
    refus: list[str] = []
    if request.method == "POST":
        try:
            publier_classeur(utilisateur=request.user, classeur=classeur)
        except ValidationError as erreur:
            refus = erreur.messages
        else:
            messages.success(request, "Grille officielle publiée : les équipes peuvent la remplir.")
            return redirect("certification:officiel", pk)
    contexte = {"classeur": classeur, "lue": lire(classeur, classeur.correspondance), "refus": refus}
    return render(request, "certification/officiel_publier.html", contexte, status=422 if refus else 200)


@require_http_methods(ECRITURE)
def abandonner(request: Requete, pk: int) -> HttpResponse:
    classeur = classeur_a_placer_ou_404(request.user, pk)
    if request.method == "POST":
        abandonner_classeur(utilisateur=request.user, classeur=classeur)
        messages.success(request, "Grille officielle abandonnée.")
        return redirect("certification:officiels")
    return render(request, "certification/officiel_abandonner.html", {"classeur": classeur})


@require_safe
def correspondance(request: Requete, pk: int) -> HttpResponse:
    classeur = classeur_officiel_ou_404(request.user, pk)
    texte = json.dumps(lire(classeur, classeur.correspondance).en_json(), ensure_ascii=False, indent=2)
    return reponse_fichier(texte.encode(), JSON, f"correspondance {classeur}.json")


@require_safe
def original(request: Requete, pk: int) -> HttpResponse:
    classeur = classeur_officiel_ou_404(request.user, pk)
    return reponse_fichier(modele_de(classeur).contenu, XLSX, f"{classeur}.xlsx")


@require_safe
def essai(request: Requete, pk: int) -> HttpResponse:
    """La grille remplie pour un candidat inventé : de quoi relire avant de publier."""
    classeur = classeur_officiel_ou_404(request.user, pk)
    codes = codes_a_placer(classeur.option, classeur.epreuve)
    valeurs = lire(classeur, classeur.correspondance).remplir(*exemple(classeur.option, classeur.epreuve, codes))
    return reponse_fichier(remplir(modele_de(classeur), valeurs), XLSX, f"essai {classeur}.xlsx")


def _placer(request: Requete, classeur: ClasseurOfficiel) -> HttpResponse:
    modele = modele_de(classeur)
    formulaire = _formulaire(classeur, modele, request.POST)
    if formulaire.is_valid():
        try:
            placer_valeurs(
                utilisateur=request.user,
                classeur=classeur,
                valeur=formulaire.valeur(),
                empreinte=formulaire.cleaned_data["empreinte"],
            )
        except ValidationError as refus:
            formulaire.reporter(refus)
        else:
            messages.success(request, "Cases enregistrées.")
            return redirect("certification:officiel", classeur.pk)
    return _page(request, classeur, modele, formulaire, ReprendreForm())


def _formulaire(classeur: ClasseurOfficiel, modele: Modele, donnees: Any) -> CorrespondanceForm:
    return CorrespondanceForm(
        donnees,
        initial={"empreinte": empreinte_de(classeur)},
        codes=codes_a_placer(classeur.option, classeur.epreuve),
        feuille=next(iter(modele.chemins)),
        lue=lire(classeur, classeur.correspondance),
    )


def _page(
    request: Requete, classeur: ClasseurOfficiel, modele: Modele, formulaire: CorrespondanceForm, reprise: ReprendreForm
) -> HttpResponse:
    lue = lire(classeur, classeur.correspondance)
    contexte = {
        "classeur": classeur,
        "lue": lue,
        "feuilles": feuilles_montrees(modele, lue),
        "formulaire": formulaire,
        "reprise": reprise,
        "peut_placer": peut_placer_les_valeurs(request.user) and classeur.publie_le is None,
        "peut_deposer": peut_placer_les_valeurs(request.user),
    }
    refuse = request.method == "POST"
    return render(request, "certification/officiel.html", contexte, status=422 if refuse else 200)
