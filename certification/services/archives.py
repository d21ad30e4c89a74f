"""Clore une commission, garder son archive, la rouvrir : trois actes, et rien ne s'efface."""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import partial
from uuid import uuid4

from django.core.exceptions import ValidationError
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import transaction
from django.utils import timezone

from centres.journal import journaliser
from centres.models import Centre, Classe, Evenement, Utilisateur
from centres.services.autorisation import autoriser
from certification.archive_json import PieceDecrite, canonique, empreinte, manifeste_en_json
from certification.enums import EtatCommission, EtatProposition, EtatTravail, NatureTravail
from certification.models import Archive, Candidat, Commission, PieceArchive, Proposition, Travail
from certification.models.travaux import TravailQuerySet
from certification.permissions import peut_clore, peut_rouvrir
from certification.queries.archives import (
    archive_de_la_version,
    cadre_de,
    cle_du_candidat,
    dossiers_figes,
    etat_de_droit,
    lignes_du_manifeste,
    manques,
    propositions_de,
)
from certification.queries.candidats import situations_comptees, synthese_de_la_classe
from certification.queries.propositions import Calcul, calcul_de
from certification.services.travaux import DELAI_TRAVAIL, fichiers_de
from evaluations.models import Situation
from evaluations.services.scelles import desceller_situations, sceller_situations
from referentiel.models import Epreuve

ROUVERTE = "commission.rouverte"
SANS_ARCHIVE = "L'archive de cette version n'est pas encore faite : attendez-la avant de rouvrir."


@dataclass(frozen=True)
class PieceFaite:
    """Un PDF fini, prêt à entrer dans l'archive ; `joint` : l'empreinte du JSON qu'il porte."""

    nature: str
    nom: str
    contenu: bytes
    inscription: int | None = None
    epreuve: Epreuve | None = None
    joint: str | None = None


@transaction.atomic
def clore_commission(*, utilisateur: Utilisateur, commission: Commission) -> Commission:
    """Fige tout : membres, positions, propositions, situations certificatives. L'archive se fabrique ensuite."""
    vue = _verrouillee(commission)
    autoriser(peut_clore(utilisateur, vue))
    if not vue.est_ouverte:
        raise ValidationError("Seule une commission ouverte se clôt.")
    maintenant = timezone.now()
    # Scellées avant d'être relues : aucune saisie ne se glisse entre le contrôle et la clôture.
    scellees = sceller_situations(classe=vue.classe, maintenant=maintenant, autres=_comptees_a_la_cloture(vue))
    if trouves := manques(vue):
        raise ValidationError([manque.texte for manque in trouves])
    _completer(vue, utilisateur)
    vue.etat, vue.close_le = EtatCommission.CLOSE, maintenant
    vue.version += 1
    vue.save(update_fields=["etat", "close_le", "version"])
    journaliser(
        chaine=chaine_de(vue),
        acte="commission.close",
        auteur=utilisateur,
        objet=vue,
        apres={
            "version": vue.numero_version,
            "propositions": vue.propositions.count(),
            "situations_scellees": len(scellees),
        },
    )
    return vue


@transaction.atomic
def rouvrir_commission(*, utilisateur: Utilisateur, commission: Commission, motif: str) -> Commission:
    """Une nouvelle version s'ouvre ; l'archive de la précédente reste. Le chef de centre seul, et il dit pourquoi."""
    vue = _verrouillee(commission)
    autoriser(peut_rouvrir(utilisateur, vue))
    if not motif.strip():
        raise ValidationError({"motif": "Dites pourquoi la commission est rouverte."})
    if not vue.est_close:
        raise ValidationError("Cette commission n'est pas close.")
    if archive_de_la_version(vue) is None:
        raise ValidationError(SANS_ARCHIVE)
    avant = vue.numero_version
    vue.etat, vue.close_le = EtatCommission.OUVERTE, None
    vue.numero_version, vue.version = avant + 1, vue.version + 1
    vue.save(update_fields=["etat", "close_le", "numero_version", "version"])
    descellees = desceller_situations(
        classe=vue.classe, autres=situations_comptees(vue.classe, _etudies(vue)), gardees=_tenues_ailleurs(vue)
    )
    journaliser(
        chaine=chaine_de(vue),
        acte=ROUVERTE,
        auteur=utilisateur,
        objet=vue,
        avant={"version": avant},
        apres={"version": vue.numero_version, "situations_descellees": len(descellees)},
        motif=motif.strip(),
    )
    return vue


