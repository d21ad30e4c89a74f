"""La part du livret dans le monde de la matrice : une pièce déposée par l'apprenant, une autre par l'équipe."""

from collections.abc import Mapping
from typing import Any

from centres.models import Apprenant, Inscription, Utilisateur
from evaluations.models import PiecePortfolio
from tests.evaluations.fabrique_progression import fabriquer_piece


def contenu_livret(auteur: Utilisateur, ines: Inscription) -> dict[str, Any]:
    return {
        "piece_de_soi": fabriquer_piece(ines, auteur, f"% PROGRAMME {ines.pk}".encode()),
        "piece_de_l_equipe": fabriquer_piece(ines, auteur, f"% RELEVE {ines.pk}".encode()),
    }


def arguments_livret(
    a: Mapping[str, Any], b: Mapping[str, Any], absent: int
) -> dict[str, list[tuple[str, tuple[Any, ...], str | None, str, str]]]:
    """Par sorte d'objet : nom, arguments, centre (vide : n'existe pas), état, l'apprenant dont il s'agit."""
    # Son compte ne lui est donné qu'une fois le centre rempli.
    soi = Apprenant.objects.get(pk=a["ines"].apprenant_id).utilisateur
    PiecePortfolio.objects.filter(pk=a["piece_de_soi"].pk).update(deposee_par=soi)
    return {
        "piece": [
            ("pièce de l'apprenant A", (a["piece_de_soi"].pk,), "A", "de_soi", "apprenant"),
            ("pièce de l'équipe A", (a["piece_de_l_equipe"].pk,), "A", "de_l_equipe", "apprenant"),
            ("pièce B", (b["piece_de_l_equipe"].pk,), "B", "de_l_equipe", ""),
            ("pièce absente", (absent,), None, "", ""),
        ],
    }
