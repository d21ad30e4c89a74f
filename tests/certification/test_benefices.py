"""Une note conservée : de 10 à 20, cinq ans, enregistrée par qui organise, et l'épreuve n'est plus notée."""

from collections.abc import Callable
from datetime import date
from decimal import Decimal

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse

from centres.enums import Role
from centres.models import Consultation, Evenement, Inscription, Utilisateur
from certification.documents.commission import (
    contexte_dossier,
    contexte_recapitulatif,
    html_dossier,
    html_recapitulatif,
)
from certification.models import BeneficeNote, Candidat
from certification.queries.candidats import synthese_de_la_classe, synthese_du_candidat
from certification.services.benefices import conserver_note, renoncer_au_benefice
from evaluations.models import Situation
from referentiel.models import Epreuve, VersionReferentiel
from tests.certification.preuves import tout_positionner
from tests.client_strict import sans_variable_indefinie
from tests.fabriques import affecter_a, fabriquer_classe, fabriquer_inscription

Connexion = Callable[[Utilisateur], Client]
CONSERVEE = "note conservée (session 2025) : 12,5"


@pytest.fixture
def e2(referentiel: VersionReferentiel) -> Epreuve:
    return referentiel.epreuves.get(code="E2")


@pytest.fixture
def gardee(ines: Inscription, e2: Epreuve) -> BeneficeNote:
    return BeneficeNote.objects.create(
        apprenant=ines.apprenant, epreuve=e2, session_obtention=2025, note=Decimal("12.50")
    )


def page(inscription: Inscription) -> str:
    return reverse("certification:benefices", args=[inscription.apprenant_id])


def saisie(e2: Epreuve, **autres: object) -> dict[str, object]:
    return {"epreuve": e2.pk, "session_obtention": 2025, "note": "12,5", **autres}


@pytest.mark.parametrize("qui", ["ddfpt", "chef"])
def test_qui_organise_enregistre_une_note_conservee(
    request: pytest.FixtureRequest, client_de: Connexion, ines: Inscription, e2: Epreuve, qui: str
) -> None:
    client = client_de(request.getfixturevalue(qui))
    assert "Aucune note conservée" in client.get(page(ines)).content.decode()
    assert client.post(page(ines), saisie(e2)).status_code == 302
    benefice = BeneficeNote.objects.get()
    assert (benefice.apprenant, benefice.note, benefice.session_obtention) == (ines.apprenant, Decimal("12.5"), 2025)
    evenement = Evenement.objects.get()
    assert (evenement.acte, evenement.apres["note"]) == ("benefice.enregistre", "12.5")
    assert "12,50" in client.get(page(ines)).content.decode()
    # Lire une note laisse une trace.
    assert list(Consultation.objects.values_list("page", flat=True)) == ["notes conservées"] * 3


@pytest.mark.parametrize(
    "qui",
    ["enseignante", "referent", "membre_commission", "inspecteur", "administrateur", "etranger", "compte_apprenant"],
)
def test_pour_les_autres_la_page_n_existe_pas(
    request: pytest.FixtureRequest,
    client_de: Connexion,
    ines: Inscription,
    e2: Epreuve,
    gardee: BeneficeNote,
    qui: str,
) -> None:
    client = client_de(request.getfixturevalue(qui))
    retirer = reverse("certification:benefice_retirer", args=[gardee.pk])
    assert [client.get(page(ines)).status_code, client.get(retirer).status_code] == [404, 404]
    assert [client.post(page(ines), saisie(e2)).status_code, client.post(retirer).status_code] == [404, 404]
    assert (BeneficeNote.objects.count(), Evenement.objects.count()) == (1, 0)


def test_un_apprenant_qui_dirige_son_centre_ne_voit_pas_sa_note(
    client_de: Connexion, ddfpt: Utilisateur, ines: Inscription, compte_apprenant: Utilisateur, gardee: BeneficeNote
) -> None:
    affecter_a(compte_apprenant, Role.DDFPT, ines.classe.centre)
    client = client_de(compte_apprenant)
    assert client.get(page(ines)).status_code == 404
    assert list(BeneficeNote.objects.visibles_par(ddfpt)) == [gardee]
    assert list(BeneficeNote.objects.visibles_par(compte_apprenant)) == []
    with pytest.raises(PermissionDenied):
        renoncer_au_benefice(utilisateur=compte_apprenant, benefice=gardee)


@pytest.mark.parametrize(
    ("champ", "valeur"),
    [("note", "9,99"), ("note", "20,5"), ("note", "douze"), ("session_obtention", "2098"), ("epreuve", "999999")],
)
def test_une_saisie_impossible_revient_avec_son_message(
    client_de: Connexion, ddfpt: Utilisateur, ines: Inscription, e2: Epreuve, champ: str, valeur: str
) -> None:
    reponse = client_de(ddfpt).post(page(ines), saisie(e2, **{champ: valeur}))
    assert reponse.status_code == 422
    assert champ in reponse.context["formulaire"].errors
    assert BeneficeNote.objects.count() == Evenement.objects.count() == 0


@pytest.mark.parametrize("note", ["9.99", "20.01"])
def test_la_base_refuse_une_note_hors_de_10_a_20(ines: Inscription, e2: Epreuve, note: str) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        BeneficeNote.objects.create(apprenant=ines.apprenant, epreuve=e2, session_obtention=2025, note=Decimal(note))


