"""Les pages de la grille et son interface : droits, budgets, réponses."""

import gzip
import json
from html.parser import HTMLParser
from typing import Any
from uuid import uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from centres.models import Evenement
from evaluations.models import ObservationApprenant, Positionnement, Situation
from tests.evaluations.fabrique_grille import detail, fabriquer_situation, remplir_la_classe

pytestmark = pytest.mark.django_db


class Compteur(HTMLParser):
    """Compte éléments et textes non vides, comme le ferait le navigateur."""

    def __init__(self) -> None:
        super().__init__()
        self.elements, self.textes, self.cases = 0, 0, 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements += 1
        self.cases += tag == "td" and "tabindex" in dict(attrs)

    def handle_data(self, data: str) -> None:
        self.textes += bool(data.strip())


def adresse(nom: str, situation: Situation, *args: int) -> str:
    return reverse(f"evaluations:{nom}", args=[situation.pk, *args])


def envoyer(client: Any, situation: Situation, nom: str = "cellule", **corps: Any) -> Any:
    return client.post(adresse(nom, situation), json.dumps(corps), content_type="application/json")


@pytest.fixture
def saisie(ines) -> dict[str, Any]:
    return {"inscription": ines.pk, "detaillee": detail("C6.1").pk, "valeur": 3, "version": 0}


def test_l_enseignante_voit_sa_classe_groupee_par_competence(
    client_de, enseignante, situation_e31, inscriptions
) -> None:
    html = client_de(enseignante).get(adresse("grille", situation_e31)).content.decode()
    assert "Étau de montage" in html
    assert "Bernard Inès" in html
    assert '"peutNoter": true' in html
    assert "Lecture seule" not in html
    assert html.count("aria-disabled=true>—") == 2


def test_un_lecteur_voit_la_grille_en_lecture_seule(client_de, inspecteur, situation_e31, inscriptions, saisie) -> None:
    client = client_de(inspecteur)
    html = client.get(adresse("grille", situation_e31)).content.decode()
    assert "Lecture seule" in html
    assert '"peutNoter": false' in html
    assert envoyer(client, situation_e31, **saisie).status_code == 404
    assert not Positionnement.objects.exists()


def test_une_situation_verrouillee_le_dit(client_de, enseignante, situation_e31, inscriptions, saisie) -> None:
    Situation.objects.filter(pk=situation_e31.pk).update(verrouillee_le=timezone.now())
    client = client_de(enseignante)
    assert "Situation verrouillée le" in client.get(adresse("grille", situation_e31)).content.decode()
    reponse = envoyer(client, situation_e31, **saisie)
    assert (reponse.status_code, reponse.json()["statut"]) == (423, 423)
    assert "verrouillée" in reponse.json()["message"]


@pytest.mark.parametrize("nom", ["grille", "changements", "complements", "historique"])
def test_un_etranger_ne_distingue_pas_l_interdit_de_l_absent(client_de, etranger, situation_e31, nom) -> None:
    client = client_de(etranger)
    interdit = client.get(adresse(nom, situation_e31), {"inscription": 1, "detaillee": 1})
    absent = client.get(reverse(f"evaluations:{nom}", args=[0]), {"inscription": 1, "detaillee": 1})
    assert interdit.status_code == absent.status_code == 404


def test_l_apprenante_n_ouvre_pas_la_grille(client_de, compte_apprenant, situation_e31, ines) -> None:
    client = client_de(compte_apprenant)
    assert client.get(adresse("grille", situation_e31)).status_code == 404
    assert client.get(adresse("grille_apprenant", situation_e31, ines.pk)).status_code == 404


def test_sans_session_la_page_redirige_et_l_interface_repond_401_en_json(client, situation_e31, saisie) -> None:
    assert client.get(adresse("grille", situation_e31)).status_code == 302
    reponse = envoyer(client, situation_e31, **saisie)
    assert (reponse.status_code, reponse["Content-Type"]) == (401, "application/json")
    assert "session" in reponse.json()["message"]
    assert client.get(adresse("changements", situation_e31)).status_code == 401
    assert client.get(reverse("evaluations:session")).status_code == 401


def test_une_cellule_s_enregistre_et_rend_sa_version(client_de, enseignante, situation_e31, saisie) -> None:
    operation = str(uuid4())
    reponse = envoyer(client_de(enseignante), situation_e31, **saisie, operation=operation)
    assert reponse.status_code == 200
    corps = reponse.json()
    assert (corps["version"], corps["valeur"], corps["operation"]) == (1, 3, operation)
    assert corps["auteur"] == "Hélène Faye"


def test_un_conflit_dit_qui_a_ecrit_quoi_et_quand(client_de, enseignante, collegue, situation_e31, saisie) -> None:
    envoyer(client_de(collegue), situation_e31, **saisie)
    reponse = envoyer(client_de(enseignante), situation_e31, **{**saisie, "valeur": 2})
    assert reponse.status_code == 409
    actuel = reponse.json()["actuel"]
    assert (actuel["valeur"], actuel["auteur"], actuel["version"]) == (3, "Marc Roux", 1)
    assert actuel["le"]


