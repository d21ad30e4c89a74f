"""La purge : au terme du délai, plus rien ne mène à la personne ; avant, rien ne s'efface."""

from collections.abc import Callable
from datetime import date, timedelta
from io import StringIO
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.management import CommandError, call_command
from django.urls import reverse
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st
from pytest_django import DjangoCaptureOnCommitCallbacks

from centres.journal import verifier_journal
from centres.models import Apprenant, Centre, Classe, Evenement, Inscription, Utilisateur
from centres.queries.conservation import ajouter_mois, echeances_du_centre
from centres.queries.journal import raconter
from centres.services.conservation import lever_gel, poser_gel, regler_conservation
from certification.models import BeneficeNote
from evaluations.models import LigneBilan, Placement, Positionnement
from evaluations.queries.changements import historique_de_cellule
from tests.fabriques import affecter_a, fabriquer_classe, fabriquer_inscription
from tests.trpm.purge_outils import INE, MARQUES, NOM, OBSERVATIONS, PRENOM, planter, publier_les_resultats, traces
from trpm.donnees.purge import Reperes, apercu_de, purger

ECHUE, RECENTE = 400, 100


@pytest.fixture
def zephirin(classe: Classe, enseignante: Utilisateur, chef: Utilisateur, lucas: Inscription) -> Inscription:
    """Dans une classe où Lucas reste à côté de lui."""
    return planter(classe, enseignante, chef)


def purger_et_effacer_les_fichiers(capturer: Callable[..., Any], **options: Any) -> None:
    with capturer(execute=True):
        purger(**options)


def test_apres_la_purge_aucune_colonne_ni_aucun_fichier_ne_nomme_la_personne(
    zephirin: Inscription,
    chef: Utilisateur,
    centre_a: Centre,
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
) -> None:
    publier_les_resultats(2026, ECHUE)
    assert {marque for _, marque in traces()} == set(MARQUES)
    purger_et_effacer_les_fichiers(django_capture_on_commit_callbacks, auteur=chef, centre=centre_a)
    assert traces() == set()
    apprenant = Apprenant.objects.get(pk=zephirin.apprenant_id)
    assert (apprenant.nom, apprenant.ine, apprenant.utilisateur) == ("Anonymisé", "", None)
    assert apprenant.anonymise_le is not None


def test_les_niveaux_et_les_inscriptions_restent(zephirin: Inscription, chef: Utilisateur, centre_a: Centre) -> None:
    publier_les_resultats(2026, ECHUE)
    avant = list(Positionnement.objects.values("pk", "niveau", "etat", "auteur", "modifie_le", "version"))
    purger(auteur=chef, centre=centre_a)
    assert list(Positionnement.objects.values("pk", "niveau", "etat", "auteur", "modifie_le", "version")) == avant
    assert Inscription.objects.get(pk=zephirin.pk).statut == zephirin.statut


def test_une_pfmp_ne_dit_plus_chez_qui_elle_s_est_passee(
    zephirin: Inscription, chef: Utilisateur, centre_a: Centre
) -> None:
    publier_les_resultats(2026, ECHUE)
    purger(auteur=chef, centre=centre_a)
    placement = Placement.objects.get(inscription=zephirin)
    assert (placement.entreprise, placement.tuteur, placement.debut) == (None, None, date(2026, 1, 5))
    assert LigneBilan.objects.get().niveau_retenu == 3


def test_la_chaine_du_journal_survit_et_dit_ce_qui_a_ete_efface(
    zephirin: Inscription, chef: Utilisateur, centre_a: Centre
) -> None:
    publier_les_resultats(2026, ECHUE)
    nombre = Evenement.objects.count()
    purger(auteur=chef, centre=centre_a)
    purges = list(Evenement.objects.filter(acte="donnees.purgees"))
    assert (len(purges), Evenement.objects.count()) == (1, nombre + 1)
    assert purges[0].auteur == chef
    assert zephirin.apprenant_id in purges[0].apres["apprenants"]
    assert verifier_journal().est_intacte


