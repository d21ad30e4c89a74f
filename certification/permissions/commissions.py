"""Qui convoque, siège, préside, clôt et rouvre une commission, qui lit ses archives."""

from django.db.models import Count, Q, QuerySet
from django.http import Http404

from centres.enums import ROLES_EQUIPE, Role
from centres.models import Centre, Classe, Inscription
from centres.permissions import (
    VOIR_LES_NOTES,
    Personne,
    a_un_role,
    peut_voir_les_notes,
    roles_de,
)
from certification.enums import EtatProposition
from certification.models import (
    Archive,
    Candidat,
    Commission,
    PieceArchive,
)
from certification.models.commissions import CommissionQuerySet
from certification.permissions.candidats import candidat_ou_404, classe_des_dossiers_ou_404


def commissions_lisibles(utilisateur: Personne) -> QuerySet[Commission]:
    """Celles des centres dont la personne voit les notes, avec ce qu'il reste à étudier ; 404 à qui n'en a aucun."""
    centres = roles_de(utilisateur).centres_ou(VOIR_LES_NOTES)
    if not centres:
        raise Http404("Page introuvable.")
    reste = Count("propositions", filter=Q(propositions__etat=EtatProposition.A_ETUDIER))
    lues = _commissions(utilisateur).filter(classe__centre__in=centres).annotate(reste=reste)
    return lues.order_by("-date", "pk")


def commission_a_lire_ou_404(utilisateur: Personne, pk: int) -> Commission:
    """Une commission dont la personne peut voir les notes proposées ; jamais celle où elle est candidate."""
    return _commission_autorisee(utilisateur, _commissions(utilisateur).filter(pk=pk).first())


def commission_a_clore_ou_404(utilisateur: Personne, pk: int) -> Commission:
    """Le chef de centre, ou qui la préside ; close, il peut encore en relancer l'archive."""
    commission = commission_a_lire_ou_404(utilisateur, pk)
    if not peut_clore(utilisateur, commission):
        raise Http404("Commission introuvable.")
    return commission


def commission_a_rouvrir_ou_404(utilisateur: Personne, pk: int) -> Commission:
    commission = commission_a_lire_ou_404(utilisateur, pk)
    if not peut_rouvrir(utilisateur, commission):
        raise Http404("Commission introuvable.")
    return commission


def peut_clore(utilisateur: Personne, commission: Commission) -> bool:
    """Le chef de centre ou le président (DOMAINE §7)."""
    return peut_presider(utilisateur, commission)


def peut_rouvrir(utilisateur: Personne, commission: Commission) -> bool:
    """Rouvrir, transmettre, communiquer : le chef de centre seul."""
    return peut_convoquer(utilisateur, commission.classe.centre_id)


def candidat_a_communiquer_ou_404(utilisateur: Personne, pk: int) -> Candidat:
    """Un candidat du centre dont la personne est le chef : elle seule remet une fiche."""
    candidat = candidat_ou_404(utilisateur, pk)
    if not a_un_role(utilisateur, candidat.classe.centre_id, {Role.CHEF}):
        raise Http404("Candidat introuvable.")
    return candidat


def archive_ou_404(utilisateur: Personne, pk: int) -> Archive:
    archive = Archive.objects.filter(pk=pk).select_related("auteur").first()
    if archive is None:
        raise Http404("Archive introuvable.")
    archive.commission = commission_a_lire_ou_404(utilisateur, archive.commission_id)
    return archive


def piece_archivee_ou_404(utilisateur: Personne, archive_pk: int, ordre: int) -> PieceArchive:
    """Une pièce d'archive encore là ; après la purge il n'en reste que l'empreinte."""
    archive = archive_ou_404(utilisateur, archive_pk)
    piece = archive.pieces.filter(ordre=ordre, efface_le=None).select_related("inscription").first()
    if piece is None:
        raise Http404("Pièce introuvable.")
    piece.archive = archive
    return piece


