"""La démonstration : même graine, mêmes données ; écrite par les services, donc journalisée."""

import pytest
from django.core.management import CommandError, call_command

from centres.journal import verifier_journal
from centres.models import Apprenant, Evenement, Inscription, Utilisateur
from certification.enums import EtatProposition
from certification.models import Commission
from certification.services.grilles import publier_grilles_par_defaut
from evaluations.models import BilanPfmp, PeriodePfmp, Positionnement
from evaluations.services.positionnements import ACTE_CELLULE
from referentiel.models import VersionReferentiel
from trpm.contexte import ROLES_DEMO
from trpm.demo import tirage
from trpm.demo.contenu import lire_personnes, lire_situations

EFFECTIF = 6


def _instantane() -> set[tuple[object, ...]]:
    return set(
        Positionnement.objects.values_list(
            "inscription__apprenant__nom", "situation__code", "detaillee__code", "niveau", "etat", "modifie_le"
        )
    )


def _tirages(graine: int, effectif: int = 24) -> list[object]:
    personnes = lire_personnes()
    apprenants = tirage.tirer_apprenants(graine, 0, effectif, personnes)
    situations = lire_situations(2026, "MécaLoire")
    return [
        (apprenant, situation.donnees.code, code, tirage.tirer_valeur(graine, 0, apprenant, situation, code, effectif))
        for apprenant in apprenants
        for situation in situations
        for code in situation.codes
    ]


def test_la_meme_graine_tire_les_memes_personnes_et_les_memes_niveaux() -> None:
    assert _tirages(1) == _tirages(1)
    assert _tirages(1) != _tirages(2)


def test_les_apprenants_tires_portent_tous_un_nom_different_meme_dans_une_grande_cohorte() -> None:
    apprenants = tirage.tirer_apprenants(1, 0, 60, lire_personnes())
    assert len({(a.nom, a.prenom) for a in apprenants}) == 60


def test_la_classe_melange_les_options_les_statuts_et_les_histoires() -> None:
    apprenants = tirage.tirer_apprenants(1, 0, 24, lire_personnes())
    assert {a.option for a in apprenants} == {"RSP", "RMO"}
    assert {a.est_apprenti for a in apprenants} == {True, False}
    valeurs = {ligne[-1] for ligne in _tirages(1)}
    assert {1, 2, 3, 4, "NE", "ABJ", "ABN", "DISP", None} <= valeurs


def test_creer_demo_ecrit_par_les_services_un_cycle_complet(referentiel: VersionReferentiel) -> None:
    publier_grilles_par_defaut(referentiel)
    call_command("creer_demo", graine=1, classes=1, effectif=EFFECTIF)
    assert Apprenant.objects.count() == EFFECTIF
    assert set(ROLES_DEMO) <= set(Utilisateur.objects.values_list("username", flat=True))
    assert all(Utilisateur.objects.get(username=nom).check_password("demo-trpm") for nom in ROLES_DEMO)
    cellules = Evenement.objects.filter(acte=ACTE_CELLULE).count()
    assert cellules == Positionnement.objects.count() > 0
    commission = Commission.objects.get()
    assert commission.est_ouverte
    assert commission.membres.filter(utilisateur__username="commission").exists()
    assert commission.membres.get(est_professionnel=True).est_present is False
    assert commission.propositions.filter(etat=EtatProposition.PROPOSEE).exists()
    assert verifier_journal().est_intacte


def test_un_apprenant_qui_change_d_option_a_deux_inscriptions_qui_se_suivent(referentiel: VersionReferentiel) -> None:
    call_command("creer_demo", graine=1, classes=1, effectif=EFFECTIF)
    par_apprenant = Inscription.objects.filter(classe__annee_cycle=2).order_by("debut")
    doubles = [i for i in par_apprenant if par_apprenant.filter(apprenant=i.apprenant).count() == 2]
    avant, apres = doubles
    assert avant.fin is not None
    assert avant.fin < apres.debut
    assert avant.option != apres.option


def test_relancee_la_commande_ne_recree_rien_et_le_dit(referentiel: VersionReferentiel) -> None:
    call_command("creer_demo", graine=1, classes=1, effectif=2)
    avant = _instantane()
    with pytest.raises(CommandError, match="déjà là"):
        call_command("creer_demo", graine=1, classes=1, effectif=2)
    assert _instantane() == avant


def test_une_classe_trop_grande_est_refusee_en_clair() -> None:
    with pytest.raises(CommandError, match="de 1 à 60"):
        call_command("creer_demo", "--effectif", "10000")


def test_la_demonstration_a_deux_pfmp_et_leurs_bilans_confirmes(referentiel: VersionReferentiel) -> None:
    call_command("creer_demo", graine=1, classes=1, effectif=EFFECTIF)
    automne, hiver = PeriodePfmp.objects.order_by("debut")
    assert automne.placements.count() == hiver.placements.count() == EFFECTIF
    confirmes = Positionnement.objects.filter(situation__in=[automne.situation, hiver.situation])
    assert confirmes.exists()
    assert set(confirmes.values_list("niveau", flat=True)) <= {1, 2, 3}
    assert BilanPfmp.objects.filter(confirme_le__isnull=False).count() == 2 * EFFECTIF
