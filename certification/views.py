"""Pages de la certification : candidats d'une classe, synthèse d'un candidat, documents de la commission."""

from urllib.parse import quote

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.text import slugify
from django.views.decorators.http import require_safe

from certification.documents import images
from certification.documents.commission import pdf_dossier, pdf_recapitulatif
from certification.forms import FiltreCandidatsForm
from certification.permissions import candidat_et_classe_ou_404, candidat_ou_404, classe_notee_ou_404
from certification.phrases import SITUATIONS_MAX, SITUATIONS_MIN
from certification.queries.candidats import synthese_de_la_classe, synthese_du_candidat
from certification.queries.pages import bilans, filtrer, voisins_de
from evaluations.queries.parcours import parcours_de


@require_safe
def classe(request: HttpRequest, pk: int) -> HttpResponse:
    vue = classe_notee_ou_404(request.user, pk)
    synthese = synthese_de_la_classe(vue)
    options = {lu.candidat.option_id: lu.candidat.option for lu in synthese.candidats if lu.candidat.option}
    formulaire = FiltreCandidatsForm(request.GET, options=sorted(options.values(), key=lambda option: option.ordre))
    affiches = filtrer(synthese.candidats, *formulaire.filtre())
    contexte = {
        "classe": vue,
        "synthese": synthese,
        "candidats": affiches,
        "formulaire": formulaire,
        "bilans": [(bilan, images.repartition(bilan)) for bilan in bilans(synthese, affiches)],
        "situations_min": SITUATIONS_MIN,
        "situations_max": SITUATIONS_MAX,
    }
    return render(request, "certification/classe.html", contexte)


@require_safe
def synthese(request: HttpRequest, pk: int, epreuve_code: str) -> HttpResponse:
    candidat, candidats = candidat_et_classe_ou_404(request.user, pk)
    lu = synthese_du_candidat(candidat)
    if epreuve_code not in lu.epreuves:
        raise Http404("Épreuve introuvable.")
    contexte = {
        "candidat": candidat,
        "classe": candidat.classe,
        "lu": lu,
        "vue": lu.epreuves[epreuve_code],
        "synthese": lu.syntheses[epreuve_code],
        "radar": images.radar_du_candidat(lu),
        "voisins": voisins_de(candidat, candidats),
        "jalons": parcours_de(request.user, candidat.apprenant).jalons,
        "situations_min": SITUATIONS_MIN,
        "situations_max": SITUATIONS_MAX,
    }
    return render(request, "certification/synthese.html", contexte)


@require_safe
def dossier(request: HttpRequest, pk: int, epreuve_code: str) -> HttpResponse:
    candidat = candidat_ou_404(request.user, pk)
    if not candidat.classe.version.epreuves.filter(code=epreuve_code).exists():
        raise Http404("Épreuve introuvable.")
    nom = f"{candidat.apprenant} – dossier {epreuve_code} – session {candidat.classe.session.annee}.pdf"
    return reponse_pdf(pdf_dossier(candidat, epreuve_code), nom)


@require_safe
def recapitulatif(request: HttpRequest, pk: int) -> HttpResponse:
    vue = classe_notee_ou_404(request.user, pk)
    nom = f"{vue.nom} – récapitulatif – session {vue.session.annee}.pdf"
    return reponse_pdf(pdf_recapitulatif(vue), nom)


def reponse_pdf(contenu: bytes, nom: str) -> HttpResponse:
    """Un PDF à télécharger, gardé par aucun cache ; nom en ASCII pour les vieux postes, exact pour les autres."""
    reponse = HttpResponse(contenu, content_type="application/pdf")
    ascii_seul = slugify(nom.removesuffix(".pdf")) or "document"
    reponse["Content-Disposition"] = f"attachment; filename=\"{ascii_seul}.pdf\"; filename*=UTF-8''{quote(nom)}"
    reponse["Cache-Control"] = "private, no-store"
    return reponse
