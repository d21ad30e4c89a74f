"""Consultation du référentiel : ouverte à toute personne connectée, jamais d'écriture."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from referentiel.documents import figures_poids
from referentiel.queries import (
    activites,
    blocs,
    competence_ou_404,
    complements,
    epreuves,
    lecture_ou_404,
    rechercher,
    totaux_annonces,
    versions_publiees,
)
from referentiel.reglement import regles


@require_safe
def accueil(request: HttpRequest) -> HttpResponse:
    return render(request, "referentiel/version_liste.html", {"versions": versions_publiees()})


@require_safe
def version(request: HttpRequest, diplome: str, numero: int) -> HttpResponse:
    """Le texte par bloc : c'est la porte d'entrée d'une version."""
    lecture = lecture_ou_404(diplome, numero)
    vues = blocs(lecture)
    contexte = {"lecture": lecture, "onglet": "blocs", "blocs": vues}
    return render(request, "referentiel/version_blocs.html", contexte)


@require_safe
def version_epreuves(request: HttpRequest, diplome: str, numero: int) -> HttpResponse:
    lecture = lecture_ou_404(diplome, numero)
    contexte = {
        "lecture": lecture,
        "onglet": "epreuves",
        "epreuves": epreuves(lecture),
        "totaux": totaux_annonces(lecture),
        "regles": regles(lecture.version.regles_ccf),
    }
    return render(request, "referentiel/version_epreuves.html", contexte)


@require_safe
def version_activites(request: HttpRequest, diplome: str, numero: int) -> HttpResponse:
    lecture = lecture_ou_404(diplome, numero)
    contexte = {"lecture": lecture, "onglet": "activites", "activites": activites(lecture)}
    return render(request, "referentiel/version_activites.html", contexte)


@require_safe
def version_poids(request: HttpRequest, diplome: str, numero: int) -> HttpResponse:
    lecture = lecture_ou_404(diplome, numero)
    vues = blocs(lecture, avec_detaillees=False)
    contexte = {
        "lecture": lecture,
        "onglet": "poids",
        "blocs": vues,
        "figures": figures_poids(lecture, vues),
    }
    return render(request, "referentiel/version_poids.html", contexte)


@require_safe
def competence(request: HttpRequest, diplome: str, numero: int, code: str) -> HttpResponse:
    lecture, vue, voisinage = competence_ou_404(diplome, numero, code)
    contexte = {
        "lecture": lecture,
        "onglet": "",
        "vue": vue,
        "voisinage": voisinage,
        "complements": complements(vue, lecture),
    }
    return render(request, "referentiel/competence_detail.html", contexte)


@require_safe
def recherche(request: HttpRequest, diplome: str, numero: int) -> HttpResponse:
    lecture = lecture_ou_404(diplome, numero)
    texte = request.GET.get("q", "").strip()[:100]
    trouves = rechercher(lecture, texte)
    contexte = {
        "lecture": lecture,
        "onglet": "",
        "texte": texte,
        "trouves": trouves,
        "nombre": sum(len(objets) for objets in trouves.values()),
    }
    return render(request, "referentiel/version_recherche.html", contexte)
