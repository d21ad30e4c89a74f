"""Qui est candidat : la dernière inscription en dernière année."""

from collections.abc import Iterable
from typing import Self

from django.contrib.auth.models import AnonymousUser
from django.db import models
from django.db.models import Exists, F, OuterRef, Q, Subquery, Value
from django.db.models.functions import Coalesce

from centres.models import Classe, Inscription, Utilisateur
from certification.models.numeros import NumeroCandidat


class CandidatQuerySet(models.QuerySet["Candidat"]):
    def visibles_par(self, utilisateur: Utilisateur | AnonymousUser) -> Self:
        """Candidats des classes visibles, jamais soi-même, quelque rôle que l'on tienne par ailleurs (DOMAINE §4)."""
        visibles = self.filter(classe__in=Classe.objects.visibles_par(utilisateur))
        return visibles.exclude(apprenant__utilisateur=utilisateur.pk)

    def de_la_classe(self, classe: Classe) -> Self:
        return self.filter(classe=classe)


class CandidatManager(models.Manager["Candidat"]):
    """La dernière inscription d'un apprenant dans une classe de dernière année, pour une session."""

    def get_queryset(self) -> CandidatQuerySet:
        derniere_annee = F("classe__version__duree_cycle_annees")
        plus_recentes = Inscription.objects.filter(
            Q(debut__gt=OuterRef("debut")) | Q(debut=OuterRef("debut"), pk__gt=OuterRef("pk")),
            apprenant=OuterRef("apprenant"),
            classe__session=OuterRef("classe__session"),
            classe__version=OuterRef("classe__version"),
            classe__annee_cycle=derniere_annee,
        )
        return self._toutes().filter(~Exists(plus_recentes), classe__annee_cycle=derniere_annee)

    def figes(self, inscriptions: Iterable[int]) -> CandidatQuerySet:
        """Ceux qu'une commission close a étudiés, même inscrits ailleurs depuis."""
        return self._toutes().filter(pk__in=list(inscriptions))

    def _toutes(self) -> CandidatQuerySet:
        numeros = NumeroCandidat.objects.filter(inscription=OuterRef("pk")).order_by().values("numero")
        lu = {"numero": Coalesce(Subquery(numeros), Value(""))}
        return CandidatQuerySet(self.model, using=self._db).annotate(**lu)


class Candidat(Inscription):
    """Une inscription vue par la certification : son option décide des libellés et des poids (décision 004)."""

    # Lu avec la ligne par le gestionnaire ; vide tant que personne ne l'a saisi.
    numero: str = ""
    # Un proxy qui remplace le gestionnaire de son parent : Django l'admet, les types de Django non.
    objects = CandidatManager.from_queryset(CandidatQuerySet)()  # type: ignore[assignment, misc]

    class Meta:
        proxy = True
        verbose_name = "candidat"
        ordering = ["apprenant__nom", "apprenant__prenom", "pk"]
