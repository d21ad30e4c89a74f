"""Les pages de la grille : toute la classe, ou un apprenant à la fois."""

from typing import Any, cast
from uuid import UUID

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from centres.models import Utilisateur
from evaluations.enums import Etat
from evaluations.models import Situation
from evaluations.queries.grille import (
    Grille,
    GrilleOuverte,
    Ligne,
    grille_de,
    grille_ouverte_ou_404,
    observation_de,
)
from evaluations.services.positionnements import (
    ConflitDeVersion,
    SituationVerrouillee,
    enregistrer_cellule,
    enregistrer_observation,
)


@never_cache
@require_safe
def grille(request: HttpRequest, pk: int) -> HttpResponse:
    ouverte = grille_ouverte_ou_404(request.user, pk)
    contenu = grille_de(ouverte.situation)
    contexte = {
        "situation": ouverte.situation,
        "classe": ouverte.situation.classe,
        "peut_noter": ouverte.peut_noter,
        "grille": contenu,
        "libelles_niveaux": contenu.niveaux,
        "donnees": donnees_de_la_page(request, ouverte, contenu),
    }
    return render(request, "evaluations/grille.html", contexte)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def grille_apprenant(request: HttpRequest, pk: int, inscription: int) -> HttpResponse:
    """Un apprenant, toutes ses compétences ; fonctionne sans JavaScript, un formulaire par compétence."""
    ouverte = grille_ouverte_ou_404(request.user, pk)
    situation = ouverte.situation
    if request.method == "POST":
        return _enregistrer_formulaire(request, situation, inscription)
    contenu = grille_de(situation, inscription=inscription)
    position = next((rang for rang, ligne in enumerate(contenu.lignes) if ligne.inscription == inscription), None)
    if position is None:
        raise Http404("Apprenant introuvable.")
    texte, version = observation_de(situation, inscription)
    ligne = contenu.lignes[position]
    contexte = {
        "situation": situation,
        "classe": situation.classe,
        "peut_noter": ouverte.peut_noter,
        "grille": contenu,
        "libelles_niveaux": contenu.niveaux,
        "ligne": ligne,
        "rang": position + 1,
        "precedent": contenu.lignes[position - 1] if position else None,
        "suivant": contenu.lignes[position + 1] if position + 1 < len(contenu.lignes) else None,
        "groupes": _groupes_de(contenu, ligne),
        "etats": Etat.choices,
        "observation": {"texte": texte, "version": version},
        "donnees": donnees_de_la_page(request, ouverte, contenu, ligne),
    }
    return render(request, "evaluations/grille_apprenant.html", contexte)


def donnees_de_la_page(
    request: HttpRequest, ouverte: GrilleOuverte, contenu: Grille, seule: Ligne | None = None
) -> dict[str, Any]:
    """Ce que les modules lisent : une seule fois les libellés, et les versions par ligne, jamais par case."""
    pk = ouverte.situation.pk
    routes = ("cellules", "observation", "changements", "complements", "historique")
    return {
        "situation": pk,
        "utilisateur": request.user.pk,
        "peutNoter": ouverte.peut_noter,
        "rang": ouverte.rang,
        "urls": {nom: reverse(f"evaluations:{'cellule' if nom == 'cellules' else nom}", args=[pk]) for nom in routes}
        | {"session": reverse("evaluations:session"), "connexion": reverse("connexion")},
        "niveaux": contenu.niveaux,
        "competences": [[groupe.code, groupe.intitule] for groupe in contenu.groupes],
        "colonnes": [
            [colonne.code, rang, [[libelle.pk, libelle.option, libelle.intitule] for libelle in colonne.libelles]]
            for rang, groupe in enumerate(contenu.groupes)
            for colonne in groupe.colonnes
        ],
        "lignes": [
            [ligne.inscription, ligne.option, [cellule.version if cellule else -1 for cellule in ligne.cellules]]
            for ligne in ([seule] if seule else contenu.lignes)
        ],
    }


def _groupes_de(contenu: Grille, ligne: Ligne) -> list[dict[str, Any]]:
    """Les compétences de l'apprenant, avec le libellé de son option ; ce qui ne le concerne pas disparaît."""
    cellules = iter(ligne.cellules)
    groupes = []
    for groupe in contenu.groupes:
        paires = [(colonne, next(cellules)) for colonne in groupe.colonnes]
        details = [
            {"code": colonne.code, "libelle": colonne.pour(ligne.option), "cellule": cellule}
            for colonne, cellule in paires
            if cellule is not None
        ]
        if details:
            groupes.append({"code": groupe.code, "intitule": groupe.intitule, "details": details})
    return groupes


def _enregistrer_formulaire(request: HttpRequest, situation: Situation, inscription: int) -> HttpResponse:
    """L'envoi d'un formulaire sans JavaScript : une cellule, ou l'observation sur l'apprenant."""
    ancre = request.POST.get("detaillee", "")
    try:
        _enregistrer(cast(Utilisateur, request.user), situation.pk, inscription, request.POST.dict())
    except (SituationVerrouillee, ConflitDeVersion) as refus:
        messages.error(request, f"{refus} Rien n'a été enregistré : vérifiez la valeur affichée.")
    except ValidationError as refus:
        messages.error(request, " ".join(refus.messages))
    except (KeyError, ValueError):
        messages.error(request, "Envoi illisible : rien n'a été enregistré.")
    adresse = reverse("evaluations:grille_apprenant", args=[situation.pk, inscription])
    return redirect(f"{adresse}#d{ancre}" if ancre.isdigit() else adresse)


def _enregistrer(utilisateur: Utilisateur, situation_id: int, inscription_id: int, champs: dict[str, Any]) -> None:
    operation = UUID(champs["operation"]) if champs.get("operation") else None
    commun: dict[str, Any] = {"utilisateur": utilisateur, "situation_id": situation_id}
    commun["inscription_id"] = inscription_id
    if "texte" in champs:
        version = int(champs["version"])
        enregistrer_observation(**commun, texte=champs["texte"], version=version, operation=operation)
        return
    enregistrer_cellule(
        **commun,
        detaillee_id=int(champs["detaillee"]),
        valeur=champs["valeur"],
        version=int(champs["version"]),
        observation=champs.get("observation"),
        operation=operation,
    )
