"""Les dossiers d'une classe, d'une épreuve ou de toutes, fabriqués par le traitement de fond (`db_worker`)."""

import hashlib
import zipfile
from collections.abc import Callable, Iterator
from functools import partial
from io import BytesIO

from django.core.files.base import ContentFile
from django.db import transaction
from django.utils import timezone
from django_tasks import task

from centres.models import Classe, Utilisateur
from certification.documents.classeurs import INTERDITS, nom_libre
from certification.documents.commission import contexte_dossier, html_dossier
from certification.enums import FormatTravail, NatureArchive
from certification.models import Travail
from certification.queries.archives import piece_servie
from certification.queries.candidats import SyntheseCandidat, synthese_de_la_classe
from certification.services.travaux import (
    commencer_travail,
    creer_travail,
    faire_ou_reprendre,
    finir_travail,
    interrompre_travail,
    noter_avancement,
)
from referentiel.models import Epreuve
from trpm.socle.pdf import pdf, pdf_reuni


@transaction.atomic
def demander_dossiers(
    *, utilisateur: Utilisateur, classe: Classe, epreuve: Epreuve | None, format: FormatTravail = FormatTravail.PDF
) -> Travail:
    """Confie la fabrication au traitement de fond ; une demande encore active est rendue telle quelle.

    Sans épreuve, toutes : un fichier par candidat et par épreuve.
    """
    travail, a_lancer = creer_travail(utilisateur=utilisateur, classe=classe, epreuve=epreuve, format=format)
    if a_lancer:
        produire_dossiers.enqueue(travail.pk)
    return travail


@task()
def produire_dossiers(travail_pk: int) -> None:
    """Un échec laisse le travail « interrompu », et remonte au journal du traitement de fond."""
    travaux = Travail.objects.select_related("epreuve", "classe__centre", "classe__session", "classe__version__diplome")
    travail = travaux.filter(pk=travail_pk).first()
    if travail is None:
        # Tenue pour perdue, puis demandée de nouveau : l'autre demande s'en charge.
        return
    try:
        finir_travail(travail, ContentFile(_contenu(travail), name=f"dossiers.{travail.format}"))
    except Exception:
        interrompre_travail(travail)
        raise


def _contenu(travail: Travail) -> bytes:
    if travail.format == FormatTravail.ZIP:
        return _archive(travail)
    return pdf_reuni(_dossiers(travail), titre=f"{travail} – {travail.classe.session}")


def _dossiers(travail: Travail) -> Iterator[str]:
    candidats = synthese_de_la_classe(travail.classe).candidats
    commencer_travail(travail, len(candidats))
    for rang, lu in enumerate(candidats, start=1):
        yield html_dossier(contexte_dossier(lu, travail.code_epreuve))
        noter_avancement(travail, rang)


def _archive(travail: Travail) -> bytes:
    """Un PDF par candidat et par épreuve ; ceux d'un essai précédent sont repris tant que rien n'y a changé."""
    a_faire = [
        (lu, code)
        for lu in synthese_de_la_classe(travail.classe).candidats
        for code in lu.epreuves
        if travail.epreuve is None or code == travail.code_epreuve
    ]
    commencer_travail(travail, len(a_faire))
    sortie, pris = BytesIO(), set[str]()
    with zipfile.ZipFile(sortie, "w", zipfile.ZIP_STORED) as archive:
        for rang, (lu, code) in enumerate(a_faire, start=1):
            repere, imprimer = _impression(travail, lu, code)
            contenu, _ = faire_ou_reprendre(travail, repere, imprimer)
            archive.writestr(nom_libre(nom_du_dossier(lu, code), pris), contenu)
            noter_avancement(travail, rang)
    return sortie.getvalue()


def _impression(travail: Travail, lu: SyntheseCandidat, code: str) -> tuple[str, Callable[[], bytes]]:
    """Un repère qui change avec le contenu, et de quoi imprimer ; close, la pièce même de l'archive."""
    archivee = piece_servie(
        travail.classe, NatureArchive.DOSSIER, inscription__apprenant=lu.candidat.apprenant_id, epreuve__code=code
    )
    if archivee is not None:
        return f"{archivee.sha256}.pdf", archivee.fichier.read
    contexte = contexte_dossier(lu, code)
    # La date de la demande, pas celle de l'impression : une reprise retrouve le même texte.
    contexte["edite_le"] = timezone.localtime(travail.demande_le)
    html = html_dossier(contexte)
    repere = hashlib.sha256(html.encode()).hexdigest()
    return f"{repere}.pdf", partial(pdf, html, titre=contexte["titre"])


def nom_du_dossier(lu: SyntheseCandidat, code: str) -> str:
    """« E31/NOM Prénom – E31 – dossier.pdf »."""
    apprenant = lu.candidat.apprenant
    lisible = INTERDITS.sub(" ", f"{apprenant.nom.upper()} {apprenant.prenom} – {code} – dossier").strip(" .")
    return f"{code}/{lisible}.pdf"
