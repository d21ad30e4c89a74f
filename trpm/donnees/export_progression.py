"""La part des trois ans dans les données remises à une personne : bilans, auto-évaluations, portfolio."""

from typing import Any

from centres.models import Apprenant, Utilisateur
from evaluations.models import AutoEvaluation, BilanPeriode, PiecePortfolio
from evaluations.queries.bilans import vue_du_bilan

Lignes = list[dict[str, Any]]


def bilans_de(lecteur: Utilisateur, apprenant: Apprenant) -> Lignes:
    """L'apprenant n'y trouve que ses bilans formalisés : les autres ne sont pas encore dits."""
    bilans = BilanPeriode.objects.visibles_par(lecteur).filter(inscription__apprenant=apprenant)
    return [
        {
            "bilan": un.campagne.intitule,
            "etat": un.get_etat_display(),
            "niveaux_arretes_le": un.arrete_le,
            "niveaux": [f"{une.code} : {une.niveau or '·'}" for une in vue_du_bilan(un, None).competences],
            "remarques_de_l_equipe": un.remarques_equipe,
            "objectifs": un.objectifs,
            "entretien_le": un.entretien_le,
            "represente_par": str(un.representant or ""),
            "remarques_de_l_apprenant": un.remarques_apprenant,
        }
        for un in bilans.select_related("campagne", "representant").order_by("campagne__arrete_le", "pk")
    ]


def auto_evaluations_de(lecteur: Utilisateur, apprenant: Apprenant) -> Lignes:
    lues = AutoEvaluation.objects.visibles_par(lecteur).filter(inscription__apprenant=apprenant)
    return [
        {
            "periode": une.periode.intitule,
            "competence": _code(une),
            "niveau_qu_il_se_donne": une.niveau,
            "commentaire": une.commentaire,
            "le": une.le,
        }
        for une in lues.select_related("periode", "competence", "detaillee").order_by("le", "pk")
    ]


def portfolio_de(lecteur: Utilisateur, apprenant: Apprenant) -> Lignes:
    """Les fiches des pièces ; les fichiers se téléchargent depuis le portfolio."""
    pieces = PiecePortfolio.objects.visibles_par(lecteur).filter(apprenant=apprenant)
    return [
        {
            "titre": une.titre,
            "nature": une.get_nature_display(),
            "legende": une.legende,
            "octets": une.octets,
            "empreinte": une.sha256,
            "deposee_par": str(une.deposee_par),
            "deposee_le": une.deposee_le,
        }
        for une in pieces.select_related("deposee_par").order_by("deposee_le", "pk")
    ]


def _code(une: AutoEvaluation) -> str:
    portee = une.detaillee or une.competence
    return portee.code if portee else ""
