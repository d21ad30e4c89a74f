"""Administration : la page d'entrée, et les gestes que toutes ses pages partagent."""

from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from django.core.exceptions import ValidationError
from django.core.paginator import Page, Paginator
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe

from centres.forms.base import FicheForm
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
    """`contexte` : « rappel » (ce qu'on n'écrit pas), « concernes » (ce qui va changer)."""
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


def paginer(request: HttpRequest, objets: QuerySet[Any]) -> Page[Any]:
    return Paginator(objets, PAR_PAGE).get_page(request.GET.get("page"))


def filtres_gardes(request: HttpRequest) -> str:
    """Les filtres en cours, à garder d'une page à l'autre."""
    gardes = request.GET.copy()
    gardes.pop("page", None)
    return f"&{gardes.urlencode()}" if gardes else ""
