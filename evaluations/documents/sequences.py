"""La séquence à imprimer : sa page, sur papier."""

from typing import Any

from django.template.loader import render_to_string
from django.utils import timezone

from evaluations.models import Sequence
from evaluations.queries.echelles import libelle_cohorte
from evaluations.queries.sequences import fiche_de
from trpm.socle.pdf import pdf


def contexte_sequence(sequence: Sequence) -> dict[str, Any]:
    return {
        "titre": sequence.intitule,
        "sequence": sequence,
        "fiche": fiche_de(sequence),
        "cohorte": libelle_cohorte(sequence.cohorte, sequence.periode_debut.version),
        "edite_le": timezone.localtime(),
    }


def html_sequence(contexte: dict[str, Any]) -> str:
    return render_to_string("evaluations/sequence_pdf.html", contexte)


def pdf_sequence(sequence: Sequence) -> bytes:
    contexte = contexte_sequence(sequence)
    return pdf(html_sequence(contexte), titre=contexte["titre"], feuille="pdf_sequence.css")
