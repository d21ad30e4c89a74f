"""Les pages des situations : qui y entre, ce qu'elles montrent, ce qu'elles enregistrent."""

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries

from centres.models import Classe, Evenement, Inscription, Utilisateur
from evaluations.models import Situation
from evaluations.services.donnees import donnees_de
from evaluations.services.situations import modifier_situation, supprimer_situation, verrouiller_situation
from tests.client_strict import ClientStrict
from tests.evaluations.donnees_de_test import donnees, positionner, une_situation
from tests.fabriques import fabriquer_centre, fabriquer_classe

ClientDe = Callable[[Utilisateur], ClientStrict]
TOUS_SAUF_L_EQUIPE = ["etranger", "administrateur", "compte_apprenant", "ancien", "sans_affectation"]
LECTEURS = ["chef", "membre_commission", "inspecteur"]


def envoi(**changements: Any) -> dict[str, Any]:
    """Le formulaire rempli d'une situation, inventaire compris."""
    attendues = donnees()
    return {
        "code": "S1",
        "titre": "Étau de montage",
        "nature": "certificative",
        "debut": "2026-02-03",
        "fin": "2026-02-06",
        "periode": "",
        "epreuves": list(attendues.epreuves),
        "taches": list(attendues.taches),
        "evaluees": list(attendues.evaluees),
        "mobilisees": list(attendues.mobilisees),
        "lieu": "centre",
        "entreprise": "",
        "supports": list(attendues.supports),
        "espaces": list(attendues.espaces),
        "description": attendues.description,
        "ressources-TOTAL_FORMS": "3",
        "ressources-INITIAL_FORMS": "0",
        "ressources-0-nature": "document",
        "ressources-0-designation": "Dossier technique",
        "ressources-1-nature": "materiel",
        "ressources-1-designation": "Fraiseuse CN",
        "ressources-2-nature": "document",
        "ressources-2-designation": "",
        **changements,
    }


@pytest.fixture
def situation(enseignante: Utilisateur, classe: Classe) -> Situation:
    return une_situation(enseignante, classe)


@pytest.mark.parametrize("role", TOUS_SAUF_L_EQUIPE)
@pytest.mark.parametrize(
    "nom", ["situation", "situation_modifier", "situation_reprendre", "situation_verrou", "situations", "creer"]
)
def test_hors_de_l_equipe_les_pages_n_existent_pas(
    role: str, nom: str, situation: Situation, client_de: ClientDe, request: pytest.FixtureRequest
) -> None:
    adresses = {
        "situations": reverse("evaluations:situations", args=[situation.classe_id]),
        "creer": reverse("evaluations:situation_creer", args=[situation.classe_id]),
    }
    client = client_de(request.getfixturevalue(role))
    adresse = adresses.get(nom) or reverse(f"evaluations:{nom}", args=[situation.pk])
    assert client.get(adresse).status_code == 404
    # Qui a une classe ailleurs a une bibliothèque, où rien d'ici ne paraît.
    bibliotheque = client.get(reverse("evaluations:bibliotheque"))
    assert bibliotheque.status_code == (200 if role == "etranger" else 404)
    assert "Étau de montage" not in bibliotheque.content.decode()


@pytest.mark.parametrize("role", LECTEURS)
def test_qui_lit_seulement_voit_la_fiche_sans_pouvoir_la_changer(
    role: str, situation: Situation, client_de: ClientDe, request: pytest.FixtureRequest
) -> None:
    client = client_de(request.getfixturevalue(role))
    page = client.get(reverse("evaluations:situation", args=[situation.pk]))
    assert page.status_code == 200
    assert reverse("evaluations:situation_modifier", args=[situation.pk]) not in page.content.decode()
    assert client.get(reverse("evaluations:situations", args=[situation.classe_id])).status_code == 200
    for nom in ("situation_modifier", "situation_reprendre"):
        assert client.get(reverse(f"evaluations:{nom}", args=[situation.pk])).status_code == 404
    creation = client.post(reverse("evaluations:situation_creer", args=[situation.classe_id]), envoi(code="S2"))
    assert creation.status_code == 404
    assert Situation.objects.count() == 1


def test_un_visiteur_est_envoye_se_connecter(situation: Situation, client: ClientStrict) -> None:
    adresse = reverse("evaluations:situation", args=[situation.pk])
    reponse = client.get(adresse)
    assert (reponse.status_code, reponse["Location"]) == (302, f"{reverse('connexion')}?next={adresse}")


