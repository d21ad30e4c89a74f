"""Les pages d'histoire : qui les lit, ce qu'elles disent, ce qu'elles exportent."""

import ast
import csv
import html
import re
from datetime import date, datetime, timedelta
from io import BytesIO, StringIO

import pytest
from django.core.management import call_command
from django.db import DatabaseError, connection, transaction
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from openpyxl import load_workbook

from centres.enums import Role
from centres.journal import journaliser
from centres.models import Consultation, Evenement
from centres.queries.journal import ACTES as ACTES_CENTRES
from centres.queries.journal import ecrire_instant
from centres.services import affecter, inscrire_apprenant, modifier_classe, terminer_affectation
from certification.queries.journal import ACTES as ACTES_CERTIFICATION
from evaluations.queries.journal import ACTES as ACTES_EVALUATIONS
from evaluations.services.positionnements import enregistrer_cellule
from tests.architecture.sources import PYTHON, arbre
from tests.evaluations.fabrique_grille import detail, fabriquer_situation
from tests.fabriques import fabriquer_classe

ACTE = re.compile(r"^[a-z_]+\.[a-z_]+$|^(demander|preparer|publier)_[a-z]+$")
PIEGES = ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1", " =1", "=1+1", "＝1", '=HYPERLINK("http://x")']


@pytest.fixture
def classe_suivie(classe, chef, inscriptions):
    modifier_classe(
        auteur=chef, classe=classe, nom="TTRPM 1", annee_scolaire=2025, annee_cycle=3, session=classe.session.annee
    )
    classe.refresh_from_db()
    return classe


def _actes_du_code() -> set[str]:
    """Chaque acte écrit par le code : `acte=…`, une constante ACTE_…, le premier argument d'une vue journalisée."""
    trouves: set[str] = set()
    for fichier in PYTHON:
        for noeud in ast.walk(arbre(fichier)):
            valeurs: list[ast.AST] = []
            if (isinstance(noeud, ast.keyword) and noeud.arg == "acte") or (
                isinstance(noeud, ast.Assign)
                and any(isinstance(cible, ast.Name) and cible.id.startswith("ACTE_") for cible in noeud.targets)
            ):
                valeurs = [noeud.value]
            elif isinstance(noeud, ast.Call) and isinstance(noeud.func, ast.Name) and "journali" in noeud.func.id:
                valeurs = list(noeud.args)
            textes = [n.value for v in valeurs for n in ast.walk(v) if isinstance(n, ast.Constant)]
            trouves |= {t for t in textes if isinstance(t, str) and ACTE.match(t)}
    return trouves


def test_chaque_acte_du_code_a_sa_phrase() -> None:
    connus = {**ACTES_CENTRES, **ACTES_EVALUATIONS, **ACTES_CERTIFICATION}
    actes = _actes_du_code()
    assert len(actes) > 30
    assert sorted(actes - set(connus)) == []


def test_le_journal_d_une_classe_se_lit_en_francais(client_de, enseignante, classe_suivie):
    page = client_de(enseignante).get(reverse("centres:journal_classe", args=[classe_suivie.pk])).content.decode()
    assert "a modifié la classe" in page
    assert "nom : TTRPM → TTRPM 1" in page
    assert "Claude Giraud" in page


@pytest.mark.parametrize("qui", ["enseignante", "referent", "ddfpt", "chef", "inspecteur"])
def test_l_equipe_et_l_inspection_lisent_le_journal_de_la_classe(qui, request, client_de, classe_suivie):
    adresse = reverse("centres:journal_classe", args=[classe_suivie.pk])
    assert client_de(request.getfixturevalue(qui)).get(adresse).status_code == 200


@pytest.mark.parametrize(
    "qui", ["membre_commission", "administrateur", "etranger", "ancien", "sans_affectation", "compte_apprenant"]
)
def test_les_autres_ne_trouvent_aucun_journal_de_la_classe(qui, request, client_de, classe_suivie, ines):
    client = client_de(request.getfixturevalue(qui))
    for nom, cle in (
        ("centres:journal_classe", classe_suivie.pk),
        ("centres:journal_apprenant", ines.apprenant_id),
        ("evaluations:journal_positionnements", ines.apprenant_id),
        ("certification:journal_classe", classe_suivie.pk),
    ):
        assert client.get(reverse(nom, args=[cle])).status_code == 404


