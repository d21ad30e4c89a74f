"""Documents des PFMP : bilan à signer, attestation, synthèse du conseil de classe. Aucune note."""

from typing import Any

from django.template.loader import render_to_string
from django.utils import timezone

from centres.models import Classe
from evaluations.models import Placement
from evaluations.queries.bilans_pfmp import bilan_de
from evaluations.queries.pfmp import visites_et_absences
from evaluations.queries.suivi_pfmp import SyntheseApprenant, avec_absences, semaines_faites
from evaluations.queries.synthese_pfmp import LigneSynthese, tableau_de_synthese
from trpm.socle.pdf import pdf

FEUILLE = "pdf_pfmp.css"
SANS_BILAN = "non confirmé"
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
    "Bilan",
)


def pdf_bilan(placement: Placement) -> bytes:
    """Confirmé : ce qui a été retenu. Sinon un projet, qui le dit."""
    return _pdf("evaluations/pfmp_bilan_pdf.html", contexte_bilan(placement))


def contexte_bilan(placement: Placement) -> dict[str, Any]:
    titre = f"Bilan de PFMP – {placement.inscription.apprenant}"
    return {**_commun(placement, titre), "vue": bilan_de(placement), **visites_et_absences(placement)}


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
        "tableau": tableau_de_synthese(classe),
        "edite_le": timezone.localtime(),
    }
    return _pdf("evaluations/pfmp_synthese_pdf.html", contexte)


def lignes_de_synthese(classe: Classe) -> tuple[tuple[str, ...], list[list[str]]]:
    """En-têtes et lignes du classeur : une par PFMP ; un apprenant sans PFMP en a une aussi.

    Une colonne par compétence et par attitude : le classeur se trie et se filtre.
    """
    tableau = tableau_de_synthese(classe)
    entetes = (
        *ENTETES,
        *(f"{une.code} {une.texte}" for une in tableau.competences),
        *map(str.capitalize, tableau.attitudes),
    )
    lignes: list[list[str]] = []
    for bloc in tableau.blocs:
        tete = _tete(bloc.apprenant)
        vide = [*tete, *[""] * (len(entetes) - len(tete))]
        lignes += [[*tete, *_suite(une)] for une in bloc.lignes] or [vide]
    return entetes, lignes


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


def _suite(ligne: LigneSynthese) -> list[str]:
    une, placement = ligne.pfmp, ligne.pfmp.placement
    return [
        f"{placement.periode.classe.nom} {placement.periode.code}",
        str(placement.entreprise or ""),
        f"{placement.debut:%d/%m/%Y}",
        f"{placement.fin:%d/%m/%Y}",
        _decimal(une.semaines),
        str(une.demi_journees),
        str(une.injustifiees),
        str(une.visites),
        "confirmé" if une.est_confirme else SANS_BILAN,
        *("" if valeur is None else str(valeur) for valeur in (*ligne.niveaux, *ligne.attitudes)),
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
