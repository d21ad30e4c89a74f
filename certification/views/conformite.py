"""La conformité des dossiers d'une classe, en direct."""

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from centres.permissions import peut_preparer
from certification.forms.conformite import FiltreConformiteForm
from certification.permissions import classe_notee_ou_404
from certification.queries.candidats import synthese_de_la_classe
from certification.queries.conformite import tableau_de_conformite
from certification.views.reponses import Requete


@require_safe
def classe(request: Requete, pk: int) -> HttpResponse:
    vue = classe_notee_ou_404(request.user, pk)
    synthese = synthese_de_la_classe(vue, request.user)
    options = {lu.candidat.option_id: lu.candidat.option for lu in synthese.candidats if lu.candidat.option}
    formulaire = FiltreConformiteForm(
        request.GET, options=sorted(options.values(), key=lambda une: une.ordre), epreuves=synthese.epreuves
    )
    contexte = {
        "classe": vue,
        "tableau": tableau_de_conformite(synthese, *formulaire.filtre()),
        "formulaire": formulaire,
        "peut_preparer": peut_preparer(request.user, vue),
    }
    return render(request, "certification/conformite.html", contexte)