def test_les_filtres_se_composent(client_de, chef, classe_suivie):
    client = client_de(chef)
    adresse = reverse("centres:journal_classe", args=[classe_suivie.pk])
    demain = (timezone.localdate() + timedelta(days=1)).isoformat()
    assert client.get(adresse, {"auteur": chef.pk, "acte": "classe.modifiee"}).context["page"].paginator.count == 1
    assert client.get(adresse, {"du": demain}).context["page"].paginator.count == 0
    assert client.get(adresse, {"acte": "inconnu", "auteur": "x", "du": "hier"}).status_code == 200


def test_les_pages_se_suivent_et_gardent_les_filtres(client_de, chef, classe, django_assert_max_num_queries):
    with transaction.atomic():
        for rang in range(60):
            journaliser(
                chaine=f"classe:{classe.pk}", acte="classe.modifiee", auteur=chef, objet=classe, apres={"n": rang}
            )
    client = client_de(chef)
    adresse = reverse("centres:journal_classe", args=[classe.pk])
    with CaptureQueriesContext(connection) as cinquante:
        page = client.get(adresse, {"acte": "classe.modifiee"})
    assert len(page.context["lignes"]) == 50
    assert "?page=2&amp;acte=classe.modifiee" in page.content.decode()
    with django_assert_max_num_queries(len(cinquante)):
        assert len(client.get(adresse, {"page": 2}).context["lignes"]) == 10


def test_le_journal_d_un_apprenant_tait_ce_qui_s_est_passe_ailleurs(
    client_de, enseignante, etranger, administrateur, centre_b, referentiel, ines, option_rsp
):
    ailleurs = fabriquer_classe(centre_b, referentiel, nom="AILLEURS")
    inscrire_apprenant(
        auteur=None,
        classe=ailleurs,
        apprenant=ines.apprenant,
        option=option_rsp,
        statut="scolaire",
        debut=date(2026, 1, 5),
        en_parallele=True,
    )
    adresse = reverse("centres:journal_apprenant", args=[ines.apprenant_id])
    assert "AILLEURS" not in client_de(enseignante).get(adresse).content.decode()
    assert "AILLEURS" in client_de(etranger).get(adresse).content.decode()


def test_le_chef_ne_lit_pas_les_roles_tenus_dans_un_autre_centre(
    client_de, chef, administrateur, collegue, centre_a, centre_b
):
    ici = affecter(auteur=None, utilisateur=collegue, role=Role.REFERENT, centre=centre_a, debut=date(2025, 9, 1))
    affecter(auteur=None, utilisateur=collegue, role=Role.REFERENT, centre=centre_b, debut=date(2025, 9, 1))
    terminer_affectation(auteur=chef, affectation=ici, fin=date(2026, 8, 31))
    adresse = reverse("centres:journal_personne", args=[collegue.pk])
    page = client_de(chef).get(adresse).content.decode()
    assert "a donné un rôle" in page
    assert "31/08/2026" in page
    assert "Lycée B" not in page
    assert "Lycée B" in client_de(administrateur).get(adresse).content.decode()


@pytest.mark.parametrize("qui", ["enseignante", "ddfpt", "inspecteur", "membre_commission", "etranger"])
def test_les_droits_d_une_personne_ne_se_lisent_que_par_qui_en_repond(qui, request, client_de, collegue):
    adresse = reverse("centres:journal_personne", args=[collegue.pk])
    assert client_de(request.getfixturevalue(qui)).get(adresse).status_code == 404


def test_le_journal_d_une_situation_nomme_chaque_case(client_de, enseignante, classe, ines):
    situation = fabriquer_situation(classe, enseignante)
    enregistrer_cellule(
        utilisateur=enseignante,
        situation_id=situation.pk,
        inscription_id=ines.pk,
        detaillee_id=detail("C1.1").pk,
        valeur=3,
        version=0,
    )
    client = client_de(enseignante)
    for nom, cle in (
        ("evaluations:journal_situation", situation.pk),
        ("evaluations:journal_positionnements", ines.apprenant_id),
    ):
        page = client.get(reverse(nom, args=[cle])).content.decode()
        assert "a positionné" in page
        assert f"C1.1 de Bernard Inès, {situation.code}" in page
        assert "niveau : rien → 3" in page


