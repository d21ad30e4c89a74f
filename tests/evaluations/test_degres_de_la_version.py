"""Une version du référentiel peut nommer ses quatre degrés autrement : chaque page d'une classe parle comme elle."""

import io
from typing import Any

import pytest
from django.db.models import CharField, Value
from django.db.models.functions import Cast, Concat
from django.urls import reverse
from openpyxl import load_workbook

from evaluations.models import Situation
from evaluations.services.positionnements import enregistrer_cellule
from referentiel.models import DegreEchelle
from referentiel.templatetags.niveaux import LIBELLES_NIVEAUX
from tests.evaluations.fabrique_grille import detail

pytestmark = pytest.mark.django_db


@pytest.fixture
def situation(situation_e31: Situation, enseignante: Any, ines: Any) -> Situation:
    degres = DegreEchelle.objects.filter(version=situation_e31.classe.version, echelle=DegreEchelle.Echelle.MAITRISE)
    assert degres.update(intitule=Concat(Value("degré "), Cast("niveau", CharField()))) == len(LIBELLES_NIVEAUX)
    enregistrer_cellule(
        utilisateur=enseignante,
        situation_id=situation_e31.pk,
        inscription_id=ines.pk,
        detaillee_id=detail("C6.1").pk,
        valeur=3,
        version=0,
    )
    return situation_e31


def test_grille_apprenant_histoire_et_parcours_disent_les_degres_de_la_version(
    client_de: Any, enseignante: Any, situation: Situation, ines: Any
) -> None:
    client = client_de(enseignante)
    histoire = {"inscription": ines.pk, "detaillee": detail("C6.1").pk}
    pages = [
        client.get(reverse("evaluations:grille", args=[situation.pk])),
        client.get(reverse("evaluations:grille_apprenant", args=[situation.pk, ines.pk])),
        client.get(reverse("evaluations:historique", args=[situation.pk]), histoire, headers={"Accept": "text/html"}),
        client.get(reverse("evaluations:parcours", args=[ines.apprenant_id])),
    ]
    for page in pages:
        html = page.content.decode()
        assert "degré 3" in html, page.request["PATH_INFO"]
        assert [libelle for libelle in LIBELLES_NIVEAUX.values() if libelle in html] == [], page.request["PATH_INFO"]


def test_le_classeur_les_porte_aussi(client_de: Any, enseignante: Any, situation: Situation) -> None:
    contenu = client_de(enseignante).get(reverse("evaluations:classeur", args=[situation.pk])).content
    textes = [
        str(case.value)
        for feuille in load_workbook(io.BytesIO(contenu)).worksheets
        for ligne in feuille.iter_rows()
        for case in ligne
        if case.value
    ]
    assert any("degré 4" in texte for texte in textes)
    assert not any("bien maîtrisée" in texte for texte in textes)
