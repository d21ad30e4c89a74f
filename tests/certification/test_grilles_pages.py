"""Pages des grilles : corriger un brouillon, voir son effet, publier, et qui n'y peut rien."""

from collections.abc import Callable

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from centres.models import Classe, Consultation, Evenement, Inscription, Utilisateur
from certification.models import Grille
from certification.queries.effet import differences, effets_fictifs, grille_de_reference
from certification.services.grilles import nouvelle_version_de_grille, publier_grille
from evaluations.models import Situation
from tests.certification.preuves import tout_positionner
from tests.fabriques import fabriquer_inscription

Connexion = Callable[[Utilisateur], Client]


@pytest.fixture
def brouillon(administrateur: Utilisateur, grilles: list[Grille]) -> Grille:
    """E2 RSP, version 2."""
    return nouvelle_version_de_grille(utilisateur=administrateur, grille=grilles[0])


def saisie(grille: Grille, poids: dict[str, object] | None = None, **parametres: str) -> dict[str, object]:
    lignes = list(grille.poids.order_by("competence__ordre").select_related("competence"))
    envoi: dict[str, object] = {"poids-TOTAL_FORMS": len(lignes), "poids-INITIAL_FORMS": len(lignes)}
    for rang, ligne in enumerate(lignes):
        envoi[f"poids-{rang}-id"] = ligne.pk
        envoi[f"poids-{rang}-poids"] = (poids or {}).get(ligne.competence.code, ligne.poids)
    return envoi | {
        "points_niveau_1": "0",
        "points_niveau_2": "1",
        "points_niveau_3": "2",
        "points_niveau_4": "3",
        "granularite": "competence_detaillee",
        "non_evalue": "bloque",
        "arrondi": "demi_point_superieur",
        "bonus_max": "0",
        "seuil_commentaire": "10",
        **parametres,
    }


def test_l_administrateur_corrige_publie_et_rien_ne_change_plus(
    client_de: Connexion, administrateur: Utilisateur, brouillon: Grille
) -> None:
    client = client_de(administrateur)
    liste = client.get(reverse("certification:grilles"))
    assert liste.content.decode().count("en vigueur") == 6
    adresse = reverse("certification:grille_modifier", args=[brouillon.pk])
    page = client.get(adresse).content.decode()
    assert "C1 " in page
    assert 'value="9"' in page

    envoi = saisie(brouillon, {"C1": 20}, points_niveau_2="1,5", bonus_max="0,5")
    reponse = client.post(adresse, envoi | {"effet": "1"})
    assert reponse["Location"] == reverse("certification:grille_effet", args=[brouillon.pk])
    brouillon.refresh_from_db()
    assert (str(brouillon.points_niveau_2), str(brouillon.bonus_max)) == ("1.50", "0.50")
    evenement = Evenement.objects.get(acte="modifier_grille")
    assert (evenement.avant["poids"]["C1"], evenement.apres["poids"]["C1"]) == (9, 20)
    # Enregistrer sans rien changer n'écrit rien.
    assert client.post(adresse, envoi).status_code == 302
    assert Evenement.objects.filter(acte="modifier_grille").count() == 1

    reference = grille_de_reference(brouillon)
    assert reference is not None
    assert differences(brouillon, reference) == [
        "Points du niveau 2 : 1 → 1,5",
        "Bonus maximal : 0 → 0,5",
        "Poids de C1 : 9 → 20",
    ]
    publier = reverse("certification:grille_publier", args=[brouillon.pk])
    assert "Poids de C1 : 9 → 20" in client.get(publier).content.decode()
    assert client.post(publier).status_code == 302
    assert client.get(adresse).status_code == 404
    assert client.post(publier).status_code == 404
    assert "ne change plus" in client.get(reverse("certification:grille", args=[brouillon.pk])).content.decode()


@pytest.mark.parametrize(
    ("poids", "parametres", "phrase"),
    [
        ({"C1": "x"}, {}, "Saisissez un nombre entier"),
        ({"C1": -1}, {}, "supérieure ou égale à 0"),
        ({"C1": 0, "C4": 0, "C5": 0}, {}, "les poids ne peuvent pas être tous nuls"),
        ({}, {"points_niveau_2": "5"}, "Les points croissent du niveau 1 au niveau 4"),
        ({}, {"bonus_max": "-1"}, "Le bonus ne peut pas être négatif."),
        ({}, {"arrondi": "au hasard"}, "Sélectionnez un choix valide"),
        ({}, {"seuil_commentaire": "21"}, "le seuil de commentaire va de 0 à 20"),
    ],
)
def test_une_mauvaise_saisie_revient_avec_sa_phrase(
    poids: dict[str, object],
    parametres: dict[str, str],
    phrase: str,
    client_de: Connexion,
    administrateur: Utilisateur,
    brouillon: Grille,
) -> None:
    adresse = reverse("certification:grille_modifier", args=[brouillon.pk])
    reponse = client_de(administrateur).post(adresse, saisie(brouillon, poids, **parametres))
    assert reponse.status_code == 422
    assert phrase in reponse.content.decode()
    assert not Evenement.objects.filter(acte="modifier_grille").exists()
    assert list(brouillon.poids.order_by("competence__ordre").values_list("poids", flat=True)) == [9, 10, 16]


