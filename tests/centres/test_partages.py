"""Un apprenant dans deux centres : l'un remet un code, l'autre l'inscrit ; sans code, rien ne se trouve."""

from datetime import date

import pytest
import time_machine
from django.core.exceptions import PermissionDenied, ValidationError
from django.urls import reverse

from centres.enums import Role, StatutApprenant
from centres.models import Apprenant, Partage
from centres.services.partages import accueillir_avec_un_code, partager
from tests.centres.organisation_outils import actes
from tests.fabriques import fabriquer_classe, fabriquer_personne

ACCUEILLIR = reverse("centres:organisation_apprenant_accueillir")

pytestmark = pytest.mark.usefixtures("_en_janvier")


@pytest.fixture
def _en_janvier():
    with time_machine.travel("2026-01-05 10:00:00+01:00"):
        yield


@pytest.fixture
def ddfpt_b(centre_b):
    return fabriquer_personne("ddfpt_b", Role.DDFPT, centre_b)


@pytest.fixture
def classe_b(centre_b, referentiel):
    return fabriquer_classe(centre_b, referentiel, nom="CFA")


def page(apprenant: Apprenant) -> str:
    return reverse("centres:organisation_apprenant_partager", args=[apprenant.pk])


def fiche(apprenant: Apprenant) -> str:
    return reverse("centres:organisation_apprenant", args=[apprenant.pk])


def saisie(code: str, classe_b, inscription) -> dict[str, object]:
    option = inscription.option_id
    return {"code": code, "classe": classe_b.pk, "option": option, "statut": "apprenti", "debut": "2026-01-05"}


def test_le_second_centre_inscrit_avec_le_code_du_premier(client_de, ddfpt, ddfpt_b, classe_b, ines) -> None:
    apprenant = ines.apprenant
    ici, la_bas = client_de(ddfpt), client_de(ddfpt_b)
    assert la_bas.get(fiche(apprenant)).status_code == 404
    assert la_bas.post(page(apprenant)).status_code == 404
    code = ici.post(page(apprenant)).context["code"]
    assert code not in str(list(Partage.objects.values_list()))
    assert "Un code ouvert par" in ici.get(fiche(apprenant)).content.decode()
    # Recopié à la main : minuscules et espaces.
    recopie = code.lower().replace("-", " ")
    assert la_bas.post(ACCUEILLIR, saisie(recopie, classe_b, ines)).status_code == 302
    vue = la_bas.get(fiche(apprenant)).content.decode()
    assert (classe_b.nom in vue, ines.classe.nom in vue) == (True, False)
    assert classe_b.nom not in ici.get(fiche(apprenant)).content.decode()
    ines.refresh_from_db()
    assert (ines.fin, apprenant.inscriptions.count()) == (None, 2)
    assert actes() == ["partage.ouvert", "inscription.creee", "partage.utilise"]
    rejoue = la_bas.post(ACCUEILLIR, saisie(code, classe_b, ines))
    assert (rejoue.status_code, "code" in rejoue.context["formulaire"].errors) == (422, True)


@pytest.mark.parametrize("cas", ["invente", "retire", "remplace", "echu", "anonyme"])
def test_un_code_qui_ne_vaut_plus_ne_dit_rien(client_de, ddfpt, ddfpt_b, classe_b, ines, cas) -> None:
    code = partager(auteur=ddfpt, apprenant=ines.apprenant).code
    if cas == "invente":
        code = "AAAA-BBBB-CCCC-DDDD"
    elif cas == "retire":
        assert client_de(ddfpt).post(page(ines.apprenant), {"retirer": "1"}).status_code == 302
        assert client_de(ddfpt).post(page(ines.apprenant), {"retirer": "1"}).status_code == 422
    elif cas == "remplace":
        partager(auteur=ddfpt, apprenant=ines.apprenant)
    elif cas == "echu":
        Partage.objects.update(expire_le="2026-01-01T00:00Z")
    else:
        Apprenant.objects.update(anonymise_le="2026-01-01T00:00Z")
        assert client_de(ddfpt).post(page(ines.apprenant)).status_code == 422
    refus = client_de(ddfpt_b).post(ACCUEILLIR, saisie(code, classe_b, ines))
    assert refus.status_code == 422
    assert refus.context["formulaire"].errors["code"] == [
        "Ce code n'est pas valable : mal recopié, déjà utilisé, retiré, ou vieux de plus de quatorze jours."
    ]
    assert "Inès" not in refus.content.decode()
    assert ines.apprenant.inscriptions.count() == 1


def test_un_refus_laisse_le_code_ouvert(ddfpt, ddfpt_b, classe_b, ines) -> None:
    code = partager(auteur=ddfpt, apprenant=ines.apprenant).code
    demande = {"code": code, "classe": classe_b, "option": None, "statut": StatutApprenant.APPRENTI}
    with pytest.raises(ValidationError, match="option"):
        accueillir_avec_un_code(auteur=ddfpt_b, **demande, debut=date(2026, 1, 5))
    assert Partage.objects.ouverts().exists()


def test_chacun_n_agit_que_dans_son_centre(enseignante, ddfpt, ddfpt_b, classe_b, ines) -> None:
    for auteur in (enseignante, ddfpt_b):
        with pytest.raises(PermissionDenied):
            partager(auteur=auteur, apprenant=ines.apprenant)
    code = partager(auteur=ddfpt, apprenant=ines.apprenant).code
    with pytest.raises(PermissionDenied):
        accueillir_avec_un_code(
            auteur=ddfpt,
            code=code,
            classe=classe_b,
            option=ines.option,
            statut=StatutApprenant.APPRENTI,
            debut=date(2026, 1, 5),
        )
