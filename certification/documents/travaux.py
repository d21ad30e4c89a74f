"""Les dossiers d'une classe pour une épreuve, fabriqués par le traitement de fond (`db_worker`)."""

from collections.abc import Iterator

from django.core.files.base import ContentFile
from django.db import transaction
from django_tasks import task

from centres.models import Classe, Utilisateur
from certification.documents.commission import contexte_dossier, html_dossier
from certification.models import Travail
from certification.queries.candidats import synthese_de_la_classe
from certification.services.travaux import (
    commencer_travail,
    creer_travail,
    finir_travail,
    interrompre_travail,
    noter_avancement,
)
from referentiel.models import Epreuve
from trpm.socle.pdf import pdf_reuni


@transaction.atomic
def demander_dossiers(*, utilisateur: Utilisateur, classe: Classe, epreuve: Epreuve) -> Travail:
    """Confie la fabrication au traitement de fond ; une demande encore active est rendue telle quelle."""
    travail, est_nouveau = creer_travail(utilisateur=utilisateur, classe=classe, epreuve=epreuve)
    if est_nouveau:
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
        contenu = pdf_reuni(_dossiers(travail), titre=f"{travail} – {travail.classe.session}")
        finir_travail(travail, ContentFile(contenu, name="dossiers.pdf"))
    except Exception:
        interrompre_travail(travail)
        raise


def _dossiers(travail: Travail) -> Iterator[str]:
    candidats = synthese_de_la_classe(travail.classe).candidats
    commencer_travail(travail, len(candidats))
    for rang, lu in enumerate(candidats, start=1):
        yield html_dossier(contexte_dossier(lu, travail.code_epreuve))
        noter_avancement(travail, rang)