def test_une_nouvelle_version_vaut_pour_une_session_et_un_brouillon_ne_se_prepare_qu_une_fois(
    client_de: Connexion, administrateur: Utilisateur, grilles: list[Grille], classe: Classe
) -> None:
    client = client_de(administrateur)
    adresse = reverse("certification:grille_nouvelle_version", args=[grilles[0].pk])
    premier = client.post(adresse, {"session": classe.session_id})
    copie = Grille.objects.get(session=classe.session_id)
    assert premier["Location"] == reverse("certification:grille_modifier", args=[copie.pk])
    assert client.post(adresse, {"session": classe.session_id})["Location"] == premier["Location"]
    assert client.post(adresse, {"session": "999999"}).status_code == 422
    abandonner = reverse("certification:grille_abandonner", args=[copie.pk])
    assert client.get(abandonner).status_code == 200
    assert client.post(abandonner)["Location"] == reverse("certification:grilles")
    assert not Grille.objects.filter(pk=copie.pk).exists()
    assert Evenement.objects.get(acte="abandonner_grille").avant["session"] == classe.session.annee


def test_l_effet_dit_qui_change_sans_rien_ecrire_et_l_administrateur_ne_voit_personne(
    client_de: Connexion,
    administrateur: Utilisateur,
    chef: Utilisateur,
    enseignante: Utilisateur,
    brouillon: Grille,
    situations: dict[str, Situation],
    ines: Inscription,
) -> None:
    tout_positionner(situations["S1"], ines, enseignante, 2)
    Grille.objects.filter(pk=brouillon.pk).update(points_niveau_2=2)
    adresse = reverse("certification:grille_effet", args=[brouillon.pk])
    avant = Evenement.objects.count()

    page = client_de(chef).get(adresse, {"classe": ines.classe_id}).content.decode()
    assert "<strong>1</strong> note sur" in page
    assert str(ines.apprenant) in page
    # Niveau 2 partout : 1/3 de 20 arrondi à 7,0 ; avec deux points, 2/3 de 20, 13,5.
    assert "7,0" in page
    assert "13,5" in page
    assert "+ 6,5" in page
    assert Evenement.objects.count() == avant
    assert Consultation.objects.get(auteur=chef).page == f"effet de la grille {brouillon}"

    admin = client_de(administrateur)
    fictifs = admin.get(adresse).content.decode()
    assert "candidats inventés" in fictifs
    assert "Sur une classe" not in fictifs
    assert admin.get(adresse, {"classe": ines.classe_id}).status_code == 404


def test_les_candidats_inventes_eprouvent_chacun_un_reglage(administrateur: Utilisateur, brouillon: Grille) -> None:
    reference = grille_de_reference(brouillon)
    assert [effet.change for effet in effets_fictifs(brouillon, reference)] == [False] * 7
    change = {
        "points_niveau_2": ("2", {"Tout au niveau 2", "Niveaux 2 et 3 mêlés"}),
        "non_evalue": ("renormalise", {"C5 jamais évaluée, le reste au 3"}),
        "granularite": ("competence", {"Deux situations qui se complètent"}),
    }
    for champ, (valeur, touches) in change.items():
        Grille.objects.filter(pk=brouillon.pk).update(**{champ: valeur})
        essai = Grille.objects.get(pk=brouillon.pk)
        assert touches <= {effet.nom for effet in effets_fictifs(essai, reference) if effet.change}, champ
        Grille.objects.filter(pk=brouillon.pk).update(**{champ: getattr(brouillon, champ)})
    # Sans grille publiée avant elle, chacun gagne une note.
    assert {effet.ecart for effet in effets_fictifs(brouillon, None)} == {"gagne une note", ""}


def test_les_equipes_lisent_et_n_ecrivent_pas(
    client_de: Connexion, enseignante: Utilisateur, brouillon: Grille
) -> None:
    client = client_de(enseignante)
    assert client.get(reverse("certification:grilles")).status_code == 200
    page = client.get(reverse("certification:grille", args=[brouillon.pk])).content.decode()
    assert reverse("certification:grille_effet", args=[brouillon.pk]) in page
    assert reverse("certification:grille_publier", args=[brouillon.pk]) not in page
    for nom in ("modifier", "publier", "abandonner", "nouvelle_version"):
        assert client.post(reverse(f"certification:grille_{nom}", args=[brouillon.pk])).status_code == 404


def test_la_liste_et_l_effet_coutent_autant_pour_un_et_trois(
    client_de: Connexion, chef: Utilisateur, administrateur: Utilisateur, brouillon: Grille, ines: Inscription
) -> None:
    client = client_de(chef)
    adresses = [
        reverse("certification:grilles"),
        reverse("certification:grille_effet", args=[brouillon.pk]) + f"?classe={ines.classe_id}",
    ]

    def couts() -> list[int]:
        lus = []
        for adresse in adresses:
            with CaptureQueriesContext(connection) as requetes:
                assert client.get(adresse).status_code == 200
            lus.append(len(requetes))
        return lus

    couts()
    avant = couts()
    publier_grille(
        utilisateur=administrateur, grille=nouvelle_version_de_grille(utilisateur=administrateur, grille=brouillon)
    )
    for nom in ("Un", "Deux"):
        fabriquer_inscription(ines.classe, ines.option, nom, "Ana")
    assert couts() == avant
