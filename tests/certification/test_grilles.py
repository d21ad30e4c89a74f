"""Grilles de notation : publication par défaut, immuabilité, grille en vigueur, ordre des candidats."""

from collections.abc import Callable
from datetime import date
from fractions import Fraction

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import DatabaseError, transaction

from centres.journal import verifier_chaine
from centres.models import Classe, Evenement, Inscription, Utilisateur
from certification.models import Candidat, Grille, PoidsGrille
from certification.queries.candidats import synthese_de_la_classe, synthese_du_candidat
from certification.queries.grilles import grilles_en_vigueur
from certification.services.grilles import nouvelle_version_de_grille, publier_grille, publier_grilles_par_defaut
from evaluations.models import Situation
from referentiel.models import Option, Ponderation, VersionReferentiel
from tests.certification.preuves import positionner, tout_positionner
from tests.fabriques import fabriquer_classe, fabriquer_inscription, fabriquer_session


def refuser(acte: Callable[[], object]) -> str:
    """Le message de la base quand elle refuse."""
    with pytest.raises(DatabaseError) as erreur, transaction.atomic():
        acte()
    return str(erreur.value)


def grille_de(grilles: list[Grille], option: str, epreuve: str) -> Grille:
    return next(g for g in grilles if g.option.code == option and g.epreuve.code == epreuve)


def test_une_grille_par_option_et_epreuve_aux_poids_du_referentiel(
    referentiel: VersionReferentiel, grilles: list[Grille]
) -> None:
    assert [str(grille) for grille in grilles] == [
        f"{epreuve} {option} v1" for option in ("RSP", "RMO") for epreuve in ("E2", "E31", "E32")
    ]
    publies = {(g.option_id, p.competence_id): p.poids for g in grilles for p in g.poids.all()}
    assert publies == {(p.option_id, p.competence_id): p.poids for p in Ponderation.objects.all()}
    assert sum(poids for (option, _), poids in publies.items() if option == grilles[0].option_id) == 124
    assert Evenement.objects.filter(acte="publier_grille").count() == 6
    assert verifier_chaine(f"grilles:{referentiel.pk}").est_intacte


def test_publier_deux_fois_ne_change_rien(referentiel: VersionReferentiel, grilles: list[Grille]) -> None:
    assert publier_grilles_par_defaut(referentiel) == grilles
    assert Grille.objects.count() == 6
    assert Evenement.objects.filter(acte="publier_grille").count() == 6


def test_une_grille_publiee_ne_change_plus_quel_que_soit_le_programme(grilles: list[Grille]) -> None:
    grille = grilles[0]
    poids = grille.poids.first()
    assert poids is not None

    publiee, ligne = Grille.objects.filter(pk=grille.pk), PoidsGrille.objects.filter(pk=poids.pk)
    refus = [
        refuser(lambda: publiee.update(numero=9)),
        refuser(lambda: publiee._raw_delete(using="default")),
        refuser(lambda: ligne.update(poids=99)),
        refuser(ligne.delete),
        refuser(lambda: PoidsGrille.objects.create(grille=grille, competence=poids.competence, poids=1)),
    ]
    assert all("Une grille publiee ne change plus" in message for message in refus)


def test_un_poids_n_entre_pas_dans_une_grille_publiee(administrateur: Utilisateur, grilles: list[Grille]) -> None:
    brouillon = nouvelle_version_de_grille(utilisateur=administrateur, grille=grilles[0])
    poids = brouillon.poids.first()
    assert poids is not None
    refuser(lambda: PoidsGrille.objects.filter(pk=poids.pk).update(grille=grilles[3]))


def test_un_brouillon_se_corrige_puis_se_publie(administrateur: Utilisateur, grilles: list[Grille]) -> None:
    brouillon = nouvelle_version_de_grille(utilisateur=administrateur, grille=grilles[0])
    assert (brouillon.numero, brouillon.publiee_le) == (2, None)
    brouillon.poids.filter(competence__code="C1").update(poids=20)
    publiee = publier_grille(utilisateur=administrateur, grille=brouillon)
    assert publiee.publiee_le is not None
    evenement = Evenement.objects.filter(acte="publier_grille").latest("rang")
    assert (evenement.auteur, evenement.apres["poids"]["C1"]) == (administrateur, 20)
    with pytest.raises(ValidationError, match="déjà publiée"):
        publier_grille(utilisateur=administrateur, grille=publiee)


@pytest.mark.parametrize("defaut", ["poids manquant", "poids nuls"])
def test_une_grille_qui_ne_peut_pas_noter_n_est_pas_publiee(
    defaut: str, administrateur: Utilisateur, grilles: list[Grille]
) -> None:
    brouillon = nouvelle_version_de_grille(utilisateur=administrateur, grille=grilles[0])
    if defaut == "poids manquant":
        brouillon.poids.filter(competence__code="C1").delete()
    else:
        brouillon.poids.update(poids=0)
    with pytest.raises(ValidationError):
        publier_grille(utilisateur=administrateur, grille=brouillon)
    brouillon.refresh_from_db()
    assert brouillon.publiee_le is None


def test_seul_un_administrateur_publie_une_grille(chef: Utilisateur, grilles: list[Grille]) -> None:
    with pytest.raises(PermissionDenied):
        nouvelle_version_de_grille(utilisateur=chef, grille=grilles[0])
    with pytest.raises(PermissionDenied):
        publier_grille(utilisateur=chef, grille=grilles[0])


