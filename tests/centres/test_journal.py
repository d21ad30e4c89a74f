"""Le journal : une chaîne qui ne fait que croître, et que l'on sait vérifier."""

from concurrent.futures import ThreadPoolExecutor
from io import StringIO
from threading import Barrier
from uuid import uuid4

import pytest
from django.core.management import CommandError, call_command
from django.db import DatabaseError, connection, transaction

from centres.journal import (
    ACTE_EFFACEMENT,
    TRANCHE,
    HorsTransaction,
    Verification,
    effacer_contenus,
    journaliser,
    verifier_chaine,
    verifier_journal,
)
from centres.models import Chaine, Evenement, Utilisateur
from tests.centres.alteration import alterer

CHAINE = "situation:1"


@pytest.fixture
def evenements(enseignante: Utilisateur) -> list[Evenement]:
    """Quatre enregistrements d'une même cellule, et un événement d'une autre chaîne."""
    ecrits = [
        journaliser(
            chaine=CHAINE,
            acte="positionner",
            auteur=enseignante,
            objet="evaluations.positionnement:7",
            avant={"niveau": niveau - 1, "version": niveau - 1},
            apres={"niveau": niveau, "observation": "sûre d'elle – « à revoir »"},
            motif="",
            operation=uuid4(),
        )
        for niveau in (1, 2, 3, 4)
    ]
    journaliser(chaine="situation:2", acte="creer_situation", auteur=None, objet=enseignante)
    return ecrits


def motifs(verification: Verification) -> list[tuple[str, int, str]]:
    return [(rupture.chaine, rupture.rang, rupture.motif) for rupture in verification.ruptures]


def test_une_chaine_non_alteree_est_intacte(evenements):
    assert verifier_chaine(CHAINE) == Verification(lignes=4, ruptures=())
    assert verifier_journal() == Verification(lignes=5, ruptures=())


def test_chaque_evenement_porte_l_empreinte_du_precedent(evenements):
    relus = list(Evenement.objects.filter(chaine=CHAINE).order_by("rang"))
    assert [evenement.rang for evenement in relus] == [1, 2, 3, 4]
    assert [evenement.empreinte_precedente for evenement in relus] == ["", *[e.empreinte for e in relus[:-1]]]
    tete = Chaine.objects.get(pk=CHAINE)
    assert (tete.rang, tete.empreinte) == (4, relus[-1].empreinte)


def test_l_objet_est_designe_par_son_type_et_sa_cle(evenements, enseignante):
    assert Evenement.objects.get(chaine="situation:2").objet == f"centres.utilisateur:{enseignante.pk}"


def test_trois_instructions_quand_la_chaine_existe(evenements, enseignante, django_assert_num_queries):
    with django_assert_num_queries(3):
        journaliser(chaine=CHAINE, acte="positionner", auteur=enseignante, objet="x:1")


def test_un_nombre_a_virgule_est_refuse_car_la_base_ne_le_rend_pas_a_l_identique(enseignante):
    with pytest.raises(TypeError, match="nombre à virgule"):
        journaliser(chaine=CHAINE, acte="noter", auteur=enseignante, objet="x:1", apres={"note": 14.5})


@pytest.mark.django_db(transaction=True)
def test_hors_transaction_le_journal_refuse():
    with pytest.raises(HorsTransaction):
        journaliser(chaine=CHAINE, acte="positionner", auteur=None, objet="x:1")
    assert Evenement.objects.count() == 0


@pytest.mark.django_db(transaction=True)
@pytest.mark.skipif(connection.vendor == "sqlite", reason="SQLite en mémoire : aucun verrou de fichier")
def test_huit_personnes_ecrivent_a_la_suite_dans_une_chaine_neuve():
    depart = Barrier(8)

    def ecrire(numero: int) -> None:
        depart.wait()
        try:
            for tour in range(10):
                with transaction.atomic():
                    journaliser(chaine=CHAINE, acte="positionner", auteur=None, objet=f"x:{numero}", apres=tour)
        finally:
            connection.close()

    with ThreadPoolExecutor(8) as equipe:
        list(equipe.map(ecrire, range(8)))
    assert verifier_chaine(CHAINE) == Verification(lignes=80, ruptures=())
    assert Chaine.objects.get(pk=CHAINE).rang == 80


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("fois", [1, 2])
def test_un_test_transactionnel_laisse_une_base_vide_et_ses_declencheurs(fois):
    with transaction.atomic():
        journaliser(chaine=CHAINE, acte="positionner", auteur=None, objet="x:1")
    assert Evenement.objects.count() == 1
    with pytest.raises(DatabaseError), transaction.atomic():
        Evenement.objects.all().delete()


