"""Les bilans de toute une classe en PDF, faits par le traitement de fond (`db_worker`), un fichier par apprenant."""

import hashlib
from collections.abc import Sequence
from functools import partial

from django.db import transaction
from django_tasks import task

from centres.models import Utilisateur
from evaluations.documents.bilans import pdf_de_la_classe, pdf_de_la_vue
from evaluations.models import BilanPeriode, CampagneBilans, FabricationBilans
from evaluations.queries.bilans import VueBilan, lire_bilans
from evaluations.services.fabrications import Partie, demander_fabrication, fabriquer


@transaction.atomic
def demander_les_bilans(*, utilisateur: Utilisateur, campagne: CampagneBilans) -> FabricationBilans:
    """Confie la fabrication au traitement de fond, ou l'y remet ; encore active, elle est rendue telle quelle."""
    fabrication, est_a_lancer = demander_fabrication(utilisateur=utilisateur, campagne=campagne)
    if est_a_lancer:
        produire_les_bilans.enqueue(fabrication.pk)
    return fabrication


@task()
def produire_les_bilans(fabrication_pk: int) -> None:
    fabrications = FabricationBilans.objects.select_related("campagne__classe__centre")
    fabrication = fabrications.filter(pk=fabrication_pk).first()
    if fabrication is None or fabrication.est_finie:
        # Effacée, ou déjà finie par une reprise : rien à refaire.
        return
    fabriquer(fabrication, _parties(fabrication.campagne, lire_bilans(fabrication.campagne)))


def _parties(campagne: CampagneBilans, vues: Sequence[VueBilan]) -> list[Partie]:
    """Un fichier par apprenant, puis le même contenu d'un seul tenant, pour imprimer toute la classe."""
    parties = [Partie(nom_du_fichier(vue.bilan), _empreinte(vue), partial(pdf_de_la_vue, vue)) for vue in vues]
    if parties:
        tout = hashlib.sha256("/".join(partie.empreinte for partie in parties).encode()).hexdigest()
        parties.append(Partie("Toute la classe, à imprimer.pdf", tout, partial(pdf_de_la_classe, campagne, vues)))
    return parties


def _empreinte(vue: VueBilan) -> str:
    """La version et l'état disent tout ce que le PDF montre : les niveaux sont figés, le bilan d'avant aussi."""
    return f"{vue.bilan.pk}-{vue.bilan.version}-{vue.bilan.etat}"


def nom_du_fichier(bilan: BilanPeriode) -> str:
    apprenant = bilan.inscription.apprenant
    lisible = "".join(c if c.isalnum() or c in " -'" else "_" for c in f"{apprenant.nom} {apprenant.prenom}")
    # La clé départage les homonymes.
    return f"{lisible} – bilan du {bilan.campagne.arrete_le:%Y-%m-%d} ({bilan.pk}).pdf"