def test_la_grille_de_la_session_puis_le_plus_haut_numero_l_emportent(
    administrateur: Utilisateur, referentiel: VersionReferentiel, grilles: list[Grille]
) -> None:
    session, autre = fabriquer_session(referentiel, 2026), fabriquer_session(referentiel, 2027)
    grille = grille_de(grilles, "RSP", "E2")
    cle = (grille.option_id, grille.epreuve_id)
    brouillon = nouvelle_version_de_grille(utilisateur=administrateur, grille=grille)
    assert grilles_en_vigueur(referentiel, session)[cle].numero == 1
    publier_grille(utilisateur=administrateur, grille=brouillon)
    assert grilles_en_vigueur(referentiel, session)[cle].numero == 2
    propre = nouvelle_version_de_grille(utilisateur=administrateur, grille=grille, session=session)
    publier_grille(utilisateur=administrateur, grille=propre)
    en_vigueur = grilles_en_vigueur(referentiel, session)[cle]
    assert (en_vigueur.pk, en_vigueur.numero, en_vigueur.est_propre_a_la_session) == (propre.pk, 1, True)
    assert grilles_en_vigueur(referentiel, autre)[cle].pk == brouillon.pk
    assert len(grilles_en_vigueur(referentiel, session)) == 6


def test_les_poids_de_la_grille_en_vigueur_font_la_note(
    administrateur: Utilisateur,
    enseignante: Utilisateur,
    situations: dict[str, Situation],
    ines: Inscription,
    grilles: list[Grille],
) -> None:
    tout_positionner(situations["S1"], ines, enseignante, 3, sauf=["C1.1", "C1.2"])
    positionner(situations["S1"], ines, enseignante, {"C1.1": 1})
    brouillon = nouvelle_version_de_grille(utilisateur=administrateur, grille=grille_de(grilles, "RSP", "E2"))
    brouillon.poids.filter(competence__code="C1").update(poids=26)
    candidat = Candidat.objects.get(pk=ines.pk)
    assert synthese_du_candidat(candidat).syntheses["E2"].note_exacte == Fraction(52, 35) * Fraction(20, 3)
    publier_grille(utilisateur=administrateur, grille=brouillon)
    assert synthese_du_candidat(candidat).syntheses["E2"].note_exacte == Fraction(52, 52) * Fraction(20, 3)


def test_une_seule_ligne_par_apprenant_la_derniere_inscription(
    classe: Classe, enseignante: Utilisateur, situations: dict[str, Situation], ines: Inscription, option_rmo: Option
) -> None:
    tout_positionner(situations["S3"], ines, enseignante, 2)
    suite = fabriquer_inscription(classe, option_rmo, apprenant=ines.apprenant, debut=date(2026, 1, 5))
    positionner(situations["S3"], suite, enseignante, {"C6.1": 1, "C6.2": 4, "C9.4": 4})
    lus = synthese_de_la_classe(classe).candidats
    assert [lu.candidat.pk for lu in lus] == [suite.pk]
    lignes = {ligne.code: ligne for ligne in lus[0].syntheses["E31"].lignes}
    assert lignes["C6"].retenus["C6.1"].niveau == 2
    assert lignes["C6"].retenus["C6.2"].niveau == 4
    # C7.3 a deux libellés : celui observé en RSP ne prouve rien en RMO.
    assert "C7.3" not in lignes["C7"].retenus
    assert lignes["C9"].couverture == "4/4"


def test_l_annee_redoublee_repart_de_zero_et_chaque_session_garde_son_candidat(
    classe: Classe, enseignante: Utilisateur, situations: dict[str, Situation], ines: Inscription, option_rsp: Option
) -> None:
    tout_positionner(situations["S1"], ines, enseignante, 4)
    nouvelle = fabriquer_classe(classe.centre, classe.version, annee_scolaire=2026, session=2027)
    redouble = fabriquer_inscription(nouvelle, option_rsp, apprenant=ines.apprenant, debut=date(2026, 9, 1))
    (ancien,) = synthese_de_la_classe(classe).candidats
    (nouveau,) = synthese_de_la_classe(nouvelle).candidats
    assert (ancien.candidat.pk, ancien.syntheses["E2"].a_note) == (ines.pk, True)
    assert (nouveau.candidat.pk, nouveau.syntheses["E2"].nombre_situations) == (redouble.pk, 0)


def test_celui_qui_change_de_terminale_est_candidat_dans_la_seconde_avec_toutes_ses_preuves(
    classe: Classe, enseignante: Utilisateur, situations: dict[str, Situation], ines: Inscription, option_rsp: Option
) -> None:
    tout_positionner(situations["S1"], ines, enseignante, 4)
    autre = fabriquer_classe(classe.centre, classe.version, nom="TTRPM bis")
    arrivee = fabriquer_inscription(autre, option_rsp, apprenant=ines.apprenant, debut=date(2026, 3, 1))
    assert synthese_de_la_classe(classe).candidats == ()
    (lu,) = synthese_de_la_classe(autre).candidats
    assert (lu.candidat.pk, str(lu.syntheses["E2"].note_arrondie)) == (arrivee.pk, "20.0")


def test_une_situation_de_deux_epreuves_prouve_dans_les_deux(
    classe: Classe, enseignante: Utilisateur, situations: dict[str, Situation], ines: Inscription
) -> None:
    commune = situations["S1"]
    commune.epreuves.add(*classe.version.epreuves.filter(code="E32"))
    tout_positionner(commune, ines, enseignante, 3)
    (lu,) = synthese_de_la_classe(classe).candidats
    assert {code: synthese.a_note for code, synthese in lu.syntheses.items()} == {"E2": True, "E31": False, "E32": True}
    assert lu.syntheses["E2"].nombre_situations == 1
