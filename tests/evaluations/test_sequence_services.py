"""Les actes sur une séquence : écrire, rattacher, déplacer, copier ailleurs, supprimer vide."""

from datetime import date

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.utils import timezone

from centres.enums import Role
from centres.models import Centre, Classe, Evenement, Utilisateur
from evaluations.models import Sequence, Situation
from evaluations.queries.progression import Cohorte, cohorte_par
from evaluations.services.donnees import donnees_de
from evaluations.services.sequences import (
    AUTRE_COHORTE,
    DEJA_CE_NOM,
    FIN_AVANT_DEBUT,
    DonneesSequence,
    SequenceModifiee,
    copier_sequence,
    creer_sequence,
    deplacer_sequence,
    modifier_sequence,
    supprimer_sequence,
)
from evaluations.services.situations import creer_situation, dupliquer_situation, modifier_situation
from tests.evaluations.donnees_de_test import donnees
from tests.evaluations.fabrique_grille import fabriquer_situation
from tests.fabriques import affecter_a, fabriquer_classe


@pytest.fixture
def cohorte(classe: Classe) -> Cohorte:
    return cohorte_par(classe)


def contenu(
    cohorte: Cohorte, debut: int = 5, fin: int = 6, intitule: str = "Étau", **champs: object
) -> DonneesSequence:
    periodes = {une.ordre: une for une in cohorte.version.periodes.all()}
    valeurs: dict[str, object] = {"nature": "projet", "duree_heures": 40, "problematique": "Serrer"} | champs
    return DonneesSequence(
        intitule=intitule,
        periode_debut=periodes[debut],
        periode_fin=periodes[fin],
        **valeurs,  # type: ignore[arg-type]
    )


def test_une_sequence_prend_et_rend_ses_situations_sans_toucher_aux_verrouillees(
    cohorte: Cohorte, classe: Classe, enseignante: Utilisateur, inspecteur: Utilisateur, centre_b: Centre
) -> None:
    s1, s2, figee = (fabriquer_situation(classe, enseignante, ["C6.1"], code) for code in ("S1", "S2", "S3"))
    sequence = creer_sequence(
        utilisateur=enseignante,
        cohorte=cohorte,
        donnees=contenu(cohorte, situations=frozenset({s1.pk, figee.pk})),
    )
    assert list(sequence.situations.order_by("code")) == [s1, figee]
    Situation.objects.filter(pk=figee.pk).update(verrouillee_le=timezone.now())
    modifier_sequence(
        utilisateur=enseignante,
        sequence=sequence,
        donnees=contenu(cohorte, situations=frozenset({s2.pk})),
        version=sequence.version,
    )
    assert list(sequence.situations.order_by("code")) == [s2, figee]
    dernier = Evenement.objects.filter(chaine=f"sequence:{sequence.pk}").latest("rang")
    assert (dernier.acte, dernier.avant["situations"], dernier.apres["situations"]) == (
        "sequence.modifiee",
        ["S1", "S3"],
        ["S2", "S3"],
    )
    sequence.refresh_from_db()
    autre = fabriquer_situation(fabriquer_classe(centre_b, cohorte.version), enseignante, ["C6.1"])
    for refus, mauvaises in (
        (AUTRE_COHORTE, contenu(cohorte, situations=frozenset({autre.pk}))),
        (AUTRE_COHORTE, contenu(cohorte, situations=frozenset({s2.pk, figee.pk}))),
        (FIN_AVANT_DEBUT, contenu(cohorte, 6, 5)),
    ):
        with pytest.raises(ValidationError, match=refus):
            modifier_sequence(utilisateur=enseignante, sequence=sequence, donnees=mauvaises, version=sequence.version)
    with pytest.raises(ValidationError, match=DEJA_CE_NOM):
        creer_sequence(utilisateur=enseignante, cohorte=cohorte, donnees=contenu(cohorte, intitule="étau "))
    with pytest.raises(PermissionDenied):
        creer_sequence(utilisateur=inspecteur, cohorte=cohorte, donnees=contenu(cohorte, intitule="Autre"))


