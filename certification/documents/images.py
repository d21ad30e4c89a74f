"""Les images de la certification : radar d'un candidat, répartition des notes d'une classe."""

from collections.abc import Sequence
from fractions import Fraction

from django.utils.safestring import SafeString

from certification.models import Grille
from certification.phrases import decimal_francais
from certification.queries.candidats import SyntheseCandidat
from certification.queries.effet import LignePoids
from certification.queries.pages import BilanEpreuve
from certification.queries.seance import NoteDeCandidat
from certification.syntheses import moyennes_par_competence
from referentiel.models import Epreuve
from trpm.socle.graphiques import Barre, Serie, barres_ponderees, radar
from trpm.socle.nuage import nuage

AXES_MIN, AXES_MAX = 3, 16
GROUPE_NOTES, GROUPE_SANS_NOTE = 0, 1


def radar_du_candidat(lu: SyntheseCandidat) -> SafeString | None:
    """Les points de chaque compétence du diplôme ; rien si le diplôme ne s'y prête pas ou si rien n'est évalué."""
    lignes = moyennes_par_competence(lu.syntheses)
    competences = sorted(
        (competence for vue in lu.epreuves.values() for competence in vue.competences.values()),
        key=lambda competence: competence.ordre,
    )
    if not AXES_MIN <= len(competences) <= AXES_MAX or all(ligne.points is None for ligne in lignes.values()):
        return None
    maximum = max(ligne.points_max for ligne in lignes.values())
    valeurs: list[Fraction | None] = []
    for competence in competences:
        ligne = lignes.get(competence.code)
        # Deux grilles peuvent compter sur des maximums différents : même échelle pour toute l'image.
        valeurs.append(ligne.points * maximum / ligne.points_max if ligne and ligne.points is not None else None)
    return SafeString(
        radar(
            [competence.code for competence in competences],
            [Serie("Points retenus", valeurs)],
            maximum=maximum,
            titre="Points retenus par compétence",
            description="Pour chaque compétence, la moyenne des points de ses niveaux retenus. Un point signale une "
            "compétence non évaluée. Les mêmes valeurs sont dans le tableau voisin.",
        )
    )


def repartition(bilan: BilanEpreuve) -> SafeString:
    """Combien de candidats par tranche de note proposée ; le nombre est écrit au bout de chaque barre."""
    barres = [
        Barre(
            tranche.libelle,
            tranche.nombre,
            str(tranche.nombre),
            GROUPE_SANS_NOTE if tranche.libelle == "sans note" else GROUPE_NOTES,
        )
        for tranche in bilan.tranches
    ]
    return SafeString(
        barres_ponderees(
            barres,
            titre=f"Répartition des notes de l'épreuve {bilan.epreuve.code}",
            description=", ".join(f"{tranche.libelle} : {tranche.nombre}" for tranche in bilan.tranches),
            maximum=max(bilan.total, 1),
            largeur_libelle=84,
            largeur=360,
        )
    )


def poids_de_la_grille(grille: Grille, lignes: Sequence[LignePoids]) -> SafeString:
    """Ce que pèse chaque compétence dans la note ; le poids et sa part sont écrits au bout de chaque barre."""
    barres = [Barre(ligne.code, ligne.poids, f"{ligne.poids} · {ligne.part} %") for ligne in lignes]
    return SafeString(
        barres_ponderees(
            barres,
            titre=f"Poids des compétences, grille {grille}",
            description="Les mêmes valeurs sont dans le tableau voisin.",
        )
    )


def notes_proposees(epreuve: Epreuve, notes: Sequence[NoteDeCandidat]) -> SafeString:
    """Chaque candidat est un point, à sa note proposée ; la page donne la même liste en toutes lettres."""
    combien = f"{len(notes)} note{'s' if len(notes) > 1 else ''}"
    return SafeString(
        nuage(
            [(f"{une.candidat.apprenant} : {decimal_francais(une.note)}", float(une.note)) for une in notes],
            titre=f"Notes proposées, épreuve {epreuve.code}",
            description=f"{combien}, un point par candidat, de 0 à 20. La liste suit.",
            seuil=10,
        )
    )
