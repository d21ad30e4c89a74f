"""Les actes sur une situation : règles, droits, journal, rien de perdu."""

from dataclasses import replace
from datetime import date

import pytest
from django.core.exceptions import PermissionDenied, ValidationError

from centres.models import Classe, Evenement, Inscription, Utilisateur
from evaluations.models import Positionnement, Situation
from evaluations.queries.historique import historique_de
from evaluations.services.donnees import LIEU_D_UN_CCF, donnees_de, periode_du
from evaluations.services.situations import (
    DonneesRessource,
    alertes_situation,
    creer_situation,
    deverrouiller_situation,
    dupliquer_pour_classes,
    dupliquer_situation,
    modifier_situation,
    verrouiller_situation,
)
from tests.evaluations.donnees_de_test import donnees, positionner, une_situation
from tests.fabriques import fabriquer_classe


def evenements(situation: Situation) -> list[Evenement]:
    return list(Evenement.objects.filter(chaine=f"situation:{situation.pk}").order_by("rang"))


def test_une_situation_creee_se_relit_a_l_identique(enseignante: Utilisateur, classe: Classe) -> None:
    situation = une_situation(enseignante, classe)
    assert donnees_de(situation) == donnees(periode="Terminale S2")
    assert situation.auteur == enseignante


def test_choisir_un_code_choisit_ses_libelles_dans_toutes_les_options(enseignante: Utilisateur, classe: Classe) -> None:
    situation = une_situation(enseignante, classe)
    assert list(situation.evaluees.filter(code="C7.3").values_list("option__code", flat=True)) == ["RSP", "RMO"]
    assert list(situation.taches.filter(code="A2-T3").values_list("option__code", flat=True)) == ["RSP", "RMO"]


def test_la_creation_laisse_un_seul_evenement_complet(enseignante: Utilisateur, classe: Classe) -> None:
    situation = une_situation(enseignante, classe)
    (evenement,) = evenements(situation)
    assert (evenement.acte, evenement.auteur, evenement.avant) == ("situation.creee", enseignante, None)
    assert evenement.apres["evaluees"] == ["C7.1", "C7.2", "C7.3"]
    assert evenement.apres["debut"] == "2026-02-03"


@pytest.mark.parametrize(
    ("changements", "champ", "message"),
    [
        ({"code": " "}, "code", "Ce champ est obligatoire."),
        ({"code": "S" * 13}, "code", "12 caractères au plus."),
        ({"titre": ""}, "titre", "Ce champ est obligatoire."),
        ({"epreuves": ()}, "epreuves", "Choisissez au moins une épreuve."),
        ({"epreuves": ("E9",)}, "epreuves", "Absent du référentiel de la classe : E9."),
        ({"evaluees": ()}, "evaluees", "Choisissez au moins une compétence détaillée à évaluer."),
        ({"evaluees": ("C7.1", "C1.1")}, "evaluees", "Hors des compétences de E31 : C1.1."),
        ({"taches": ("A1-T1",)}, "taches", "Hors des activités de E31 : A1-T1."),
        ({"mobilisees": ("C6", "C7")}, "mobilisees", "Déjà évaluée, donc pas seulement mobilisée : C7."),
        ({"periode": "Quatrième"}, "periode", "Cette période n'est pas dans le référentiel de la classe."),
        ({"fin": date(2026, 2, 2)}, "fin", "La date de fin précède la date de début."),
        ({"lieu": "entreprise"}, "lieu", LIEU_D_UN_CCF),
        (
            {"entreprise": "MécaLoire"},
            "entreprise",
            "Le nom de l'entreprise n'a de sens que pour une situation en entreprise.",
        ),
        ({"espaces": ("Piscine",)}, "espaces", "Absent du référentiel de la classe : Piscine."),
        (
            {"ressources": (DonneesRessource(nature="outil", designation=" "),)},
            "ressources",
            "Une désignation compte de 1 à 200 caractères.",
        ),
        (
            {"ressources": (DonneesRessource(nature="autre", designation="Pied"),)},
            "ressources",
            "Rubrique d'inventaire inconnue : autre.",
        ),
    ],
)
def test_une_regle_non_tenue_est_dite_au_bon_champ(
    enseignante: Utilisateur, classe: Classe, changements: dict[str, object], champ: str, message: str
) -> None:
    with pytest.raises(ValidationError) as refus:
        une_situation(enseignante, classe, **changements)
    assert refus.value.message_dict == {champ: [message]}
    assert not Situation.objects.exists()
    assert not Evenement.objects.exists()