@pytest.mark.parametrize(
    "ecriture",
    [
        lambda: Evenement.objects.filter(rang=1).update(motif="réécrit"),
        lambda: Evenement.objects.filter(rang=1).delete(),
        lambda: Chaine.objects.filter(pk=CHAINE).update(rang=1),
        lambda: connection.cursor().execute("DELETE FROM centres_chaine"),
    ],
    ids=["modifier", "supprimer", "reculer la tête", "supprimer la tête"],
)
def test_la_base_refuse_de_changer_le_passe(evenements, ecriture):
    with pytest.raises(DatabaseError), transaction.atomic():
        ecriture()
    assert verifier_journal() == Verification(lignes=5, ruptures=())


def test_un_evenement_modifie_se_voit(evenements):
    alterer("UPDATE centres_evenement SET motif = 'réécrit' WHERE rang = 2")
    assert motifs(verifier_chaine(CHAINE)) == [(CHAINE, 2, "contenu modifié après l'écriture.")]


def test_changer_l_auteur_ou_la_date_se_voit(evenements, collegue):
    alterer("UPDATE centres_evenement SET auteur_id = %s WHERE rang = 3", [collegue.pk])
    alterer("UPDATE centres_evenement SET le = '2020-01-01 00:00:00+00:00' WHERE rang = 4")
    assert {motif for _, _, motif in motifs(verifier_chaine(CHAINE))} == {"événement modifié après l'écriture."}
    assert [rang for _, rang, _ in motifs(verifier_chaine(CHAINE))] == [3, 4]


def test_un_evenement_modifie_avec_son_empreinte_se_voit_au_suivant(evenements):
    alterer("UPDATE centres_evenement SET motif = 'réécrit', empreinte = %s WHERE rang = 2", ["0" * 64])
    assert [rang for _, rang, _ in motifs(verifier_chaine(CHAINE))] == [2, 2, 3]


def test_un_evenement_retire_se_voit(evenements):
    alterer("DELETE FROM centres_evenement WHERE chaine_id = %s AND rang = 2", [CHAINE])
    assert motifs(verifier_chaine(CHAINE)) == [(CHAINE, 3, "il manque ce qui suivait le n° 1.")]


def test_un_evenement_retire_et_la_suite_renumerotee_se_voient(evenements):
    alterer("DELETE FROM centres_evenement WHERE chaine_id = %s AND rang = 2", [CHAINE])
    alterer("UPDATE centres_evenement SET rang = rang - 1 WHERE chaine_id = %s AND rang = 3", [CHAINE])
    alterer("UPDATE centres_evenement SET rang = rang - 1 WHERE chaine_id = %s AND rang = 4", [CHAINE])
    assert (CHAINE, 2, "ne suit pas l'événement précédent : ligne déplacée, remplacée ou insérée.") in motifs(
        verifier_chaine(CHAINE)
    )


def test_deux_evenements_echanges_se_voient(evenements):
    for ancien, nouveau in ((2, 9), (3, 2), (9, 3)):
        alterer("UPDATE centres_evenement SET rang = %s WHERE chaine_id = %s AND rang = %s", [nouveau, CHAINE, ancien])
    assert {rang for _, rang, _ in motifs(verifier_chaine(CHAINE))} == {2, 3, 4}


def test_une_fin_tronquee_se_voit(evenements):
    alterer("DELETE FROM centres_evenement WHERE chaine_id = %s AND rang > 2", [CHAINE])
    assert motifs(verifier_chaine(CHAINE)) == [(CHAINE, 3, "la fin manque, jusqu'au n° 4.")]


def test_une_chaine_entierement_videe_se_voit(evenements):
    alterer("DELETE FROM centres_evenement WHERE chaine_id = %s", [CHAINE])
    assert motifs(verifier_chaine(CHAINE)) == [(CHAINE, 1, "tous les événements manquent.")]
    assert motifs(verifier_journal()) == [(CHAINE, 1, "tous les événements manquent.")]


def test_un_dernier_evenement_recrit_par_le_journal_meme_se_voit(evenements, enseignante):
    """On tronque, on recule la tête, on réécrit un événement régulier, puis on remet l'ancienne tête."""
    tete = Chaine.objects.get(pk=CHAINE)
    alterer("DELETE FROM centres_evenement WHERE chaine_id = %s AND rang = 4", [CHAINE])
    alterer("UPDATE centres_chaine SET rang = 3, empreinte = %s WHERE nom = %s", [evenements[2].empreinte, CHAINE])
    journaliser(chaine=CHAINE, acte="positionner", auteur=enseignante, objet="x:1", motif="faux")
    alterer("UPDATE centres_chaine SET rang = 4, empreinte = %s WHERE nom = %s", [tete.empreinte, CHAINE])
    assert motifs(verifier_chaine(CHAINE)) == [(CHAINE, 4, "le dernier événement n'est pas celui qui avait été écrit.")]


def test_un_evenement_ajoute_a_cote_du_journal_se_voit(evenements):
    dernier = Evenement.objects.get(chaine=CHAINE, rang=4)
    dernier.pk, dernier.rang, dernier.operation = None, 5, None
    dernier.empreinte_precedente = evenements[3].empreinte
    dernier.save(force_insert=True)
    assert (CHAINE, 5, "ajouté sans passer par le journal.") in motifs(verifier_chaine(CHAINE))


