"""Le tableau de la grille de classe : 1 710 fois la même poignée de balises, écrites sans passer par le gabarit.

Tout texte venu de la base passe par `escape` là où il entre dans une balise ; le reste est écrit ici.
"""

from functools import cache
from html import escape

from django import template
from django.urls import reverse
from django.utils.html import format_html
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
    return (
        f'<tr role="row"><th role="rowheader" scope="row"><a href="{adresse}">{escape(ligne.nom)}</a>'
        f"{_option(ligne.option_code, ligne.option_ordre)}</th>{_cases(grille, ligne, est_premiere)}"
        f'<td role="gridcell" class="bilan">{ligne.renseignees}/{ligne.a_renseigner}</td></tr>'
    )


@cache
def _option(code: str, ordre: int | None) -> SafeString:
    return format_html('<span class="option" data-rang="{}">{}</span>', ordre, code) if code else SafeString("")


@register.simple_tag
def tetes_de_grille(grille: Grille) -> SafeString:
    """Les deux lignes d'en-tête : une compétence au-dessus de ses compétences détaillées."""
    nombre = len(grille.lignes)
    competences = "".join(
        f'<th role="columnheader" colspan="{places}" scope="colgroup" title="{nom}"><span>{nom}</span></th>'
        for places, nom in (
            (len(groupe.colonnes), escape(f"{groupe.code} {groupe.intitule}")) for groupe in grille.groupes
        )
    )
    codes = "".join(f'<th role="columnheader" scope="col">{escape(colonne.code)}</th>' for colonne in grille.colonnes)
    return SafeString(
        f'<tr role="row"><th role="columnheader" class="coin">{nombre} apprenant{"s" if nombre > 1 else ""}</th>'
        f'{competences}<th role="columnheader" class="bilan">rempli</th></tr><tr role="row">{codes}</tr>'
    )


@register.simple_tag
def remplissage_des_colonnes(grille: Grille) -> SafeString:
    return SafeString(
        "".join(f'<td role="gridcell">{faites}/{total}</td>' for faites, total in grille.completion_des_colonnes)
    )


def _cases(grille: Grille, ligne: Ligne, est_premiere: bool) -> str:
    """Les cases d'un apprenant. La fin de balise </td> est facultative en HTML : elle n'est pas envoyée."""
    morceaux = []
    attend_le_curseur = est_premiere
    for cellule, ouvre_un_groupe in zip(ligne.cellules, grille.debuts_de_groupe, strict=True):
        if cellule is None:
            morceaux.append(_inerte(ouvre_un_groupe))
            continue
        morceaux.append(_case(cellule.valeur, cellule.observation != "", ouvre_un_groupe, attend_le_curseur))
        attend_le_curseur = False
    return "".join(morceaux)
