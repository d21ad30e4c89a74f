"""Importer des apprenants : verdicts, doublons, changements datés, re-import sans effet."""

from collections.abc import Callable, Mapping
from datetime import date
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied, ValidationError

from centres.enums import StatutApprenant
from centres.imports.lecture import lire_liste
from centres.imports.plan import Plan, Verdict
from centres.journal import verifier_journal
from centres.models import Apprenant, Centre, Classe, Evenement, ImportListe, Inscription, Utilisateur
from centres.services.apprenants import inscrire_apprenant
from centres.services.imports import Choix, appliquer_import, choisir_colonnes, planifier, televerser_liste
from referentiel.models import Option, VersionReferentiel
from tests.fabriques import fabriquer_classe, fabriquer_inscription

TETE = "Nom;Prénom;INE;Code MEF;Division;Statut;Date d'entrée\n"
TERMINALE_RSP, TERMINALE_RMO, SECONDE = "2472501433", "2472501333", "2472010331"
REGLAGES = {"annee_scolaire": 2025, "date_effet": date(2026, 1, 5), "statut": StatutApprenant.SCOLAIRE}
Envoyer = Callable[..., ImportListe]


@pytest.fixture
def envoyer(ddfpt: Utilisateur, centre_a: Centre, classe: Classe) -> Envoyer:
    def faire(lignes: str, tete: str = TETE, **reglages: Any) -> ImportListe:
        tableau = lire_liste((tete + lignes).encode(), "liste.csv", "apprenants")
        liste = televerser_liste(
            auteur=ddfpt, centre=centre_a, genre="apprenants", nom_fichier="liste.csv", tableau=tableau
        )
        return choisir_colonnes(auteur=ddfpt, liste=liste, colonnes=liste.colonnes, reglages={**REGLAGES, **reglages})

    return faire


def appliquer(liste: ImportListe, choix: Mapping[int, str] | None = None, **options: Any) -> Plan:
    plan = planifier(liste)
    appliquer_import(
        auteur=liste.auteur,
        liste=liste,
        empreinte=plan.empreinte,
        choix=Choix(choix or {}, [une.cle for une in plan.creations], **options),
    )
    return plan


def verdicts(liste: ImportListe) -> list[Verdict]:
    return [ligne.verdict for ligne in planifier(liste).lignes]


def evenements() -> int:
    return Evenement.objects.exclude(acte__startswith="import.").count()


def test_un_code_mef_donne_l_option_et_la_classe_recoit_l_apprenant(envoyer: Envoyer, classe: Classe) -> None:
    liste = envoyer(
        f"Martin;Zoé;1234567890A;{TERMINALE_RSP};TTRPM;;\nPetit;Noa;;{TERMINALE_RMO};ttrpm;apprenti;15/10/2025\n"
    )
    assert verdicts(liste) == [Verdict.NOUVEAU, Verdict.NOUVEAU]
    appliquer(liste)
    lues = {
        (i.apprenant.nom, i.apprenant.ine, i.option and i.option.code, i.statut, i.debut)
        for i in Inscription.objects.filter(classe=classe)
    }
    assert lues == {
        ("Martin", "1234567890A", "RSP", "scolaire", date(2025, 9, 1)),
        ("Petit", "", "RMO", "apprenti", date(2025, 10, 15)),
    }
    actes = list(Evenement.objects.filter(chaine__nom__startswith="apprenant:").values_list("acte", flat=True))
    assert sorted(actes) == ["apprenant.cree"] * 2 + ["inscription.creee"] * 2
    assert verifier_journal().est_intacte


def test_le_journal_d_un_import_dit_les_memes_actes_qu_une_saisie(
    envoyer: Envoyer, ddfpt: Utilisateur, classe: Classe, option_rsp: Option
) -> None:
    appliquer(envoyer(f"Martin;Zoé;;{TERMINALE_RSP};TTRPM;;\n"))
    autre = Apprenant.objects.create(nom="Autre", prenom="Ana")
    inscrire_apprenant(
        auteur=ddfpt,
        classe=classe,
        apprenant=autre,
        option=option_rsp,
        statut=StatutApprenant.SCOLAIRE,
        debut=date(2025, 9, 1),
    )
    importe, saisi = Evenement.objects.filter(objet__startswith="centres.inscription:").order_by("pk")
    assert (importe.acte, set(importe.apres)) == (saisi.acte, set(saisi.apres))


