"""La page du parcours d'un apprenant : niveaux atteints et chronologie des preuves, sans aucune note."""

from collections.abc import Sequence

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.safestring import SafeString
from django.views.decorators.http import require_safe

from centres.permissions import apprenant_ou_404, peut_lire_le_journal, peut_voir_classes
from evaluations.forms.filtres import FiltreParcoursForm
from evaluations.queries.parcours import NiveauCompetence, filtrer, parcours_de
from referentiel.queries import niveaux_de_maitrise
from trpm.socle.graphiques import Serie, radar

AXES_MIN, AXES_MAX = 3, 16
NIVEAU_MAXIMUM = 4


@require_safe
def parcours(request: HttpRequest, pk: int) -> HttpResponse:
    apprenant = apprenant_ou_404(request.user, pk)
    vu = parcours_de(request.user, apprenant)
    inscription = vu.inscription
    formulaire = FiltreParcoursForm(request.GET, parcours=vu)
    filtre = formulaire.filtre()
    contexte = {
        "apprenant": apprenant,
        "parcours": vu,
        "inscription": inscription,
        "jalons": filtrer(vu.jalons, filtre),
        "filtre": filtre,
        "formulaire": formulaire,
        "libelles_niveaux": niveaux_de_maitrise(inscription.classe.version_id) if inscription else None,
        "radar": radar_des_niveaux(vu.competences),
        # L'apprenant voit ses niveaux, pas les situations de la classe.
        "avec_liens": peut_voir_classes(request.user),
        "peut_lire_le_journal": inscription and peut_lire_le_journal(request.user, inscription.classe.centre_id),
        "est_soi": apprenant.utilisateur_id == request.user.pk,
    }
    return render(request, "evaluations/parcours.html", contexte)


def radar_des_niveaux(competences: Sequence[NiveauCompetence]) -> SafeString | None:
    """Le meilleur niveau par compétence ; rien si le diplôme ou le parcours ne s'y prête pas."""
    if not AXES_MIN <= len(competences) <= AXES_MAX or not any(c.retenu for c in competences):
        return None
    valeurs = [competence.retenu.niveau if competence.retenu else None for competence in competences]
    image = radar(
        [competence.code for competence in competences],
        [Serie("Meilleur niveau atteint", valeurs)],
        maximum=NIVEAU_MAXIMUM,
        titre="Meilleur niveau atteint par compétence",
        description="Pour chaque compétence, le plus haut niveau de 1 à 4 atteint sur l'une de ses compétences "
        "détaillées. Les mêmes valeurs sont dans le tableau voisin.",
    )
    return SafeString(image)
