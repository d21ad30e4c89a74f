"""Pages de la certification : candidats d'une classe, synthèse d'un candidat, documents de la commission."""

from urllib.parse import quote

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.text import slugify
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe
from django_htmx.middleware import HtmxDetails

from centres.models import Utilisateur
from centres.permissions import classe_au_journal_ou_404
from centres.queries.organisation import inscriptions_visibles
from centres.services.consultations import noter_consultation
from centres.views.journal import Cadre, page_de_journal
from certification.documents import images
from certification.documents.commission import pdf_dossier, pdf_recapitulatif
from certification.documents.travaux import demander_dossiers
from certification.enums import EtatTravail
from certification.forms import BeneficeForm, FiltreCandidatsForm
from certification.models import DUREE_BENEFICE
from certification.permissions import (
    apprenant_beneficiaire_ou_404,
    benefice_ou_404,
    candidat_et_classe_ou_404,
    candidat_ou_404,
    classe_des_dossiers_ou_404,
    classe_notee_ou_404,
    grilles_au_journal_ou_404,
    travail_ou_404,
)
from certification.queries.benefices import benefices_de, epreuves_conservables
from certification.queries.candidats import synthese_de_la_classe, synthese_du_candidat
from certification.queries.journal import VOCABULAIRE, evenements_de_la_classe, evenements_des_grilles
from certification.queries.pages import bilans, filtrer, voisins_de
from certification.services import conserver_note, renoncer_au_benefice
from evaluations.queries.parcours import jalons_de
from referentiel.reglement import situations_attendues


class Requete(HttpRequest):
    """LoginRequiredMiddleware garantit un compte : les vues n'ont pas à douter de `request.user`."""

    user: Utilisateur
    htmx: HtmxDetails


@require_safe
def classe(request: Requete, pk: int) -> HttpResponse:
    vue = classe_notee_ou_404(request.user, pk)
    noter_consultation(utilisateur=request.user, objet=vue, page="notes de la classe")
    synthese = synthese_de_la_classe(vue, request.user)
    options = {lu.candidat.option_id: lu.candidat.option for lu in synthese.candidats if lu.candidat.option}
    formulaire = FiltreCandidatsForm(request.GET, options=sorted(options.values(), key=lambda option: option.ordre))
    attendues = situations_attendues(vue.version.regles_ccf)
    affiches = filtrer(synthese.candidats, *formulaire.filtre())
    contexte = {
        "classe": vue,
        "synthese": synthese,
        "candidats": affiches,
        "formulaire": formulaire,
        "bilans": [(bilan, images.repartition(bilan)) for bilan in bilans(synthese, affiches)],
        "situations_min": attendues.minimum,
        "situations_max": attendues.maximum,
    }
    return render(request, "certification/classe.html", contexte)


@require_safe
def synthese(request: Requete, pk: int, epreuve_code: str) -> HttpResponse:
    candidat, candidats = candidat_et_classe_ou_404(request.user, pk)
    lu = synthese_du_candidat(candidat)
    if epreuve_code not in lu.epreuves:
        raise Http404("Épreuve introuvable.")
    noter_consultation(utilisateur=request.user, objet=candidat, page=f"synthèse {epreuve_code}")
    attendues = situations_attendues(candidat.classe.version.regles_ccf)
    contexte = {
        "candidat": candidat,
        "classe": candidat.classe,
        "lu": lu,
        "vue": lu.epreuves[epreuve_code],
        "synthese": lu.syntheses[epreuve_code],
        "radar": images.radar_du_candidat(lu),
        "voisins": voisins_de(candidat, candidats),
        "jalons": jalons_de(request.user, candidat.apprenant),
        "situations_min": attendues.minimum,
        "situations_max": attendues.maximum,
    }
    return render(request, "certification/synthese.html", contexte)


@require_safe
def dossier(request: Requete, pk: int, epreuve_code: str) -> HttpResponse:
    candidat = candidat_ou_404(request.user, pk)
    if not candidat.classe.version.epreuves.filter(code=epreuve_code).exists():
        raise Http404("Épreuve introuvable.")
    noter_consultation(utilisateur=request.user, objet=candidat, page=f"dossier {epreuve_code}")
    nom = f"{candidat.apprenant} – dossier {epreuve_code} – session {candidat.classe.session.annee}.pdf"
    return reponse_pdf(pdf_dossier(candidat, epreuve_code), nom)


@require_safe
def recapitulatif(request: Requete, pk: int) -> HttpResponse:
    vue = classe_notee_ou_404(request.user, pk)
    noter_consultation(utilisateur=request.user, objet=vue, page="récapitulatif de la classe")
    nom = f"{vue.nom} – récapitulatif – session {vue.session.annee}.pdf"
    return reponse_pdf(pdf_recapitulatif(vue, request.user), nom)


