"""L'histoire de la certification d'une classe, et celle des grilles."""

from django.http import HttpResponse
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from centres.permissions import classe_au_journal_ou_404
from centres.views.journal import Cadre, page_de_journal
from certification.permissions import grilles_au_journal_ou_404
from certification.queries.journal import VOCABULAIRE, evenements_de_la_classe, evenements_des_grilles
from certification.views.reponses import Requete


@never_cache
@require_safe
def journal_classe(request: Requete, pk: int) -> HttpResponse:
    """Ce que la certification a fait d'une classe ; aucune note n'y figure."""
    vue = classe_au_journal_ou_404(request.user, pk)
    cadre = Cadre(f"Certification – {vue}", reverse("certification:classe", args=[vue.pk]))
    return page_de_journal(request, evenements_de_la_classe(vue), cadre, VOCABULAIRE)


@never_cache
@require_safe
def journal_grilles(request: Requete, pk: int) -> HttpResponse:
    version = grilles_au_journal_ou_404(request.user, pk)
    return page_de_journal(request, evenements_des_grilles(version), Cadre(f"Grilles – {version}"), VOCABULAIRE)
