"""« de » et « que » devant un nom : `{{ prenom|de }}` écrit « d'Aïcha » ou « de Marc »."""

from django import template

from trpm.socle.elision import elider

register = template.Library()


@register.filter
def de(nom: object) -> str:
    return elider("de", nom)


@register.filter
def que(nom: object) -> str:
    return elider("que", nom)
