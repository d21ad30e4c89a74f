"""Les bilans d'une classe : préparés d'un acte, figés, rédigés à plusieurs, formalisés, lus par l'apprenant."""

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.urls import reverse
from django.utils import timezone

from centres.enums import Role
from centres.models import Centre, Classe, Evenement, Inscription, Utilisateur
from evaluations.enums import EtatBilan, NatureBilan
from evaluations.models import BilanPeriode, CampagneBilans, Positionnement, Situation
from evaluations.queries.bilans import Etape, bilan_individuel_de, etape_de, lire_bilan, lire_bilans
from evaluations.queries.journal import ACTES
from evaluations.queries.niveaux_classe import inscrits_de
from evaluations.services.bilans import (
    DonneesBilanPeriode,
    completer_campagne,
    enregistrer_bilan_periode,
    formaliser_bilan,
    preparer_campagne,
    supprimer_campagne,
)
from referentiel.models import Option, Periode
from tests.client_strict import ClientStrict
from tests.evaluations.fabrique_grille import fabriquer_situation
from tests.evaluations.fabrique_progression import fabriquer_bilan, fabriquer_campagne, fabriquer_echelle
from tests.fabriques import affecter_a, fabriquer_centre, fabriquer_classe, fabriquer_inscription
from trpm.donnees.export_progression import bilans_de

ClientDe = Callable[[Utilisateur], ClientStrict]
HIVER, PRINTEMPS = date(2026, 1, 30), date(2026, 3, 27)


def positionner(situation: Situation, inscription: Inscription, code: str, niveau: int) -> None:
    Positionnement.objects.update_or_create(
        situation=situation,
        inscription=inscription,
        detaillee=situation.evaluees.filter(code=code).order_by("pk").first(),
        defaults={"niveau": niveau, "auteur": situation.auteur, "modifie_le": timezone.now()},
    )


def preparer(auteur: Utilisateur, classe: Classe, jour: date = PRINTEMPS, **champs: Any) -> CampagneBilans:
    periode = Periode.objects.get(version=classe.version, ordre=6)
    valeurs = {"nature": NatureBilan.INTERMEDIAIRE, "periode": periode, **champs}
    return preparer_campagne(utilisateur=auteur, classe=classe, arrete_le=jour, **valeurs)


def le_bilan(campagne: CampagneBilans, inscription: Inscription) -> BilanPeriode:
    return BilanPeriode.objects.select_related("campagne", "inscription__apprenant").get(
        campagne=campagne, inscription=inscription
    )


def entretien(auteur: Utilisateur, **champs: Any) -> DonneesBilanPeriode:
    valeurs = {"remarques_equipe": "Sérieuse.", "entretien_le": PRINTEMPS, "representant": auteur, **champs}
    return DonneesBilanPeriode(**valeurs)


def test_preparer_fige_le_meilleur_niveau_de_chacun_au_jour_dit(
    enseignante: Utilisateur, classe: Classe, inscriptions: list[Inscription], situation_e31: Situation
) -> None:
    """La situation est du 12 mars : ni le bilan de janvier, ni une correction après celui de mars ne la voient."""
    ines = inscriptions[0]
    positionner(situation_e31, ines, "C6.1", 3)
    positionner(situation_e31, ines, "C8.1", 1)
    fabriquer_echelle(classe, enseignante, {("C6.1", 5): 2, ("C8.1", 6): 2})
    hiver, printemps = preparer(enseignante, classe, HIVER), preparer(enseignante, classe)
    positionner(situation_e31, ines, "C6.1", 4)
    assert [campagne.bilans.count() for campagne in (hiver, printemps)] == [3, 3]
    assert lire_bilan(le_bilan(hiver, ines)).evaluees == 0
    lues = {une.code: une for une in lire_bilan(le_bilan(printemps, ines)).competences}
    c6, c8 = lues["C6"], lues["C8"]
    assert (c6.niveau, c6.situation, c6.le, c6.auteur, c6.attendu) == (3, "S4", date(2026, 3, 12), "Hélène Faye", 2)
    assert (c8.niveau, c8.est_en_dessous, c8.position) == (1, True, "niveau 2 attendu, en dessous")
    assert (lues["C9"].niveau, len(lues), c6.observees, len(c6.detaillees)) == (None, 12, 1, 4)
    evenements = list(Evenement.objects.filter(chaine=f"bilans:{classe.pk}").values_list("acte", "apres__bilans"))
    assert evenements == [("campagne_bilans.preparee", 3)] * 2
    assert {acte for acte, _ in evenements} <= set(ACTES)


