"""Qui lit, corrige et publie une grille de notation, qui montre les cases d'une grille officielle."""

from django.db.models import QuerySet
from django.http import Http404

from centres.permissions import (
    GERER_LES_CLASSES,
    LIRE_LE_JOURNAL,
    VOIR_LES_NOTES,
    Personne,
    roles_de,
)
from certification.models import (
    ClasseurOfficiel,
    Grille,
)
from referentiel.models import VersionReferentiel


def grilles_au_journal_ou_404(utilisateur: Personne, pk: int) -> VersionReferentiel:
    """L'histoire des grilles d'une version : l'administrateur qui en répond, les équipes et l'inspection."""
    roles = roles_de(utilisateur)
    version = VersionReferentiel.objects.select_related("diplome").filter(pk=pk).first()
    if version is None or not (roles.est_administrateur or roles.centres_ou(LIRE_LE_JOURNAL)):
        raise Http404("Page introuvable.")
    return version


def grille_ou_404(utilisateur: Personne, pk: int) -> Grille:
    """Une grille à lire : l'administrateur qui en répond, et quiconque voit des notes quelque part."""
    grille = _grilles().filter(pk=pk).first()
    if grille is None or not peut_lire_les_grilles(utilisateur):
        raise Http404("Grille introuvable.")
    return grille


def grille_a_administrer_ou_404(utilisateur: Personne, pk: int) -> Grille:
    """Une grille dont l'administrateur tire une nouvelle version."""
    grille = _grilles().filter(pk=pk).first()
    if grille is None or not roles_de(utilisateur).est_administrateur:
        raise Http404("Grille introuvable.")
    return grille


def brouillon_ou_404(utilisateur: Personne, pk: int) -> Grille:
    """Une grille qui peut encore changer, pour l'administrateur."""
    grille = grille_a_administrer_ou_404(utilisateur, pk)
    if grille.publiee_le is not None:
        raise Http404("Cette grille est publiée.")
    return grille


def grilles_a_lire_ou_404(utilisateur: Personne) -> None:
    if not peut_lire_les_grilles(utilisateur):
        raise Http404("Page introuvable.")


def peut_lire_les_grilles(utilisateur: Personne) -> bool:
    roles = roles_de(utilisateur)
    return roles.est_administrateur or bool(roles.centres_ou(VOIR_LES_NOTES))


def peut_administrer_les_grilles(utilisateur: Personne) -> bool:
    return roles_de(utilisateur).est_administrateur


def peut_placer_les_valeurs(utilisateur: Personne) -> bool:
    """Déposer une grille officielle et dire où s'écrit chaque valeur : DDFPT, chef de centre, administrateur."""
    roles = roles_de(utilisateur)
    return roles.est_administrateur or bool(roles.centres_ou(GERER_LES_CLASSES))


def classeur_officiel_ou_404(utilisateur: Personne, pk: int) -> ClasseurOfficiel:
    classeur = classeurs_officiels().filter(pk=pk).first()
    if classeur is None or not peut_lire_les_grilles(utilisateur):
        raise Http404("Classeur introuvable.")
    return classeur


def classeur_a_deposer_ou_404(utilisateur: Personne) -> None:
    if not peut_placer_les_valeurs(utilisateur):
        raise Http404("Page introuvable.")


def classeur_a_placer_ou_404(utilisateur: Personne, pk: int, *, est_brouillon: bool = True) -> ClasseurOfficiel:
    """Un classeur que la personne peut faire évoluer ; publié, il ne change plus."""
    classeur = classeurs_officiels().filter(pk=pk).first()
    if classeur is None or not peut_placer_les_valeurs(utilisateur):
        raise Http404("Classeur introuvable.")
    if est_brouillon and classeur.publie_le is not None:
        raise Http404("Ce classeur est publié.")
    return classeur


def classeurs_officiels() -> QuerySet[ClasseurOfficiel]:
    return ClasseurOfficiel.objects.select_related("option", "epreuve__version__diplome", "session", "auteur")


def _grilles() -> QuerySet[Grille]:
    return Grille.objects.select_related("version__diplome", "option", "epreuve", "session")
