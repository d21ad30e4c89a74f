"""Administration : la page d'entrée, et les gestes que toutes ses pages partagent."""

from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_safe

from centres.forms.base import FicheForm, FiltreForm
from centres.models import Utilisateur
from centres.permissions import equipe_ou_404, peut_voir_les_consultations
from centres.queries.organisation import effectifs_de_l_organisation

_T = TypeVar("_T")
PAR_PAGE = 25
ECRITURE = ["GET", "HEAD", "POST"]
# Étapes du fil d'Ariane : (libellé, nom d'URL).
CLASSES = ("Classes", "centres:organisation_classes")
APPRENANTS = ("Apprenants", "centres:organisation_apprenants")
PERSONNELS = ("Personnels", "centres:organisation_personnels")
ENTREPRISES = ("Entreprises", "centres:organisation_entreprises")
CENTRES = ("Centres", "centres:centres")


class Requete(HttpRequest):
    """Toute page demande une connexion : la personne est un compte."""

    user: Utilisateur


@require_safe
def organisation(request: Requete) -> HttpResponse:
    equipe_ou_404(request.user)
    contexte = {
        "effectifs": effectifs_de_l_organisation(request.user),
        "peut_voir_les_consultations": peut_voir_les_consultations(request.user),
    }
    return render(request, "centres/organisation.html", contexte)


def donnees_de(request: HttpRequest) -> QueryDict | None:
    return request.POST if request.method == "POST" else None


def tenter(formulaire: FicheForm, acte: Callable[[], _T]) -> _T | None:
    """Accomplit l'acte si la saisie est bonne ; un refus du service revient sur le formulaire."""
    if not formulaire.is_bound or not formulaire.is_valid():
        return None
    try:
        return acte()
    except ValidationError as refus:
        formulaire.reporter(refus)
        return None


def tenter_sans_saisie(acte: Callable[[], Any]) -> list[str] | None:
    """Les raisons du refus, ou `None` si l'acte est accompli."""
    try:
        acte()
    except ValidationError as refus:
        return list(refus.messages)
    return None


def enregistrer(
    request: HttpRequest,
    formulaire: FicheForm,
    acte: Callable[[], _T],
    suite: Callable[[_T], tuple[str, str]],
    **page: Any,
) -> HttpResponse:
    """Accomplit l'acte et passe à la suite (ce qu'il faut dire, où aller) ; sinon montre le formulaire."""
    fait = tenter(formulaire, acte)
    if fait is None:
        return page_formulaire(request, formulaire, **page)
    message, adresse = suite(fait)
    messages.success(request, message)
    return redirect(adresse)


def confirmer(
    request: HttpRequest, acte: Callable[[], Any], *, fait: str, retour: str, vers: str = "", **page: Any
) -> HttpResponse:
    """Demande, puis accomplit : `fait` se dit après, sur la page `vers` (sinon celle d'où l'on vient)."""
    refus = tenter_sans_saisie(acte) if request.method == "POST" else None
    if request.method == "POST" and refus is None:
        messages.success(request, fait)
        return redirect(vers or retour)
    return page_confirmation(request, retour=retour, refus=refus, **page)


def lue(request: HttpRequest) -> str:
    """L'empreinte de la fiche que la page montrait."""
    return request.POST.get("empreinte", "")


def cles_cochees(request: HttpRequest, nom: str) -> set[int]:
    """Les cases cochées dans une liste, rapportées par la page de confirmation."""
    donnees = request.POST if request.method == "POST" else request.GET
    return {int(cle) for cle in donnees.getlist(nom) if cle.isdecimal() and len(cle) < 10}


def page_liste(
    request: HttpRequest,
    gabarit: str,
    formulaire: FiltreForm,
    objets: QuerySet[Any],
    lignes: Callable[[Any], Any] | None = None,
    *,
    rubrique: tuple[str, str],
    rien: str,
    **contexte: Any,
) -> HttpResponse:
    """Une liste filtrée et paginée ; `lignes` prépare ce que la page montre, `rien` se dit si tout est filtré."""
    page = Paginator(objets, PAR_PAGE).get_page(request.GET.get("page"))
    contexte = {
        "liste": rubrique,
        "rien": rien,
        "formulaire": formulaire,
        "page": page,
        "lignes": lignes(page.object_list) if lignes else page.object_list,
        "filtres": filtres_gardes(request),
        **contexte,
    }
    return render(request, gabarit, contexte)


def page_formulaire(
    request: HttpRequest,
    formulaire: FicheForm,
    *,
    titre: str,
    envoyer: str,
    rubrique: tuple[str, str],
    retour: str = "",
    **contexte: Any,
) -> HttpResponse:
    """`contexte` : « rappel » (ce qu'on n'écrit pas), « concernes » (ce qui va changer) et ce qu'ils sont."""
    contexte = {
        "titre": titre,
        "formulaire": formulaire,
        "envoyer": envoyer,
        "rubrique": (rubrique[0], reverse(rubrique[1])),
        "retour": retour or reverse(rubrique[1]),
        **contexte,
    }
    statut = 422 if formulaire.is_bound else 200
    return render(request, "centres/organisation_formulaire.html", contexte, status=statut)


def page_confirmation(
    request: HttpRequest,
    *,
    titre: str,
    question: str,
    envoyer: str,
    rubrique: tuple[str, str],
    retour: str,
    concernes: Sequence[str] = (),
    caches: Sequence[tuple[str, str]] = (),
    refus: Sequence[str] | None = None,
    danger: bool = True,
) -> HttpResponse:
    contexte = {
        "titre": titre,
        "question": question,
        "envoyer": envoyer,
        "rubrique": (rubrique[0], reverse(rubrique[1])),
        "retour": retour,
        "concernes": concernes,
        "caches": caches,
        "refus": refus,
        "danger": danger,
    }
    return render(request, "centres/organisation_confirmation.html", contexte, status=422 if refus else 200)


def filtres_gardes(request: HttpRequest) -> str:
    """Les filtres en cours, à garder d'une page à l'autre."""
    gardes = request.GET.copy()
    gardes.pop("page", None)
    return f"&{gardes.urlencode()}" if gardes else ""
