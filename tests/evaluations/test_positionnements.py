"""Enregistrer une cellule : portée, verrou, version, rejeu, et un événement par changement."""

from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.core.exceptions import ValidationError
from django.utils import timezone

from centres.enums import ROLES_NOTATION, Role
from centres.journal import verifier_chaine
from centres.models import Centre, Evenement, Inscription, Utilisateur
from evaluations.models import ObservationApprenant, Positionnement, Situation
from evaluations.services.cible import lire_cible
from evaluations.services.positionnements import (
    ConflitDeVersion,
    ObjetIntrouvable,
    Saisie,
    SituationVerrouillee,
    enregistrer_cellule,
    enregistrer_cellules,
    enregistrer_observation,
)
from referentiel.models import Option
from tests.evaluations.fabrique_grille import detail
from tests.fabriques import affecter_a, fabriquer_classe, fabriquer_inscription, fabriquer_personne

pytestmark = pytest.mark.django_db


@pytest.fixture
def poser(situation_e31: Situation, ines: Inscription, enseignante: Utilisateur) -> Any:
    """`poser(3)` : Hélène Faye donne le niveau 3 à C6.1 d'Inès ; tout se remplace par mot-clé."""

    def ecrire(valeur: Any, **autres: Any) -> Positionnement:
        cible = {"situation_id": situation_e31.pk, "inscription_id": ines.pk, "detaillee_id": detail("C6.1").pk}
        return enregistrer_cellule(**{"utilisateur": enseignante, "version": 0, **cible, **autres, "valeur": valeur})

    return ecrire


def evenements(situation: Situation) -> list[Evenement]:
    return list(Evenement.objects.filter(chaine=f"situation:{situation.pk}").order_by("rang"))


def test_la_premiere_saisie_cree_la_cellule_et_un_evenement(poser, situation_e31, enseignante) -> None:
    ecrit = poser(3, observation="  précis \r\n")
    enregistre = Positionnement.objects.get()
    assert (enregistre.niveau, enregistre.etat, enregistre.version) == (3, "", 1)
    assert (enregistre.observation, enregistre.auteur) == ("précis", enseignante)
    assert (ecrit.pk, ecrit.version, ecrit.modifie_le) == (enregistre.pk, 1, enregistre.modifie_le)
    (evenement,) = evenements(situation_e31)
    assert evenement.avant == {"valeur": "", "observation": "", "version": 0}
    assert evenement.apres["valeur"] == 3
    assert evenement.apres["version"] == 1
    assert evenement.objet == f"evaluations.positionnement:{enregistre.pk}"


@pytest.mark.parametrize(
    ("valeur", "niveau", "etat"),
    [(1, 1, ""), ("4", 4, ""), ("NE", None, "NE"), ("ABJ", None, "ABJ"), ("ABN", None, "ABN"), ("DISP", None, "DISP")],
)
def test_chaque_niveau_et_chaque_etat_s_enregistre(poser, valeur, niveau, etat) -> None:
    poser(valeur)
    assert Positionnement.objects.values_list("niveau", "etat").get() == (niveau, etat)


@pytest.mark.parametrize("valeur", [0, 5, "abc", "ne", True, "1.5", 2.0, -1])
def test_une_valeur_inconnue_est_refusee_en_francais(poser, situation_e31, valeur) -> None:
    with pytest.raises(ValidationError, match="Valeur refusée"):
        poser(valeur)
    assert not Positionnement.objects.exists()
    assert evenements(situation_e31) == []


def test_vider_une_cellule_garde_la_ligne_sa_version_et_son_histoire(poser, situation_e31) -> None:
    poser(3)
    assert poser(None, version=1).version == 2
    enregistre = Positionnement.objects.get()
    assert (enregistre.valeur, enregistre.version) == ("", 2)
    assert [e.apres["valeur"] for e in evenements(situation_e31)] == [3, ""]


def test_une_saisie_identique_n_ecrit_rien_et_rend_l_auteur_et_la_date_d_alors(
    poser, situation_e31, enseignante, collegue
) -> None:
    ecrit = poser(3)
    relue = poser(3, version=1, utilisateur=collegue)
    assert (relue.version, relue.auteur, relue.modifie_le) == (1, enseignante, ecrit.modifie_le)
    assert len(evenements(situation_e31)) == 1


def test_une_observation_identique_rend_l_auteur_et_la_date_d_alors(situation_e31, ines, enseignante, collegue) -> None:
    cible = {"situation_id": situation_e31.pk, "inscription_id": ines.pk, "texte": "soigneuse"}
    ecrite = enregistrer_observation(utilisateur=enseignante, version=0, **cible)
    relue = enregistrer_observation(utilisateur=collegue, version=1, **cible)
    assert (relue.version, relue.auteur, relue.modifie_le) == (1, enseignante, ecrite.modifie_le)
    assert len(evenements(situation_e31)) == 1


