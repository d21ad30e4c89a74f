"""La distribution : les mêmes personnes dans tous les tests, dont une qui ne doit rien voir."""

import shutil
from collections.abc import Callable, Iterator
from datetime import date
from typing import Any

import pytest
import yaml
from django.conf import settings
from django.db import connection
from pytest_django import DjangoDbBlocker

from centres.enums import Role, StatutApprenant, StatutCentre
from centres.integrite import REGISTRE
from centres.models import Apprenant, Centre, Classe, Inscription, Registre, Utilisateur
from centres.sceaux import sceller
from referentiel.models import Option, VersionReferentiel
from referentiel.services import importer_referentiel
from tests.client_strict import ClientStrict
from tests.fabriques import (
    affecter_a,
    fabriquer_centre,
    fabriquer_classe,
    fabriquer_inscription,
    fabriquer_personne,
    fabriquer_utilisateur,
)

FAITS = settings.BASE_DIR / "fixtures" / "referentiel" / "trpm.yaml"


def lire_les_faits() -> dict[str, Any]:
    return yaml.safe_load(FAITS.read_text())


def _charger_referentiel() -> VersionReferentiel:
    return importer_referentiel(lire_les_faits())


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Combien de cases de la matrice des droits ont été essayées, même réparties entre plusieurs processus."""
    lues = [dict(rapport.user_properties) for rapport in terminalreporter.getreports("passed")]
    matrices = [proprietes for proprietes in lues if "matrice_cases" in proprietes]
    if matrices:
        cases = sum(int(str(une["matrice_cases"])) for une in matrices)
        secondes = sum(float(str(une["matrice_secondes"])) for une in matrices)
        terminalreporter.write_line(f"Matrice des droits : {cases} cases conformes en {secondes:.0f} s.")


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> None:
    """Le référentiel est chargé une fois : chaque test le retrouve en annulant sa propre transaction."""
    with django_db_blocker.unblock():
        _charger_referentiel()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """`page` : passe par un client ; `pur` : sans base. SQLite ne rejoue que le reste, les modèles et les services."""
    for item in items:
        fixtures = set(getattr(item, "fixturenames", ()))
        if {"client", "client_de"} & fixtures or "pages" in item.path.stem:
            item.add_marker("page")
        elif not ({"db", "transactional_db"} & fixtures or item.get_closest_marker("django_db")):
            item.add_marker("pur")
    # Le plus long d'abord : deux processus finissent alors ensemble.
    items.sort(key=lambda item: "permissions" not in item.path.parts)


@pytest.fixture(autouse=True)
def pieces_vides() -> Iterator[None]:
    """Un fichier survit à l'annulation de la transaction qui l'a créé : aucun test n'hérite des pièces d'un autre."""
    yield
    shutil.rmtree(settings.DOSSIER_DONNEES / "pieces", ignore_errors=True)


_registre_efface = False


@pytest.fixture(autouse=True)
def journal_intact(request: pytest.FixtureRequest) -> Iterator[None]:
    """La migration ouvre le registre des chaînes ; l'effacement d'un test transactionnel l'emporte, on le rouvre.

    Sur SQLite cet effacement est un DELETE, que nos déclencheurs refusent : nous vidons les tables nous-mêmes.
    """
    global _registre_efface
    marque = request.node.get_closest_marker("django_db")
    transactionnel = bool(marque and marque.kwargs.get("transaction")) or bool(
        {"transactional_db", "live_server"} & set(request.fixturenames)
    )
    if transactionnel or marque or "db" in request.fixturenames:
        # Demandée ici, la base est ouverte avant que nous y écrivions.
        request.getfixturevalue("transactional_db" if transactionnel else "db")
        if _registre_efface:
            registre = Registre(pk=Registre.SEUL, sceau=sceller(REGISTRE, 0))
            Registre.objects.bulk_create([registre], ignore_conflicts=True)
    _registre_efface = _registre_efface or transactionnel
    yield
    if transactionnel and connection.vendor == "sqlite":
        _vider_les_tables_protegees()


def _vider_les_tables_protegees() -> None:
    with connection.constraint_checks_disabled(), connection.cursor() as curseur:
        curseur.execute("SELECT name, tbl_name, sql FROM sqlite_master WHERE type = 'trigger'")
        declencheurs = curseur.fetchall()
        for nom, _, _ in declencheurs:
            curseur.execute(f'DROP TRIGGER "{nom}"')
        for table in {table for _, table, _ in declencheurs}:
            curseur.execute(f'DELETE FROM "{table}"')  # noqa: S608
        for _, _, sql in declencheurs:
            curseur.execute(sql)


@pytest.fixture
def referentiel(db: None) -> VersionReferentiel:
    """Le TRPM v1 ; un test transactionnel l'a peut-être effacé, il est alors rechargé."""
    return VersionReferentiel.objects.filter(diplome__code="TRPM").first() or _charger_referentiel()


@pytest.fixture
def option_rsp(referentiel: VersionReferentiel) -> Option:
    return referentiel.options.get(code="RSP")


