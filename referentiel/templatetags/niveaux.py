"""Le niveau de maîtrise à l'écran : chiffre, barres, libellé et couleur, par un seul composant."""

from collections.abc import Mapping
from functools import lru_cache

from django import template
from django.template import Context
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

register = template.Library()

# Les quatre degrés du LSL Pro (DOMAINE §2) ; une page donne ceux de sa version du référentiel dans `libelles_niveaux`.
LIBELLES_NIVEAUX: Mapping[int, str] = {
    1: "non maîtrisée",
    2: "insuffisamment maîtrisée",
    3: "maîtrisée",
    4: "bien maîtrisée",
}
LIBELLES_ETATS: Mapping[str, str] = {
    "NE": "non évalué",
    "ABJ": "absence justifiée",
    "ABN": "absence injustifiée",
    "DISP": "dispensé",
}
# Quatre barres montantes : pleines jusqu'au niveau, réduites à leur socle au-delà ; lisibles en noir et blanc.
BARRES: Mapping[int, str] = {
    1: "M0 8h3v4h-3zM4 10.5h3v1.5h-3zM8 10.5h3v1.5h-3zM12 10.5h3v1.5h-3z",
    2: "M0 8h3v4h-3zM4 5.5h3v6.5h-3zM8 10.5h3v1.5h-3zM12 10.5h3v1.5h-3z",
    3: "M0 8h3v4h-3zM4 5.5h3v6.5h-3zM8 3h3v9h-3zM12 10.5h3v1.5h-3z",
    4: "M0 8h3v4h-3zM4 5.5h3v6.5h-3zM8 3h3v9h-3zM12 0h3v12h-3z",
}

CASE_VIDE = SafeString(
    '<span class="niveau niveau-vide niveau-court" title="rien de saisi"><span aria-hidden="true">·</span>'
    '<span class="visually-hidden">rien de saisi</span></span>'
)


def barres(valeur: int) -> SafeString:
    """Le dessin seul, muet pour les lecteurs d'écran : le chiffre et le libellé disent déjà tout."""
    return format_html(
        '<svg class="niveau-barres" viewBox="0 0 15 12" width="15" height="12" aria-hidden="true" focusable="false">'
        '<path fill="currentColor" d="{}"/></svg>',
        BARRES[valeur],
    )


def _badge(classe: str, signe: SafeString, libelle: str, court: bool) -> SafeString:
    """Le texte se lit entier à voix haute (« niveau 3, maîtrisée »), que le libellé soit montré ou non."""
    if court:
        return format_html(
            '<span class="niveau {} niveau-court" title="{}">{}<span class="visually-hidden">, {}</span></span>',
            classe,
            libelle,
            signe,
            libelle,
        )
    return format_html(
        '<span class="niveau {}">{}<span class="visually-hidden">, </span>{}</span>', classe, signe, libelle
    )


def _de_la_page(context: Context, libelles: Mapping[int, str] | None) -> Mapping[int, str]:
    return libelles or context.get("libelles_niveaux") or LIBELLES_NIVEAUX


@register.simple_tag(name="niveau", takes_context=True)
def balise_niveau(
    context: Context, valeur: int | str | None, court: bool = False, libelles: Mapping[int, str] | None = None
) -> SafeString:
    """Le badge, avec les libellés donnés, sinon ceux de la page, sinon ceux du LSL Pro."""
    return niveau(valeur, court, _de_la_page(context, libelles))


@register.simple_tag(name="legende_niveaux", takes_context=True)
def balise_legende(context: Context) -> SafeString:
    return legende_niveaux(_de_la_page(context, None))


def niveau(valeur: int | str | None, court: bool = False, libelles: Mapping[int, str] = LIBELLES_NIVEAUX) -> SafeString:
    """Badge d'un niveau 1–4, d'un état NE, ABJ, ABN, DISP, ou d'une case où personne n'a rien dit.

    `court` ne montre que le chiffre et les barres ; `libelles` remplace les libellés des quatre degrés.
    """
    if valeur is None or valeur == "":
        return CASE_VIDE
    cle = str(valeur)
    if cle in LIBELLES_ETATS:
        signe = format_html('<span class="niveau-signe">{}</span>', cle)
        return _badge("niveau-etat", signe, LIBELLES_ETATS[cle], court)
    return _degre(int(cle), libelles[int(cle)], court)


@lru_cache(maxsize=256)
def _degre(degre: int, libelle: str, court: bool) -> SafeString:
    """Une page en montre parfois des centaines, toujours les mêmes."""
    signe = format_html(
        '<span class="visually-hidden">niveau </span><span class="niveau-signe">{}</span>{}', degre, barres(degre)
    )
    return _badge(f"niveau-{degre}", signe, libelle, court)


def legende_niveaux(libelles: Mapping[int, str] = LIBELLES_NIVEAUX) -> SafeString:
    """Les quatre niveaux, les quatre états et la case vide, dans l'ordre de l'échelle."""
    return _legende(tuple(libelles.items()))


@lru_cache(maxsize=16)
def _legende(degres: tuple[tuple[int, str], ...]) -> SafeString:
    """L'aide de chaque page la porte : elle n'est composée qu'une fois par échelle."""
    libelles = dict(degres)
    valeurs: list[int | str] = [*BARRES, *LIBELLES_ETATS]
    lignes = format_html_join("", "<li>{}</li>", ((niveau(valeur, libelles=libelles),) for valeur in valeurs))
    return format_html(
        '<ul class="legende-niveaux" aria-label="Légende des niveaux">{}'
        '<li><span class="niveau niveau-vide"><span aria-hidden="true">·</span> rien de saisi</span></li></ul>',
        lignes,
    )
