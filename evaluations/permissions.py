"""Qui peut quoi sur une situation ; aller chercher et autoriser en un seul geste (interdit = 404)."""

from collections.abc import Iterable

from django.contrib.auth.models import AnonymousUser
from django.http import Http404

from centres.enums import ROLES_EQUIPE, Role
from centres.models import Apprenant, Centre, Classe, Utilisateur
from evaluations.models import Situation

# L'équipe et le DDFPT, qui organise, préparent les situations ; le chef de centre les verrouille (DOMAINE §7).
ROLES_PREPARATION = frozenset({Role.ENSEIGNANT, Role.REFERENT, Role.DDFPT})
ROLES_VERROU = frozenset({Role.CHEF})


def peut_preparer(utilisateur: Utilisateur | AnonymousUser, classe: Classe) -> bool:
    """Créer, modifier ou reprendre une situation pour cette classe."""
    return _tient(utilisateur, ROLES_PREPARATION, classe)


def peut_modifier_situation(utilisateur: Utilisateur | AnonymousUser, situation: Situation) -> bool:
    return not situation.est_verrouillee and peut_preparer(utilisateur, situation.classe)


def peut_verrouiller(utilisateur: Utilisateur | AnonymousUser, situation: Situation) -> bool:
    return _tient(utilisateur, ROLES_VERROU, situation.classe)


def classes_preparables(utilisateur: Utilisateur | AnonymousUser) -> "list[Classe]":
    """Classes pour lesquelles la personne peut créer ou reprendre une situation."""
    classes = Classe.objects.filter(centre__in=Centre.objects.ou_agit(utilisateur, ROLES_PREPARATION))
    return list(classes.select_related("centre", "session", "version__diplome"))


def classe_visible_ou_404(utilisateur: Utilisateur | AnonymousUser, pk: int) -> Classe:
    classes = Classe.objects.visibles_par(utilisateur)
    classe = classes.select_related("centre", "session", "version__diplome").filter(pk=pk).first()
    if classe is None:
        raise Http404("Classe introuvable.")
    return classe


def classe_preparable_ou_404(utilisateur: Utilisateur | AnonymousUser, pk: int) -> Classe:
    classe = classe_visible_ou_404(utilisateur, pk)
    if not peut_preparer(utilisateur, classe):
        raise Http404("Classe introuvable.")
    return classe


def situation_ou_404(utilisateur: Utilisateur | AnonymousUser, pk: int) -> Situation:
    situations = Situation.objects.visibles_par(utilisateur)
    situation = (
        situations.select_related("classe__centre", "classe__session", "classe__version__diplome", "periode", "auteur")
        .filter(pk=pk)
        .first()
    )
    if situation is None:
        raise Http404("Situation introuvable.")
    return situation


def situation_preparable_ou_404(utilisateur: Utilisateur | AnonymousUser, pk: int) -> Situation:
    """Situation que la personne peut reprendre ailleurs ou modifier (si elle n'est pas verrouillée)."""
    situation = situation_ou_404(utilisateur, pk)
    if not peut_preparer(utilisateur, situation.classe):
        raise Http404("Situation introuvable.")
    return situation


def situation_modifiable_ou_404(utilisateur: Utilisateur | AnonymousUser, pk: int) -> Situation:
    """Verrouillée, une situation n'a plus de page de modification, pour aucun rôle."""
    situation = situation_preparable_ou_404(utilisateur, pk)
    if situation.est_verrouillee:
        raise Http404("Situation verrouillée.")
    return situation


def situation_verrouillable_ou_404(utilisateur: Utilisateur | AnonymousUser, pk: int) -> Situation:
    situation = situation_ou_404(utilisateur, pk)
    if not peut_verrouiller(utilisateur, situation):
        raise Http404("Situation introuvable.")
    return situation


def apprenant_ou_404(utilisateur: Utilisateur | AnonymousUser, pk: int) -> Apprenant:
    """L'équipe suit les apprenants de ses classes ; l'apprenant ne voit que lui-même."""
    apprenant = Apprenant.objects.visibles_par(utilisateur).filter(pk=pk).first()
    if apprenant is None:
        raise Http404("Apprenant introuvable.")
    return apprenant


def est_de_l_equipe(utilisateur: Utilisateur | AnonymousUser, classe: Classe) -> bool:
    """L'équipe du centre, par opposition à ceux qui lisent seulement."""
    return _tient(utilisateur, ROLES_EQUIPE, classe)


def _tient(utilisateur: Utilisateur | AnonymousUser, roles: Iterable[Role], classe: Classe) -> bool:
    return Centre.objects.ou_agit(utilisateur, roles).filter(pk=classe.centre_id).exists()
