"""Effacer ce que la certification a écrit d'un apprenant ; les niveaux, les notes et les empreintes restent.

La base n'admet sur une commission close et sur une archive que ces effacements-là (migration 0008).
"""

from collections.abc import Collection
from datetime import datetime

from django.core.files.storage import Storage
from django.db.models import Exists, Model, OuterRef, QuerySet

from centres.models import Inscription
from certification.models import (
    Archive,
    AvisInspection,
    PieceArchive,
    PieceDossier,
    PositionCommission,
    Proposition,
)
from evaluations.services.effacement import EFFACE, INSCRIT, Effacement

Fichier = tuple[Storage, str]
EFFACEMENTS = (
    Effacement(PositionCommission, INSCRIT, ("motif",), remplace=EFFACE),
    Effacement(Proposition, INSCRIT, ("motif_ecart", "commentaire", "appreciation"), remplace=EFFACE),
)
# Le journal en parle ; leurs lignes partent, ou perdent leur fichier.
AUTRES: tuple[type[Model], ...] = (PieceDossier, PieceArchive)


def objets_au_journal(apprenants: Collection[int]) -> dict[str, list[int]]:
    """Les lignes dont le journal parle : type d'objet → clés."""
    modeles = [*(effacement.modele for effacement in EFFACEMENTS), *AUTRES]
    return {
        modele._meta.label_lower: list(
            modele._default_manager.filter(**{f"{INSCRIT}__in": apprenants}).order_by("pk").values_list("pk", flat=True)
        )
        for modele in modeles
    }


def compter_textes(apprenants: Collection[int]) -> int:
    ecrits = sum(
        effacement.ecrites(apprenants, champ).count() for effacement in EFFACEMENTS for champ in effacement.textes
    )
    return ecrits + remarques_d_inspection(apprenants).count()


def remarques_d_inspection(apprenants: Collection[int]) -> QuerySet[AvisInspection]:
    """Les remarques sur les situations de leurs classes : aucune ne se corrige, elles pourraient nommer l'un d'eux."""
    classes = Inscription.objects.filter(apprenant__in=apprenants).values("classe")
    return AvisInspection.objects.filter(situation__classe__in=classes).exclude(remarque__in=["", EFFACE])


def pieces_des_dossiers(apprenants: Collection[int]) -> QuerySet[PieceDossier]:
    return PieceDossier.objects.filter(inscription__apprenant__in=apprenants)


def pieces_archivees(apprenants: Collection[int]) -> QuerySet[PieceArchive]:
    return PieceArchive.objects.filter(inscription__apprenant__in=apprenants, efface_le=None)


def effacer(*, apprenants: Collection[int], maintenant: datetime) -> list[Fichier]:
    """À appeler dans la transaction de la purge ; rend les fichiers à détruire quand elle est acquise.

    Le procès-verbal, la liste et le manifeste nomment toute la classe : ils partent avec le dernier candidat.
    """
    for effacement in EFFACEMENTS:
        for champ in effacement.textes:
            effacement.ecrites(apprenants, champ).update(**{champ: effacement.remplace})
    remarques_d_inspection(apprenants).update(remarque=EFFACE)
    deposees = pieces_des_dossiers(apprenants)
    fichiers = [(piece.fichier.storage, str(piece.fichier)) for piece in deposees]
    deposees.delete()
    fichiers += _effacer_pieces(pieces_archivees(apprenants), maintenant)
    nominatives = PieceArchive.objects.filter(archive=OuterRef("pk"), inscription__isnull=False, efface_le=None)
    classes = Inscription.objects.filter(apprenant__in=apprenants).values("classe")
    finies = Archive.objects.filter(~Exists(nominatives), commission__classe__in=classes, efface_le=None)
    cles = list(finies.values_list("pk", flat=True))
    fichiers += _effacer_pieces(PieceArchive.objects.filter(archive__in=cles, efface_le=None), maintenant)
    Archive.objects.filter(pk__in=cles).update(manifeste="", motif="", efface_le=maintenant)
    return fichiers


def _effacer_pieces(pieces: QuerySet[PieceArchive], maintenant: datetime) -> list[Fichier]:
    lues = list(pieces)
    PieceArchive.objects.filter(pk__in=[piece.pk for piece in lues]).update(nom="", fichier="", efface_le=maintenant)
    return [(piece.fichier.storage, str(piece.fichier)) for piece in lues]
