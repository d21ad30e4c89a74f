"""Scellée, une situation ne change plus pour aucun rôle, et son verrou ne se lève plus."""

from typing import Any

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.urls import reverse
from django.utils import timezone

from centres.models import Classe, Evenement, Inscription, Utilisateur
from evaluations.enums import Nature
from evaluations.models import ObservationApprenant, Positionnement, Situation
from evaluations.services.classeur import appliquer_differences
from evaluations.services.positionnements import (
    ObjetIntrouvable,
    Saisie,
    SituationVerrouillee,
    enregistrer_cellule,
    enregistrer_observation,
)
from evaluations.services.scelles import desceller_situations, sceller_situations
from evaluations.services.situations import (
    deverrouiller_situation,
    modifier_situation,
    supprimer_situation,
    verrouiller_situation,
)
from tests.evaluations.donnees_de_test import donnees, une_situation
from tests.evaluations.fabrique_grille import detail

pytestmark = pytest.mark.django_db
ROLES = ("enseignante", "referent", "ddfpt", "chef", "membre_commission", "inspecteur", "administrateur")
REFUS = (PermissionDenied, ValidationError, SituationVerrouillee, ObjetIntrouvable)


@pytest.fixture
def scellee(enseignante: Utilisateur, classe: Classe, ines: Inscription) -> Situation:
    situation = une_situation(enseignante, classe, nature=Nature.CERTIFICATIVE)
    formative = une_situation(enseignante, classe, code="F1", nature=Nature.FORMATIVE)
    cle = {"utilisateur": enseignante, "situation_id": situation.pk, "inscription_id": ines.pk}
    enregistrer_cellule(**cle, detaillee_id=detail("C7.1").pk, valeur=2, version=0)
    enregistrer_observation(**cle, texte="Précise", version=0)
    assert sceller_situations(classe=classe, maintenant=timezone.now()) == [situation]
    assert sceller_situations(classe=classe, maintenant=timezone.now()) == []
    formative.refresh_from_db()
    assert not formative.est_scellee
    situation.refresh_from_db()
    return situation


def _etat() -> list[Any]:
    modeles = (Situation, Positionnement, ObservationApprenant, Evenement)
    return [list(modele.objects.order_by("pk").values()) for modele in modeles]


@pytest.mark.parametrize("role", ROLES)
def test_aucun_role_n_y_ecrit_par_aucun_acte(
    role: str, scellee: Situation, ines: Inscription, request: pytest.FixtureRequest
) -> None:
    personne = request.getfixturevalue(role)
    cle = {"situation_id": scellee.pk, "inscription_id": ines.pk}
    saisie = Saisie(inscription_id=ines.pk, detaillee_id=detail("C7.1").pk, valeur=4, version=1)
    actes: list[tuple[Any, dict[str, Any]]] = [
        (enregistrer_cellule, {**cle, "detaillee_id": detail("C7.1").pk, "valeur": 4, "version": 1}),
        (enregistrer_cellule, {**cle, "detaillee_id": detail("C7.2").pk, "valeur": 4, "version": 0}),
        (enregistrer_observation, {**cle, "texte": "Autre", "version": 1}),
        (appliquer_differences, {"situation_id": scellee.pk, "saisies": [saisie]}),
        (modifier_situation, {"situation": scellee, "donnees": donnees(titre="Autre")}),
        (supprimer_situation, {"situation": scellee}),
        (verrouiller_situation, {"situation": scellee}),
        (deverrouiller_situation, {"situation": scellee, "motif": "Erreur"}),
    ]
    avant = _etat()
    for acte, arguments in actes:
        # Qui ne note pas là ne la trouve même pas.
        with pytest.raises(REFUS):
            acte(utilisateur=personne, **arguments)
    assert _etat() == avant


def test_un_verrou_scelle_ne_se_leve_plus_puis_se_leve_a_nouveau(
    enseignante: Utilisateur, chef: Utilisateur, classe: Classe, client_de: Any
) -> None:
    situation = une_situation(enseignante, classe, nature=Nature.CERTIFICATIVE)
    verrouiller_situation(utilisateur=chef, situation=situation)
    sceller_situations(classe=classe, maintenant=timezone.now())
    with pytest.raises(ValidationError, match="scellée"):
        deverrouiller_situation(utilisateur=chef, situation=situation, motif="Erreur")
    assert client_de(chef).get(reverse("evaluations:situation_verrou", args=[situation.pk])).status_code == 404
    page = client_de(chef).get(reverse("evaluations:situation", args=[situation.pk])).content.decode()
    assert "scellée le" in page
    assert "Déverrouiller" not in page
    grille = client_de(enseignante).get(reverse("evaluations:grille", args=[situation.pk])).content.decode()
    assert "Situation scellée le" in grille
    assert desceller_situations(classe=classe) == [situation]
    # Le verrou du chef, lui, est resté.
    situation.refresh_from_db()
    assert situation.est_verrouillee
    assert not deverrouiller_situation(utilisateur=chef, situation=situation, motif="Erreur").est_verrouillee
