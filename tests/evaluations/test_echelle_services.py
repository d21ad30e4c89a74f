"""Les actes sur une échelle : ouvrir, écrire en comparant, publier pour de bon, repartir d'une version."""

import pytest
from django.core.exceptions import PermissionDenied, ValidationError

from centres.models import Classe, Evenement, Utilisateur
from evaluations.attendus import Position
from evaluations.models import Echelle
from evaluations.queries.echelles import (
    attendus_par_option,
    cohorte_de,
    echelle_en_vigueur,
    objectifs_de,
    tableau_de,
)
from evaluations.services.echelles import (
    ConflitAttendu,
    SaisieAttendue,
    creer_echelle,
    modifier_niveau,
    modifier_periode,
    nouvelle_version,
    publier_echelle,
    supprimer_brouillon,
)
from referentiel.models import CompetenceDetaillee, Option
from tests.evaluations.fabrique_progression import fabriquer_echelle


def cle_de(echelle: Echelle, code: str) -> str:
    lues = CompetenceDetaillee.objects.filter(competence__version=echelle.version_referentiel, code=code)
    return f"d{lues.order_by('pk')[0].pk}"


def ouvrir(utilisateur: Utilisateur, classe: Classe, **options: object) -> Echelle:
    return creer_echelle(
        utilisateur=utilisateur, centre=classe.centre, version=classe.version, cohorte=cohorte_de(classe), **options
    )


def test_la_proposition_couvre_tout_et_se_dit_proposition(classe: Classe, enseignante: Utilisateur) -> None:
    echelle = ouvrir(enseignante, classe)
    tableau = tableau_de(echelle)
    assert (echelle.est_proposee, echelle.est_publiee, echelle.intitule) == (
        True,
        False,
        "Échelle de la cohorte 2023-2026",
    )
    assert echelle.niveaux.count() == CompetenceDetaillee.objects.filter(competence__version=classe.version).count() * 6
    assert {tuple(case.niveau for case in une.cases) for une in tableau.lignes.values()} == {(1, 1, 2, 2, 3, 3)}
    assert Evenement.objects.filter(chaine=f"echelle:{echelle.pk}").count() == 1
    with pytest.raises(ValidationError, match="déjà ouvert"):
        ouvrir(enseignante, classe)


def test_une_case_s_ecrit_en_comparant_et_laisse_un_evenement(
    classe: Classe, enseignante: Utilisateur, collegue: Utilisateur
) -> None:
    echelle = ouvrir(enseignante, classe)
    cle = cle_de(echelle, "C1.1")
    modifier_niveau(utilisateur=enseignante, echelle=echelle, saisie=SaisieAttendue(cle, 2, 4, version=1))
    with pytest.raises(ConflitAttendu, match=r"C1\.1"):
        modifier_niveau(utilisateur=collegue, echelle=echelle, saisie=SaisieAttendue(cle, 2, 3, version=1))
    # Sans changement, ni conflit ni événement.
    modifier_niveau(utilisateur=collegue, echelle=echelle, saisie=SaisieAttendue(cle, 2, 4, version=1))
    lu = tableau_de(echelle)
    assert [case.niveau for case in lu.lignes[cle].cases] == [1, 4, 4, 4, 4, 4]
    assert ("C1.1", "Première S1") in lu.reculs
    echelle.refresh_from_db()
    assert not echelle.est_proposee
    evenements = Evenement.objects.filter(chaine=f"echelle:{echelle.pk}").order_by("rang")
    assert [un.acte for un in evenements] == ["echelle.creee", "echelle.niveau"]
    assert evenements[1].apres == {"C1.1, Seconde S2": {"niveau": 4, "descripteur": ""}}


def test_une_periode_s_ecrit_entiere_ou_pas_du_tout(classe: Classe, enseignante: Utilisateur) -> None:
    echelle = ouvrir(enseignante, classe, niveau_vise=None)
    assert not echelle.est_proposee
    une, autre = cle_de(echelle, "C1.1"), cle_de(echelle, "C1.2")
    competence = f"c{classe.version.competences.get(code='C2').pk}"
    saisies = [
        SaisieAttendue(une, 1, 2, 0, " Trouve une cote sur le plan. "),
        SaisieAttendue(autre, 1, None, 0, ""),
        SaisieAttendue(competence, 1, 3, 0, ""),
    ]
    modifier_periode(utilisateur=enseignante, echelle=echelle, saisies=saisies)
    assert echelle.niveaux.count() == 2
    perimee = [SaisieAttendue(autre, 1, 1, 0, ""), SaisieAttendue(une, 1, 1, 0, "")]
    with pytest.raises(ConflitAttendu):
        modifier_periode(utilisateur=enseignante, echelle=echelle, saisies=perimee)
    assert echelle.niveaux.count() == 2
    c1, c2 = (
        objectif for objectif in objectifs_de(tableau_de(echelle), 2) if objectif.competence.ligne.code in ("C1", "C2")
    )
    assert (c1.competence.case.niveau, c1.detaillees[0].case.est_posee, c1.detaillees[1].case.niveau) == (
        2,
        False,
        None,
    )
    # Rien n'est posé sur ses détaillées : elles suivent la compétence.
    assert {objectif.case.niveau for objectif in c2.detaillees} == {3}
    for mauvaise in (SaisieAttendue(une, 9, 1, 1), SaisieAttendue("d999999", 1, 1, 0), SaisieAttendue(une, 1, 5, 1)):
        with pytest.raises(ValidationError):
            modifier_niveau(utilisateur=enseignante, echelle=echelle, saisie=mauvaise)
    with pytest.raises(ValidationError, match="600 caractères"):
        modifier_periode(utilisateur=enseignante, echelle=echelle, saisies=[SaisieAttendue(une, 1, 2, 1, "x" * 601)])


