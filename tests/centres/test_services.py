"""Créer une classe, inscrire, affecter : autorisé, en une transaction, journalisé une fois."""

from datetime import date

import pytest
from django.core.exceptions import PermissionDenied, ValidationError

from centres import services
from centres.enums import Role, StatutApprenant
from centres.journal import verifier_journal
from centres.models import Affectation, Apprenant, Classe, Evenement, Inscription, Utilisateur
from centres.permissions import peut_evaluer
from referentiel.models import Diplome, SessionExamen
from referentiel.services import importer_referentiel
from tests.conftest import lire_les_faits
from tests.fabriques import fabriquer_classe, fabriquer_inscription, fabriquer_session, fabriquer_utilisateur

NOEL = date(2026, 1, 5)


def actes() -> list[str]:
    assert verifier_journal().est_intacte
    return list(Evenement.objects.order_by("pk").values_list("acte", flat=True))


def inscrire(auteur, classe, option, statut=StatutApprenant.SCOLAIRE, debut=NOEL, apprenant=None) -> Inscription:
    apprenant = apprenant or Apprenant.objects.create(nom="Nguyen", prenom="Linh")
    return services.inscrire_apprenant(
        auteur=auteur, classe=classe, apprenant=apprenant, option=option, statut=statut, debut=debut
    )


@pytest.fixture
def donnees_classe(centre_a, referentiel) -> dict[str, object]:
    return {
        "centre": centre_a,
        "nom": " 1TRPM ",
        "annee_scolaire": 2025,
        "annee_cycle": 2,
        "version": referentiel,
        "session": fabriquer_session(referentiel, 2027),
    }


@pytest.mark.parametrize("qui", ["ddfpt", "chef", "administrateur"])
def test_qui_organise_cree_une_classe(request, donnees_classe, qui):
    auteur = request.getfixturevalue(qui)
    classe = services.creer_classe(auteur=auteur, **donnees_classe)
    assert Classe.objects.get().nom == classe.nom == "1TRPM"
    evenement = Evenement.objects.get()
    assert (evenement.acte, evenement.auteur, evenement.objet) == (
        "classe.creee",
        auteur,
        f"centres.classe:{classe.pk}",
    )


@pytest.mark.parametrize("qui", ["enseignante", "inspecteur", "membre_commission", "etranger", "ancien"])
def test_les_autres_ne_creent_pas_de_classe(request, donnees_classe, qui):
    with pytest.raises(PermissionDenied):
        services.creer_classe(auteur=request.getfixturevalue(qui), **donnees_classe)
    assert Classe.objects.count() == Evenement.objects.count() == 0


def test_une_classe_en_double_est_refusee_sans_trace(ddfpt, donnees_classe):
    services.creer_classe(auteur=ddfpt, **donnees_classe)
    with pytest.raises(ValidationError):
        services.creer_classe(auteur=ddfpt, **donnees_classe)
    assert actes() == ["classe.creee"]


def test_une_quatrieme_annee_est_refusee(ddfpt, donnees_classe):
    with pytest.raises(ValidationError, match="Le cycle dure 3 ans"):
        services.creer_classe(auteur=ddfpt, **{**donnees_classe, "annee_cycle": 4})


def test_la_session_d_un_autre_diplome_est_refusee(ddfpt, donnees_classe):
    autre = SessionExamen.objects.create(diplome=Diplome.objects.create(code="AUTRE"), annee=2027)
    with pytest.raises(ValidationError, match="pas celle du diplôme"):
        services.creer_classe(auteur=ddfpt, **{**donnees_classe, "session": autre})


def test_une_inscription_est_journalisee_dans_la_chaine_de_l_apprenant(ddfpt, classe, option_rsp):
    inscription = inscrire(ddfpt, classe, option_rsp)
    evenement = Evenement.objects.get()
    assert evenement.chaine_id == f"apprenant:{inscription.apprenant_id}"
    assert evenement.avant is None
    assert evenement.apres == {
        "inscription": inscription.pk,
        "classe": classe.pk,
        "option": "RSP",
        "statut": "scolaire",
        "debut": "2026-01-05",
        "fin": None,
    }


