"""Le côté de l'enseignant : préparer les questions, remettre le lien, imprimer la fiche, la recopier."""

import re
from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.text import slugify
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from evaluations.documents.tuteur import pdf_fiche, qr
from evaluations.forms.tuteur import lire_questions, lire_reponses
from evaluations.models import LienTuteur, Placement
from evaluations.permissions import placement_ou_404
from evaluations.queries.tuteur import AUTONOMIES, REPONSES, fiche_de, liens_de, lignes_a_preparer, questions_figees
from evaluations.services.liens_tuteur import creer_lien, envoyer_lien, revoquer_lien, revoquer_liens
from evaluations.services.questions_tuteur import enregistrer_questions
from evaluations.services.reponses_tuteur import recopier
from evaluations.views.pfmp import ECRITURE, Requete

JETON = "0"


@never_cache
@require_http_methods(ECRITURE)
def questions(request: Requete, pk: int) -> HttpResponse:
    """Les questions du placement et le lien du tuteur, sur une page."""
    placement = placement_ou_404(request.user, pk, ecrire=True)
    if request.method != "POST":
        return _page(request, placement)
    try:
        saisies = lire_questions(request.POST)
        nombre = enregistrer_questions(utilisateur=request.user, placement=placement, saisies=saisies)
    except ValidationError as refus:
        return _page(request, placement, statut=422, refus=refus.messages)
    messages.success(request, f"{nombre} question{'s' if nombre > 1 else ''} au tuteur.")
    return redirect("evaluations:pfmp_questions", pk)


@never_cache
@require_POST
def lien(request: Requete, pk: int) -> HttpResponse:
    """Envoyer, relancer, renouveler ou révoquer ; « montrer » donne l'adresse et son code QR, une fois."""
    placement = placement_ou_404(request.user, pk, ecrire=True)
    acte = request.POST.get("acte", "")
    try:
        if acte == "montrer":
            return _montrer(request, placement, [])
        vise = _lien_vise(request, placement)
        if acte == "renouveler" and vise and not vise.envoye_a:
            return _montrer(request, placement, [vise])
        messages.success(request, _agir(request, placement, acte, vise))
    except ValidationError as refus:
        return _page(request, placement, statut=422, refus=refus.messages)
    return redirect("evaluations:pfmp_questions", pk)


def _montrer(request: Requete, placement: Placement, remplaces: list[LienTuteur]) -> HttpResponse:
    remis = creer_lien(utilisateur=request.user, placement=placement, remplaces=remplaces)
    adresse = f"{adresse_des_liens(request)}{remis.jeton}/"
    return _page(request, placement, adresse=adresse, qr=qr(adresse))


def _lien_vise(request: Requete, placement: Placement) -> LienTuteur | None:
    """Celui de la ligne, si l'acte en vise un seul."""
    cle = request.POST.get("lien", "")
    if not cle:
        return None
    lien = placement.liens.filter(pk=int(cle)).first() if re.fullmatch(r"[0-9]{1,18}", cle) else None
    if lien is None:
        raise Http404("Lien introuvable.")
    return lien


def _agir(request: Requete, placement: Placement, acte: str, vise: LienTuteur | None) -> str:
    if acte == "revoquer" and vise:
        revoquer_lien(utilisateur=request.user, placement=placement, lien=vise)
        return "Lien révoqué : il ne s'ouvre plus, les autres valent encore."
    if acte == "revoquer":
        nombre = revoquer_liens(utilisateur=request.user, placement=placement)
        return f"{nombre} lien{'s' if nombre > 1 else ''} révoqué{'s' if nombre > 1 else ''}."
    if acte not in {"envoyer", "relancer", "renouveler"}:
        raise ValidationError("Cet acte n'existe pas.")
    envoye = envoyer_lien(
        utilisateur=request.user,
        placement=placement,
        page=adresse_des_liens(request),
        est_relance=acte == "relancer",
        remplaces=([vise] if vise else liens_de(placement)) if acte == "renouveler" else [],
    )
    return f"Lien envoyé à {envoye.envoye_a}."


@never_cache
@require_POST
def fiche_papier(request: Requete, pk: int) -> HttpResponse:
    """Imprimer remet un lien, celui du code QR : c'est un acte, donc un POST."""
    placement = placement_ou_404(request.user, pk, ecrire=True)
    try:
        remis = creer_lien(utilisateur=request.user, placement=placement)
    except ValidationError as refus:
        return _page(request, placement, statut=422, refus=refus.messages)
    contenu = pdf_fiche(placement, remis.lien, f"{adresse_des_liens(request)}{remis.jeton}/")
    nom = slugify(f"fiche-tuteur-{placement.inscription.apprenant}")
    return HttpResponse(
        contenu, content_type="application/pdf", headers={"Content-Disposition": f'inline; filename="{nom}.pdf"'}
    )


@never_cache
@require_http_methods(ECRITURE)
def saisie_papier(request: Requete, pk: int) -> HttpResponse:
    """Recopier la fiche rendue sur papier : mêmes numéros, une touche par ligne."""
    placement = placement_ou_404(request.user, pk, ecrire=True)
    details: dict[str, Any] = {"conflits": [], "refus": []}
    if request.method == "POST":
        try:
            saisie = lire_reponses(request.POST, est_terminee="complete" in request.POST)
            recu = recopier(utilisateur=request.user, placement=placement, saisie=saisie)
        except ValidationError as refus:
            details["refus"] = refus.messages
        else:
            if not recu.conflits:
                messages.success(request, "Fiche recopiée. Votre nom y figure comme auteur de la saisie.")
                return redirect("evaluations:pfmp_placement", pk)
            details["conflits"] = [conflit.cle for conflit in recu.conflits]
            placement = placement_ou_404(request.user, pk, ecrire=True)
    contexte = {
        **_commun(placement),
        **details,
        "fiche": fiche_de(placement),
        "reponses": list(REPONSES.values()),
        "autonomies": list(AUTONOMIES.values()),
    }
    statut = 409 if details["conflits"] else 422 if details["refus"] else 200
    return render(request, "evaluations/tuteur_saisie_papier.html", contexte, status=statut)


def adresse_des_liens(request: Requete) -> str:
    """Le début de tout lien de tuteur ; le jeton s'y ajoute."""
    return request.build_absolute_uri(reverse("evaluations:tuteur_lien", args=[JETON])).removesuffix(f"{JETON}/")


def _commun(placement: Placement) -> dict[str, Any]:
    return {"placement": placement, "periode": placement.periode, "classe": placement.periode.classe}


def _page(request: Requete, placement: Placement, statut: int = 200, **details: Any) -> HttpResponse:
    liens, maintenant = liens_de(placement), timezone.now()
    contexte = {
        **_commun(placement),
        "lignes": lignes_a_preparer(placement),
        "sont_figees": questions_figees(placement),
        "fiche": fiche_de(placement),
        "liens": liens,
        "valables": [un for un in liens if un.revoque_le is None and un.expire_le > maintenant],
        "deja_envoye": any(un.envoye_le for un in liens),
        "relance_du_jour": any(
            un.est_relance and un.envoye_le and timezone.localdate(un.envoye_le) == timezone.localdate() for un in liens
        ),
        "refus": [],
        "adresse": "",
        "qr": "",
        "maintenant": maintenant,
        **details,
    }
    return render(request, "evaluations/tuteur_questions.html", contexte, status=statut)