def test_publiee_elle_ne_change_plus_et_se_refait_en_nouvelle_version(
    classe: Classe, enseignante: Utilisateur, ddfpt: Utilisateur
) -> None:
    vide = ouvrir(enseignante, classe, niveau_vise=None)
    with pytest.raises(ValidationError, match="au moins un niveau"):
        publier_echelle(utilisateur=enseignante, echelle=vide)
    supprimer_brouillon(utilisateur=enseignante, echelle=vide)
    echelle = publier_echelle(utilisateur=ddfpt, echelle=ouvrir(enseignante, classe))
    cle = cle_de(echelle, "C1.1")
    for acte in (
        lambda: modifier_niveau(utilisateur=enseignante, echelle=echelle, saisie=SaisieAttendue(cle, 1, 4, 1)),
        lambda: supprimer_brouillon(utilisateur=enseignante, echelle=echelle),
        lambda: publier_echelle(utilisateur=enseignante, echelle=echelle),
    ):
        with pytest.raises(ValidationError, match="publiée"):
            acte()
    suivante = nouvelle_version(utilisateur=enseignante, echelle=echelle)
    assert (suivante.numero, suivante.niveaux.count()) == (2, echelle.niveaux.count())
    # Un brouillon ne vaut rien tant qu'il n'est pas publié.
    assert echelle_en_vigueur(classe) == echelle
    modifier_niveau(utilisateur=enseignante, echelle=suivante, saisie=SaisieAttendue(cle, 1, 4, 1))
    publier_echelle(utilisateur=enseignante, echelle=suivante)
    assert echelle_en_vigueur(classe) == suivante
    assert tableau_de(echelle).lignes[cle].cases[0].niveau == 1


@pytest.mark.parametrize("qui", ["chef", "inspecteur", "membre_commission", "etranger", "administrateur"])
def test_seule_l_equipe_qui_prepare_ecrit(
    request: pytest.FixtureRequest, classe: Classe, enseignante: Utilisateur, qui: str
) -> None:
    echelle, autre = ouvrir(enseignante, classe), request.getfixturevalue(qui)
    for acte in (
        lambda: ouvrir(autre, classe),
        lambda: modifier_niveau(utilisateur=autre, echelle=echelle, saisie=SaisieAttendue("d1", 1, 1, 0)),
        lambda: publier_echelle(utilisateur=autre, echelle=echelle),
        lambda: nouvelle_version(utilisateur=autre, echelle=echelle),
        lambda: supprimer_brouillon(utilisateur=autre, echelle=echelle),
    ):
        with pytest.raises(PermissionDenied):
            acte()


def test_chaque_option_a_ses_attentes_en_trois_requetes(
    classe: Classe, enseignante: Utilisateur, option_rsp: Option, option_rmo: Option, django_assert_num_queries
) -> None:
    echelle = fabriquer_echelle(classe, enseignante, {("C9.4", 1): 4, ("C9.1", 1): 2, ("C9.1", 5): 3})
    with django_assert_num_queries(2):
        lus = attendus_par_option(echelle, [option_rsp, option_rmo, None])
    rsp, rmo, commune = lus[option_rsp.pk], lus[option_rmo.pk], lus[None]
    assert "C9.4" not in rsp.detaillees
    assert rmo.ecart("C9", 3, 1).position is Position.EN_DECA
    # Le niveau d'un RSP ne souffre pas de ce qui n'est demandé qu'aux RMO.
    assert (rsp.ecart("C9", 3, 1).position, rsp.ecart("C9", 3, 1).fin) == (Position.AU_DELA, 3)
    assert commune.ecart("C9.1", None, 4).position is Position.NON_EVALUEE
    assert rsp.ecart("C1", 2, 1).position is Position.RIEN_D_ATTENDU