@pytest.mark.parametrize("suite", ["", "?format=csv"], ids=["page", "fichier"])
def test_le_journal_d_un_apprenant_dit_la_note_conservee_sans_la_montrer(suite, client_de, ddfpt, chef, ines):
    benefice = {"epreuve": "E2", "session_obtention": 2025, "note": "13.7"}
    with transaction.atomic():
        for acte, avant, apres in (("benefice.enregistre", None, benefice), ("benefice.retire", benefice, None)):
            chaine, objet = f"apprenant:{ines.apprenant_id}", "certification.beneficenote:1"
            journaliser(chaine=chaine, acte=acte, auteur=ddfpt, objet=objet, avant=avant, apres=apres)
    adresse = reverse("centres:journal_apprenant", args=[ines.apprenant_id])
    texte = html.unescape(client_de(chef).get(f"{adresse}{suite}").content.decode())
    assert "a enregistré une note conservée" in texte
    assert "a retiré une note conservée" in texte
    assert "session d'obtention : 2025" in texte
    assert "bénéfice de note" in texte
    assert "13.7" not in texte


@pytest.mark.parametrize(
    ("instant", "ecrit"),
    [
        ("2026-07-01T22:30:00+00:00", "02/07/2026 00:30:00 +02:00"),
        ("2026-01-15T07:00:00+00:00", "15/01/2026 08:00:00 +01:00"),
    ],
)
def test_un_export_ecrit_l_heure_de_paris_et_son_decalage(instant, ecrit):
    assert ecrire_instant(datetime.fromisoformat(instant)) == ecrit


@pytest.mark.parametrize("format_voulu", ["csv", "xlsx"])
def test_l_export_neutralise_toute_formule(format_voulu, client_de, chef, classe):
    chef.first_name = "=1+1"
    chef.save(update_fields=["first_name"])
    with transaction.atomic():
        for piege in PIEGES:
            fait = {"apres": {"nom": piege}, "motif": piege}
            journaliser(chaine=f"classe:{classe.pk}", acte="classe.modifiee", auteur=chef, objet=classe, **fait)
    reponse = client_de(chef).get(reverse("centres:journal_classe", args=[classe.pk]), {"format": format_voulu})
    assert "attachment" in reponse["Content-Disposition"]
    assert "no-store" in reponse["Cache-Control"]
    if format_voulu == "csv":
        textes = [
            t for ligne in csv.reader(StringIO(reponse.content.decode("utf-8-sig")), delimiter=";") for t in ligne
        ]
        assert len(textes) == (len(PIEGES) + 1) * 8
        assert [t for t in textes if t.lstrip().startswith(("=", "+", "-", "@", "＝", "\t", "\r"))] == []
        return
    feuille = load_workbook(BytesIO(reponse.content)).active
    cases = [case for ligne in feuille.iter_rows() for case in ligne if case.value is not None]
    assert {case.data_type for case in cases} == {"s"}
    assert sum(case.value.startswith("=") and not case.quotePrefix for case in cases) == 0


def test_une_lecture_de_notes_par_le_chef_laisse_une_ligne_et_une_seule(client_de, chef, ines):
    reponse = client_de(chef).get(reverse("certification:synthese", args=[ines.pk, "E2"]))
    assert reponse.status_code == 200
    trace = Consultation.objects.get()
    assert (trace.auteur, trace.centre, trace.objet, trace.page) == (
        chef,
        ines.classe.centre,
        f"centres.inscription:{ines.pk}",
        "synthèse E2",
    )


@pytest.mark.parametrize("qui", ["membre_commission", "inspecteur", "ddfpt", "chef"])
@pytest.mark.parametrize("nom", ["classe", "recapitulatif", "synthese", "dossier"])
def test_chaque_page_de_notes_trace_les_roles_privilegies(qui, nom, request, client_de, classe, ines):
    args = [classe.pk] if nom in {"classe", "recapitulatif"} else [ines.pk, "E31"]
    client_de(request.getfixturevalue(qui)).get(reverse(f"certification:{nom}", args=args))
    assert Consultation.objects.count() == 1


@pytest.mark.parametrize("qui", ["enseignante", "referent"])
def test_ceux_qui_notent_ne_sont_pas_traces(qui, request, client_de, classe):
    client_de(request.getfixturevalue(qui)).get(reverse("certification:classe", args=[classe.pk]))
    assert not Consultation.objects.exists()


