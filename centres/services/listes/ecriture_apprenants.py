"""Écrire ensemble les apprenants et les inscriptions d'un plan, avec les événements des actes faits un par un."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from centres.journal import Acte
from centres.models import Apprenant, Inscription, Utilisateur
from centres.services.apprenants import (
    garder_la_fin_prevue,
    inscription_remplacee,
    resume_inscription,
    verifier_debut,
    verifier_option,
)
from centres.services.listes.apprenants import Action
from centres.services.listes.ecriture import (
    CONCURRENCE,
    TRANCHE,
    ImportImpossible,
    a_la_ligne,
    creer_ensemble,
)
from centres.services.listes.journal_ensemble import journaliser_ensemble

Actes = list[tuple[str, Acte]]


def ecrire_apprenants(auteur: Utilisateur, centre: int, actions: Sequence[Action]) -> int:
    """Le nombre d'événements écrits. À appeler dans la transaction de l'import, sur un plan vérifié."""
    visees = [action.apprenant.pk for action in actions if action.apprenant]
    if len(set(visees)) != len(visees):
        raise ImportImpossible(
            "Deux lignes sont rattachées à la même fiche : choisissez « une autre personne » pour l'une."
        )
    # Deux actes simultanés sur le même apprenant se suivent.
    tenus = {un.pk: un for un in Apprenant.objects.select_for_update().filter(pk__in=visees).order_by("pk")}
    if len(tenus) != len(visees):
        raise ImportImpossible(CONCURRENCE)
    actes: Actes = []
    fiches = _ecrire_fiches(centre, actions, tenus, actes)
    _ecrire_inscriptions(actions, fiches, actes)
    return journaliser_ensemble(auteur=auteur, actes=actes)


def _ecrire_fiches(
    centre: int, actions: Sequence[Action], tenus: dict[int, Apprenant], actes: Actes
) -> dict[int, Apprenant]:
    """La fiche de chaque ligne, créée ou corrigée."""
    nouvelles = [(action.numero, Apprenant(**action.identite)) for action in actions if action.apprenant is None]
    creer_ensemble(Apprenant, nouvelles, exclus=["utilisateur"])
    fiches = dict(nouvelles)
    for apprenant in fiches.values():
        contenu = {"centre": centre, "compte": None}
        actes.append((f"apprenant:{apprenant.pk}", Acte(acte="apprenant.cree", objet=apprenant, apres=contenu)))
    corrigees: list[Apprenant] = []
    for action in actions:
        if action.apprenant is None:
            continue
        fiche = fiches[action.numero] = tenus[action.apprenant.pk]
        apprise = action.ecriture and action.ecriture not in fiche.ecritures
        if action.identite or apprise:
            for champ, valeur in action.identite.items():
                setattr(fiche, champ, valeur)
            if apprise:
                fiche.ecritures = [*fiche.ecritures, action.ecriture]
            with a_la_ligne(action.numero):
                fiche.clean_fields(exclude=["utilisateur"])
            corrigees.append(fiche)
            # Le journal dit quels champs ont changé, jamais le nom lui-même.
            apres = {"champs": [*action.identite, *(["ecritures"] if apprise else [])]}
            acte = Acte(acte="apprenant.modifie", objet=fiche, avant={}, apres=apres)
            actes.append((f"apprenant:{fiche.pk}", acte))
    Apprenant.objects.bulk_update(corrigees, ["nom", "prenom", "ine", "ecritures"], batch_size=TRANCHE)
    return fiches


def _ecrire_inscriptions(actions: Sequence[Action], fiches: dict[int, Apprenant], actes: Actes) -> None:
    anciennes: dict[int, list[Inscription]] = defaultdict(list)
    visees = [action.apprenant.pk for action in actions if action.apprenant and action.inscription]
    suivies = Inscription.objects.filter(apprenant__in=visees).select_related("classe", "option")
    for inscription in suivies.order_by("debut", "pk"):
        anciennes[inscription.apprenant_id].append(inscription)
    ouvertes: list[tuple[int, Inscription]] = []
    fermees: list[Inscription] = []
    avants: dict[int, tuple[dict[str, Any] | None, Inscription | None]] = {}
    for action in actions:
        if action.inscription is None:
            continue
        nouvelle = _nouvelle(action, fiches[action.numero])
        with a_la_ligne(action.numero):
            verifier_debut(nouvelle)
            verifier_option(nouvelle)
            remplacee = inscription_remplacee(anciennes[nouvelle.apprenant_id], nouvelle)
        avants[action.numero] = (resume_inscription(remplacee) if remplacee else None, remplacee)
        if remplacee:
            garder_la_fin_prevue(remplacee, nouvelle)
            remplacee.fin = nouvelle.debut - timedelta(days=1)
            fermees.append(remplacee)
        ouvertes.append((action.numero, nouvelle))
    Inscription.objects.bulk_update(fermees, ["fin"], batch_size=TRANCHE)
    creer_ensemble(Inscription, ouvertes, exclus=["apprenant", "classe", "option"])
    for numero, inscription in ouvertes:
        avant, remplacee = avants[numero]
        fermee = {"fermee": {"inscription": remplacee.pk, "fin": remplacee.fin}} if remplacee else {}
        apres = {**resume_inscription(inscription), **fermee}
        acte = Acte(acte="inscription.creee", objet=inscription, avant=avant, apres=apres)
        actes.append((f"apprenant:{inscription.apprenant_id}", acte))


def _nouvelle(action: Action, apprenant: Apprenant) -> Inscription:
    voulue = action.inscription
    if voulue is None or voulue.classe.pk is None:
        raise ImportImpossible(f"Ligne {action.numero} : sa classe n'a pas été créée.")
    return Inscription(
        apprenant=apprenant, classe=voulue.classe, option=voulue.option, statut=voulue.statut, debut=voulue.debut
    )
