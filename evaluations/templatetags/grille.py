"""Les cellules de la grille de classe : 1 710 fois la même poignée de balises, écrites sans passer par le gabarit."""

from functools import cache

from django import template
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from evaluations.queries.grille import Cellule, Ligne

register = template.Library()


@cache
def _case(valeur: int | str, a_une_note: bool, est_premiere: bool) -> SafeString:
    """Toutes les cases possibles tiennent en quelques dizaines de chaînes ; le texte est le signe affiché."""
    niveau = format_html(' data-niveau="{}"', valeur) if valeur != "" else ""
    note = SafeString(" data-note") if a_une_note else ""
    return format_html("<td{}{} tabindex={}>{}", niveau, note, 0 if est_premiere else -1, valeur)


# Compétence hors de l'option : rien à saisir, et le curseur la saute.
INERTE = SafeString('<td aria-disabled="true">—')


@register.simple_tag
def cases(ligne: Ligne, est_premiere: bool) -> SafeString:
    """Les cases d'un apprenant. La fin de balise </td> est facultative en HTML : elle n'est pas envoyée."""
    morceaux: list[tuple[SafeString]] = []
    attend_le_curseur = est_premiere
    for cellule in ligne.cellules:
        morceaux.append((_balise(cellule, attend_le_curseur),))
        attend_le_curseur = attend_le_curseur and cellule is None
    return format_html_join("", "{}", morceaux)


def _balise(cellule: Cellule | None, est_premiere: bool) -> SafeString:
    if cellule is None:
        return INERTE
    return _case(cellule.valeur, cellule.observation != "", est_premiere)
