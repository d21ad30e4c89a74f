"""Les actes des PFMP : qui les fait, ce qu'ils écrivent, ce qu'ils refusent, ce que le journal en garde."""

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import IntegrityError, transaction

from centres.enums import StatutApprenant
from centres.journal import verifier_journal
from centres.models import Evenement, Inscription, Tuteur, Utilisateur
from evaluations.models import (
    BilanPfmp,
    LienTuteur,
    LigneBilan,
    PeriodePfmp,
    Placement,
    Positionnement,
    ReponseTuteur,
    Situation,
)
from evaluations.queries.bilans_pfmp import bilan_de
from evaluations.queries.parcours import parcours_de
from evaluations.queries.suivi_pfmp import conformite_de, synthese_de
from evaluations.services.bilans_pfmp import (
    ChoixLigne,
    DonneesBilan,
    confirmer_bilan,
    enregistrer_bilan,
    rouvrir_bilan,
)
from evaluations.services.pfmp import (
    PlacementModifie,
    SaisiePlacement,
    creer_periode,
    enregistrer_placement,
    modifier_periode,
    preparer_placement,
    regler_les_pfmp,
    supprimer_periode,
)
from evaluations.services.positionnements import SituationVerrouillee, enregistrer_cellule
from evaluations.services.situations import deverrouiller_situation
from evaluations.services.suivi_pfmp import noter_absence, prevoir_visite, rapporter_visite
from tests.evaluations.fabrique_pfmp import DEBUT, FIN, placer, repondre, une_entreprise, une_periode
from tests.fabriques import fabriquer_classe, fabriquer_inscription

REGLAGE: dict[str, Any] = {
    "semaines_scolaire": 8,
    "semaines_apprenti": None,
    "semaines_formation_continue": None,
    "niveau_non_acquis": 1,
    "niveau_en_cours": 2,
    "niveau_acquis": 3,
    "validite_lien_jours": 21,
}


@pytest.fixture
def periode(enseignante: Utilisateur, classe: Any) -> PeriodePfmp:
    return une_periode(enseignante, classe)


@pytest.fixture
def tuteur(classe: Any) -> Tuteur:
    return une_entreprise(classe)[1]


@pytest.fixture
def placement(enseignante: Utilisateur, periode: PeriodePfmp, ines: Inscription, tuteur: Tuteur) -> Placement:
    pose = placer(enseignante, periode, ines, tuteur)
    repondre(pose, {"C6.1": "A", "C7.1": "NA", "C8.1": "NE"})
    return pose


def saisie(placement: Placement, **changements: Any) -> SaisiePlacement:
    actuelles: dict[str, Any] = {
        "inscription_id": placement.inscription_id,
        "version": placement.version,
        "debut": placement.debut,
        "fin": placement.fin,
        "entreprise_id": placement.entreprise_id,
        "tuteur_id": placement.tuteur_id,
        "enseignant_id": placement.enseignant_id,
    }
    return SaisiePlacement(**{**actuelles, **changements})


def donnees(placement: Placement, motif: str = "", **niveaux: int | None) -> DonneesBilan:
    """Tout ce que propose le bilan, sauf ce qui est changé : `C6_1=4`."""
    choix = []
    for ligne in bilan_de(placement).lignes:
        cle = ligne.detaillee.code.replace(".", "_")
        niveau = niveaux.get(cle, ligne.propose)
        choix.append(
            ChoixLigne(
                detaillee_id=ligne.detaillee.pk,
                niveau=niveau,
                valeur=ligne.valeur,
                motif=motif if cle in niveaux else "",
            )
        )
    return DonneesBilan(tenu_le=FIN, a_tuteur=True, a_apprenant=True, choix=tuple(choix))


def niveaux_du_parcours() -> dict[str, int | None]:
    return dict(Positionnement.objects.order_by("detaillee__code").values_list("detaillee__code", "niveau"))