def test_une_epreuve_n_a_qu_une_note_conservee(ddfpt: Utilisateur, ines: Inscription, gardee: BeneficeNote) -> None:
    with pytest.raises(ValidationError, match="déjà enregistrée"):
        conserver_note(
            utilisateur=ddfpt,
            apprenant=ines.apprenant,
            epreuve=gardee.epreuve,
            session_obtention=2024,
            note=Decimal(15),
        )


def test_retirer_une_note_se_confirme_et_se_journalise(
    client_de: Connexion, ddfpt: Utilisateur, ines: Inscription, gardee: BeneficeNote
) -> None:
    client = client_de(ddfpt)
    retirer = reverse("certification:benefice_retirer", args=[gardee.pk])
    assert "de nouveau à évaluer" in client.get(retirer).content.decode()
    assert client.post(retirer).status_code == 302
    evenement = Evenement.objects.get()
    assert (BeneficeNote.objects.count(), evenement.acte, evenement.avant["note"]) == (0, "benefice.retire", "12.50")


def test_une_note_conservee_tait_le_calcul_sans_cacher_les_niveaux(
    enseignante: Utilisateur, situations: dict[str, Situation], ines: Inscription, gardee: BeneficeNote
) -> None:
    for situation in situations.values():
        tout_positionner(situation, ines, enseignante, 3)
    lu = synthese_du_candidat(Candidat.objects.get(pk=ines.pk))
    e2, e31 = lu.syntheses["E2"], lu.syntheses["E31"]
    assert (e2.a_note, e2.est_reglee, str(e2.conservee), e2.note_exacte) == (False, True, CONSERVEE, None)
    assert e2.nombre_evaluees == e2.nombre_attendues
    assert (e31.a_note, e31.conservee) == (True, None)


@pytest.mark.parametrize(("obtention", "vaut"), [(2026, False), (2025, True), (2021, True), (2020, False)])
def test_une_note_se_conserve_cinq_ans(
    ines: Inscription, gardee: BeneficeNote, obtention: int, vaut: bool, grilles: object
) -> None:
    BeneficeNote.objects.filter(pk=gardee.pk).update(session_obtention=obtention)
    lu = synthese_du_candidat(Candidat.objects.get(pk=ines.pk))
    assert (lu.syntheses["E2"].conservee is not None) == vaut


def test_les_pages_disent_la_note_conservee(
    client_de: Connexion,
    enseignante: Utilisateur,
    situations: dict[str, Situation],
    gardee: BeneficeNote,
    ines: Inscription,
    lucas: Inscription,
) -> None:
    for inscription in (ines, lucas):
        for situation in situations.values():
            tout_positionner(situation, inscription, enseignante, 3)
    client = client_de(enseignante)
    classe = reverse("certification:classe", args=[ines.classe_id])
    assert client.get(classe).content.decode().count(CONSERVEE) == 1
    # Rien ne lui manque : elle n'est pas parmi les bloquées.
    completes = client.get(classe, {"etat": "complete"}).context["candidats"]
    assert [lu.candidat.pk for lu in completes] == [ines.pk, lucas.pk]
    texte = client.get(reverse("certification:synthese", args=[ines.pk, "E2"])).content.decode()
    assert "Note conservée (session 2025) : 12,5. Cette épreuve n&#x27;est pas évaluée de nouveau." in texte
    assert "Note calculée" not in texte
    assert "Aucune note proposée au jury" not in texte


def test_les_documents_disent_la_note_conservee(
    situations: dict[str, Situation], ines: Inscription, gardee: BeneficeNote
) -> None:
    candidat = Candidat.objects.get(pk=ines.pk)
    with sans_variable_indefinie():
        dossier = html_dossier(contexte_dossier(synthese_du_candidat(candidat), "E2"))
        recapitulatif = contexte_recapitulatif(candidat.classe)
        assert CONSERVEE in html_recapitulatif(recapitulatif)
    assert CONSERVEE in dossier
    assert "Bénéfice d'une note" in dossier
    assert {code for _, code, _ in recapitulatif["sans_note"]} == {"E31", "E32"}


def test_un_redoublant_garde_sa_note_dans_sa_nouvelle_classe(
    ines: Inscription, gardee: BeneficeNote, referentiel: VersionReferentiel, option_rsp: object, grilles: object
) -> None:
    suivante = fabriquer_classe(ines.classe.centre, referentiel, annee_scolaire=2026, session=2027)
    nouvelle = fabriquer_inscription(suivante, ines.option, debut=date(2026, 9, 1), apprenant=ines.apprenant)
    (lu,) = synthese_de_la_classe(suivante).candidats
    assert (lu.candidat.pk, str(lu.syntheses["E2"].conservee)) == (nouvelle.pk, CONSERVEE)


def test_une_note_de_plus_de_cinq_ans_ne_se_conserve_pas(ddfpt, ines, referentiel):
    epreuve = referentiel.epreuves.get(code="E2")
    with pytest.raises(ValidationError, match="au plus tôt de 2021"):
        conserver_note(
            utilisateur=ddfpt, apprenant=ines.apprenant, epreuve=epreuve, session_obtention=2020, note=Decimal(12)
        )