@pytest.mark.parametrize("role", list(Role))
@pytest.mark.parametrize(
    ("debut", "fin"),
    [(-9, None), (-9, -1), (-9, 0), (-9, 1), (0, None), (0, 0), (1, None), (1, 9)],
    ids=["en cours", "finie hier", "finit ce soir", "finit demain", "ce matin", "du jour", "demain", "à venir"],
)
@pytest.mark.parametrize("actif", [True, False], ids=["actif", "fermé"])
def test_la_cible_en_sql_juge_les_roles_comme_ou_agit(
    role, debut, fin, actif, situation_e31, ines, centre_a, centre_b
) -> None:
    """`lire_cible` réécrit en SQL ce que dit `Centre.objects.ou_agit` : les deux ne doivent jamais différer."""
    jour = timezone.localdate()
    personne = fabriquer_personne("juge", Role.ENSEIGNANT, centre_b)
    affecter_a(
        personne,
        role,
        None if role == Role.ADMINISTRATEUR else centre_a,
        debut=jour + timedelta(days=debut),
        fin=None if fin is None else jour + timedelta(days=fin),
    )
    personne.is_active = actif
    lue = lire_cible(personne, situation_e31.pk, ines.pk, detail("C6.1").pk)
    agit = Centre.objects.ou_agit(personne, ROLES_NOTATION).filter(pk=centre_a.pk).exists()
    assert (lue is not None) == agit
    attendu = actif and role in ROLES_NOTATION and debut <= 0 and (fin is None or fin >= 0)
    assert agit == attendu


def test_il_y_a_autant_d_evenements_que_de_changements_et_la_chaine_est_intacte(poser, situation_e31) -> None:
    for version, valeur in enumerate([1, 2, "NE", None, 4]):
        poser(valeur, version=version)
    lus = evenements(situation_e31)
    assert [(e.avant["valeur"], e.apres["valeur"]) for e in lus] == [("", 1), (1, 2), (2, "NE"), ("NE", ""), ("", 4)]
    assert verifier_chaine(f"situation:{situation_e31.pk}").est_intacte


def test_une_version_depassee_dit_qui_a_ecrit_quoi_et_n_ecrit_rien(poser, situation_e31, collegue) -> None:
    poser(3)
    poser(4, version=1, utilisateur=collegue)
    with pytest.raises(ConflitDeVersion) as conflit:
        poser(2, version=1)
    actuel = conflit.value.actuel
    assert isinstance(actuel, Positionnement)
    assert (actuel.valeur, actuel.version, actuel.auteur) == (4, 2, collegue)
    assert len(evenements(situation_e31)) == 2


def test_une_premiere_saisie_sur_une_cellule_deja_ecrite_est_un_conflit(poser) -> None:
    poser(3)
    with pytest.raises(ConflitDeVersion):
        poser(2, version=0)


def test_une_version_jamais_atteinte_est_un_conflit_sans_auteur(poser) -> None:
    with pytest.raises(ConflitDeVersion) as conflit:
        poser(2, version=7)
    assert conflit.value.actuel is None


def test_une_operation_rejouee_rend_le_resultat_d_alors_et_n_ecrit_qu_une_fois(poser, situation_e31, collegue) -> None:
    operation = uuid4()
    premier = poser(3, operation=operation)
    poser(1, version=1, utilisateur=collegue)
    rejoue = poser(3, operation=operation)
    assert (rejoue.valeur, rejoue.version, rejoue.modifie_le) == (3, 1, premier.modifie_le)
    assert Positionnement.objects.get().valeur == 1
    assert len(evenements(situation_e31)) == 2


def test_une_operation_faite_avant_le_verrouillage_est_encore_reconnue(poser, situation_e31) -> None:
    operation = uuid4()
    poser(3, operation=operation)
    Situation.objects.filter(pk=situation_e31.pk).update(verrouillee_le=timezone.now())
    assert poser(3, operation=operation).version == 1


def test_un_identifiant_d_operation_ne_sert_pas_a_deux_cellules(poser) -> None:
    operation = UUID(int=1)
    poser(3, operation=operation)
    with pytest.raises(ValidationError, match="déjà servi"):
        poser(3, operation=operation, detaillee_id=detail("C8.1").pk)
    assert Positionnement.objects.count() == 1


def test_une_situation_verrouillee_refuse_toute_saisie(poser, situation_e31) -> None:
    poser(3)
    Situation.objects.filter(pk=situation_e31.pk).update(verrouillee_le=timezone.now())
    with pytest.raises(SituationVerrouillee, match="verrouillée"):
        poser(4, version=1)
    assert Positionnement.objects.get().valeur == 3


@pytest.mark.parametrize("role", [Role.DDFPT, Role.CHEF, Role.COMMISSION, Role.INSPECTEUR])
def test_qui_ne_fait_que_lire_ne_trouve_rien_a_ecrire(poser, centre_a, role) -> None:
    lecteur = fabriquer_personne("lecteur", role, centre_a)
    with pytest.raises(ObjetIntrouvable):
        poser(3, utilisateur=lecteur)


def test_un_etranger_un_ancien_et_un_administrateur_ne_trouvent_rien(poser, etranger, ancien, administrateur) -> None:
    for personne in (etranger, ancien, administrateur):
        with pytest.raises(ObjetIntrouvable):
            poser(3, utilisateur=personne)
    with pytest.raises(ObjetIntrouvable):
        poser(3, situation_id=0)