def test_ce_qu_un_enseignant_a_vu_dans_un_autre_centre_n_entre_pas_dans_ce_bilan(
    enseignante: Utilisateur, classe: Classe, ines: Inscription, centre_b: Centre, option_rsp: Option
) -> None:
    affecter_a(enseignante, Role.ENSEIGNANT, centre_b)
    ailleurs = fabriquer_classe(centre_b, classe.version, nom="TB")
    accueillie = Inscription.objects.create(
        classe=ailleurs,
        apprenant=ines.apprenant,
        option=option_rsp,
        statut=ines.statut,
        debut=ines.debut,
    )
    positionner(fabriquer_situation(ailleurs, enseignante, ["C6.1"]), accueillie, "C6.1", 4)
    assert lire_bilan(le_bilan(preparer(enseignante, classe), ines)).evaluees == 0
    assert lire_bilan(le_bilan(preparer(enseignante, ailleurs), accueillie)).evaluees == 1


def test_preparer_coute_autant_de_requetes_pour_trois_ou_trente(
    enseignante: Utilisateur,
    classe: Classe,
    inscriptions: list[Inscription],
    option_rsp: Option,
    django_assert_max_num_queries: Any,
) -> None:
    preparer(enseignante, classe, date(2025, 12, 12))
    with django_assert_max_num_queries(20) as pour_trois:
        preparer(enseignante, classe, HIVER)
    for rang in range(27):
        fabriquer_inscription(classe, option_rsp, f"Élève{rang:02}")
    with django_assert_max_num_queries(20) as pour_trente:
        preparer(enseignante, classe)
    assert len(pour_trois) == len(pour_trente)
    print(f"préparer une campagne : {len(pour_trente)} requêtes, pour 3 comme pour 30")


def test_une_campagne_refusee_dit_pourquoi(
    enseignante: Utilisateur, inspecteur: Utilisateur, classe: Classe, ines: Inscription
) -> None:
    preparer(enseignante, classe)
    autre_annee = Periode.objects.get(version=classe.version, ordre=6)
    for jour, champs, message in (
        (PRINTEMPS, {}, "déjà arrêtés à cette date"),
        (date(2024, 1, 1), {}, "prenez un jour de son année"),
    ):
        with pytest.raises(ValidationError, match=message):
            preparer(enseignante, classe, jour, **champs)
    Classe.objects.filter(pk=classe.pk).update(annee_cycle=2)
    classe.refresh_from_db()
    with pytest.raises(ValidationError, match="dernière année"):
        preparer(enseignante, classe, HIVER, nature=NatureBilan.INDIVIDUEL, periode=autre_annee)
    with pytest.raises(PermissionDenied):
        preparer(inspecteur, classe, HIVER)
    assert CampagneBilans.objects.count() == 1