def test_un_deplacement_garde_la_longueur_et_le_perdant_l_apprend(
    cohorte: Cohorte, enseignante: Utilisateur, collegue: Utilisateur
) -> None:
    sequence = creer_sequence(utilisateur=enseignante, cohorte=cohorte, donnees=contenu(cohorte, 2, 3))
    deplacee = deplacer_sequence(utilisateur=enseignante, sequence=sequence, rang=4, version=1)
    assert (deplacee.periode_debut.ordre, deplacee.periode_fin.ordre, deplacee.version) == (4, 5, 2)
    with pytest.raises(SequenceModifiee, match="Elle commence en Première S2"):
        deplacer_sequence(utilisateur=collegue, sequence=sequence, rang=1, version=1)
    with pytest.raises(ValidationError, match="ne tient pas dans le cycle"):
        deplacer_sequence(utilisateur=collegue, sequence=sequence, rang=6, version=2)
    assert deplacer_sequence(utilisateur=collegue, sequence=sequence, rang=4, version=2).version == 2
    actes = Evenement.objects.filter(chaine=f"sequence:{sequence.pk}").order_by("rang").values_list("acte", flat=True)
    assert list(actes) == ["sequence.creee", "sequence.deplacee"]


def test_une_sequence_ne_part_que_vide(cohorte: Cohorte, classe: Classe, enseignante: Utilisateur) -> None:
    situation = fabriquer_situation(classe, enseignante, ["C6.1"])
    sequence = creer_sequence(
        utilisateur=enseignante, cohorte=cohorte, donnees=contenu(cohorte, situations=frozenset({situation.pk}))
    )
    with pytest.raises(ValidationError, match="retirez-les"):
        supprimer_sequence(utilisateur=enseignante, sequence=sequence)
    modifier_sequence(utilisateur=enseignante, sequence=sequence, donnees=contenu(cohorte), version=1)
    supprimer_sequence(utilisateur=enseignante, sequence=sequence)
    assert not Sequence.objects.exists()
    assert Situation.objects.get().sequence is None


def test_un_modele_se_copie_dans_un_autre_centre_avec_ses_situations(
    cohorte: Cohorte, classe: Classe, enseignante: Utilisateur, etranger: Utilisateur, centre_b: Centre
) -> None:
    premiere = fabriquer_classe(cohorte.centre, cohorte.version, annee_scolaire=2024, annee_cycle=2)
    terminale = creer_situation(
        utilisateur=enseignante, classe=classe, donnees=donnees(code="S1", sequence="", duree_heures=6)
    )
    avant = creer_situation(
        utilisateur=enseignante,
        classe=premiere,
        donnees=donnees(code="S2", debut=date(2025, 1, 8), fin=None, periode=""),
    )
    sequence = creer_sequence(
        utilisateur=enseignante,
        cohorte=cohorte,
        donnees=contenu(cohorte, situations=frozenset({terminale.pk, avant.pk})),
    )
    la_bas = fabriquer_classe(centre_b, cohorte.version, annee_scolaire=2026, annee_cycle=3, session=2027)
    options = {"cohorte": cohorte_par(la_bas), "intitule": "Le nôtre", "avec_situations": True}
    with pytest.raises(PermissionDenied):
        copier_sequence(utilisateur=etranger, sequence=sequence, **options)
    Sequence.objects.update(est_modele=True)
    reprise = copier_sequence(utilisateur=etranger, sequence=sequence, **options)
    assert reprise.sans_classe == ("S2",)
    (copie,) = reprise.situations
    assert (copie.classe, copie.sequence, copie.duree_heures) == (la_bas, reprise.sequence, 6)
    assert copie.debut == terminale.debut.replace(year=terminale.debut.year + 1)
    assert (reprise.sequence.problematique, reprise.sequence.est_modele) == ("Serrer", False)


def test_une_situation_se_range_dans_une_sequence_de_sa_cohorte_seulement(
    cohorte: Cohorte, classe: Classe, enseignante: Utilisateur, centre_b: Centre
) -> None:
    affecter_a(enseignante, Role.ENSEIGNANT, centre_b)
    creer_sequence(utilisateur=enseignante, cohorte=cohorte, donnees=contenu(cohorte))
    situation = creer_situation(
        utilisateur=enseignante, classe=classe, donnees=donnees(sequence="Étau", duree_heures=8)
    )
    relue = donnees_de(situation)
    assert (relue.sequence, relue.duree_heures) == ("Étau", 8)
    for mauvaise in ({"sequence": "Inconnue"}, {"duree_heures": 0}):
        with pytest.raises(ValidationError) as refus:
            modifier_situation(utilisateur=enseignante, situation=situation, donnees=donnees(**mauvaise))
        assert list(refus.value.message_dict) == list(mauvaise)
    parallele = fabriquer_classe(cohorte.centre, cohorte.version, nom="TTRPM B")
    for cible, attendue in ((parallele, "Étau"), (fabriquer_classe(centre_b, cohorte.version), "")):
        reprise = dupliquer_situation(
            utilisateur=enseignante, situation=situation, classe=cible, debut=date(2026, 3, 1)
        )
        assert donnees_de(reprise).sequence == attendue
