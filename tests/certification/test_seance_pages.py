"""Les pages de la commission : convoquer, ouvrir, l'écran d'un candidat, ce que voient les autres."""

import re
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from centres.models import Classe, Inscription, Utilisateur
from certification.documents.convocation import contexte_convocation, pdf_convocation
from certification.enums import EtatCommission
from certification.models import Commission, PositionCommission, Proposition
from certification.services.propositions import positionner_competence
from referentiel.models import Competence, Epreuve
from tests.certification.fabrique_seance import clore, evenements
from tests.fabriques import fabriquer_inscription

pytestmark = pytest.mark.django_db
HTMX = {"HTTP_HX_REQUEST": "true"}


def adresse(commission: Commission, inscription: Inscription, code: str = "E2", nom: str = "seance") -> str:
    return reverse(f"certification:{nom}", args=[commission.pk, inscription.pk, code])


def membres_en_formulaire(*lignes: dict[str, Any]) -> dict[str, Any]:
    donnees = {"membres-TOTAL_FORMS": len(lignes), "membres-INITIAL_FORMS": 0}
    return donnees | {f"membres-{rang}-{nom}": lu for rang, une in enumerate(lignes) for nom, lu in une.items()}


def test_le_chef_convoque_ouvre_et_note_qui_est_la(
    client: Client, classe: Classe, chef: Utilisateur, enseignante: Utilisateur, candidats: list[Inscription]
) -> None:
    client.force_login(chef)
    page = reverse("certification:commission", args=[classe.pk])
    convoquer = reverse("certification:commission_convoquer", args=[classe.pk])
    assert "Convoquer la commission" in client.get(page).text
    proposee = client.get(convoquer).text
    assert "Représentant du monde professionnel" in proposee
    fiche = {"date": "2026-06-02T08:30", "lieu": "Salle B12", "version": 0}
    professionnel = {"nom": "Odile Perrin", "qualite": "Cheffe d'atelier", "est_professionnel": "on"}
    sans_president = client.post(convoquer, {**fiche, **membres_en_formulaire(professionnel)})
    assert sans_president.status_code == 422
    assert "Désignez un président, et un seul." in sans_president.text
    assert "Odile Perrin" in sans_president.text
    preside = {"utilisateur": enseignante.pk, "qualite": "Enseignante", "est_president": "on"}
    reponse = client.post(convoquer, {**fiche, **membres_en_formulaire(preside, professionnel, {"nom": ""})})
    assert reponse.status_code == 302
    commission = Commission.objects.get()
    assert [str(membre) for membre in commission.membres.all()] == [str(enseignante), "Odile Perrin"]
    presences = reverse("certification:commission_presences", args=[commission.pk])
    assert client.post(presences, {}).status_code == 422
    assert client.post(reverse("certification:commission_ouvrir", args=[commission.pk])).url == presences
    un, pro = commission.membres.order_by("pk")
    assert client.post(presences, {f"membre_{un.pk}": "oui", f"membre_{pro.pk}": "non"}).status_code == 302
    assert list(commission.membres.order_by("pk").values_list("est_present", flat=True)) == [True, False]
    ouverte = client.get(page).text
    assert "Commencer" in ouverte
    assert "0/" in ouverte
    commission.refresh_from_db()
    assert commission.etat == EtatCommission.OUVERTE


def test_la_convocation_a_une_lettre_par_membre(seance: Commission) -> None:
    contenu = pdf_convocation(seance)
    assert contenu.startswith(b"%PDF")
    contexte = contexte_convocation(seance)
    assert len(contexte["membres"]) == 3
    assert contexte["candidats"] >= 1


def test_un_membre_propose_et_chaque_refus_garde_la_saisie(
    client: Client, seance: Commission, ines: Inscription, membre_commission: Utilisateur
) -> None:
    client.force_login(membre_commission)
    page = adresse(seance, ines)
    assert "13,33" in client.get(page).text
    ecart = {"geste": "note", "note-version": 1, "note-note": "15", "note-commentaire": "Très sûre"}
    refus = client.post(page, ecart)
    assert refus.status_code == 422
    assert "S&#x27;écarte" in refus.text or "s&#x27;écarte" in refus.text
    assert "Très sûre" in refus.text
    assert client.post(page, {**ecart, "note-motif_ecart": "Montré à l'oral"}).status_code == 302
    proposee = Proposition.objects.get(inscription=ines, epreuve__code="E2")
    assert (str(proposee.note_proposee), proposee.version) == ("15.00", 2)
    assert client.post(page, {"geste": "etat", "etat-version": 2, "etat-etat": "dispense"}).status_code == 422
    assert client.post(page, {"geste": "inconnu"}).status_code == 422
    sans_motif = {"geste": "position", "position-competence": "C4", "position-niveau": "4", "position-version": 0}
    assert client.post(page, sans_motif, **HTMX).status_code == 422
    assert client.post(page, {**sans_motif, "position-motif": "Vu au démontage"}, **HTMX).status_code == 200
    assert PositionCommission.objects.get().niveau == 4
    assert "proposez de nouveau" in client.get(page).text
    retirer = {**sans_motif, "position-niveau": "retirer", "position-motif": "Revu", "position-version": 1}
    assert client.post(page, retirer).status_code == 302
    assert PositionCommission.objects.get().niveau is None