def test_un_arrivant_recoit_son_bilan_et_une_campagne_vide_se_supprime(
    enseignante: Utilisateur, classe: Classe, ines: Inscription, lucas: Inscription, option_rmo: Option
) -> None:
    campagne = preparer(enseignante, classe)
    fabriquer_inscription(classe, option_rmo, "Venue", debut=PRINTEMPS + timedelta(days=3))
    assert [completer_campagne(utilisateur=enseignante, campagne=campagne) for _ in range(2)] == [1, 0]
    supprimer_campagne(utilisateur=enseignante, campagne=campagne)
    assert not BilanPeriode.objects.exists()
    commencee = preparer(enseignante, classe)
    bilan = le_bilan(commencee, ines)
    enregistrer_bilan_periode(utilisateur=enseignante, bilan=bilan, donnees=entretien(enseignante), version=1)
    with pytest.raises(ValidationError, match="commencés"):
        supprimer_campagne(utilisateur=enseignante, campagne=commencee)


def test_un_bilan_formalise_ne_s_ecrit_plus_pour_aucun_role(
    enseignante: Utilisateur, chef: Utilisateur, ddfpt: Utilisateur, classe: Classe, ines: Inscription
) -> None:
    bilan = le_bilan(preparer(enseignante, classe), ines)
    with pytest.raises(ValidationError) as refus:
        formaliser_bilan(utilisateur=enseignante, bilan=bilan, donnees=DonneesBilanPeriode(), version=1)
    assert set(refus.value.message_dict) == {"remarques_equipe", "entretien_le"}
    donnees = entretien(enseignante, apprenant_present=True, remarques_apprenant="D'accord.")
    formalise = formaliser_bilan(utilisateur=enseignante, bilan=bilan, donnees=donnees, version=1)
    assert (formalise.etat, etape_de(formalise)) == (EtatBilan.FORMALISE, Etape.FORMALISE)
    for personne in (enseignante, ddfpt, chef):
        for acte in (enregistrer_bilan_periode, formaliser_bilan):
            with pytest.raises(ValidationError, match="formalisé"):
                acte(utilisateur=personne, bilan=bilan, donnees=entretien(personne), version=formalise.version)
    journal = Evenement.objects.get(acte="bilan_periode.formalise")
    assert journal.apres == {"entretien_le": "2026-03-27", "apprenant_present": True}
    assert "Sérieuse" not in str(list(Evenement.objects.values_list("avant", "apres")))


def test_le_suivant_montre_l_evolution_depuis_le_dernier_formalise(
    enseignante: Utilisateur, classe: Classe, ines: Inscription, situation_e31: Situation
) -> None:
    """Un bilan préparé mais jamais formalisé ne compte pas comme le précédent."""
    Situation.objects.filter(pk=situation_e31.pk).update(debut=date(2026, 1, 12))
    for code, niveau in (("C6.1", 2), ("C8.1", 3)):
        positionner(situation_e31, ines, code, niveau)
    hiver = le_bilan(preparer(enseignante, classe, HIVER), ines)
    formaliser_bilan(
        utilisateur=enseignante, bilan=hiver, donnees=entretien(enseignante, entretien_le=HIVER), version=1
    )
    preparer(enseignante, classe, date(2026, 2, 27))
    # Confiée à un second centre, elle y a aussi un suivi : rien n'en passe ici.
    la_bas = fabriquer_inscription(fabriquer_classe(fabriquer_centre("CFA"), classe.version), ines.option)
    Inscription.objects.filter(pk=la_bas.pk).update(apprenant=ines.apprenant)
    fabriquer_bilan(fabriquer_campagne(la_bas.classe, enseignante, date(2026, 3, 6)), la_bas, etat=EtatBilan.FORMALISE)
    for code, niveau in (("C6.1", 4), ("C7.3", 1), ("C8.1", 2)):
        positionner(situation_e31, ines, code, niveau)
    printemps = preparer(enseignante, classe)
    vue = lire_bilan(le_bilan(printemps, ines))
    du_lot = {une.bilan.inscription_id: une.precedent for une in lire_bilans(printemps)}
    assert (vue.precedent, du_lot[ines.pk]) == (hiver, hiver)
    derniers = {une.pk: vars(une)["dernier_bilan"] for une in inscrits_de(classe)}
    assert derniers[ines.pk] == hiver.pk
    # Ce qui se remet à la personne dit les mêmes niveaux, en clair.
    remis = bilans_de(enseignante, ines.apprenant)[0]["niveaux"]
    assert (len(remis), remis[0], remis[5], remis[7]) == (12, "C1 : ·", "C6 : 2", "C8 : 3")
    lues = {une.code: (une.fleche, une.evolution_dite) for une in vue.competences if une.evolution}
    assert lues == {
        "C6": ("↑", "en progrès, était 2"),
        "C7": ("+", "évaluée depuis"),
        "C8": ("↓", "rectifiée, était 3"),
    }