@pytest.mark.parametrize("role", ["etranger", "membre_commission", "inspecteur", "administrateur", "compte_apprenant"])
def test_hors_de_l_equipe_personne_n_organise(role: str, placement: Placement, request: pytest.FixtureRequest) -> None:
    personne = request.getfixturevalue(role)
    avant = Evenement.objects.count()
    actes = [
        lambda: creer_periode(
            utilisateur=personne, classe=placement.periode.classe, code="P", debut=DEBUT, fin=FIN, semaines=4
        ),
        lambda: enregistrer_placement(utilisateur=personne, periode=placement.periode, saisie=saisie(placement)),
        lambda: prevoir_visite(utilisateur=personne, placement=placement, prevue_le=DEBUT),
        lambda: confirmer_bilan(utilisateur=personne, placement=placement, donnees=donnees(placement), version=0),
        lambda: rouvrir_bilan(utilisateur=personne, placement=placement, motif="Erreur"),
        lambda: regler_les_pfmp(utilisateur=personne, centre=placement.periode.classe.centre, valeurs=REGLAGE),
    ]
    for acte in actes:
        with pytest.raises(PermissionDenied):
            acte()
    assert Evenement.objects.count() == avant


def test_la_periode_deplacee_emmene_les_placements_a_ses_dates(
    enseignante: Utilisateur, placement: Placement, lucas: Inscription
) -> None:
    autre = placer(enseignante, placement.periode, lucas)
    propre = saisie(autre, debut=date(2026, 1, 12))
    autre = enregistrer_placement(utilisateur=enseignante, periode=placement.periode, saisie=propre)
    valeurs = {"code": "PFMP5", "intitule": "", "debut": date(2026, 2, 2), "fin": date(2026, 2, 27), "semaines": 4}
    modifier_periode(utilisateur=enseignante, periode=placement.periode, valeurs=valeurs)
    placement.refresh_from_db()
    autre.refresh_from_db()
    assert (placement.debut, placement.fin, placement.version) == (date(2026, 2, 2), date(2026, 2, 27), 3)
    assert autre.debut == date(2026, 1, 12)


def test_une_periode_ou_quelqu_un_est_place_ne_se_supprime_pas(enseignante: Utilisateur, placement: Placement) -> None:
    with pytest.raises(ValidationError, match="placement"):
        supprimer_periode(utilisateur=enseignante, periode=placement.periode)


def test_changer_de_tuteur_revoque_le_lien_et_le_journal_le_dit(
    enseignante: Utilisateur, placement: Placement, tuteur: Tuteur
) -> None:
    autre = Tuteur.objects.create(entreprise=tuteur.entreprise, nom="Roy")
    lien = LienTuteur.objects.create(
        placement=placement, empreinte="a" * 64, cree_par=enseignante, expire_le=datetime(2026, 3, 1, tzinfo=UTC)
    )
    enregistrer_placement(
        utilisateur=enseignante, periode=placement.periode, saisie=saisie(placement, tuteur_id=autre.pk)
    )
    lien.refresh_from_db()
    assert lien.revoque_le is not None
    evenement = Evenement.objects.get(acte="placement.modifie")
    assert evenement.avant == {"tuteur_id": tuteur.pk}
    assert evenement.apres == {"tuteur_id": autre.pk, "liens_revoques": 1}


def test_une_ligne_perimee_est_refusee_et_une_ligne_inchangee_n_ecrit_rien(
    enseignante: Utilisateur, placement: Placement
) -> None:
    avant = Evenement.objects.count()
    with pytest.raises(PlacementModifie):
        enregistrer_placement(
            utilisateur=enseignante, periode=placement.periode, saisie=saisie(placement, version=1, fin=DEBUT)
        )
    enregistrer_placement(utilisateur=enseignante, periode=placement.periode, saisie=saisie(placement))
    placement.refresh_from_db()
    assert (placement.version, Evenement.objects.count()) == (2, avant)


