"""Lectures des pages « Classes » et « Apprenants » : un nombre de requêtes constant."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import groupby

from django.db.models import Count

from centres.enums import StatutApprenant
from centres.models import Classe, Inscription
from centres.permissions import Personne

SANS_OPTION = "seconde commune"


@dataclass(frozen=True)
class Effectif:
    """Combien, par option et par statut ; ceux qui sont partis en cours d'année n'y sont plus."""

    total: int = 0
    par_option: tuple[tuple[str, int], ...] = ()
    par_statut: tuple[tuple[str, int], ...] = ()


@dataclass(frozen=True)
class LigneClasse:
    classe: Classe
    effectif: Effectif


@dataclass(frozen=True)
class AnneeScolaire:
    libelle: str
    lignes: tuple[LigneClasse, ...]


@dataclass(frozen=True)
class Inscrit:
    """Une ligne de l'appel : l'inscription du moment et ce qui l'a précédée dans la même classe."""

    inscription: Inscription
    precedentes: tuple[Inscription, ...]
    est_parti: bool


def classes_par_annee(utilisateur: Personne) -> tuple[AnneeScolaire, ...]:
    """Les classes visibles, la rentrée la plus récente d'abord (deux requêtes)."""
    classes = list(
        Classe.objects.visibles_par(utilisateur)
        .select_related("centre", "session", "version")
        .order_by("-annee_scolaire", "centre__commune", "centre__nom", "-annee_cycle", "nom")
    )
    effectifs = _effectifs(classes)
    return tuple(
        AnneeScolaire(annee, tuple(LigneClasse(classe, effectifs[classe.pk]) for classe in groupe))
        for annee, groupe in groupby(classes, key=lambda classe: classe.libelle_annee)
    )


def inscrits(classe: Classe) -> tuple[Inscrit, ...]:
    """Les apprenants d'une classe par ordre alphabétique (une requête)."""
    lues = Inscription.objects.filter(classe=classe).select_related("apprenant", "option")
    par_apprenant: dict[int, list[Inscription]] = defaultdict(list)
    for inscription in lues.order_by("apprenant__nom", "apprenant__prenom", "apprenant", "debut"):
        par_apprenant[inscription.apprenant_id].append(inscription)
    return tuple(_inscrit(classe, suite) for suite in par_apprenant.values())


def _inscrit(classe: Classe, suite: list[Inscription]) -> Inscrit:
    *precedentes, derniere = suite
    parti = derniere.fin is not None and derniere.fin < classe.jour_de_l_effectif
    return Inscrit(derniere, tuple(precedentes), parti)


def effectif_des(inscrits: Iterable[Inscrit]) -> Effectif:
    """L'effectif d'une classe dont on a déjà lu les inscrits."""
    presents = [inscrit.inscription for inscrit in inscrits if not inscrit.est_parti]
    return _compter([(i.option.code if i.option else None, i.statut, 1) for i in presents])


def _effectifs(classes: list[Classe]) -> dict[int, Effectif]:
    jours = {classe.pk: classe.jour_de_l_effectif for classe in classes}
    comptes = (
        Inscription.objects.filter(classe__in=jours)
        .dernieres()
        .order_by()
        .values_list("classe", "option__code", "statut", "fin")
        .annotate(nombre=Count("pk"))
    )
    presents: dict[int, list[tuple[str | None, str, int]]] = defaultdict(list)
    for classe, option, statut, fin, nombre in comptes:
        if fin is None or fin >= jours[classe]:
            presents[classe].append((option, statut, nombre))
    return {cle: _compter(presents[cle]) for cle in jours}


def _compter(lignes: Iterable[tuple[str | None, str, int]]) -> Effectif:
    total = 0
    options: dict[str, int] = defaultdict(int)
    statuts: dict[str, int] = defaultdict(int)
    for option, statut, nombre in lignes:
        total += nombre
        options[option or SANS_OPTION] += nombre
        statuts[statut] += nombre
    return Effectif(
        total,
        tuple(sorted(options.items())),
        tuple(
            (_accorder(str(s.label), statuts[s.value]), statuts[s.value]) for s in StatutApprenant if statuts[s.value]
        ),
    )


def _accorder(libelle: str, nombre: int) -> str:
    """« 2 stagiaires de la formation continue » : le premier mot s'accorde."""
    premier, *suite = libelle.split(" ")
    return " ".join([f"{premier}s" if nombre > 1 else premier, *suite])
