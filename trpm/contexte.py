"""Ce que toute page sait : le mode du serveur, la personne, et ce qu'elle peut ouvrir."""

from typing import NamedTuple

from django.conf import settings
from django.http import HttpRequest

from centres.enums import Role
from centres.models import Utilisateur
from centres.permissions import (
    VOIR_LES_NOTES,
    peut_organiser,
    peut_voir_centres,
    peut_voir_classes,
    peut_voir_l_equipe,
    roles_de,
)
from centres.services.conservation import CONSERVER
from trpm import __version__

MOT_DE_PASSE_DEMO = "demo-trpm"
# Les comptes que crée la démonstration, dans l'ordre où la page de connexion les propose (contrat).
ROLES_DEMO = {
    "enseignant": "Enseignante",
    "ddfpt": "DDFPT",
    "chef": "Cheffe de centre",
    "commission": "Membre de commission",
    "inspecteur": "Inspecteur",
    "apprenant": "Apprenante",
    "admin": "Administrateur",
}

# La page de tête de chaque entrée du rail ; les autres pages allument l'entrée dont elles dépendent.
PAGES_DE_TETE = {
    "accueil": "accueil",
    "centres:classes": "classes",
    "evaluations:bibliotheque": "situations",
    "evaluations:pfmp": "pfmp",
    "centres:centres": "centres",
    "referentiel:accueil": "referentiel",
    "centres:organisation": "administration",
    "certification:inspection": "inspection",
    "certification:commissions": "commissions",
}
ADRESSE_ORGANISATION = "/organisation/"
ADRESSE_INSPECTION = "/inspection/"
# Des données de référence tenues par la certification.
GRILLES = "certification:grille"
OFFICIELS = "certification:officiel"
ADRESSE_COMMISSIONS = "/commissions/"


class CompteDemo(NamedTuple):
    identifiant: str
    role: str


class Rubrique(NamedTuple):
    """L'entrée du rail où l'on se trouve ; `aria` distingue sa page de tête (page) de ce qu'elle contient (true)."""

    nom: str
    aria: str


def interface(request: HttpRequest) -> dict[str, object]:
    utilisateur = getattr(request, "user", None)
    if utilisateur is None or not utilisateur.is_authenticated:
        return {
            "est_demo": settings.EST_DEMO,
            "centre_actif": None,
            "session_active": None,
            "peut_voir_classes": False,
            "peut_voir_centres": False,
            "peut_inspecter": False,
            "peut_voir_commissions": False,
            "version_trpm": __version__,
            "peut_conserver": False,
            "peut_dater": False,
            "peut_administrer": False,
            "peut_organiser": False,
            "rubrique_active": rubrique_de(request),
        }
    tenues = roles_de(utilisateur).tenues
    centres = {tenue.centre for tenue in tenues if tenue.centre_id}
    sessions = {tenue.session for tenue in tenues if tenue.session}
    return {
        "est_demo": settings.EST_DEMO,
        "centre_actif": centres.pop() if len(centres) == 1 else f"{len(centres)} centres" if centres else None,
        "session_active": f"session {sessions.pop()}" if len(sessions) == 1 else None,
        "peut_voir_classes": peut_voir_classes(utilisateur),
        "peut_voir_centres": peut_voir_centres(utilisateur),
        "peut_inspecter": bool(roles_de(utilisateur).centres_ou({Role.INSPECTEUR})),
        "peut_voir_commissions": bool(roles_de(utilisateur).centres_ou(VOIR_LES_NOTES)),
        "version_trpm": __version__,
        "peut_conserver": bool(roles_de(utilisateur).centres_ou(CONSERVER)),
        "peut_dater": roles_de(utilisateur).est_administrateur,
        "peut_administrer": peut_voir_l_equipe(utilisateur),
        "peut_organiser": peut_organiser(utilisateur),
        "rubrique_active": rubrique_de(request),
    }


def rubrique_de(request: HttpRequest) -> Rubrique | None:
    """Aucune pour une page d'erreur ou « Mon compte » ; ce qui se fait dans une classe relève de Classes."""
    if (vue := request.resolver_match) is None:
        return None
    if tete := PAGES_DE_TETE.get(vue.view_name):
        return Rubrique(tete, "page")
    if request.path.startswith(ADRESSE_ORGANISATION) or vue.view_name.startswith(OFFICIELS):
        return Rubrique("administration", "true")
    if request.path.startswith(ADRESSE_INSPECTION):
        return Rubrique("inspection", "true")
    if request.path.startswith(ADRESSE_COMMISSIONS):
        return Rubrique("commissions", "true")
    if vue.namespace == "referentiel" or vue.view_name.startswith(GRILLES):
        return Rubrique("referentiel", "true")
    if vue.namespace in {"certification", "evaluations"} or vue.view_name == "centres:classe":
        return Rubrique("classes", "true")
    return None


def comptes_demo() -> list[CompteDemo]:
    """En démonstration seulement, ceux qui existent ; ailleurs la page de connexion ne dit rien de personne."""
    if not settings.EST_DEMO:
        return []
    actifs = Utilisateur.objects.filter(username__in=ROLES_DEMO, is_active=True)
    existants = set(actifs.values_list("username", flat=True))
    return [CompteDemo(nom, role) for nom, role in ROLES_DEMO.items() if nom in existants]