def test_une_lecture_refusee_ne_laisse_rien(client_de, etranger, classe):
    assert client_de(etranger).get(reverse("certification:classe", args=[classe.pk])).status_code == 404
    assert not Consultation.objects.exists()


def test_le_chef_voit_qui_a_lu_les_notes_de_son_centre_et_pas_celles_d_un_autre(
    client_de, chef, inspecteur, classe, ines, centre_b, referentiel
):
    autre = fabriquer_classe(centre_b, referentiel, nom="SECRETE")
    client = client_de(inspecteur)
    client.get(reverse("certification:classe", args=[classe.pk]))
    client.get(reverse("certification:classe", args=[autre.pk]))
    client.get(reverse("certification:synthese", args=[ines.pk, "E2"]))
    page = client_de(chef).get(reverse("centres:journal_consultations"))
    texte = page.content.decode()
    assert page.context["page"].paginator.count == 2
    assert "synthèse E2" in texte
    assert "Bernard Inès" in texte
    assert "Irène Blanc" in texte
    assert "SECRETE" not in texte
    fichier = client_de(chef).get(reverse("centres:journal_consultations"), {"format": "csv"}).content.decode()
    assert "Irène Blanc" in fichier


@pytest.mark.parametrize("qui", ["enseignante", "ddfpt", "inspecteur", "membre_commission", "administrateur"])
def test_seul_le_chef_lit_les_consultations(qui, request, client_de):
    assert client_de(request.getfixturevalue(qui)).get(reverse("centres:journal_consultations")).status_code == 404


@pytest.mark.parametrize(
    "ecriture",
    [lambda: Consultation.objects.update(page="rien"), lambda: Consultation.objects.all().delete()],
    ids=["modifier", "supprimer"],
)
def test_une_consultation_ne_se_modifie_ni_ne_s_efface(ecriture, chef, centre_a):
    Consultation.objects.create(le=timezone.now(), auteur=chef, centre=centre_a, objet="centres.classe:1", page="x")
    with pytest.raises(DatabaseError), transaction.atomic():
        ecriture()
    assert Consultation.objects.count() == 1


def test_deux_traces_dans_une_meme_page_sont_refusees_par_le_client_strict(chef, centre_a, client_de, settings):
    settings.ROOT_URLCONF = "tests.centres.adresses_bavardes"
    with pytest.raises(AssertionError, match="écriture pendant une lecture"):
        client_de(chef).get("/bavarde/")


def test_le_journal_de_la_certification_se_lit(client_de, chef, administrateur, classe, referentiel):
    call_command("check")
    client = client_de(chef)
    assert client.get(reverse("certification:journal_classe", args=[classe.pk])).status_code == 200
    adresse = reverse("certification:journal_grilles", args=[referentiel.pk])
    assert client_de(administrateur).get(adresse).status_code == 200
    assert Evenement.objects.filter(chaine=f"grilles:{referentiel.pk}").count() == 0


LIENS = {
    "evaluations:situation": "evaluations:journal_situation",
    "evaluations:parcours": "evaluations:journal_positionnements",
    "centres:organisation_apprenant": "centres:journal_apprenant",
    "centres:organisation_personne": "centres:journal_personne",
    "centres:organisation": "centres:journal_consultations",
}


@pytest.mark.parametrize(
    "qui",
    [
        "enseignante",
        "referent",
        "ddfpt",
        "chef",
        "membre_commission",
        "inspecteur",
        "administrateur",
        "compte_apprenant",
    ],
)
def test_le_lien_vers_l_histoire_n_est_montre_qu_a_qui_la_lit(
    qui, request, client_de, enseignante, collegue, classe, ines
):
    client = client_de(request.getfixturevalue(qui))
    situation = fabriquer_situation(classe, enseignante)
    cles = {"situation": situation.pk, "parcours": ines.apprenant_id, "organisation_apprenant": ines.apprenant_id}
    for page, histoire in LIENS.items():
        cle = {**cles, "organisation_personne": collegue.pk, "organisation": None}[page.split(":")[1]]
        args = [] if cle is None else [cle]
        reponse = client.get(reverse(page, args=args))
        if reponse.status_code == 200:
            adresse = reverse(histoire, args=args)
            a_le_lien = f'href="{adresse}"' in reponse.content.decode()
            assert a_le_lien == (client.get(adresse).status_code == 200), (page, qui)