def test_creer_une_situation_depuis_sa_page(enseignante: Utilisateur, classe: Classe, client_de: ClientDe) -> None:
    client = client_de(enseignante)
    adresse = reverse("evaluations:situation_creer", args=[classe.pk])
    page = client.get(adresse).content.decode()
    assert 'name="code" value="S1"' in page
    assert "Vérifier la conformité aux spécifications de fabrication" in page
    assert "Effectuer les retouches nécessaires, vérifier le résultat produit" in page
    reponse = client.post(adresse, envoi())
    situation = Situation.objects.get()
    assert (reponse.status_code, reponse["Location"]) == (302, reverse("evaluations:situation", args=[situation.pk]))
    assert donnees_de(situation) == donnees(periode="Terminale S2")
    assert Evenement.objects.filter(chaine=f"situation:{situation.pk}").count() == 1


def test_le_code_propose_suit_le_plus_grand(enseignante: Utilisateur, classe: Classe, client_de: ClientDe) -> None:
    une_situation(enseignante, classe, code="S7")
    une_situation(enseignante, classe, code="PFMP1")
    page = client_de(enseignante).get(reverse("evaluations:situation_creer", args=[classe.pk]))
    assert page.context["formulaire"]["code"].value() == "S8"


def test_une_date_hors_de_l_annee_civile_avertit_avant_d_enregistrer(
    enseignante: Utilisateur, classe: Classe, client_de: ClientDe
) -> None:
    client = client_de(enseignante)
    adresse = reverse("evaluations:situation_creer", args=[classe.pk])
    avant = client.post(adresse, envoi(debut="2025-12-01", fin=""))
    alerte = "Une situation certificative se tient dans l'année civile de l'examen (2026)."
    assert (avant.status_code, avant.context["alertes"]) == (422, [alerte])
    assert "Enregistrer quand même" in avant.content.decode()
    assert not Situation.objects.exists()
    # Lire une alerte ne vaut pas pour une autre.
    autre = client.post(adresse, envoi(debut="2025-07-01", fin="", alertes_lues=alerte))
    assert autre.status_code == 422
    apres = client.post(adresse, envoi(debut="2025-12-01", fin="", alertes_lues=alerte), follow=True)
    assert apres.content.decode().count("année civile de l&#x27;examen (2026).") == 1
    situation = Situation.objects.get()
    # Une alerte déjà acceptée n'est pas redemandée à chaque correction.
    modifier = reverse("evaluations:situation_modifier", args=[situation.pk])
    assert client.post(modifier, envoi(titre="Étau repris", debut="2025-12-01", fin="")).status_code == 302


def test_supprimer_une_situation_creee_par_erreur(
    situation: Situation, enseignante: Utilisateur, chef: Utilisateur, client_de: ClientDe
) -> None:
    adresse = reverse("evaluations:situation_supprimer", args=[situation.pk])
    assert client_de(chef).post(adresse).status_code == 404
    client = client_de(enseignante)
    assert "Supprimer la situation" in client.get(adresse).content.decode()
    assert Situation.objects.exists()
    reponse = client.post(adresse, follow=True)
    assert "Situation S1 supprimée." in reponse.content.decode()
    assert not Situation.objects.exists()
    evenement = Evenement.objects.order_by("pk").last()
    assert evenement is not None
    assert (evenement.acte, evenement.avant["titre"]) == ("situation.supprimee", "Étau de montage")


def test_une_grille_entamee_ne_se_supprime_pas_et_dit_quoi_faire(
    situation: Situation, enseignante: Utilisateur, ines: Inscription, client_de: ClientDe
) -> None:
    positionner(situation, ines, "C7.1", 3)
    client = client_de(enseignante)
    adresse = reverse("evaluations:situation_supprimer", args=[situation.pk])
    page = client.get(adresse).content.decode()
    assert "choisissez la nature « formative »" in page
    assert "Supprimer la situation" not in page
    refus = client.post(adresse)
    assert refus.status_code == 422
    assert "elle ne se supprime pas" in refus.content.decode()
    assert situation.positionnements.count() == 1


def test_une_case_videe_ne_retient_pas_la_situation(
    situation: Situation, enseignante: Utilisateur, ines: Inscription
) -> None:
    positionner(situation, ines, "C7.1")
    supprimer_situation(utilisateur=enseignante, situation=situation)
    assert not Situation.objects.exists()