def test_changer_d_option_ferme_l_inscription_precedente_la_veille(ddfpt, classe, ines, option_rmo):
    nouvelle = inscrire(ddfpt, classe, option_rmo, apprenant=ines.apprenant)
    ines.refresh_from_db()
    assert (ines.fin, nouvelle.debut, nouvelle.fin) == (date(2026, 1, 4), NOEL, None)
    evenement = Evenement.objects.get()
    assert (evenement.avant["fin"], evenement.apres["fin"]) == (None, None)
    assert evenement.apres["fermee"] == {"inscription": ines.pk, "fin": "2026-01-04"}
    assert list(classe.inscriptions.dernieres()) == [nouvelle]


def test_changer_de_statut_ferme_l_inscription_precedente(ddfpt, classe, ines, option_rsp):
    inscrire(ddfpt, classe, option_rsp, StatutApprenant.APPRENTI, apprenant=ines.apprenant)
    ines.refresh_from_db()
    assert ines.fin == date(2026, 1, 4)


def test_passer_dans_la_classe_superieure_ferme_l_annee_precedente(ddfpt, centre_a, referentiel, classe, option_rsp):
    premiere = fabriquer_classe(centre_a, referentiel, annee_scolaire=2024, annee_cycle=2)
    ancienne = fabriquer_inscription(premiere, option_rsp, debut=date(2024, 9, 2))
    inscrire(ddfpt, classe, option_rsp, debut=date(2025, 9, 1), apprenant=ancienne.apprenant)
    ancienne.refresh_from_db()
    assert ancienne.fin == date(2025, 8, 31)


def test_la_meme_inscription_deux_fois_est_refusee(ddfpt, classe, ines, option_rsp):
    with pytest.raises(ValidationError, match="déjà inscrit"):
        inscrire(ddfpt, classe, option_rsp, apprenant=ines.apprenant)
    ines.refresh_from_db()
    assert (ines.fin, actes()) == (None, [])


def test_une_inscription_ne_chevauche_pas_celle_qui_la_suit(ddfpt, classe, ines, option_rmo):
    with pytest.raises(ValidationError, match="commence déjà le 01/09/2025"):
        inscrire(ddfpt, classe, option_rmo, debut=date(2025, 8, 25), apprenant=ines.apprenant)
    assert Inscription.objects.count() == 1


def test_une_option_d_une_autre_version_est_refusee(ddfpt, classe):
    autre = importer_referentiel(lire_les_faits())
    with pytest.raises(ValidationError, match="pas de la version"):
        inscrire(ddfpt, classe, autre.options.get(code="RSP"))


@pytest.mark.parametrize(
    ("annee_cycle", "statut", "avec_option", "accepte"),
    [
        (1, StatutApprenant.SCOLAIRE, False, True),
        (1, StatutApprenant.SCOLAIRE, True, False),
        (1, StatutApprenant.APPRENTI, True, True),
        (1, StatutApprenant.APPRENTI, False, False),
        (2, StatutApprenant.SCOLAIRE, False, False),
        (2, StatutApprenant.SCOLAIRE, True, True),
    ],
)
def test_l_eleve_de_seconde_seul_n_a_pas_d_option(
    ddfpt, centre_a, referentiel, option_rsp, annee_cycle, statut, avec_option, accepte
):
    classe = fabriquer_classe(centre_a, referentiel, annee_cycle=annee_cycle)
    option = option_rsp if avec_option else None
    if accepte:
        assert inscrire(ddfpt, classe, option, statut).option == option
    else:
        with pytest.raises(ValidationError):
            inscrire(ddfpt, classe, option, statut)


@pytest.mark.parametrize("qui", ["enseignante", "inspecteur", "etranger", "compte_apprenant"])
def test_les_autres_n_inscrivent_pas(request, classe, option_rsp, qui):
    auteur = request.getfixturevalue(qui)
    avant = Inscription.objects.count()
    with pytest.raises(PermissionDenied):
        inscrire(auteur, classe, option_rsp)
    assert Inscription.objects.count() == avant


def test_connaitre_le_numero_d_un_apprenant_d_ailleurs_ne_suffit_pas(
    chef, classe, centre_b, referentiel, option_rsp, option_rmo
):
    ailleurs = fabriquer_inscription(fabriquer_classe(centre_b, referentiel), option_rsp)
    with pytest.raises(PermissionDenied):
        inscrire(chef, classe, option_rmo, apprenant=ailleurs.apprenant)
    assert not Apprenant.objects.visibles_par(chef).exists()


