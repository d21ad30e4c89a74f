"""Huit enseignants sur la même cellule : aucune saisie acquittée ne se perd, chaque perdant est prévenu."""

import threading
from uuid import uuid4

import pytest
from django.db import connection

from centres.enums import Role
from centres.journal import verifier_chaine
from centres.models import Centre, Classe, Evenement, Inscription, Utilisateur
from evaluations.models import Positionnement, Situation
from evaluations.services.positionnements import (
    ConflitDeVersion,
    SituationVerrouillee,
    enregistrer_cellule,
)
from evaluations.services.situations import verrouiller_situation
from tests.evaluations.fabrique_grille import detail
from tests.fabriques import fabriquer_personne

pytestmark = [
    pytest.mark.postgresql,
    pytest.mark.skipif(connection.vendor != "postgresql", reason="verrous de ligne"),
    pytest.mark.django_db(transaction=True),
]

REDACTEURS = 8
SAISIES = 40


@pytest.fixture
def redacteurs(centre_a: Centre) -> list[Utilisateur]:
    return [fabriquer_personne(f"redacteur{rang}", Role.ENSEIGNANT, centre_a) for rang in range(REDACTEURS)]


class Redacteur(threading.Thread):
    """Lit la version, écrit, recommence ; retient ce que le serveur a accepté et refusé."""

    def __init__(self, utilisateur: Utilisateur, cle: dict[str, int], depart: threading.Barrier) -> None:
        super().__init__()
        self.utilisateur, self.cle, self.depart = utilisateur, cle, depart
        self.acquittees: list[tuple[int, str]] = []
        self.conflits: list[tuple[int, object]] = []
        self.verrous = 0
        self.erreur: Exception | None = None

    def run(self) -> None:
        try:
            self.depart.wait()
            for rang in range(SAISIES):
                self._saisir(f"{self.utilisateur.username} {rang}")
        except Exception as erreur:
            self.erreur = erreur
        finally:
            connection.close()

    def _saisir(self, texte: str) -> None:
        actuelle = Positionnement.objects.filter(**self.cle).values_list("version", flat=True).first() or 0
        try:
            ecrit = enregistrer_cellule(
                utilisateur=self.utilisateur,
                **self.cle,
                valeur=1 + len(texte) % 4,
                version=actuelle,
                observation=texte,
                operation=uuid4(),
            )
        except ConflitDeVersion as conflit:
            self.conflits.append((actuelle, conflit.actuel))
        except SituationVerrouillee:
            self.verrous += 1
        else:
            self.acquittees.append((ecrit.version, texte))


def lancer(redacteurs: list[Utilisateur], situation: Situation, inscription: Inscription) -> list[Redacteur]:
    cle = {"situation_id": situation.pk, "inscription_id": inscription.pk, "detaillee_id": detail("C6.1").pk}
    depart = threading.Barrier(len(redacteurs))
    fils = [Redacteur(utilisateur, cle, depart) for utilisateur in redacteurs]
    for fil in fils:
        fil.start()
    return fils


def finir(fils: list[Redacteur]) -> None:
    for fil in fils:
        fil.join()
    assert [fil.erreur for fil in fils if fil.erreur] == []


def test_aucune_saisie_acquittee_ne_se_perd_et_chaque_perdant_est_prevenu(
    redacteurs: list[Utilisateur], situation_e31: Situation, ines: Inscription
) -> None:
    fils = lancer(redacteurs, situation_e31, ines)
    finir(fils)
    acquittees = sorted(saisie for fil in fils for saisie in fil.acquittees)
    chaine = f"situation:{situation_e31.pk}"
    journal = [
        (evenement.apres["version"], evenement.apres["observation"])
        for evenement in Evenement.objects.filter(chaine=chaine).order_by("rang")
    ]
    assert acquittees == journal
    assert [version for version, _ in journal] == list(range(1, len(journal) + 1))
    assert Positionnement.objects.get().version == len(journal)
    conflits = [conflit for fil in fils for conflit in fil.conflits]
    assert len(conflits) + len(journal) == REDACTEURS * SAISIES
    assert conflits != []
    assert all(isinstance(actuel, Positionnement) and actuel.version > lue for lue, actuel in conflits)
    assert verifier_chaine(chaine).est_intacte


def test_une_meme_operation_envoyee_huit_fois_a_la_fois_n_a_qu_un_effet(
    enseignante: Utilisateur, situation_e31: Situation, ines: Inscription
) -> None:
    operation, depart = uuid4(), threading.Barrier(REDACTEURS)
    versions: list[int] = []

    def envoyer() -> None:
        try:
            depart.wait()
            ecrit = enregistrer_cellule(
                utilisateur=enseignante,
                situation_id=situation_e31.pk,
                inscription_id=ines.pk,
                detaillee_id=detail("C6.1").pk,
                valeur=3,
                version=0,
                operation=operation,
            )
            versions.append(ecrit.version)
        finally:
            connection.close()

    fils = [threading.Thread(target=envoyer) for _ in range(REDACTEURS)]
    for fil in fils:
        fil.start()
    for fil in fils:
        fil.join()
    assert versions == [1] * REDACTEURS
    assert Evenement.objects.filter(operation=operation).count() == 1


def test_apres_le_verrouillage_plus_rien_n_est_acquitte(
    redacteurs: list[Utilisateur], situation_e31: Situation, ines: Inscription, classe: Classe, chef: Utilisateur
) -> None:
    fils = lancer(redacteurs, situation_e31, ines)
    verrouiller_situation(utilisateur=chef, situation=situation_e31)
    finir(fils)
    actes = list(
        Evenement.objects.filter(chaine=f"situation:{situation_e31.pk}").order_by("rang").values_list("acte", flat=True)
    )
    assert actes[-1] == "situation.verrouillee"
    assert sum(fil.verrous for fil in fils) > 0
