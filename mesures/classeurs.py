"""Le classeur : export et import avec aperçu, rapportés à openpyxl seul sur les mêmes cases ; les bombes."""

import json
import subprocess
import sys
from io import BytesIO
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from openpyxl import Workbook, load_workbook

from evaluations.models import Situation
from mesures.banc import Banc
from mesures.bombes import fabriquer
from mesures.mesure import Mesure, comparer


def mesurer(banc: Banc) -> list[Mesure]:
    return mesurer_classeur(banc.client, banc.trente, max(5, banc.paires // 4)) + mesurer_bombes()


def mesurer_classeur(client: Client, situation: Situation, paires: int) -> list[Mesure]:
    telecharger = reverse("evaluations:classeur", args=[situation.pk])
    televerser = reverse("evaluations:classeur_televerser", args=[situation.pk])
    rempli = _rempli(client.get(telecharger).content)
    feuilles = _valeurs(rempli)

    def envoyer() -> None:
        reponse = client.post(televerser, {"fichier": SimpleUploadedFile("grille.xlsx", rempli)})
        if b'name="case"' not in reponse.content:
            raise RuntimeError("l'aperçu ne montre aucune différence")

    return [
        comparer(
            "classeur_30x57.export",
            lambda: client.get(telecharger),
            lambda: _ecrire(feuilles),
            paires=paires,
            budget="≤ 1 000 ms",
        ),
        comparer("classeur_30x57.import_apercu", envoyer, lambda: _valeurs(rempli), paires=paires, budget="≤ 1 000 ms"),
    ]


def mesurer_bombes() -> list[Mesure]:
    """Dans un processus à part, dont on lit la mémoire la plus haute ; la pire de trois bombes de 500 ko au plus."""
    with TemporaryDirectory() as dossier:
        commande = [sys.executable, "-m", "mesures.bombes", *fabriquer(Path(dossier))]
        lu = json.loads(subprocess.run(commande, check=True, capture_output=True, text=True).stdout)  # noqa: S603
    return [
        Mesure("bombe_500ko.refus", lu["ms"], "ms", lu["ms_plancher"], lu["ms"] / lu["ms_plancher"], "≤ 1 000 ms"),
        Mesure("bombe_500ko.memoire", lu["mo"], "Mo", budget="≤ 150"),
    ]


def _rempli(contenu: bytes) -> bytes:
    """Toutes les cases changées : le plus long des aperçus."""
    classeur = load_workbook(BytesIO(contenu))
    for feuille in classeur.worksheets:
        if feuille.title.startswith("E"):
            for ligne in feuille.iter_rows(min_row=6, min_col=4):
                for case in ligne:
                    case.value = 1 if case.value != 1 else 2
    sortie = BytesIO()
    classeur.save(sortie)
    return sortie.getvalue()


def _valeurs(contenu: bytes) -> list[list[tuple[Any, ...]]]:
    classeur = load_workbook(BytesIO(contenu), read_only=True)
    return [list(feuille.iter_rows(values_only=True)) for feuille in classeur.worksheets]


def _ecrire(feuilles: list[list[tuple[Any, ...]]]) -> None:
    classeur = Workbook(write_only=True)
    for lignes in feuilles:
        feuille = classeur.create_sheet()
        for ligne in lignes:
            feuille.append(ligne)
    classeur.save(BytesIO())
