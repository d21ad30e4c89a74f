"""Les dossiers d'une classe, demandés puis fabriqués hors de la page."""

from collections.abc import Callable
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
FIN_DE_PDF = b"%%EOF"
ACTES_DE_DEMANDE = {NatureTravail.DOSSIERS: "demander_dossiers", NatureTravail.CLASSEURS: "demander_classeurs"}


@transaction.atomic
def creer_travail(
    *,
    utilisateur: Utilisateur,
    classe: Classe,
    epreuve: Epreuve | None,
    nature: NatureTravail = NatureTravail.DOSSIERS,
    format: FormatTravail = FormatTravail.PDF,
) -> tuple[Travail, bool]:
    """La demande des dossiers, ou des grilles officielles, d'une classe, et s'il faut la lancer. Sans épreuve : toutes.

    Les résultats précédents sont effacés : un dossier périmé ne traîne pas sur le serveur. Une fabrication de fichiers
    séparés arrêtée en chemin est reprise avec ce qu'elle avait déjà fait.
    """
    if not peut_voir_les_notes(utilisateur, classe.centre_id):
        raise PermissionDenied("Ces dossiers portent des notes proposées : ils ne vous sont pas ouverts.")
    # La classe sert de verrou : deux clics, ou deux personnes, ne lancent qu'une fabrication.
    Classe.objects.select_for_update().get(pk=classe.pk)
    maintenant = timezone.now()
    anterieurs = Travail.objects.filter(classe=classe, epreuve=epreuve, nature=nature, format=format)
    if actif := anterieurs.actifs(maintenant - DELAI_TRAVAIL).first():
        return actif, False
    # Un seul PDF se refait d'un trait ; des fichiers séparés déjà faits se gardent.
    se_reprend = nature == NatureTravail.DOSSIERS and format == FormatTravail.ZIP
    arrete = anterieurs.exclude(etat=EtatTravail.FINI).first() if se_reprend else None
    for ancien in anterieurs:
        if ancien != arrete:
            _effacer_travail(ancien)
    travail = arrete or Travail(
        classe=classe,
        nature=nature,
        format=format,
        epreuve=epreuve,
        total=Candidat.objects.de_la_classe(classe).count(),
        demande_le=maintenant,
    )
    travail.auteur, travail.etat, travail.avance_le = utilisateur, EtatTravail.EN_ATTENTE, maintenant
    travail.save()
    journaliser(
        chaine=f"certification:classe:{classe.pk}",
        acte=ACTES_DE_DEMANDE[nature],
        auteur=utilisateur,
        objet=classe,
        apres={"epreuve": travail.code_epreuve or "toutes", "candidats": travail.total},
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


def est_arrete(travail: Travail) -> bool:
    """Plus de signe de vie : le traitement de fond s'est arrêté en chemin, on peut lui redemander la suite."""
    return not travail.est_termine and travail.avance_le < timezone.now() - DELAI_TRAVAIL


def faire_ou_reprendre(travail: Travail, nom: str, faire: Callable[[], bytes]) -> tuple[bytes, bool]:
    """Un PDF de la fabrication, et s'il vient d'être fait : celui d'un essai précédent sert, s'il est entier.

    `nom` change avec le contenu. Un arrêt au milieu de l'écriture laisse un PDF sans fin : il est refait.
    """
    chemin = f"{travail.repertoire}/{nom}"
    if default_storage.exists(chemin):
        with default_storage.open(chemin) as fichier:
            garde: bytes = fichier.read()
        if garde.rstrip().endswith(FIN_DE_PDF):
            return garde, False
    contenu = faire()
    default_storage.delete(chemin)
    default_storage.save(chemin, ContentFile(contenu))
    return contenu, True


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
