"""Qui peut quoi sur une situation ; aller chercher et autoriser en un seul geste (interdit = 404)."""

from django.db.models import QuerySet
from django.http import Http404

from centres.enums import ROLES_EQUIPE
from centres.models import Apprenant, Centre, Classe, Inscription
from centres.permissions import (
    GERER_LES_CLASSES,
    PREPARER,
    Personne,
    a_un_role,
    apprenant_ou_404,
    classe_ou_404,
    peut_evaluer,
    peut_lire_le_journal,
    peut_preparer,
    peut_verrouiller,
    peut_voir_classes,
    roles_de,
)
from evaluations.models import (
    BilanPeriode,
    CampagneBilans,
    Echelle,
    FabricationBilans,
    PeriodePfmp,
    PiecePortfolio,
    Placement,
    Sequence,
    Situation,
)

# Tout ce que la page, le document et le journal d'un bilan nomment.
LIENS_BILAN = (
    "campagne__classe__centre",
    "campagne__classe__session",
    "campagne__classe__version__diplome",
    "campagne__periode",
    "inscription__apprenant",
    "inscription__option",
    "representant",
)


def peut_modifier_situation(utilisateur: Personne, situation: Situation) -> bool:
    """Verrouillée, une situation ne se modifie plus, pour aucun rôle."""
    return not situation.est_verrouillee and peut_preparer(utilisateur, situation.classe)


def peut_verrouiller_situation(utilisateur: Personne, situation: Situation) -> bool:
    """Scellée, son verrou ne se lève plus."""
    return not situation.est_scellee and peut_verrouiller(utilisateur, situation.classe)


def peut_reprendre(utilisateur: Personne) -> bool:
    """Avoir quelque part une classe pour laquelle préparer des situations."""
    return bool(roles_de(utilisateur).centres_ou(PREPARER))


def classes_preparables(utilisateur: Personne) -> QuerySet[Classe]:
    """Classes pour lesquelles la personne peut créer ou reprendre une situation."""
    centres = roles_de(utilisateur).centres_ou(PREPARER)
    return Classe.objects.filter(centre__in=centres).select_related("centre", "session", "version__diplome")


def classe_preparable_ou_404(utilisateur: Personne, pk: int) -> Classe:
    classe = classe_ou_404(utilisateur, pk)
    if not peut_preparer(utilisateur, classe):
        raise Http404("Classe introuvable.")
    return classe


def situation_ou_404(utilisateur: Personne, pk: int) -> Situation:
    situations = Situation.objects.visibles_par(utilisateur).select_related(
        "classe__centre", "classe__session", "classe__version__diplome", "periode", "sequence", "auteur"
    )
    situation = situations.filter(pk=pk).first()
    if situation is None:
        raise Http404("Situation introuvable.")
    return situation


def situation_modifiable_ou_404(utilisateur: Personne, pk: int) -> Situation:
    situation = situation_ou_404(utilisateur, pk)
    if not peut_modifier_situation(utilisateur, situation):
        raise Http404("Situation introuvable.")
    return situation


def situation_verrouillable_ou_404(utilisateur: Personne, pk: int) -> Situation:
    situation = situation_ou_404(utilisateur, pk)
    if not peut_verrouiller_situation(utilisateur, situation):
        raise Http404("Situation introuvable.")
    return situation


def situation_a_reprendre_ou_404(utilisateur: Personne, pk: int) -> Situation:
    """Voir une situation et avoir une classe où la reprendre."""
    situation = situation_ou_404(utilisateur, pk)
    if not peut_reprendre(utilisateur):
        raise Http404("Situation introuvable.")
    return situation


def bibliotheque_ouverte_ou_404(utilisateur: Personne) -> None:
    if not peut_voir_classes(utilisateur):
        raise Http404("Page introuvable.")


def situation_au_journal_ou_404(utilisateur: Personne, pk: int) -> Situation:
    """Voir la situation et tenir un rôle qui en lit l'histoire."""
    situation = situation_ou_404(utilisateur, pk)
    if not peut_lire_le_journal(utilisateur, situation.classe.centre_id):
        raise Http404("Situation introuvable.")
    return situation


def peut_organiser_pfmp(utilisateur: Personne, centre: Centre | int) -> bool:
    """Ouvrir une période, placer, prévoir une visite : toute l'équipe du centre."""
    return a_un_role(utilisateur, centre, ROLES_EQUIPE)


def peut_regler_les_pfmp(utilisateur: Personne, centre: Centre | int) -> bool:
    return a_un_role(utilisateur, centre, GERER_LES_CLASSES)


def peut_confirmer_un_bilan(utilisateur: Personne, classe: Classe) -> bool:
    """Un bilan confirmé devient des positionnements : ceux qui en écrivent."""
    return peut_evaluer(utilisateur, classe)


def peut_rouvrir_un_bilan(utilisateur: Personne, classe: Classe) -> bool:
    return peut_verrouiller(utilisateur, classe)


