"""Ce qui part au jury ou se remet après les résultats : liste de transmission, explication, fiche d'évaluation."""

from collections.abc import Sequence
from typing import Any

from django.template.loader import render_to_string
from django.utils import timezone

from certification.documents.archives import contexte_fige, contexte_liste
from certification.enums import EtatProposition
from certification.models import Commission, Proposition
from certification.phrases import decimal_francais
from certification.pourquoi import expliquer
from certification.queries.archives import DossierFige, calcul_du_candidat, dossiers_figes, membres_de
from certification.queries.candidats import SyntheseCandidat
from referentiel.queries import niveaux_de_maitrise
from trpm.socle.pdf import pdf
from trpm.socle.tableau import XLSX, en_xlsx

PDF = "application/pdf"
# Ce que le jury lit à la place d'une note.
ABREGES = {
    EtatProposition.ABSENT: "AB",
    EtatProposition.DISPENSE: "DI",
    EtatProposition.PONCTUEL: "ponctuel",
}
ENTETES = ("N° de candidat", "INE", "Nom", "Prénom", "Option", "Statut")


def au_jury(proposition: Proposition | None) -> str:
    """La note proposée, AB, DI, ou la note conservée ; les notes de la liste sont celles de l'archive."""
    if proposition is None:
        return ""
    if proposition.note_proposee is not None:
        return decimal_francais(proposition.note_proposee)
    if proposition.etat == EtatProposition.BENEFICE and proposition.note_conservee is not None:
        return f"{decimal_francais(proposition.note_conservee)} (session {proposition.session_conservee})"
    return ABREGES.get(EtatProposition(proposition.etat), "")


def contexte_transmission(commission: Commission, figes: Sequence[DossierFige]) -> dict[str, Any]:
    contexte = contexte_liste(commission, figes)
    for ligne in contexte["lignes"]:
        ligne["cases"] = [au_jury(ligne["propositions"].get(epreuve.code)) for epreuve in contexte["epreuves"]]
    titre = f"Transmission au jury – {commission.classe.nom} – session {commission.classe.session.annee}"
    return {**contexte, "titre": titre, "archive": commission.archives.order_by("-numero").first()}


def fichier_de_transmission(commission: Commission, forme: str) -> tuple[bytes, str]:
    """Le fichier et son type, depuis les lignes figées."""
    contexte = contexte_transmission(commission, dossiers_figes(commission))
    if forme == "pdf":
        html = render_to_string("certification/transmission_pdf.html", contexte)
        return pdf(html, titre=contexte["titre"]), PDF
    entetes = [*ENTETES, *(epreuve.code for epreuve in contexte["epreuves"])]
    return en_xlsx("Transmission", entetes, [_ligne(ligne) for ligne in contexte["lignes"]]), XLSX


def _ligne(ligne: dict[str, Any]) -> list[str]:
    candidat = ligne["candidat"]
    apprenant = candidat.apprenant
    option = candidat.option.code if candidat.option else ""
    statut = candidat.get_statut_display()
    return [candidat.numero, apprenant.ine or "", apprenant.nom, apprenant.prenom, option, statut, *ligne["cases"]]


def contexte_pourquoi(lu: SyntheseCandidat, code: str) -> dict[str, Any]:
    candidat, vue, calcul = lu.candidat, lu.epreuves[code], calcul_du_candidat(lu, code)
    return {
        "titre": f"Pourquoi cette note – {code} – {candidat.apprenant} – session {candidat.classe.session.annee}",
        "candidat": candidat,
        "classe": candidat.classe,
        "epreuve": vue.epreuve,
        "vue": vue,
        "synthese": lu.syntheses[code],
        "niveaux": niveaux_de_maitrise(candidat.classe.version_id),
        "pourquoi": None if calcul is None else expliquer(calcul),
        "edite_le": timezone.localtime(),
    }


def pdf_pourquoi(lu: SyntheseCandidat, code: str) -> bytes:
    contexte = contexte_pourquoi(lu, code)
    return pdf(render_to_string("certification/pourquoi_pdf.html", contexte), titre=contexte["titre"])


def pdf_de_la_fiche(commission: Commission, fige: DossierFige) -> bytes:
    """La fiche d'évaluation remise après les résultats : ce qui a été observé, les niveaux retenus, la proposition."""
    contexte = contexte_fige(commission, fige, membres_de(commission))
    contexte["titre"] = contexte["titre"].replace("Dossier", "Fiche d'évaluation", 1)
    return pdf(render_to_string("certification/fiche_pdf.html", contexte), titre=contexte["titre"])
