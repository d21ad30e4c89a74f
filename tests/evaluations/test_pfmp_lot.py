"""Confirmer d'un acte les bilans que rien n'oblige à relire ; les autres attendent, avec leur raison."""

import re
from collections.abc import Callable
from io import BytesIO

import pikepdf
import pytest
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries

from centres.models import Classe, Evenement, Inscription, Utilisateur
from evaluations.documents.pfmp import lignes_de_synthese, pdf_bilan
from evaluations.models import BilanPfmp, PeriodePfmp, Placement, Positionnement, ReponseTuteur
from evaluations.queries.bilans_en_lot import lot_de
from evaluations.queries.bilans_pfmp import bilan_de
from evaluations.queries.pfmp import periodes_de
from evaluations.services.bilans_en_lot import EnTete, confirmer_les_bilans
from evaluations.services.bilans_pfmp import ChoixLigne, DonneesBilan, enregistrer_bilan
from tests.client_strict import ClientStrict
from tests.evaluations.fabrique_pfmp import FIN, placer, repondre, une_entreprise, une_periode
from tests.fabriques import fabriquer_inscription

ClientDe = Callable[[Utilisateur], ClientStrict]
TOUT = {"C6.1": "A", "C7.1": "NA", "C8.1": "NE"}


@pytest.fixture
def periode(enseignante: Utilisateur, classe: Classe) -> PeriodePfmp:
    return une_periode(enseignante, classe)


@pytest.fixture
def placements(
    enseignante: Utilisateur, periode: PeriodePfmp, ines: Inscription, lucas: Inscription, aicha: Inscription
) -> list[Placement]:
    """Inès a un bilan sans ambiguïté ; il manque une réponse à Lucas ; le brouillon d'Aïcha retient autre chose."""
    tuteur = une_entreprise(periode.classe)[1]
    poses = [placer(enseignante, periode, une, tuteur) for une in (ines, lucas, aicha)]
    for pose, valeurs in zip(poses, (TOUT, {"C6.1": "A", "C7.1": "A"}, TOUT), strict=True):
        repondre(pose, valeurs)
    choix = [
        ChoixLigne(detaillee_id=ligne.detaillee.pk, niveau=None, valeur=ligne.valeur)
        for ligne in bilan_de(poses[2]).lignes
    ]
    brouillon = DonneesBilan(tenu_le=FIN, choix=tuple(choix))
    enregistrer_bilan(utilisateur=enseignante, placement=poses[2], donnees=brouillon, version=0)
    return poses


def test_l_apercu_separe_ce_qui_se_confirme_de_ce_qui_se_lit(
    placements: list[Placement], enseignante: Utilisateur, client_de: ClientDe
) -> None:
    client, periode = client_de(enseignante), placements[0].periode
    adresse = reverse("evaluations:pfmp_bilans_confirmer", args=[periode.pk])
    assert adresse in client.get(reverse("evaluations:pfmp_suivi", args=[periode.pk])).content.decode()
    page = client.get(adresse).content.decode()
    assert "1 question sans réponse" in page
    assert "le brouillon retient autre chose que la proposition" in page
    coches = dict(re.findall(r'name="(p\d+)"\s+value="(\w{16})"', page))
    assert list(coches) == [f"p{placements[0].pk}"]
    assert client.post(adresse, {"tenu_le": "2026-01-30"}).status_code == 422
    assert client.post(adresse, {**coches, "tenu_le": ""}).status_code == 422
    # Celui qui n'était pas proposé ne passe pas, même envoyé ; celui qui l'était donne un événement.
    envoi = {**coches, f"p{placements[1].pk}": "0" * 16, "tenu_le": "2026-01-30", "a_tuteur": "on"}
    suite = client.post(adresse, envoi, follow=True).content.decode()
    assert "1 bilan confirmé." in suite
    assert "1 question sans réponse" in suite
    bilan = BilanPfmp.objects.get(confirme_le__isnull=False)
    assert (bilan.placement, bilan.a_tuteur, bilan.a_apprenant) == (placements[0], True, False)
    assert sorted(Positionnement.objects.values_list("detaillee__code", "niveau")) == [("C6.1", 3), ("C7.1", 1)]
    assert Evenement.objects.filter(acte="bilan_pfmp.confirme").count() == 1
    assert "déjà confirmé par" in client.get(adresse).content.decode()


def test_le_conseil_lit_chaque_competence_par_son_libelle_et_le_bilan_tient_sur_une_page(
    placements: list[Placement], enseignante: Utilisateur, client_de: ClientDe
) -> None:
    periode, pret = placements[0].periode, lot_de(placements[0].periode).prets[0]
    en_tete = EnTete(tenu_le=FIN, a_tuteur=True, a_apprenant=True)
    vus = {pret.placement.pk: pret.empreinte}
    assert confirmer_les_bilans(utilisateur=enseignante, periode=periode, vus=vus, en_tete=en_tete).nombre == 1
    entetes, lignes = lignes_de_synthese(periode.classe)
    libelles = [f"{une.detaillee.code} {une.detaillee.intitule}" for une in pret.vue.lignes if une.propose]
    assert list(entetes)[15:17] == sorted(libelles)
    assert [ligne[14:17] for ligne in lignes if ligne[14] == "confirmé"] == [["confirmé", "3", "1"]]
    page = client_de(enseignante).get(reverse("evaluations:pfmp_synthese", args=[periode.classe_id])).content.decode()
    assert page.count("bilan non confirmé") == 2
    with pikepdf.open(BytesIO(pdf_bilan(pret.placement))) as document:
        assert len(document.pages) == 1


def test_une_reponse_changee_depuis_l_apercu_attend(
    placements: list[Placement], enseignante: Utilisateur, client_de: ClientDe
) -> None:
    pret = lot_de(placements[0].periode).prets[0]
    ReponseTuteur.objects.filter(question__placement=pret.placement, valeur="NA").update(valeur="A")
    adresse = reverse("evaluations:pfmp_bilans_confirmer", args=[pret.placement.periode_id])
    envoi = {f"p{pret.placement.pk}": pret.empreinte, "tenu_le": "2026-01-30"}
    page = client_de(enseignante).post(adresse, envoi, follow=True).content.decode()
    assert "a changé depuis l&#x27;aperçu" in page
    assert not BilanPfmp.objects.filter(confirme_le__isnull=False).exists()


@pytest.mark.parametrize("nombre", [1, 3])
def test_l_apercu_ne_coute_pas_plus_pour_une_classe(
    nombre: int,
    enseignante: Utilisateur,
    periode: PeriodePfmp,
    option_rsp: object,
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    tuteur = une_entreprise(periode.classe)[1]
    for rang in range(nombre):
        repondre(
            placer(enseignante, periode, fabriquer_inscription(periode.classe, option_rsp, f"N{rang}"), tuteur), TOUT
        )
    with django_assert_num_queries(7):
        assert len(lot_de(periode).prets) == nombre


def test_une_fiche_presque_vide_ne_compte_pas_comme_une_reponse(placements: list[Placement], classe: Classe) -> None:
    assert (periodes_de(classe)[0].repondus, periodes_de(classe)[0].a_confirmer) == (3, 3)
    ReponseTuteur.objects.filter(question__placement=placements[1], valeur="A").exclude(
        question__detaillee__code="C6.1"
    ).delete()
    assert periodes_de(classe)[0].repondus == 2
