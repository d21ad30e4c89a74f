"""L'accueil : chaque ligne est un acte, et chacun n'y trouve que ce qu'il peut faire."""

from datetime import date

import pytest
from django.urls import reverse
from django.utils import timezone

from centres.enums import Role, StatutApprenant
from centres.models import Classe, Inscription, Utilisateur
from evaluations.enums import Etat, Nature
from evaluations.models import Positionnement, Situation
from referentiel.models import CompetenceDetaillee
from tests.fabriques import affecter_a, fabriquer_classe, fabriquer_inscription
from trpm.accueil import LIGNES_MAX, accueil_de

ACCUEIL = reverse("accueil")


def fabriquer_situation(
    classe: Classe,
    auteur: Utilisateur,
    code: str = "S1",
    nature: Nature = Nature.CERTIFICATIVE,
    epreuve: str = "E31",
    detaillees: tuple[str, ...] = ("C9.3", "C9.4"),
    verrouillee: bool = False,
) -> Situation:
    situation = Situation.objects.create(
        classe=classe,
        code=code,
        titre="Étau de montage",
        nature=nature,
        debut=date(2026, 2, 3),
        periode=classe.version.periodes.first(),
        auteur=auteur,
        verrouillee_le=timezone.now() if verrouillee else None,
    )
    situation.epreuves.set(classe.version.epreuves.filter(code=epreuve))
    situation.evaluees.set(CompetenceDetaillee.objects.filter(competence__version=classe.version, code__in=detaillees))
    return situation


def positionner(situation: Situation, inscription: Inscription, code: str, niveau=None, etat="") -> None:
    Positionnement.objects.create(
        situation=situation,
        inscription=inscription,
        detaillee=situation.evaluees.get(code=code),
        niveau=niveau,
        etat=etat,
        auteur=situation.auteur,
        modifie_le=timezone.now(),
    )


def test_une_grille_incomplete_se_complete_depuis_l_accueil(client_de, enseignante, classe, inscriptions):
    """C9.4 n'est que pour la RMO : 2 RSP × 1 + 1 RMO × 2 = 4 cases, dont une remplie et une non évaluée."""
    ines, aicha, _ = inscriptions
    situation = fabriquer_situation(classe, enseignante)
    positionner(situation, ines, "C9.3", niveau=3)
    positionner(situation, aicha, "C9.4", etat=Etat.NON_EVALUE)
    (grille,) = accueil_de(enseignante).a_faire.grilles
    assert (grille.situation, grille.vides, grille.cases) == (situation, 2, 4)
    texte = " ".join(client_de(enseignante).get(ACCUEIL).content.decode().split())
    assert reverse("evaluations:grille", args=[situation.pk]) in texte
    assert "2 cases vides sur 4" in texte


def test_une_grille_complete_ou_verrouillee_n_est_plus_a_faire(client_de, enseignante, classe, ines):
    complete = fabriquer_situation(classe, enseignante, "S1", detaillees=("C9.3",))
    positionner(complete, ines, "C9.3", niveau=4)
    fabriquer_situation(classe, enseignante, "S2", verrouillee=True)
    assert accueil_de(enseignante).a_faire.grilles == ()
    assert "Toutes vos grilles sont complètes" in client_de(enseignante).get(ACCUEIL).content.decode()


def test_une_case_videe_est_de_nouveau_a_faire(enseignante, classe, ines):
    situation = fabriquer_situation(classe, enseignante, detaillees=("C9.3",))
    positionner(situation, ines, "C9.3")
    (grille,) = accueil_de(enseignante).a_faire.grilles
    assert grille.vides == 1


def test_au_dela_de_huit_lignes_on_renvoie_aux_classes(client_de, enseignante, classe, ines):
    for numero in range(LIGNES_MAX + 2):
        fabriquer_situation(classe, enseignante, f"S{numero}")
    a_faire = accueil_de(enseignante).a_faire
    assert (len(a_faire.grilles), a_faire.autres) == (LIGNES_MAX, 2)
    assert "Et 2 autres" in client_de(enseignante).get(ACCUEIL).content.decode()


def test_les_situations_certificatives_se_comptent_par_epreuve(client_de, enseignante, classe, ines):
    fabriquer_situation(classe, enseignante, "S1", detaillees=("C9.3",))
    fabriquer_situation(classe, enseignante, "S2", nature=Nature.FORMATIVE)
    (ligne,) = accueil_de(enseignante).classes
    assert [(a.epreuve.code, a.situations, a.manque, a.cases) for a in ligne.epreuves] == [
        ("E2", 0, 2, 0),
        ("E31", 1, 1, 1),
        ("E32", 0, 2, 0),
    ]
    texte = client_de(enseignante).get(ACCUEIL).content.decode()
    assert reverse("evaluations:situation_creer", args=[classe.pk]) in texte
    assert "en prévoir 2" in texte


