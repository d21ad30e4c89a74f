"""Journaliser des centaines d'actes sur autant d'objets : les mêmes événements, en quelques requêtes."""

from collections import defaultdict
from collections.abc import Iterable

from django.db import connection

from centres.journal import Acte, _evenement, ouvrir_chaines, sceau_de_tete, tete_est_scellee
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
    noms = list(par_chaine)
    tetes = list(Chaine.objects.select_for_update().filter(nom__in=noms).order_by("nom"))
    if len(tetes) < len(noms):
        tetes = sorted(ouvrir_chaines(noms), key=lambda tete: tete.nom)
    tours: list[list[Chaine]] = []
    evenements: list[Evenement] = []
    for tete in tetes:
        rang, empreinte = tete.rang, tete.empreinte
        est_sure = tete_est_scellee(tete)
        for tour, acte in enumerate(par_chaine[tete.nom]):
            rang += 1
            evenement = _evenement(acte, tete, rang, auteur, empreinte)
            evenements.append(evenement)
            empreinte = evenement.empreinte
            if tour == len(tours):
                tours.append([])
            sceau = sceau_de_tete(tete, evenement) if est_sure else ""
            tours[tour].append(Chaine(nom=tete.nom, rang=rang, empreinte=empreinte, sceau=sceau))
    Evenement.objects.bulk_create(evenements, batch_size=TRANCHE)
    # La base exige que chaque tête avance d'un rang à la fois : un tour par rang.
    for tour_de_tetes in tours:
        _avancer(tour_de_tetes)


def _avancer(tetes: list[Chaine]) -> None:
    """`bulk_update` compile un CASE par ligne : dix fois le temps d'une requête préparée une seule fois."""
    table = connection.ops.quote_name(Chaine._meta.db_table)
    requete = f"UPDATE {table} SET rang = %s, empreinte = %s, sceau = %s WHERE nom = %s"  # noqa: S608
    with connection.cursor() as curseur:
        curseur.executemany(requete, [(tete.rang, tete.empreinte, tete.sceau, tete.nom) for tete in tetes])
