"""Les bilans d'une période que rien n'oblige à relire un par un, et pourquoi les autres attendent."""

import hashlib
from dataclasses import dataclass

from evaluations.models import PeriodePfmp, Placement
from evaluations.queries.bilans_pfmp import VueBilan, bilans_de


@dataclass(frozen=True)
class BilanDuLot:
    """Un placement et ce qui empêche de le confirmer avec les autres ; vide : la correspondance suffit."""

    vue: VueBilan
    obstacle: str

    @property
    def placement(self) -> Placement:
        return self.vue.placement

    @property
    def empreinte(self) -> str:
        """Ce que l'aperçu a montré : la version du bilan et chaque réponse, avec le niveau proposé."""
        dits = [(ligne.detaillee.pk, ligne.valeur, ligne.propose) for ligne in self.vue.lignes]
        return hashlib.sha256(repr((self.vue.version, dits)).encode()).hexdigest()[:16]


@dataclass(frozen=True)
class Lot:
    prets: tuple[BilanDuLot, ...]
    attendent: tuple[BilanDuLot, ...]


def lot_de(periode: PeriodePfmp) -> Lot:
    """Huit requêtes, quel que soit l'effectif."""
    placements = list(
        Placement.objects.filter(periode=periode, entreprise__isnull=False)
        .select_related("inscription__apprenant", "entreprise", "tuteur")
        .order_by("inscription__apprenant__nom", "inscription__apprenant__prenom", "pk")
    )
    for placement in placements:
        placement.periode = periode
    bilans = [BilanDuLot(vue, _obstacle(vue)) for vue in bilans_de(placements, periode.classe.centre_id)]
    return Lot(
        prets=tuple(un for un in bilans if not un.obstacle),
        attendent=tuple(un for un in bilans if un.obstacle),
    )


def _obstacle(vue: VueBilan) -> str:
    muettes = [ligne for ligne in vue.lignes if not ligne.valeur]
    if vue.est_confirme and vue.bilan:
        return f"déjà confirmé par {vue.bilan.confirme_par}"
    if not vue.lignes:
        return "aucune compétence à évaluer"
    if vue.termine_le is None:
        return "le tuteur n'a pas fini de répondre"
    if muettes:
        return f"{len(muettes)} question{'s' if len(muettes) > 1 else ''} sans réponse"
    if any(ligne.retenu != ligne.propose or ligne.motif for ligne in vue.lignes):
        return "le brouillon retient autre chose que la proposition"
    if all(ligne.propose is None for ligne in vue.lignes):
        return "le tuteur n'a rien pu évaluer"
    return ""
