"""Le tableau de bord d'une classe : carte de chaleur apprenants × compétences, et l'aide au LSL Pro."""

from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from centres.permissions import classe_ou_404
from evaluations.documents.lsl import lignes_du_lsl
from evaluations.forms.bilans import FiltreClasseForm
from evaluations.permissions import peut_tenir_les_bilans
from evaluations.queries.lsl import tableau_du_lsl
from evaluations.queries.niveaux_classe import tableau_de_la_classe
from evaluations.services.donnees import periode_du
from evaluations.views.pfmp import Requete
from referentiel.queries import niveaux_de_maitrise
from trpm.socle.tableau import XLSX, en_xlsx


@require_safe
def competences(request: Requete, pk: int) -> HttpResponse:
    classe, jour = classe_ou_404(request.user, pk), timezone.localdate()
    tableau = tableau_de_la_classe(request.user, classe, periode_du(classe, jour), jour)
    formulaire = FiltreClasseForm(request.GET, options=tableau.options)
    filtre = formulaire.filtre_de_classe()
    contexte = {
        "classe": classe,
        "tableau": tableau.reduit(filtre),
        "formulaire": formulaire,
        "filtre": filtre,
        "libelles_niveaux": niveaux_de_maitrise(classe.version_id),
        "peut_tenir": peut_tenir_les_bilans(request.user, classe),
    }
    return render(request, "evaluations/competences_classe.html", contexte)


@require_safe
def lsl(request: Requete, pk: int) -> HttpResponse:
    classe = classe_ou_404(request.user, pk)
    contexte = {
        "classe": classe,
        "tableau": tableau_du_lsl(request.user, classe),
        "libelles_niveaux": niveaux_de_maitrise(classe.version_id),
    }
    return render(request, "evaluations/lsl.html", contexte)


@require_safe
def lsl_xlsx(request: Requete, pk: int) -> HttpResponse:
    classe = classe_ou_404(request.user, pk)
    entetes, lignes = lignes_du_lsl(tableau_du_lsl(request.user, classe), niveaux_de_maitrise(classe.version_id))
    reponse = HttpResponse(en_xlsx("LSL Pro", entetes, lignes), content_type=XLSX)
    reponse["Content-Disposition"] = f'attachment; filename="lsl-pro-{classe.pk}.xlsx"'
    return reponse
