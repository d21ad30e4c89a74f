"""Le chef de centre règle la durée, pose et lève les gels, et purge ; l'administrateur date les résultats."""

from django.contrib import messages
from django.db.models import QuerySet
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from centres.models import Apprenant, Centre, Gel, Inscription
from centres.permissions import Personne, administration_ou_404
from centres.queries.conservation import duree_de, echeances_du_centre
from centres.services.conservation import CONSERVER, dater_les_resultats, lever_gel, poser_gel, regler_conservation
from centres.views.organisation import APPRENANTS, ECRITURE, Requete, donnees_de, page_formulaire, tenter
from referentiel.models import SessionExamen
from trpm.donnees.forms import DureeForm, MotifForm, PurgeForm, ResultatsForm
from trpm.donnees.purge import apercu_de, purger

CONSERVATION = ("Conservation", "organisation_conservation")
RESULTATS = ("Résultats des sessions", "organisation_resultats")


@require_safe
def conservation(request: Requete) -> HttpResponse:
    centres = list(_centres_diriges(request.user))
    if not centres:
        raise Http404("Page introuvable.")
    jour = timezone.localdate()
    vus = [
        {"centre": centre, "mois": duree_de(centre), "echeances": echeances_du_centre(centre, jour)}
        for centre in centres
    ]
    return render(request, "donnees/conservation.html", {"centres": vus})


@require_http_methods(ECRITURE)
def conservation_duree(request: Requete, pk: int) -> HttpResponse:
    centre = _centre_dirige_ou_404(request.user, pk)
    formulaire = DureeForm(donnees_de(request), initial={"mois": duree_de(centre)})
    if tenter(
        formulaire, lambda: _fait(regler_conservation(auteur=request.user, centre=centre, **formulaire.saisie()))
    ):
        messages.success(request, f"{centre} : durée de conservation enregistrée.")
        return redirect("organisation_conservation")
    titre = f"Durée de conservation, {centre}"
    return page_formulaire(request, formulaire, titre=titre, envoyer="Enregistrer", rubrique=CONSERVATION)


@require_http_methods(ECRITURE)
def purge(request: Requete, pk: int) -> HttpResponse:
    centre = _centre_dirige_ou_404(request.user, pk)
    apercu = apercu_de(centre)
    formulaire = PurgeForm(donnees_de(request), cles=apercu.cles)
    fait = tenter(
        formulaire,
        lambda: purger(auteur=request.user, centre=centre, attendus=formulaire.cleaned_data["attendus"]),
    )
    if fait:
        nombre = len(fait.cles)
        pluriel = "s" if nombre > 1 else ""
        messages.success(request, f"{centre} : {nombre} personne{pluriel} anonymisée{pluriel}.")
        return redirect("organisation_conservation")
    contexte = {"centre": centre, "apercu": apercu, "formulaire": formulaire}
    return render(request, "donnees/purge.html", contexte, status=422 if formulaire.is_bound else 200)


@require_http_methods(ECRITURE)
def gel_poser(request: Requete, pk: int) -> HttpResponse:
    apprenant = _apprenant_dirige_ou_404(request.user, pk)
    formulaire = MotifForm(donnees_de(request))
    if tenter(formulaire, lambda: poser_gel(auteur=request.user, apprenant=apprenant, **formulaire.saisie())):
        messages.success(request, f"{apprenant} : ses données ne seront pas purgées tant que ce gel court.")
        return redirect("organisation_conservation")
    return page_formulaire(
        request,
        formulaire,
        titre=f"Geler les données de {apprenant}",
        envoyer="Geler",
        rubrique=APPRENANTS,
        retour=reverse("centres:organisation_apprenant", args=[pk]),
        rappel="Un recours ou une enquête en cours : rien ne s'efface avant la levée du gel.",
    )


@require_http_methods(ECRITURE)
def gel_lever(request: Requete, pk: int) -> HttpResponse:
    diriges = Inscription.objects.filter(classe__centre__in=_centres_diriges(request.user)).values("apprenant")
    gel = Gel.objects.filter(pk=pk, leve_le=None, apprenant__in=diriges).select_related("apprenant").first()
    if gel is None:
        raise Http404("Gel introuvable.")
    formulaire = MotifForm(donnees_de(request))
    if tenter(formulaire, lambda: _fait(lever_gel(auteur=request.user, gel=gel, **formulaire.saisie()))):
        messages.success(request, f"{gel.apprenant} : gel levé.")
        return redirect("organisation_conservation")
    titre, rappel = f"Lever le gel de {gel.apprenant}", f"Posé le {gel.pose_le:%d/%m/%Y} : {gel.motif}"
    return page_formulaire(
        request, formulaire, titre=titre, envoyer="Lever le gel", rubrique=CONSERVATION, rappel=rappel
    )


@require_safe
def resultats(request: Requete) -> HttpResponse:
    administration_ou_404(request.user)
    sessions = SessionExamen.objects.select_related("diplome").order_by("-annee", "diplome__code")
    return render(request, "donnees/resultats.html", {"sessions": sessions})


@require_http_methods(ECRITURE)
def resultats_dater(request: Requete, pk: int) -> HttpResponse:
    administration_ou_404(request.user)
    session = SessionExamen.objects.select_related("diplome").filter(pk=pk).first()
    if session is None:
        raise Http404("Session introuvable.")
    formulaire = ResultatsForm(donnees_de(request), initial={"resultats_le": session.resultats_le})
    le = formulaire.saisie
    if tenter(
        formulaire,
        lambda: _fait(dater_les_resultats(auteur=request.user, session=session, le=le()["resultats_le"])),
    ):
        messages.success(request, f"{session.diplome.code}, {session} : date enregistrée.")
        return redirect("organisation_resultats")
    titre = f"Résultats de la {session}"
    return page_formulaire(request, formulaire, titre=titre, envoyer="Enregistrer la date", rubrique=RESULTATS)


def _centres_diriges(utilisateur: Personne) -> QuerySet[Centre]:
    return Centre.objects.ou_agit(utilisateur, CONSERVER)


def _centre_dirige_ou_404(utilisateur: Personne, pk: int) -> Centre:
    centre = _centres_diriges(utilisateur).filter(pk=pk).first()
    if centre is None:
        raise Http404("Centre introuvable.")
    return centre


def _apprenant_dirige_ou_404(utilisateur: Personne, pk: int) -> Apprenant:
    inscrits = Inscription.objects.filter(classe__centre__in=_centres_diriges(utilisateur))
    apprenant = Apprenant.objects.filter(pk=pk, anonymise_le=None, pk__in=inscrits.values("apprenant")).first()
    if apprenant is None:
        raise Http404("Apprenant introuvable.")
    return apprenant


def _fait(rien: None) -> bool:
    """Un service qui ne rend rien est allé au bout."""
    return rien is None
