"""Administration des personnels cochés dans la liste : finir leurs rôles, inviter ceux qui ne sont jamais venus."""

from django.conf import settings
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from centres.forms.organisation import FinDeRolesForm
from centres.models import Utilisateur
from centres.queries.organisation import jamais_venus, roles_a_terminer
from centres.services.comptes import inviter_plusieurs
from centres.services.courriels import envoyer_invitation
from centres.services.personnes import empreinte_affectations, terminer_affectations
from centres.views.organisation import (
    ECRITURE,
    PERSONNELS,
    Requete,
    cles_cochees,
    confirmer,
    donnees_de,
    enregistrer,
    lue,
)
from centres.views.organisation_personnels import deconnecte, nommer_ou_404

SANS_ENVOI = "L'envoi des courriels n'est pas réglé sur ce serveur : invitez chaque personne depuis sa page « Accès »."
QUI_RESTE = "Les autres personnes cochées se sont déjà connectées, n'ont pas d'adresse ou ne relèvent pas de vous."


@require_http_methods(ECRITURE)
def personnels_fin(request: Requete) -> HttpResponse:
    """Plusieurs rôles finissent le même jour."""
    nommer_ou_404(request)
    choisis = roles_a_terminer(request.user, cles_cochees(request, "personne"))
    if not choisis:
        messages.warning(request, "Cochez dans la liste des personnes dont vous pouvez finir un rôle en vigueur.")
        return redirect(PERSONNELS[1])
    initial = {"fin": timezone.localdate(), "empreinte": empreinte_affectations(choisis)}
    formulaire = FinDeRolesForm(donnees_de(request), initial=initial)
    return enregistrer(
        request,
        formulaire,
        lambda: terminer_affectations(
            auteur=request.user, affectations=choisis, **formulaire.saisie(), attendue=lue(request)
        ),
        lambda nombre: (f"{nombre} rôle{'s' if nombre > 1 else ''} à la fin datée.", reverse(PERSONNELS[1])),
        titre="Finir des rôles",
        envoyer="Finir ces rôles",
        rubrique=PERSONNELS,
        concernes=[f"{une} · {une.centre or 'tous les centres'}, depuis le {une.debut:%d/%m/%Y}" for une in choisis],
        ce_que_c_est="rôle",
        caches=[("personne", cle) for cle in sorted({une.utilisateur_id for une in choisis})],
        rappel=deconnecte(request, *(une.utilisateur for une in choisis)),
    )


@require_http_methods(ECRITURE)
def personnels_inviter(request: Requete) -> HttpResponse:
    """Un nouveau lien à ceux qui n'ont jamais ouvert leur compte."""
    nommer_ou_404(request)
    choisis = jamais_venus(request.user, cles_cochees(request, "personne"))
    if not choisis:
        messages.warning(request, "Cochez des personnes qui ont une adresse et ne se sont jamais connectées.")
        return redirect(PERSONNELS[1])
    pluriel = "s" if len(choisis) > 1 else ""
    return confirmer(
        request,
        lambda: _inviter(request, choisis),
        fait=f"{len(choisis)} invitation{pluriel} envoyée{pluriel}.",
        titre="Inviter ceux qui ne sont jamais venus",
        question=f"Chacun reçoit un lien de sept jours ; un lien déjà parti ne vaudra plus. {QUI_RESTE}",
        concernes=[f"{une} ({une.email})" for une in choisis],
        envoyer="Envoyer les invitations",
        rubrique=PERSONNELS,
        retour=reverse(PERSONNELS[1]),
        caches=[("personne", str(une.pk)) for une in choisis],
        danger=False,
    )


def _inviter(request: Requete, choisis: list[Utilisateur]) -> None:
    if not (settings.COURRIEL_CONFIGURE or settings.EST_LOCAL):
        raise ValidationError(SANS_ENVOI)
    page = request.build_absolute_uri(reverse("invitation"))
    for personne, lien in inviter_plusieurs(auteur=request.user, personnes=choisis):
        envoyer_invitation(personne, lien, page)