@pytest.mark.parametrize("corps", ["", "[]", "{}", '{"saisies": [{}]}', '{"saisies": [3]}', "\x00"])
def test_un_envoi_illisible_recoit_400_en_francais(client_de, enseignante, situation_e31, corps) -> None:
    reponse = client_de(enseignante).post(adresse("cellule", situation_e31), corps, content_type="application/json")
    assert (reponse.status_code, reponse.json()["message"]) == (400, "Envoi illisible.")


@pytest.mark.parametrize(
    "champs",
    [
        {"observation": "a\x00b"},
        {"observation": "a\ud800b"},
        {"operation": 5},
        {"utilisateur": [1]},
        {"version": "x"},
        {"valeur": [3]},
    ],
)
def test_une_case_impossible_a_enregistrer_est_refusee_sans_etre_retentee(
    client_de, enseignante, situation_e31, saisie, champs
) -> None:
    reponse = envoyer(client_de(enseignante), situation_e31, **{**saisie, **champs})
    assert 400 <= reponse.status_code < 500
    assert not Positionnement.objects.exists()


def test_une_valeur_invalide_recoit_422_en_francais(client_de, enseignante, situation_e31, saisie) -> None:
    reponse = envoyer(client_de(enseignante), situation_e31, **{**saisie, "valeur": "5"})
    assert reponse.status_code == 422
    assert "Attendu : 1 à 4" in reponse.json()["message"]


def test_les_saisies_d_un_autre_compte_ne_partent_pas(client_de, enseignante, collegue, situation_e31, saisie) -> None:
    reponse = envoyer(client_de(collegue), situation_e31, **saisie, utilisateur=enseignante.pk)
    assert reponse.status_code == 401
    assert not Positionnement.objects.exists()


def test_un_lot_rend_une_issue_par_case(client_de, enseignante, situation_e31, saisie, aicha) -> None:
    lot = [saisie, {**saisie, "inscription": aicha.pk, "valeur": "NE"}, {**saisie, "valeur": 9}]
    reponse = envoyer(client_de(enseignante), situation_e31, saisies=lot, utilisateur=enseignante.pk)
    assert [issue["statut"] for issue in reponse.json()["saisies"]] == [200, 200, 422]


@pytest.mark.parametrize("deja", [False, True])
def test_enregistrer_une_cellule_coute_huit_instructions_au_plus(
    client_de, enseignante, situation_e31, saisie, deja
) -> None:
    client = client_de(enseignante)
    # La tête de la chaîne existe dès la création de la situation par son service.
    envoyer(client, situation_e31, **{**saisie, "detaillee": detail("C8.1").pk})
    if deja:
        envoyer(client, situation_e31, **saisie)
    with CaptureQueriesContext(
        connection,
    ) as requetes:
        reponse = envoyer(client, situation_e31, **{**saisie, "valeur": 4, "version": int(deja)})
    assert reponse.status_code == 200
    instructions = [r["sql"] for r in requetes if not r["sql"].startswith(("BEGIN", "COMMIT", "SAVEPOINT", "RELEASE"))]
    assert len(instructions) <= 8, "\n".join(instructions)


def test_le_releve_ne_rend_que_ce_qui_a_change(client_de, enseignante, collegue, situation_e31, saisie) -> None:
    client = client_de(enseignante)
    envoyer(client_de(collegue), situation_e31, **saisie)
    reponse = client.get(adresse("changements", situation_e31), {"depuis": 0}).json()
    assert [(c["valeur"], c["auteur"]) for c in reponse["cellules"]] == [(3, "Marc Roux")]
    suite = client.get(adresse("changements", situation_e31), {"depuis": reponse["rang"]}).json()
    assert (suite["cellules"], suite["rang"]) == ([], reponse["rang"])


def test_le_releve_a_un_cout_constant(client_de, enseignante, situation_e31, classe, option_rsp) -> None:
    client = client_de(enseignante)
    nombres = []
    for _ in range(2):
        for inscrit in remplir_la_classe(classe, [option_rsp], 5):
            saisie = {"inscription": inscrit.pk, "detaillee": detail("C6.1").pk, "valeur": 3, "version": 0}
            envoyer(client, situation_e31, **saisie)
        with CaptureQueriesContext(connection) as requetes:
            client.get(adresse("changements", situation_e31), {"depuis": 0})
        nombres.append(len(requetes))
    assert nombres[0] == nombres[1] <= 7


def test_l_historique_d_une_case_va_du_plus_recent_au_plus_ancien(
    client_de, enseignante, collegue, situation_e31, saisie
) -> None:
    client = client_de(enseignante)
    envoyer(client, situation_e31, **saisie, observation="précis")
    envoyer(client_de(collegue), situation_e31, **{**saisie, "valeur": "NE", "version": 1})
    parametres = {"inscription": saisie["inscription"], "detaillee": saisie["detaillee"]}
    html = client.get(adresse("historique", situation_e31), parametres).content.decode()
    assert html.index("Marc Roux") < html.index("Hélène Faye")
    assert "précis" in html
    reponse = client.get(adresse("historique", situation_e31), parametres, HTTP_ACCEPT="application/json").json()
    assert [(p["auteur"], p["avant"], p["apres"]) for p in reponse["passages"]] == [
        ("Marc Roux", 3, "NE"),
        ("Hélène Faye", "", 3),
    ]
    vide = client.get(adresse("historique", situation_e31), {**parametres, "detaillee": 0}).content.decode()
    assert "Personne" in vide