def test_verrouillee_une_situation_ne_se_supprime_pas(
    situation: Situation, enseignante: Utilisateur, chef: Utilisateur, client_de: ClientDe
) -> None:
    verrouiller_situation(utilisateur=chef, situation=situation)
    adresse = reverse("evaluations:situation_supprimer", args=[situation.pk])
    client = client_de(enseignante)
    assert [client.get(adresse).status_code, client.post(adresse).status_code] == [404, 404]
    with pytest.raises(ValidationError, match="verrouillée"):
        supprimer_situation(utilisateur=enseignante, situation=situation)


@pytest.mark.parametrize(
    ("changements", "message"),
    [
        ({"epreuves": []}, "Choisissez au moins une épreuve."),
        ({"evaluees": []}, "Choisissez au moins une compétence détaillée à évaluer."),
        ({"evaluees": ["C1.1"]}, "Hors des compétences de E31 : C1.1."),
        ({"taches": ["A1-T1"]}, "Hors des activités de E31 : A1-T1."),
        ({"mobilisees": ["C7"]}, "Déjà évaluée, donc pas seulement mobilisée : C7."),
        ({"espaces": ["Piscine"]}, "Piscine"),
        ({"lieu": "entreprise"}, "Une situation certificative se déroule en centre : choisissez « en centre »"),
        ({"debut": ""}, "Ce champ est obligatoire."),
        ({"debut": "0026-02-03"}, "Date de début : l&#x27;année 26 est hors du cycle de la classe (2023-2026)."),
        ({"debut": "2019-02-03"}, "Date de début : l&#x27;année 2019 est hors du cycle"),
        ({"fin": "2099-02-03"}, "Date de fin : l&#x27;année 2099 est hors du cycle"),
        ({"fin": "2026-02-01"}, "La date de fin précède la date de début."),
        ({"ressources-1-designation": "x" * 201}, "200"),
        ({"ressources-0-nature": "autre"}, "autre"),
    ],
)
def test_un_envoi_refuse_revient_avec_son_message_et_sa_saisie(
    enseignante: Utilisateur, classe: Classe, client_de: ClientDe, changements: dict[str, Any], message: str
) -> None:
    adresse = reverse("evaluations:situation_creer", args=[classe.pk])
    reponse = client_de(enseignante).post(adresse, envoi(**changements))
    page = reponse.content.decode()
    assert reponse.status_code == 422
    assert message in page
    assert "Usiner les mors de l&#x27;étau." in page
    assert not Situation.objects.exists()


def test_modifier_montre_l_existant_et_l_enregistre(
    situation: Situation, collegue: Utilisateur, client_de: ClientDe
) -> None:
    client = client_de(collegue)
    adresse = reverse("evaluations:situation_modifier", args=[situation.pk])
    page = client.get(adresse)
    assert page.context["formulaire"]["evaluees"].value() == ("C7.1", "C7.2", "C7.3")
    assert page.context["inventaire"].initial_form_count() == 2
    change = envoi(titre="Étau à mors", **{"ressources-INITIAL_FORMS": "2", "ressources-1-designation": ""})
    assert client.post(adresse, change).status_code == 302
    situation.refresh_from_db()
    assert situation.titre == "Étau à mors"
    assert [ressource.designation for ressource in situation.ressources.all()] == ["Dossier technique"]


def test_une_competence_deja_observee_est_signalee_et_ne_peut_pas_partir(
    situation: Situation, enseignante: Utilisateur, ines: Inscription, client_de: ClientDe
) -> None:
    positionner(situation, ines, "C7.1", 3)
    client = client_de(enseignante)
    adresse = reverse("evaluations:situation_modifier", args=[situation.pk])
    assert client.get(adresse).content.decode().count("déjà observée") == 1
    reponse = client.post(adresse, envoi(evaluees=["C7.2"]))
    assert reponse.status_code == 422
    assert "Des apprenants y sont déjà positionnés, gardez : C7.1." in reponse.content.decode()


def test_une_modification_faite_entre_temps_n_est_pas_ecrasee_sans_le_dire(
    situation: Situation, enseignante: Utilisateur, collegue: Utilisateur, client_de: ClientDe
) -> None:
    client = client_de(enseignante)
    adresse = reverse("evaluations:situation_modifier", args=[situation.pk])
    lue = client.get(adresse).context["empreinte"]
    modifier_situation(utilisateur=collegue, situation=situation, donnees=donnees(titre="Étau de Marc"))
    refus = client.post(adresse, envoi(titre="Étau d'Hélène", empreinte=lue))
    situation.refresh_from_db()
    assert (refus.status_code, situation.titre) == (422, "Étau de Marc")
    assert "a été modifiée pendant votre saisie" in refus.content.decode()
    assert "Étau d&#x27;Hélène" in refus.content.decode()
    assert client.post(adresse, envoi(titre="Étau d'Hélène", empreinte=refus.context["empreinte"])).status_code == 302
    situation.refresh_from_db()
    assert situation.titre == "Étau d'Hélène"


