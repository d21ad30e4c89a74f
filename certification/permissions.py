"""Qui voit une note, et aller chercher un candidat en autorisant : interdit = introuvable."""

from django.http import Http404

from centres.models import Classe
from centres.permissions import Personne, classe_ou_404, peut_voir_les_notes
from certification.models import Candidat, CandidatQuerySet, Travail


def classe_notee_ou_404(utilisateur: Personne, pk: int) -> Classe:
    """Une classe dont la personne peut voir les notes proposées."""
    classe = classe_ou_404(utilisateur, pk)
    if not peut_voir_les_notes(utilisateur, classe.centre_id):
        raise Http404("Classe introuvable.")
    return classe


def candidat_ou_404(utilisateur: Personne, pk: int) -> Candidat:
    """Un candidat dont la personne peut voir les notes proposées ; jamais le candidat lui-même."""
    return _autorise(utilisateur, _candidats(utilisateur).filter(pk=pk).first())


def candidat_et_classe_ou_404(utilisateur: Personne, pk: int) -> tuple[Candidat, list[Candidat]]:
    """Le candidat et tous ceux de sa classe, en une requête : de quoi passer au suivant."""
    classe = Candidat.objects.filter(pk=pk).values("classe")
    candidats = list(_candidats(utilisateur).filter(classe__in=classe))
    candidat = next((candidat for candidat in candidats if candidat.pk == pk), None)
    return _autorise(utilisateur, candidat), candidats


def travail_ou_404(utilisateur: Personne, pk: int) -> Travail:
    """Une fabrication de dossiers ; le droit est celui du jour, pas celui du jour de la demande."""
    travail = (
        Travail.objects.visibles_par(utilisateur)
        .select_related("epreuve", "classe__centre", "classe__session", "classe__version")
        .filter(pk=pk)
        .first()
    )
    if travail is None or not peut_voir_les_notes(utilisateur, travail.classe.centre_id):
        raise Http404("Travail introuvable.")
    return travail


def _candidats(utilisateur: Personne) -> CandidatQuerySet:
    return Candidat.objects.visibles_par(utilisateur).select_related(
        "apprenant", "option", "classe__centre", "classe__session", "classe__version__diplome"
    )


def _autorise(utilisateur: Personne, candidat: Candidat | None) -> Candidat:
    if candidat is None or not peut_voir_les_notes(utilisateur, candidat.classe.centre_id):
        raise Http404("Candidat introuvable.")
    return candidat
