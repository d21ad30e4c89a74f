"""Le suivi d'une période (qui a répondu) et la synthèse lue par le conseil de classe."""

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from centres.permissions import classe_ou_404
from evaluations.documents.pfmp import lignes_de_synthese, pdf_synthese
from evaluations.forms.pfmp import PreparationForm
from evaluations.permissions import periode_pfmp_ou_404, peut_confirmer_un_bilan, peut_organiser_pfmp
from evaluations.queries.pfmp import competences_de_la_version
from evaluations.queries.suivi_pfmp import suivi_de
from evaluations.queries.synthese_pfmp import tableau_de_synthese
from evaluations.services.liens_tuteur import envoyer_lien
from evaluations.services.pfmp import preparer_periode
from evaluations.views.pfmp import ECRITURE, Requete
from evaluations.views.placements import reponse_pdf
from evaluations.views.tuteur_preparation import adresse_des_liens
from trpm.socle.tableau import XLSX, en_xlsx


@require_safe
def suivi(request: Requete, pk: int) -> HttpResponse:
    periode = periode_pfmp_ou_404(request.user, pk)
    contexte = {
        "periode": periode,
        "classe": periode.classe,
        "suivi": suivi_de(periode),
        "peut_organiser": peut_organiser_pfmp(request.user, periode.classe.centre_id),
        "peut_confirmer": peut_confirmer_un_bilan(request.user, periode.classe),
    }
    return render(request, "evaluations/pfmp_suivi.html", contexte)


@require_POST
def envois(request: Requete, pk: int) -> HttpResponse:
    """Un geste pour toute la classe : envoyer les premiers liens, ou relancer ceux qui n'ont pas fini."""
    periode = periode_pfmp_ou_404(request.user, pk, ecrire=True)
    est_relance = request.POST.get("acte") == "relancer"
    vu = suivi_de(periode)
    faits, refus = 0, []
    vises = vu.a_relancer if est_relance else vu.a_envoyer
    for ligne in vises:
        try:
            envoyer_lien(
                utilisateur=request.user,
                placement=ligne.placement,
                page=adresse_des_liens(request),
                est_relance=est_relance,
            )
        except ValidationError as erreur:
            refus.append(f"{ligne.placement.inscription.apprenant} : {' '.join(erreur.messages)}")
        else:
            faits += 1
    for texte in refus:
        messages.error(request, texte)
    if not vises:
        messages.info(request, "Rien n'est parti : tous ceux qui ont une adresse ont déjà été sollicités.")
        return redirect("evaluations:pfmp_suivi", pk)
    messages.success(request, f"{faits} {'relance' if est_relance else 'lien'}{'s' if faits > 1 else ''} par courriel.")
    return redirect("evaluations:pfmp_suivi", pk)


@require_http_methods(ECRITURE)
def preparer_classe(request: Requete, pk: int) -> HttpResponse:
    """La même préparation pour tous ceux qui n'en ont pas encore."""
    periode = periode_pfmp_ou_404(request.user, pk, ecrire=True)
    proposees = competences_de_la_version(periode.classe)
    codes = [une.code for _, _, detaillees in proposees for une in detaillees]
    envoi = request.POST if request.method == "POST" else None
    formulaire = PreparationForm(envoi, codes=codes, initial={"version": 0, "codes": []})
    if formulaire.is_bound and formulaire.is_valid():
        lues = {champ: formulaire.cleaned_data[champ] for champ in ("codes", "activites_prevues")}
        nombre = preparer_periode(utilisateur=request.user, periode=periode, **lues)
        messages.success(request, f"{nombre} placement(s) préparé(s) ; les autres l'étaient déjà.")
        return redirect("evaluations:pfmp_periode", pk)
    contexte = {
        "placement": None,
        "periode": periode,
        "classe": periode.classe,
        "formulaire": formulaire,
        "proposees": proposees,
        "cochees": formulaire["codes"].value() or [],
        "retour": reverse("evaluations:pfmp_periode", args=[pk]),
    }
    return render(request, "evaluations/pfmp_preparer.html", contexte, status=422 if formulaire.is_bound else 200)


@require_safe
def synthese(request: Requete, pk: int) -> HttpResponse:
    classe = classe_ou_404(request.user, pk)
    contexte = {"classe": classe, "tableau": tableau_de_synthese(classe)}
    return render(request, "evaluations/pfmp_synthese.html", contexte)


@require_safe
def synthese_pdf(request: Requete, pk: int) -> HttpResponse:
    classe = classe_ou_404(request.user, pk)
    return reponse_pdf(pdf_synthese(classe), f"synthese-pfmp-{classe.pk}.pdf")


@require_safe
def synthese_xlsx(request: Requete, pk: int) -> HttpResponse:
    classe = classe_ou_404(request.user, pk)
    entetes, lignes = lignes_de_synthese(classe)
    reponse = HttpResponse(en_xlsx("PFMP", entetes, lignes), content_type=XLSX)
    reponse["Content-Disposition"] = f'attachment; filename="synthese-pfmp-{classe.pk}.xlsx"'
    return reponse
