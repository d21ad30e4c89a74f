"""Les pages de l'échelle : l'ouvrir, la lire dans les deux sens, l'écrire, la publier, l'imprimer."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from django.urls import reverse

from centres.models import Classe, Utilisateur
from evaluations.documents.echelles import contexte_echelle, html_echelle
from evaluations.models import Echelle
from tests.evaluations.fabrique_progression import fabriquer_echelle
from tests.evaluations.test_echelle_services import cle_de, ouvrir

# L'ordre des blocs du texte.
ORDRE = (1, 4, 5, 6, 7, 8, 9, 2, 3, 10, 11, 12)


@pytest.fixture
def brouillon(classe: Classe, enseignante: Utilisateur) -> Echelle:
    return ouvrir(enseignante, classe)


def page(echelle: Echelle, suite: str = "") -> str:
    return reverse(f"evaluations:echelle{suite}", args=[echelle.pk])


def test_une_classe_sans_echelle_l_ouvre_et_les_autres_lisent(
    client_de: Callable[..., Any],
    classe: Classe,
    enseignante: Utilisateur,
    inspecteur: Utilisateur,
    etranger: Utilisateur,
) -> None:
    adresse = reverse("evaluations:echelle_classe", args=[classe.pk])
    assert "Pas encore d'échelle" in client_de(inspecteur).get(adresse).content.decode()
    assert client_de(inspecteur).post(adresse).status_code == 404
    assert client_de(etranger).get(adresse).status_code == 404
    client = client_de(enseignante)
    assert "rien d&#x27;officiel" in client.get(adresse).content.decode()
    refus = client.post(adresse, {"intitule": "", "depart": "proposition", "niveau_vise": "3"})
    assert refus.status_code == 422
    assert "Rien n'est ouvert" in refus.content.decode()
    assert (
        client.post(adresse, {"intitule": "La nôtre", "depart": "proposition", "niveau_vise": "3"}).status_code == 302
    )
    echelle = Echelle.objects.get()
    assert client.get(adresse)["Location"] == page(echelle)
    # Deux personnes l'ouvrent en même temps : la seconde le lit.
    assert client.post(adresse, {"intitule": "x", "depart": "vide", "niveau_vise": "3"}).status_code == 422


def test_une_cohorte_repart_de_l_echelle_d_une_autre(
    client_de: Callable[..., Any], classe: Classe, enseignante: Utilisateur
) -> None:
    passee = fabriquer_echelle(classe, enseignante, {("C1.1", 1): 4}, cohorte=2020)
    client, adresse = client_de(enseignante), reverse("evaluations:echelle_classe", args=[classe.pk])
    envoi = {"intitule": "La nôtre", "depart": "copie", "niveau_vise": "3"}
    assert "Choisissez l" in client.post(adresse, envoi).content.decode()
    assert client.post(adresse, envoi | {"source": passee.pk}).status_code == 302
    copie = Echelle.objects.get(cohorte=2023)
    assert (copie.est_proposee, copie.niveaux.get().niveau) == (False, 4)


def test_l_echelle_se_lit_dans_les_deux_sens(
    client_de: Callable[..., Any], brouillon: Echelle, enseignante: Utilisateur, inspecteur: Utilisateur
) -> None:
    lue = client_de(inspecteur).get(f"{page(brouillon)}?periode=3&detail=C7").content.decode()
    assert "Objectifs de Première S1" in lue
    assert "(niveau 1 avant)" in lue
    assert re.findall(r'id="detail-C(\d+)"[^>]*hidden', lue) == [str(rang) for rang in ORDRE if rang != 7]
    assert "data-echelle" not in lue
    assert "Publier" not in lue
    ecrite = client_de(enseignante).get(f"{page(brouillon)}?periode=3").content.decode()
    # Les douze compétences et leurs détaillées, dans les deux options.
    assert ecrite.count("<textarea") == 73
    assert client_de(enseignante).get(f"{page(brouillon)}?periode=zz").status_code == 200


def test_les_pages_coutent_autant_quelle_que_soit_l_echelle(
    client_de: Callable[..., Any], classe: Classe, enseignante: Utilisateur, django_assert_max_num_queries
) -> None:
    petite = fabriquer_echelle(classe, enseignante, {("C1.1", 1): 2})
    client = client_de(enseignante)
    with django_assert_max_num_queries(14) as comptees:
        client.get(f"{page(petite)}?periode=1")
    pleine = ouvrir(enseignante, classe)
    avant = len(comptees)
    with django_assert_max_num_queries(avant):
        client.get(f"{page(pleine)}?periode=1")


def test_une_case_se_pose_au_clavier_et_le_conflit_se_montre(
    client_de: Callable[..., Any], brouillon: Echelle, enseignante: Utilisateur, etranger: Utilisateur
) -> None:
    cle, client = cle_de(brouillon, "C1.1"), client_de(enseignante)
    envoi = {"cle": cle, "rang": "2", "niveau": "4", "version": "1"}
    reponse = client.post(page(brouillon, "_case"), envoi)
    assert (reponse.status_code, reponse.json()["message"]) == (200, "")
    lignes = reponse.json()["lignes"]
    assert '<span class="niveau-signe">4</span>' in lignes[cle]
    assert len(lignes) > 2
    conflit = client.post(page(brouillon, "_case"), envoi | {"niveau": "3"})
    assert conflit.status_code == 409
    assert "C1.1" in conflit.json()["message"]
    assert client.post(page(brouillon, "_case"), {"cle": cle}).status_code == 400
    assert client.post(page(brouillon, "_case"), envoi | {"cle": "d0"}).status_code == 400
    assert client_de(etranger).post(page(brouillon, "_case"), envoi).status_code == 404


def test_une_periode_s_enregistre_sans_script(
    client_de: Callable[..., Any], brouillon: Echelle, enseignante: Utilisateur
) -> None:
    client, adresse = client_de(enseignante), reverse("evaluations:echelle_periode", args=[brouillon.pk, 1])
    formulaires = client.get(f"{page(brouillon)}?periode=1").context["formulaires"]
    tous = [un for competence, detaillees in formulaires for un in (competence, *detaillees)]
    envoi = {f"{un.prefix}-{champ}": valeur for un in tous for champ, valeur in un.initial.items()}
    cle = cle_de(brouillon, "C1.1")
    envoi[f"{cle}-descripteur"] = "Trouve une cote sur le plan"
    assert client.post(adresse, envoi).status_code == 302
    assert brouillon.niveaux.get(descripteur="Trouve une cote sur le plan").niveau == 1
    perimee = client.post(adresse, envoi | {f"{cle}-descripteur": "Autre chose"})
    assert perimee.status_code == 422
    assert "Modifié par quelqu" in perimee.content.decode()
    mauvaise = client.post(adresse, envoi | {f"{cle}-niveau": "7"})
    assert mauvaise.status_code == 422
    assert client.post(reverse("evaluations:echelle_periode", args=[brouillon.pk, 9]), envoi).status_code == 404


def test_publier_puis_refaire_une_version(
    client_de: Callable[..., Any], brouillon: Echelle, enseignante: Utilisateur, classe: Classe
) -> None:
    client = client_de(enseignante)
    assert "rien d'officiel" in client.get(page(brouillon, "_publier")).content.decode()
    assert client.post(page(brouillon, "_publier")).status_code == 302
    assert client.post(page(brouillon, "_publier")).status_code == 422
    assert client.post(page(brouillon, "_supprimer")).status_code == 422
    case = client.post(
        page(brouillon, "_case"), {"cle": cle_de(brouillon, "C1.1"), "rang": 1, "niveau": 4, "version": 1}
    )
    assert (case.status_code, "publiée" in case.json()["message"]) == (422, True)
    assert client.post(page(brouillon, "_version")).status_code == 302
    neuve = Echelle.objects.get(numero=2)
    assert client.post(page(brouillon, "_version")).status_code == 302
    assert "Version 1" in client.get(page(neuve)).content.decode()
    assert client.get(page(neuve, "_supprimer")).status_code == 200
    assert client.post(page(neuve, "_supprimer"))["Location"] == reverse("evaluations:echelle_classe", args=[classe.pk])


def test_l_echelle_s_imprime_en_a4_et_en_a3(
    client_de: Callable[..., Any], classe: Classe, enseignante: Utilisateur
) -> None:
    echelle = fabriquer_echelle(classe, enseignante, {("C1.1", 1): 2}, est_proposee=True)
    echelle.niveaux.update(descripteur="Trouve une cote sur le plan")
    a4, a3 = (html_echelle(contexte_echelle(echelle, taille)) for taille in ("a4", "a3"))
    assert ("Trouve une cote" in a4, "Trouve une cote" in a3) == (False, True)
    assert "rien d'officiel" in a4
    reponse = client_de(enseignante).get(reverse("evaluations:echelle_imprimer", args=[echelle.pk, "a3"]))
    assert reponse.content.startswith(b"%PDF")
    assert 'filename="echelle-2023-a3.pdf"' in reponse["Content-Disposition"]
