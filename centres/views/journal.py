"""Pages d'histoire : ce que le journal dit d'un objet, filtré, paginé, exporté ; et qui a consulté des notes."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.text import slugify
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from centres.forms.journal import FiltreJournalForm
from centres.models import Centre, Consultation, Evenement, Utilisateur
from centres.permissions import (
    GERER_L_EQUIPE,
    apprenant_au_journal_ou_404,
    centres_des_consultations_ou_404,
    classe_au_journal_ou_404,
    classes_au_journal,
    personne_au_journal_ou_404,
    roles_de,
)
from centres.queries.consultations import ENTETES as ENTETES_CONSULTATIONS
from centres.queries.consultations import raconter_consultations
from centres.queries.journal import (
    CENTRES,
    ENTETES,
    Vocabulaire,
    evenements_de_l_apprenant,
    evenements_de_la_personne,
    raconter,
)
from trpm.socle.tableau import CSV, XLSX, en_csv, en_xlsx

PAR_PAGE = 50


@dataclass(frozen=True)
class Cadre:
    """Ce que la page dit de l'objet dont elle raconte l'histoire."""

    titre: str
    retour: str = ""
    # (libellé, adresse) des autres pages d'histoire du même objet.
    voisines: tuple[tuple[str, str], ...] = ()


@never_cache
@require_safe
def journal_classe(request: HttpRequest, pk: int) -> HttpResponse:
    classe = classe_au_journal_ou_404(request.user, pk)
    evenements = Evenement.objects.filter(chaine=f"classe:{classe.pk}")
    return page_de_journal(request, evenements, Cadre(str(classe), reverse("centres:classe", args=[classe.pk])))


@never_cache
@require_safe
def journal_apprenant(request: HttpRequest, pk: int) -> HttpResponse:
    apprenant = apprenant_au_journal_ou_404(request.user, pk)
    evenements = evenements_de_l_apprenant(apprenant, classes_au_journal(request.user))
    return page_de_journal(request, evenements, Cadre(str(apprenant)))


@never_cache
@require_safe
def journal_personne(request: HttpRequest, pk: int) -> HttpResponse:
    """Les rôles et l'accès : l'administrateur voit tout, le chef ce qui touche ses centres."""
    personne = personne_au_journal_ou_404(request.user, pk)
    diriges = Centre.objects.ou_agit(request.user, GERER_L_EQUIPE)
    centres = None if roles_de(request.user).est_administrateur else diriges
    return page_de_journal(request, evenements_de_la_personne(personne, centres), Cadre(f"Droits de {personne}"))


@never_cache
@require_safe
def journal_consultations(request: HttpRequest) -> HttpResponse:
    """Qui a lu des notes : le chef de centre le voit pour les centres dont il répond."""
    centres = centres_des_consultations_ou_404(request.user)
    lues = Consultation.objects.filter(centre__in=centres)
    formulaire = FiltreJournalForm(request.GET, choix={"auteur": _auteurs(lues)})
    trouvees = lues.filter(**formulaire.criteres()).select_related("auteur", "centre")
    cadre = Cadre("Consultations des notes")
    return _repondre(request, cadre, formulaire, trouvees, raconter_consultations, ENTETES_CONSULTATIONS)


def page_de_journal(
    request: HttpRequest, evenements: QuerySet[Evenement], cadre: Cadre, vocabulaire: Vocabulaire = CENTRES
) -> HttpResponse:
    """La page, ou le fichier que demande `?format=csv` ou `?format=xlsx` (avec les mêmes filtres)."""
    presents = evenements.order_by("acte").values_list("acte", flat=True).distinct()
    actes = sorted((vocabulaire.actes.get(acte, acte), acte) for acte in presents)
    choix: dict[str, list[tuple[Any, str]]] = {
        "auteur": _auteurs(evenements),
        "acte": [(acte, phrase.capitalize()) for phrase, acte in actes],
    }
    formulaire = FiltreJournalForm(request.GET, choix=choix)
    trouves = evenements.filter(**formulaire.criteres()).select_related("auteur").order_by("-le", "-rang", "-pk")

    def lignes(lus: Sequence[Evenement]) -> list[Any]:
        return raconter(lus, vocabulaire)

    return _repondre(request, cadre, formulaire, trouves, lignes, ENTETES)


def _repondre(
    request: HttpRequest,
    cadre: Cadre,
    formulaire: FiltreJournalForm,
    trouves: QuerySet[Any],
    lignes: Callable[[Sequence[Any]], list[Any]],
    entetes: Sequence[str],
) -> HttpResponse:
    format_voulu = request.GET.get("format")
    if format_voulu in {"csv", "xlsx"}:
        return _fichier(cadre.titre, format_voulu, entetes, [ligne.en_textes() for ligne in lignes(list(trouves))])
    page = Paginator(trouves, PAR_PAGE).get_page(request.GET.get("page"))
    filtres = request.GET.copy()
    for hors_filtre in ("page", "format"):
        filtres.pop(hors_filtre, None)
    contexte = {
        "cadre": cadre,
        "page": page,
        "lignes": lignes(list(page.object_list)),
        "formulaire": formulaire,
        "filtres": f"&{filtres.urlencode()}" if filtres else "",
        "a_des_actes": "acte" in formulaire.fields,
    }
    return render(request, "centres/journal.html", contexte)


def _fichier(titre: str, extension: str, entetes: Sequence[str], lignes: list[list[str]]) -> HttpResponse:
    contenu = en_csv(entetes, lignes) if extension == "csv" else en_xlsx("Journal", entetes, lignes)
    reponse = HttpResponse(contenu, content_type=CSV if extension == "csv" else XLSX)
    reponse["Content-Disposition"] = f'attachment; filename="journal-{slugify(titre)}.{extension}"'
    return reponse


def _auteurs(lignes: QuerySet[Any]) -> list[tuple[Any, str]]:
    cles = lignes.order_by().values("auteur").distinct()
    return [(personne.pk, str(personne)) for personne in Utilisateur.objects.filter(pk__in=cles)]
