"""Les documents de la commission : du contexte au HTML, du HTML au PDF, chaque étape lisible seule."""

from typing import Any

from django.template.loader import render_to_string
from django.utils import timezone

from centres.enums import Modalite
from centres.models import Classe
from centres.permissions import Personne
from certification.models import Candidat, MembreCommission
from certification.queries.candidats import SyntheseCandidat, synthese_de_la_classe, synthese_du_candidat
from certification.queries.dossiers import fiches_du_candidat
from certification.queries.pieces import pieces_du_dossier
from referentiel.queries import niveaux_de_maitrise
from referentiel.reglement import qualites_suggerees, situations_attendues
from trpm.socle.pdf import pdf


def contexte_dossier(lu: SyntheseCandidat, code_epreuve: str) -> dict[str, Any]:
    """Tout ce que montre le dossier d'un candidat pour une épreuve, les quatre parties puis la grille."""
    candidat, vue = lu.candidat, lu.epreuves[code_epreuve]
    return {
        "titre": f"Dossier {code_epreuve} – {candidat.apprenant} – session {candidat.classe.session.annee}",
        "candidat": candidat,
        "classe": candidat.classe,
        "epreuve": vue.epreuve,
        "vue": vue,
        "synthese": lu.syntheses[code_epreuve],
        "niveaux": niveaux_de_maitrise(candidat.classe.version_id),
        "fiches": fiches_du_candidat(lu, code_epreuve),
        "pieces": pieces_du_dossier(candidat, vue.epreuve),
        "coefficient": vue.epreuve.coefficients.filter(option=candidat.option).first(),
        "qualites": qualites_du_proces_verbal(candidat.classe),
        "est_ponctuel": candidat.classe.centre.modalite == Modalite.PONCTUEL,
        "edite_le": timezone.localtime(),
    }


def html_dossier(contexte: dict[str, Any]) -> str:
    return render_to_string("certification/dossier_pdf.html", contexte)


def pdf_dossier(candidat: Candidat, code_epreuve: str) -> bytes:
    """Le dossier d'un candidat × épreuve, au format PDF/A-3."""
    contexte = contexte_dossier(synthese_du_candidat(candidat), code_epreuve)
    return pdf(html_dossier(contexte), titre=contexte["titre"])


def contexte_recapitulatif(classe: Classe, lecteur: Personne | None = None) -> dict[str, Any]:
    """La liste de la classe : une ligne par candidat, un groupe de colonnes par épreuve."""
    synthese = synthese_de_la_classe(classe, lecteur)
    attendues = situations_attendues(classe.version.regles_ccf)
    return {
        "titre": f"Récapitulatif – {classe.nom} – session {classe.session.annee}",
        "classe": classe,
        "epreuves": synthese.epreuves,
        "candidats": synthese.candidats,
        "sans_note": [
            (lu.candidat, code, resultat.motifs)
            for lu in synthese.candidats
            for code, resultat in lu.syntheses.items()
            if not resultat.est_reglee
        ],
        "situations_min": attendues.minimum,
        "situations_max": attendues.maximum,
        "qualites": qualites_du_proces_verbal(classe),
        "edite_le": timezone.localtime(),
    }


def html_recapitulatif(contexte: dict[str, Any]) -> str:
    return render_to_string("certification/recapitulatif_pdf.html", contexte)


def pdf_recapitulatif(classe: Classe, lecteur: Personne | None = None) -> bytes:
    """La liste récapitulative de la classe, en paysage ; personne n'y lit sa propre note."""
    contexte = contexte_recapitulatif(classe, lecteur)
    return pdf(html_recapitulatif(contexte), titre=contexte["titre"])


def qualites_du_proces_verbal(classe: Classe) -> list[str]:
    """Une ligne par membre convoqué ; sans convocation, les titres que cite le règlement de la version."""
    membres = MembreCommission.objects.filter(commission__classe=classe).select_related("utilisateur")
    return [f"{membre} – {membre.qualite}" for membre in membres] or list(qualites_suggerees(classe.version.regles_ccf))
