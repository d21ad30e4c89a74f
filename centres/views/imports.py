"""Importer une liste : envoyer le fichier, choisir ses colonnes, relire l'aperçu, appliquer, garder le rapport."""

from typing import Any

from django.core.exceptions import ValidationError
from django.http import Http404, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.utils.text import slugify
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from centres.forms.imports import ColonnesForm, EnvoiListeForm
from centres.imports.plan import Plan, Verdict
from centres.imports.rapport import en_csv, en_xlsx, lignes_du_plan
from centres.models import Centre, ImportListe
from centres.queries.imports import genres_importables, import_ou_404, imports_en_cours
from centres.services.imports import (
    Choix,
    abandonner_import,
    appliquer_import,
    choisir_colonnes,
    planifier,
    televerser_liste,
)
from centres.views.organisation import ECRITURE, Requete, tenter

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
RAPPORTS = {"xlsx": (en_xlsx, XLSX), "csv": (en_csv, "text/csv; charset=utf-8")}
# Au-delà, l'aperçu renvoie au rapport : une page reste lisible.
MONTREES = 200
EXTRAIT = 5


@never_cache
@require_http_methods(ECRITURE)
def imports(request: Requete) -> HttpResponse:
    genres = genres_importables(request.user)
    if not genres:
        raise Http404("Page introuvable.")
    centres = Centre.objects.filter(pk__in=set().union(*genres.values()))
    envoi = request.method == "POST"
    formulaire = EnvoiListeForm(
        request.POST if envoi else None, request.FILES if envoi else None, genres=genres, centres=centres
    )
    if liste := tenter(formulaire, lambda: _televerser(request, formulaire)):
        return redirect("centres:import_colonnes", liste.pk)
    contexte = {"formulaire": formulaire, "imports": imports_en_cours(request.user)}
    return render(request, "centres/import_liste.html", contexte, status=422 if envoi else 200)


@never_cache
@require_http_methods(ECRITURE)
def import_colonnes(request: Requete, pk: int) -> HttpResponse:
    liste = import_ou_404(request.user, pk)
    if liste.applique_le:
        return redirect("centres:import_apercu", pk)
    envoi = request.method == "POST"
    formulaire = ColonnesForm(request.POST if envoi else None, liste=liste)
    if tenter(
        formulaire,
        lambda: choisir_colonnes(
            auteur=request.user, liste=liste, colonnes=formulaire.colonnes, reglages=formulaire.reglages
        ),
    ):
        return redirect("centres:import_apercu", pk)
    contexte = {"liste": liste, "formulaire": formulaire, **_extrait(liste)}
    return render(request, "centres/import_colonnes.html", contexte, status=422 if envoi else 200)


@never_cache
@require_http_methods(ECRITURE)
def import_apercu(request: Requete, pk: int) -> HttpResponse:
    """L'aperçu, recalculé à chaque lecture ; l'envoi l'applique en entier ou pas du tout."""
    liste = import_ou_404(request.user, pk)
    if liste.applique_le:
        return render(request, "centres/import_bilan.html", {"liste": liste, **_bilan(liste)})
    if not liste.contenu.get("pret"):
        return redirect("centres:import_colonnes", pk)
    if request.method != "POST":
        return _apercu(request, liste, Choix({}))
    choix = _choix(request.POST)
    try:
        appliquer_import(auteur=request.user, liste=liste, empreinte=request.POST.get("empreinte", ""), choix=choix)
    except ValidationError as refus:
        return _apercu(request, liste, choix, refus.messages)
    return redirect("centres:import_apercu", pk)


