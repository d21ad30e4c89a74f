"""Le classeur d'une grille : le télécharger, l'envoyer rempli, relire les différences, les appliquer ; l'imprimer."""

from typing import cast

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.text import slugify
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from centres.models import Utilisateur
from evaluations.documents.grille import pdf_grille_vierge
from evaluations.exports import exporter_grille
from evaluations.imports import lire_grille
from evaluations.models import Situation
from evaluations.queries.differences import ApercuPerime, Lecture, desceller, planifier, sceller, sections_de
from evaluations.queries.grille import grille_de, grille_ouverte_ou_404
from evaluations.services.classeur import DifferencesPerimees, appliquer_differences
from evaluations.services.positionnements import Saisie, SituationVerrouillee
from trpm.socle.classeur import ClasseurRefuse, verifier_taille

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
# En deçà de DATA_UPLOAD_MAX_NUMBER_FIELDS : l'aperçu a une case à cocher par différence.
DIFFERENCES_MAX = 3_900


@never_cache
@require_safe
def classeur(request: HttpRequest, pk: int) -> HttpResponse:
    situation = grille_ouverte_ou_404(request.user, pk).situation
    return _fichier(exporter_grille(situation, grille_de(situation)), XLSX, _nom(situation, "xlsx"), joint=True)


@never_cache
@require_safe
def grille_vierge(request: HttpRequest, pk: int) -> HttpResponse:
    """La grille à imprimer, vide ; `?rempli=1` y porte ce qui est déjà enregistré."""
    situation = grille_ouverte_ou_404(request.user, pk).situation
    contenu = pdf_grille_vierge(situation, est_remplie=request.GET.get("rempli") == "1")
    return _fichier(contenu, "application/pdf", _nom(situation, "pdf"), joint=False)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def classeur_televerser(request: HttpRequest, pk: int) -> HttpResponse:
    """L'envoi répond par l'aperçu des différences ; rien n'est écrit avant qu'il soit appliqué."""
    situation = _situation_a_noter_ou_404(request, pk)
    if request.method != "POST":
        return _envoi(request, situation)
    fichier = request.FILES.get("fichier")
    if situation.est_verrouillee:
        return _envoi(request, situation, str(SituationVerrouillee()))
    if fichier is None:
        return _envoi(request, situation, "Choisissez le classeur à envoyer.")
    try:
        verifier_taille(fichier.size or 0)
        lecture = lire_grille(fichier.read(), fichier.name or "", situation)
    except ClasseurRefuse as refus:
        return _envoi(request, situation, str(refus))
    if len(lecture.cases) > DIFFERENCES_MAX:
        return _envoi(request, situation, f"Plus de {DIFFERENCES_MAX} différences : envoyez le classeur en deux fois.")
    return _apercu(request, situation, lecture)


@never_cache
@require_POST
def classeur_appliquer(request: HttpRequest, pk: int) -> HttpResponse:
    """Applique les cases cochées, toutes ou aucune ; ce qui a changé depuis l'aperçu le fait revenir."""
    situation = _situation_a_noter_ou_404(request, pk)
    utilisateur = cast(Utilisateur, request.user)
    choix = frozenset(request.POST.getlist("case"))
    try:
        lecture = desceller(request.POST.get("apercu", ""), situation, utilisateur.pk)
        saisies = _saisies(lecture, choix)
        if not saisies:
            return _apercu(request, situation, lecture, choix, "Cochez au moins une case à enregistrer.")
        nombre = appliquer_differences(utilisateur=utilisateur, situation_id=pk, saisies=saisies)
    except DifferencesPerimees as refus:
        return _apercu(request, situation, lecture, choix, str(refus))
    except ValidationError as refus:
        return _envoi(request, situation, " ".join(refus.messages))
    except (ApercuPerime, SituationVerrouillee) as refus:
        return _envoi(request, situation, str(refus))
    messages.success(request, _bilan(nombre))
    return redirect("evaluations:grille", pk)


def _saisies(lecture: Lecture, choix: frozenset[str]) -> list[Saisie]:
    return [
        Saisie(
            inscription_id=case.inscription, detaillee_id=case.detaillee, valeur=case.valeur, version=case.version_vue
        )
        for case in lecture.cases
        if case.cle in choix
    ]


def _bilan(nombre: int) -> str:
    if nombre == 0:
        return "Tout était déjà enregistré."
    return (
        "1 case enregistrée depuis le classeur." if nombre == 1 else f"{nombre} cases enregistrées depuis le classeur."
    )


def _envoi(request: HttpRequest, situation: Situation, erreur: str = "") -> HttpResponse:
    contexte = {"situation": situation, "classe": situation.classe, "erreur": erreur}
    return render(request, "evaluations/classeur_televerser.html", contexte, status=422 if erreur else 200)


def _apercu(
    request: HttpRequest, situation: Situation, lecture: Lecture, choix: frozenset[str] | None = None, erreur: str = ""
) -> HttpResponse:
    grille = grille_de(situation)
    plan = planifier(situation, grille, lecture, choix)
    contexte = {
        "situation": situation,
        "classe": situation.classe,
        "plan": plan,
        "libelles_niveaux": grille.niveaux,
        "sections": sections_de(plan),
        "scelle": sceller(plan, situation, cast(int, request.user.pk)),
        "erreur": erreur,
    }
    return render(request, "evaluations/classeur_apercu.html", contexte)


def _situation_a_noter_ou_404(request: HttpRequest, pk: int) -> Situation:
    """Qui ne note pas dans ce centre n'a pas cette page ; une situation verrouillée, elle, se dit."""
    ouverte = grille_ouverte_ou_404(request.user, pk)
    if not ouverte.est_notateur:
        raise Http404("Situation introuvable.")
    return ouverte.situation


def _nom(situation: Situation, extension: str) -> str:
    return f"grille-{slugify(situation.code)}-{slugify(situation.classe.nom)}.{extension}"


def _fichier(contenu: bytes, genre: str, nom: str, *, joint: bool) -> HttpResponse:
    disposition = "attachment" if joint else "inline"
    entetes = {"Content-Disposition": f'{disposition}; filename="{nom}"', "X-Content-Type-Options": "nosniff"}
    return HttpResponse(contenu, content_type=genre, headers=entetes)