def test_le_bilan_individuel_formalise_est_la_synthese_que_lit_la_commission(
    enseignante: Utilisateur, classe: Classe, ines: Inscription, lucas: Inscription, situation_e31: Situation
) -> None:
    positionner(situation_e31, ines, "C6.1", 3)
    campagne = preparer(enseignante, classe, date(2026, 4, 30), nature=NatureBilan.INDIVIDUEL)
    assert bilan_individuel_de(ines) is None
    sans_entretien = DonneesBilanPeriode(remarques_equipe="Prête.")
    formaliser_bilan(utilisateur=enseignante, bilan=le_bilan(campagne, ines), donnees=sans_entretien, version=1)
    synthese = bilan_individuel_de(ines)
    assert synthese is not None
    assert (synthese.bilan.remarques_equipe, synthese.evaluees) == ("Prête.", 1)
    assert bilan_individuel_de(lucas) is None


def envoi(bilan: BilanPeriode, acte: str = "enregistrer", **champs: Any) -> dict[str, Any]:
    return {"version": bilan.version, "remarques_equipe": "", "objectifs": "", "acte": acte, **champs}


def test_les_pages_de_la_preparation_a_la_lecture_par_l_apprenant(
    client_de: ClientDe,
    enseignante: Utilisateur,
    inspecteur: Utilisateur,
    compte_apprenant: Utilisateur,
    etranger: Utilisateur,
    classe: Classe,
    inscriptions: list[Inscription],
    situation_e31: Situation,
) -> None:
    positionner(situation_e31, inscriptions[0], "C6.1", 3)
    client, apprenante = client_de(enseignante), client_de(compte_apprenant)
    liste = reverse("evaluations:bilans_classe", args=[classe.pk])
    formulaire = reverse("evaluations:campagne_preparer", args=[classe.pk])
    assert "Préparer les bilans de la classe" in client.get(liste).content.decode()
    assert client.get(formulaire).status_code == 200
    refuse = client.post(formulaire, {"nature": "intermediaire", "arrete_le": "2020-01-01", "periode": ""})
    assert refuse.status_code == 422
    periode = classe.version.periodes.get(ordre=6).pk
    saisie = {"nature": "intermediaire", "arrete_le": "2026-03-27", "periode": periode, "intitule": ""}
    page = client.post(formulaire, saisie, follow=True).content.decode()
    assert "3 bilans préparés, niveaux figés." in page
    assert "3 entretiens à tenir" in page
    bilan = BilanPeriode.objects.get(inscription=inscriptions[0])
    adresse = reverse("evaluations:bilan_periode", args=[bilan.pk])
    assert "Formaliser définitivement" in client.get(adresse).content.decode()
    assert apprenante.get(adresse).status_code == 404
    assert client_de(etranger).get(adresse).status_code == 404
    assert "Formaliser" not in client_de(inspecteur).get(adresse).content.decode()
    incomplet = client.post(adresse, envoi(bilan, "formaliser", remarques_equipe="Prête"))
    assert incomplet.status_code == 422
    assert "Dites quel jour l&#x27;entretien a eu lieu" in incomplet.content.decode()
    complet = {"entretien_le": "2026-04-02", "representant": enseignante.pk, "apprenant_present": "on"}
    textes = {"remarques_equipe": "Prête <b>", "remarques_apprenant": "D'accord avec vous"}
    formalisee = client.post(adresse, envoi(bilan, "formaliser", **complet, **textes), follow=True).content.decode()
    assert "formalisé : il ne change plus" in formalisee
    lue = apprenante.get(adresse).content.decode()
    for present in ("Mon bilan intermédiaire", "Prête &lt;b&gt;", "D&#x27;accord avec vous", "Tenu le 2 avril 2026"):
        assert present in lue
    for absent in ("note proposée", "note calculée", "Note", "moyenne", "<textarea", "sur 20"):
        assert absent not in lue
    assert reverse("evaluations:bilan_periode", args=[bilan.pk]) in apprenante.get(reverse("accueil")).content.decode()
    assert (
        "a formalisé le bilan d&#x27;un apprenant"
        in client.get(reverse("evaluations:journal_bilans", args=[classe.pk])).content.decode()
    )


