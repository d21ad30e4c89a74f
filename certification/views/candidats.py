"""Les candidats d'une classe, la synthèse de chacun, leurs documents."""

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from centres.permissions import peut_gerer_les_classes, peut_preparer
from centres.services.consultations import noter_consultation
from certification.documents import images
from certification.documents.commission import pdf_dossier, pdf_recapitulatif
from certification.enums import NatureArchive
from certification.forms.candidats import FiltreCandidatsForm
from certification.permissions import (
    candidat_et_classe_ou_404,
    candidat_ou_404,
    classe_notee_ou_404,
    est_candidat,
    peut_convoquer,
)
from certification.queries.archives import piece_servie
from certification.queries.candidats import synthese_de_la_classe, synthese_du_candidat
from certification.queries.conformite import compter, conformites, conformites_de_la_classe, reparations
from certification.queries.pages import bilans, filtrer, voisins_de
from certification.views.reponses import Requete, reponse_archivee, reponse_pdf
from evaluations.queries.parcours import jalons_de
from referentiel.queries import niveaux_de_maitrise
from referentiel.reglement import situations_attendues


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
        "conformite": compter(conformites_de_la_classe(synthese).values()),
        "peut_numeroter": peut_gerer_les_classes(request.user, vue.centre_id) and not est_candidat(request.user, vue),
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
    conformite = conformites(candidat.classe, [lu])[pk, epreuve_code]
    proposition = lu.propositions.get(epreuve_code)
    est_close = proposition is not None and proposition.commission.est_close
    contexte = {
        "candidat": candidat,
        "classe": candidat.classe,
        "lu": lu,
        "vue": lu.epreuves[epreuve_code],
        "synthese": lu.syntheses[epreuve_code],
        "radar": images.radar_du_candidat(lu),
        "voisins": voisins_de(candidat, candidats),
        "libelles_niveaux": niveaux_de_maitrise(candidat.classe.version_id),
        "jalons": jalons_de(request.user, candidat.apprenant, candidat.classe.version),
        "conformite": conformite,
        "reparations": reparations(conformite, lu.syntheses[epreuve_code].motifs),
        "peut_preparer": peut_preparer(request.user, candidat.classe),
        "peut_remettre": est_close and peut_convoquer(request.user, candidat.classe.centre_id),
        "attendues": lu.epreuves[epreuve_code].situations,
    }
    return render(request, "certification/synthese.html", contexte)


@require_safe
def dossier(request: Requete, pk: int, epreuve_code: str) -> HttpResponse:
    candidat = candidat_ou_404(request.user, pk)
    if not candidat.classe.version.epreuves.filter(code=epreuve_code).exists():
        raise Http404("Épreuve introuvable.")
    noter_consultation(utilisateur=request.user, objet=candidat, page=f"dossier {epreuve_code}")
    nom = f"{candidat.apprenant} – dossier {epreuve_code} – session {candidat.classe.session.annee}.pdf"
    archivee = piece_servie(
        candidat.classe, NatureArchive.DOSSIER, inscription__apprenant=candidat.apprenant_id, epreuve__code=epreuve_code
    )
    if archivee is not None:
        return reponse_archivee(archivee, nom)
    return reponse_pdf(pdf_dossier(candidat, epreuve_code), nom)


@require_safe
def recapitulatif(request: Requete, pk: int) -> HttpResponse:
    vue = classe_notee_ou_404(request.user, pk)
    noter_consultation(utilisateur=request.user, objet=vue, page="récapitulatif de la classe")
    nom = f"{vue.nom} – récapitulatif – session {vue.session.annee}.pdf"
    # Qui est lui-même candidat n'y lit pas sa note : la liste du jour l'omet, l'archivée non.
    archivee = None if est_candidat(request.user, vue) else piece_servie(vue, NatureArchive.RECAPITULATIF)
    if archivee is not None:
        return reponse_archivee(archivee, nom)
    return reponse_pdf(pdf_recapitulatif(vue, request.user), nom)
