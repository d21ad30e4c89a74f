"""La convocation de la commission : une lettre par membre, et la même pour tous s'il le faut."""

from datetime import datetime
from typing import Any

from django.template.loader import render_to_string
from django.utils import timezone

from centres.models import Evenement
from certification.models import Candidat, Commission
from trpm.socle.pdf import pdf


def contexte_convocation(commission: Commission) -> dict[str, Any]:
    classe = commission.classe
    epreuves = classe.version.epreuves.filter(bloc__isnull=False, a_ccf=True).order_by("ordre")
    return {
        "titre": f"Convocation – {classe.nom} – session {classe.session.annee}",
        "commission": commission,
        "classe": classe,
        "membres": list(commission.membres.select_related("utilisateur")),
        "epreuves": list(epreuves),
        "candidats": Candidat.objects.de_la_classe(classe).count(),
        # La lettre garde le jour où elle a été envoyée, à chaque impression.
        "convoquee_le": _convoquee_le(commission),
        "edite_le": timezone.localtime(),
    }


def _convoquee_le(commission: Commission) -> datetime | None:
    """Le jour de l'acte, au journal ; rien si la séance a été enregistrée après coup."""
    actes = Evenement.objects.filter(chaine=f"commission:{commission.pk}", acte="commission.convoquee")
    le = actes.values_list("le", flat=True).first()
    return timezone.localtime(le) if le is not None and le <= commission.date else None


def pdf_convocation(commission: Commission) -> bytes:
    contexte = contexte_convocation(commission)
    html = render_to_string("certification/convocation_pdf.html", contexte)
    return pdf(html, titre=contexte["titre"], feuille="pdf_convocation.css")
