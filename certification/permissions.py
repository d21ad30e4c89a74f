"""Qui voit une note, et aller chercher un candidat en autorisant : interdit = introuvable."""

from django.db.models import Count, Exists, F, OuterRef, Q, QuerySet
from django.http import Http404

from centres.enums import ROLES_EQUIPE, Role
from centres.models import Apprenant, Centre, Classe, Inscription
from centres.permissions import (
    GERER_LES_CLASSES,
    LIRE_LE_JOURNAL,
    VOIR_LES_NOTES,
    Personne,
    a_un_role,
    apprenant_organise_ou_404,
    classe_ou_404,
    peut_voir_les_notes,
    roles_de,
)
from certification.enums import EtatCommission, EtatProposition, NatureTravail
from certification.models import (
    Archive,
    BeneficeNote,
    Candidat,
    CandidatQuerySet,
    ClasseurOfficiel,
    Commission,
    Grille,
    PieceArchive,
    PieceDossier,
    Travail,
)
from certification.models.commissions import CommissionQuerySet
from evaluations.models import Situation
from referentiel.models import VersionReferentiel


def classe_notee_ou_404(utilisateur: Personne, pk: int) -> Classe:
    """Une classe dont la personne peut voir les notes proposées."""
    classe = classe_ou_404(utilisateur, pk)
    if not peut_voir_les_notes(utilisateur, classe.centre_id):
        raise Http404("Classe introuvable.")
    return classe


def classe_des_dossiers_ou_404(utilisateur: Personne, pk: int) -> Classe:
    """Une classe dont la personne peut avoir tous les dossiers : elle n'y est pas inscrite elle-même."""
    classe = classe_notee_ou_404(utilisateur, pk)
    if est_candidat(utilisateur, classe):
        raise Http404("Classe introuvable.")
    return classe


def est_candidat(utilisateur: Personne, classe: Classe) -> bool:
    return Inscription.objects.filter(classe=classe, apprenant__utilisateur=utilisateur.pk).exists()


def candidat_ou_404(utilisateur: Personne, pk: int) -> Candidat:
    """Un candidat dont la personne peut voir les notes proposées ; jamais le candidat lui-même."""
    return _autorise(utilisateur, _candidats(utilisateur).filter(pk=pk).first())


def candidat_et_classe_ou_404(utilisateur: Personne, pk: int) -> tuple[Candidat, list[Candidat]]:
    """Le candidat et tous ceux de sa classe, en une requête : de quoi passer au suivant."""
    classe = Candidat.objects.filter(pk=pk).values("classe")
    candidats = list(_candidats(utilisateur).filter(classe__in=classe))
    candidat = next((candidat for candidat in candidats if candidat.pk == pk), None)
    return _autorise(utilisateur, candidat), candidats


def apprenant_beneficiaire_ou_404(utilisateur: Personne, pk: int) -> Apprenant:
    """Un apprenant dont la personne tient les notes conservées : DDFPT ou chef d'un de ses centres, jamais lui."""
    apprenant = apprenant_organise_ou_404(utilisateur, pk)
    if apprenant.utilisateur_id == utilisateur.pk:
        raise Http404("Apprenant introuvable.")
    return apprenant


def benefice_ou_404(utilisateur: Personne, pk: int) -> BeneficeNote:
    benefice = BeneficeNote.objects.select_related("apprenant", "epreuve").filter(pk=pk).first()
    if benefice is None:
        raise Http404("Note introuvable.")
    apprenant_beneficiaire_ou_404(utilisateur, benefice.apprenant_id)
    return benefice


def travail_ou_404(utilisateur: Personne, pk: int, nature: NatureTravail = NatureTravail.DOSSIERS) -> Travail:
    """Une fabrication de cette nature ; le droit est celui du jour, pas celui du jour de la demande."""
    travail = (
        Travail.objects.visibles_par(utilisateur)
        .filter(nature=nature)
        .select_related("epreuve", "classe__centre", "classe__session", "classe__version")
        .filter(pk=pk)
        .first()
    )
    if travail is None or not peut_voir_les_notes(utilisateur, travail.classe.centre_id):
        raise Http404("Travail introuvable.")
    return travail


def grilles_au_journal_ou_404(utilisateur: Personne, pk: int) -> VersionReferentiel:
    """L'histoire des grilles d'une version : l'administrateur qui en répond, les équipes et l'inspection."""
    roles = roles_de(utilisateur)
    version = VersionReferentiel.objects.select_related("diplome").filter(pk=pk).first()
    if version is None or not (roles.est_administrateur or roles.centres_ou(LIRE_LE_JOURNAL)):
        raise Http404("Page introuvable.")
    return version


