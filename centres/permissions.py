"""Qui peut quoi dans un centre (DOMAINE §7), et aller chercher en autorisant : interdit = introuvable."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date
from typing import TypeVar

from django.contrib.auth.models import AnonymousUser
from django.db.models import F, Model, OuterRef, Q, QuerySet, Subquery
from django.http import Http404
from django.utils import timezone

from centres.calendrier import annee_scolaire
from centres.enums import ROLES_EQUIPE, ROLES_LECTURE, ROLES_NOTATION, Role
from centres.models import Affectation, Apprenant, Centre, Classe, Entreprise, Inscription, Tuteur, Utilisateur
from centres.models.apprenants import ApprenantQuerySet

Personne = Utilisateur | AnonymousUser
_M = TypeVar("_M", bound=Model)
MEMOIRE = "_roles_du_jour"

# Qui écrit un positionnement : ceux qui étaient devant l'apprenant.
EVALUER = ROLES_NOTATION
# Le DDFPT organise les situations, il n'observe pas à la place des enseignants.
PREPARER = ROLES_NOTATION | {Role.DDFPT}
VERROUILLER = frozenset({Role.CHEF})
# Ni l'administrateur, ni le tuteur, ni l'apprenant.
VOIR_LES_NOTES = ROLES_LECTURE
GERER_LES_CLASSES = frozenset({Role.DDFPT, Role.CHEF})
GERER_L_EQUIPE = frozenset({Role.CHEF})
# L'histoire d'un objet : l'équipe qui le tient, et l'inspection ; un membre de commission n'y a pas affaire.
LIRE_LE_JOURNAL = ROLES_EQUIPE | {Role.INSPECTEUR}
# Ceux dont la lecture d'une note laisse une trace ; les enseignants notent, ils n'en laissent pas.
LECTURES_TRACEES = frozenset({Role.COMMISSION, Role.INSPECTEUR, Role.CHEF, Role.DDFPT})
# L'inspecteur et l'administrateur ne sont pas nommés par un chef de centre.
ROLES_NOMMES_PAR_LE_CHEF = frozenset(Role) - {Role.INSPECTEUR, Role.ADMINISTRATEUR}


@dataclass(frozen=True)
class Tenue:
    """Un rôle tenu aujourd'hui ; la session est celle que le centre prépare (vide s'il n'a pas de terminale)."""

    role: Role
    centre_id: int | None
    centre: str
    session: int | None


@dataclass(frozen=True)
class Roles:
    """Ce qu'une personne est aujourd'hui, en une requête gardée avec elle le temps de la page."""

    jour: date
    tenues: tuple[Tenue, ...]

    @property
    def est_administrateur(self) -> bool:
        return any(tenue.role == Role.ADMINISTRATEUR for tenue in self.tenues)

    def dans(self, centre: Centre | int) -> frozenset[Role]:
        cle = centre if isinstance(centre, int) else centre.pk
        return frozenset(tenue.role for tenue in self.tenues if tenue.centre_id == cle)

    def centres_ou(self, roles: Iterable[Role]) -> frozenset[int]:
        voulus = frozenset(roles)
        return frozenset(t.centre_id for t in self.tenues if t.centre_id is not None and t.role in voulus)


def roles_de(utilisateur: Personne) -> Roles:
    """Les rôles en vigueur. Un super-utilisateur n'en a pas plus qu'un autre."""
    jour = timezone.localdate()
    if not utilisateur.is_active:
        return Roles(jour, ())
    connus: Roles | None = getattr(utilisateur, MEMOIRE, None)
    if connus is None or connus.jour != jour:
        connus = Roles(jour, tuple(_tenues(utilisateur, jour)))
        setattr(utilisateur, MEMOIRE, connus)
    return connus


def oublier_roles(utilisateur: Utilisateur) -> None:
    """Après un changement d'affectation dans la même requête."""
    setattr(utilisateur, MEMOIRE, None)


def _tenues(utilisateur: Personne, jour: date) -> Iterable[Tenue]:
    terminales = Classe.objects.filter(
        centre=OuterRef("centre"),
        annee_cycle=F("version__duree_cycle_annees"),
        annee_scolaire__lte=annee_scolaire(jour),
    ).order_by("-annee_scolaire")
    lues = (
        Affectation.objects.en_vigueur(jour)
        .filter(utilisateur=utilisateur.pk)
        .annotate(session=Subquery(terminales.values("session__annee")[:1]))
        .order_by("centre__commune", "centre__nom", "role")
    )
    for role, centre_id, nom, session in lues.values_list("role", "centre", "centre__nom", "session"):
        yield Tenue(Role(role), centre_id, nom or "", session)