def classe_a_placer_ou_404(utilisateur: Personne, pk: int) -> Classe:
    classe = classe_ou_404(utilisateur, pk)
    if not peut_organiser_pfmp(utilisateur, classe.centre_id):
        raise Http404("Classe introuvable.")
    return classe


def periode_pfmp_ou_404(utilisateur: Personne, pk: int, *, ecrire: bool = False) -> PeriodePfmp:
    periodes = PeriodePfmp.objects.visibles_par(utilisateur).select_related(
        "classe__centre", "classe__session", "classe__version__diplome"
    )
    periode = periodes.filter(pk=pk).first()
    if periode is None or (ecrire and not peut_organiser_pfmp(utilisateur, periode.classe.centre_id)):
        raise Http404("Période introuvable.")
    return periode


def placement_ou_404(utilisateur: Personne, pk: int, *, ecrire: bool = False) -> Placement:
    placements = Placement.objects.visibles_par(utilisateur).select_related(
        "periode__classe__centre",
        "periode__classe__session",
        "periode__classe__version__diplome",
        "inscription__apprenant",
        "inscription__option",
        "entreprise",
        "tuteur",
        "enseignant",
    )
    placement = placements.filter(pk=pk).first()
    if placement is None or (ecrire and not peut_organiser_pfmp(utilisateur, placement.periode.classe.centre_id)):
        raise Http404("Placement introuvable.")
    return placement


def placement_au_journal_ou_404(utilisateur: Personne, pk: int) -> Placement:
    """Voir le placement et tenir un rôle qui en lit l'histoire."""
    placement = placement_ou_404(utilisateur, pk)
    if not peut_lire_le_journal(utilisateur, placement.periode.classe.centre_id):
        raise Http404("Placement introuvable.")
    return placement


def periode_a_confirmer_ou_404(utilisateur: Personne, pk: int) -> PeriodePfmp:
    periode = periode_pfmp_ou_404(utilisateur, pk)
    if not peut_confirmer_un_bilan(utilisateur, periode.classe):
        raise Http404("Période introuvable.")
    return periode


def placement_a_evaluer_ou_404(utilisateur: Personne, pk: int) -> Placement:
    placement = placement_ou_404(utilisateur, pk)
    if not peut_confirmer_un_bilan(utilisateur, placement.periode.classe):
        raise Http404("Placement introuvable.")
    return placement


def placement_a_rouvrir_ou_404(utilisateur: Personne, pk: int) -> Placement:
    placement = placement_ou_404(utilisateur, pk)
    if not peut_rouvrir_un_bilan(utilisateur, placement.periode.classe):
        raise Http404("Placement introuvable.")
    return placement


def centre_a_regler_ou_404(utilisateur: Personne, pk: int) -> Centre:
    if not peut_regler_les_pfmp(utilisateur, pk):
        raise Http404("Page introuvable.")
    return Centre.objects.get(pk=pk)


def peut_rediger_une_echelle(utilisateur: Personne, centre: Centre | int) -> bool:
    """Poser ce qui est attendu, publier : ceux qui préparent les situations du centre."""
    return a_un_role(utilisateur, centre, PREPARER)


def echelle_ou_404(utilisateur: Personne, pk: int) -> Echelle:
    echelles = Echelle.objects.visibles_par(utilisateur).select_related(
        "centre", "version_referentiel__diplome", "auteur"
    )
    echelle = echelles.filter(pk=pk).first()
    if echelle is None:
        raise Http404("Échelle introuvable.")
    return echelle


def echelle_a_rediger_ou_404(utilisateur: Personne, pk: int) -> Echelle:
    """Publiée, elle se lit encore ; ses actes répondent alors par une phrase, pas par une absence."""
    echelle = echelle_ou_404(utilisateur, pk)
    if not peut_rediger_une_echelle(utilisateur, echelle.centre_id):
        raise Http404("Échelle introuvable.")
    return echelle


def peut_tenir_les_bilans(utilisateur: Personne, classe: Classe) -> bool:
    """Préparer, rédiger, tenir l'entretien, formaliser : toute l'équipe du centre."""
    return a_un_role(utilisateur, classe.centre_id, ROLES_EQUIPE)


def classe_des_bilans_ou_404(utilisateur: Personne, pk: int) -> Classe:
    classe = classe_ou_404(utilisateur, pk)
    if not peut_tenir_les_bilans(utilisateur, classe):
        raise Http404("Classe introuvable.")
    return classe


def campagne_ou_404(utilisateur: Personne, pk: int, *, ecrire: bool = False) -> CampagneBilans:
    campagnes = CampagneBilans.objects.visibles_par(utilisateur).select_related(
        "classe__centre", "classe__session", "classe__version__diplome", "periode"
    )
    campagne = campagnes.filter(pk=pk).first()
    if campagne is None or (ecrire and not peut_tenir_les_bilans(utilisateur, campagne.classe)):
        raise Http404("Bilans introuvables.")
    return campagne


