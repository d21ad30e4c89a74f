"""Qui tient la base, déclencheurs compris, ne tient pas la clé : ce qu'il défait se voit encore."""

from importlib import import_module

import pytest
from django.apps import apps
from django.db import connection

from centres.integrite import DECLENCHEURS
from centres.journal import empreinte_de, evenement_en_ligne, journaliser, verifier_journal
from centres.models import Chaine, Consultation, Evenement, Inscription, Registre, Utilisateur
from centres.services.consultations import noter_consultation
from centres.services.listes.journal_ensemble import Acte, journaliser_ensemble
from tests.centres.alteration import REGLES, alterer

CHAINE = "situation:1"
DE_TRAVERS = "la tête de la chaîne n'est pas celle qui avait été scellée."


@pytest.fixture
def evenements(enseignante: Utilisateur) -> list[Evenement]:
    """Trois événements d'une chaîne, puis un dans chacune de deux autres."""
    suite = [(CHAINE, 1), (CHAINE, 2), (CHAINE, 3), ("situation:2", 1), ("situation:3", 1)]
    return [journaliser(chaine=nom, acte="a.b", auteur=enseignante, objet="x:1", apres=n) for nom, n in suite]


@pytest.fixture
def consultations(chef: Utilisateur, inspecteur: Utilisateur, ines: Inscription) -> list[Consultation | None]:
    return [noter_consultation(utilisateur=u, objet=ines, page="dossier") for u in (chef, chef, inspecteur, chef)]


def motifs() -> list[tuple[str, int, str]]:
    return [(rupture.chaine, rupture.rang, rupture.motif) for rupture in verifier_journal().ruptures]


def reculer(rang: int) -> None:
    alterer("DELETE FROM centres_evenement WHERE chaine_id = %s AND rang > %s", [CHAINE, rang])
    dernier = Evenement.objects.get(chaine=CHAINE, rang=rang)
    alterer("UPDATE centres_chaine SET rang = %s, empreinte = %s WHERE nom = %s", [rang, dernier.empreinte, CHAINE])


def test_sans_alteration_rien_n_est_signale(evenements, consultations):
    assert motifs() == []


def test_le_dernier_evenement_retire_avec_sa_tete_reculee_se_voit(evenements):
    reculer(2)
    assert motifs() == [(CHAINE, 2, DE_TRAVERS)]


@pytest.mark.parametrize("ensemble", [False, True], ids=["un événement", "un lot"])
def test_l_evenement_suivant_ne_blanchit_pas_une_tete_reculee(ensemble, evenements, enseignante):
    reculer(2)
    if ensemble:
        journaliser_ensemble(auteur=enseignante, actes=[(CHAINE, Acte(acte="a.b", objet="x:1"))])
    else:
        journaliser(chaine=CHAINE, acte="a.b", auteur=enseignante, objet="x:1")
    assert motifs() == [(CHAINE, 3, DE_TRAVERS)]


def test_une_fin_refaite_avec_ses_empreintes_se_voit(evenements):
    faux = Evenement.objects.get(chaine=CHAINE, rang=3)
    faux.acte = "faux.acte"
    empreinte = empreinte_de(evenement_en_ligne(faux))
    alterer("UPDATE centres_evenement SET acte = 'faux.acte', empreinte = %s WHERE id = %s", [empreinte, faux.pk])
    alterer("UPDATE centres_chaine SET empreinte = %s WHERE nom = %s", [empreinte, CHAINE])
    assert motifs() == [(CHAINE, 3, DE_TRAVERS)]


@pytest.mark.parametrize("nom", ["situation:2", "situation:3"], ids=["au milieu", "la dernière"])
def test_une_chaine_effacee_avec_sa_tete_se_voit(nom, evenements):
    numero = Chaine.objects.get(pk=nom).numero
    alterer("DELETE FROM centres_evenement WHERE chaine_id = %s", [nom])
    alterer("DELETE FROM centres_chaine WHERE nom = %s", [nom])
    assert motifs() == [("registre", numero, "cette chaîne a disparu avec tous ses événements.")]


def test_reculer_aussi_le_registre_se_voit_et_ne_se_blanchit_pas(evenements, enseignante):
    nombre = Registre.objects.get().nombre
    alterer("DELETE FROM centres_evenement WHERE chaine_id = 'situation:3'")
    alterer("DELETE FROM centres_chaine WHERE nom = 'situation:3'")
    alterer("UPDATE centres_registre SET nombre = %s", [nombre - 1])
    attendu = [("registre", 0, "le nombre de chaînes n'est pas celui qui avait été scellé.")]
    assert motifs() == attendu
    journaliser(chaine="situation:4", acte="a.b", auteur=enseignante, objet="x:1")
    assert motifs() == attendu