def a_un_role(utilisateur: Personne, centre: Centre | int, roles: Iterable[Role]) -> bool:
    return not roles_de(utilisateur).dans(centre).isdisjoint(roles)


def peut_evaluer(utilisateur: Personne, classe: Classe) -> bool:
    """Écrire des positionnements dans les situations de cette classe."""
    return a_un_role(utilisateur, classe.centre_id, EVALUER)


def peut_preparer(utilisateur: Personne, classe: Classe) -> bool:
    """Créer et modifier les situations de cette classe."""
    return a_un_role(utilisateur, classe.centre_id, PREPARER)


def peut_verrouiller(utilisateur: Personne, classe: Classe) -> bool:
    return a_un_role(utilisateur, classe.centre_id, VERROUILLER)


def peut_voir_les_notes(utilisateur: Personne, centre: Centre | int) -> bool:
    """Notes calculées et proposées au jury ; jamais pour un apprenant, un tuteur ou l'administrateur."""
    return a_un_role(utilisateur, centre, VOIR_LES_NOTES)


def peut_gerer_les_classes(utilisateur: Personne, centre: Centre | int) -> bool:
    """Créer une classe et y inscrire : le DDFPT et le chef de centre ; l'administrateur partout."""
    return roles_de(utilisateur).est_administrateur or a_un_role(utilisateur, centre, GERER_LES_CLASSES)


def peut_affecter(utilisateur: Personne, centre: Centre | None, role: Role) -> bool:
    """Nommer quelqu'un : l'administrateur partout, le chef dans son centre et pour son équipe."""
    if roles_de(utilisateur).est_administrateur:
        return True
    return centre is not None and role in ROLES_NOMMES_PAR_LE_CHEF and a_un_role(utilisateur, centre, GERER_L_EQUIPE)


def peut_voir_classes(utilisateur: Personne) -> bool:
    return bool(roles_de(utilisateur).centres_ou(ROLES_LECTURE))


def peut_voir_centres(utilisateur: Personne) -> bool:
    return bool(roles_de(utilisateur).tenues)


def classe_ou_404(utilisateur: Personne, pk: int) -> Classe:
    classes = Classe.objects.visibles_par(utilisateur).select_related("centre", "session", "version__diplome")
    return _premier_ou_404(classes.filter(pk=pk), "Classe introuvable.")


def apprenant_ou_404(utilisateur: Personne, pk: int) -> Apprenant:
    return _premier_ou_404(Apprenant.objects.visibles_par(utilisateur).filter(pk=pk), "Apprenant introuvable.")


def inscription_ou_404(utilisateur: Personne, pk: int) -> Inscription:
    inscriptions = Inscription.objects.visibles_par(utilisateur).select_related(
        "apprenant", "option", "classe__centre", "classe__session", "classe__version__diplome"
    )
    return _premier_ou_404(inscriptions.filter(pk=pk), "Inscription introuvable.")


def _premier_ou_404(objets: QuerySet[_M], message: str) -> _M:
    objet = objets.first()
    if objet is None:
        raise Http404(message)
    return objet


def centres_organises(utilisateur: Personne) -> QuerySet[Centre]:
    """Les centres dont la personne tient les classes, les apprenants et les entreprises."""
    return Centre.objects.ou_agit(utilisateur, GERER_LES_CLASSES)


def centres_nommables(utilisateur: Personne) -> QuerySet[Centre]:
    """Les centres où la personne donne et retire des rôles."""
    if roles_de(utilisateur).est_administrateur:
        return Centre.objects.all()
    return Centre.objects.ou_agit(utilisateur, GERER_L_EQUIPE)


def peut_organiser(utilisateur: Personne) -> bool:
    return bool(roles_de(utilisateur).centres_ou(GERER_LES_CLASSES))


def peut_voir_l_equipe(utilisateur: Personne) -> bool:
    """Le DDFPT lit la liste des personnels de son centre, sans y toucher."""
    return roles_de(utilisateur).est_administrateur or peut_organiser(utilisateur)


def peut_nommer(utilisateur: Personne) -> bool:
    roles = roles_de(utilisateur)
    return roles.est_administrateur or bool(roles.centres_ou(GERER_L_EQUIPE))


def roles_nommables(utilisateur: Personne) -> list[Role]:
    """Ce que la personne peut donner ; l'inspecteur et l'administrateur viennent de l'administrateur."""
    if roles_de(utilisateur).est_administrateur:
        return list(Role)
    return [role for role in Role if role in ROLES_NOMMES_PAR_LE_CHEF] if peut_nommer(utilisateur) else []


