"""Les dossiers d'une classe, demandés puis fabriqués hors de la page."""

from datetime import timedelta
from functools import partial
from uuid import uuid4

from django.core.exceptions import PermissionDenied
from django.core.files.base import ContentFile
from django.core.files.storage import Storage, default_storage
from django.db import DatabaseError, transaction
from django.utils import timezone

from centres.journal import journaliser
from centres.models import Classe, Utilisateur
from centres.permissions import peut_voir_les_notes
from certification.enums import EtatTravail, FormatTravail, NatureTravail
from certification.models import Candidat, Travail
from referentiel.models import Epreuve

# Sans signe de vie aussi longtemps, une demande est tenue pour perdue et peut être refaite (un dossier : 2 à 6 s).
DELAI_TRAVAIL = timedelta(minutes=3)
ACTES_DE_DEMANDE = {NatureTravail.DOSSIERS: "demander_dossiers", NatureTravail.CLASSEURS: "demander_classeurs"}


@transaction.atomic
def creer_travail(
    *,
    utilisateur: Utilisateur,
    classe: Classe,
    epreuve: Epreuve,
    nature: NatureTravail = NatureTravail.DOSSIERS,
    format: FormatTravail = FormatTravail.PDF,
) -> tuple[Travail, bool]:
    """La demande des dossiers, ou des grilles officielles, d'une classe, et si elle est nouvelle.

    Les résultats précédents sont effacés : un dossier périmé ne traîne pas sur le serveur.
    """
    if not peut_voir_les_notes(utilisateur, classe.centre_id):
        raise PermissionDenied("Ces dossiers portent des notes proposées : ils ne vous sont pas ouverts.")
    # La classe sert de verrou : deux clics, ou deux personnes, ne lancent qu'une fabrication.
    Classe.objects.select_for_update().get(pk=classe.pk)
    maintenant = timezone.now()
    anterieurs = Travail.objects.filter(classe=classe, epreuve=epreuve, nature=nature)
    if actif := anterieurs.actifs(maintenant - DELAI_TRAVAIL).first():
        return actif, False
    for ancien in anterieurs:
        _effacer_travail(ancien)
    travail = Travail.objects.create(
        classe=classe,
        nature=nature,
        format=format,
        epreuve=epreuve,
        auteur=utilisateur,
        total=Candidat.objects.de_la_classe(classe).count(),
        demande_le=maintenant,
        avance_le=maintenant,
    )
    journaliser(
        chaine=f"certification:classe:{classe.pk}",
        acte=ACTES_DE_DEMANDE[nature],
        auteur=utilisateur,
        objet=classe,
        apres={"epreuve": epreuve.code, "candidats": travail.total},
    )
    return travail, True


def commencer_travail(travail: Travail, total: int) -> None:
    _avancer(travail, etat=EtatTravail.EN_COURS, fait=0, total=total)


def noter_avancement(travail: Travail, fait: int) -> None:
    _avancer(travail, fait=fait)


def finir_travail(travail: Travail, contenu: ContentFile[bytes]) -> None:
    """Le nom du fichier ne se devine pas et ne dit rien ; le téléchargement revérifie les droits."""
    travail.fichier.save(f"{uuid4().hex}.{travail.format}", contenu, save=False)
    try:
        _avancer(travail, etat=EtatTravail.FINI, fichier=travail.fichier)
    except DatabaseError:
        # Une nouvelle demande a effacé celle-ci : ce fichier de notes ne serait plus à personne.
        travail.fichier.delete(save=False)
        raise


def interrompre_travail(travail: Travail) -> None:
    _avancer(travail, etat=EtatTravail.ECHOUE)


def _avancer(travail: Travail, **champs: object) -> None:
    for champ, valeur in champs.items():
        setattr(travail, champ, valeur)
    travail.avance_le = timezone.now()
    travail.save(update_fields=[*champs, "avance_le"])


def _effacer_travail(travail: Travail) -> None:
    fichiers = fichiers_de(travail)
    travail.delete()
    for stockage, nom in fichiers:
        transaction.on_commit(partial(stockage.delete, nom))


def fichiers_de(travail: Travail) -> list[tuple[Storage, str]]:
    """Ce qu'un travail laisse sur le serveur : son résultat, et ce qu'il avait déjà fait."""
    fichiers = [(travail.fichier.storage, travail.fichier.name)] if travail.fichier.name else []
    if default_storage.exists(travail.repertoire):
        _, noms = default_storage.listdir(travail.repertoire)
        fichiers += [(default_storage, f"{travail.repertoire}/{nom}") for nom in sorted(noms)]
        fichiers.append((default_storage, travail.repertoire))
    return fichiers