def test_les_complements_portent_les_observations(client_de, enseignante, situation_e31, saisie, ines) -> None:
    client = client_de(enseignante)
    envoyer(client, situation_e31, **saisie, observation="précis")
    reponse = envoyer(client, situation_e31, nom="observation", inscription=ines.pk, texte="Autonome", version=0)
    assert reponse.json()["statut"] == 200
    complements = client.get(adresse("complements", situation_e31)).json()
    assert complements["observations"] == [[ines.pk, saisie["detaillee"], "précis"]]
    assert complements["apprenants"] == [[ines.pk, 1, "Autonome"]]
    assert " data-note" in client.get(adresse("grille", situation_e31)).content.decode()


def test_la_page_d_un_apprenant_s_enregistre_sans_javascript(
    client_de, enseignante, situation_e31, ines, aicha
) -> None:
    client = client_de(enseignante)
    page = adresse("grille_apprenant", situation_e31, ines.pk)
    html = client.get(page).content.decode()
    assert "Çelik Aïcha" in html
    assert "C9.4" not in html.split("grille-donnees")[0]
    cellule = detail("C6.1").pk
    reponse = client.post(page, {"detaillee": cellule, "valeur": "3", "version": "0"})
    assert reponse["Location"] == f"{page}#d{cellule}"
    assert Positionnement.objects.get().niveau == 3
    reponse = client.post(page, {"detaillee": cellule, "valeur": "2", "version": "0"}, follow=True)
    assert "modifiée entre-temps" in reponse.content.decode()
    client.post(page, {"texte": "Autonome", "version": "0"})
    assert ObservationApprenant.objects.get().texte == "Autonome"
    assert "illisible" in client.post(page, {"valeur": "2"}, follow=True).content.decode()
    assert Evenement.objects.filter(chaine=f"situation:{situation_e31.pk}").count() == 2


def test_la_page_d_un_apprenant_absent_de_la_classe_est_introuvable(client_de, enseignante, situation_e31) -> None:
    assert client_de(enseignante).get(adresse("grille_apprenant", situation_e31, 0)).status_code == 404


def _pleine(classe, enseignante, options, nombre) -> Situation:
    situation = fabriquer_situation(classe, enseignante, code=f"S{nombre}")
    inscrits = remplir_la_classe(classe, options, nombre)
    Positionnement.objects.bulk_create(
        Positionnement(
            situation=situation,
            inscription=inscrit,
            detaillee=ligne,
            niveau=1 + (rang * 7 + place * 5) % 4,
            auteur=enseignante,
            modifie_le=timezone.now(),
            version=1 + (rang + place) % 3,
        )
        for rang, inscrit in enumerate(inscrits)
        for place, ligne in enumerate(situation.evaluees.all())
        if ligne.option_id in {None, inscrit.option_id}
    )
    return situation


def test_la_grille_coute_autant_de_requetes_a_1_3_30_et_60_apprenants(
    client_de, enseignante, classe, option_rsp, option_rmo
) -> None:
    client = client_de(enseignante)
    nombres = []
    for nombre in (1, 2, 27, 30):
        situation = _pleine(classe, enseignante, [option_rsp, option_rmo], nombre)
        with CaptureQueriesContext(connection) as requetes:
            client.get(adresse("grille", situation))
        nombres.append(len(requetes))
    assert len(set(nombres)) == 1
    assert nombres[0] <= 10, "\n".join(r["sql"][:150] for r in requetes)


def test_la_grille_de_30_par_57_tient_ses_budgets(client_de, enseignante, classe, option_rsp, capsys) -> None:
    situation = _pleine(classe, enseignante, [option_rsp], 30)
    contenu = client_de(enseignante).get(adresse("grille", situation)).content
    compteur = Compteur()
    compteur.feed(contenu.decode())
    octets = len(gzip.compress(contenu, 6))
    with capsys.disabled():
        print(f"\n30 × 57 : {compteur.elements} éléments, {compteur.textes} textes, {octets} octets compressés")
    assert compteur.cases == 30 * 57
    assert compteur.elements <= 4000
    assert octets <= 15_000


def test_apres_une_reconnexion_une_personne_lit_ou_reprendre_sa_saisie(client_de, enseignante) -> None:
    reponse = client_de(enseignante).get(reverse("evaluations:session"), headers={"accept": "text/html"})
    assert "Retournez à l'onglet de la grille" in reponse.content.decode()
    assert "Hélène Faye" in reponse.content.decode()
    assert client_de(enseignante).get(reverse("evaluations:session")).json()["utilisateur"] == enseignante.pk