@pytest.mark.parametrize("code", [TERMINALE_RSP, "24725014331", "23830025014", "2472 5014 33"])
def test_les_formes_du_code_mef_se_valent(envoyer: Envoyer, code: str) -> None:
    assert verdicts(envoyer(f"Martin;Zoé;;{code};TTRPM;;\n")) == [Verdict.NOUVEAU]


def test_une_classe_absente_n_est_creee_que_si_on_le_demande(envoyer: Envoyer, centre_a: Centre) -> None:
    liste = envoyer(f"Martin;Zoé;;{SECONDE};2REMI;;\nPetit;Noa;;{SECONDE};2REMI;;\n")
    plan = planifier(liste)
    assert [(une.nom, une.lignes) for une in plan.creations] == [("2REMI (2025-2026)", 2)]
    with pytest.raises(ValidationError, match="Cochez leur création"):
        appliquer_import(auteur=liste.auteur, liste=liste, empreinte=plan.empreinte, choix=Choix({}))
    assert not Classe.objects.filter(nom="2REMI").exists()
    appliquer(liste)
    creee = Classe.objects.get(nom="2REMI")
    assert (creee.centre, creee.annee_cycle, creee.session.annee, creee.inscriptions.count()) == (centre_a, 1, 2028, 2)
    assert Evenement.objects.filter(acte__in=["classe.creee", "session.ouverte"]).count() == 2


def test_reimporter_le_meme_fichier_ne_change_rien(envoyer: Envoyer) -> None:
    texte = (
        f"Martin;Zoé;1234567890A;{TERMINALE_RSP};TTRPM;;\n"
        f"DE LA TOUR;Éloïse;;{TERMINALE_RMO};TTRPM;AP;01/02/2023\nNGUYEN;Léo;;{SECONDE};2REMI;;\n"
    )
    appliquer(envoyer(texte))
    avant = evenements()
    liste = envoyer(texte)
    plan = planifier(liste)
    assert [ligne.verdict for ligne in plan.lignes] == [Verdict.INCHANGE] * 3
    assert plan.est_sans_effet
    with pytest.raises(ValidationError, match="Rien à enregistrer"):
        appliquer(liste)
    assert evenements() == avant


def test_un_changement_d_option_en_cours_d_annee_ferme_l_inscription_la_veille(
    envoyer: Envoyer, ines: Inscription
) -> None:
    liste = envoyer(f"BERNARD;Inès;;{TERMINALE_RMO};TTRPM;apprenti;\n")
    plan = appliquer(liste)
    assert plan.lignes[0].verdict == Verdict.CHANGE
    assert "TTRPM RSP (élève) se ferme la veille" in plan.lignes[0].details[0]
    ines.refresh_from_db()
    assert ines.fin == date(2026, 1, 4)
    nouvelle = Inscription.objects.get(apprenant=ines.apprenant_id, fin=None)
    assert (nouvelle.option.code, nouvelle.statut, nouvelle.debut) == ("RMO", "apprenti", date(2026, 1, 5))
    # La casse seule ne fait pas réécrire le nom de la fiche.
    assert nouvelle.apprenant.nom == "Bernard"


def test_une_nouvelle_annee_ferme_l_inscription_de_l_ancienne(
    envoyer: Envoyer, centre_a: Centre, referentiel: VersionReferentiel, option_rsp: Option
) -> None:
    premiere = fabriquer_classe(centre_a, referentiel, "1TRPM", annee_scolaire=2024, annee_cycle=2)
    ancienne = fabriquer_inscription(premiere, option_rsp, "Roy", "Tom", debut=date(2024, 9, 1))
    appliquer(envoyer(f"Roy;Tom;;{TERMINALE_RSP};TTRPM;;\n"))
    ancienne.refresh_from_db()
    assert ancienne.fin == date(2025, 8, 31)


