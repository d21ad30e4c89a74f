"""Les images du livret, les mêmes à l'écran et sur le papier : radar, courbes, jauges. Les tableaux disent tout."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby

from django.utils.safestring import SafeString

from evaluations.queries.livret import LigneLivret, Livret
from trpm.socle.courbes import Groupe, courbe, jauge
from trpm.socle.graphiques import Serie, radar

AXES_MIN, AXES_MAX = 3, 16
NIVEAU_MAXIMUM = 4


@dataclass(frozen=True)
class LigneDessinee:
    ligne: LigneLivret
    jauge: SafeString
    courbe: SafeString


def radar_du_livret(livret: Livret) -> SafeString | None:
    """Le meilleur niveau de chaque compétence et l'attendu ; rien si le diplôme ou le parcours ne s'y prête pas."""
    lignes = livret.lignes
    if not AXES_MIN <= len(lignes) <= AXES_MAX or not livret.observees:
        return None
    series = [Serie("Atteint", [ligne.meilleur for ligne in lignes])]
    attendus = [ligne.ecart.periode if ligne.ecart else None for ligne in lignes]
    if any(attendus):
        series.append(Serie("Attendu au semestre", attendus))
    image = radar(
        [ligne.code for ligne in lignes],
        series,
        maximum=NIVEAU_MAXIMUM,
        titre="Meilleur niveau atteint par compétence",
        description="Pour chaque compétence, le plus haut niveau de 1 à 4 atteint sur l'une de ses compétences "
        "détaillées, et celui qui est attendu. Les mêmes valeurs sont dans le tableau des niveaux.",
    )
    return SafeString(image)


def dessiner(livret: Livret, *, est_un_document: bool = False) -> list[LigneDessinee]:
    """Sur le papier, chaque image se suffit ; à l'écran, la jauge est muette à côté de ses mots."""
    groupes = _annees(livret)
    return [
        LigneDessinee(
            ligne=ligne,
            jauge=_jauge(ligne, est_un_document),
            courbe=_courbe(ligne, groupes),
        )
        for ligne in livret.lignes
    ]


def _annees(livret: Livret) -> list[Groupe]:
    """Les périodes d'une même année, d'après leur premier mot : « Seconde S1 », « Seconde S2 »."""
    noms = (periode.intitule.split()[0] for periode in livret.periodes)
    return [Groupe(nom, len(list(siennes))) for nom, siennes in groupby(noms)]


def _jauge(ligne: LigneLivret, est_un_document: bool) -> SafeString:
    ecart = ligne.ecart
    titre = f"{ligne.code}, niveau {ligne.meilleur or '–'} sur {NIVEAU_MAXIMUM}" + (
        f", {ecart.phrase}" if ecart else ""
    )
    return SafeString(
        jauge(
            ligne.meilleur,
            ecart.periode if ecart else None,
            ecart.fin if ecart else None,
            maximum=NIVEAU_MAXIMUM,
            titre=titre if est_un_document else "",
        )
    )


def _courbe(ligne: LigneLivret, groupes: Sequence[Groupe]) -> SafeString:
    dites = [f"{une.periode} : niveau {une.atteint}" for une in ligne.etapes if une.atteint]
    return SafeString(
        courbe(
            [une.atteint for une in ligne.etapes],
            [une.attendu for une in ligne.etapes],
            groupes,
            maximum=NIVEAU_MAXIMUM,
            titre=f"{ligne.code}, progression",
            description=" ; ".join(dites) + "." if dites else "Aucune preuve pour l'instant.",
        )
    )