def test_un_chef_affecte_dans_son_centre_et_le_droit_vaut_aussitot(chef, centre_a, classe, sans_affectation):
    assert not peut_evaluer(sans_affectation, classe)
    services.affecter(
        auteur=chef, utilisateur=sans_affectation, role=Role.ENSEIGNANT, centre=centre_a, debut=date(2025, 9, 1)
    )
    assert peut_evaluer(sans_affectation, classe)
    assert actes() == ["affectation.creee"]


@pytest.mark.parametrize("role", [Role.INSPECTEUR, Role.ADMINISTRATEUR])
def test_un_chef_ne_se_donne_pas_un_role_qui_le_depasse(chef, centre_a, role):
    avant = Affectation.objects.count()
    with pytest.raises(PermissionDenied):
        services.affecter(
            auteur=chef,
            utilisateur=chef,
            role=role,
            centre=None if role == Role.ADMINISTRATEUR else centre_a,
            debut=date(2025, 9, 1),
        )
    assert Affectation.objects.count() == avant


def test_une_affectation_qui_finit_avant_de_commencer_est_refusee(administrateur, centre_a, sans_affectation):
    with pytest.raises(ValidationError):
        services.affecter(
            auteur=administrateur,
            utilisateur=sans_affectation,
            role=Role.ENSEIGNANT,
            centre=centre_a,
            debut=date(2025, 9, 1),
            fin=date(2025, 8, 1),
        )
    assert not sans_affectation.affectations.exists()


def test_un_compte_cree_n_ouvre_rien_avant_le_choix_d_un_mot_de_passe(administrateur, client):
    compte = services.creer_utilisateur(auteur=administrateur, identifiant="lea", prenom="Léa", nom="Roy")
    assert not compte.has_usable_password()
    evenement = Evenement.objects.get()
    assert (evenement.objet, evenement.apres) == (f"centres.utilisateur:{compte.pk}", None)


def test_un_chef_ne_cree_pas_de_compte(chef):
    with pytest.raises(PermissionDenied):
        services.creer_utilisateur(auteur=chef, identifiant="lea", prenom="Léa", nom="Roy")
    assert not Utilisateur.objects.filter(username="lea").exists()


def test_un_apprenant_cree_ne_laisse_pas_son_nom_dans_le_journal(ddfpt, centre_a):
    apprenant = services.creer_apprenant(auteur=ddfpt, centre=centre_a, nom="Nguyen", prenom="Linh", ine="123456789ab")
    assert apprenant.ine == "123456789AB"
    assert Evenement.objects.get().apres == {"centre": centre_a.pk, "compte": None}


def test_les_commandes_agissent_sans_auteur_un_visiteur_anonyme_jamais(centre_a, option_rsp, classe):
    inscription = inscrire(None, classe, option_rsp)
    assert Evenement.objects.get().auteur is None
    assert inscription.pk
    inactif = fabriquer_utilisateur("parti")
    inactif.is_active = False
    with pytest.raises(PermissionDenied):
        inscrire(inactif, classe, option_rsp)


@pytest.mark.parametrize("debut", [date(2025, 7, 31), date(2026, 9, 1)])
def test_on_n_entre_dans_une_classe_que_pendant_son_annee(ddfpt, classe, option_rsp, debut):
    with pytest.raises(ValidationError, match="2025-2026 va du 01/08/2025 au 31/08/2026"):
        inscrire(ddfpt, classe, option_rsp, debut=debut)
    assert not Inscription.objects.exists()


def test_un_changement_en_cours_d_annee_garde_le_depart_prevu(ddfpt, classe, ines, option_rmo):
    Inscription.objects.filter(pk=ines.pk).update(fin=date(2026, 3, 31))
    nouvelle = inscrire(ddfpt, classe, option_rmo, apprenant=ines.apprenant)
    ines.refresh_from_db()
    assert (ines.fin, nouvelle.fin) == (date(2026, 1, 4), date(2026, 3, 31))


def test_une_session_incoherente_est_refusee(ddfpt, donnees_classe, referentiel):
    autre = fabriquer_session(referentiel, 2028)
    with pytest.raises(ValidationError, match="en 2025-2026, mène à la session 2027"):
        services.creer_classe(auteur=ddfpt, **{**donnees_classe, "session": autre})
