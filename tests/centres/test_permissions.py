"""Qui peut quoi, rôle par rôle : fermé par défaut."""

from datetime import timedelta

import pytest
from django.contrib.auth.models import AnonymousUser
from django.http import Http404
from django.utils import timezone

from centres import permissions
from centres.enums import Role
from centres.models import Affectation, Apprenant, Centre, Classe, Inscription
from tests.fabriques import affecter_a, fabriquer_utilisateur

# Ce que chacun peut sur la classe du centre A.
DROITS = {
    "enseignante": {"voir", "evaluer", "preparer", "notes"},
    "referent": {"voir", "evaluer", "preparer", "notes"},
    "ddfpt": {"voir", "preparer", "notes", "gerer"},
    "chef": {"voir", "notes", "verrouiller", "gerer"},
    "membre_commission": {"voir", "notes"},
    "inspecteur": {"voir", "notes"},
    "administrateur": {"gerer"},
    "compte_apprenant": set(),
    "etranger": set(),
    "ancien": set(),
    "sans_affectation": set(),
}


def droits_de(utilisateur, classe: Classe) -> set[str]:
    tous = {
        "voir": Classe.objects.visibles_par(utilisateur).filter(pk=classe.pk).exists(),
        "evaluer": permissions.peut_evaluer(utilisateur, classe),
        "preparer": permissions.peut_preparer(utilisateur, classe),
        "notes": permissions.peut_voir_les_notes(utilisateur, classe.centre),
        "verrouiller": permissions.peut_verrouiller(utilisateur, classe),
        "gerer": permissions.peut_gerer_les_classes(utilisateur, classe.centre_id),
    }
    return {nom for nom, permis in tous.items() if permis}


@pytest.mark.parametrize(("qui", "attendus"), DROITS.items(), ids=DROITS)
def test_les_droits_de_chacun_sur_une_classe(request, classe, qui, attendus):
    assert droits_de(request.getfixturevalue(qui), classe) == attendus


def test_un_visiteur_anonyme_n_a_aucun_droit(classe):
    assert droits_de(AnonymousUser(), classe) == set()


def test_un_super_utilisateur_n_a_rien_de_plus(classe, sans_affectation):
    sans_affectation.is_superuser = sans_affectation.is_staff = True
    sans_affectation.save()
    assert droits_de(sans_affectation, classe) == set()


def test_un_compte_ferme_perd_ses_droits(classe, enseignante):
    enseignante.is_active = False
    enseignante.save()
    assert droits_de(enseignante, classe) == set()


@pytest.mark.parametrize(
    ("debut", "fin", "permis"),
    [(-10, None, True), (0, 0, True), (-10, -1, False), (1, None, False)],
    ids=["en cours", "le jour même", "finie hier", "commence demain"],
)
def test_une_affectation_vaut_entre_ses_dates(classe, sans_affectation, debut, fin, permis):
    jour = timezone.localdate()
    affecter_a(
        sans_affectation,
        Role.ENSEIGNANT,
        classe.centre,
        jour + timedelta(days=debut),
        None if fin is None else jour + timedelta(days=fin),
    )
    assert permissions.peut_evaluer(sans_affectation, classe) is permis
    assert Classe.objects.visibles_par(sans_affectation).exists() is permis


def test_un_role_dans_un_autre_centre_ne_sert_a_rien_ici(classe, centre_b, etranger):
    affecter_a(etranger, Role.CHEF, centre_b)
    affecter_a(etranger, Role.COMMISSION, classe.centre)
    assert droits_de(etranger, classe) == {"voir", "notes"}


def test_les_affectations_se_lisent_une_fois_par_personne(classe, centre_b, enseignante, django_assert_num_queries):
    affecter_a(enseignante, Role.REFERENT, centre_b)
    with django_assert_num_queries(1):
        permissions.peut_evaluer(enseignante, classe)
        permissions.peut_voir_les_notes(enseignante, centre_b)
        permissions.peut_voir_classes(enseignante)


def test_la_session_en_vigueur_est_celle_de_la_derniere_terminale_commencee(classe, enseignante):
    (tenue,) = permissions.roles_de(enseignante).tenues
    assert (tenue.role, tenue.centre, tenue.session) == (Role.ENSEIGNANT, "Lycée A", 2026)


@pytest.mark.parametrize("qui", ["etranger", "ancien", "sans_affectation", "administrateur", "compte_apprenant"])
def test_une_classe_interdite_est_introuvable(request, classe, qui):
    with pytest.raises(Http404):
        permissions.classe_ou_404(request.getfixturevalue(qui), classe.pk)


def test_un_apprenant_ne_voit_que_lui_meme(ines, lucas, compte_apprenant):
    assert list(Apprenant.objects.visibles_par(compte_apprenant)) == [ines.apprenant]
    assert list(Inscription.objects.visibles_par(compte_apprenant)) == [ines]
    assert permissions.apprenant_ou_404(compte_apprenant, ines.apprenant_id) == ines.apprenant
    assert permissions.inscription_ou_404(compte_apprenant, ines.pk) == ines
    with pytest.raises(Http404):
        permissions.apprenant_ou_404(compte_apprenant, lucas.apprenant_id)
    with pytest.raises(Http404):
        permissions.inscription_ou_404(compte_apprenant, lucas.pk)


def test_les_portees_d_un_enseignant_s_arretent_a_ses_centres(inscriptions, enseignante, etranger, centre_a, centre_b):
    assert list(Centre.objects.visibles_par(enseignante)) == [centre_a]
    assert list(Centre.objects.visibles_par(etranger)) == [centre_b]
    assert Inscription.objects.visibles_par(enseignante).count() == 3
    assert Apprenant.objects.visibles_par(enseignante).count() == 3
    assert Inscription.objects.visibles_par(etranger).count() == 0
    assert Apprenant.objects.visibles_par(etranger).count() == 0


def test_un_administrateur_voit_tous_les_centres_et_aucun_apprenant(inscriptions, administrateur, centre_b):
    assert Centre.objects.visibles_par(administrateur).count() == 2
    assert Classe.objects.visibles_par(administrateur).count() == 0
    assert Apprenant.objects.visibles_par(administrateur).count() == 0


def test_un_chef_ne_nomme_ni_inspecteur_ni_administrateur(chef, centre_a, centre_b):
    nommables = {role for role in Role if permissions.peut_affecter(chef, centre_a, role)}
    assert nommables == set(Role) - {Role.INSPECTEUR, Role.ADMINISTRATEUR}
    assert not any(permissions.peut_affecter(chef, centre_b, role) for role in Role)
    assert not permissions.peut_affecter(chef, None, Role.ADMINISTRATEUR)


def test_deux_roles_dans_un_centre_ne_doublent_pas_les_classes(classe, enseignante):
    affecter_a(enseignante, Role.REFERENT, classe.centre)
    assert Affectation.objects.filter(utilisateur=enseignante).count() == 2
    assert list(Classe.objects.visibles_par(enseignante)) == [classe]


def test_un_visiteur_anonyme_ne_voit_rien(inscriptions):
    for modele in (Centre, Classe, Apprenant, Inscription):
        assert modele.objects.visibles_par(AnonymousUser()).count() == 0


def test_un_utilisateur_sans_apprenant_ne_voit_pas_les_apprenants_sans_compte(inscriptions):
    assert Apprenant.objects.visibles_par(fabriquer_utilisateur("autre")).count() == 0