@pytest.fixture
def option_rmo(referentiel: VersionReferentiel) -> Option:
    return referentiel.options.get(code="RMO")


@pytest.fixture
def centre_a(db: None) -> Centre:
    return fabriquer_centre("Lycée A")


@pytest.fixture
def centre_b(db: None) -> Centre:
    return fabriquer_centre("Lycée B", StatutCentre.SOUS_CONTRAT, "Roanne")


@pytest.fixture
def centre_hors_contrat(db: None) -> Centre:
    return fabriquer_centre("École de production H", StatutCentre.HORS_CONTRAT)


@pytest.fixture
def enseignante(centre_a: Centre) -> Utilisateur:
    return fabriquer_personne("enseignante", Role.ENSEIGNANT, centre_a, prenom="Hélène", nom="Faye")


@pytest.fixture
def collegue(centre_a: Centre) -> Utilisateur:
    """Second enseignant du centre A."""
    return fabriquer_personne("collegue", Role.ENSEIGNANT, centre_a, prenom="Marc", nom="Roux")


@pytest.fixture
def referent(centre_a: Centre) -> Utilisateur:
    return fabriquer_personne("referent", Role.REFERENT, centre_a, prenom="Rémi", nom="Petit")


@pytest.fixture
def ddfpt(centre_a: Centre) -> Utilisateur:
    return fabriquer_personne("ddfpt", Role.DDFPT, centre_a, prenom="Diane", nom="Morel")


@pytest.fixture
def chef(centre_a: Centre) -> Utilisateur:
    return fabriquer_personne("chef", Role.CHEF, centre_a, prenom="Claude", nom="Giraud")


@pytest.fixture
def membre_commission(centre_a: Centre) -> Utilisateur:
    return fabriquer_personne("commission", Role.COMMISSION, centre_a, prenom="Paul", nom="Garnier")


@pytest.fixture
def inspecteur(centre_a: Centre, centre_b: Centre) -> Utilisateur:
    return fabriquer_personne("inspecteur", Role.INSPECTEUR, centre_a, centre_b, prenom="Irène", nom="Blanc")


@pytest.fixture
def administrateur(db: None) -> Utilisateur:
    utilisateur = fabriquer_utilisateur("admin", "Adèle", "Martin")
    affecter_a(utilisateur, Role.ADMINISTRATEUR, None)
    return utilisateur


@pytest.fixture
def etranger(centre_b: Centre) -> Utilisateur:
    """Enseigne dans le centre B seulement : rien du centre A ne lui est visible."""
    return fabriquer_personne("etranger", Role.ENSEIGNANT, centre_b, prenom="Étienne", nom="Lambert")


@pytest.fixture
def ancien(centre_a: Centre) -> Utilisateur:
    """A enseigné dans le centre A ; son affectation est finie."""
    utilisateur = fabriquer_utilisateur("ancien", "André", "Noël")
    affecter_a(utilisateur, Role.ENSEIGNANT, centre_a, fin=date(2024, 8, 31))
    return utilisateur


@pytest.fixture
def sans_affectation(db: None) -> Utilisateur:
    return fabriquer_utilisateur("nouveau", "Nour", "Ali")


@pytest.fixture
def classe(centre_a: Centre, referentiel: VersionReferentiel) -> Classe:
    """Terminale 2025-2026 du centre A, session 2026."""
    return fabriquer_classe(centre_a, referentiel, nom="TTRPM")


@pytest.fixture
def ines(classe: Classe, option_rsp: Option) -> Inscription:
    """Élève, option RSP."""
    return fabriquer_inscription(classe, option_rsp, "Bernard", "Inès")


@pytest.fixture
def aicha(classe: Classe, option_rmo: Option) -> Inscription:
    """Apprentie, option RMO."""
    return fabriquer_inscription(classe, option_rmo, "Çelik", "Aïcha", StatutApprenant.APPRENTI)


@pytest.fixture
def lucas(classe: Classe, option_rsp: Option) -> Inscription:
    """Élève, option RSP."""
    return fabriquer_inscription(classe, option_rsp, "Durand", "Lucas")


@pytest.fixture
def inscriptions(ines: Inscription, aicha: Inscription, lucas: Inscription) -> list[Inscription]:
    """Les trois inscrits de la classe, par ordre alphabétique."""
    return [ines, aicha, lucas]


@pytest.fixture
def compte_apprenant(ines: Inscription) -> Utilisateur:
    """Le compte d'Inès."""
    utilisateur = fabriquer_utilisateur("apprenant", "Inès", "Bernard")
    Apprenant.objects.filter(pk=ines.apprenant_id).update(utilisateur=utilisateur)
    ines.apprenant.refresh_from_db()
    return utilisateur


@pytest.fixture
def client() -> ClientStrict:
    """Le client d'un visiteur non connecté."""
    return ClientStrict()


@pytest.fixture
def client_de() -> Callable[[Utilisateur], ClientStrict]:
    """Un client strict déjà connecté : `client_de(enseignante).get(…)`."""

    def connecter(utilisateur: Utilisateur) -> ClientStrict:
        client = ClientStrict()
        client.force_login(utilisateur)
        return client

    return connecter
