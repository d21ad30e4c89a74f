"""Le livret d'un apprenant en PDF : niveaux et attendus, progression, preuves. Aucune note, aucune observation.

Le même pour l'équipe et pour l'apprenant : il se remet, il se garde.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from django.template.loader import render_to_string
from django.utils import timezone

from centres.models import Apprenant
from evaluations.documents.dessins_livret import dessiner, radar_du_livret
from evaluations.queries.livret import Livret
from evaluations.queries.parcours import Jalon
from referentiel.queries import niveaux_de_maitrise
from trpm.socle.pdf import pdf

FEUILLE = "pdf_livret.css"


@dataclass(frozen=True)
class LignePreuve:
    """Une situation en une ligne : ce qu'elle a montré de mieux à chaque compétence."""

    jalon: Jalon
    niveaux: tuple[tuple[str, int], ...]


def pdf_livret(livret: Livret, apprenant: Apprenant) -> bytes:
    contexte = contexte_livret(livret, apprenant)
    return pdf(html_livret(contexte), titre=contexte["titre"], feuille=FEUILLE, variante=None)


def html_livret(contexte: dict[str, Any]) -> str:
    return render_to_string("evaluations/livret_pdf.html", contexte)


def contexte_livret(livret: Livret, apprenant: Apprenant) -> dict[str, Any]:
    inscription = livret.parcours.inscription
    return {
        "titre": f"Livret de suivi – {apprenant}",
        "livret": livret,
        "apprenant": apprenant,
        "inscription": inscription,
        "classe": inscription.classe if inscription else None,
        "lignes": dessiner(livret, est_un_document=True),
        "radar": radar_du_livret(livret),
        "preuves": preuves_par_periode(livret.parcours.jalons),
        "libelles_niveaux": niveaux_de_maitrise(inscription.classe.version_id) if inscription else {},
        "edite_le": timezone.localtime(),
    }


def preuves_par_periode(jalons: Sequence[Jalon]) -> list[tuple[str, list[LignePreuve]]]:
    """De la plus récente à la plus ancienne, comme à l'écran ; une situation sans niveau n'y est pas."""
    lignes = [(jalon, _meilleurs(jalon)) for jalon in jalons]
    lues = [LignePreuve(jalon, niveaux) for jalon, niveaux in lignes if niveaux]
    return [(periode, list(groupe)) for periode, groupe in groupby(lues, key=lambda une: une.jalon.periode)]


def _meilleurs(jalon: Jalon) -> tuple[tuple[str, int], ...]:
    return tuple((groupe.code, groupe.meilleur) for groupe in jalon.competences if groupe.meilleur)