def test_les_histoires_disent_qu_un_contenu_est_efface(
    zephirin: Inscription, chef: Utilisateur, centre_a: Centre
) -> None:
    case = Positionnement.objects.get()
    histoire = (case.situation, zephirin.pk, case.detaillee_id)
    assert len(historique_de_cellule(*histoire)) == 2
    publier_les_resultats(2026, ECHUE)
    purger(auteur=chef, centre=centre_a)
    assert historique_de_cellule(*histoire) == []
    racontes = raconter(Evenement.objects.filter(chaine=f"apprenant:{zephirin.apprenant_id}").order_by("rang"))
    assert [(ligne.acte, ligne.changements) for ligne in racontes] == [
        ("a posé un gel : rien ne sera effacé", ("contenu effacé au terme du délai de conservation",)),
        ("a levé un gel", ("contenu effacé au terme du délai de conservation",)),
    ]


def test_une_seconde_purge_ne_fait_rien(zephirin: Inscription, chef: Utilisateur, centre_a: Centre) -> None:
    publier_les_resultats(2026, ECHUE)
    purger(auteur=chef, centre=centre_a)
    nombre = Evenement.objects.count()
    assert purger(auteur=chef, centre=centre_a).cles == []
    assert Evenement.objects.count() == nombre


def test_sans_resultats_publies_la_purge_est_refusee(
    zephirin: Inscription, chef: Utilisateur, centre_a: Centre
) -> None:
    avant = traces()
    with pytest.raises(ValidationError, match="Les résultats d'aucune session"):
        purger(auteur=chef, centre=centre_a)
    assert traces() == avant
    assert not Evenement.objects.filter(acte="donnees.purgees").exists()


def test_un_gel_retient_cette_personne_seule(
    zephirin: Inscription, lucas: Inscription, chef: Utilisateur, centre_a: Centre
) -> None:
    publier_les_resultats(2026, ECHUE)
    gel = poser_gel(auteur=chef, apprenant=zephirin.apprenant, motif="enquête")
    assert purger(auteur=chef, centre=centre_a).cles == [lucas.apprenant_id]
    assert Apprenant.objects.get(pk=zephirin.apprenant_id).nom == NOM
    assert Positionnement.objects.get().observation == OBSERVATIONS[1]
    lever_gel(auteur=chef, gel=gel, motif="close")
    assert purger(auteur=chef, centre=centre_a).cles == [zephirin.apprenant_id]


def test_ni_gel_en_double_ni_levee_sans_motif(zephirin: Inscription, chef: Utilisateur) -> None:
    gel = poser_gel(auteur=chef, apprenant=zephirin.apprenant, motif="enquête")
    with pytest.raises(ValidationError, match="déjà en cours"):
        poser_gel(auteur=chef, apprenant=zephirin.apprenant, motif="autre")
    with pytest.raises(ValidationError, match="Dites pourquoi"):
        lever_gel(auteur=chef, gel=gel, motif=" ")
    lever_gel(auteur=chef, gel=gel, motif="close")
    with pytest.raises(ValidationError, match="déjà levé"):
        lever_gel(auteur=chef, gel=gel, motif="close")


@pytest.mark.parametrize("qui", ["enseignante", "ddfpt", "inspecteur", "administrateur", "etranger"])
def test_le_chef_seul_purge_gele_et_regle(
    request: pytest.FixtureRequest, qui: str, zephirin: Inscription, centre_a: Centre
) -> None:
    publier_les_resultats(2026, ECHUE)
    autre = request.getfixturevalue(qui)
    for acte in (
        lambda: purger(auteur=autre, centre=centre_a),
        lambda: poser_gel(auteur=autre, apprenant=zephirin.apprenant, motif="x"),
        lambda: regler_conservation(auteur=autre, centre=centre_a, mois=6),
    ):
        with pytest.raises(PermissionDenied):
            acte()


def test_moins_de_douze_mois_se_confirme(client_de, chef: Utilisateur, centre_a: Centre) -> None:
    adresse = reverse("organisation_conservation_duree", args=[centre_a.pk])
    client = client_de(chef)
    refus = client.post(adresse, {"mois": 6})
    assert refus.status_code == 422
    assert "Confirmez en cochant" in refus.content.decode()
    assert client.post(adresse, {"mois": 6, "raccourcir": "on"}).status_code == 302
    assert client.post(adresse, {"mois": 24}).status_code == 302