def test_le_perdant_d_un_conflit_garde_sa_saisie_et_lit_qui_a_ecrit(
    client: Client, seance: Commission, ines: Inscription, enseignante: Utilisateur, membre_commission: Utilisateur
) -> None:
    client.force_login(enseignante)
    texte = {"geste": "synthese", "synthese-version": 1, "synthese-texte": "Sérieuse"}
    assert client.post(adresse(seance, ines), texte).status_code == 302
    client.force_login(membre_commission)
    conflit = client.post(adresse(seance, ines), {**texte, "synthese-texte": "Autre avis"})
    assert conflit.status_code == 409
    assert f"{enseignante} a écrit entre-temps" in conflit.text
    assert "Autre avis" in conflit.text
    assert re.search(r'name="synthese-version" value="2"', conflit.text)
    assert client.post(adresse(seance, ines), {**texte, "synthese-version": 2}).status_code == 302


def test_le_suivi_ne_dit_rien_tant_que_rien_ne_change_puis_qui_a_fait_quoi(
    client: Client,
    seance: Commission,
    ines: Inscription,
    c4: Competence,
    enseignante: Utilisateur,
    membre_commission: Utilisateur,
    django_assert_max_num_queries: Any,
) -> None:
    client.force_login(membre_commission)
    repere = re.search(r"suivi/\?vu=([\w-]+)", client.get(adresse(seance, ines)).text)
    assert repere is not None
    suivi = f"{adresse(seance, ines, nom='seance_suivi')}?vu={repere[1]}"
    with django_assert_max_num_queries(12):
        assert client.get(suivi, **HTMX).status_code == 204
    commun = {"utilisateur": enseignante, "commission": seance, "competence": c4, "motif": "Vu", "version": 0}
    positionner_competence(inscription=ines, niveau=4, **commun)
    frais = client.get(suivi, **HTMX).text
    assert f"{enseignante} a positionné C4 au niveau 4." in frais
    assert "<form" not in frais
    client.force_login(enseignante)
    assert "a positionné" not in client.get(suivi, **HTMX).text


def test_les_autres_lisent_et_personne_n_ecrit_une_fois_close(
    client: Client,
    seance: Commission,
    ines: Inscription,
    chef: Utilisateur,
    collegue: Utilisateur,
    membre_commission: Utilisateur,
    compte_apprenant: Utilisateur,
) -> None:
    geste = {"geste": "synthese", "synthese-version": 1, "synthese-texte": "X"}
    for qui in (collegue, chef):
        client.force_login(qui)
        lue = client.get(adresse(seance, ines))
        assert "data-geste" not in lue.text
        assert "seuls les membres convoqués écrivent" in lue.text
        assert client.post(adresse(seance, ines), geste).status_code == 404
    client.force_login(compte_apprenant)
    for nom in ("seance", "seance_suivi"):
        assert client.get(adresse(seance, ines, nom=nom)).status_code == 404
    assert client.get(reverse("certification:commission", args=[seance.classe_id])).status_code == 404
    clore(seance)
    client.force_login(membre_commission)
    close = client.get(adresse(seance, ines)).text
    assert reverse("certification:archives", args=[seance.pk]) in close
    assert "data-geste" not in close
    assert client.post(adresse(seance, ines), geste).status_code == 422
    assert not [un for un in evenements(seance) if un.acte == "synthese.redigee"]


def test_les_pages_coutent_autant_de_requetes_pour_une_classe_plus_grande(
    client: Client,
    seance: Commission,
    ines: Inscription,
    classe: Classe,
    membre_commission: Utilisateur,
    django_assert_num_queries: Any,
    django_assert_max_num_queries: Any,
) -> None:
    client.force_login(membre_commission)
    pages = (reverse("certification:commission", args=[classe.pk]), adresse(seance, ines))
    comptes = []
    for page in pages:
        client.get(page)
        with django_assert_max_num_queries(45) as releve:
            client.get(page)
        comptes.append(len(releve.captured_queries))
    for rang in range(3):
        fabriquer_inscription(classe, ines.option, f"Zola{rang}", "Ana")
    for page, compte in zip(pages, comptes, strict=True):
        with django_assert_num_queries(compte):
            client.get(page)


def test_l_histoire_de_la_commission_se_lit_geste_par_geste(
    client: Client, seance: Commission, ecrire: dict[str, Any], epreuve: Epreuve, chef: Utilisateur
) -> None:
    ecrire["positionner"]()
    ecrire["proposer"]()
    client.force_login(chef)
    lue = client.get(reverse("certification:journal_commission", args=[seance.pk])).text
    assert "a positionné une compétence" in lue
    assert "a proposé une note au jury" in lue
