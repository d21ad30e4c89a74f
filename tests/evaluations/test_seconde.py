"""La seconde sous un autre référentiel : ses preuves se voient, par correspondance, et ne comptent nulle part."""

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.management import call_command
from django.urls import reverse

from centres.models import Centre, Classe, Inscription, Utilisateur
from certification.models import Candidat
from certification.queries.candidats import synthese_du_candidat
from certification.services.grilles import publier_grilles_par_defaut
from evaluations.models import Positionnement, Situation
from evaluations.queries.parcours import Filtre, filtrer, jalons_de, parcours_de
from referentiel.models import Correspondance, VersionReferentiel
from tests.certification.preuves import fabriquer_situation as fabriquer_certificative
from tests.certification.preuves import tout_positionner
from tests.evaluations.donnees_de_test import positionner, une_situation
from tests.fabriques import fabriquer_classe, fabriquer_inscription

EXEMPLE = settings.BASE_DIR / "fixtures" / "referentiel" / "remi-exemple.yaml"


@pytest.fixture
def remi(referentiel: VersionReferentiel) -> VersionReferentiel:
    call_command("importer_referentiel", str(EXEMPLE))
    return VersionReferentiel.objects.get(diplome__code="REMI-EXEMPLE")


@pytest.fixture
def seconde(remi: VersionReferentiel, centre_a: Centre, ines: Inscription, enseignante: Utilisateur) -> Classe:
    """Inès y a montré EX3.1 au niveau 4 (C7 et C8 du TRPM) et EX4.1 au niveau 2 (C2)."""
    classe = fabriquer_classe(centre_a, remi, nom="2REMI", annee_scolaire=2023, annee_cycle=1)
    inscription = fabriquer_inscription(classe, None, apprenant=ines.apprenant, debut=date(2023, 9, 1))
    situation = une_situation(
        enseignante, classe, **_formative(epreuves=("EXS2",), evaluees=("EX3.1", "EX4.1"), debut=date(2023, 11, 6))
    )
    positionner(situation, inscription, "EX3.1", 4)
    positionner(situation, inscription, "EX4.1", 2)
    return classe


def _formative(**changements: Any) -> dict[str, Any]:
    vides = {"taches": (), "mobilisees": (), "supports": (), "espaces": (), "fin": None}
    return {"nature": "formative", "code": "R1", "titre": "Porte-clés", **vides, **changements}


def test_l_exemple_se_dit_non_officiel_jusque_dans_ses_codes(remi: VersionReferentiel) -> None:
    assert "non officiel" in remi.intitule
    assert not remi.epreuves.filter(a_ccf=True).exists()
    assert all("exemple" in intitule for intitule in remi.competences.values_list("intitule", flat=True))
    assert {code[:2] for code in remi.competences.values_list("code", flat=True)} == {"EX"}


def test_ses_preuves_se_lisent_comme_preuves_de_seconde(
    seconde: Classe, classe: Classe, ines: Inscription, enseignante: Utilisateur
) -> None:
    en_terminale = une_situation(enseignante, classe)
    positionner(en_terminale, ines, "C7.1", 2)
    lu = parcours_de(enseignante, ines.apprenant)
    assert [(jalon.code, bool(jalon.ailleurs), jalon.periode) for jalon in lu.jalons] == [
        ("S1", False, "Terminale S2"),
        ("R1", True, "Seconde S1"),
    ]
    groupes = {groupe.code: groupe for groupe in lu.jalons[1].competences}
    assert (groupes["EX3"].codes, groupes["EX4"].codes) == (("C7", "C8"), ("C2",))
    # Rien de la seconde n'est « le meilleur du cycle », ni un niveau retenu du diplôme.
    assert not any(preuve.est_retenue for groupe in groupes.values() for preuve in groupe.preuves)
    niveaux = {une.code: une for une in lu.competences}
    assert (niveaux["C7"].retenu.niveau, niveaux["C7"].seconde.niveau) == (2, 4)
    assert (niveaux["C2"].retenu, niveaux["C2"].seconde.niveau) == (None, 2)
    assert niveaux["C1"].seconde is None
    assert [jalon.code for jalon in filtrer(lu.jalons, Filtre(competence="C8"))] == ["R1"]
    assert [jalon.code for jalon in filtrer(lu.jalons, Filtre(bloc=niveaux["C2"].bloc))] == ["R1"]


def test_une_correspondance_ecrite_dans_le_texte_du_diplome_vaut_autant(
    seconde: Classe, ines: Inscription, enseignante: Utilisateur
) -> None:
    version = ines.classe.version
    Correspondance.objects.create(
        version=version,
        referentiel_source="REMI-EXEMPLE",
        code_source="EX4",
        competence=version.competences.get(code="C12"),
        ordre=1,
    )
    lus = {une.code: une.seconde for une in parcours_de(enseignante, ines.apprenant).competences}
    assert (lus["C12"].niveau, lus["C2"].niveau) == (2, 2)


def test_elles_ne_certifient_rien_et_n_entrent_dans_aucune_note(
    seconde: Classe, classe: Classe, ines: Inscription, enseignante: Utilisateur
) -> None:
    with pytest.raises(ValidationError, match="Aucun CCF n'est prévu pour EXS2"):
        une_situation(
            enseignante,
            seconde,
            **_formative(code="R2", nature="certificative", epreuves=("EXS2",), evaluees=("EX3.1",)),
        )
    publier_grilles_par_defaut(classe.version)
    tout_positionner(fabriquer_certificative(classe, enseignante, "S3", "E31"), ines, enseignante, 2)
    candidat = Candidat.objects.get(pk=ines.pk)

    def resultats() -> dict[str, Any]:
        return {code: une.resultat for code, une in synthese_du_candidat(candidat).syntheses.items()}

    avec = resultats()
    # Même rendue certificative de force, une preuve d'un autre texte ne prouve rien ici.
    Situation.objects.filter(classe=seconde).update(nature="certificative")
    assert resultats() == avec
    Positionnement.objects.filter(situation__classe=seconde).delete()
    assert resultats() == avec
    assert avec["E31"].note_calculee is not None
    # La seconde n'est pas une année où l'on certifie : elle n'a pas d'onglet Certification.
    assert not seconde.est_derniere_annee


def test_la_page_la_montre_a_cote_et_coute_quatre_requetes_de_plus(
    client_de: Callable[..., Any],
    seconde: Classe,
    classe: Classe,
    ines: Inscription,
    lucas: Inscription,
    enseignante: Utilisateur,
    compte_apprenant: Utilisateur,
    django_assert_num_queries: Any,
) -> None:
    adresse = reverse("evaluations:parcours", args=[ines.apprenant_id])
    for personne in (enseignante, compte_apprenant):
        assert "en seconde :" in client_de(personne).get(adresse).content.decode()
        page = " ".join(client_de(personne).get(adresse, {"onglet": "preuves"}).content.decode().split())
        assert "correspond à C7, C8" in page
        assert 'title="Seconde commune REMI (exemple, non officiel)">seconde' in page
    with django_assert_num_queries(7):
        parcours_de(enseignante, ines.apprenant)
    with django_assert_num_queries(3):
        parcours_de(enseignante, lucas.apprenant)
    with django_assert_num_queries(5):
        jalons_de(enseignante, ines.apprenant, classe.version)
