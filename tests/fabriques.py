"""Fabriques sans surprise : tout ce qui compte pour un test y est écrit en clair."""

from datetime import date
from itertools import count

from centres.enums import Role, StatutApprenant, StatutCentre
from centres.models import Affectation, Apprenant, Centre, Classe, Inscription, Utilisateur
from referentiel.models import Option, SessionExamen, VersionReferentiel

DEBUT_AFFECTATION = date(2020, 9, 1)
RENTREE = date(2025, 9, 1)
_numeros = count(1)


def fabriquer_centre(nom: str, statut: StatutCentre = StatutCentre.PUBLIC, commune: str = "Lyon") -> Centre:
    return Centre.objects.create(nom=nom, commune=commune, statut=statut)


def fabriquer_utilisateur(identifiant: str, prenom: str = "", nom: str = "") -> Utilisateur:
    return Utilisateur.objects.create_user(
        username=identifiant, password="demo-trpm", first_name=prenom or identifiant.capitalize(), last_name=nom
    )


def affecter_a(
    utilisateur: Utilisateur,
    role: Role,
    centre: Centre | None,
    debut: date = DEBUT_AFFECTATION,
    fin: date | None = None,
) -> Affectation:
    return Affectation.objects.create(utilisateur=utilisateur, role=role, centre=centre, debut=debut, fin=fin)


def fabriquer_personne(identifiant: str, role: Role, *centres: Centre, prenom: str = "", nom: str = "") -> Utilisateur:
    """Un utilisateur et le même rôle dans chacun de ces centres."""
    utilisateur = fabriquer_utilisateur(identifiant, prenom, nom)
    for centre in centres:
        affecter_a(utilisateur, role, centre)
    return utilisateur


def fabriquer_session(version: VersionReferentiel, annee: int = 2026) -> SessionExamen:
    return SessionExamen.objects.get_or_create(
        diplome=version.diplome, annee=annee, defaults={"fin_ccf": date(annee, 5, 7)}
    )[0]


def fabriquer_classe(
    centre: Centre,
    version: VersionReferentiel,
    nom: str = "",
    annee_scolaire: int = 2025,
    annee_cycle: int = 3,
    session: int = 2026,
) -> Classe:
    return Classe.objects.create(
        centre=centre,
        nom=nom or f"TTRPM{next(_numeros)}",
        annee_scolaire=annee_scolaire,
        annee_cycle=annee_cycle,
        version=version,
        session=fabriquer_session(version, session),
    )


def fabriquer_inscription(
    classe: Classe,
    option: Option | None,
    nom: str = "",
    prenom: str = "Camille",
    statut: StatutApprenant = StatutApprenant.SCOLAIRE,
    debut: date = RENTREE,
    fin: date | None = None,
    apprenant: Apprenant | None = None,
) -> Inscription:
    """Une inscription ; l'apprenant est créé s'il n'est pas donné."""
    apprenant = apprenant or Apprenant.objects.create(nom=nom or f"Nom{next(_numeros)}", prenom=prenom)
    return Inscription.objects.create(
        apprenant=apprenant, classe=classe, option=option, statut=statut, debut=debut, fin=fin
    )