@require_POST
def demander(request: Requete, pk: int, epreuve_code: str) -> HttpResponse:
    vue = classe_des_dossiers_ou_404(request.user, pk)
    epreuve = get_object_or_404(vue.version.epreuves, code=epreuve_code)
    travail = demander_dossiers(utilisateur=request.user, classe=vue, epreuve=epreuve)
    return redirect("certification:travail", travail.pk)


@require_safe
def travail(request: Requete, pk: int) -> HttpResponse:
    """L'avancement ; la page le redemande à intervalles réguliers et n'en reçoit alors que le cadre."""
    demande = travail_ou_404(request.user, pk)
    gabarit = "certification/_avancement.html" if request.htmx else "certification/travail.html"
    return render(request, gabarit, {"travail": demande, "classe": demande.classe})


@require_safe
def dossiers(request: Requete, pk: int) -> HttpResponse:
    demande = travail_ou_404(request.user, pk)
    if demande.etat != EtatTravail.FINI:
        raise Http404("Ces dossiers ne sont pas prêts.")
    noter_consultation(utilisateur=request.user, objet=demande.classe, page=f"dossiers {demande.epreuve.code}")
    classe_nom, annee = demande.classe.nom, demande.classe.session.annee
    with demande.fichier.open() as fichier:
        return reponse_pdf(fichier.read(), f"{classe_nom} – dossiers {demande.epreuve.code} – session {annee}.pdf")


@require_http_methods(["GET", "HEAD", "POST"])
def benefices(request: Requete, pk: int) -> HttpResponse:
    """Les notes qu'un apprenant garde de sessions passées, et de quoi en enregistrer une."""
    apprenant = apprenant_beneficiaire_ou_404(request.user, pk)
    derniere = list(inscriptions_visibles(request.user, [apprenant]))[-1]
    noter_consultation(utilisateur=request.user, objet=derniere, page="notes conservées")
    epreuves = epreuves_conservables(apprenant)
    formulaire = BeneficeForm(request.POST if request.method == "POST" else None, epreuves=epreuves)
    if request.method == "POST" and formulaire.is_valid():
        try:
            gardee = conserver_note(utilisateur=request.user, apprenant=apprenant, **formulaire.cleaned_data)
        except ValidationError as refus:
            formulaire.reporter(refus)
        else:
            messages.success(request, f"Note conservée en {gardee.epreuve.code}, session {gardee.session_obtention}.")
            return redirect("certification:benefices", pk)
    contexte = {
        "apprenant": apprenant,
        "benefices": benefices_de(apprenant),
        "duree": DUREE_BENEFICE,
        "formulaire": formulaire,
        "a_conserver": epreuves.exists(),
    }
    return render(request, "certification/benefices.html", contexte, status=422 if formulaire.is_bound else 200)


@require_http_methods(["GET", "HEAD", "POST"])
def benefice_retirer(request: Requete, pk: int) -> HttpResponse:
    benefice = benefice_ou_404(request.user, pk)
    if request.method == "POST":
        renoncer_au_benefice(utilisateur=request.user, benefice=benefice)
        messages.success(request, f"Note conservée en {benefice.epreuve.code} retirée : l'épreuve est à évaluer.")
        return redirect("certification:benefices", benefice.apprenant_id)
    return render(request, "certification/benefice_retirer.html", {"benefice": benefice})


@never_cache
@require_safe
def journal_classe(request: Requete, pk: int) -> HttpResponse:
    """Ce que la certification a fait d'une classe ; aucune note n'y figure."""
    vue = classe_au_journal_ou_404(request.user, pk)
    cadre = Cadre(f"Certification – {vue}", reverse("certification:classe", args=[vue.pk]))
    return page_de_journal(request, evenements_de_la_classe(vue), cadre, VOCABULAIRE)


@never_cache
@require_safe
def journal_grilles(request: Requete, pk: int) -> HttpResponse:
    version = grilles_au_journal_ou_404(request.user, pk)
    return page_de_journal(request, evenements_des_grilles(version), Cadre(f"Grilles – {version}"), VOCABULAIRE)


def reponse_pdf(contenu: bytes, nom: str) -> HttpResponse:
    """Un PDF à télécharger, gardé par aucun cache ; nom en ASCII pour les vieux postes, exact pour les autres."""
    reponse = HttpResponse(contenu, content_type="application/pdf")
    ascii_seul = slugify(nom.removesuffix(".pdf")) or "document"
    reponse["Content-Disposition"] = f"attachment; filename=\"{ascii_seul}.pdf\"; filename*=UTF-8''{quote(nom)}"
    reponse["Cache-Control"] = "private, no-store"
    return reponse