def test_les_fiches_d_un_autre_centre_ne_se_choisissent_pas(
    enseignante: Utilisateur, etranger: Utilisateur, placement: Placement, centre_b: Any
) -> None:
    ailleurs = une_entreprise(fabriquer_classe(centre_b, placement.periode.classe.version), "Ailleurs")[1]
    refus: list[dict[str, Any]] = [
        {"entreprise_id": ailleurs.entreprise_id, "tuteur_id": None},
        {"tuteur_id": ailleurs.pk},
        {"enseignant_id": etranger.pk},
        {"fin": date(2025, 1, 1)},
    ]
    for changement in refus:
        with pytest.raises(ValidationError):
            enregistrer_placement(
                utilisateur=enseignante, periode=placement.periode, saisie=saisie(placement, **changement)
            )


def test_une_competence_d_une_autre_option_ne_se_prepare_pas(enseignante: Utilisateur, placement: Placement) -> None:
    with pytest.raises(ValidationError, match=r"C9\.4"):
        preparer_placement(
            utilisateur=enseignante, placement=placement, codes=["C9.4"], activites_prevues="", version=2
        )


def test_la_correspondance_propose_sans_jamais_donner_quatre(placement: Placement) -> None:
    lignes = {ligne.detaillee.code: (ligne.valeur, ligne.propose) for ligne in bilan_de(placement).lignes}
    assert lignes == {"C6.1": ("A", 3), "C7.1": ("NA", 1), "C8.1": ("NE", None)}


def test_la_base_refuse_un_quatre_propose_et_un_changement_sans_raison(
    enseignante: Utilisateur, placement: Placement
) -> None:
    bilan = enregistrer_bilan(utilisateur=enseignante, placement=placement, donnees=donnees(placement), version=0)
    for changement in ({"niveau_propose": 4}, {"niveau_retenu": 2}):
        with pytest.raises(IntegrityError), transaction.atomic():
            LigneBilan.objects.filter(bilan=bilan, detaillee__code="C6.1").update(**changement)


def test_un_brouillon_n_entre_pas_dans_le_parcours(enseignante: Utilisateur, placement: Placement) -> None:
    enregistrer_bilan(utilisateur=enseignante, placement=placement, donnees=donnees(placement), version=0)
    assert not Situation.objects.exists()
    assert niveaux_du_parcours() == {}


def test_le_bilan_confirme_devient_une_preuve_en_entreprise_jamais_certificative(
    enseignante: Utilisateur, placement: Placement
) -> None:
    retenu = donnees(placement, motif="Vu en visite", C6_1=4, C7_1=None)
    bilan = confirmer_bilan(utilisateur=enseignante, placement=placement, donnees=retenu, version=0)
    assert niveaux_du_parcours() == {"C6.1": 4}
    situation = Situation.objects.get()
    assert (situation.nature, situation.lieu, situation.est_verrouillee) == ("formative", "entreprise", True)
    assert bilan.confirme_par == enseignante
    parcours = parcours_de(enseignante, placement.inscription.apprenant)
    assert parcours.jalons[0].lieu == "en entreprise, MécaLoire"
    assert {c.retenu.date for c in parcours.competences if c.retenu} == {placement.fin}
    # La réponse brute du tuteur n'a pas bougé.
    reponses = ReponseTuteur.objects.order_by("question__ordre").values_list("valeur", flat=True)
    assert list(reponses) == ["A", "NA", "NE"]
    assert verifier_journal().est_intacte


def test_deux_bilans_d_une_periode_partagent_sa_situation_qui_s_etend(
    enseignante: Utilisateur, placement: Placement, aicha: Inscription, tuteur: Tuteur
) -> None:
    autre = placer(enseignante, placement.periode, aicha, tuteur, codes=("C9.4", "C2.1"))
    repondre(autre, {"C9.4": "ECA", "C2.1": "A"})
    for pose in (placement, autre):
        confirmer_bilan(utilisateur=enseignante, placement=pose, donnees=donnees(pose), version=0)
    situation = Situation.objects.get()
    assert sorted(situation.evaluees.values_list("code", flat=True)) == ["C2.1", "C6.1", "C7.1", "C9.4"]
    assert sorted(situation.epreuves.values_list("code", flat=True)) == ["E31", "E32"]
    assert niveaux_du_parcours() == {"C2.1": 3, "C6.1": 3, "C7.1": 1, "C9.4": 2}