def test_un_code_ne_sert_qu_une_fois_dans_la_classe(enseignante: Utilisateur, classe: Classe) -> None:
    une_situation(enseignante, classe)
    with pytest.raises(ValidationError) as refus:
        une_situation(enseignante, classe, code="s1")
    assert refus.value.message_dict == {"code": ["TTRPM a déjà une situation s1."]}


def test_une_situation_de_deux_epreuves_accepte_les_competences_des_deux(
    enseignante: Utilisateur, classe: Classe
) -> None:
    situation = une_situation(enseignante, classe, epreuves=("E2", "E31"), evaluees=("C1.1", "C7.1"))
    assert donnees_de(situation).epreuves == ("E2", "E31")


@pytest.mark.parametrize(
    ("jour", "periode"),
    [
        (date(2025, 9, 1), "Terminale S1"),
        (date(2026, 1, 31), "Terminale S1"),
        (date(2026, 2, 1), "Terminale S2"),
        (date(2026, 7, 10), "Terminale S2"),
        (date(2025, 6, 1), "Terminale S1"),
        (date(2027, 1, 1), "Terminale S2"),
    ],
)
def test_la_periode_se_deduit_de_la_date(classe: Classe, jour: date, periode: str) -> None:
    trouvee = periode_du(classe, jour)
    assert trouvee is not None
    assert trouvee.intitule == periode


@pytest.mark.parametrize("role", ["etranger", "chef", "membre_commission", "inspecteur", "administrateur", "ancien"])
def test_seule_l_equipe_prepare_des_situations(role: str, classe: Classe, request: pytest.FixtureRequest) -> None:
    with pytest.raises(PermissionDenied):
        creer_situation(utilisateur=request.getfixturevalue(role), classe=classe, donnees=donnees())
    assert not Situation.objects.exists()


def test_modifier_dit_avant_et_apres(enseignante: Utilisateur, collegue: Utilisateur, classe: Classe) -> None:
    situation = une_situation(enseignante, classe)
    modifier_situation(
        utilisateur=collegue,
        situation=situation,
        donnees=donnees(titre="Étau à mors", evaluees=("C7.1", "C7.2", "C8.1"), periode="Terminale S2"),
    )
    dernier = evenements(situation)[-1]
    assert (dernier.acte, dernier.auteur) == ("situation.modifiee", collegue)
    assert (dernier.avant["titre"], dernier.apres["titre"]) == ("Étau de montage", "Étau à mors")
    assert historique_de(situation)[0].changements == (
        "Titre : «\u00a0Étau de montage\u00a0» → «\u00a0Étau à mors\u00a0»",
        "Compétences évaluées : ajout de C8.1 ; retrait de C7.3",
    )


def test_enregistrer_sans_rien_changer_n_ecrit_rien_au_journal(enseignante: Utilisateur, classe: Classe) -> None:
    situation = une_situation(enseignante, classe)
    modifier_situation(utilisateur=enseignante, situation=situation, donnees=donnees())
    assert len(evenements(situation)) == 1


def test_une_competence_deja_positionnee_ne_peut_pas_sortir(
    enseignante: Utilisateur, classe: Classe, ines: Inscription, aicha: Inscription
) -> None:
    situation = une_situation(enseignante, classe)
    positionner(situation, ines, "C7.3", 3)
    positionner(situation, aicha, "C7.1", etat="NE")
    positionner(situation, aicha, "C7.2")
    with pytest.raises(ValidationError) as refus:
        modifier_situation(utilisateur=enseignante, situation=situation, donnees=donnees(evaluees=("C8.1",)))
    assert refus.value.message_dict == {
        "evaluees": [
            "Des apprenants y sont déjà positionnés, gardez : C7.1, C7.3. "
            "Videz d'abord leurs cases dans la grille si elles ont été remplies par erreur."
        ]
    }
    assert donnees_de(situation).evaluees == ("C7.1", "C7.2", "C7.3")


def test_verrouillee_elle_ne_change_plus_pour_personne(
    enseignante: Utilisateur, ddfpt: Utilisateur, chef: Utilisateur, classe: Classe
) -> None:
    situation = une_situation(enseignante, classe)
    verrouiller_situation(utilisateur=chef, situation=situation)
    for utilisateur in (enseignante, ddfpt):
        with pytest.raises(ValidationError, match="verrouillée"):
            modifier_situation(utilisateur=utilisateur, situation=situation, donnees=donnees(titre="Autre"))
    with pytest.raises(ValidationError, match="verrouillée"):
        verrouiller_situation(utilisateur=chef, situation=situation)