def peut_gerer_le_compte(utilisateur: Personne, personne: Utilisateur) -> bool:
    """Corriger ou fermer un compte : celui dont tous les rôles relèvent du même chef, ou l'administrateur.

    Un chef ne touche donc ni à un inspecteur, ni à un administrateur, ni à quelqu'un qui travaille aussi ailleurs.
    """
    return personne.pk in comptes_geres(utilisateur, [personne.pk])


def comptes_geres(utilisateur: Personne, personnes: Collection[int]) -> set[int]:
    """Parmi ces comptes, ceux que la personne gère (une requête)."""
    if roles_de(utilisateur).est_administrateur:
        return set(personnes)
    diriges = roles_de(utilisateur).centres_ou(GERER_L_EQUIPE)
    futures = Affectation.objects.filter(utilisateur__in=personnes).non_finies()
    d_ici: set[int] = set()
    d_ailleurs: set[int] = set()
    for personne, role, centre in futures.values_list("utilisateur", "role", "centre"):
        (d_ici if role in ROLES_NOMMES_PAR_LE_CHEF and centre in diriges else d_ailleurs).add(personne)
    return d_ici - d_ailleurs


def peut_changer_l_adresse(utilisateur: Personne, personne: Utilisateur) -> bool:
    """Sur un compte déjà géré : celui qui n'a pas encore servi, pour une faute de frappe ; sinon l'administrateur."""
    return not personne.a_servi or roles_de(utilisateur).est_administrateur


def peut_ouvrir_le_compte(utilisateur: Personne, personne: Utilisateur) -> bool:
    """Inviter et rendre l'accès : aussi, pour qui organise les classes, le compte d'un apprenant sans aucun rôle."""
    if peut_gerer_le_compte(utilisateur, personne):
        return True
    if Affectation.objects.filter(utilisateur=personne).non_finies().exists():
        return False
    return apprenants_organises(utilisateur).filter(utilisateur=personne).exists()


def organisation_ou_404(utilisateur: Personne) -> None:
    if not peut_organiser(utilisateur):
        raise Http404("Page introuvable.")


def equipe_ou_404(utilisateur: Personne) -> None:
    if not peut_voir_l_equipe(utilisateur):
        raise Http404("Page introuvable.")


def administration_ou_404(utilisateur: Personne) -> None:
    if not roles_de(utilisateur).est_administrateur:
        raise Http404("Page introuvable.")


def classe_organisee_ou_404(utilisateur: Personne, pk: int) -> Classe:
    classes = Classe.objects.filter(centre__in=centres_organises(utilisateur))
    lues = classes.select_related("centre", "session", "version__diplome")
    return _premier_ou_404(lues.filter(pk=pk), "Classe introuvable.")


def apprenants_organises(utilisateur: Personne) -> ApprenantQuerySet:
    """Ceux qui sont, ou ont été, inscrits dans un centre que la personne organise."""
    inscrits = Inscription.objects.filter(classe__centre__in=centres_organises(utilisateur))
    return Apprenant.objects.filter(pk__in=inscrits.values("apprenant"))


def apprenant_organise_ou_404(utilisateur: Personne, pk: int) -> Apprenant:
    return _premier_ou_404(apprenants_organises(utilisateur).filter(pk=pk), "Apprenant introuvable.")


def inscription_organisee_ou_404(utilisateur: Personne, pk: int) -> Inscription:
    inscriptions = Inscription.objects.filter(classe__centre__in=centres_organises(utilisateur)).select_related(
        "apprenant", "option", "classe__centre", "classe__version"
    )
    return _premier_ou_404(inscriptions.filter(pk=pk), "Inscription introuvable.")


def personnels_visibles(utilisateur: Personne) -> QuerySet[Utilisateur]:
    """Ceux qui ont, ou ont eu, un rôle dans les centres de la personne ; tous pour l'administrateur."""
    if roles_de(utilisateur).est_administrateur:
        return Utilisateur.objects.filter(apprenant__isnull=True)
    ici = Affectation.objects.filter(centre__in=centres_organises(utilisateur))
    return Utilisateur.objects.filter(pk__in=ici.values("utilisateur"))


def personnel_ou_404(utilisateur: Personne, pk: int) -> Utilisateur:
    equipe_ou_404(utilisateur)
    return _premier_ou_404(personnels_visibles(utilisateur).filter(pk=pk), "Personne introuvable.")


def compte_gerable_ou_404(utilisateur: Personne, pk: int) -> Utilisateur:
    personne = personnel_ou_404(utilisateur, pk)
    if not peut_gerer_le_compte(utilisateur, personne):
        raise Http404("Personne introuvable.")
    return personne


