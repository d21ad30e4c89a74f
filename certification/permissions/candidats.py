"""Qui voit une note, et aller chercher un candidat en autorisant : interdit = introuvable."""

from django.db.models import F, QuerySet
from django.http import Http404

from centres.models import Apprenant, Classe, Inscription
from centres.permissions import (
    VOIR_LES_NOTES,
    Personne,
    apprenant_organise_ou_404,
    classe_ou_404,
    peut_voir_les_notes,
    roles_de,
)
from certification.enums import NatureTravail
from certification.models import (
    BeneficeNote,
    Candidat,
    CandidatQuerySet,
    Travail,
)


def classe_notee_ou_404(utilisateur: Personne, pk: int) -> Classe:
    """Une classe dont la personne peut voir les notes proposées."""
    classe = classe_ou_404(utilisateur, pk)
    if not peut_voir_les_notes(utilisateur, classe.centre_id):
        raise Http404("Classe introuvable.")
    return classe


def classe_des_dossiers_ou_404(utilisateur: Personne, pk: int) -> Classe:
    """Une classe dont la personne peut avoir tous les dossiers : elle n'y est pas inscrite elle-même."""
    classe = classe_notee_ou_404(utilisateur, pk)
    if est_candidat(utilisateur, classe):
        raise Http404("Classe introuvable.")
    return classe


def est_candidat(utilisateur: Personne, classe: Classe) -> bool:
    return Inscription.objects.filter(classe=classe, apprenant__utilisateur=utilisateur.pk).exists()


def candidat_ou_404(utilisateur: Personne, pk: int) -> Candidat:
    """Un candidat dont la personne peut voir les notes proposées ; jamais le candidat lui-même."""
    return _autorise(utilisateur, _candidats(utilisateur).filter(pk=pk).first())


def candidat_et_classe_ou_404(utilisateur: Personne, pk: int) -> tuple[Candidat, list[Candidat]]:
    """Le candidat et tous ceux de sa classe, en une requête : de quoi passer au suivant."""
    classe = Candidat.objects.filter(pk=pk).values("classe")
    candidats = list(_candidats(utilisateur).filter(classe__in=classe))
    candidat = next((candidat for candidat in candidats if candidat.pk == pk), None)
    return _autorise(utilisateur, candidat), candidats


def apprenant_beneficiaire_ou_404(utilisateur: Personne, pk: int) -> Apprenant:
    """Un apprenant dont la personne tient les notes conservées : DDFPT ou chef d'un de ses centres, jamais lui."""
    apprenant = apprenant_organise_ou_404(utilisateur, pk)
    if apprenant.utilisateur_id == utilisateur.pk:
        raise Http404("Apprenant introuvable.")
    return apprenant


def benefice_ou_404(utilisateur: Personne, pk: int) -> BeneficeNote:
    benefice = BeneficeNote.objects.select_related("apprenant", "epreuve").filter(pk=pk).first()
    if benefice is None:
        raise Http404("Note introuvable.")
    apprenant_beneficiaire_ou_404(utilisateur, benefice.apprenant_id)
    return benefice


def travail_ou_404(utilisateur: Personne, pk: int, nature: NatureTravail = NatureTravail.DOSSIERS) -> Travail:
    """Une fabrication de cette nature ; le droit est celui du jour, pas celui du jour de la demande."""
    travail = (
        Travail.objects.visibles_par(utilisateur)
        .filter(nature=nature)
        .select_related("epreuve", "classe__centre", "classe__session", "classe__version")
        .filter(pk=pk)
        .first()
    )
    if travail is None or not peut_voir_les_notes(utilisateur, travail.classe.centre_id):
        raise Http404("Travail introuvable.")
    return travail


def classes_notees(utilisateur: Personne) -> QuerySet[Classe]:
    """Les classes de dernière année dont la personne peut voir les notes proposées, les plus récentes d'abord."""
    centres = roles_de(utilisateur).centres_ou(VOIR_LES_NOTES)
    return (
        Classe.objects.visibles_par(utilisateur)
        .filter(centre__in=centres, annee_cycle=F("version__duree_cycle_annees"))
        .select_related("centre", "session", "version__diplome")
        .order_by("-session__annee", "centre__nom", "nom", "pk")
    )


def _candidats(utilisateur: Personne) -> CandidatQuerySet:
    return Candidat.objects.visibles_par(utilisateur).select_related(
        "apprenant", "option", "classe__centre", "classe__session", "classe__version__diplome"
    )


def _autorise(utilisateur: Personne, candidat: Candidat | None) -> Candidat:
    if candidat is None or not peut_voir_les_notes(utilisateur, candidat.classe.centre_id):
        raise Http404("Candidat introuvable.")
    return candidat