@pytest.mark.parametrize("role", ["enseignante", "ddfpt", "etranger", "inspecteur", "administrateur"])
def test_seul_le_chef_de_centre_verrouille(
    role: str, enseignante: Utilisateur, classe: Classe, request: pytest.FixtureRequest
) -> None:
    situation = une_situation(enseignante, classe)
    with pytest.raises(PermissionDenied):
        verrouiller_situation(utilisateur=request.getfixturevalue(role), situation=situation)
    with pytest.raises(PermissionDenied):
        deverrouiller_situation(utilisateur=request.getfixturevalue(role), situation=situation, motif="Erreur")


def test_deverrouiller_demande_une_raison_gardee_au_journal(
    enseignante: Utilisateur, chef: Utilisateur, classe: Classe
) -> None:
    situation = une_situation(enseignante, classe)
    with pytest.raises(ValidationError, match="n'est pas verrouillée"):
        deverrouiller_situation(utilisateur=chef, situation=situation, motif="Erreur")
    verrouiller_situation(utilisateur=chef, situation=situation)
    with pytest.raises(ValidationError, match="pourquoi"):
        deverrouiller_situation(utilisateur=chef, situation=situation, motif="  ")
    rouverte = deverrouiller_situation(utilisateur=chef, situation=situation, motif="Un apprenant manquait.")
    assert not rouverte.est_verrouillee
    dernier = evenements(situation)[-1]
    assert (dernier.avant, dernier.apres, dernier.motif) == (
        {"verrouillee": True},
        {"verrouillee": False},
        "Un apprenant manquait.",
    )


def test_reprendre_pour_une_autre_classe_garde_le_contenu_jamais_les_niveaux(
    enseignante: Utilisateur, collegue: Utilisateur, classe: Classe, ines: Inscription
) -> None:
    source = une_situation(enseignante, classe)
    positionner(source, ines, "C7.1", 4)
    suivante = fabriquer_classe(classe.centre, classe.version, annee_scolaire=2026, session=2027)
    reprise = dupliquer_situation(
        utilisateur=collegue, situation=source, classe=suivante, code="S4", debut=date(2027, 1, 11)
    )
    assert donnees_de(reprise) == replace(
        donnees_de(source), code="S4", debut=date(2027, 1, 11), fin=None, periode="Terminale S1"
    )
    assert (reprise.classe, reprise.auteur) == (suivante, collegue)
    assert not Positionnement.objects.filter(situation=reprise).exists()
    (evenement,) = evenements(reprise)
    assert (evenement.acte, evenement.motif) == ("situation.reprise", f"Reprise de S1 ({classe}).")


def test_reprendre_pour_plusieurs_classes_est_tout_ou_rien(enseignante: Utilisateur, classe: Classe) -> None:
    source = une_situation(enseignante, classe)
    voisines = [fabriquer_classe(classe.centre, classe.version, nom=nom) for nom in ("TTRPM B", "TTRPM C")]
    une_situation(enseignante, voisines[1], code="S4")
    with pytest.raises(ValidationError) as refus:
        dupliquer_pour_classes(
            utilisateur=enseignante, situation=source, classes=voisines, debut=date(2026, 3, 2), code="S4"
        )
    assert refus.value.message_dict == {"code": ["TTRPM C a déjà une situation S4."]}
    assert not voisines[0].situations.exists()
    reprises = dupliquer_pour_classes(
        utilisateur=enseignante, situation=source, classes=voisines, debut=date(2026, 3, 2)
    )
    assert [(reprise.classe.nom, reprise.code) for reprise in reprises] == [("TTRPM B", "S1"), ("TTRPM C", "S5")]


def test_on_ne_reprend_ni_chez_un_autre_ni_d_un_autre(
    enseignante: Utilisateur, etranger: Utilisateur, classe: Classe, centre_b: object
) -> None:
    source = une_situation(enseignante, classe)
    la_leur = fabriquer_classe(centre_b, classe.version)
    for utilisateur, vers in ((etranger, la_leur), (enseignante, la_leur), (etranger, classe)):
        with pytest.raises(PermissionDenied):
            dupliquer_situation(
                utilisateur=utilisateur, situation=source, classe=vers, code="S9", debut=date(2026, 3, 1)
            )
    assert Situation.objects.count() == 1


def test_les_alertes_ne_bloquent_pas(enseignante: Utilisateur, classe: Classe) -> None:
    assert alertes_situation(une_situation(enseignante, classe)) == []
    avant = une_situation(enseignante, classe, code="S2", debut=date(2025, 12, 1), fin=None)
    assert alertes_situation(avant) == ["Une situation certificative se tient dans l'année civile de l'examen (2026)."]
    tardive = une_situation(enseignante, classe, code="S3", debut=date(2026, 5, 6), fin=date(2026, 9, 15))
    assert alertes_situation(tardive) == [
        "Les dates sortent de l'année scolaire 2025-2026 de la classe.",
        "La situation se termine après la fin de la période de CCF (07/05/2026).",
    ]
