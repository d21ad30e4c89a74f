"""Ce que l'inspecteur dit d'une situation : un avis s'ajoute, aucun ne s'efface."""

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone

from centres.journal import journaliser
from centres.models import Utilisateur
from centres.services.autorisation import autoriser
from certification.enums import Avis
from certification.models import AvisInspection
from certification.permissions import peut_donner_un_avis
from evaluations.models import Situation

REMARQUE_MAX = 2000


@transaction.atomic
def donner_avis(*, utilisateur: Utilisateur, situation: Situation, avis: str, remarque: str = "") -> AvisInspection:
    """Il ne bloque rien et n'écrit rien dans la situation : l'équipe le lit et répond par ses actes.

    Le journal garde l'avis, pas la remarque : elle s'efface avec ce que les apprenants ont laissé.
    """
    tenue = Situation.objects.select_for_update(of=("self",)).select_related("classe").get(pk=situation.pk)
    autoriser(peut_donner_un_avis(utilisateur, tenue.classe))
    remarque = remarque.strip()
    if not tenue.est_certificative:
        raise ValidationError("Un avis se donne sur une situation certificative.")
    if tenue.est_scellee:
        raise ValidationError("Cette situation est scellée : la commission s'est prononcée, un avis n'y change rien.")
    if avis not in Avis.values:
        raise ValidationError({"avis": ["Choisissez un avis."]})
    if len(remarque) > REMARQUE_MAX:
        raise ValidationError({"remarque": [f"{REMARQUE_MAX} caractères au plus."]})
    if avis == Avis.A_REVOIR and not remarque:
        raise ValidationError({"remarque": ["Dites à l'équipe ce qui est à revoir."]})
    dernier = AvisInspection.objects.filter(situation=tenue).derniers().first()
    donne = AvisInspection.objects.create(
        situation=tenue, inspecteur=utilisateur, avis=avis, remarque=remarque, le=timezone.now()
    )
    journaliser(
        chaine=f"certification:classe:{tenue.classe_id}",
        acte="avis.donne",
        auteur=utilisateur,
        objet=tenue,
        avant={"avis": dernier.avis} if dernier else None,
        apres={"avis": avis},
    )
    return donne
