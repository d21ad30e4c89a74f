"""Les pièces d'un dossier et le regard de l'inspection."""

from django.db.models import Exists, OuterRef
from django.http import Http404

from centres.enums import ROLES_EQUIPE, Role
from centres.models import Apprenant, Classe
from centres.permissions import (
    Personne,
    a_un_role,
    roles_de,
)
from certification.enums import EtatCommission
from certification.models import (
    Candidat,
    Commission,
    PieceDossier,
)
from certification.permissions.candidats import candidat_ou_404
from evaluations.models import Situation


def peut_joindre(utilisateur: Personne, candidat: Candidat) -> bool:
    """Joindre une pièce ou la retirer : l'équipe du centre, jamais à son propre dossier."""
    return a_un_role(utilisateur, candidat.classe.centre_id, ROLES_EQUIPE) and not (
        Apprenant.objects.filter(pk=candidat.apprenant_id, utilisateur=utilisateur.pk).exists()
    )


def piece_dossier_ou_404(utilisateur: Personne, pk: int) -> tuple[PieceDossier, Candidat]:
    piece = PieceDossier.objects.visibles_par(utilisateur).filter(pk=pk).select_related("epreuve").first()
    if piece is None:
        raise Http404("Pièce introuvable.")
    return piece, candidat_ou_404(utilisateur, piece.inscription_id)


def piece_dossier_a_retirer_ou_404(utilisateur: Personne, pk: int) -> tuple[PieceDossier, Candidat]:
    """Une pièce que l'équipe peut encore retirer : la commission n'est pas close."""
    closes = Commission.objects.filter(classe=OuterRef("inscription__classe"), etat=EtatCommission.CLOSE)
    if not PieceDossier.objects.visibles_par(utilisateur).filter(~Exists(closes), pk=pk).exists():
        raise Http404("Pièce introuvable.")
    piece, candidat = piece_dossier_ou_404(utilisateur, pk)
    if not peut_joindre(utilisateur, candidat):
        raise Http404("Pièce introuvable.")
    return piece, candidat


def peut_donner_un_avis(utilisateur: Personne, classe: Classe) -> bool:
    return a_un_role(utilisateur, classe.centre_id, {Role.INSPECTEUR})


def situation_a_apprecier_ou_404(utilisateur: Personne, pk: int) -> Situation:
    """Une situation certificative d'un centre que la personne inspecte."""
    situations = Situation.objects.visibles_par(utilisateur).certificatives()
    situation = situations.select_related("classe__centre", "classe__session", "classe__version__diplome").filter(pk=pk)
    trouvee = situation.first()
    if trouvee is None or not peut_donner_un_avis(utilisateur, trouvee.classe):
        raise Http404("Situation introuvable.")
    return trouvee


def peut_inspecter(utilisateur: Personne) -> bool:
    return bool(centres_inspectes(utilisateur))


def centres_inspectes(utilisateur: Personne) -> frozenset[int]:
    return roles_de(utilisateur).centres_ou({Role.INSPECTEUR})


def inspection_ouverte_ou_404(utilisateur: Personne) -> None:
    if not peut_inspecter(utilisateur):
        raise Http404("Page introuvable.")
