"""Le bilan d'un apprenant en PDF : niveaux figés, évolution, entretien, signatures. Aucune note."""

from collections.abc import Iterable
from typing import Any

from django.template.loader import render_to_string
from django.utils import timezone

from evaluations.enums import NatureBilan
from evaluations.models import BilanPeriode, CampagneBilans
from evaluations.queries.bilans import VueBilan, lire_bilan
from referentiel.queries import niveaux_de_maitrise
from trpm.socle.pdf import pdf, pdf_reuni

FEUILLE = "pdf_bilans.css"


def pdf_bilan_periode(bilan: BilanPeriode) -> bytes:
    """Formalisé : ce qui est partagé. Sinon un projet, qui le dit."""
    return pdf_de_la_vue(lire_bilan(bilan))


def pdf_de_la_vue(vue: VueBilan) -> bytes:
    contexte = contexte_bilan(vue)
    return pdf(html_bilan(contexte), titre=contexte["titre"], feuille=FEUILLE, variante=None)


def pdf_de_la_classe(campagne: CampagneBilans, vues: Iterable[VueBilan]) -> bytes:
    """Tous les bilans à la suite, à imprimer d'un coup ; chacun numérote ses pages."""
    documents = (html_bilan(contexte_bilan(vue)) for vue in vues)
    return pdf_reuni(documents, titre=f"{campagne} – {campagne.classe}", feuille=FEUILLE, variante=None)


def html_bilan(contexte: dict[str, Any]) -> str:
    return render_to_string("evaluations/bilan_pdf.html", contexte)


def contexte_bilan(vue: VueBilan) -> dict[str, Any]:
    bilan = vue.bilan
    classe = bilan.campagne.classe
    return {
        "titre": f"{bilan.campagne.get_nature_display().capitalize()} – {bilan.inscription.apprenant}",
        "vue": vue,
        "bilan": bilan,
        "inscription": bilan.inscription,
        "campagne": bilan.campagne,
        "classe": classe,
        "centre": classe.centre,
        "libelles_niveaux": niveaux_de_maitrise(classe.version_id),
        "est_individuel": bilan.campagne.nature == NatureBilan.INDIVIDUEL,
        "edite_le": timezone.localtime(),
    }
