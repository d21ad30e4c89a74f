"""L'échelle de compétences d'une cohorte : la lire dans les deux sens, l'écrire, la publier, l'imprimer."""

from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.template.loader import render_to_string
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from centres.models import Classe
from centres.permissions import classe_ou_404
from evaluations.attendus import REGLE
from evaluations.documents.echelles import FORMATS, pdf_echelle
from evaluations.forms.echelles import EchelleForm, Objectifs, formulaires_de
from evaluations.models import Echelle
from evaluations.permissions import (
    classe_preparable_ou_404,
    echelle_a_rediger_ou_404,
    echelle_ou_404,
    peut_rediger_une_echelle,
)
from evaluations.queries.echelles import (
    classe_de_la_cohorte,
    cohorte_de,
    echelles_a_copier,
    echelles_de,
    libelle_cohorte,
    objectifs_de,
    tableau_de,
)
from evaluations.services.echelles import (
    ConflitAttendu,
    SaisieAttendue,
    creer_echelle,
    modifier_niveau,
    modifier_periode,
    nouvelle_version,
    publier_echelle,
    supprimer_brouillon,
)
from evaluations.views.cellules import EnvoiIllisible, lecture, vue_json
from evaluations.views.pfmp import ECRITURE, Requete
from evaluations.views.placements import reponse_pdf
from referentiel.queries import niveaux_de_maitrise


@require_http_methods(ECRITURE)
def classe(request: Requete, pk: int) -> HttpResponse:
    """L'onglet d'une classe : son échelle publiée, sinon le brouillon, sinon de quoi l'ouvrir."""
    if request.method == "POST":
        return _ouvrir(request, classe_preparable_ou_404(request.user, pk))
    lue = classe_ou_404(request.user, pk)
    connues = list(echelles_de(lue.centre, lue.version, cohorte_de(lue)))
    if connues:
        montree = next((une for une in connues if une.est_publiee), connues[0])
        return redirect("evaluations:echelle", montree.pk)
    return _ouverture(request, lue, _formulaire(lue))


def _ouvrir(request: Requete, lue: Classe) -> HttpResponse:
    formulaire = _formulaire(lue, request.POST)
    if formulaire.is_valid():
        try:
            ouverte = creer_echelle(
                utilisateur=request.user,
                centre=lue.centre,
                version=lue.version,
                cohorte=cohorte_de(lue),
                **formulaire.options(),
            )
        except ValidationError as refus:
            formulaire.add_error(None, refus)
        else:
            return redirect("evaluations:echelle", ouverte.pk)
    return _ouverture(request, lue, formulaire)


def _formulaire(lue: Classe, envoi: Any = None) -> EchelleForm:
    cohorte = libelle_cohorte(cohorte_de(lue), lue.version)
    return EchelleForm(
        envoi,
        sources=echelles_a_copier(lue.centre, lue.version),
        initial={"intitule": f"Échelle de la cohorte {cohorte}"},
    )


def _ouverture(request: Requete, lue: Classe, formulaire: EchelleForm) -> HttpResponse:
    contexte = {
        "classe": lue,
        "onglet": "echelle",
        "cohorte": libelle_cohorte(cohorte_de(lue), lue.version),
        "formulaire": formulaire,
        "regle": REGLE,
        "peut_rediger": peut_rediger_une_echelle(request.user, lue.centre),
    }
    return render(request, "evaluations/echelle_classe.html", contexte, status=422 if formulaire.is_bound else 200)


@never_cache
@require_safe
def echelle(request: Requete, pk: int) -> HttpResponse:
    """Horizontalement, la progression d'une compétence ; `?periode=3`, verticalement, les objectifs d'une période."""
    return _page(request, echelle_ou_404(request.user, pk), _rang(request.GET.get("periode", "")))


@require_http_methods(["POST"])
def periode(request: Requete, pk: int, rang: int) -> HttpResponse:
    """Les objectifs d'une période, tous à la fois : marche sans script."""
    lue = echelle_a_rediger_ou_404(request.user, pk)
    tableau = tableau_de(lue)
    if rang not in {une.ordre for une in tableau.periodes}:
        raise Http404("Période introuvable.")
    formulaires = formulaires_de(objectifs_de(tableau, rang), request.POST)
    tous = [un for competence, detaillees in formulaires for un in (competence, *detaillees)]
    if not all(un.is_valid() for un in tous):
        return _page(request, lue, rang, formulaires=formulaires)
    try:
        modifier_periode(utilisateur=request.user, echelle=lue, saisies=[un.saisie() for un in tous])
    except ValidationError as refus:
        # En conflit, on montre ce qui est enregistré ; sinon, ce que la personne a écrit.
        gardes = None if isinstance(refus, ConflitAttendu) else formulaires
        return _page(request, lue, rang, refus=refus, formulaires=gardes)
    messages.success(request, "Les objectifs de la période sont enregistrés.")
    return redirect(f"{reverse('evaluations:echelle', args=[pk])}?periode={rang}")