def test_une_situation_de_deux_epreuves_compte_dans_les_deux(enseignante, classe, ines):
    situation = fabriquer_situation(classe, enseignante)
    situation.epreuves.add(classe.version.epreuves.get(code="E2"))
    (ligne,) = accueil_de(enseignante).classes
    assert [a.situations for a in ligne.epreuves] == [1, 1, 0]
    assert len(accueil_de(enseignante).a_faire.grilles) == 1


def test_quatre_situations_pour_une_epreuve_se_signalent(enseignante, classe, ines):
    for numero in range(4):
        fabriquer_situation(classe, enseignante, f"S{numero}")
    (ligne,) = accueil_de(enseignante).classes
    assert [a.exces for a in ligne.epreuves] == [0, 1, 0]


def test_en_ponctuel_rien_n_est_a_prevoir(client_de, etranger, centre_hors_contrat, referentiel):
    affecter_a(etranger, Role.ENSEIGNANT, centre_hors_contrat)
    fabriquer_classe(centre_hors_contrat, referentiel)
    (ligne,) = accueil_de(etranger).classes
    assert ligne.epreuves == ()
    assert "Épreuves ponctuelles" in client_de(etranger).get(ACCUEIL).content.decode()


@pytest.mark.parametrize("qui", ["chef", "membre_commission", "inspecteur"])
def test_qui_lit_seulement_n_a_ni_grille_a_remplir_ni_situation_a_prevoir(request, client_de, classe, enseignante, qui):
    situation = fabriquer_situation(classe, enseignante)
    lecteur = request.getfixturevalue(qui)
    assert accueil_de(lecteur).a_faire is None
    texte = client_de(lecteur).get(ACCUEIL).content.decode()
    assert classe.nom in texte
    assert reverse("evaluations:grille", args=[situation.pk]) not in texte
    assert reverse("evaluations:situation_creer", args=[classe.pk]) not in texte


def test_un_enseignant_d_un_autre_centre_ne_voit_rien_de_celui_ci(client_de, etranger, enseignante, classe, ines):
    fabriquer_situation(classe, enseignante)
    accueil = accueil_de(etranger)
    assert (accueil.a_faire.grilles, accueil.classes) == ((), ())
    texte = client_de(etranger).get(ACCUEIL).content.decode()
    assert "TTRPM" not in texte
    assert "Étau" not in texte


def test_un_apprenant_trouve_son_parcours_et_rien_d_autre(client_de, enseignante, compte_apprenant, ines):
    fabriquer_situation(ines.classe, enseignante)
    reponse = client_de(compte_apprenant).get(ACCUEIL)
    accueil = reponse.context["accueil"]
    assert (accueil.a_faire, accueil.classes, accueil.apprenant) == (None, (), ines.apprenant)
    texte = reponse.content.decode()
    assert reverse("evaluations:parcours", args=[ines.apprenant_id]) in texte
    for absent in ("Étau", "note", "/classes/", "/candidats/"):
        assert absent not in texte


def test_un_administrateur_trouve_le_referentiel_et_les_centres(client_de, administrateur, classe):
    texte = client_de(administrateur).get(ACCUEIL).content.decode()
    assert reverse("referentiel:accueil") in texte
    assert reverse("centres:centres") in texte
    assert "TTRPM" not in texte


@pytest.mark.parametrize("qui", ["sans_affectation", "ancien"])
def test_sans_affectation_l_accueil_explique_pourquoi(request, client_de, classe, qui):
    texte = client_de(request.getfixturevalue(qui)).get(ACCUEIL).content.decode()
    assert "Votre compte n'est rattaché à aucun centre" in texte
    assert "TTRPM" not in texte


def test_l_accueil_coute_autant_avec_une_situation_ou_trois_classes(
    client_de,
    enseignante,
    centre_a,
    centre_b,
    referentiel,
    classe,
    inscriptions,
    option_rmo,
    django_assert_max_num_queries,
):
    client = client_de(enseignante)
    fabriquer_situation(classe, enseignante)
    client.get(ACCUEIL)
    with django_assert_max_num_queries(18) as avec_une:
        client.get(ACCUEIL)
    affecter_a(enseignante, Role.ENSEIGNANT, centre_b)
    for centre in (centre_a, centre_b):
        autre = fabriquer_classe(centre, referentiel)
        fabriquer_inscription(autre, option_rmo, statut=StatutApprenant.APPRENTI)
        fabriquer_situation(autre, enseignante)
    with django_assert_max_num_queries(18) as avec_trois:
        client.get(ACCUEIL)
    assert len(avec_une) == len(avec_trois)
    print(f"accueil : {len(avec_trois)} requêtes, alertes comprises")