def peut_convoquer(utilisateur: Personne, centre: Centre | int) -> bool:
    """Convoquer, rouvrir, transmettre : le chef de centre (DOMAINE §7)."""
    return a_un_role(utilisateur, centre, {Role.CHEF})


def peut_sieger_dans(utilisateur: Personne, classe: Classe) -> bool:
    """Avoir, aujourd'hui, un rôle de l'équipe ou de la commission dans le centre, et n'être pas de la classe."""
    if not a_un_role(utilisateur, classe.centre_id, ROLES_EQUIPE | {Role.COMMISSION}):
        return False
    return not Inscription.objects.filter(classe=classe, apprenant__utilisateur=utilisateur.pk).exists()


def peut_sieger(utilisateur: Personne, commission: Commission) -> bool:
    """Écrire pendant la séance : un membre convoqué, avec un compte ; pas le chef s'il n'en est pas."""
    membres = commission.membres.filter(utilisateur=utilisateur.pk)
    return membres.exists() and peut_sieger_dans(utilisateur, commission.classe)


def peut_presider(utilisateur: Personne, commission: Commission) -> bool:
    """Ouvrir, noter la présence, clore : le président, ou le chef de centre."""
    if peut_convoquer(utilisateur, commission.classe.centre_id):
        return True
    preside = commission.membres.filter(utilisateur=utilisateur.pk, est_president=True).exists()
    return preside and peut_sieger_dans(utilisateur, commission.classe)


def classe_a_convoquer_ou_404(utilisateur: Personne, pk: int) -> Classe:
    """Une classe dont la personne peut convoquer la commission."""
    classe = classe_des_dossiers_ou_404(utilisateur, pk)
    if not peut_convoquer(utilisateur, classe.centre_id):
        raise Http404("Classe introuvable.")
    return classe


def commission_a_corriger_ou_404(classe: Classe) -> Commission | None:
    """La commission de la classe, à corriger ; rien s'il reste à la convoquer. Close, elle ne se corrige plus."""
    commission = Commission.objects.filter(classe=classe).first()
    if commission is not None and commission.est_close:
        raise Http404("Commission close.")
    return commission


def commission_a_presider_ou_404(utilisateur: Personne, pk: int) -> Commission:
    """Ouvrir, noter qui est là : le président ou le chef de centre, jusqu'à la clôture."""
    commission = commission_a_lire_ou_404(utilisateur, pk)
    if commission.est_close or not peut_presider(utilisateur, commission):
        raise Http404("Commission introuvable.")
    return commission


def candidats_de_la_commission(utilisateur: Personne, commission: Commission) -> list[Candidat]:
    """Ceux que la commission étudie, dans l'ordre alphabétique, en une requête."""
    candidats = Candidat.objects.de_la_classe(commission.classe).visibles_par(utilisateur)
    lus = list(candidats.select_related("apprenant", "option"))
    for candidat in lus:
        candidat.classe = commission.classe
    return lus


def candidat_en_seance_ou_404(
    utilisateur: Personne, commission_pk: int, pk: int
) -> tuple[Commission, Candidat, list[Candidat]]:
    """Un candidat devant sa commission, et ceux qui l'entourent ; lecture ouverte à qui voit les notes."""
    commission = commission_a_lire_ou_404(utilisateur, commission_pk)
    candidats = candidats_de_la_commission(utilisateur, commission)
    candidat = next((un for un in candidats if un.pk == pk), None)
    if candidat is None:
        raise Http404("Candidat introuvable.")
    return commission, candidat, candidats


def _commissions(utilisateur: Personne) -> CommissionQuerySet:
    return Commission.objects.visibles_par(utilisateur).select_related(
        "classe__centre", "classe__session", "classe__version__diplome"
    )


def _commission_autorisee(utilisateur: Personne, commission: Commission | None) -> Commission:
    if commission is None or not peut_voir_les_notes(utilisateur, commission.classe.centre_id):
        raise Http404("Commission introuvable.")
    return commission
