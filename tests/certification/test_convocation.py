"""Convoquer une commission et corriger sa convocation : qui, comment, et ce qui est refusé."""

from typing import Any

import pytest
from django.core.exceptions import PermissionDenied, ValidationError

from centres.models import Classe, Utilisateur
from certification.models import Commission
from certification.services.commissions import DonneesMembre, convoquer, modifier_convocation, noter_presence
from tests.certification.fabrique_seance import convocation, evenements
from tests.fabriques import fabriquer_classe

pytestmark = pytest.mark.django_db
ROLES = ("collegue", "referent", "ddfpt", "inspecteur", "administrateur", "etranger", "ancien")


@pytest.mark.parametrize("role", [*ROLES, "enseignante", "membre_commission"])
def test_seul_le_chef_de_centre_convoque(
    role: str, classe: Classe, enseignante: Utilisateur, request: pytest.FixtureRequest
) -> None:
    with pytest.raises(PermissionDenied):
        convoquer(utilisateur=request.getfixturevalue(role), classe=classe, donnees=convocation(enseignante))
    assert not Commission.objects.exists()


def test_une_convocation_incomplete_est_refusee_et_dit_pourquoi(
    classe: Classe, chef: Utilisateur, enseignante: Utilisateur, etranger: Utilisateur, centre_hors_contrat: Any
) -> None:
    sans_president = (DonneesMembre(nom="X", qualite="Y"),)
    for donnees, dit in (
        (convocation(enseignante, membres=sans_president), "Désignez un président, et un seul."),
        (convocation(enseignante, etranger), f"{etranger} n'a pas de rôle dans ce centre"),
        (convocation(enseignante, membres=(DonneesMembre(qualite="", est_president=True),)), "Nommez chaque membre."),
        (convocation(enseignante, lieu=" "), "Ce champ ne peut pas être vide."),
    ):
        with pytest.raises(ValidationError) as refus:
            convoquer(utilisateur=chef, classe=classe, donnees=donnees)
        assert any(dit in texte for texte in refus.value.messages)
    premiere = fabriquer_classe(classe.centre, classe.version, annee_cycle=2)
    with pytest.raises(ValidationError, match="dernière année"):
        convoquer(utilisateur=chef, classe=premiere, donnees=convocation(enseignante))
    convoquer(utilisateur=chef, classe=classe, donnees=convocation(enseignante))
    with pytest.raises(ValidationError, match="déjà convoquée"):
        convoquer(utilisateur=chef, classe=classe, donnees=convocation(enseignante))
    assert Commission.objects.count() == 1


def test_la_convocation_se_corrige_sans_ecraser_personne_ni_perdre_les_presences(
    seance: Commission, chef: Utilisateur, enseignante: Utilisateur, collegue: Utilisateur
) -> None:
    presidente, _, pro = seance.membres.order_by("pk")
    noter_presence(utilisateur=enseignante, commission=seance, presences={presidente.pk: True, pro.pk: False})
    gardes = (
        DonneesMembre(pk=presidente.pk, utilisateur=enseignante, qualite="Enseignante"),
        DonneesMembre(utilisateur=collegue, qualite="Enseignant", est_president=True),
        DonneesMembre(pk=pro.pk, nom=pro.nom, qualite=pro.qualite, est_professionnel=True),
    )
    donnees = convocation(enseignante, membres=gardes)
    with pytest.raises(ValidationError, match="modifiée pendant"):
        modifier_convocation(utilisateur=chef, commission=seance, donnees=donnees, version=7)
    with pytest.raises(PermissionDenied):
        modifier_convocation(utilisateur=enseignante, commission=seance, donnees=donnees, version=1)
    corrigee = modifier_convocation(utilisateur=chef, commission=seance, donnees=donnees, version=1)
    assert corrigee.version == 2
    presences = {str(m): m.est_present for m in corrigee.membres.all()}
    assert presences == {str(enseignante): True, str(collegue): None, "Mme Perrin": False}
    nombre = len(evenements(seance))
    assert modifier_convocation(utilisateur=chef, commission=seance, donnees=donnees, version=2).version == 2
    assert len(evenements(seance)) == nombre
