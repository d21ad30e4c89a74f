"""Ce que chacun peut lire et emporter : ses données, l'information, la déclaration d'accessibilité."""

from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from centres.models import Apprenant
from centres.permissions import apprenant_organise_ou_404
from centres.views.organisation import APPRENANTS, ECRITURE, Requete, donnees_de, page_formulaire, tenter
from trpm.comptes.middleware import admise_sans_second_facteur
from trpm.donnees.accessibilite import lire_controles
from trpm.donnees.communication import FABRIQUES, TYPES, communiquer_donnees
from trpm.donnees.export import donnees_de_soi
from trpm.donnees.forms import CommunicationForm


@require_safe
@never_cache
def mes_donnees(request: Requete) -> HttpResponse:
    apprenant = Apprenant.objects.filter(utilisateur=request.user).first()
    contexte = {"donnees": donnees_de_soi(request.user), "apprenant": apprenant}
    return render(request, "donnees/mes_donnees.html", contexte)


@require_safe
@never_cache
def mes_donnees_fichier(request: Requete, forme: str) -> HttpResponse:
    if forme not in FABRIQUES:
        raise Http404("Format inconnu.")
    return _fichier(FABRIQUES[forme](donnees_de_soi(request.user)), forme, "mes-donnees")


@require_http_methods(ECRITURE)
@never_cache
def donnees_communiquer(request: Requete, pk: int) -> HttpResponse:
    """Demande d'accès d'un apprenant : le fichier part avec son motif au journal."""
    apprenant = apprenant_organise_ou_404(request.user, pk)
    formulaire = CommunicationForm(donnees_de(request))
    contenu = tenter(
        formulaire, lambda: communiquer_donnees(auteur=request.user, apprenant=apprenant, **formulaire.saisie())
    )
    if contenu:
        return _fichier(contenu, formulaire.cleaned_data["forme"], f"donnees-apprenant-{apprenant.pk}")
    return page_formulaire(
        request,
        formulaire,
        titre=f"Communiquer ses données à {apprenant}",
        envoyer="Télécharger le fichier à remettre",
        rubrique=APPRENANTS,
        rappel="Identité, inscriptions, niveaux, observations écrites, compte. Aucune note : elle relève du jury.",
    )


@login_not_required
@admise_sans_second_facteur
@require_safe
def donnees_personnelles(request: HttpRequest) -> HttpResponse:
    return render(request, "donnees/information.html")


@login_not_required
@admise_sans_second_facteur
@require_safe
def accessibilite(request: HttpRequest) -> HttpResponse:
    return render(request, "donnees/accessibilite.html", {"controles": lire_controles()})


def _fichier(contenu: bytes, forme: str, nom: str) -> HttpResponse:
    reponse = HttpResponse(contenu, content_type=TYPES[forme])
    jour = timezone.localdate().isoformat()
    reponse["Content-Disposition"] = f'attachment; filename="trpm-{nom}-{jour}.{forme}"'
    reponse["X-Content-Type-Options"] = "nosniff"
    return reponse
