"""L'histoire de la certification d'une classe, et celle des grilles."""

from django.http import HttpResponse
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from centres.permissions import classe_au_journal_ou_404
from centres.services.consultations import noter_consultation
from centres.views.journal import Cadre, page_de_journal
from certification.permissions import commission_a_lire_ou_404, grilles_au_journal_ou_404
from certification.queries.journal import (
    VOCABULAIRE,
    evenements_de_la_classe,
    evenements_de_la_commission,
    evenements_des_grilles,
)
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
def journal_commission(request: Requete, pk: int) -> HttpResponse:
    """Geste par geste, ce que la commission a écrit ; les notes proposées y figurent."""
    vue = commission_a_lire_ou_404(request.user, pk)
    noter_consultation(utilisateur=request.user, objet=vue.classe, page="journal de la commission")
    cadre = Cadre(str(vue), reverse("certification:commission", args=[vue.classe_id]))
    return page_de_journal(request, evenements_de_la_commission(vue), cadre, VOCABULAIRE)


@never_cache
@require_safe
def journal_grilles(request: Requete, pk: int) -> HttpResponse:
    version = grilles_au_journal_ou_404(request.user, pk)
    return page_de_journal(request, evenements_des_grilles(version), Cadre(f"Grilles – {version}"), VOCABULAIRE)
