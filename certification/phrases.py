"""Les phrases qui expliquent une note, les mêmes à l'écran, au PDF et à l'export (pur)."""

from collections.abc import Iterable, Sequence
from decimal import Decimal
from fractions import Fraction
from math import floor

from certification.bareme import Arrondi, Granularite, LigneCompetence, Origine, ParametresGrille
from evaluations.synthese import Retenu
from referentiel.reglement import SituationsAttendues

LIBELLES_ARRONDI = {
    Arrondi.DEMI_POINT_SUPERIEUR: "Arrondi au demi-point supérieur",
    Arrondi.DEMI_POINT_PROCHE: "Arrondi au demi-point le plus proche",
    Arrondi.AUCUN: "Sans arrondi",
}


def centiemes(valeur: Fraction) -> Decimal:
    """Deux décimales, la moitié vers le haut, par arithmétique entière (DOMAINE §5.6)."""
    return Decimal(floor(valeur * 100 + Fraction(1, 2))).scaleb(-2)


def decimal_francais(valeur: Decimal) -> str:
    """14.50 s'écrit 14,50."""
    return f"{valeur:f}".replace(".", ",")


def nombre(valeur: Fraction) -> str:
    """Un entier tel quel, sinon la fraction exacte."""
    return str(valeur)


def nombre_lisible(valeur: Fraction) -> str:
    """La fraction exacte suivie de sa valeur à deux décimales."""
    if valeur.denominator == 1:
        return str(valeur)
    arrondie = centiemes(valeur)
    return f"{valeur} {'=' if Fraction(arrondie) == valeur else '≈'} {decimal_francais(arrondie)}"


def etape_competence(ligne: LigneCompetence, granularite: Granularite) -> str:
    """Ce que la compétence montre, ce qu'elle vaut, ce qu'elle pèse."""
    if ligne.points is None or ligne.contribution is None:
        return f"{ligne.competence} : non évaluée."
    contribution = f"{nombre(ligne.poids)} × {nombre(ligne.points)} = {nombre_lisible(ligne.contribution)}"
    return (
        f"{ligne.competence} : {_origine(ligne, granularite)} ; "
        f"{nombre_lisible(ligne.points)} sur {nombre(ligne.points_max)} ; "
        f"poids {nombre(ligne.poids)} ; contribution {contribution}."
    )


def _origine(ligne: LigneCompetence, granularite: Granularite) -> str:
    if ligne.origine is Origine.COMMISSION:
        return f"niveau {ligne.niveau_commission} positionné par la commission"
    if granularite is Granularite.COMPETENCE:
        premier = next(iter(ligne.retenus.values()))
        niveaux = ", ".join(f"{code} niveau {retenu.niveau}" for code, retenu in ligne.retenus.items())
        return f"meilleure moyenne dans {_preuve(premier)}, {niveaux}"
    return ", ".join(f"{code} niveau {r.niveau} ({_preuve(r)})" for code, r in ligne.retenus.items())


def _preuve(retenu: Retenu) -> str:
    morceaux = [retenu.situation, f"{retenu.date:%d/%m/%Y}"]
    if retenu.auteur:
        morceaux.append(retenu.auteur)
    return ", ".join(morceaux)


def etapes_somme(lignes: Iterable[LigneCompetence], points_max: Fraction, base: Fraction) -> list[str]:
    """La somme pondérée, écrite comme un professeur l'écrirait au tableau."""
    contributions, poids = [], []
    for ligne in lignes:
        if ligne.contribution is not None:
            contributions.append(ligne.contribution)
            poids.append(ligne.poids)
    somme, diviseur = _facteur(sum(contributions, Fraction(0))), _facteur(sum(poids, Fraction(0)))
    return [
        f"Somme des contributions : {_addition(contributions)}.",
        f"Somme des poids évalués : {_addition(poids)}.",
        f"Note exacte : {somme} ÷ {diviseur} × 20 ÷ {_facteur(points_max)} = {nombre_lisible(base)}.",
    ]


