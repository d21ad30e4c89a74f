"""Les grilles en vigueur, et leurs paramètres tels que le calcul les attend."""

from collections.abc import Iterable, Mapping
from fractions import Fraction

from django.db.models import Q

from certification import bareme
from certification.models import Grille, PoidsGrille
from certification.syntheses import GrilleLue
from referentiel.models import SessionExamen, VersionReferentiel

CleGrille = tuple[int, int]


def parametres_de(grille: Grille, poids: Iterable[PoidsGrille]) -> bareme.ParametresGrille:
    """Les valeurs exactes d'une grille ; refuse celle qui ne peut pas noter (`bareme.EntreeInvalide`)."""
    return bareme.ParametresGrille(
        poids={ligne.competence.code: Fraction(ligne.poids) for ligne in poids},
        points={niveau: Fraction(getattr(grille, f"points_niveau_{niveau}")) for niveau in (1, 2, 3, 4)},
        granularite=bareme.Granularite(grille.granularite),
        non_evalue=bareme.NonEvalue(grille.non_evalue),
        arrondi=bareme.Arrondi(grille.arrondi),
        bonus_max=Fraction(grille.bonus_max),
        seuil_commentaire=Fraction(grille.seuil_commentaire),
    )


def grilles_en_vigueur(version: VersionReferentiel, session: SessionExamen) -> Mapping[CleGrille, GrilleLue]:
    """Par (option, épreuve) : la grille de la session, sinon celle sans session ; le plus haut numéro l'emporte.

    Une seule requête : les poids amènent leur grille.
    """
    lignes = (
        PoidsGrille.objects.filter(
            Q(grille__session=session) | Q(grille__session__isnull=True), grille__version=version
        )
        .filter(grille__publiee_le__isnull=False)
        .select_related("grille", "competence")
        .order_by("grille__session_id", "grille__numero", "competence__ordre")
    )
    poids: dict[int, list[PoidsGrille]] = {}
    for ligne in lignes:
        poids.setdefault(ligne.grille_id, []).append(ligne)
    retenues: dict[CleGrille, tuple[Grille, list[PoidsGrille]]] = {}
    for groupe in poids.values():
        grille = groupe[0].grille
        cle = (grille.option_id, grille.epreuve_id)
        actuelle = retenues.get(cle)
        if actuelle is None or _rang(grille) > _rang(actuelle[0]):
            retenues[cle] = (grille, groupe)
    return {cle: _lue(grille, groupe) for cle, (grille, groupe) in retenues.items()}


def _rang(grille: Grille) -> tuple[bool, int]:
    return grille.session_id is not None, grille.numero


def _lue(grille: Grille, poids: list[PoidsGrille]) -> GrilleLue:
    return GrilleLue(
        pk=grille.pk,
        numero=grille.numero,
        publiee_le=grille.publiee_le,
        est_propre_a_la_session=grille.session_id is not None,
        parametres=parametres_de(grille, poids),
    )
