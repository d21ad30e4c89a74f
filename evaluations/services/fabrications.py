"""Fabriquer hors de la page, partie par partie : un traitement redémarré ne refait pas ce qui est déjà fait.

Le mécanisme ne sait rien de ce qu'il fabrique : toute table tirée de `Fabrication` s'en sert.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from io import BytesIO
from pathlib import Path
from uuid import uuid4
from zipfile import ZIP_STORED, ZipFile

from django.core.files.base import ContentFile
from django.core.files.storage import Storage, default_storage
from django.db import DatabaseError, transaction
from django.utils import timezone

from centres.journal import journaliser
from centres.models import Utilisateur
from centres.services.autorisation import autoriser
from evaluations.enums import EtatFabrication
from evaluations.models import CampagneBilans, Fabrication, FabricationBilans
from evaluations.permissions import peut_tenir_les_bilans

# Sans signe de vie aussi longtemps, le traitement de fond est tenu pour arrêté : la demande peut être reprise.
DELAI = timedelta(minutes=2)


@transaction.atomic
def demander_fabrication(*, utilisateur: Utilisateur, campagne: CampagneBilans) -> tuple[FabricationBilans, bool]:
    """La fabrication des bilans d'une classe, et s'il faut la confier au traitement de fond.

    Interrompue, elle est rendue avec ses parties déjà faites ; finie, elle est refaite sur les bilans d'aujourd'hui.
    """
    autoriser(peut_tenir_les_bilans(utilisateur, campagne.classe))
    # La campagne sert de verrou : deux clics, ou deux personnes, ne lancent qu'une fabrication.
    CampagneBilans.objects.select_for_update().get(pk=campagne.pk)
    maintenant = timezone.now()
    anterieures = FabricationBilans.objects.filter(campagne=campagne)
    if active := anterieures.actives(maintenant - DELAI).first():
        return active, False
    reprise = anterieures.exclude(etat=EtatFabrication.FINI).first()
    if reprise is None:
        for ancienne in anterieures:
            effacer_fabrication(ancienne)
    # Un par apprenant, et toute la classe d'un seul tenant.
    total = campagne.bilans.count() + 1
    fabrication = reprise or FabricationBilans(
        campagne=campagne, auteur=utilisateur, total=total, demande_le=maintenant, avance_le=maintenant
    )
    fabrication.etat, fabrication.avance_le = EtatFabrication.EN_ATTENTE, maintenant
    fabrication.save()
    journaliser(
        chaine=f"bilans:{campagne.classe_id}",
        acte="campagne_bilans.pdf_demandes",
        auteur=utilisateur,
        objet=campagne,
        apres={"bilans": total - 1, "reprise": reprise is not None},
    )
    return fabrication, True


def est_arretee(fabrication: Fabrication) -> bool:
    """Plus de signe de vie : le traitement de fond s'est arrêté en chemin."""
    return not fabrication.est_terminee and fabrication.avance_le < timezone.now() - DELAI


@dataclass(frozen=True)
class Partie:
    """Un fichier du résultat ; `empreinte` change avec ce qu'il contient, une partie périmée n'est donc pas reprise."""

    nom: str
    empreinte: str
    faire: Callable[[], bytes]


def fabriquer(fabrication: Fabrication, parties: Sequence[Partie]) -> None:
    """Fait les parties qui manquent, dans l'ordre, puis les réunit. Une exception laisse la fabrication interrompue."""
    try:
        if not parties:
            raise ValueError("une fabrication a au moins une partie")
        avancer(fabrication, etat=EtatFabrication.EN_COURS, total=len(parties), fait=0)
        for rang, partie in enumerate(parties, start=1):
            if not default_storage.exists(_chemin(fabrication, partie)):
                _poser(_chemin(fabrication, partie), partie.faire())
            avancer(fabrication, fait=rang)
        finir_fabrication(fabrication, _reunir(fabrication, parties))
    except Exception:
        avancer(fabrication, etat=EtatFabrication.ECHOUE)
        raise


def avancer(fabrication: Fabrication, **champs: object) -> None:
    for champ, valeur in champs.items():
        setattr(fabrication, champ, valeur)
    fabrication.avance_le = timezone.now()
    fabrication.save(update_fields=[*champs, "avance_le"])


def finir_fabrication(fabrication: Fabrication, contenu: bytes) -> None:
    """Le nom du fichier ne se devine pas et ne dit rien ; le téléchargement revérifie les droits."""
    fabrication.fichier.save(f"{uuid4().hex}.zip", ContentFile(contenu), save=False)
    try:
        avancer(fabrication, etat=EtatFabrication.FINI, fichier=fabrication.fichier)
    except DatabaseError:
        # Effacée entre-temps (purge, nouvelle demande) : ce fichier ne serait plus à personne.
        fabrication.fichier.delete(save=False)
        raise
    for stockage, nom in _parties_de(fabrication):
        stockage.delete(nom)


def effacer_fabrication(fabrication: Fabrication) -> None:
    fichiers = fichiers_de(fabrication)
    fabrication.delete()
    for stockage, nom in fichiers:
        transaction.on_commit(partial(stockage.delete, nom))


def fichiers_de(fabrication: Fabrication) -> list[tuple[Storage, str]]:
    """Ce qu'une fabrication laisse sur le serveur : son résultat, et les parties déjà faites."""
    fichier = fabrication.fichier
    return [*([(fichier.storage, fichier.name)] if fichier.name else []), *_parties_de(fabrication)]


def _parties_de(fabrication: Fabrication) -> Iterator[tuple[Storage, str]]:
    if default_storage.exists(fabrication.repertoire):
        for nom in sorted(default_storage.listdir(fabrication.repertoire)[1]):
            yield default_storage, f"{fabrication.repertoire}/{nom}"
        yield default_storage, fabrication.repertoire


def _chemin(fabrication: Fabrication, partie: Partie) -> str:
    return f"{fabrication.repertoire}/{partie.empreinte}"


def _poser(chemin: str, contenu: bytes) -> None:
    """Écrite à côté puis renommée : une coupure ne laisse pas une moitié de partie sous son nom."""
    provisoire = default_storage.save(f"{chemin}.partiel", ContentFile(contenu))
    Path(default_storage.path(provisoire)).replace(default_storage.path(chemin))


def _reunir(fabrication: Fabrication, parties: Sequence[Partie]) -> bytes:
    sortie = BytesIO()
    with ZipFile(sortie, "w", ZIP_STORED) as archive:
        for partie in parties:
            with default_storage.open(_chemin(fabrication, partie)) as fichier:
                archive.writestr(partie.nom, fichier.read())
    return sortie.getvalue()
