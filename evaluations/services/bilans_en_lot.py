"""Confirmer d'un acte les bilans d'une période où la correspondance du centre suffit, un événement chacun."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from django.core.exceptions import ValidationError
from django.db import transaction

from centres.models import Utilisateur
from centres.services.autorisation import autoriser
from evaluations.models import PeriodePfmp
from evaluations.permissions import peut_confirmer_un_bilan
from evaluations.queries.bilans_en_lot import BilanDuLot, lot_de
from evaluations.services.bilans_pfmp import ChoixLigne, DonneesBilan, confirmer_bilan

A_CHANGE = "le bilan ou une réponse a changé depuis l'aperçu : relisez-le"


@dataclass(frozen=True, kw_only=True)
class EnTete:
    """Ce qui vaut pour tous ; un brouillon déjà daté garde le sien."""

    tenu_le: date
    a_tuteur: bool
    a_apprenant: bool


@dataclass(frozen=True)
class Confirmes:
    nombre: int
    # Apprenant → pourquoi son bilan attend.
    refus: tuple[tuple[str, str], ...]


@transaction.atomic
def confirmer_les_bilans(
    *, utilisateur: Utilisateur, periode: PeriodePfmp, vus: Mapping[int, str], en_tete: EnTete
) -> Confirmes:
    """`vus` : placement → empreinte de ce que l'aperçu a montré. Celui qui a changé attend, les autres passent."""
    autoriser(peut_confirmer_un_bilan(utilisateur, periode.classe))
    lot = lot_de(periode)
    nombre, refus = 0, []
    for un in [*lot.prets, *lot.attendent]:
        if un.placement.pk not in vus:
            continue
        raison = un.obstacle or (A_CHANGE if vus[un.placement.pk] != un.empreinte else "")
        raison = raison or _confirmer(utilisateur, un, en_tete)
        if raison:
            refus.append((str(un.placement.inscription.apprenant), raison))
        else:
            nombre += 1
    return Confirmes(nombre, tuple(refus))


def _confirmer(utilisateur: Utilisateur, un: BilanDuLot, en_tete: EnTete) -> str:
    """Rien, ou ce qui s'y est opposé : chaque bilan relit les réponses sous son propre verrou."""
    brouillon = un.vue.bilan
    date_du_brouillon = brouillon.tenu_le if brouillon else None
    donnees = DonneesBilan(
        tenu_le=date_du_brouillon or en_tete.tenu_le,
        a_tuteur=brouillon.a_tuteur if brouillon and date_du_brouillon else en_tete.a_tuteur,
        a_apprenant=brouillon.a_apprenant if brouillon and date_du_brouillon else en_tete.a_apprenant,
        synthese=brouillon.synthese if brouillon else "",
        choix=tuple(
            ChoixLigne(detaillee_id=ligne.detaillee.pk, niveau=ligne.propose, valeur=ligne.valeur)
            for ligne in un.vue.lignes
        ),
    )
    try:
        with transaction.atomic():
            confirmer_bilan(utilisateur=utilisateur, placement=un.placement, donnees=donnees, version=un.vue.version)
    except ValidationError as obstacle:
        return " ".join(obstacle.messages)
    return ""
