"""La part des bilans dans le monde de la matrice : un préparé, un formalisé, des PDF prêts ou en cours."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from django.core.files.base import ContentFile
from django.utils import timezone

from centres.models import Classe, Inscription, Utilisateur
from evaluations.enums import EtatBilan, EtatFabrication
from evaluations.models import CampagneBilans, FabricationBilans
from tests.evaluations.fabrique_progression import fabriquer_bilan, fabriquer_campagne


def contenu_bilans(auteur: Utilisateur, classe: Classe, ines: Inscription) -> dict[str, Any]:
    ancienne = fabriquer_campagne(classe, auteur, date(2026, 1, 30))
    recente = fabriquer_campagne(classe, auteur, date(2026, 3, 27))
    textes = {"remarques_equipe": "Sérieuse", "objectifs": "Gagner en autonomie", "remarques_apprenant": "D'accord"}
    return {
        "campagne": recente,
        "bilan_formalise": fabriquer_bilan(ancienne, ines, etat=EtatBilan.FORMALISE, **textes),
        "bilan_prepare": fabriquer_bilan(recente, ines, **textes),
        "pdf_prets": _fabrication(ancienne, auteur, EtatFabrication.FINI),
        "pdf_en_cours": _fabrication(recente, auteur, EtatFabrication.EN_COURS),
    }


def _fabrication(campagne: CampagneBilans, auteur: Utilisateur, etat: EtatFabrication) -> FabricationBilans:
    maintenant = timezone.now()
    fabrication = FabricationBilans(
        campagne=campagne, auteur=auteur, etat=etat, total=2, demande_le=maintenant, avance_le=maintenant
    )
    if etat == EtatFabrication.FINI:
        fabrication.fichier.save(f"bilans-{campagne.pk}.zip", ContentFile(b"PK"), save=False)
    fabrication.save()
    return fabrication


def arguments_bilans(
    a: Mapping[str, Any], b: Mapping[str, Any], absent: int
) -> dict[str, list[tuple[str, tuple[Any, ...], str | None, str, str]]]:
    """Par sorte d'objet : nom, arguments, centre (vide : n'existe pas), état, l'apprenant dont il s'agit."""
    formalise, prepare = a["bilan_formalise"], a["bilan_prepare"]
    return {
        "campagne": [
            ("bilans A", (a["campagne"].pk,), "A", "", ""),
            ("bilans B", (b["campagne"].pk,), "B", "", ""),
            ("bilans absents", (absent,), None, "", ""),
        ],
        "bilan_periode": [
            ("bilan A préparé", (prepare.pk,), "A", "prepare", "apprenant"),
            ("bilan A formalisé", (formalise.pk,), "A", "formalise", "apprenant"),
            ("bilan B formalisé", (b["bilan_formalise"].pk,), "B", "formalise", ""),
            ("bilan absent", (absent,), None, "", ""),
        ],
        "fabrication": [
            ("PDF A prêts", (a["pdf_prets"].pk,), "A", "fini", ""),
            ("PDF A en cours", (a["pdf_en_cours"].pk,), "A", "en_cours", ""),
            ("PDF B prêts", (b["pdf_prets"].pk,), "B", "fini", ""),
            ("PDF absents", (absent,), None, "", ""),
        ],
    }