def test_le_perdant_d_une_redaction_a_deux_garde_son_texte(
    client_de: ClientDe, enseignante: Utilisateur, collegue: Utilisateur, classe: Classe, ines: Inscription
) -> None:
    bilan = fabriquer_bilan(fabriquer_campagne(classe, enseignante, PRINTEMPS), ines)
    adresse = reverse("evaluations:bilan_periode", args=[bilan.pk])
    assert client_de(collegue).post(adresse, envoi(bilan, remarques_equipe="Celui de Marc")).status_code == 302
    perdant = client_de(enseignante).post(adresse, envoi(bilan, remarques_equipe="Celui d'Hélène"))
    page = perdant.content.decode()
    assert perdant.status_code == 422
    for present in ("Enregistré entre-temps", "Celui de Marc", "Celui d&#x27;Hélène", 'name="version" value="2"'):
        assert present in page
    bilan.refresh_from_db()
    assert bilan.remarques_equipe == "Celui de Marc"
    choisi = envoi(bilan, remarques_equipe="Celui d'Hélène")
    assert client_de(enseignante).post(adresse, choisi).status_code == 302
    complet = entretien(collegue, remarques_equipe="Final")
    formaliser_bilan(utilisateur=collegue, bilan=bilan, donnees=complet, version=3)
    tard = client_de(enseignante).post(adresse, envoi(bilan, remarques_equipe="Trop tard"))
    assert tard.status_code == 422
    assert "Votre saisie n'est pas enregistrée" in tard.content.decode()
    assert "Trop tard" in tard.content.decode()


@pytest.mark.parametrize("page", ["bilans_classe", "campagne", "bilan_periode"])
def test_chaque_page_coute_autant_avec_une_ou_trois_lignes(
    page: str,
    client_de: ClientDe,
    enseignante: Utilisateur,
    classe: Classe,
    inscriptions: list[Inscription],
    django_assert_max_num_queries: Any,
) -> None:
    campagne = fabriquer_campagne(classe, enseignante, PRINTEMPS)
    bilan = fabriquer_bilan(campagne, inscriptions[0])
    cle = {"bilans_classe": classe.pk, "campagne": campagne.pk, "bilan_periode": bilan.pk}[page]
    client, adresse = client_de(enseignante), reverse(f"evaluations:{page}", args=[cle])
    client.get(adresse)
    with django_assert_max_num_queries(14) as avec_un:
        client.get(adresse)
    for inscription, jour in zip(inscriptions[1:], (HIVER, date(2026, 2, 27)), strict=True):
        fabriquer_bilan(campagne, inscription)
        fabriquer_bilan(fabriquer_campagne(classe, enseignante, jour), inscription)
    with django_assert_max_num_queries(14) as avec_trois:
        client.get(adresse)
    assert len(avec_un) == len(avec_trois)
    print(f"{page} : {len(avec_trois)} requêtes")