@never_cache
@require_safe
def import_rapport(request: Requete, pk: int, forme: str) -> HttpResponse:
    """Avant l'application, ce qui changerait ; après, ce qui a été fait."""
    liste = import_ou_404(request.user, pk)
    if not liste.applique_le and not liste.contenu.get("pret"):
        raise Http404("Rapport introuvable.")
    ecrire, genre = RAPPORTS[forme]
    lignes = liste.rapport["lignes"] if liste.rapport else lignes_du_plan(planifier(liste))
    nom = f"import-{slugify(liste.genre)}-{liste.pk}.{forme}"
    entetes = {"Content-Disposition": f'attachment; filename="{nom}"', "X-Content-Type-Options": "nosniff"}
    return HttpResponse(ecrire(lignes), content_type=genre, headers=entetes)


@require_POST
def import_abandonner(request: Requete, pk: int) -> HttpResponse:
    abandonner_import(auteur=request.user, liste=import_ou_404(request.user, pk))
    return redirect("centres:imports")


def _televerser(request: Requete, formulaire: EnvoiListeForm) -> ImportListe:
    saisie = formulaire.cleaned_data
    if formulaire.tableau is None:
        raise ValidationError({"fichier": "Choisissez le fichier à importer."})
    return televerser_liste(
        auteur=request.user,
        centre=saisie["centre"],
        genre=saisie["genre"],
        nom_fichier=saisie["fichier"].name,
        tableau=formulaire.tableau,
    )


def _extrait(liste: ImportListe) -> dict[str, Any]:
    contenu = liste.contenu
    lus = set(liste.colonnes.values())
    return {
        "entetes": contenu["entetes"],
        "extrait": list(zip(contenu["numeros"][:EXTRAIT], contenu["lignes"][:EXTRAIT], strict=True)),
        "nombre": len(contenu["lignes"]),
        "ignorees": [entete for rang, entete in enumerate(contenu["entetes"]) if rang not in lus],
        "interdites": contenu["interdites"],
        "avertissements": contenu["avertissements"],
    }


def _apercu(request: Requete, liste: ImportListe, choix: Choix, refus: list[str] | None = None) -> HttpResponse:
    plan = planifier(liste)
    contexte = {
        "liste": liste,
        "plan": plan,
        "choix": choix,
        "refus": refus,
        "sections": _sections(plan),
        "doublons": [(ligne, choix.doublons.get(ligne.numero, "")) for ligne in plan.de(Verdict.DOUBLON)],
        **_extrait(liste),
    }
    return render(request, "centres/import_apercu.html", contexte, status=422 if refus else 200)


def _sections(plan: Plan) -> list[dict[str, Any]]:
    """Une table par verdict qui ne demande pas de réponse ; les plus urgentes d'abord."""
    titres = {
        Verdict.ERREUR: "Erreurs",
        Verdict.CHANGE: "Changements",
        Verdict.NOUVEAU: "Nouveaux",
        Verdict.INCHANGE: "Inchangés",
    }
    sections = []
    for verdict, titre in titres.items():
        if lignes := plan.de(verdict):
            sections.append(
                {
                    "titre": titre,
                    "verdict": verdict.name.lower(),
                    "lignes": lignes[:MONTREES],
                    "nombre": len(lignes),
                    "tues": max(len(lignes) - MONTREES, 0),
                }
            )
    return sections


def _choix(envoi: QueryDict) -> Choix:
    doublons = {
        int(cle.removeprefix("choix-")): str(envoi[cle])
        for cle in envoi
        if cle.startswith("choix-") and cle.removeprefix("choix-").isdecimal()
    }
    creations = {cle for cle in envoi if cle.startswith("creer-")}
    return Choix(doublons=doublons, creations=creations, ecarter_les_erreurs="ecarter" in envoi)


def _bilan(liste: ImportListe) -> dict[str, Any]:
    rapport = liste.rapport or {"lignes": [], "comptes": {}}
    actives = [ligne for ligne in rapport["lignes"] if ligne["verdict"] != Verdict.INCHANGE.value]
    return {"comptes": rapport["comptes"], "lignes": actives[:MONTREES], "tues": max(len(actives) - MONTREES, 0)}