def test_verrouillee_la_page_de_modification_n_existe_plus(
    situation: Situation, enseignante: Utilisateur, chef: Utilisateur, client_de: ClientDe
) -> None:
    verrouiller_situation(utilisateur=chef, situation=situation)
    client = client_de(enseignante)
    adresse = reverse("evaluations:situation_modifier", args=[situation.pk])
    assert client.get(adresse).status_code == 404
    assert client.post(adresse, envoi(titre="Autre")).status_code == 404
    fiche = client.get(reverse("evaluations:situation", args=[situation.pk])).content.decode()
    assert adresse not in fiche
    assert "verrouillée" in fiche


def test_le_chef_verrouille_puis_rouvre_avec_une_raison(
    situation: Situation, chef: Utilisateur, enseignante: Utilisateur, client_de: ClientDe
) -> None:
    adresse = reverse("evaluations:situation_verrou", args=[situation.pk])
    assert client_de(enseignante).post(adresse).status_code == 404
    client = client_de(chef)
    assert client.get(adresse).status_code == 200
    assert client.post(adresse).status_code == 302
    situation.refresh_from_db()
    assert situation.est_verrouillee
    assert client.get(adresse).status_code == 200
    assert client.post(adresse, {"motif": " "}).status_code == 422
    assert client.post(adresse, {"motif": "Un apprenant manquait."}, follow=True).status_code == 200
    situation.refresh_from_db()
    assert not situation.est_verrouillee
    fiche = client.get(reverse("evaluations:situation", args=[situation.pk])).content.decode()
    assert "Un apprenant manquait." in fiche


def test_reprendre_pour_une_autre_classe_propose_ses_classes_seulement(
    situation: Situation, enseignante: Utilisateur, client_de: ClientDe
) -> None:
    suivante = fabriquer_classe(situation.classe.centre, situation.classe.version, nom="TTRPM B")
    ailleurs = fabriquer_classe(fabriquer_centre("Lycée C"), situation.classe.version, nom="Ailleurs")
    client = client_de(enseignante)
    adresse = reverse("evaluations:situation_reprendre", args=[situation.pk])
    page = client.get(adresse).content.decode()
    assert "TTRPM B" in page
    assert "Ailleurs" not in page
    champs = {"titre": "Étau, second groupe", "code": "", "debut": "2026-03-02", "fin": ""}
    assert client.post(adresse, {**champs, "classes": [ailleurs.pk]}).status_code == 422
    assert client.post(adresse, {**champs, "classes": [suivante.pk], "fin": "2026-03-01"}).status_code == 422
    reponse = client.post(adresse, {**champs, "classes": [suivante.pk]})
    reprise = suivante.situations.get()
    assert reponse["Location"] == reverse("evaluations:situation", args=[reprise.pk])
    assert (reprise.code, reprise.titre, reprise.debut) == ("S1", "Étau, second groupe", date(2026, 3, 2))


@pytest.mark.parametrize("nombre", [1, 3])
def test_les_pages_ont_dix_requetes_au_plus_quel_que_soit_le_nombre(
    nombre: int,
    enseignante: Utilisateur,
    classe: Classe,
    inscriptions: list[Inscription],
    client_de: ClientDe,
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    for numero in range(1, nombre + 1):
        situation = une_situation(enseignante, classe, code=f"S{numero}")
        for inscription in inscriptions:
            positionner(situation, inscription, "C7.1", 3)
    client = client_de(enseignante)
    pages = {
        reverse("evaluations:situations", args=[classe.pk]): 9,
        reverse("evaluations:situations", args=[classe.pk]) + "?par=epreuve": 9,
        reverse("evaluations:bibliotheque"): 7,
        reverse("evaluations:situation", args=[situation.pk]): 10,
        reverse("evaluations:situation_creer", args=[classe.pk]): 9,
        reverse("evaluations:situation_modifier", args=[situation.pk]): 10,
    }
    for adresse, attendues in pages.items():
        with django_assert_num_queries(attendues, info=adresse):
            assert client.get(adresse).status_code == 200
