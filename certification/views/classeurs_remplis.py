"""Les grilles officielles remplies, d'un candidat ou de toute la classe."""

from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from centres.services.consultations import noter_consultation
from certification.documents.classeurs import classeur_du_candidat, demander_classeurs, nom_du_classeur
from certification.enums import EtatTravail, NatureTravail
from certification.models import Candidat
from certification.permissions import (
    candidat_ou_404,
    classe_des_dossiers_ou_404,
    classe_notee_ou_404,
    peut_placer_les_valeurs,
    travail_ou_404,
)
from certification.queries.classeurs import classeurs_en_vigueur, grilles_de_la_classe
from certification.views.reponses import XLSX, ZIP, Requete, reponse_fichier


@require_safe
def classe(request: Requete, pk: int) -> HttpResponse:
    """Les grilles officielles que l'on peut remplir pour cette classe, une par épreuve."""
    vue = classe_notee_ou_404(request.user, pk)
    grilles = grilles_de_la_classe(vue)
    candidats = Candidat.objects.visibles_par(request.user).de_la_classe(vue).select_related("apprenant", "option")
    contexte = {
        "classe": vue,
        "grilles": grilles,
        "lignes": [
            (un, [epreuve for epreuve, siennes in grilles if any(une.option_id == un.option_id for une in siennes)])
            for un in candidats
        ],
        "peut_placer": peut_placer_les_valeurs(request.user),
    }
    return render(request, "certification/classeurs_classe.html", contexte)


@require_safe
def candidat(request: Requete, pk: int, epreuve_code: str) -> HttpResponse:
    lu = candidat_ou_404(request.user, pk)
    epreuve = lu.classe.version.epreuves.filter(code=epreuve_code).first()
    contenu = classeur_du_candidat(lu, epreuve) if epreuve else None
    if epreuve is None or contenu is None:
        raise Http404("Aucune grille officielle publiée pour ce candidat.")
    noter_consultation(utilisateur=request.user, objet=lu, page=f"grille officielle {epreuve_code}")
    return reponse_fichier(contenu, XLSX, nom_du_classeur(lu, epreuve))


@require_POST
def demander(request: Requete, pk: int, epreuve_code: str) -> HttpResponse:
    vue = classe_des_dossiers_ou_404(request.user, pk)
    epreuve = get_object_or_404(vue.version.epreuves, code=epreuve_code)
    if not classeurs_en_vigueur(vue, epreuve):
        raise Http404("Aucune grille officielle publiée pour cette épreuve.")
    travail = demander_classeurs(utilisateur=request.user, classe=vue, epreuve=epreuve)
    return redirect("certification:classeurs_travail", travail.pk)


@never_cache
@require_safe
def travail(request: Requete, pk: int) -> HttpResponse:
    """L'avancement ; la page le redemande à intervalles réguliers et n'en reçoit alors que le cadre."""
    demande = travail_ou_404(request.user, pk, NatureTravail.CLASSEURS)
    gabarit = "certification/_classeurs_avancement.html" if request.htmx else "certification/classeurs_travail.html"
    return render(request, gabarit, {"travail": demande, "classe": demande.classe})


@require_safe
def archive(request: Requete, pk: int) -> HttpResponse:
    demande = travail_ou_404(request.user, pk, NatureTravail.CLASSEURS)
    if demande.etat != EtatTravail.FINI:
        raise Http404("Ces grilles ne sont pas prêtes.")
    page = f"grilles officielles {demande.code_epreuve}"
    noter_consultation(utilisateur=request.user, objet=demande.classe, page=page)
    nom = f"{demande.classe.nom} – {page} – session {demande.classe.session.annee}.zip"
    with demande.fichier.open() as fichier:
        return reponse_fichier(fichier.read(), ZIP, nom)
