"""Les cellules de la grille de classe : 1 710 fois la même poignée de balises, écrites sans passer par le gabarit."""

from functools import cache

from django import template
from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from evaluations.queries.grille import Grille, Ligne

register = template.Library()


@cache
def _case(valeur: int | str, a_une_note: bool, ouvre_un_groupe: bool, est_premiere: bool) -> SafeString:
    """Toutes les cases possibles tiennent en quelques dizaines de chaînes ; le texte est le signe affiché."""
    groupe = SafeString(" class=g") if ouvre_un_groupe else ""
    niveau = format_html(' data-niveau="{}"', valeur) if valeur != "" else ""
    note = SafeString(" data-note") if a_une_note else ""
    return format_html(
        "<td role=gridcell{}{}{} tabindex={}>{}", groupe, niveau, note, 0 if est_premiere else -1, valeur
    )


@cache
def _inerte(ouvre_un_groupe: bool) -> SafeString:
    """Compétence hors de l'option : rien à saisir, et le curseur la saute."""
    return SafeString(f"<td role=gridcell{' class=g' if ouvre_un_groupe else ''} aria-disabled=true>—")


@register.simple_tag
def corps_de_grille(grille: Grille, situation: int) -> SafeString:
    """Une ligne par apprenant : son nom (lien vers sa page), son option, ses cases, ce qui est rempli."""
    # Résolue une fois : trente résolutions de la même route coûtaient autant que toutes les cases.
    avant, _, apres = reverse("evaluations:grille_apprenant", args=[situation, 0]).rpartition("0")
    return SafeString(
        "".join(
            _ligne(grille, ligne, f"{avant}{ligne.inscription}{apres}", rang == 0)
            for rang, ligne in enumerate(grille.lignes)
        )
    )


def _ligne(grille: Grille, ligne: Ligne, adresse: str, est_premiere: bool) -> str:
    return format_html(
        '<tr role="row"><th role="rowheader" scope="row"><a href="{}">{}</a>{}</th>{}'
        '<td role="gridcell" class="bilan">{}/{}</td></tr>',
        adresse,
        ligne.nom,
        _option(ligne.option_code, ligne.option_ordre),
        _cases(grille, ligne, est_premiere),
        ligne.renseignees,
        ligne.a_renseigner,
    )


@cache
def _option(code: str, ordre: int | None) -> SafeString:
    return format_html('<span class="option" data-rang="{}">{}</span>', ordre, code) if code else SafeString("")


@register.simple_tag
def codes_des_colonnes(grille: Grille) -> SafeString:
    return format_html_join(
        "", '<th role="columnheader" scope="col">{}</th>', ((colonne.code,) for colonne in grille.colonnes)
    )


@register.simple_tag
def remplissage_des_colonnes(grille: Grille) -> SafeString:
    return SafeString(
        "".join(f'<td role="gridcell">{faites}/{total}</td>' for faites, total in grille.completion_des_colonnes)
    )


def _cases(grille: Grille, ligne: Ligne, est_premiere: bool) -> SafeString:
    """Les cases d'un apprenant. La fin de balise </td> est facultative en HTML : elle n'est pas envoyée."""
    morceaux: list[SafeString] = []
    attend_le_curseur = est_premiere
    for cellule, ouvre_un_groupe in zip(ligne.cellules, grille.debuts_de_groupe, strict=True):
        if cellule is None:
            morceaux.append(_inerte(ouvre_un_groupe))
            continue
        morceaux.append(_case(cellule.valeur, cellule.observation != "", ouvre_un_groupe, attend_le_curseur))
        attend_le_curseur = False
    # Chaque morceau est déjà échappé : les échapper encore, un à un, ferait la moitié du temps de la page.
    return SafeString("".join(morceaux))