@transaction.atomic
def creer_travail_d_archive(*, utilisateur: Utilisateur, commission: Commission) -> tuple[Travail | None, bool]:
    """La fabrication de l'archive, et s'il faut la lancer ; rien si l'archive existe.

    Une fabrication arrêtée en chemin est relancée avec ce qu'elle avait déjà fait.
    """
    vue = _verrouillee(commission)
    autoriser(peut_clore(utilisateur, vue))
    if not vue.est_close:
        raise ValidationError("L'archive se fait d'une commission close.")
    if archive_de_la_version(vue) is not None:
        return None, False
    maintenant = timezone.now()
    travaux = travaux_d_archive(vue.classe)
    if actif := travaux.actifs(maintenant - DELAI_TRAVAIL).first():
        return actif, False
    travail = travaux.first() or Travail(classe=vue.classe, nature=NatureTravail.ARCHIVE, demande_le=maintenant)
    travail.auteur, travail.etat, travail.avance_le = utilisateur, EtatTravail.EN_ATTENTE, maintenant
    travail.save()
    journaliser(
        chaine=chaine_de(vue),
        acte="archive.demandee",
        auteur=utilisateur,
        objet=vue,
        apres={"version": vue.numero_version},
    )
    return travail, True


@transaction.atomic
def enregistrer_archive(*, travail: Travail, commission: Commission, pieces: Sequence[PieceFaite]) -> Archive:
    """Le manifeste, enchaîné au précédent du centre, et ses pièces : tout, ou rien."""
    centre = Centre.objects.select_for_update().get(pk=commission.classe.centre_id)
    vue = _verrouillee(commission)
    if not vue.est_close or archive_de_la_version(vue) is not None:
        raise ValidationError("Cette version de la commission est déjà archivée, ou elle a été rouverte.")
    derniere = Archive.objects.filter(centre=centre).order_by("-numero").first()
    maintenant, motif = timezone.now(), motif_de_la_reouverture(vue)
    numero, precedente = (derniere.numero + 1, derniere.empreinte) if derniere else (1, "")
    contenu = manifeste_en_json(
        cadre_de(vue),
        numero=numero,
        precedent=precedente,
        cree_le=maintenant.isoformat(timespec="seconds"),
        motif=motif,
        pieces=[_decrite(ordre, piece) for ordre, piece in enumerate(pieces, start=1)],
        propositions=list(lignes_du_manifeste(dossiers_figes(vue), _joints(pieces))),
    )
    texte = canonique(contenu)
    archive = Archive.objects.create(
        commission=vue,
        centre=centre,
        numero=numero,
        version_commission=vue.numero_version,
        manifeste=texte.decode(),
        empreinte=empreinte(texte),
        precedente=precedente,
        cree_le=maintenant,
        auteur=travail.auteur,
        motif=motif,
    )
    _garder_les_pieces(archive, pieces)
    _jeter(travail)
    journaliser(
        chaine=chaine_de(vue),
        acte="archive.creee",
        auteur=travail.auteur,
        objet=archive,
        apres={"numero": numero, "empreinte": archive.empreinte, "precedente": precedente, "pieces": len(pieces)},
    )
    return archive


def travaux_d_archive(classe: Classe) -> TravailQuerySet:
    return Travail.objects.filter(classe=classe, nature=NatureTravail.ARCHIVE)


def chaine_de(commission: Commission) -> str:
    return f"certification:classe:{commission.classe_id}"


def motif_de_la_reouverture(commission: Commission) -> str:
    """Ce que le chef de centre a dit en ouvrant cette version ; vide pour la première."""
    if commission.numero_version == 1:
        return ""
    lus = Evenement.objects.filter(chaine=chaine_de(commission), acte=ROUVERTE).order_by("-rang")
    return lus.values_list("motif", flat=True).first() or ""


def _verrouillee(commission: Commission) -> Commission:
    lues = Commission.objects.select_related("classe__centre", "classe__session", "classe__version__diplome")
    return lues.select_for_update(of=("self",)).get(pk=commission.pk)


def _comptees_a_la_cloture(commission: Commission) -> list[int]:
    candidats = Candidat.objects.de_la_classe(commission.classe)
    return situations_comptees(commission.classe, candidats.values_list("apprenant", flat=True))


