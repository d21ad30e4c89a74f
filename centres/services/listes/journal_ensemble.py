"""Journaliser des centaines d'actes sur autant d'objets : les mêmes événements, en quelques requêtes."""

from collections import defaultdict
from collections.abc import Iterable

from django.db import connection

from centres.journal import Acte, _evenement
from centres.models import Chaine, Evenement, Utilisateur

# SQLite limite le nombre de valeurs d'une requête.
TRANCHE = 400


def journaliser_ensemble(*, auteur: Utilisateur, actes: Iterable[tuple[str, Acte]]) -> int:
    """Un événement par acte, chacun au bout de sa chaîne, dans l'ordre donné ; dans la transaction de l'acte."""
    par_chaine: dict[str, list[Acte]] = defaultdict(list)
    for chaine, acte in actes:
        par_chaine[chaine].append(acte)
    noms = sorted(par_chaine)
    for debut in range(0, len(noms), TRANCHE):
        _journaliser_tranche(auteur, {nom: par_chaine[nom] for nom in noms[debut : debut + TRANCHE]})
    return sum(map(len, par_chaine.values()))


def _journaliser_tranche(auteur: Utilisateur, par_chaine: dict[str, list[Acte]]) -> None:
    Chaine.objects.bulk_create([Chaine(nom=nom) for nom in par_chaine], ignore_conflicts=True)
    tetes = list(Chaine.objects.select_for_update().filter(nom__in=list(par_chaine)).order_by("nom"))
    tours: list[list[Chaine]] = []
    evenements: list[Evenement] = []
    for tete in tetes:
        rang, empreinte = tete.rang, tete.empreinte
        for tour, acte in enumerate(par_chaine[tete.nom]):
            rang += 1
            evenement = _evenement(acte, tete, rang, auteur, empreinte)
            evenements.append(evenement)
            empreinte = evenement.empreinte
            if tour == len(tours):
                tours.append([])
            tours[tour].append(Chaine(nom=tete.nom, rang=rang, empreinte=empreinte))
    Evenement.objects.bulk_create(evenements, batch_size=TRANCHE)
    # La base exige que chaque tête avance d'un rang à la fois : un tour par rang.
    for tour_de_tetes in tours:
        _avancer(tour_de_tetes)


def _avancer(tetes: list[Chaine]) -> None:
    """`bulk_update` compile un CASE par ligne : dix fois le temps d'une requête préparée une seule fois."""
    table = connection.ops.quote_name(Chaine._meta.db_table)
    requete = f"UPDATE {table} SET rang = %s, empreinte = %s WHERE nom = %s"  # noqa: S608
    with connection.cursor() as curseur:
        curseur.executemany(requete, [(tete.rang, tete.empreinte, tete.nom) for tete in tetes])
