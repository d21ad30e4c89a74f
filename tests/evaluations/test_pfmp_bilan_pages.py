"""La page du bilan d'une PFMP : confirmer, garder en brouillon, rouvrir."""

from collections.abc import Callable
from typing import Any

import pytest
from django.urls import reverse

from centres.models import Classe, Inscription, Utilisateur
from evaluations.models import BilanPfmp, Placement, Positionnement
from tests.client_strict import ClientStrict
from tests.evaluations.fabrique_pfmp import placer, repondre, une_entreprise, une_periode

ClientDe = Callable[[Utilisateur], ClientStrict]


@pytest.fixture
def placement(enseignante: Utilisateur, classe: Classe, ines: Inscription) -> Placement:
    pose = placer(enseignante, une_periode(enseignante, classe), ines, une_entreprise(classe)[1])
    repondre(pose, {"C6.1": "A", "C7.1": "NA"})
    return pose


def envoi_du_bilan(placement: Placement, version: int = 0, **niveaux: str) -> dict[str, Any]:
    """Ce que propose la page, puis ce que l'enseignant change : `C6_1="4"`."""
    proposes = {"C6.1": ("A", "3"), "C7.1": ("NA", "1"), "C8.1": ("", "")}
    envoi: dict[str, Any] = {"tenu_le": "2026-01-30", "a_tuteur": "on", "version": version}
    for detaillee in placement.detaillees.all():
        valeur, niveau = proposes[detaillee.code]
        envoi[f"l{detaillee.pk}-valeur"] = valeur
        envoi[f"l{detaillee.pk}-niveau"] = niveaux.get(detaillee.code.replace(".", "_"), niveau)
        envoi[f"l{detaillee.pk}-motif"] = ""
    return envoi


def test_confirmer_un_bilan_depuis_sa_page(
    enseignante: Utilisateur, chef: Utilisateur, placement: Placement, client_de: ClientDe
) -> None:
    client = client_de(enseignante)
    adresse = reverse("evaluations:pfmp_bilan", args=[placement.pk])
    page = client.get(adresse).content.decode()
    assert "A → 3" in page
    assert "Question C6.1" in page
    refuse = client.post(adresse, envoi_du_bilan(placement, C6_1="4"))
    assert refuse.status_code == 422
    assert "C6.1 : le niveau retenu n&#x27;est pas celui proposé, dites pourquoi." in refuse.content.decode()
    sans_jour = client.post(adresse, {**envoi_du_bilan(placement, C6_1="4", C7_1="2"), "tenu_le": ""}).content.decode()
    assert "Dites quel jour le bilan a eu lieu." in sans_jour
    assert sans_jour.count('class="ligne-erreur"') == 2
    assert not Positionnement.objects.exists()
    assert client.post(adresse, {**envoi_du_bilan(placement), "brouillon": "1"}).status_code == 302
    assert not BilanPfmp.objects.get().est_confirme
    assert client.post(adresse, envoi_du_bilan(placement)).status_code == 422
    assert client.post(adresse, envoi_du_bilan(placement, version=1)).status_code == 302
    assert sorted(Positionnement.objects.values_list("detaillee__code", "niveau")) == [("C6.1", 3), ("C7.1", 1)]
    parcours = client.get(
        reverse("evaluations:parcours", args=[placement.inscription.apprenant_id]), {"onglet": "preuves"}
    ).content.decode()
    assert "en entreprise, MécaLoire" in parcours
    assert "Confirmer le bilan" not in client.get(adresse).content.decode()
    rouvrir = reverse("evaluations:pfmp_bilan_rouvrir", args=[placement.pk])
    assert client.post(rouvrir, {"motif": "Erreur"}).status_code == 404
    assert client_de(chef).post(rouvrir, {"motif": ""}).status_code == 422
    assert client_de(chef).post(rouvrir, {"motif": "Erreur de saisie"}).status_code == 302
    assert not Positionnement.objects.filter(niveau__isnull=False).exists()


@pytest.mark.parametrize("role", ["ddfpt", "chef"])
def test_qui_ne_note_pas_ne_confirme_pas(
    role: str, placement: Placement, client_de: ClientDe, request: pytest.FixtureRequest
) -> None:
    client = client_de(request.getfixturevalue(role))
    adresse = reverse("evaluations:pfmp_bilan", args=[placement.pk])
    assert "Confirmer le bilan" not in client.get(adresse).content.decode()
    assert client.post(adresse, envoi_du_bilan(placement)).status_code == 404
