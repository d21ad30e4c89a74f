"""Clore une commission, suivre la fabrication de son archive, la lire, la vérifier, la rouvrir."""

import zipfile
from io import BytesIO

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.text import slugify
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from centres.models import Centre
from centres.services.consultations import noter_consultation
from certification.archive_json import NOM_MANIFESTE, NOM_SCEAU, sceau_du_manifeste
from certification.documents.fabrication import clore, lancer_l_archive
from certification.forms.archives import MotifForm
from certification.models import Archive, Commission
from certification.permissions import (
    archive_ou_404,
    commission_a_clore_ou_404,
    commission_a_lire_ou_404,
    commission_a_rouvrir_ou_404,
    peut_clore,
    peut_rouvrir,
    piece_archivee_ou_404,
)
from certification.queries.archives import archives_de, fabrication_en_cours, manques
from certification.queries.verification import verifier_archives
from certification.services.archives import rouvrir_commission
from certification.views.reponses import Requete, reponse_pdf


@require_http_methods(["GET", "HEAD", "POST"])
def commission_clore(request: Requete, pk: int) -> HttpResponse:
    """Ce qui manque, ou l'acte qui fige tout."""
    commission = commission_a_clore_ou_404(request.user, pk)
    if commission.est_close:
        return redirect("certification:archives", pk)
    refus: list[str] = []
    if request.method == "POST":
        try:
            clore(utilisateur=request.user, commission=commission)
        except ValidationError as erreur:
            refus = erreur.messages
        else:
            messages.success(request, "Commission close : plus rien ne change. L'archive se fabrique.")
            return redirect("certification:archives", pk)
    contexte = {
        "commission": commission,
        "classe": commission.classe,
        "manques": manques(commission) if commission.est_ouverte else [],
        "refus": refus,
    }
    return render(request, "certification/commission_clore.html", contexte, status=422 if refus else 200)


@require_http_methods(["GET", "HEAD", "POST"])
def commission_rouvrir(request: Requete, pk: int) -> HttpResponse:
    commission = commission_a_rouvrir_ou_404(request.user, pk)
    if not commission.est_close:
        return redirect("certification:archives", pk)
    formulaire = MotifForm(request.POST if request.method == "POST" else None)
    if formulaire.is_bound and formulaire.is_valid():
        try:
            rouvrir_commission(utilisateur=request.user, commission=commission, **formulaire.cleaned_data)
        except ValidationError as refus:
            formulaire.add_error(None, refus.messages)
        else:
            messages.success(request, "Commission rouverte : une nouvelle version commence, l'archive reste.")
            return redirect("certification:archives", pk)
    contexte = {"commission": commission, "classe": commission.classe, "formulaire": formulaire}
    statut = 422 if formulaire.is_bound else 200
    return render(request, "certification/commission_rouvrir.html", contexte, status=statut)


@never_cache
@require_safe
def archives(request: Requete, pk: int) -> HttpResponse:
    """Les archives d'une commission ; la fabrication se redemande et n'en reçoit alors que le cadre."""
    commission = commission_a_lire_ou_404(request.user, pk)
    lues = archives_de(commission)
    courante = next((une for une in lues if une.version_commission == commission.numero_version), None)
    contexte = {
        "commission": commission,
        "classe": commission.classe,
        "archives": lues,
        "courante": courante if commission.est_close else None,
        "travail": fabrication_en_cours(commission) if commission.est_close and not courante else None,
        "peut_clore": peut_clore(request.user, commission),
        "peut_rouvrir": peut_rouvrir(request.user, commission),
    }
    if request.htmx:
        return render(request, "certification/_archive_fabrication.html", contexte)
    return render(request, "certification/archives.html", contexte)


@require_POST
def archive_fabriquer(request: Requete, pk: int) -> HttpResponse:
    """Relance une fabrication arrêtée : elle reprend ce qui était déjà fait."""
    commission = commission_a_clore_ou_404(request.user, pk)
    try:
        lancer_l_archive(utilisateur=request.user, commission=commission)
    except ValidationError as refus:
        messages.error(request, " ".join(refus.messages))
    return redirect("certification:archives", pk)


@require_safe
def archive(request: Requete, pk: int) -> HttpResponse:
    """Les pièces, leurs empreintes, et celle de l'archive, à recopier sur le procès-verbal signé."""
    vue = archive_ou_404(request.user, pk)
    pieces = list(vue.pieces.select_related("epreuve", "inscription__apprenant"))
    contexte = {
        "archive": vue,
        "commission": vue.commission,
        "classe": vue.commission.classe,
        "pieces": pieces,
        "octets": sum(piece.octets for piece in pieces),
        "groupes_empreinte": [vue.empreinte[debut : debut + 8] for debut in range(0, 64, 8)],
    }
    return render(request, "certification/archive.html", contexte)


@require_safe
def archive_piece(request: Requete, pk: int, ordre: int) -> HttpResponse:
    piece = piece_archivee_ou_404(request.user, pk, ordre)
    classe = piece.archive.commission.classe
    noter_consultation(utilisateur=request.user, objet=classe, page=f"archive {piece.archive.numero}, pièce {ordre}")
    with piece.fichier.open() as fichier:
        return reponse_pdf(fichier.read(), piece.nom)


@require_safe
def archive_zip(request: Requete, pk: int) -> HttpResponse:
    """Le dossier entier, tel que le vérificateur autonome l'attend."""
    vue = archive_ou_404(request.user, pk)
    if vue.efface_le is not None:
        messages.error(request, "Cette archive est effacée au terme de son délai : il n'en reste que les empreintes.")
        return redirect("certification:archive", pk)
    noter_consultation(utilisateur=request.user, objet=vue.commission.classe, page=f"archive {vue.numero} en .zip")
    reponse = HttpResponse(_zip(vue), content_type="application/zip")
    reponse["Content-Disposition"] = f'attachment; filename="{_nom(vue)}.zip"'
    reponse["Cache-Control"] = "private, no-store"
    return reponse


@require_safe
def archive_verifier(request: Requete, pk: int) -> HttpResponse:
    """Relit maintenant les archives du centre : base, fichiers et journal."""
    vue = archive_ou_404(request.user, pk)
    tete = "".join(request.GET.get("tete", "").split()).lower()
    controle = verifier_archives(Centre.objects.filter(pk=vue.centre_id), tete=tete)
    contexte = {
        "archive": vue,
        "commission": vue.commission,
        "classe": vue.commission.classe,
        "controle": controle,
        "tete": tete,
    }
    return render(request, "certification/archive_verifier.html", contexte)


def _zip(archive: Archive) -> bytes:
    sortie = BytesIO()
    # Des PDF déjà compressés : les compresser de nouveau ne gagnerait rien.
    with zipfile.ZipFile(sortie, "w", zipfile.ZIP_STORED) as contenu:
        manifeste = archive.manifeste.encode()
        contenu.writestr(NOM_MANIFESTE, manifeste)
        contenu.writestr(NOM_SCEAU, sceau_du_manifeste(manifeste))
        for piece in archive.pieces.filter(efface_le=None):
            with piece.fichier.open() as fichier:
                contenu.writestr(piece.nom, fichier.read())
    return sortie.getvalue()


def _nom(archive: Archive) -> str:
    commission: Commission = archive.commission
    classe = commission.classe
    return slugify(f"archive {archive.numero} {classe.nom} session {classe.session.annee}")
