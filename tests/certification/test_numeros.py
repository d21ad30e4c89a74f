"""Les numéros de candidats : saisis ou collés par qui organise, uniques dans une session, figés à la clôture."""

from collections.abc import Callable

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import IntegrityError, transaction
from django.urls import reverse
from django.utils import timezone

from centres.models import Evenement, Inscription, Utilisateur
from certification.enums import EtatCommission
from certification.models import Candidat, Commission, NumeroCandidat
from certification.services.numeros import enregistrer_numeros
from tests.certification.fabrique_commission import fabriquer_commission
from tests.client_strict import ClientStrict
from tests.fabriques import fabriquer_classe, fabriquer_inscription

Connexion = Callable[[Utilisateur], ClientStrict]


@pytest.fixture
def page(inscriptions: list[Inscription]) -> str:
    return reverse("certification:numeros", args=[inscriptions[0].classe_id])


def numeros() -> dict[int, str]:
    return dict(NumeroCandidat.objects.values_list("inscription", "numero"))


@pytest.mark.parametrize("qui", ["ddfpt", "chef"])
def test_une_colonne_collee_suit_l_ordre_de_la_classe_ou_les_noms(
    request: pytest.FixtureRequest, client_de: Connexion, page: str, inscriptions: list[Inscription], qui: str
) -> None:
    ines, aicha, lucas = inscriptions
    client = client_de(request.getfixturevalue(qui))
    classe = client.get(reverse("certification:classe", args=[ines.classe_id])).content.decode()
    assert page in classe
    assert client.post(page, {f"numero_{ines.pk}": "24b01", "collage": ""}).status_code == 302
    assert numeros() == {ines.pk: "24B01"}
    # Dans l'ordre, Inès cède son numéro à Aïcha : un échange n'est pas un doublon.
    assert client.post(page, {"collage": "24B02\n24B01\n\n"}).status_code == 302
    assert numeros() == {ines.pk: "24B02", aicha.pk: "24B01"}
    assert client.post(page, {f"numero_{ines.pk}": "24B02", "collage": "durand  LUCAS;24B03"}).status_code == 302
    assert numeros() == {ines.pk: "24B02", lucas.pk: "24B03"}
    assert [un.numero for un in Candidat.objects.order_by("pk")] == [numeros().get(un.pk, "") for un in inscriptions]
    evenements = Evenement.objects.filter(acte="numeros.enregistres").order_by("rang")
    assert [e.apres for e in evenements] == [
        {"numeros": 1, "numeros_retires": 0},
        {"numeros": 2, "numeros_retires": 0},
        {"numeros": 1, "numeros_retires": 1},
    ]
    assert 'value="24B02"' in client.get(page).content.decode()


@pytest.mark.parametrize(
    ("collage", "dit"),
    [
        ("24B-01", "que des chiffres et des lettres"),
        ("24B01\n24B01", "donné à deux candidats"),
        ("AUTRE1", "autre candidat de la session"),
        ("1\n2\n3\n4", "Ligne 4"),
        ("INCONNU Paul;5", "INCONNU Paul"),
        ("BERNARD Inès;5\nBERNARD Inès;6", "Ligne 2"),
        ("A" * 21, "21"),
    ],
)
def test_une_ligne_refusee_est_nommee_et_rien_ne_s_ecrit(
    client_de: Connexion, ddfpt: Utilisateur, page: str, inscriptions: list[Inscription], collage: str, dit: str
) -> None:
    classe, option = inscriptions[0].classe, inscriptions[0].option
    ailleurs = fabriquer_inscription(
        fabriquer_classe(classe.centre, classe.version, nom="Autre classe"), option, "Petit", "Zoé"
    )
    NumeroCandidat.objects.create(inscription=ailleurs, session=classe.session, numero="AUTRE1")
    reponse = client_de(ddfpt).post(page, {"collage": collage})
    assert (reponse.status_code, dit in reponse.content.decode()) == (422, True)
    assert (numeros(), Evenement.objects.count()) == ({ailleurs.pk: "AUTRE1"}, 0)
    with pytest.raises(IntegrityError), transaction.atomic():
        NumeroCandidat.objects.create(inscription=inscriptions[0], session=classe.session, numero="AUTRE1")


@pytest.mark.parametrize("qui", ["enseignante", "membre_commission", "inspecteur", "administrateur", "etranger"])
def test_pour_les_autres_la_page_n_existe_pas(
    request: pytest.FixtureRequest, client_de: Connexion, page: str, ines: Inscription, qui: str
) -> None:
    utilisateur = request.getfixturevalue(qui)
    client = client_de(utilisateur)
    assert [client.get(page).status_code, client.post(page, {"collage": "1"}).status_code] == [404, 404]
    with pytest.raises(PermissionDenied):
        enregistrer_numeros(utilisateur=utilisateur, classe=ines.classe, numeros={ines.pk: "1"})
    assert numeros() == {}


def test_close_la_commission_fige_les_numeros(
    client_de: Connexion, chef: Utilisateur, enseignante: Utilisateur, page: str, ines: Inscription, grilles: object
) -> None:
    commission = fabriquer_commission(ines.classe, chef, enseignante)
    Commission.objects.filter(pk=commission.pk).update(etat=EtatCommission.CLOSE, close_le=timezone.now())
    with pytest.raises(ValidationError, match="close"):
        enregistrer_numeros(utilisateur=chef, classe=ines.classe, numeros={ines.pk: "1"})
    client = client_de(chef)
    assert "les numéros ne changent plus" in client.get(page).content.decode()
    assert (client.post(page, {"collage": "1"}).status_code, numeros()) == (422, {})