def test_changer_un_niveau_sans_raison_est_refuse(enseignante: Utilisateur, placement: Placement) -> None:
    with pytest.raises(ValidationError, match="dites pourquoi"):
        confirmer_bilan(utilisateur=enseignante, placement=placement, donnees=donnees(placement, C6_1=4), version=0)
    assert not BilanPfmp.objects.exists()


def test_une_reponse_changee_entre_temps_arrete_la_confirmation(enseignante: Utilisateur, placement: Placement) -> None:
    lu = donnees(placement)
    ReponseTuteur.objects.filter(question__detaillee__code="C6.1").update(valeur="ECA")
    with pytest.raises(ValidationError, match="Le tuteur a changé une réponse"):
        confirmer_bilan(utilisateur=enseignante, placement=placement, donnees=lu, version=0)


def test_confirme_plus_rien_n_y_change_pour_aucun_role(
    enseignante: Utilisateur, chef: Utilisateur, placement: Placement
) -> None:
    confirmer_bilan(utilisateur=enseignante, placement=placement, donnees=donnees(placement), version=0)
    placement.refresh_from_db()
    with pytest.raises(ValidationError, match="confirmé"):
        enregistrer_bilan(utilisateur=enseignante, placement=placement, donnees=donnees(placement), version=1)
    for personne in (enseignante, chef):
        with pytest.raises(ValidationError, match="confirmé"):
            enregistrer_placement(
                utilisateur=personne, periode=placement.periode, saisie=saisie(placement, fin=date(2026, 1, 31))
            )
    case = Positionnement.objects.get(detaillee__code="C6.1")
    with pytest.raises(SituationVerrouillee):
        enregistrer_cellule(
            utilisateur=enseignante,
            situation_id=case.situation_id,
            inscription_id=case.inscription_id,
            detaillee_id=case.detaillee_id,
            valeur=4,
            version=case.version,
        )
    with pytest.raises(ValidationError, match="rouvrez plutôt le bilan"):
        deverrouiller_situation(utilisateur=chef, situation=case.situation, motif="Corriger")


def test_rouvrir_retire_les_preuves_puis_confirmer_les_remet(
    enseignante: Utilisateur, chef: Utilisateur, placement: Placement
) -> None:
    confirmer_bilan(utilisateur=enseignante, placement=placement, donnees=donnees(placement), version=0)
    placement.periode.refresh_from_db()
    with pytest.raises(PermissionDenied):
        rouvrir_bilan(utilisateur=enseignante, placement=placement, motif="Erreur")
    with pytest.raises(ValidationError, match="Dites pourquoi"):
        rouvrir_bilan(utilisateur=chef, placement=placement, motif=" ")
    rouvrir_bilan(utilisateur=chef, placement=placement, motif="Erreur de saisie")
    assert niveaux_du_parcours() == {"C6.1": None, "C7.1": None}
    assert Evenement.objects.get(acte="bilan_pfmp.rouvert").motif == "Erreur de saisie"
    confirmer_bilan(utilisateur=enseignante, placement=placement, donnees=donnees(placement, C7_1=None), version=2)
    assert niveaux_du_parcours() == {"C6.1": 3, "C7.1": None}
    assert verifier_journal().est_intacte


def test_une_situation_de_pfmp_scellee_n_accepte_ni_bilan_ni_reouverture(
    enseignante: Utilisateur, chef: Utilisateur, placement: Placement
) -> None:
    confirmer_bilan(utilisateur=enseignante, placement=placement, donnees=donnees(placement), version=0)
    Situation.objects.update(scellee_le=datetime(2026, 6, 1, tzinfo=UTC))
    placement.refresh_from_db()
    with pytest.raises(ValidationError, match="scellée"):
        rouvrir_bilan(utilisateur=chef, placement=placement, motif="Erreur")
    BilanPfmp.objects.update(confirme_le=None, confirme_par=None)
    with pytest.raises(ValidationError, match="scellée"):
        confirmer_bilan(utilisateur=enseignante, placement=placement, donnees=donnees(placement), version=1)