def test_la_duree_du_centre_decide(zephirin: Inscription, chef: Utilisateur, centre_a: Centre) -> None:
    publier_les_resultats(2026, ECHUE)
    regler_conservation(auteur=chef, centre=centre_a, mois=24)
    assert purger(auteur=chef, centre=centre_a).cles == []
    regler_conservation(auteur=chef, centre=centre_a, mois=6)
    assert zephirin.apprenant_id in purger(auteur=chef, centre=centre_a).cles


def test_un_redoublant_attend_les_resultats_de_sa_derniere_session(
    zephirin: Inscription, chef: Utilisateur, centre_a: Centre
) -> None:
    suivante = fabriquer_classe(centre_a, zephirin.classe.version, annee_scolaire=2026, session=2027)
    seconde = fabriquer_inscription(suivante, zephirin.option, apprenant=zephirin.apprenant, debut=date(2026, 9, 1))
    publier_les_resultats(2026, ECHUE)
    assert zephirin.apprenant_id not in purger(auteur=chef, centre=centre_a).cles
    publier_les_resultats(2027, RECENTE)
    assert zephirin.apprenant_id not in purger(auteur=chef, centre=centre_a).cles
    publier_les_resultats(2027, ECHUE)
    # Des résultats publiés ne suffisent pas : une inscription qui court retient ses données.
    assert zephirin.apprenant_id not in purger(auteur=chef, centre=centre_a).cles
    Inscription.objects.filter(pk=seconde.pk).update(fin=date(2026, 9, 30))
    assert purger(auteur=chef, centre=centre_a).cles == [zephirin.apprenant_id]


def test_un_apprenti_de_deux_centres_attend_le_plus_long_des_deux_delais(
    zephirin: Inscription, chef: Utilisateur, centre_a: Centre, centre_b: Centre
) -> None:
    ailleurs = fabriquer_classe(centre_b, zephirin.classe.version)
    fabriquer_inscription(ailleurs, zephirin.option, apprenant=zephirin.apprenant)
    publier_les_resultats(2026, ECHUE)
    chef_b = zephirin.apprenant.utilisateur.__class__.objects.create_user("chef-b")
    affecter_a(chef_b, "chef", centre_b)
    regler_conservation(auteur=chef_b, centre=centre_b, mois=36)
    assert zephirin.apprenant_id not in purger(auteur=chef, centre=centre_a).cles


def test_un_autre_centre_ne_perd_rien(
    zephirin: Inscription, chef: Utilisateur, centre_a: Centre, centre_b: Centre
) -> None:
    voisin = fabriquer_inscription(fabriquer_classe(centre_b, zephirin.classe.version), zephirin.option, NOM, "Autre")
    publier_les_resultats(2026, ECHUE)
    purger(auteur=chef, centre=centre_a)
    assert Apprenant.objects.get(pk=voisin.apprenant_id).nom == NOM


def test_le_compte_d_un_ancien_eleve_devenu_enseignant_reste(
    zephirin: Inscription, chef: Utilisateur, centre_a: Centre
) -> None:
    compte = zephirin.apprenant.utilisateur
    affecter_a(compte, "enseignant", centre_a)
    publier_les_resultats(2026, ECHUE)
    purger(auteur=chef, centre=centre_a)
    compte.refresh_from_db()
    assert (compte.is_active, compte.last_name) == (True, NOM)
    assert Apprenant.objects.get(pk=zephirin.apprenant_id).utilisateur is None


def test_une_note_conservee_part_avec_la_personne(zephirin: Inscription, chef: Utilisateur, centre_a: Centre) -> None:
    epreuve = zephirin.classe.version.epreuves.get(code="E2")
    BeneficeNote.objects.create(apprenant=zephirin.apprenant, epreuve=epreuve, session_obtention=2025, note=12)
    publier_les_resultats(2026, ECHUE)
    purger(auteur=chef, centre=centre_a)
    assert not BeneficeNote.objects.exists()


