"""Lectures des pages d'organisation : listes filtrées, fiches, et ce qu'une action en groupe va changer."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import Count, Exists, OuterRef, Prefetch, Q, QuerySet
from django.utils import timezone

from centres.enums import Role
from centres.models import Affectation, Apprenant, Centre, Classe, Entreprise, Inscription, Partage, Tuteur, Utilisateur
from centres.permissions import (
    Personne,
    apprenants_organises,
    centres_nommables,
    centres_organises,
    comptes_geres,
    personnels_visibles,
    peut_affecter,
    roles_de,
)
from centres.queries.recherche import chercher
from referentiel.models import Option, VersionReferentiel


@dataclass(frozen=True)
class LigneApprenant:
    """Un apprenant et l'inscription qui le situe : en cours, sinon la dernière."""

    apprenant: Apprenant
    inscriptions: tuple[Inscription, ...]

    @property
    def principale(self) -> Inscription | None:
        situantes = [une for une in self.inscriptions if une.est_en_cours] or list(self.inscriptions)
        return situantes[-1] if situantes else None

    @property
    def est_parti(self) -> bool:
        principale = self.principale
        return bool(principale and principale.fin and principale.fin < timezone.localdate())

    @property
    def centres(self) -> int:
        """Dans combien de centres il est inscrit aujourd'hui."""
        return len({une.classe.centre_id for une in self.inscriptions if une.est_en_cours})


@dataclass(frozen=True)
class LignePersonne:
    personne: Utilisateur
    affectations: tuple[Affectation, ...]

    @property
    def en_vigueur(self) -> tuple[Affectation, ...]:
        return tuple(une for une in self.affectations if une.est_en_vigueur)


def classes_organisees(utilisateur: Personne) -> QuerySet[Classe]:
    classes = Classe.objects.filter(centre__in=centres_organises(utilisateur))
    return classes.select_related("centre", "session", "version").order_by("-annee_scolaire", "nom", "pk")


def classes_filtrees(utilisateur: Personne, filtre: dict[str, Any]) -> QuerySet[Classe]:
    classes = classes_organisees(utilisateur).annotate(nombre=Count("inscriptions__apprenant", distinct=True))
    if filtre["annee"]:
        classes = classes.filter(annee_scolaire=filtre["annee"])
    if filtre["cycle"]:
        classes = classes.filter(annee_cycle=filtre["cycle"])
    if filtre["centre"]:
        classes = classes.filter(centre=filtre["centre"])
    return chercher(classes, filtre["q"], "nom", "centre__nom", "centre__commune")


def choix_centres(centres: QuerySet[Centre]) -> list[tuple[int, str]]:
    return [(centre.pk, str(centre)) for centre in centres]


def choix_annees(classes: Iterable[Classe]) -> list[tuple[int, str]]:
    return sorted({(classe.annee_scolaire, classe.libelle_annee) for classe in classes}, reverse=True)


def options_suivies(classes: Iterable[Classe]) -> QuerySet[Option]:
    return Option.objects.filter(version__in={classe.version_id for classe in classes}).select_related("version")


def versions_ouvertes() -> QuerySet[VersionReferentiel]:
    return (
        VersionReferentiel.objects.filter(publiee_le__isnull=False)
        .select_related("diplome")
        .order_by("diplome__code", "-numero")
    )


def apprenants_filtres(utilisateur: Personne, filtre: dict[str, Any]) -> QuerySet[Apprenant]:
    """Le filtre porte sur une même inscription : « RSP en 2TRPM », pas RSP un jour et 2TRPM un autre."""
    inscriptions = Inscription.objects.filter(classe__centre__in=centres_organises(utilisateur))
    conditions = {
        "classe": filtre["classe"],
        "option__code": filtre["option"],
        "statut": filtre["statut"],
        "classe__annee_scolaire": filtre["annee"],
    }
    retenues = inscriptions.filter(**{champ: valeur for champ, valeur in conditions.items() if valeur})
    apprenants = Apprenant.objects.filter(pk__in=retenues.values("apprenant")).order_by("nom", "prenom", "pk")
    return chercher(apprenants, filtre["q"], "nom", "prenom", "ine")


