"""Documents des PFMP : bilan à signer, attestation, synthèse du conseil de classe. Aucune note."""

from typing import Any

from django.template.loader import render_to_string
from django.utils import timezone

from centres.models import Classe
from evaluations.models import Placement
from evaluations.queries.bilans_pfmp import bilan_de
from evaluations.queries.pfmp import visites_et_absences
from evaluations.queries.suivi_pfmp import (
    PfmpSynthese,
    SyntheseApprenant,
    avec_absences,
    semaines_faites,
    synthese_de,
)
from trpm.socle.pdf import pdf

FEUILLE = "pdf_pfmp.css"
SANS_BILAN = "bilan non confirmé"
ENTETES = (
    "Apprenant",
    "Option",
    "Statut",
    "Semaines faites",
    "Semaines prévues",
    "Semaines exigées",
    "PFMP",
    "Entreprise",
    "Du",
    "Au",
    "Semaines",
    "Absences (demi-journées)",
    "dont injustifiées",
    "Visites faites",
    "Niveaux retenus",
    "Attitudes",
)


def pdf_bilan(placement: Placement) -> bytes:
    """Confirmé : ce qui a été retenu. Sinon un projet, qui le dit."""
    vue = bilan_de(placement)
    titre = f"Bilan de PFMP – {placement.inscription.apprenant}"
    contexte = {**_commun(placement, titre), "vue": vue, **visites_et_absences(placement)}
    return _pdf("evaluations/pfmp_bilan_pdf.html", contexte)


def pdf_attestation(placement: Placement) -> bytes:
    """À signer par l'entreprise : durées et absences telles qu'elles sont connues ce jour."""
    lu = avec_absences(Placement.objects.filter(pk=placement.pk).select_related("periode")).get()
    titre = f"Attestation de PFMP – {placement.inscription.apprenant}"
    contexte = {
        **_commun(placement, titre),
        "semaines": semaines_faites(lu),
        "demi_journees": vars(lu)["absences_total"],
        "injustifiees": vars(lu)["absences_injustifiees"],
    }
    return _pdf("evaluations/pfmp_attestation_pdf.html", contexte)


def pdf_synthese(classe: Classe) -> bytes:
    contexte = {
        "titre": f"Synthèse des PFMP – {classe}",
        "classe": classe,
        "apprenants": synthese_de(classe),
        "edite_le": timezone.localtime(),
    }
    return _pdf("evaluations/pfmp_synthese_pdf.html", contexte)


def lignes_de_synthese(classe: Classe) -> tuple[tuple[str, ...], list[list[str]]]:
    """En-têtes et lignes du classeur : une par PFMP ; un apprenant sans PFMP en a une aussi."""
    lignes: list[list[str]] = []
    for apprenant in synthese_de(classe):
        tete = _tete(apprenant)
        lignes += [[*tete, *_suite(une)] for une in apprenant.pfmp] or [[*tete, *[""] * (len(ENTETES) - len(tete))]]
    return ENTETES, lignes


def _tete(apprenant: SyntheseApprenant) -> list[str]:
    inscription, conformite = apprenant.inscription, apprenant.conformite
    return [
        str(inscription.apprenant),
        inscription.option.code if inscription.option else "",
        inscription.get_statut_display(),
        _decimal(conformite.faites),
        _decimal(conformite.prevues),
        "" if conformite.exigees is None else str(conformite.exigees),
    ]


def _suite(une: PfmpSynthese) -> list[str]:
    placement = une.placement
    return [
        f"{placement.periode.classe.nom} {placement.periode.code}",
        str(placement.entreprise or ""),
        f"{placement.debut:%d/%m/%Y}",
        f"{placement.fin:%d/%m/%Y}",
        _decimal(une.semaines),
        str(une.demi_journees),
        str(une.injustifiees),
        str(une.visites),
        ", ".join(f"{code} : {niveau}" for code, niveau in une.niveaux) if une.est_confirme else SANS_BILAN,
        ", ".join(f"{libelle} : {degre}" for libelle, degre in une.attitudes),
    ]


def _commun(placement: Placement, titre: str) -> dict[str, Any]:
    return {
        "titre": titre,
        "placement": placement,
        "periode": placement.periode,
        "classe": placement.periode.classe,
        "centre": placement.periode.classe.centre,
        "inscription": placement.inscription,
        "edite_le": timezone.localtime(),
    }


def _pdf(gabarit: str, contexte: dict[str, Any]) -> bytes:
    html = render_to_string(gabarit, contexte)
    return pdf(html, titre=contexte["titre"], feuille=FEUILLE, variante=None)


def _decimal(valeur: Any) -> str:
    return f"{valeur.normalize():f}".replace(".", ",")