def _addition(termes: Sequence[Fraction]) -> str:
    total = nombre_lisible(sum(termes, Fraction(0)))
    return total if len(termes) == 1 else f"{' + '.join(nombre(terme) for terme in termes)} = {total}"


def _facteur(valeur: Fraction) -> str:
    return str(valeur) if valeur.denominator == 1 else f"({valeur})"


def etapes_bonus(base: Fraction, bonus: Fraction, note: Fraction) -> list[str]:
    """Le bonus et le plafond à 20, quand ils jouent."""
    etapes = []
    if bonus:
        etapes.append(f"Bonus : + {nombre_lisible(bonus)}.")
    if base + bonus > note:
        etapes.append(f"Plafond : {nombre_lisible(note)}.")
    return etapes


def etapes_arrondi(calculee: Decimal, arrondie: Decimal, arrondi: Arrondi) -> list[str]:
    """La note calculée, puis son arrondi."""
    return [
        f"Note calculée : {decimal_francais(calculee)} sur 20.",
        f"{LIBELLES_ARRONDI[arrondi]} : {decimal_francais(arrondie)} sur 20.",
    ]


def motif_non_evaluee(ligne: LigneCompetence) -> str:
    """Pourquoi la note est bloquée par cette compétence."""
    etats = f" (seulement {', '.join(ligne.etats)})" if ligne.etats else ""
    return f"{ligne.competence} : aucune observation certificative évaluée{etats}."


def motif_sans_poids(lignes: Iterable[LigneCompetence]) -> str:
    """Pourquoi la note renormalisée ne peut pas être calculée."""
    if any(ligne.points is not None for ligne in lignes):
        return "Les compétences évaluées ont toutes un poids nul : la note ne peut pas être calculée."
    return "Aucune compétence n'est évaluée : la note ne peut pas être calculée."


def alertes_competence(ligne: LigneCompetence) -> list[str]:
    """Ce que la commission doit regarder dans une compétence notée."""
    if ligne.origine is Origine.COMMISSION and not ligne.detaillees_evaluees:
        return [f"{ligne.competence} : positionnée par la commission sans observation certificative évaluée."]
    manquent = [code for code in ligne.competence.detaillees if code not in ligne.detaillees_evaluees]
    if ligne.origine is Origine.SITUATIONS and manquent:
        return [f"{ligne.competence} : couverture {ligne.couverture}, sans observation de {', '.join(manquent)}."]
    return []


def alertes_situations(nombre_situations: int, attendues: SituationsAttendues) -> list[str]:
    """Le nombre de situations certificatives du règlement [S] : un avertissement, jamais un blocage."""
    if nombre_situations in attendues:
        return []
    accord = "situation certificative évaluée" if nombre_situations < 2 else "situations certificatives évaluées"
    compte = "Aucune" if nombre_situations == 0 else str(nombre_situations)
    return [f"{compte} {accord} : le règlement en demande {attendues.minimum} à {attendues.maximum}."]


def alertes_poids(lignes: Iterable[LigneCompetence], poids_evalue: Fraction, poids_total: Fraction) -> list[str]:
    """La couverture d'une note renormalisée (DOMAINE §5.4 : « coverage shown »)."""
    absentes = [str(ligne.competence) for ligne in lignes if ligne.points is None]
    if not absentes:
        return []
    part = f"{nombre(poids_evalue)} du poids total {nombre(poids_total)}"
    return [f"Note établie sur {part} ; non évaluées : {' ; '.join(absentes)}."]


def alertes_seuil(arrondie: Decimal, parametres: ParametresGrille) -> list[str]:
    """Sous le seuil, la note proposée au jury s'accompagne d'un commentaire (DOMAINE §4)."""
    if Fraction(arrondie) >= parametres.seuil_commentaire:
        return []
    return [f"Note inférieure à {nombre(parametres.seuil_commentaire)} : un commentaire est demandé pour le jury."]