@pytest.mark.parametrize(
    ("nom", "prenom", "ecrit"),
    [
        ("Bernard", "Inès", "Bernard;Ines"),
        ("Lefèvre", "Anaïs", "LEFEVRE;Anais"),
        ("De La Tour", "Éva", "TOUR;Eva"),
        ("d'Almeida", "Rui", "Almeida;Rui"),
        ("Le Goff", "Yann", "GOFF;Yann"),
        ("Martin-Dupont", "Lou", "Dupont;Lou"),
        ("Martin", "Lou", "Martin Dupont;Lou"),
        ("Garcia", "Jean-Marc", "GARCIA;Jean Marc"),
        ("O’Brien", "Sean", "O'Brien;Seán"),
        ("Nguyen", "Thi Mai", "Thi Mai;Nguyen"),
        ("Œuvrard", "Zoé", "OEUVRARD;Zoe"),
    ],
)
def test_un_nom_proche_est_un_doublon_a_trancher(
    envoyer: Envoyer, classe: Classe, option_rsp: Option, nom: str, prenom: str, ecrit: str
) -> None:
    connu = fabriquer_inscription(classe, option_rsp, nom, prenom)
    ligne = f"{ecrit};;{TERMINALE_RSP};TTRPM;;\n"
    liste = envoyer(ligne)
    plan = planifier(liste)
    assert plan.lignes[0].verdict == Verdict.DOUBLON
    proposes = {candidat.valeur for candidat in plan.lignes[0].candidats}
    # Des colonnes inversées ne proposent pas d'inverser la fiche.
    corriger = set() if ecrit == "Thi Mai;Nguyen" else {f"nom-{connu.apprenant_id}"}
    assert proposes == {f"meme-{connu.apprenant_id}", "autre"} | corriger
    with pytest.raises(ValidationError, match="Doublons à trancher, lignes : 2"):
        appliquer(liste)
    appliquer(liste, {2: f"meme-{connu.apprenant_id}"})
    [fiche] = Apprenant.objects.all()
    assert (fiche.nom, fiche.prenom) == (nom, prenom)
    # Ni cette écriture ni la bonne ne redemandent quoi que ce soit.
    for une in (ligne, f"{nom};{prenom};;{TERMINALE_RSP};TTRPM;;\n", ligne):
        assert verdicts(envoyer(une)) == [Verdict.INCHANGE]


def test_corriger_le_nom_est_une_reponse_a_part(envoyer: Envoyer, ines: Inscription) -> None:
    ligne = f"Bernard-Roy;Inès;;{TERMINALE_RSP};TTRPM;;\n"
    appliquer(envoyer(ligne), {2: f"nom-{ines.apprenant_id}"})
    ines.apprenant.refresh_from_db()
    assert (ines.apprenant.nom, ines.apprenant.prenom) == ("Bernard-Roy", "Inès")
    assert verdicts(envoyer(ligne)) == [Verdict.INCHANGE]


def test_une_autre_personne_est_creee_a_cote(envoyer: Envoyer, ines: Inscription) -> None:
    appliquer(envoyer(f"Bernard;Ines;;{TERMINALE_RSP};TTRPM;;\n"), {2: "autre"})
    assert Apprenant.objects.filter(nom="Bernard").count() == 2


@pytest.mark.parametrize("ecrit", ["Bernard;Yann", "Benard;Inès", "Marchand;Inès"])
def test_un_autre_nom_n_est_pas_un_doublon(envoyer: Envoyer, ines: Inscription, ecrit: str) -> None:
    assert verdicts(envoyer(f"{ecrit};;{TERMINALE_RSP};TTRPM;;\n")) == [Verdict.NOUVEAU]


def test_l_ine_l_emporte_sur_le_nom(envoyer: Envoyer, ines: Inscription) -> None:
    Apprenant.objects.filter(pk=ines.apprenant_id).update(ine="1234567890A")
    liste = envoyer(f"Bernard-Roy;Inès;1234567890a;{TERMINALE_RSP};TTRPM;;\n")
    [lue] = planifier(liste).lignes
    assert (lue.verdict, lue.details) == (Verdict.INCHANGE, ("nom gardé : Bernard Inès",))
    # À INE égal, un accent perdu par l'export ne dégrade pas la fiche.
    assert verdicts(envoyer(f"BERNARD;Ines;1234567890A;{TERMINALE_RSP};TTRPM;;\n")) == [Verdict.INCHANGE]


def test_deux_homonymes_aux_ine_differents_restent_deux(envoyer: Envoyer, ines: Inscription) -> None:
    Apprenant.objects.filter(pk=ines.apprenant_id).update(ine="1234567890A")
    liste = envoyer(f"Bernard;Inès;9999999999Z;{TERMINALE_RSP};TTRPM;;\n")
    assert verdicts(liste) == [Verdict.DOUBLON]
    appliquer(liste, {2: "autre"})
    assert sorted(Apprenant.objects.values_list("ine", flat=True)) == ["1234567890A", "9999999999Z"]


