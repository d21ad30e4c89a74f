"""L'histoire d'une situation, d'un placement, des positionnements d'un apprenant."""

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from centres.permissions import apprenant_au_journal_ou_404, classe_au_journal_ou_404, classes_au_journal
from centres.views.journal import Cadre, page_de_journal
from evaluations.permissions import (
    placement_au_journal_ou_404,
    sequence_au_journal_ou_404,
    situation_au_journal_ou_404,
)
from evaluations.queries.journal import (
    VOCABULAIRE,
    VOCABULAIRE_BILANS,
    VOCABULAIRE_PFMP,
    VOCABULAIRE_SEQUENCES,
    evenements_de_la_sequence,
    evenements_de_la_situation,
    evenements_des_bilans,
    evenements_du_placement,
    positionnements_de,
)


@never_cache
@require_safe
def journal_situation(request: HttpRequest, pk: int) -> HttpResponse:
    situation = situation_au_journal_ou_404(request.user, pk)
    cadre = Cadre(str(situation), reverse("evaluations:situation", args=[situation.pk]))
    return page_de_journal(request, evenements_de_la_situation(situation), cadre, VOCABULAIRE)


@never_cache
@require_safe
def journal_positionnements(request: HttpRequest, pk: int) -> HttpResponse:
    apprenant = apprenant_au_journal_ou_404(request.user, pk)
    cadre = Cadre(
        str(apprenant),
        reverse("evaluations:parcours", args=[apprenant.pk]),
        ((("Fiche et inscriptions"), reverse("centres:journal_apprenant", args=[apprenant.pk])),),
    )
    evenements = positionnements_de(apprenant, classes_au_journal(request.user))
    return page_de_journal(request, evenements, cadre, VOCABULAIRE)


@never_cache
@require_safe
def journal_placement(request: HttpRequest, pk: int) -> HttpResponse:
    placement = placement_au_journal_ou_404(request.user, pk)
    cadre = Cadre(str(placement), reverse("evaluations:pfmp_placement", args=[pk]))
    return page_de_journal(request, evenements_du_placement(placement), cadre, VOCABULAIRE_PFMP)


@never_cache
@require_safe
def journal_bilans(request: HttpRequest, pk: int) -> HttpResponse:
    classe = classe_au_journal_ou_404(request.user, pk)
    cadre = Cadre(f"Bilans · {classe}", reverse("evaluations:bilans_classe", args=[pk]))
    return page_de_journal(request, evenements_des_bilans(classe), cadre, VOCABULAIRE_BILANS)


@never_cache
@require_safe
def journal_sequence(request: HttpRequest, pk: int) -> HttpResponse:
    sequence = sequence_au_journal_ou_404(request.user, pk)
    cadre = Cadre(str(sequence), reverse("evaluations:sequence", args=[pk]))
    return page_de_journal(request, evenements_de_la_sequence(sequence), cadre, VOCABULAIRE_SEQUENCES)
