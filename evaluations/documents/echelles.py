"""L'échelle à afficher à l'atelier : A4 (niveaux seuls) ou A3 (avec ce que l'on doit observer), en paysage."""

from typing import Any

from django.template.loader import render_to_string
from django.utils import timezone

from evaluations.attendus import REGLE
from evaluations.models import Echelle
from evaluations.queries.echelles import libelle_cohorte, tableau_de
from referentiel.queries import niveaux_de_maitrise
from trpm.socle.pdf import pdf

FORMATS = ("a4", "a3")
BARRES = {1: "▁", 2: "▂", 3: "▅", 4: "█"}


def contexte_echelle(echelle: Echelle, taille: str) -> dict[str, Any]:
    niveaux = niveaux_de_maitrise(echelle.version_referentiel_id)
    return {
        "titre": f"{echelle.intitule}, version {echelle.numero}",
        "echelle": echelle,
        "taille": taille,
        "tableau": tableau_de(echelle),
        "cohorte": libelle_cohorte(echelle.cohorte, echelle.version_referentiel),
        "niveaux": [(niveau, BARRES[niveau], libelle) for niveau, libelle in niveaux.items()],
        "regle": REGLE,
        "edite_le": timezone.localtime(),
    }


def html_echelle(contexte: dict[str, Any]) -> str:
    return render_to_string("evaluations/echelle_pdf.html", contexte)


def pdf_echelle(echelle: Echelle, taille: str) -> bytes:
    contexte = contexte_echelle(echelle, taille)
    return pdf(html_echelle(contexte), titre=contexte["titre"], feuille="pdf_echelle.css")
