"""Le livret d'un apprenant, sans aucune note : où il en est, sa progression, ses preuves, et le tout en PDF."""

from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from centres.permissions import apprenant_ou_404, peut_lire_le_journal, peut_voir_classes
from evaluations.documents.dessins_livret import dessiner, radar_du_livret
from evaluations.documents.livret import pdf_livret
from evaluations.forms.filtres import FiltreParcoursForm
from evaluations.permissions import est_soi
from evaluations.queries.livret import livret_de
from evaluations.queries.parcours import filtrer
from evaluations.views.pfmp import Requete
from evaluations.views.placements import reponse_pdf
from referentiel.queries import niveaux_de_maitrise

ONGLETS = ("niveaux", "progression", "preuves")
FILTRES = ("bloc", "competence", "periode", "endroit")


@require_safe
def parcours(request: Requete, pk: int) -> HttpResponse:
    apprenant = apprenant_ou_404(request.user, pk)
    livret = livret_de(request.user, apprenant, timezone.localdate())
    inscription = livret.parcours.inscription
    formulaire = FiltreParcoursForm(request.GET, parcours=livret.parcours)
    filtre = formulaire.filtre()
    contexte = {
        "apprenant": apprenant,
        "livret": livret,
        "inscription": inscription,
        "onglet": _onglet(request),
        "lignes": dessiner(livret),
        "jalons": filtrer(livret.parcours.jalons, filtre),
        "filtre": filtre,
        "formulaire": formulaire,
        "libelles_niveaux": niveaux_de_maitrise(inscription.classe.version_id) if inscription else None,
        "radar": radar_du_livret(livret),
        # L'apprenant voit ses niveaux, pas les situations de la classe.
        "avec_liens": peut_voir_classes(request.user),
        "peut_lire_le_journal": inscription and peut_lire_le_journal(request.user, inscription.classe.centre_id),
        "est_soi": est_soi(request.user, apprenant),
    }
    return render(request, "evaluations/parcours.html", contexte)


def _onglet(request: Requete) -> str:
    """Un lien qui filtre (« les preuves de C3 ») ouvre la chronologie sans avoir à la nommer."""
    demande = request.GET.get("onglet", "")
    defaut = "preuves" if any(request.GET.get(nom) for nom in FILTRES) else ONGLETS[0]
    return demande if demande in ONGLETS else defaut


@never_cache
@require_safe
def livret_pdf(request: Requete, pk: int) -> HttpResponse:
    apprenant = apprenant_ou_404(request.user, pk)
    jour = timezone.localdate()
    contenu = pdf_livret(livret_de(request.user, apprenant, jour), apprenant)
    return reponse_pdf(contenu, f"livret-{jour:%Y-%m-%d}-{apprenant.pk}.pdf")