def purger(auteur: Utilisateur, *rangs: int) -> None:
    """Ce que fait une purge : effacer, et dire ce qui l'a été."""
    effaces = effacer_contenus(Evenement.objects.filter(chaine=CHAINE, rang__in=rangs))
    journaliser(chaine="conservation:1", acte=ACTE_EFFACEMENT, auteur=auteur, objet="x:1", apres={"effaces": effaces})


def test_un_contenu_efface_par_une_purge_laisse_la_chaine_intacte(evenements, enseignante):
    purger(enseignante, 2, 4)
    relus = Evenement.objects.filter(chaine=CHAINE).order_by("rang")
    assert [(e.rang, e.avant, e.apres, e.motif, e.sel) for e in relus if e.est_efface] == [
        (2, None, None, "", ""),
        (4, None, None, "", ""),
    ]
    assert [e.empreinte for e in relus] == [e.empreinte for e in evenements[:4]]
    assert verifier_journal() == Verification(lignes=6, ruptures=())
    journaliser(chaine=CHAINE, acte="positionner", auteur=enseignante, objet="x:1")
    assert verifier_journal().est_intacte


def test_un_contenu_efface_sans_purge_se_voit(evenements):
    effacer_contenus(Evenement.objects.filter(chaine=CHAINE, rang=3))
    assert motifs(verifier_journal()) == [(CHAINE, 3, "contenu effacé sans qu'une purge l'explique.")]


def test_un_contenu_ne_se_reecrit_pas_apres_son_effacement(evenements, enseignante):
    purger(enseignante, 3)
    with pytest.raises(DatabaseError), transaction.atomic():
        Evenement.objects.filter(chaine=CHAINE, rang=3).update(motif="réécrit")
    alterer("UPDATE centres_evenement SET motif = 'réécrit' WHERE chaine_id = %s AND rang = 3", [CHAINE])
    assert motifs(verifier_journal()) == [(CHAINE, 3, "contenu réécrit après son effacement.")]


def test_la_purge_elle_meme_ne_s_efface_pas(evenements, enseignante):
    purger(enseignante, 3)
    assert effacer_contenus(Evenement.objects.filter(acte=ACTE_EFFACEMENT)) == {}
    Evenement.objects.filter(acte=ACTE_EFFACEMENT).update(avant=None, apres=None, motif="", sel="")
    assert [(chaine, rang) for chaine, rang, _ in motifs(verifier_journal())] == [("conservation:1", 1), (CHAINE, 3)]


@pytest.mark.parametrize(
    "champs",
    [
        {"apres": None},
        {"sel": "", "apres": None},
        {"sel": "", "avant": None, "apres": None, "motif": "autre"},
        {"sel": "", "avant": None, "apres": None, "motif": "", "acte": "autre"},
        {"sel": "", "avant": None, "apres": None, "motif": "", "auteur": None},
        {"sel": "f" * 32},
    ],
    ids=["en partie", "sans l'avant", "motif remplacé", "acte changé", "auteur retiré", "sel changé"],
)
def test_la_base_n_admet_qu_un_effacement_entier(evenements, champs):
    with pytest.raises(DatabaseError), transaction.atomic():
        Evenement.objects.filter(chaine=CHAINE, rang=2).update(**champs)
    assert verifier_journal() == Verification(lignes=5, ruptures=())


def test_un_contenu_long_s_efface_d_un_seul_acte(enseignante):
    for numero in range(TRANCHE + 2):
        journaliser(chaine=CHAINE, acte="positionner", auteur=None, objet=f"x:{numero}", apres=numero)
    purger(enseignante, *range(1, TRANCHE + 2))
    assert Evenement.objects.filter(chaine=CHAINE).exclude(sel="").count() == 1
    assert verifier_journal().est_intacte


def test_la_commande_compte_les_lignes(evenements):
    sortie = StringIO()
    call_command("verifier_journal", stdout=sortie)
    assert sortie.getvalue().startswith("5 événements relus en ")
    assert sortie.getvalue().endswith("Le journal est intact.\n")


def test_la_commande_echoue_en_nommant_la_rupture(evenements):
    alterer("UPDATE centres_evenement SET motif = 'réécrit' WHERE rang = 2")
    sortie, erreurs = StringIO(), StringIO()
    with pytest.raises(CommandError, match=r"1 rupture\(s\)") as echec:
        call_command("verifier_journal", stdout=sortie, stderr=erreurs)
    assert echec.value.returncode == 1
    assert erreurs.getvalue() == f"{CHAINE} n° 2 : contenu modifié après l'écriture.\n"


def test_la_verification_ne_depend_pas_du_nombre_de_chaines(evenements, enseignante, django_assert_num_queries):
    with django_assert_num_queries(8):
        verifier_journal()
    for numero in range(10, 13):
        journaliser(chaine=f"situation:{numero}", acte="creer", auteur=enseignante, objet="x:1")
    with django_assert_num_queries(8):
        verifier_journal()