def _etudies(commission: Commission) -> list[int]:
    return list(commission.propositions.values_list("inscription__apprenant", flat=True).distinct())


def _tenues_ailleurs(commission: Commission) -> set[int]:
    """Les situations qu'une autre commission close a retenues : leur scellé tient."""
    classe = commission.classe
    closes = Commission.objects.filter(
        etat=EtatCommission.CLOSE, classe__session=classe.session_id, classe__version=classe.version_id
    ).exclude(pk=commission.pk)
    tenues: set[int] = set(Situation.objects.filter(classe__in=closes.values("classe")).values_list("pk", flat=True))
    etudies = Proposition.objects.filter(commission__in=closes).values_list("inscription__apprenant", flat=True)
    return tenues | set(situations_comptees(classe, etudies.distinct()))


def _completer(commission: Commission, utilisateur: Utilisateur) -> None:
    """Les épreuves que la commission n'avait pas à étudier : note conservée, épreuve ponctuelle."""
    propositions, maintenant = propositions_de(commission), timezone.now()
    for lu in synthese_de_la_classe(commission.classe).candidats:
        for code, synthese in lu.syntheses.items():
            etat, proposition = etat_de_droit(lu, code), propositions.get((lu.candidat.apprenant_id, code))
            if proposition is not None and proposition.etat == EtatProposition.ABSENT:
                _refiger(proposition, calcul_de(lu, code, Fraction(0)))
            if etat is None or (proposition and proposition.est_etudiee):
                continue
            gardee = synthese.conservee if etat == EtatProposition.BENEFICE else None
            Proposition.objects.update_or_create(
                commission=commission,
                inscription_id=proposition.inscription_id if proposition else lu.candidat.pk,
                epreuve=lu.epreuves[code].epreuve,
                defaults={
                    "etat": etat,
                    "note_conservee": gardee.note if gardee else None,
                    "session_conservee": gardee.session if gardee else None,
                    "auteur": utilisateur,
                    "modifie_le": maintenant,
                },
            )


def _refiger(proposition: Proposition, calcul: Calcul) -> None:
    """Dit absent, puis positionné : son dossier garde ce que les situations scellées disent de lui."""
    if calcul.entrees is not None and calcul.entrees != proposition.entrees:
        Proposition.objects.filter(pk=proposition.pk).update(
            grille_id=calcul.grille,
            entrees=calcul.entrees,
            resultat=calcul.resultat,
            note_calculee=calcul.note_calculee,
            note_arrondie=calcul.note_arrondie,
        )


def _decrite(ordre: int, piece: PieceFaite) -> PieceDecrite:
    return PieceDecrite(
        ordre=ordre,
        nature=piece.nature.upper(),
        nom=piece.nom,
        sha256=empreinte(piece.contenu),
        octets=len(piece.contenu),
        candidat=None if piece.inscription is None else cle_du_candidat(piece.inscription),
        epreuve=piece.epreuve.code if piece.epreuve else None,
    )


def _joints(pieces: Sequence[PieceFaite]) -> dict[tuple[int, str], str]:
    return {
        (piece.inscription, piece.epreuve.code): piece.joint
        for piece in pieces
        if piece.inscription is not None and piece.epreuve is not None and piece.joint is not None
    }


def _garder_les_pieces(archive: Archive, pieces: Sequence[PieceFaite]) -> None:
    """Les fichiers d'abord : si la transaction échoue ensuite, ils sont repris."""
    gardees: list[PieceArchive] = []
    try:
        for ordre, piece in enumerate(pieces, start=1):
            decrite = _decrite(ordre, piece)
            gardee = PieceArchive(
                archive=archive,
                ordre=ordre,
                nature=piece.nature,
                nom=piece.nom,
                sha256=decrite.sha256,
                octets=decrite.octets,
                inscription_id=piece.inscription,
                epreuve=piece.epreuve,
            )
            gardee.fichier.save(f"{uuid4().hex}.pdf", ContentFile(piece.contenu), save=False)
            gardees.append(gardee)
        PieceArchive.objects.bulk_create(gardees)
    except Exception:
        for gardee in gardees:
            default_storage.delete(str(gardee.fichier))
        raise


def _jeter(travail: Travail) -> None:
    """L'archive est là : ce qui l'a préparée ne sert plus."""
    for stockage, nom in fichiers_de(travail):
        transaction.on_commit(partial(stockage.delete, nom))
    travail.delete()