def test_un_apprenant_d_un_autre_centre_ne_se_montre_ni_ne_s_inscrit(
    envoyer: Envoyer, centre_b: Centre, referentiel: VersionReferentiel, option_rsp: Option
) -> None:
    ailleurs = fabriquer_inscription(fabriquer_classe(centre_b, referentiel), option_rsp, "Secret", "Ada")
    Apprenant.objects.filter(pk=ailleurs.apprenant_id).update(ine="1234567890A")
    plan = planifier(envoyer(f"Martin;Zoé;1234567890A;{TERMINALE_RSP};TTRPM;;\nSecret;Ada;;{TERMINALE_RSP};TTRPM;;\n"))
    assert [ligne.verdict for ligne in plan.lignes] == [Verdict.ERREUR, Verdict.NOUVEAU]
    assert "Secret" not in plan.lignes[0].details[0]


def test_ce_qui_change_entre_l_apercu_et_l_accord_arrete_tout(
    envoyer: Envoyer, classe: Classe, option_rsp: Option
) -> None:
    liste = envoyer(f"Martin;Zoé;;{TERMINALE_RSP};TTRPM;;\n")
    vue = planifier(liste).empreinte
    fabriquer_inscription(classe, option_rsp, "Martin", "Zoé")
    with pytest.raises(ValidationError, match="a changé depuis cet aperçu"):
        appliquer_import(auteur=liste.auteur, liste=liste, empreinte=vue, choix=Choix({}))
    assert Apprenant.objects.count() == 1


def test_une_ligne_en_erreur_arrete_tout_sauf_si_on_la_laisse_de_cote(envoyer: Envoyer) -> None:
    texte = f"Martin;Zoé;;{TERMINALE_RSP};TTRPM;;\nPetit;Noa;12;{TERMINALE_RSP};TTRPM;;\n"
    liste = envoyer(texte)
    with pytest.raises(ValidationError, match="Lignes en erreur : 1"):
        appliquer(liste)
    assert not Apprenant.objects.exists()
    appliquer(liste, ecarter_les_erreurs=True)
    assert [un.nom for un in Apprenant.objects.all()] == ["Martin"]
    liste.refresh_from_db()
    assert liste.rapport["lignes"][1]["suite"] == "laissée de côté"
    assert liste.contenu == {}


def test_un_import_ne_s_applique_qu_une_fois(envoyer: Envoyer) -> None:
    liste = envoyer(f"Martin;Zoé;;{TERMINALE_RSP};TTRPM;;\n")
    appliquer(liste)
    with pytest.raises(ValidationError, match="déjà appliqué"):
        appliquer_import(auteur=liste.auteur, liste=liste, empreinte="", choix=Choix({}))


def test_qui_a_perdu_son_role_n_applique_plus_rien(envoyer: Envoyer, ddfpt: Utilisateur) -> None:
    liste = envoyer(f"Martin;Zoé;;{TERMINALE_RSP};TTRPM;;\n")
    plan = planifier(liste)
    ddfpt.affectations.update(fin=date(2024, 1, 1))
    with pytest.raises(PermissionDenied):
        appliquer_import(auteur=ddfpt, liste=liste, empreinte=plan.empreinte, choix=Choix({}))


def test_une_meme_personne_deux_fois_dans_le_fichier(envoyer: Envoyer) -> None:
    ligne = f"Martin;Zoé;;{TERMINALE_RSP};TTRPM;;\n"
    liste = envoyer(f"{ligne}{ligne}MARTIN;Zoe;;{TERMINALE_RSP};TTRPM;;\n")
    assert verdicts(liste) == [Verdict.NOUVEAU, Verdict.INCHANGE, Verdict.DOUBLON]
    appliquer(liste, {4: "ligne-2"})
    assert Apprenant.objects.count() == 1


def test_deux_lignes_ne_peuvent_pas_etre_la_meme_fiche(envoyer: Envoyer, ines: Inscription) -> None:
    liste = envoyer(f"Bernard;Ines;;{TERMINALE_RSP};TTRPM;;\nBernard;Inés;;{TERMINALE_RSP};TTRPM;;\n")
    meme = f"meme-{ines.apprenant_id}"
    with pytest.raises(ValidationError, match="rattachées à la même fiche"):
        appliquer(liste, {2: meme, 3: meme})
