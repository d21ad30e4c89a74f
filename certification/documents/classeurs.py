"""Les grilles officielles remplies : d'un candidat, ou de toute une classe par le traitement de fond."""

import re
import zipfile
from collections.abc import Iterator
from io import BytesIO

from django.core.files.base import ContentFile
from django.db import transaction
from django_tasks import task

from centres.models import Classe, Utilisateur
from certification.correspondance import Correspondance
from certification.enums import FormatTravail, NatureTravail
from certification.models import Candidat, ClasseurOfficiel, Travail
from certification.queries.classeurs import (
    Remplissage,
    classeurs_en_vigueur,
    remplissage_du_candidat,
    remplissages_de_la_classe,
)
from certification.services.classeurs import lire, modele_de
from certification.services.travaux import (
    commencer_travail,
    creer_travail,
    finir_travail,
    interrompre_travail,
    noter_avancement,
)
from referentiel.models import Epreuve
from trpm.socle.classeur_modele import Modele
from trpm.socle.classeur_rempli import remplir

# Ce qu'un nom de fichier ne porte pas sous Windows.
INTERDITS = re.compile(r'[\\/:*?"<>|\x00-\x1f]')
LISEZ_MOI = "LISEZ-MOI.txt"


def classeur_du_candidat(candidat: Candidat, epreuve: Epreuve) -> bytes | None:
    """La grille officielle remplie d'un candidat ; rien si aucune n'est publiée pour son option."""
    classeur = classeurs_en_vigueur(candidat.classe, epreuve).get(candidat.option_id or 0)
    if classeur is None:
        return None
    return _rempli(*_ouvert(classeur), remplissage_du_candidat(candidat, epreuve))


def nom_du_classeur(candidat: Candidat, epreuve: Epreuve) -> str:
    """« NOM Prénom – E31 – RSP.xlsx »."""
    option = f" – {candidat.option.code}" if candidat.option else ""
    nom = f"{candidat.apprenant.nom.upper()} {candidat.apprenant.prenom} – {epreuve.code}{option}"
    return f"{INTERDITS.sub(' ', nom).strip(' .')}.xlsx"


@transaction.atomic
def demander_classeurs(*, utilisateur: Utilisateur, classe: Classe, epreuve: Epreuve) -> Travail:
    """Confie la classe au traitement de fond ; une demande encore active est rendue telle quelle."""
    travail, est_nouveau = creer_travail(
        utilisateur=utilisateur,
        classe=classe,
        epreuve=epreuve,
        nature=NatureTravail.CLASSEURS,
        format=FormatTravail.ZIP,
    )
    if est_nouveau:
        produire_classeurs.enqueue(travail.pk)
    return travail


@task()
def produire_classeurs(travail_pk: int) -> None:
    """Un échec laisse le travail « interrompu », et remonte au journal du traitement de fond."""
    travaux = Travail.objects.select_related("epreuve", "classe__centre", "classe__session", "classe__version__diplome")
    travail = travaux.filter(pk=travail_pk).first()
    if travail is None or travail.epreuve is None:
        # Tenue pour perdue, puis demandée de nouveau : l'autre demande s'en charge.
        return
    try:
        finir_travail(travail, ContentFile(_archive(travail, travail.epreuve), name="classeurs.zip"))
    except Exception:
        interrompre_travail(travail)
        raise


def _archive(travail: Travail, epreuve: Epreuve) -> bytes:
    remplissages = remplissages_de_la_classe(travail.classe, epreuve)
    commencer_travail(travail, len(remplissages))
    ouverts = {option: _ouvert(un) for option, un in classeurs_en_vigueur(travail.classe, epreuve).items()}
    sans_grille: list[str] = []
    sortie, pris = BytesIO(), {LISEZ_MOI}
    with zipfile.ZipFile(sortie, "w", zipfile.ZIP_STORED) as archive:
        for rang, remplissage in enumerate(remplissages, start=1):
            ouvert = ouverts.get(remplissage.candidat.option_id or 0)
            if ouvert is None:
                sans_grille.append(str(remplissage.candidat.apprenant))
            else:
                archive.writestr(
                    nom_libre(nom_du_classeur(remplissage.candidat, epreuve), pris), _rempli(*ouvert, remplissage)
                )
            noter_avancement(travail, rang)
        if sans_grille:
            archive.writestr(LISEZ_MOI, "\r\n".join(_explication(sans_grille)).encode("utf-8-sig"))
    return sortie.getvalue()


def nom_libre(voulu: str, pris: set[str]) -> str:
    """Deux homonymes ont chacun leur fichier."""
    racine, _, extension = voulu.rpartition(".")
    nom, rang = voulu, 1
    while nom.casefold() in pris:
        rang += 1
        nom = f"{racine} ({rang}).{extension}"
    pris.add(nom.casefold())
    return nom


def _explication(sans_grille: list[str]) -> Iterator[str]:
    yield "Aucune grille officielle n'est publiée pour l'option de ces candidats :"
    yield from (f"- {nom}" for nom in sans_grille)


def _ouvert(classeur: ClasseurOfficiel) -> tuple[Modele, Correspondance]:
    return modele_de(classeur), lire(classeur, classeur.correspondance)


def _rempli(modele: Modele, correspondance: Correspondance, remplissage: Remplissage) -> bytes:
    return remplir(modele, correspondance.remplir(remplissage.champs, remplissage.niveaux))