def compte_ouvrable_ou_404(utilisateur: Personne, pk: int) -> Utilisateur:
    """Un autre que soi : son propre accès se tient dans « Mon compte »."""
    personne = _premier_ou_404(_comptes_des_siens(utilisateur).filter(pk=pk), "Personne introuvable.")
    if personne.pk == utilisateur.pk or not peut_ouvrir_le_compte(utilisateur, personne):
        raise Http404("Personne introuvable.")
    return personne


def _comptes_des_siens(utilisateur: Personne) -> QuerySet[Utilisateur]:
    """Un compte d'ailleurs ne se cherche pas plus loin qu'un compte absent : le travail fait ne dit pas s'il existe."""
    if roles_de(utilisateur).est_administrateur:
        return Utilisateur.objects.all()
    equipe = Affectation.objects.filter(centre__in=Centre.objects.ou_agit(utilisateur, GERER_L_EQUIPE))
    apprenants = apprenants_organises(utilisateur).exclude(utilisateur=None)
    return Utilisateur.objects.filter(
        Q(pk__in=equipe.values("utilisateur")) | Q(pk__in=apprenants.values("utilisateur"))
    )


def affectation_terminable_ou_404(utilisateur: Personne, pk: int) -> Affectation:
    affectations = Affectation.objects.select_related("utilisateur", "centre").filter(pk=pk)
    affectation = _premier_ou_404(affectations, "Affectation introuvable.")
    if not peut_affecter(utilisateur, affectation.centre, Role(affectation.role)):
        raise Http404("Affectation introuvable.")
    return affectation


def entreprise_organisee_ou_404(utilisateur: Personne, pk: int) -> Entreprise:
    entreprises = Entreprise.objects.filter(centre__in=centres_organises(utilisateur)).select_related("centre")
    return _premier_ou_404(entreprises.filter(pk=pk), "Entreprise introuvable.")


def tuteur_organise_ou_404(utilisateur: Personne, pk: int) -> Tuteur:
    tuteurs = Tuteur.objects.filter(entreprise__centre__in=centres_organises(utilisateur))
    return _premier_ou_404(tuteurs.select_related("entreprise__centre").filter(pk=pk), "Tuteur introuvable.")


def peut_lire_le_journal(utilisateur: Personne, centre: Centre | int) -> bool:
    return a_un_role(utilisateur, centre, LIRE_LE_JOURNAL)


def peut_lire_le_journal_de_l_apprenant(utilisateur: Personne, apprenant: Apprenant) -> bool:
    return classes_au_journal(utilisateur).filter(inscriptions__apprenant=apprenant).exists()


def peut_lire_le_journal_de_la_personne(utilisateur: Personne, personne: Utilisateur) -> bool:
    return _personnes_au_journal(utilisateur).filter(pk=personne.pk).exists()


def peut_voir_les_consultations(utilisateur: Personne) -> bool:
    return bool(roles_de(utilisateur).centres_ou(GERER_L_EQUIPE))


def classes_au_journal(utilisateur: Personne) -> QuerySet[Classe]:
    """Les classes dont la personne lit l'histoire."""
    return Classe.objects.filter(centre__in=Centre.objects.ou_agit(utilisateur, LIRE_LE_JOURNAL))


def classe_au_journal_ou_404(utilisateur: Personne, pk: int) -> Classe:
    return _premier_ou_404(classes_au_journal(utilisateur).select_related("centre").filter(pk=pk), "Page introuvable.")


def apprenant_au_journal_ou_404(utilisateur: Personne, pk: int) -> Apprenant:
    inscrits = Inscription.objects.filter(classe__in=classes_au_journal(utilisateur))
    return _premier_ou_404(Apprenant.objects.filter(pk__in=inscrits.values("apprenant"), id=pk), "Page introuvable.")


def personne_au_journal_ou_404(utilisateur: Personne, pk: int) -> Utilisateur:
    return _premier_ou_404(_personnes_au_journal(utilisateur).filter(pk=pk), "Page introuvable.")


def _personnes_au_journal(utilisateur: Personne) -> QuerySet[Utilisateur]:
    """Les droits d'une personne : l'administrateur, et le chef des centres où elle les a ou les a eus."""
    if roles_de(utilisateur).est_administrateur:
        return Utilisateur.objects.all()
    ici = Affectation.objects.filter(centre__in=Centre.objects.ou_agit(utilisateur, GERER_L_EQUIPE))
    return Utilisateur.objects.filter(pk__in=ici.values("utilisateur"))


def centres_des_consultations_ou_404(utilisateur: Personne) -> QuerySet[Centre]:
    """Les centres dont la personne répond des notes : elle voit qui les a lues."""
    if not peut_voir_les_consultations(utilisateur):
        raise Http404("Page introuvable.")
    return Centre.objects.ou_agit(utilisateur, GERER_L_EQUIPE)
