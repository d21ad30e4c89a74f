"""La progression globale d'une cohorte : le tableau des semestres, et ce que ses situations couvrent."""

from collections.abc import Iterable

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.safestring import SafeString, mark_safe
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from centres.models import Classe
from centres.permissions import classe_ou_404
from evaluations.forms.sequences import DeplacementForm
from evaluations.models import Sequence
from evaluations.permissions import classe_preparable_ou_404, peut_preparer_la_progression
from evaluations.queries.couverture import BlocCouvert, couverture_de
from evaluations.queries.progression import cohorte_par, tableau_de
from evaluations.services.sequences import SequenceModifiee, deplacer_sequence
from evaluations.views.pfmp import ECRITURE, Requete
from trpm.socle.graphiques import Barre, barres_ponderees

ENVOI_INCOMPLET = "Choisissez le semestre où déplacer la séquence."


@never_cache
@require_http_methods(ECRITURE)
def progression(request: Requete, pk: int) -> HttpResponse:
    """Le tableau ; un envoi y déplace une séquence, depuis un bouton ou en la glissant."""
    if request.method != "POST":
        return render(request, "evaluations/progression.html", _contexte(request, classe_ou_404(request.user, pk)))
    classe = classe_preparable_ou_404(request.user, pk)
    refus, statut = _deplacer(request, classe)
    # Le module demande du JSON : il redessine le tableau sans quitter la page.
    if not request.accepts("text/html"):
        tableau = render_to_string("evaluations/_progression_tableau.html", _contexte(request, classe), request)
        return JsonResponse({"message": refus, "tableau": tableau}, status=statut)
    if refus:
        contexte = {**_contexte(request, classe), "refus": refus}
        return render(request, "evaluations/progression.html", contexte, status=statut)
    messages.success(request, "La séquence est déplacée.")
    # Acceptée, la clé est un nombre : le navigateur revient sur la carte déplacée.
    deplacee = int(request.POST["sequence"])
    return redirect(f"{reverse('evaluations:progression', args=[pk])}#sequence-{deplacee}")


def _deplacer(request: Requete, classe: Classe) -> tuple[str, int]:
    """Le refus, vide si c'est fait, et le statut qui va avec."""
    formulaire, cle = DeplacementForm(request.POST), request.POST.get("sequence", "")
    if not formulaire.is_valid() or not (cle.isdecimal() and len(cle) < 19):
        return ENVOI_INCOMPLET, 422
    siennes = cohorte_par(classe).sequences
    sequence: Sequence | None = siennes.filter(pk=int(cle)).first()
    if sequence is None:
        raise Http404("Séquence introuvable.")
    try:
        deplacer_sequence(utilisateur=request.user, sequence=sequence, **formulaire.cleaned_data)
    except SequenceModifiee as conflit:
        return " ".join(conflit.messages), 409
    except ValidationError as refus:
        return " ".join(refus.messages), 422
    return "", 200


def _contexte(request: Requete, classe: Classe) -> dict[str, object]:
    return {
        "classe": classe,
        "onglet": "progression",
        "vue": "tableau",
        "tableau": tableau_de(cohorte_par(classe)),
        "peut_preparer": peut_preparer_la_progression(request.user, classe.centre_id),
        "refus": "",
    }


@never_cache
@require_safe
def couverture(request: Requete, pk: int) -> HttpResponse:
    """Le temps et les preuves de chaque compétence, face à son poids dans une option (`?option=RSP`)."""
    classe = classe_ou_404(request.user, pk)
    options = list(classe.version.options.all())
    option = next((une for une in options if une.code == request.GET.get("option")), options[0])
    cohorte = cohorte_par(classe)
    lue = couverture_de(cohorte, option)
    contexte = {
        "classe": classe,
        "onglet": "progression",
        "vue": "couverture",
        "cohorte": cohorte,
        "options": options,
        "couverture": lue,
        "blocs": [(bloc, barres_du_bloc(bloc)) for bloc in lue.blocs],
        "peut_preparer": peut_preparer_la_progression(request.user, classe.centre_id),
    }
    return render(request, "evaluations/couverture.html", contexte)


def barres_du_bloc(bloc: BlocCouvert) -> SafeString:
    """Deux barres par compétence, poids puis temps ; le tableau qui suit dit la même chose en chiffres."""
    image = barres_ponderees(
        list(_barres(bloc)),
        titre=f"{bloc.epreuve} : part du poids et part du temps de chaque compétence",
        description="Les mêmes valeurs sont dans le tableau qui suit.",
        maximum=100,
    )
    # Le dessin échappe lui-même les textes qu'il reçoit.
    return mark_safe(image)  # noqa: S308


def _barres(bloc: BlocCouvert) -> Iterable[Barre]:
    for une in bloc.competences:
        yield Barre(une.code, une.part_poids or 0, f"{une.part_poids or 0} % du poids", 0)
        yield Barre("", une.part_temps or 0, f"{une.part_temps or 0} % du temps", 1)
