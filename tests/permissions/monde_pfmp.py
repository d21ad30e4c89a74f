"""La part des PFMP dans le monde de la matrice : une période, un placement suivi, sa visite et son absence."""

from collections.abc import Mapping
from typing import Any

from centres.models import Inscription, Tuteur, Utilisateur
from evaluations.services.liens_tuteur import creer_lien
from evaluations.services.suivi_pfmp import noter_absence, prevoir_visite
from tests.evaluations.fabrique_pfmp import placer, repondre, une_periode


def contenu_pfmp(auteur: Utilisateur, inscription: Inscription, tuteur: Tuteur) -> dict[str, Any]:
    periode = une_periode(auteur, inscription.classe)
    placement = placer(auteur, periode, inscription, tuteur)
    repondre(placement, {"C6.1": "A", "C7.1": "NA"})
    jour = placement.debut
    remis = creer_lien(utilisateur=auteur, placement=placement)
    return {
        "periode_pfmp": periode,
        "placement": placement,
        "lien_remis": remis,
        "lien_tuteur": remis.lien,
        "visite_pfmp": prevoir_visite(utilisateur=auteur, placement=placement, prevue_le=jour),
        "absence_pfmp": noter_absence(
            utilisateur=auteur, placement=placement, jour=jour, demi_journees=2, est_justifiee=True
        ),
    }


def arguments_pfmp(a: Mapping[str, Any], b: Mapping[str, Any], absent: int) -> dict[str, list[tuple[str, Any, Any]]]:
    """Par sorte d'objet : nom, arguments, centre (vide : l'objet n'existe pas)."""
    objets: dict[str, list[tuple[str, Any, Any]]] = {}
    for sorte in ("periode_pfmp", "placement", "lien_tuteur"):
        objets[sorte] = [
            (f"{sorte} A", (a[sorte].pk,), "A"),
            (f"{sorte} B", (b[sorte].pk,), "B"),
            (f"{sorte} absente", (absent,), None),
        ]
    for sorte in ("visite_pfmp", "absence_pfmp"):
        objets[sorte] = [
            (f"{sorte} A", (a["placement"].pk, a[sorte].pk), "A"),
            (f"{sorte} B", (b["placement"].pk, b[sorte].pk), "B"),
            (f"{sorte} croisée", (a["placement"].pk, b[sorte].pk), None),
        ]
    # La page d'arrivée est la même pour tout jeton : celui-ci est inventé.
    objets["jeton"] = [("jeton inventé", ("A" * 22,), "*")]
    return objets