def test_la_liste_changee_depuis_l_apercu_n_efface_personne(
    zephirin: Inscription, lucas: Inscription, chef: Utilisateur, centre_a: Centre
) -> None:
    publier_les_resultats(2026, ECHUE)
    vus = apercu_de(centre_a).cles
    poser_gel(auteur=chef, apprenant=lucas.apprenant, motif="recours")
    with pytest.raises(ValidationError, match="a changé depuis l'aperçu"):
        purger(auteur=chef, centre=centre_a, attendus=vus)
    assert Apprenant.objects.get(pk=zephirin.apprenant_id).nom == NOM


def test_l_apercu_compte_et_cite_les_textes_communs(zephirin: Inscription, centre_a: Centre) -> None:
    publier_les_resultats(2026, ECHUE)
    situation = Positionnement.objects.get().situation
    situation.description = f"{PRENOM.upper()} {NOM} surveille le four."
    situation.save()
    apercu = apercu_de(centre_a)
    lignes = dict(apercu.lignes)
    assert lignes["texte écrit effacé"] == 13
    assert lignes["pièce de portfolio supprimée"] == 1
    assert lignes["compte vidé et fermé"] == 1
    assert lignes["contenu d'événement du journal effacé"] == 8
    assert apercu.citations == ("S1 Étau de montage, TTRPM (2025-2026)",)


def test_les_echeances_coutent_autant_pour_un_que_pour_trois(
    classe: Classe, inscriptions: list[Inscription], centre_a: Centre, django_assert_num_queries: Any
) -> None:
    with django_assert_num_queries(2):
        assert len(echeances_du_centre(centre_a, timezone.localdate())) == 3
    Inscription.objects.exclude(pk=inscriptions[0].pk).delete()
    with django_assert_num_queries(2):
        assert len(echeances_du_centre(centre_a, timezone.localdate())) == 1


def test_la_commande_montre_puis_efface(zephirin: Inscription, centre_a: Centre) -> None:
    publier_les_resultats(2026, ECHUE)
    sortie = StringIO()
    call_command("purger", centre=str(centre_a.pk), stdout=sortie)
    assert "2 personnes au terme du délai" in sortie.getvalue()
    assert "Aperçu seulement" in sortie.getvalue()
    assert NOM not in sortie.getvalue()
    assert Apprenant.objects.get(pk=zephirin.apprenant_id).nom == NOM
    call_command("purger", centre=str(centre_a.pk), executer=True, stdout=sortie)
    assert sortie.getvalue().endswith("Fait.\n")
    assert Apprenant.objects.get(pk=zephirin.apprenant_id).nom == "Anonymisé"
    assert Evenement.objects.get(acte="donnees.purgees").auteur is None


def test_la_commande_refuse_un_centre_inconnu_ou_sans_resultats(zephirin: Inscription, centre_a: Centre) -> None:
    with pytest.raises(CommandError, match="Aucun centre"):
        call_command("purger", centre="0690000X")
    with pytest.raises(CommandError, match="Les résultats d'aucune session"):
        call_command("purger", centre=str(centre_a.pk), executer=True)


def test_un_nom_seul_ou_dans_un_autre_mot_ne_designe_personne() -> None:
    reperes = Reperes([Apprenant(nom="Martin", prenom="Léo", ine=INE)], [])
    assert reperes.dans("Avec LÉO Martin, à la fraiseuse")
    assert reperes.dans(f"INE {INE.lower()}")
    assert not reperes.dans("M. Martin a vu Léonie")
    assert not reperes.dans("Martinet, Léo")
    assert not Reperes([], []).dans("Léo Martin")


@given(st.dates(date(2000, 1, 1), date(2100, 1, 1)), st.integers(1, 120))
def test_un_delai_en_mois_tombe_dans_le_bon_mois(jour: date, mois: int) -> None:
    fin = ajouter_mois(jour, mois)
    assert (fin.year - jour.year) * 12 + fin.month - jour.month == mois
    assert fin.day == jour.day or (fin + timedelta(days=1)).day == 1
