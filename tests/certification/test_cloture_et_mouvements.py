"""Clore quand des candidats ont bougé : l'archive garde qui la commission a étudié, et ce qui a compté."""

from collections.abc import Callable
from datetime import date, timedelta

import pytest
from django.core.exceptions import ValidationError
from django.urls import reverse
from django.utils import timezone

from centres.models import Inscription, Utilisateur
from certification.enums import EtatProposition
from certification.models import Candidat, Commission, Proposition
from certification.queries.archives import dossiers_figes, fige_du_candidat, manques
from certification.queries.candidats import synthese_du_candidat
from certification.queries.verification import verifier_archives
from certification.services.archives import clore_commission, rouvrir_commission
from certification.services.avis import donner_avis
from evaluations.models import Positionnement, Situation
from evaluations.services.scelles import refuser_une_certificative_de_plus
from tests.certification.fabrique_commission import fabriquer_commission, proposer_partout
from tests.certification.preuves import fabriquer_situation, tout_positionner
from tests.certification.test_archives import archiver_a_la_main
from tests.client_strict import ClientStrict
from tests.fabriques import fabriquer_classe

Connexion = Callable[[Utilisateur], ClientStrict]


@pytest.fixture
def commission(
    situations: dict[str, Situation], ines: Inscription, chef: Utilisateur, enseignante: Utilisateur
) -> Commission:
    """Notée en E2, absente ailleurs."""
    tout_positionner(situations["S1"], ines, enseignante, 3)
    tout_positionner(situations["S2"], ines, enseignante, 2)
    commission = fabriquer_commission(ines.classe, chef, enseignante)
    proposer_partout(commission, enseignante)
    return commission


def _changer_de_classe(inscription: Inscription) -> Inscription:
    """Dans une classe parallèle, et dans l'autre option."""
    ancienne = inscription.classe
    autre = fabriquer_classe(ancienne.centre, ancienne.version)
    option = ancienne.version.options.exclude(pk=inscription.option_id).get()
    neuve = Inscription.objects.get(pk=inscription.pk)
    neuve.pk, neuve.classe, neuve.option = None, autre, option
    neuve.debut = inscription.debut + timedelta(days=200)
    neuve.save(force_insert=True)
    return neuve


def test_qui_change_de_classe_apres_la_cloture_reste_dans_l_archive(
    commission: Commission, ines: Inscription, chef: Utilisateur
) -> None:
    clore_commission(utilisateur=chef, commission=commission)
    archiver_a_la_main(commission, chef)
    commission.refresh_from_db()
    avant = [fige.clos.ligne(None) for fige in dossiers_figes(commission)]
    assert {ligne["candidat"] for ligne in avant} == {f"I{ines.pk}"}
    neuve = _changer_de_classe(ines)
    commission.refresh_from_db()
    assert [fige.clos.ligne(None) for fige in dossiers_figes(commission)] == avant
    assert verifier_archives().anomalies == ()
    trouve = fige_du_candidat(Candidat.objects.get(pk=neuve.pk), "E2")
    assert trouve is not None
    assert (trouve[0], trouve[1].lu.candidat.pk) == (commission, ines.pk)


def test_une_situation_d_une_autre_classe_qui_a_compte_est_scellee_aussi(
    situations: dict[str, Situation], ines: Inscription, chef: Utilisateur, enseignante: Utilisateur
) -> None:
    autre = fabriquer_classe(ines.classe.centre, ines.classe.version)
    comptee = fabriquer_situation(autre, enseignante, "X1", "E2", debut=date(2025, 10, 1))
    sans_elle = fabriquer_situation(autre, enseignante, "X2", "E2")
    ancienne = Inscription.objects.get(pk=ines.pk)
    ancienne.pk, ancienne.classe, ancienne.debut = None, autre, ines.debut - timedelta(days=30)
    ancienne.save(force_insert=True)
    tout_positionner(comptee, ancienne, enseignante, 3)
    tout_positionner(situations["S1"], ines, enseignante, 3)
    commission = fabriquer_commission(ines.classe, chef, enseignante)
    proposer_partout(commission, enseignante)
    clore_commission(utilisateur=chef, commission=commission)
    comptee.refresh_from_db()
    sans_elle.refresh_from_db()
    assert (comptee.est_scellee, sans_elle.est_scellee) == (True, False)
    # L'autre classe, dont la commission n'est pas close, évalue encore.
    refuser_une_certificative_de_plus(autre, "certificative")
    archiver_a_la_main(commission, chef)
    voisine = fabriquer_commission(autre, chef)
    Commission.objects.filter(pk=voisine.pk).update(etat="close", close_le=timezone.now())
    rouvrir_commission(utilisateur=chef, commission=commission, motif="Erreur de report.")
    scellees = set(Situation.objects.exclude(scellee_le=None).values_list("code", flat=True))
    assert scellees == {"X1"}


def test_une_proposition_se_dit_perimee_de_la_meme_facon_a_l_ecran_et_a_la_cloture(
    commission: Commission, ines: Inscription
) -> None:
    candidat = Candidat.objects.get(pk=ines.pk)
    assert not synthese_du_candidat(candidat).syntheses["E2"].est_perimee
    assert manques(commission) == []
    Positionnement.objects.filter(situation__code="S1").delete()
    assert synthese_du_candidat(candidat).syntheses["E2"].est_perimee
    assert "ont changé" in manques(commission)[0].texte


def test_l_absent_positionne_depuis_garde_a_la_cloture_ce_que_disent_ses_preuves(
    commission: Commission,
    situations: dict[str, Situation],
    ines: Inscription,
    chef: Utilisateur,
    enseignante: Utilisateur,
) -> None:
    tout_positionner(situations["S3"], ines, enseignante, 4)
    clore_commission(utilisateur=chef, commission=commission)
    lue = Proposition.objects.get(epreuve__code="E31")
    assert lue.entrees is not None
    assert (lue.etat, lue.note_proposee, [s["code"] for s in lue.entrees["situations"]]) == (
        EtatProposition.ABSENT,
        None,
        ["S3"],
    )


def test_une_situation_scellee_ne_recoit_plus_d_avis(
    situations: dict[str, Situation], inspecteur: Utilisateur, client_de: Connexion
) -> None:
    adresse = reverse("evaluations:situation", args=[situations["S1"].pk])
    assert "Donner un avis" in client_de(inspecteur).get(adresse).content.decode()
    Situation.objects.filter(pk=situations["S1"].pk).update(scellee_le=timezone.now())
    with pytest.raises(ValidationError, match="scellée"):
        donner_avis(utilisateur=inspecteur, situation=situations["S1"], avis="conforme")
    assert "Donner un avis" not in client_de(inspecteur).get(adresse).content.decode()
    page = client_de(inspecteur).get(reverse("certification:avis", args=[situations["S1"].pk])).content.decode()
    assert ("Enregistrer l'avis" in page, "est scellée" in page) == (False, True)