def test_un_apprenant_d_une_autre_classe_est_introuvable(poser, centre_b, referentiel, option_rsp) -> None:
    ailleurs = fabriquer_inscription(fabriquer_classe(centre_b, referentiel), option_rsp)
    with pytest.raises(ObjetIntrouvable):
        poser(3, inscription_id=ailleurs.pk)


def test_une_competence_que_la_situation_n_evalue_pas_est_refusee(poser) -> None:
    with pytest.raises(ValidationError, match="n'est pas évaluée"):
        poser(3, detaillee_id=detail("C6.2").pk)


def test_le_libelle_suit_l_option_de_l_apprenant(poser, aicha, option_rsp: Option, option_rmo: Option) -> None:
    poser(3, detaillee_id=detail("C7.3", option_rsp).pk)
    poser(3, detaillee_id=detail("C7.3", option_rmo).pk, inscription_id=aicha.pk)
    poser(3, detaillee_id=detail("C9.4", option_rmo).pk, inscription_id=aicha.pk)
    with pytest.raises(ValidationError, match="option"):
        poser(3, detaillee_id=detail("C7.3", option_rmo).pk)
    with pytest.raises(ValidationError, match="option"):
        poser(3, detaillee_id=detail("C9.4", option_rmo).pk)


def test_sans_option_seul_le_tronc_commun_se_saisit(poser, classe, option_rsp: Option) -> None:
    commune = fabriquer_inscription(classe, None)
    poser(3, inscription_id=commune.pk)
    with pytest.raises(ValidationError, match="option"):
        poser(3, inscription_id=commune.pk, detaillee_id=detail("C7.3", option_rsp).pk)


def test_l_observation_reste_quand_seule_la_valeur_change(poser) -> None:
    poser(3, observation="sûr de lui")
    poser(4, version=1)
    assert Positionnement.objects.get().observation == "sûr de lui"
    poser(4, version=2, observation="")
    assert Positionnement.objects.get().observation == ""


def test_une_observation_trop_longue_est_refusee(poser) -> None:
    with pytest.raises(ValidationError, match="2000 caractères"):
        poser(3, observation="x" * 2001)


def test_dans_un_lot_chaque_case_a_son_issue(situation_e31, ines, aicha, enseignante, poser, option_rmo) -> None:
    poser(1)
    cellule = detail("C6.1").pk
    inerte = detail("C9.4", option_rmo).pk
    saisies = [
        Saisie(inscription_id=ines.pk, detaillee_id=cellule, valeur=4, version=0),
        Saisie(inscription_id=aicha.pk, detaillee_id=cellule, valeur=4, version=0),
        Saisie(inscription_id=ines.pk, detaillee_id=inerte, valeur=4, version=0),
        Saisie(inscription_id=aicha.pk, detaillee_id=inerte, valeur="9", version=0),
    ]
    issues = enregistrer_cellules(utilisateur=enseignante, situation_id=situation_e31.pk, saisies=saisies)
    assert [type(issue.refus) for issue in issues] == [ConflitDeVersion, type(None), ValidationError, ValidationError]
    assert Positionnement.objects.count() == 2
    assert len(evenements(situation_e31)) == 2


def test_un_lot_a_une_taille_bornee(situation_e31, ines, enseignante) -> None:
    saisie = Saisie(inscription_id=ines.pk, detaillee_id=detail("C6.1").pk, valeur=4, version=0)
    with pytest.raises(ValidationError, match="500 cases"):
        enregistrer_cellules(utilisateur=enseignante, situation_id=situation_e31.pk, saisies=[saisie] * 501)


def test_l_observation_sur_un_apprenant_suit_les_memes_regles(situation_e31, ines, enseignante, collegue) -> None:
    operation = uuid4()
    commun: dict[str, Any] = {"situation_id": situation_e31.pk, "inscription_id": ines.pk}
    enregistrer_observation(utilisateur=enseignante, **commun, texte="Autonome.", version=0, operation=operation)
    enregistrer_observation(utilisateur=collegue, **commun, texte="Très autonome.", version=1)
    rejoue = enregistrer_observation(
        utilisateur=enseignante, **commun, texte="Autonome.", version=0, operation=operation
    )
    assert (rejoue.texte, rejoue.version) == ("Autonome.", 1)
    with pytest.raises(ConflitDeVersion) as conflit:
        enregistrer_observation(utilisateur=enseignante, **commun, texte="Distrait.", version=1)
    assert isinstance(conflit.value.actuel, ObservationApprenant)
    assert conflit.value.actuel.texte == "Très autonome."
    assert [e.apres["texte"] for e in evenements(situation_e31)] == ["Autonome.", "Très autonome."]
    Situation.objects.filter(pk=situation_e31.pk).update(verrouillee_le=timezone.now())
    with pytest.raises(SituationVerrouillee):
        enregistrer_observation(utilisateur=collegue, **commun, texte="Autre.", version=2)
