"""Le niveau de maîtrise à l'écran : chiffre, barres, libellé et couleur, par un seul composant."""

from collections.abc import Mapping

from django import template
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

register = template.Library()

# Les quatre degrés du LSL Pro (DOMAINE §2) ; une page peut fournir ceux de sa version du référentiel.
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


def barres(valeur: int) -> SafeString:
    """Le dessin seul, muet pour les lecteurs d'écran : le chiffre et le libellé disent déjà tout."""
    return format_html(
        '<svg class="niveau-barres" viewBox="0 0 15 12" width="15" height="12" aria-hidden="true" focusable="false">'
        '<path fill="currentColor" d="{}"/></svg>',
        BARRES[valeur],
    )


def _badge(classe: str, signe: SafeString | str, texte: str, libelle: str, court: bool) -> SafeString:
    """Le texte lu à voix haute est complet ; le signe et le libellé affichés ne sont pas lus une seconde fois."""
    visible = format_html('<span aria-hidden="true">{}</span>', libelle) if libelle and not court else ""
    return format_html(
        '<span class="niveau {}{}" title="{}"><span class="niveau-signe" aria-hidden="true">{}</span>{}'
        '<span class="visually-hidden">{}</span></span>',
        classe,
        " niveau-court" if court else "",
        texte,
        signe,
        visible,
        texte,
    )


@register.simple_tag
def niveau(valeur: int | str | None, court: bool = False, libelles: Mapping[int, str] = LIBELLES_NIVEAUX) -> SafeString:
    """Badge d'un niveau 1–4, d'un état NE, ABJ, ABN, DISP, ou d'une case où personne n'a rien dit.

    `court` ne montre que le chiffre et les barres ; `libelles` remplace les libellés des quatre degrés.
    """
    if valeur is None or valeur == "":
        return _badge("niveau-vide", "·", "rien de saisi", "", court=True)
    cle = str(valeur)
    if cle in LIBELLES_ETATS:
        libelle = LIBELLES_ETATS[cle]
        return _badge("niveau-etat", cle, libelle, libelle, court)
    degre = int(cle)
    if degre not in BARRES:
        raise ValueError(f"niveau de maîtrise inconnu : {valeur!r}")
    libelle = libelles[degre]
    signe = format_html("{} {}", degre, barres(degre))
    return _badge(f"niveau-{degre}", signe, f"niveau {degre}, {libelle}", libelle, court)


@register.simple_tag
def legende_niveaux(libelles: Mapping[int, str] = LIBELLES_NIVEAUX) -> SafeString:
    """Les quatre niveaux, les quatre états et la case vide, dans l'ordre de l'échelle."""
    valeurs: list[int | str] = [*BARRES, *LIBELLES_ETATS]
    lignes = format_html_join("", "<li>{}</li>", ((niveau(valeur, libelles=libelles),) for valeur in valeurs))
    return format_html(
        '<ul class="legende-niveaux" aria-label="Légende des niveaux">{}<li>{} rien de saisi</li></ul>',
        lignes,
        format_html('<span class="niveau niveau-vide" aria-hidden="true"><span class="niveau-signe">·</span></span>'),
    )
