"""Enregistrer les numéros de candidats d'une classe, d'un seul acte."""

from collections import Counter
from collections.abc import Mapping

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction

from centres.journal import journaliser
from centres.models import Classe, Utilisateur
from centres.permissions import GERER_LES_CLASSES, a_un_role
from certification.enums import EtatCommission
from certification.models import Candidat, Commission, NumeroCandidat
from certification.permissions import est_candidat
from certification.services.commissions import CLOSE

DEUX_FOIS = "Ce numéro est donné à deux candidats."
PRIS = "Ce numéro est déjà celui d'un autre candidat de la session."


@transaction.atomic
def enregistrer_numeros(*, utilisateur: Utilisateur, classe: Classe, numeros: Mapping[int, str]) -> int:
    """Vide, un numéro est retiré ; un refus nomme chaque ligne par la clé de l'inscription. Rend le nombre écrit."""
    if not a_un_role(utilisateur, classe.centre_id, GERER_LES_CLASSES) or est_candidat(utilisateur, classe):
        raise PermissionDenied
    # La classe sert de verrou : deux saisies au même instant se suivent.
    classe = Classe.objects.select_for_update(of=("self",)).get(pk=classe.pk)
    if Commission.objects.filter(classe=classe, etat=EtatCommission.CLOSE).exists():
        raise ValidationError(CLOSE, code="close")
    candidats = {candidat.pk: candidat for candidat in Candidat.objects.de_la_classe(classe)}
    voulus = {pk: numero.strip().upper() for pk, numero in numeros.items() if pk in candidats}
    changes = {pk: numero for pk, numero in voulus.items() if candidats[pk].numero != numero}
    apres = {pk: candidat.numero for pk, candidat in candidats.items()} | voulus
    nouveaux = [
        NumeroCandidat(inscription_id=pk, session_id=classe.session_id, numero=numero)
        for pk, numero in changes.items()
        if numero
    ]
    _verifier(nouveaux, apres)
    if changes:
        NumeroCandidat.objects.filter(inscription__in=changes).delete()
        NumeroCandidat.objects.bulk_create(nouveaux)
        # Le journal dit combien, pas lesquels : un numéro désigne une personne et part à la purge.
        journaliser(
            chaine=f"certification:classe:{classe.pk}",
            acte="numeros.enregistres",
            auteur=utilisateur,
            objet=classe,
            apres={"numeros": len(nouveaux), "numeros_retires": len(changes) - len(nouveaux)},
        )
    return len(changes)


def _verifier(nouveaux: list[NumeroCandidat], apres: Mapping[int, str]) -> None:
    refus: dict[str, list[str]] = {}
    fois = Counter(filter(None, apres.values()))
    ailleurs = NumeroCandidat.objects.exclude(inscription__in=apres)
    session = {un.session_id for un in nouveaux}
    pris = set(ailleurs.filter(session__in=session, numero__in=fois).values_list("numero", flat=True))
    for nouveau in nouveaux:
        try:
            nouveau.clean_fields(exclude=["inscription", "session"])
        except ValidationError as erreur:
            refus[str(nouveau.inscription_id)] = erreur.messages
            continue
        if fois[nouveau.numero] > 1:
            refus[str(nouveau.inscription_id)] = [DEUX_FOIS]
        elif nouveau.numero in pris:
            refus[str(nouveau.inscription_id)] = [PRIS]
    if refus:
        raise ValidationError(refus)