@vue_json
@require_POST
def case(request: Requete, pk: int) -> HttpResponse:
    """Un niveau posé au clavier ; rend les deux lignes touchées, celle de la cible et celle de sa compétence."""
    lue = echelle_a_rediger_ou_404(request.user, pk)
    with lecture():
        brut = request.POST["niveau"]
        saisie = SaisieAttendue(
            request.POST["cle"],
            int(request.POST["rang"]),
            int(brut) if brut else None,
            int(request.POST["version"]),
        )
    message, statut = "", 200
    try:
        modifier_niveau(utilisateur=request.user, echelle=lue, saisie=saisie)
    except ValidationError as refus:
        message, statut = " ".join(refus.messages), 409 if isinstance(refus, ConflitAttendu) else 422
    return JsonResponse({"message": message, "lignes": _lignes(lue, saisie.cle)}, status=statut)


@require_http_methods(ECRITURE)
def publier(request: Requete, pk: int) -> HttpResponse:
    lue = echelle_a_rediger_ou_404(request.user, pk)
    refus = None
    if request.method == "POST":
        try:
            publier_echelle(utilisateur=request.user, echelle=lue)
            messages.success(request, "L'échelle est publiée : la cohorte s'y compare désormais.")
            return redirect("evaluations:echelle", pk)
        except ValidationError as erreur:
            refus = " ".join(erreur.messages)
    contexte = {"echelle": lue, "tableau": tableau_de(lue), "refus": refus}
    return render(request, "evaluations/echelle_publier.html", contexte, status=422 if refus else 200)


@require_http_methods(ECRITURE)
def supprimer(request: Requete, pk: int) -> HttpResponse:
    lue = echelle_a_rediger_ou_404(request.user, pk)
    refus = None
    if request.method == "POST":
        montree = classe_de_la_cohorte(request.user, lue)
        try:
            supprimer_brouillon(utilisateur=request.user, echelle=lue)
            messages.success(request, "Le brouillon est supprimé.")
            return redirect("evaluations:echelle_classe", montree.pk) if montree else redirect("centres:classes")
        except ValidationError as erreur:
            refus = " ".join(erreur.messages)
    contexte = {"echelle": lue, "refus": refus}
    return render(request, "evaluations/echelle_supprimer.html", contexte, status=422 if refus else 200)


@require_POST
def version(request: Requete, pk: int) -> HttpResponse:
    """Repartir d'une échelle publiée, en brouillon."""
    lue = echelle_a_rediger_ou_404(request.user, pk)
    try:
        neuve = nouvelle_version(utilisateur=request.user, echelle=lue)
    except ValidationError as refus:
        messages.error(request, " ".join(refus.messages))
        return redirect("evaluations:echelle", pk)
    return redirect("evaluations:echelle", neuve.pk)


@never_cache
@require_safe
def imprimer(request: Requete, pk: int, taille: str) -> HttpResponse:
    lue = echelle_ou_404(request.user, pk)
    if taille not in FORMATS:
        raise Http404("Ce format n'existe pas.")
    return reponse_pdf(pdf_echelle(lue, taille), f"echelle-{lue.cohorte}-{taille}.pdf")


def _page(
    request: Requete,
    lue: Echelle,
    rang: int | None,
    *,
    formulaires: Objectifs | None = None,
    refus: ValidationError | None = None,
) -> HttpResponse:
    tableau = tableau_de(lue)
    peut_rediger = peut_rediger_une_echelle(request.user, lue.centre_id)
    peut_ecrire = peut_rediger and not lue.est_publiee
    choisie = next((une for une in tableau.periodes if une.ordre == rang), None)
    objectifs = objectifs_de(tableau, choisie.ordre) if choisie else ()
    contexte = {
        **_cadre(request, lue),
        "tableau": tableau,
        "periode": choisie,
        "objectifs": objectifs,
        "formulaires": (formulaires or formulaires_de(objectifs)) if peut_ecrire and choisie else (),
        "peut_ecrire": peut_ecrire,
        "peut_rediger": peut_rediger,
        "refus": " ".join(refus.messages) if refus else "",
    }
    est_refuse = formulaires is not None or refus is not None
    return render(request, "evaluations/echelle.html", contexte, status=422 if est_refuse else 200)


def _cadre(request: Requete, lue: Echelle) -> dict[str, Any]:
    """Ce que la page dit autour du tableau."""
    return {
        "echelle": lue,
        "classe": classe_de_la_cohorte(request.user, lue),
        "onglet": "echelle",
        "cohorte": libelle_cohorte(lue.cohorte, lue.version_referentiel),
        "versions": list(echelles_de(lue.centre_id, lue.version_referentiel_id, lue.cohorte)),
        "niveaux": niveaux_de_maitrise(lue.version_referentiel_id),
        "detail": request.GET.get("detail", ""),
        "regle": REGLE,
    }


def _rang(texte: str) -> int | None:
    return int(texte) if texte.isdecimal() and len(texte) < 4 else None


def _lignes(lue: Echelle, cle: str) -> dict[str, str]:
    """Les cases à redessiner, par ligne : celle qui change, sa compétence, et les détaillées qui la suivent."""
    tableau = tableau_de(lue)
    niveaux = niveaux_de_maitrise(lue.version_referentiel_id)
    peut_ecrire = not lue.est_publiee
    touchees = next(
        ((c, *c.detaillees) for c in tableau.competences if cle in (c.cle, *(d.cle for d in c.detaillees))), ()
    )
    if not touchees:
        raise EnvoiIllisible
    return {
        ligne.cle: render_to_string(
            "evaluations/_echelle_cases.html", {"ligne": ligne, "niveaux": niveaux, "peut_ecrire": peut_ecrire}
        )
        for ligne in touchees
    }