def lignes_apprenants(utilisateur: Personne, apprenants: Iterable[Apprenant]) -> list[LigneApprenant]:
    """Les inscriptions visibles de ces apprenants (une requête)."""
    lus = list(apprenants)
    par_apprenant: dict[int, list[Inscription]] = defaultdict(list)
    for inscription in inscriptions_visibles(utilisateur, lus):
        par_apprenant[inscription.apprenant_id].append(inscription)
    return [LigneApprenant(apprenant, tuple(par_apprenant[apprenant.pk])) for apprenant in lus]


def inscriptions_visibles(utilisateur: Personne, apprenants: Sequence[Apprenant]) -> QuerySet[Inscription]:
    """Celles des centres que la personne organise ; un autre centre garde les siennes pour lui."""
    return (
        Inscription.objects.filter(apprenant__in=apprenants, classe__centre__in=centres_organises(utilisateur))
        .select_related("apprenant", "option", "classe__centre", "classe__version")
        .order_by("debut", "pk")
    )


def partage_ouvert(apprenant: Apprenant) -> Partage | None:
    """Le code qui court pour un autre centre."""
    return Partage.objects.ouverts().filter(apprenant=apprenant).select_related("cree_par").first()


def inscriptions_en_cours(utilisateur: Personne, cles: Iterable[int], jour: date) -> list[Inscription]:
    """L'inscription en cours de chacun des apprenants désignés, hors de toute action sur les autres centres."""
    apprenants = list(apprenants_organises(utilisateur).filter(pk__in=list(cles)))
    lues = inscriptions_visibles(utilisateur, apprenants).filter(Q(fin__isnull=True) | Q(fin__gte=jour))
    return list(lues.order_by("apprenant__nom", "apprenant__prenom", "apprenant", "debut"))


def inscrits_presents(classe: Classe) -> list[Inscription]:
    """Ceux qui finissent l'année dans cette classe, et s'ils ont déjà une inscription ensuite (une requête)."""
    suivante = Inscription.objects.filter(
        apprenant=OuterRef("apprenant"), classe__centre=classe.centre_id, debut__gt=OuterRef("debut")
    )
    lues = (
        Inscription.objects.filter(classe=classe)
        .dernieres()
        .annotate(a_une_suite=Exists(suivante))
        .select_related("apprenant", "option", "classe")
        .order_by("apprenant__nom", "apprenant__prenom", "pk")
    )
    jour = classe.jour_de_l_effectif
    return [inscription for inscription in lues if inscription.fin is None or inscription.fin >= jour]


def personnels_filtres(utilisateur: Personne, filtre: dict[str, Any]) -> QuerySet[Utilisateur]:
    personnes = personnels_visibles(utilisateur).order_by("last_name", "first_name", "pk")
    affectations = affectations_visibles(utilisateur)
    if filtre["role"] or filtre["centre"]:
        voulues = {"role": filtre["role"], "centre": filtre["centre"]}
        affectations = affectations.filter(**{champ: valeur for champ, valeur in voulues.items() if valeur})
        personnes = personnes.filter(pk__in=affectations.values("utilisateur"))
    tenues = affectations.en_vigueur().values("utilisateur")
    if filtre["etat"] == "en_vigueur":
        personnes = personnes.filter(pk__in=tenues, is_active=True)
    elif filtre["etat"] == "passe":
        personnes = personnes.exclude(pk__in=tenues)
    elif filtre["etat"] == "ferme":
        personnes = personnes.filter(is_active=False)
    return chercher(personnes, filtre["q"], "last_name", "first_name", "email")


def lignes_personnels(utilisateur: Personne, personnes: Iterable[Utilisateur]) -> list[LignePersonne]:
    lus = list(personnes)
    par_personne: dict[int, list[Affectation]] = defaultdict(list)
    lues = affectations_visibles(utilisateur).filter(utilisateur__in=lus)
    for affectation in lues.select_related("centre").order_by("debut", "pk"):
        par_personne[affectation.utilisateur_id].append(affectation)
    return [LignePersonne(personne, tuple(par_personne[personne.pk])) for personne in lus]