def bilan_periode_ou_404(utilisateur: Personne, pk: int, *, ecrire: bool = False) -> BilanPeriode:
    """L'équipe et les lecteurs du centre ; l'apprenant, une fois formalisé. Le service refuse d'écrire un formalisé."""
    bilan = BilanPeriode.objects.visibles_par(utilisateur).select_related(*LIENS_BILAN).filter(pk=pk).first()
    if bilan is None or (ecrire and not peut_tenir_les_bilans(utilisateur, bilan.campagne.classe)):
        raise Http404("Bilan introuvable.")
    return bilan


def fabrication_ou_404(utilisateur: Personne, pk: int) -> FabricationBilans:
    """Les fichiers d'une classe : l'équipe qui tient les bilans."""
    fabrications = FabricationBilans.objects.visibles_par(utilisateur).select_related("campagne__classe__centre")
    fabrication = fabrications.filter(pk=pk).first()
    if fabrication is None or not peut_tenir_les_bilans(utilisateur, fabrication.campagne.classe):
        raise Http404("Fichiers introuvables.")
    return fabrication


def est_soi(utilisateur: Personne, apprenant: Apprenant) -> bool:
    return utilisateur.pk is not None and apprenant.utilisateur_id == utilisateur.pk


def peut_deposer_une_piece(utilisateur: Personne, apprenant: Apprenant) -> bool:
    """L'apprenant pour lui-même, et l'équipe d'un centre où il est, ou a été, inscrit."""
    return est_soi(utilisateur, apprenant) or _est_de_l_equipe(utilisateur, apprenant.pk)


def peut_retirer_la_piece(utilisateur: Personne, piece: PiecePortfolio) -> bool:
    """Celui qui l'a déposée ; et l'équipe, quand une photo montre ce qu'elle ne devrait pas."""
    deposee_par_soi = piece.deposee_par_id == utilisateur.pk and est_soi(utilisateur, piece.apprenant)
    return deposee_par_soi or _est_de_l_equipe(utilisateur, piece.apprenant_id)


def _est_de_l_equipe(utilisateur: Personne, apprenant: int) -> bool:
    centres = roles_de(utilisateur).centres_ou(ROLES_EQUIPE)
    visibles = Inscription.objects.visibles_par(utilisateur).filter(apprenant=apprenant)
    return bool(centres) and visibles.filter(classe__centre__in=centres).exists()


def portfolio_ou_404(utilisateur: Personne, pk: int, *, ecrire: bool = False) -> Apprenant:
    apprenant = apprenant_ou_404(utilisateur, pk)
    if ecrire and not peut_deposer_une_piece(utilisateur, apprenant):
        raise Http404("Portfolio introuvable.")
    return apprenant


def soi_ou_404(utilisateur: Personne, pk: int) -> Apprenant:
    """Ce que seul l'apprenant dit de lui-même."""
    apprenant = apprenant_ou_404(utilisateur, pk)
    if not est_soi(utilisateur, apprenant):
        raise Http404("Page introuvable.")
    return apprenant


def piece_ou_404(utilisateur: Personne, pk: int, *, ecrire: bool = False) -> PiecePortfolio:
    pieces = PiecePortfolio.objects.visibles_par(utilisateur).select_related("apprenant")
    piece = pieces.filter(pk=pk).first()
    if piece is None or (ecrire and not peut_retirer_la_piece(utilisateur, piece)):
        raise Http404("Pièce introuvable.")
    return piece


def peut_preparer_la_progression(utilisateur: Personne, centre: Centre | int) -> bool:
    """Écrire et déplacer les séquences : ceux qui préparent les situations du centre."""
    return a_un_role(utilisateur, centre, PREPARER)


def sequence_ou_404(utilisateur: Personne, pk: int) -> Sequence:
    """Une séquence de ses centres, ou un modèle de n'importe lequel."""
    sequences = Sequence.objects.lisibles_par(utilisateur).select_related(
        "centre", "classe", "periode_debut__version__diplome", "periode_fin", "auteur"
    )
    sequence = sequences.filter(pk=pk).first()
    if sequence is None:
        raise Http404("Séquence introuvable.")
    return sequence


def sequence_a_preparer_ou_404(utilisateur: Personne, pk: int) -> Sequence:
    sequence = sequence_ou_404(utilisateur, pk)
    if not peut_preparer_la_progression(utilisateur, sequence.centre_id):
        raise Http404("Séquence introuvable.")
    return sequence


def sequence_a_copier_ou_404(utilisateur: Personne, pk: int) -> Sequence:
    """Lire la séquence et avoir une cohorte où la reprendre."""
    sequence = sequence_ou_404(utilisateur, pk)
    if not peut_reprendre(utilisateur):
        raise Http404("Séquence introuvable.")
    return sequence


def sequence_au_journal_ou_404(utilisateur: Personne, pk: int) -> Sequence:
    sequence = sequence_ou_404(utilisateur, pk)
    if not peut_lire_le_journal(utilisateur, sequence.centre_id):
        raise Http404("Séquence introuvable.")
    return sequence