def test_un_registre_efface_se_voit_meme_refait_par_le_journal(evenements, enseignante):
    alterer("DELETE FROM centres_registre")
    assert motifs() == [("registre", 0, "le registre des chaînes manque.")]
    journaliser(chaine="situation:4", acte="a.b", auteur=enseignante, objet="x:1")
    assert motifs() == [("registre", 0, "une chaîne a été ajoutée sans passer par le journal.")]


def test_un_lot_numerote_chaque_chaine_une_fois(evenements, enseignante):
    avant = Registre.objects.get().nombre
    noms = ("situation:1", "situation:8", "situation:9", "situation:8")
    journaliser_ensemble(auteur=enseignante, actes=[(nom, Acte(acte="a.b", objet="x:1")) for nom in noms])
    assert Registre.objects.get().nombre == avant + 2
    assert motifs() == []


def test_une_consultation_retiree_se_voit(consultations):
    alterer("DELETE FROM centres_consultation WHERE id = %s", [consultations[1].pk])
    assert ("consultations", consultations[1].pk, "cette ligne a été retirée.") in motifs()
    assert [motif for _, _, motif in motifs() if "[2]" in motif] != []


def test_une_consultation_modifiee_ou_ajoutee_a_cote_se_voit(consultations, chef, ines):
    alterer("UPDATE centres_consultation SET page = 'rien' WHERE id = %s", [consultations[2].pk])
    fausse = consultations[3]
    fausse.pk, fausse.objet = None, "centres.inscription:0"
    fausse.save(force_insert=True)
    motif = "modifiée, ou ajoutée sans passer par la page."
    assert motifs() == [("consultations", pk, motif) for pk in (consultations[2].pk, fausse.pk)]


def test_une_fin_de_consultations_retiree_se_voit_si_une_autre_personne_a_lu_depuis(consultations, inspecteur, ines):
    noter_consultation(utilisateur=inspecteur, objet=ines, page="dossier")
    alterer("DELETE FROM centres_consultation WHERE id = %s", [consultations[3].pk])
    assert motifs() == [("consultations", consultations[3].pk, "cette ligne a été retirée.")]


def test_une_consultation_coute_une_lecture_et_un_ajout(chef, ines, django_assert_num_queries):
    noter_consultation(utilisateur=chef, objet=ines, page="dossier")
    with django_assert_num_queries(2):
        noter_consultation(utilisateur=chef, objet=ines, page="dossier")


@pytest.mark.parametrize("nom", DECLENCHEURS)
def test_un_declencheur_retire_se_nomme(nom, evenements):
    editeur = connection.schema_editor(atomic=False)
    editeur.deferred_sql = []
    if connection.vendor == "postgresql":
        with connection.cursor() as curseur:
            curseur.execute("SET CONSTRAINTS ALL IMMEDIATE")
            curseur.execute("SELECT tgrelid::regclass FROM pg_trigger WHERE tgname = %s", [nom])
            curseur.execute(f"DROP TRIGGER {nom} ON {curseur.fetchone()[0]}")
    else:
        editeur.execute(f"DROP TRIGGER {nom}")
    assert motifs() == [("déclencheurs", 0, f"« {nom} » n'est plus en place : la base n'est plus gardée.")]


def test_une_cle_remplacee_vaut_encore_si_elle_est_gardee(evenements, consultations, settings):
    settings.SECRET_KEY, ancienne = "une autre clé", settings.SECRET_KEY
    assert motifs() != []
    settings.SECRET_KEY_FALLBACKS = [ancienne]
    assert motifs() == []
    journaliser(chaine=CHAINE, acte="a.b", auteur=None, objet="x:1")
    assert motifs() == []


def test_la_migration_scelle_l_existant_et_refuse_une_fin_manquante(evenements, consultations):
    migration = import_module("centres.migrations.0008_journal_scelle")
    alterer("UPDATE centres_chaine SET sceau = '', numero = 0")
    alterer("UPDATE centres_consultation SET sceau = '', rang = 0, precedente = 0")
    alterer("DELETE FROM centres_registre")
    assert motifs() != []
    _sceller(migration)
    assert motifs() == []
    alterer("UPDATE centres_chaine SET rang = 2 WHERE nom = %s", [CHAINE])
    with pytest.raises(RuntimeError, match="situation:1"):
        _sceller(migration)


def _sceller(migration: object) -> None:
    editeur = connection.schema_editor(atomic=False)
    editeur.deferred_sql = []
    if connection.vendor == "postgresql":
        editeur.execute("SET CONSTRAINTS ALL IMMEDIATE")
    for _, retirer in REGLES:
        retirer(apps, editeur)
    migration.sceller_les_tetes(apps, editeur)
    migration.sceller_les_consultations(apps, editeur)
    for poser, _ in REGLES:
        poser(apps, editeur)