def test_un_code_deja_pris_dans_la_classe_ne_bloque_pas(
    enseignante: Utilisateur, placement: Placement, situation_e31: Situation
) -> None:
    Situation.objects.filter(pk=situation_e31.pk).update(code="PFMP5")
    confirmer_bilan(utilisateur=enseignante, placement=placement, donnees=donnees(placement), version=0)
    assert sorted(Situation.objects.values_list("code", flat=True)) == ["PFMP5", "PFMP5-2"]


def test_le_reglage_du_centre_change_ce_qui_est_propose(ddfpt: Utilisateur, placement: Placement) -> None:
    centre = placement.periode.classe.centre
    regler_les_pfmp(utilisateur=ddfpt, centre=centre, valeurs={**REGLAGE, "niveau_acquis": 2})
    assert bilan_de(placement).lignes[0].propose == 2
    with pytest.raises(ValidationError):
        regler_les_pfmp(utilisateur=ddfpt, centre=centre, valeurs={**REGLAGE, "niveau_acquis": 4})


def test_le_compte_rendu_n_entre_pas_au_journal(enseignante: Utilisateur, placement: Placement) -> None:
    visite = prevoir_visite(utilisateur=enseignante, placement=placement, prevue_le=DEBUT)
    rapporter_visite(
        utilisateur=enseignante, visite=visite, prevue_le=DEBUT, faite_le=DEBUT, compte_rendu="Elle règle seule."
    )
    dits = str(list(Evenement.objects.filter(chaine=f"placement:{placement.pk}").values("avant", "apres")))
    assert "règle seule" not in dits


def test_les_semaines_faites_retirent_les_absences_et_comptent_tout_le_cycle(
    enseignante: Utilisateur,
    ddfpt: Utilisateur,
    placement: Placement,
    aicha: Inscription,
    option_rsp: Any,
) -> None:
    classe = placement.periode.classe
    regler_les_pfmp(utilisateur=ddfpt, centre=classe.centre, valeurs=REGLAGE)
    ancienne = fabriquer_classe(classe.centre, classe.version, annee_scolaire=2024, annee_cycle=2)
    apprenant = placement.inscription.apprenant
    premiere = fabriquer_inscription(ancienne, option_rsp, apprenant=apprenant, debut=date(2024, 9, 1))
    placer(enseignante, une_periode(enseignante, ancienne, "PFMP3", semaines=4), premiere, placement.tuteur)
    for jour, demi, justifiee in ((6, 2, True), (7, 1, False)):
        noter_absence(
            utilisateur=enseignante,
            placement=placement,
            jour=date(2026, 1, jour),
            demi_journees=demi,
            est_justifiee=justifiee,
        )
    for faite in (None, DEBUT, FIN):
        visite = prevoir_visite(utilisateur=enseignante, placement=placement, prevue_le=DEBUT)
        rapporter_visite(utilisateur=enseignante, visite=visite, prevue_le=DEBUT, faite_le=faite, compte_rendu="")
    jour = date(2026, 6, 1)
    ines, apprentie = conformite_de(classe, jour)
    assert (ines.faites, ines.prevues, ines.exigees) == (Decimal("7.7"), Decimal(0), 8)
    assert (ines.manque, ines.est_atteinte) == (Decimal("0.3"), False)
    assert apprentie.inscription.statut == StatutApprenant.APPRENTI
    assert (apprentie.faites, apprentie.exigees) == (Decimal(0), None)
    synthese = synthese_de(classe, jour)[0].pfmp[0]
    assert (synthese.semaines, synthese.demi_journees, synthese.injustifiees, synthese.visites) == (
        Decimal("3.7"),
        3,
        1,
        2,
    )
    assert (synthese.est_confirme, synthese.niveaux) == (False, ())
