"""Les pièces d'une archive : procès-verbal, liste, grilles et dossiers, imprimés depuis les lignes figées."""

from collections import Counter
from collections.abc import Sequence
from typing import Any

from django.template.loader import render_to_string
from django.utils import timezone

from certification.archive_json import NOM_JOINT, canonique
from certification.documents.commission import contexte_dossier
from certification.enums import EtatProposition
from certification.models import Commission, MembreCommission
from certification.queries.archives import DossierFige, cadre_de, membres_de
from trpm.socle.pdf import PieceJointe, pdf

DESCRIPTION_JOINT = "Les données du dossier : positionnements, calcul, proposition"


def contexte_fige(commission: Commission, fige: DossierFige, membres: Sequence[MembreCommission]) -> dict[str, Any]:
    """Le contexte du dossier, où la commission s'est prononcée ; il porte la date de la clôture, pas celle du jour."""
    contexte = contexte_dossier(fige.lu, fige.code)
    return {
        **contexte,
        "commission": commission,
        "proposition": fige.proposition,
        "positions": fige.positions,
        "membres": membres,
        "edite_le": timezone.localtime(commission.close_le),
    }


def pdf_du_dossier(commission: Commission, fige: DossierFige, membres: Sequence[MembreCommission]) -> bytes:
    contexte = contexte_fige(commission, fige, membres)
    html = render_to_string("certification/dossier_pdf.html", contexte)
    return pdf(html, titre=contexte["titre"], pieces=[piece_jointe(commission, fige)])


def pdf_de_la_grille(commission: Commission, fige: DossierFige, membres: Sequence[MembreCommission]) -> bytes:
    contexte = contexte_fige(commission, fige, membres)
    contexte["titre"] = contexte["titre"].replace("Dossier", "Grille", 1)
    html = render_to_string("certification/grille_pdf.html", contexte)
    return pdf(html, titre=contexte["titre"], pieces=[piece_jointe(commission, fige)])


def piece_jointe(commission: Commission, fige: DossierFige) -> PieceJointe:
    return PieceJointe(NOM_JOINT, json_du_dossier(commission, fige), DESCRIPTION_JOINT)


def json_du_dossier(commission: Commission, fige: DossierFige) -> bytes:
    """`trpm-archive-dossier/1`, canonique : le même dans la grille et dans le dossier."""
    return canonique(fige.clos.en_json(cadre_de(commission)))


def contexte_pv(commission: Commission, figes: Sequence[DossierFige]) -> dict[str, Any]:
    """Le procès-verbal : qui siégeait, ce qui est proposé, chaque décision qui s'écarte du calcul."""
    classe, membres = commission.classe, membres_de(commission)
    comptes = {code: Counter(f.proposition.etat for f in figes if f.code == code) for code in {f.code for f in figes}}
    epreuves = {fige.code: fige.proposition.epreuve for fige in figes}
    return {
        "titre": f"Procès-verbal – {classe.nom} – session {classe.session.annee}",
        "commission": commission,
        "classe": classe,
        "membres": membres,
        "president": next((membre for membre in membres if membre.est_president), None),
        "professionnels": [membre for membre in membres if membre.est_professionnel],
        "bilans": [
            (epreuves[code], [comptes[code][etat] for etat in ETATS_DU_PV])
            for code in sorted(epreuves, key=lambda code: epreuves[code].ordre)
        ],
        "etats": [EtatProposition(etat).label for etat in ETATS_DU_PV],
        "candidats": len({fige.lu.candidat.pk for fige in figes}),
        "ecarts": [f for f in figes if f.proposition.motif_ecart and f.proposition.note_proposee is not None],
        "positionnes": [f for f in figes if f.positions],
        "edite_le": timezone.localtime(commission.close_le),
    }


ETATS_DU_PV = (
    EtatProposition.PROPOSEE,
    EtatProposition.ABSENT,
    EtatProposition.DISPENSE,
    EtatProposition.PONCTUEL,
    EtatProposition.BENEFICE,
)


def pdf_du_pv(commission: Commission, figes: Sequence[DossierFige]) -> bytes:
    contexte = contexte_pv(commission, figes)
    return pdf(render_to_string("certification/pv_pdf.html", contexte), titre=contexte["titre"])


def contexte_liste(commission: Commission, figes: Sequence[DossierFige]) -> dict[str, Any]:
    """La liste récapitulative close : une ligne par candidat, ce qui est proposé à chaque épreuve."""
    classe = commission.classe
    epreuves = {f.code: f.proposition.epreuve for f in sorted(figes, key=lambda f: f.proposition.epreuve.ordre)}
    lignes: dict[int, dict[str, Any]] = {}
    for fige in figes:
        ligne = lignes.setdefault(fige.lu.candidat.pk, {"candidat": fige.lu.candidat, "propositions": {}})
        ligne["propositions"][fige.code] = fige.proposition
    return {
        "titre": f"Liste récapitulative – {classe.nom} – session {classe.session.annee}",
        "commission": commission,
        "classe": classe,
        "epreuves": list(epreuves.values()),
        "lignes": list(lignes.values()),
        "membres": membres_de(commission),
        "edite_le": timezone.localtime(commission.close_le),
    }


def pdf_de_la_liste(commission: Commission, figes: Sequence[DossierFige]) -> bytes:
    contexte = contexte_liste(commission, figes)
    return pdf(render_to_string("certification/liste_close_pdf.html", contexte), titre=contexte["titre"])
