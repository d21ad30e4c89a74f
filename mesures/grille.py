"""La grille et l'enregistrement d'une cellule : requêtes, poids, durées rapportées à une page vide."""

import gzip
import json
from collections.abc import Callable
from html.parser import HTMLParser
from statistics import median

from django.db import connection, transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from centres.models import Chaine, Evenement
from evaluations.models import Positionnement, Situation
from mesures.banc import PAGE_VIDE, VIDE, Banc, instructions
from mesures.mesure import Mesure, calcul, comparer, duree


class _Elements(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.nombre = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.nombre += 1


def mesurer(banc: Banc) -> list[Mesure]:
    grille = mesurer_grille(banc.client, banc.trente, banc.soixante, banc.paires)
    return grille + mesurer_cellule(banc.client, banc.trente, 3 * banc.paires)


def mesurer_grille(client: Client, trente: Situation, soixante: Situation, paires: int) -> list[Mesure]:
    adresses = {situation.pk: reverse("evaluations:grille", args=[situation.pk]) for situation in (trente, soixante)}

    def ouvrir(situation: Situation = trente) -> bytes:
        reponse = client.get(adresses[situation.pk])
        if reponse.status_code != 200:
            raise RuntimeError(f"{adresses[situation.pk]} répond {reponse.status_code}")
        return reponse.content

    contenu = ouvrir()
    elements = _Elements()
    elements.feed(contenu.decode())
    return [
        Mesure("grille_30x57.requetes", instructions(ouvrir), "requêtes", budget="≤ 10"),
        Mesure("grille_60x57.requetes", instructions(lambda: ouvrir(soixante)), "requêtes", budget="= 30 × 57"),
        Mesure("grille_30x57.octets_gz", len(gzip.compress(contenu, 6)), "octets", budget="≤ 15 000"),
        Mesure("grille_30x57.noeuds", elements.nombre, "éléments", budget="≤ 4 000"),
        # En calcul : la page attend peu le disque, et la charge des voisins pèse plus sur le long que sur le court.
        comparer(
            "grille_30x57.ratio_vue_vide",
            ouvrir,
            lambda: client.get(VIDE),
            paires=paires,
            budget="≤ 6, mieux 2,5",
            chronometre=calcul,
        ),
        comparer(
            "grille_30x57.ratio_page_vide", ouvrir, lambda: client.get(PAGE_VIDE), paires=paires, chronometre=calcul
        ),
        comparer("grille_30x57.a_la_montre", ouvrir, lambda: client.get(VIDE), paires=paires),
    ]


def mesurer_cellule(client: Client, situation: Situation, paires: int) -> list[Mesure]:
    ligne = Positionnement.objects.filter(situation=situation, niveau__isnull=False).order_by("pk").first()
    if ligne is None:
        raise RuntimeError("grille sans niveau")
    adresse = reverse("evaluations:cellule", args=[situation.pk])
    version = ligne.version

    def enregistrer() -> None:
        nonlocal version
        corps = {"inscription": ligne.inscription_id, "detaillee": ligne.detaillee_id, "version": version}
        corps["valeur"] = 1 + version % 4
        reponse = client.post(adresse, json.dumps(corps), content_type="application/json")
        if reponse.status_code != 200:
            raise RuntimeError(f"{adresse} répond {reponse.status_code}")
        version = reponse.json()["version"]

    # Le premier peut tomber sur la valeur déjà écrite, qui n'écrit rien.
    enregistrer(), enregistrer()
    nombre = instructions(enregistrer)
    plancher = _ecriture_nue(ligne)
    lus = []
    for _ in range(paires):
        cellule, vide, nue = duree(enregistrer), duree(lambda: client.get(VIDE)), duree(plancher)
        lus.append((cellule - vide, nue))
    return [
        Mesure("cellule.instructions_sql", nombre, "instructions", budget="≤ 8"),
        Mesure(
            "cellule.ratio_commit",
            median(a for a, _ in lus) * 1000,
            "ms",
            median(b for _, b in lus) * 1000,
            median(a / b for a, b in lus),
            "≤ 3",
        ),
    ]


def _ecriture_nue(ligne: Positionnement) -> Callable[[], None]:
    """Les deux mêmes lignes (le positionnement, son événement) écrites en SQL nu, et rendues durables."""
    chaine = Chaine.objects.create(nom="mesures:plancher")
    modele = Evenement(chaine=chaine, le=timezone.now(), acte="mesure", objet="mesure:1", apres={"valeur": 3})
    champs = [champ for champ in Evenement._meta.concrete_fields if not champ.primary_key]
    noms = ", ".join(f'"{champ.column}"' for champ in champs)
    marques = ", ".join(["%s"] * len(champs))
    inserer = f'INSERT INTO "{Evenement._meta.db_table}" ({noms}) VALUES ({marques})'  # noqa: S608
    modifier = f'UPDATE "{Positionnement._meta.db_table}" SET observation = %s WHERE id = %s'  # noqa: S608
    rang = 0

    def ecrire() -> None:
        nonlocal rang
        rang += 1
        modele.rang, modele.empreinte = rang, f"{rang:064}"
        valeurs = [champ.get_db_prep_save(getattr(modele, champ.attname), connection) for champ in champs]
        with transaction.atomic(), connection.cursor() as curseur:
            curseur.execute(modifier, [str(rang), ligne.pk])
            curseur.execute(inserer, valeurs)

    return ecrire