def roles_a_terminer(utilisateur: Personne, cles: Collection[int]) -> list[Affectation]:
    """Les rôles en vigueur de ces personnes que l'on peut finir."""
    lues = affectations_visibles(utilisateur).en_vigueur().filter(utilisateur__in=cles)
    rangees = lues.select_related("utilisateur", "centre").order_by(
        "utilisateur__last_name", "utilisateur__first_name", "debut", "pk"
    )
    return [une for une in rangees if peut_affecter(utilisateur, une.centre, Role(une.role))]


def jamais_venus(utilisateur: Personne, cles: Collection[int]) -> list[Utilisateur]:
    """Parmi ces personnes, celles dont on gère le compte, qui ont une adresse et ne se sont jamais connectées."""
    ouverts = personnels_visibles(utilisateur).filter(pk__in=cles, is_active=True).exclude(email="")
    lus = [une for une in ouverts.order_by("last_name", "first_name", "pk") if not une.a_servi]
    geres = comptes_geres(utilisateur, [une.pk for une in lus])
    return [une for une in lus if une.pk in geres]


def affectations_visibles(utilisateur: Personne) -> Any:
    """Celles des centres que la personne organise ; toutes pour l'administrateur."""
    if roles_de(utilisateur).est_administrateur:
        return Affectation.objects.all()
    return Affectation.objects.filter(centre__in=centres_organises(utilisateur))


def centres_de_l_equipe(utilisateur: Personne) -> QuerySet[Centre]:
    if roles_de(utilisateur).est_administrateur:
        return centres_nommables(utilisateur)
    return centres_organises(utilisateur)


def entreprises_filtrees(utilisateur: Personne, filtre: dict[str, Any]) -> QuerySet[Entreprise]:
    tuteurs = Tuteur.objects.order_by("nom", "prenom", "pk")
    entreprises = (
        Entreprise.objects.filter(centre__in=centres_organises(utilisateur))
        .select_related("centre")
        .prefetch_related(Prefetch("tuteurs", queryset=tuteurs))
        .order_by("nom", "commune", "pk")
    )
    if filtre["centre"]:
        entreprises = entreprises.filter(centre=filtre["centre"])
    mots = filtre["q"]
    trouvees = chercher(entreprises, mots, "nom", "commune", "siret")
    if not mots.strip():
        return trouvees
    par_tuteur = chercher(tuteurs.filter(entreprise__in=entreprises.values("pk")), mots, "nom", "prenom", "fonction")
    return entreprises.filter(Q(pk__in=trouvees.values("pk")) | Q(pk__in=par_tuteur.values("entreprise")))


@dataclass(frozen=True)
class EffectifsOrganisation:
    """Ce que contient chaque rubrique, sur la page d'entrée."""

    classes: int
    apprenants: int
    entreprises: int
    personnels: int
    centres: int


def effectifs_de_l_organisation(utilisateur: Personne) -> EffectifsOrganisation:
    organises = centres_organises(utilisateur)
    return EffectifsOrganisation(
        classes=Classe.objects.filter(centre__in=organises).count(),
        apprenants=apprenants_organises(utilisateur).count(),
        entreprises=Entreprise.objects.filter(centre__in=organises).count(),
        personnels=personnels_visibles(utilisateur).count(),
        centres=centres_de_l_equipe(utilisateur).count(),
    )


def classes_suivantes(classe: Classe) -> QuerySet[Classe]:
    """Où l'on peut entrer à la rentrée : les classes du même centre et du même référentiel, l'année d'après."""
    return (
        Classe.objects.filter(centre=classe.centre_id, version=classe.version_id)
        .filter(annee_scolaire=classe.annee_scolaire + 1)
        .select_related("centre")
        .order_by("annee_cycle", "nom")
    )
