"""Pourquoi cette note : chaque hypothèse est une note que le calcul donnerait vraiment."""

from fractions import Fraction

from certification.bareme import NonEvalue, Origine
from certification.notation import calculer_note
from certification.pourquoi import Calcul, apports, expliquer
from tests.certification.test_notation_proprietes import dossiers, propriete


def calcul_de(dossier):
    epreuve, observations, grille, positions, bonus = dossier
    return Calcul(epreuve, tuple(observations), grille, positions, bonus)


@propriete(dossiers())
def test_le_resultat_explique_est_celui_du_calcul_et_ses_apports_font_la_note(dossier) -> None:
    pourquoi = expliquer(calcul_de(dossier))
    assert pourquoi.resultat == calculer_note(*dossier)
    if pourquoi.resultat.note_exacte is not None:
        assert min(apports(pourquoi.explications) + dossier[4], Fraction(20)) == pourquoi.resultat.note_exacte
        manques = [une.manque for une in pourquoi.explications if une.manque is not None]
        assert apports(pourquoi.explications) + sum(manques) == 20


@propriete(dossiers(non_evalue=NonEvalue.BLOQUE))
def test_un_niveau_de_plus_n_abaisse_jamais_la_note(dossier) -> None:
    pourquoi = expliquer(calcul_de(dossier))
    for explication in pourquoi.explications:
        for marche in [explication.marche, *(preuve.marche for preuve in explication.preuves)]:
            if marche is not None and pourquoi.resultat.note_calculee is not None:
                assert marche.note_calculee >= pourquoi.resultat.note_calculee
                assert marche.ecart == marche.note_arrondie - pourquoi.resultat.note_arrondie


@propriete(dossiers())
def test_seule_une_preuve_retenue_et_perfectible_a_une_marche(dossier) -> None:
    for explication in expliquer(calcul_de(dossier)).explications:
        for preuve in explication.preuves:
            attendue = preuve.retenu is not None and preuve.retenu.niveau < 4
            assert (preuve.marche is not None) == (attendue and explication.ligne.origine is Origine.SITUATIONS)
            assert all((o.situation, o.cle) != (preuve.retenu.situation, 0) for o in preuve.autres if preuve.retenu)


@propriete(dossiers())
def test_sans_une_situation_la_note_est_celle_des_autres(dossier) -> None:
    epreuve, observations, *reste = dossier
    for hypothese in expliquer(calcul_de(dossier)).sans_situation:
        restantes = [o for o in observations if f"sans {o.situation}" != hypothese.texte]
        assert hypothese.note_calculee == calculer_note(epreuve, restantes, *reste).note_calculee
