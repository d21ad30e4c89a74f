"""Ouvrir son compte par un lien, ou le rouvrir quand le mot de passe est oublié : pages publiques et muettes."""

from collections.abc import Callable

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from centres.services.comptes import accepter_invitation
from centres.services.essais import cle_d_essai, reserver_essai
from trpm.comptes.formulaires import FormulaireInvitation, FormulaireOubli
from trpm.comptes.middleware import admise_sans_second_facteur
from trpm.comptes.taches import envoyer_un_lien
from trpm.socle.adresse import adresse_du_client

ENREGISTRE = "Votre mot de passe est enregistré. Connectez-vous avec l'identifiant « {} »."
Vue = Callable[..., HttpResponse]


def _publique(vue: Vue) -> Vue:
    """Sans cache, ni mot de passe dans un rapport d'erreur.

    `Referrer-Policy` reste `same-origin` : « no-referrer » ferait envoyer `Origin: null` à nos propres formulaires, que
    la protection CSRF refuse ; et le jeton, dans le fragment, n'entre dans aucun `Referer`.
    """
    muette = sensitive_post_parameters("jeton", "nouveau", "encore")(never_cache(vue))
    return admise_sans_second_facteur(login_not_required(muette))


@_publique
@require_http_methods(["GET", "HEAD", "POST"])
def invitation(request: HttpRequest) -> HttpResponse:
    """La page est la même avec ou sans lien valable : la lire ne consomme ni ne dit rien."""
    formulaire = FormulaireInvitation(request.POST or None)
    if request.method == "POST" and formulaire.is_valid():
        try:
            saisi = formulaire.cleaned_data
            utilisateur = accepter_invitation(jeton=saisi["jeton"], mot_de_passe=saisi["nouveau"])
        except ValidationError as erreur:
            formulaire.add_error("jeton" if getattr(erreur, "code", "") == "lien" else "nouveau", erreur)
        else:
            nom = utilisateur.get_username()
            messages.success(
                request, f"Votre mot de passe est enregistré. Connectez-vous avec l'identifiant « {nom} »."
            )
            return redirect("connexion")
    return render(request, "comptes/invitation.html", {"form": formulaire})


@_publique
@require_http_methods(["GET", "HEAD", "POST"])
def mot_de_passe_oublie(request: HttpRequest) -> HttpResponse:
    """Même réponse et même travail que l'adresse soit connue ou non : c'est l'ouvrier qui cherche le compte."""
    formulaire = FormulaireOubli(request.POST or None)
    if request.method == "POST" and formulaire.is_valid():
        adresse = formulaire.cleaned_data["adresse"]
        if reserver_essai(cle_d_essai("oubli", adresse, adresse_du_client(request))):
            envoyer_un_lien.enqueue(adresse, request.build_absolute_uri(reverse("invitation")))
        return render(request, "comptes/lien_envoye.html")
    return render(
        request,
        "comptes/oubli.html",
        {"form": formulaire, "courriel_configure": settings.COURRIEL_CONFIGURE or settings.EST_LOCAL},
    )