def grille_ou_404(utilisateur: Personne, pk: int) -> Grille:
    """Une grille à lire : l'administrateur qui en répond, et quiconque voit des notes quelque part."""
    grille = _grilles().filter(pk=pk).first()
    if grille is None or not peut_lire_les_grilles(utilisateur):
        raise Http404("Grille introuvable.")
    return grille


def grille_a_administrer_ou_404(utilisateur: Personne, pk: int) -> Grille:
    """Une grille dont l'administrateur tire une nouvelle version."""
    grille = _grilles().filter(pk=pk).first()
    if grille is None or not roles_de(utilisateur).est_administrateur:
        raise Http404("Grille introuvable.")
    return grille


def brouillon_ou_404(utilisateur: Personne, pk: int) -> Grille:
    """Une grille qui peut encore changer, pour l'administrateur."""
    grille = grille_a_administrer_ou_404(utilisateur, pk)
    if grille.publiee_le is not None:
        raise Http404("Cette grille est publiée.")
    return grille


def grilles_a_lire_ou_404(utilisateur: Personne) -> None:
    if not peut_lire_les_grilles(utilisateur):
        raise Http404("Page introuvable.")


def peut_lire_les_grilles(utilisateur: Personne) -> bool:
    roles = roles_de(utilisateur)
    return roles.est_administrateur or bool(roles.centres_ou(VOIR_LES_NOTES))


def peut_administrer_les_grilles(utilisateur: Personne) -> bool:
    return roles_de(utilisateur).est_administrateur


def peut_placer_les_valeurs(utilisateur: Personne) -> bool:
    """Déposer une grille officielle et dire où s'écrit chaque valeur : DDFPT, chef de centre, administrateur."""
    roles = roles_de(utilisateur)
    return roles.est_administrateur or bool(roles.centres_ou(GERER_LES_CLASSES))


def classeur_officiel_ou_404(utilisateur: Personne, pk: int) -> ClasseurOfficiel:
    classeur = classeurs_officiels().filter(pk=pk).first()
    if classeur is None or not peut_lire_les_grilles(utilisateur):
        raise Http404("Classeur introuvable.")
    return classeur


def classeur_a_deposer_ou_404(utilisateur: Personne) -> None:
    if not peut_placer_les_valeurs(utilisateur):
        raise Http404("Page introuvable.")


def classeur_a_placer_ou_404(utilisateur: Personne, pk: int, *, est_brouillon: bool = True) -> ClasseurOfficiel:
    """Un classeur que la personne peut faire évoluer ; publié, il ne change plus."""
    classeur = classeurs_officiels().filter(pk=pk).first()
    if classeur is None or not peut_placer_les_valeurs(utilisateur):
        raise Http404("Classeur introuvable.")
    if est_brouillon and classeur.publie_le is not None:
        raise Http404("Ce classeur est publié.")
    return classeur


def classeurs_officiels() -> QuerySet[ClasseurOfficiel]:
    return ClasseurOfficiel.objects.select_related("option", "epreuve__version__diplome", "session", "auteur")


def classes_notees(utilisateur: Personne) -> QuerySet[Classe]:
    """Les classes de dernière année dont la personne peut voir les notes proposées, les plus récentes d'abord."""
    centres = roles_de(utilisateur).centres_ou(VOIR_LES_NOTES)
    return (
        Classe.objects.visibles_par(utilisateur)
        .filter(centre__in=centres, annee_cycle=F("version__duree_cycle_annees"))
        .select_related("centre", "session", "version__diplome")
        .order_by("-session__annee", "centre__nom", "nom", "pk")
    )


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


def _commissions(utilisateur: Personne) -> CommissionQuerySet:
    return Commission.objects.visibles_par(utilisateur).select_related(
        "classe__centre", "classe__session", "classe__version__diplome"
    )


def _commission_autorisee(utilisateur: Personne, commission: Commission | None) -> Commission:
    if commission is None or not peut_voir_les_notes(utilisateur, commission.classe.centre_id):
        raise Http404("Commission introuvable.")
    return commission


def _grilles() -> QuerySet[Grille]:
    return Grille.objects.select_related("version__diplome", "option", "epreuve", "session")


def _candidats(utilisateur: Personne) -> CandidatQuerySet:
    return Candidat.objects.visibles_par(utilisateur).select_related(
        "apprenant", "option", "classe__centre", "classe__session", "classe__version__diplome"
    )


def _autorise(utilisateur: Personne, candidat: Candidat | None) -> Candidat:
    if candidat is None or not peut_voir_les_notes(utilisateur, candidat.classe.centre_id):
        raise Http404("Candidat introuvable.")
    return candidat


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
